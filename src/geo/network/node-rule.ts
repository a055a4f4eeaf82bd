/**
 * What a tagged node does to those who pass it: signals and crossings are noted, barriers close the
 * node to some modes or cost a rider time. Source: wiki.openstreetmap.org/wiki/Key:barrier.
 */
import { permission } from "./access.ts";
import { NODE_FLAG } from "./attribute.ts";
import { isSet, isYes, type Tags } from "./tags.ts";

/** Modes as bits. Bike and motor shifted right by one are the mode bits of forbidden turns. */
export const MODE = { FOOT: 1 << 0, BIKE: 1 << 1, MOTOR: 1 << 2 } as const;

export interface NodeRule {
  /** Bits of NODE_FLAG. */
  readonly flag: number;
  /** Bits of MODE that may not pass. */
  readonly closed: number;
  readonly isFord: boolean;
}

/** Who a barrier lets through when it has no access tag of its own. */
const PASSES: Readonly<Record<string, string>> = {
  gate: "foot bike motor",
  lift_gate: "foot bike motor",
  swing_gate: "foot bike motor",
  sliding_gate: "foot bike motor",
  hampshire_gate: "foot bike motor",
  wicket_gate: "foot bike",
  toll_booth: "foot bike motor",
  border_control: "foot bike motor",
  sally_port: "foot bike motor",
  cattle_grid: "foot bike motor",
  entrance: "foot bike motor",
  height_restrictor: "foot bike motor",
  kerb: "foot bike motor",
  rope: "foot bike",
  chain: "foot bike",
  bollard: "foot bike",
  block: "foot bike",
  planter: "foot bike",
  jersey_barrier: "foot bike",
  barrier_board: "foot bike",
  bus_trap: "foot bike",
  sump_buster: "foot bike",
  motorcycle_barrier: "foot bike",
  cycle_barrier: "foot bike",
  spikes: "foot bike motor",
  bump_gate: "motor foot bike",
  debris: "foot bike",
  log: "foot bike",
  yes: "foot bike",
  turnstile: "foot",
  "full-height_turnstile": "foot",
  stile: "foot bike",
  kissing_gate: "foot bike",
  horse_stile: "foot bike",
  wall: "",
  fence: "",
  hedge: "",
  ditch: "",
  retaining_wall: "",
  city_wall: "",
  guard_rail: "",
};

/** Barriers that nobody notices: no time is lost at them. */
const UNNOTICED = ["entrance", "kerb", "toll_booth", "height_restrictor", "bus_trap", "bollard"];

/** @returns undefined when the node changes nothing */
export function nodeRuleOf(tags: Tags): NodeRule | undefined {
  const highway = tags.get("highway");
  const barrier = tags.get("barrier");
  const isFord = isSet(tags.get("ford"));
  let flag = 0;
  let closed = 0;
  if (highway === "traffic_signals") flag |= NODE_FLAG.SIGNAL;
  if (highway === "crossing" || isSet(tags.get("crossing"))) {
    flag |= NODE_FLAG.CROSSING;
    if (tags.get("crossing") === "traffic_signals" || tags.get("crossing:signals") === "yes") {
      flag |= NODE_FLAG.SIGNAL;
    }
  }
  if (barrier !== undefined && barrier !== "no") {
    closed = closedByBarrier(tags, barrier);
    if (!UNNOTICED.includes(barrier)) flag |= NODE_FLAG.BARRIER;
  }
  return flag === 0 && closed === 0 && !isFord ? undefined : { flag, closed, isFord };
}

function closedByBarrier(tags: Tags, barrier: string): number {
  const isLocked = isYes(tags.get("locked"));
  // A barrier of a kind that we do not know stops a car and nobody else.
  const passes = PASSES[barrier] ?? "foot bike";
  let closed = 0;
  for (const [mode, bit] of [
    ["foot", MODE.FOOT],
    ["bike", MODE.BIKE],
    ["motor", MODE.MOTOR],
  ] as const) {
    const isOpenByDefault = passes.includes(mode) && !isLocked;
    if (permission(tags, mode, isOpenByDefault) === "none") closed |= bit;
  }
  // A bicycle is walked or lifted wherever a walker passes, but not through a turnstile.
  const isLifted = passes.includes("bike") && !isLocked && tags.get("bicycle") !== "no";
  if ((closed & MODE.FOOT) === 0 && isLifted) closed &= ~MODE.BIKE;
  return closed;
}
