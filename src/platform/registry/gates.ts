/**
 * What a model must show before anything is decided by it. Every gate has one of three verdicts: where
 * the rows are too few to tell a good figure from a bad one it is "unsure", which is said but does not
 * hold a model back, because a gate that only much data can pass would keep the baseline for ever.
 * A figure that is surely out of its band fails.
 */
import type { GateRecord, ModelRecord, WrittenEstimate } from "../../schema/model.ts";

export const gateDefaults = {
  /** A slope below says that chances are too extreme, above that they are too mild. */
  slope: [0.9, 1.1],
  /** Two-sided 99 %: gates are many, and at 95 % a good version would often fail one by chance. */
  slopeZ: 2.576,
  /** Expected calibration error, in chance. */
  ece: 0.02,
  /** A slice whose chances are off by more than this factor, and surely so, fails. */
  sliceRatio: 1.5,
  /** Two-sided 99.9 %: slices are many, and of those at 95 % one in twenty is out by chance. */
  sliceZ: 3.29,
  /** Milliseconds that one prediction may take, 99 of 100. */
  latencyP99Ms: 10,
} as const;

type Verdict = GateRecord["verdict"];

/** @param record with comparisons and latency filled in */
export function judge(record: ModelRecord): readonly GateRecord[] {
  return [
    ...record.outcomes.flatMap((outcome) => [
      ...outcome.gains
        .filter(({ over }) => over === "constant" || over === "sBG")
        .map(({ over, brier }) => better(outcome.name, over, brier)),
      slope(outcome.name, outcome.scores[0]?.slope ?? null),
      ece(outcome.name, outcome.scores[0]),
    ]),
    ...record.versus.map(champion),
    slices(record),
    leakage(record),
    latency(record),
  ];
}

/** Whether the gates let the model through. */
export function isThrough(gates: readonly GateRecord[]): boolean {
  return gates.every(({ verdict }) => verdict !== "failed");
}

function better(
  outcome: string,
  over: string,
  { value, lower, upper }: WrittenEstimate,
): GateRecord {
  const verdict: Verdict = lower > 0 ? "passed" : upper < 0 ? "failed" : "unsure";
  const said = `Brier score below ${over} by ${five(value)} (${five(lower)} to ${five(upper)})`;
  return { name: `${outcome}: better than ${over}`, verdict, message: said };
}

function slope(outcome: string, estimate: WrittenEstimate | null): GateRecord {
  const { slopeZ } = gateDefaults;
  const [low, high] = gateDefaults.slope;
  const name = `${outcome}: calibration slope`;
  if (estimate === null) return { name, verdict: "failed", message: "there is no slope to be had" };
  const { value } = estimate;
  const [lower, upper] = [estimate.lower, estimate.upper].map(
    (side) => value + (slopeZ / 1.96) * (side - value),
  ) as [number, number];
  const isIn = value >= low && value <= high;
  const verdict: Verdict = isIn ? "passed" : upper < low || lower > high ? "failed" : "unsure";
  const said = `${value.toFixed(2)} (${lower.toFixed(2)}–${upper.toFixed(2)} at 99 %); ${low}–${high} is asked for`;
  return { name, verdict, message: said };
}

function ece(
  outcome: string,
  score: { readonly ece: number; readonly eceChance: number } | undefined,
): GateRecord {
  const name = `${outcome}: calibration error`;
  if (score === undefined) return { name, verdict: "failed", message: "it was not measured" };
  const most = gateDefaults.ece;
  const verdict: Verdict =
    score.ece <= most ? "passed" : score.ece <= score.eceChance ? "unsure" : "failed";
  const message =
    `${score.ece.toFixed(4)}; at most ${most} is asked for, ` +
    `and ${score.eceChance.toFixed(4)} is within chance on as many rows`;
  return { name, verdict, message };
}

function champion({ version, outcome, brier }: ModelRecord["versus"][number]): GateRecord {
  const { value, lower, upper } = brier;
  const verdict: Verdict = upper < 0 ? "failed" : value >= 0 ? "passed" : "unsure";
  const message = `Brier score below version ${version} by ${five(value)} (${five(lower)} to ${five(upper)})`;
  return { name: `${outcome}: against the champion`, verdict, message };
}

function slices({ slices }: ModelRecord): GateRecord {
  const { sliceRatio, sliceZ } = gateDefaults;
  const off = slices.filter(({ predicted, observed, groups }) => {
    const distance = Math.abs(observed.value - predicted);
    const side = predicted < observed.value ? observed.lower : observed.upper;
    // What was seen may lie as far off as its own interval says, and as chance does were all true.
    const seen = (sliceZ / 1.96) * Math.abs(side - observed.value);
    const chance = sliceZ * Math.sqrt((predicted * (1 - predicted)) / Math.max(1, groups));
    const ratio = predicted / Math.max(1e-9, observed.value);
    return distance > Math.max(seen, chance) && (ratio > sliceRatio || ratio < 1 / sliceRatio);
  });
  const name = "slices";
  if (off.length === 0) {
    return { name, verdict: "passed", message: `none of ${slices.length} is surely off` };
  }
  const said = off.map(
    ({ outcome, by, value, predicted, observed }) =>
      `${outcome}, ${by} ${value}: ${predicted.toFixed(3)} said, ${observed.value.toFixed(3)} came`,
  );
  return { name, verdict: "failed", message: said.join("; ") };
}

function leakage({ alarms }: ModelRecord): GateRecord {
  const name = "leakage";
  if (alarms.length === 0) return { name, verdict: "passed", message: "no alarm" };
  const isSoft = alarms.every(({ kind }) => kind === "proxy-name" || kind === "implausible-gain");
  const said = alarms.map(({ feature, message }) => `${feature}: ${message}`).join("; ");
  return { name, verdict: isSoft ? "unsure" : "failed", message: said };
}

function latency({ latencyP99Ms }: ModelRecord): GateRecord {
  const name = "latency";
  const most = gateDefaults.latencyP99Ms;
  if (latencyP99Ms === null) return { name, verdict: "unsure", message: "it was not measured" };
  return {
    name,
    verdict: latencyP99Ms <= most ? "passed" : "failed",
    message: `${latencyP99Ms.toFixed(2)} ms at the 99th of 100; at most ${most} ms is asked for`,
  };
}

function five(value: number): string {
  return value.toFixed(5);
}
