/** What an arm's sums must be before a test: present, finite, possible. Errors name arm, field and rule. */
import { type ArmSums, invalid } from "./sums.ts";

/** Pairs of a sum and its sum of squares: (Σx)² ≤ n·Σx². */
const SQUARES = [
  ["sum", "sumSquares"],
  ["denominatorSum", "denominatorSumSquares"],
  ["covariateSum", "covariateSumSquares"],
  ["covariateDenominatorSum", "covariateDenominatorSumSquares"],
] as const;

/** Sums accumulated in another order differ by rounding, so the rule gives this much. */
const ROUNDING = 1e-9;

export function checkArm(arm: ArmSums, name: string): void {
  const fields = Object.entries(arm).filter(([key]) => key !== "kind" && key !== "clusters");
  for (const [key, value] of [...fields, ...Object.entries(clustersOf(arm))]) {
    if (value !== undefined && !Number.isFinite(value)) {
      throw invalid(`${key} of ${name} is ${value}; expected a finite number`);
    }
  }
  if (!Number.isSafeInteger(arm.count) || arm.count < 0) {
    throw invalid(`count of ${name} is ${arm.count}; expected a whole number of units`);
  }
  if (arm.count < 2) throw invalid(`${name} has ${arm.count} units; a test needs 2 or more`);
  const sums = arm as unknown as Record<string, number>;
  for (const [sum, squares] of SQUARES) {
    if (sums[squares] === undefined) continue;
    const least = sums[sum]! ** 2 / arm.count;
    if (sums[squares] < least * (1 - ROUNDING)) {
      throw invalid(
        `${squares} of ${name} is ${sums[squares]}, less than ${sum}²/count = ${least}; ` +
          "no numbers have such sums",
      );
    }
  }
  if (arm.kind === "proportion" && !(arm.sum >= 0 && arm.sum <= arm.count)) {
    throw invalid(
      `sum of ${name} is ${arm.sum}; a proportion's is from 0 to its count ${arm.count}`,
    );
  }
  for (const below of ["denominatorSum", "covariateDenominatorSum"]) {
    if (sums[below] === 0) throw invalid(`${below} of ${name} is 0; a ratio cannot divide by it`);
  }
  if (arm.kind === "quantile") checkQuantile(arm, name);
}

function checkQuantile(arm: Extract<ArmSums, { kind: "quantile" }>, name: string): void {
  if (!(arm.level > 0 && arm.level < 1)) {
    throw invalid(`level of ${name} is ${arm.level}; expected above 0 and below 1`);
  }
  if (arm.lower > arm.estimate || arm.upper < arm.estimate) {
    throw invalid(
      `bounds of ${name} are ${arm.lower} and ${arm.upper}; expected the quantile ${arm.estimate} between`,
    );
  }
  if (arm.countAtBounds !== undefined && !(arm.countAtBounds > 0)) {
    throw invalid(`countAtBounds of ${name} is ${arm.countAtBounds}; expected above 0`);
  }
  if (arm.clusters !== undefined && !(arm.clusters.count >= 2 && arm.clusters.sizeSum > 0)) {
    throw invalid(`${name} has ${arm.clusters.count} clusters; a test needs 2 or more`);
  }
}

function clustersOf(arm: ArmSums): Record<string, number> {
  return arm.kind === "quantile" && arm.clusters !== undefined ? { ...arm.clusters } : {};
}
