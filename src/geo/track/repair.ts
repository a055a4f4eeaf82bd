/**
 * What cleaning sets right, by code. Each code stands in docs/reference/repairs.md with its cause and
 * what a person can do; a test holds the two together. Codes of reading belong to the decoders.
 */
import type { Repair } from "./recording.ts";

interface RepairKind {
  readonly unit: Repair["unit"];
  /** True when each counted record left the activity; rows in = rows out + these counts. */
  readonly removesRows: boolean;
  /** One sentence for people; the count stands beside it. */
  readonly message: string;
}

const kept = (message: string): RepairKind => ({ unit: "record", removesRows: false, message });
const removed = (message: string): RepairKind => ({ unit: "record", removesRows: true, message });
const whole = (message: string): RepairKind => ({ unit: "activity", removesRows: false, message });

/** Code of cleaning → what happened, grouped by the step that finds it. */
export const REPAIR_CODES = {
  // order
  "time-none": kept("The records have no time, so durations and speeds are unknown."),
  "time-filled": kept("Records without a usable time got one between their neighbours."),
  "time-missing": removed("Records before the first or after the last known time were left out."),
  "time-reversed": kept("Records out of order were sorted by their time."),
  "time-glitch": kept("Times that contradict the records around them were not believed."),
  "time-duplicate": removed("Records that repeat the moment of another say nothing new."),
  "time-spread": kept("Records in different places shared a time and were spread over it."),
  "row-merged": removed("Records of one moment were merged into one."),
  "row-empty": removed("Records held a time and nothing else."),
  "clock-shifted": kept("The clock was set on the way; the records before or after were moved."),
  "date-implausible": kept("The records are dated before 1990 or after 2089."),
  // position
  "position-out-of-range": kept("Positions that are no place on Earth were dropped."),
  "position-null-island": kept("Positions at 0, 0 were dropped: the receiver had no fix."),
  "position-jump": kept("Positions that nobody could reach at this sport's speed were dropped."),
  "position-spike": kept("Single positions that leap aside and back were dropped."),
  "track-break": kept("The track jumps; no distance was counted across the jump."),
  "parked-jitter": kept("Positions that wander while standing still added no distance."),
  // channels
  "altitude-out-of-range": kept("Altitudes below −500 m or above 9,000 m were dropped."),
  "altitude-empty": kept("All altitudes were zero: the device measured none."),
  "altitude-spike": kept("Altitudes that jump faster than a body climbs or falls were dropped."),
  "altitude-filled": kept("Missing altitudes were interpolated between their neighbours."),
  "altitude-drift": kept("The barometer's altitudes were moved to the level of the map's ground."),
  "altitude-replaced": kept("Altitudes were taken from the map's ground."),
  "distance-reversed": kept("The device's distance fell back and was continued."),
  "distance-jump": kept("The device's distance jumped faster than the sport allows."),
  "distance-foreign": kept("The device's distance contradicts the positions and was not used."),
  "speed-impossible": kept("Speeds beyond what the sport allows were replaced."),
  "heart-rate-impossible": kept("Heart rates outside 20 to 250 beats a minute were dropped."),
  "cadence-impossible": kept("Cadences outside 0 to 254 a minute were dropped."),
  "power-impossible": kept("Powers outside 0 to 3,000 W were dropped."),
  "temperature-impossible": kept("Temperatures outside −60 to 70 °C were dropped."),
  // activity
  "sport-impossible": whole("Nobody moves like that in the stated sport; another was assumed."),
  "pause-impossible": whole("Timer pauses that end before they begin or lie outside were dropped."),
  "lap-impossible": whole("Laps that end before they begin or lie outside were dropped."),
  split: whole("The device was left running between activities; each became its own."),
} as const satisfies Record<string, RepairKind>;

export type RepairCode = keyof typeof REPAIR_CODES;

/** Counts repairs by code in the order of their first sight. */
export interface RepairLog {
  /** Adds to the count of a code; zero is ignored. */
  add(code: RepairCode, count: number): void;
  repairs(): Repair[];
}

export function createRepairLog(): RepairLog {
  const counts = new Map<RepairCode, number>();
  return {
    add(code, count) {
      if (count > 0) counts.set(code, (counts.get(code) ?? 0) + count);
    },
    repairs: () => [...counts].map(([code, count]) => repairOf(code, count)),
  };
}

/** One repair, for what is found outside of cleaning. */
export function repairOf(code: RepairCode, count: number): Repair {
  const { unit, message } = REPAIR_CODES[code];
  return { code, count, unit, message };
}
