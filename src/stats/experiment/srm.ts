/**
 * Sample ratio mismatch: do the arms' sizes fit their weights? If not, something before the metrics is
 * broken and no effect may be read (Fabijan et al., KDD 2019). Pearson's χ² for one look; for a monitor the
 * multinomial test of Lindon & Malek (NeurIPS 2022), which may be looked at after every unit.
 */
import { chiSquaredSurvival } from "../distribution/gamma.ts";
import { logGamma } from "../distribution/log-gamma.ts";
import { invalid } from "./sums.ts";

/**
 * The p-value of one look; 1 before any unit came. An arm of weight 0 must be empty; it still counts as a
 * degree of freedom, as in GrowthBook, which errs on the quiet side.
 *
 * @param count units per arm
 * @param weight shares the arms should have, of any sum
 * @throws WaymarkError TABLE_INVALID
 */
export function srmTest(count: ArrayLike<number>, weight: ArrayLike<number>): number {
  const { total, expected } = check(count, weight);
  if (total === 0) return 1;
  let statistic = 0;
  for (let i = 0; i < expected.length; i++) {
    const mean = expected[i]! * total;
    if (mean > 0) statistic += (count[i]! - mean) ** 2 / mean;
  }
  return chiSquaredSurvival(statistic, count.length - 1);
}

/**
 * The p-value that holds at every look at once: 1 / the evidence of a Dirichlet mixture centred on the
 * weights against them. The p-value so far is the least of those seen.
 *
 * @param concentration of the Dirichlet; larger finds smaller mismatches, later
 */
export function srmSequentialTest(
  count: ArrayLike<number>,
  weight: ArrayLike<number>,
  concentration = 100,
): number {
  if (!(concentration > 0 && concentration <= 1e12)) {
    throw invalid(`concentration is ${concentration}; expected above 0, up to 1e12`);
  }
  const { total, expected } = check(count, weight);
  let log = logGamma(concentration) - logGamma(concentration + total);
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] === 0) continue;
    const prior = concentration * expected[i]!;
    if (prior === 0) throw invalid(`weight of arm ${i} is too small beside the others`);
    log += logGamma(prior + count[i]!) - logGamma(prior) - count[i]! * Math.log(expected[i]!);
  }
  return Math.min(1, Math.exp(-log));
}

function check(
  count: ArrayLike<number>,
  weight: ArrayLike<number>,
): { total: number; expected: Float64Array } {
  if (count.length < 2) throw invalid(`there are ${count.length} arms; expected 2 or more`);
  if (weight.length !== count.length) {
    throw invalid(`weight has ${weight.length} arms; count has ${count.length}`);
  }
  let total = 0;
  let totalWeight = 0;
  for (let i = 0; i < count.length; i++) {
    const [units, share] = [count[i]!, weight[i]!];
    if (!(Number.isSafeInteger(units) && units >= 0)) {
      throw invalid(`count of arm ${i} is ${units}; expected a whole number of units`);
    }
    if (!(share >= 0 && Number.isFinite(share))) {
      throw invalid(`weight of arm ${i} is ${share}; expected a finite number from 0`);
    }
    if (share === 0 && units > 0) throw invalid(`arm ${i} has weight 0 and ${units} units`);
    total += units;
    totalWeight += share;
  }
  if (totalWeight === 0) throw invalid("all weights are 0; expected one above");
  return { total, expected: Float64Array.from(weight, (share) => share / totalWeight) };
}
