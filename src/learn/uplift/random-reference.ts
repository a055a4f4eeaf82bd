/**
 * What chance would score: a metric of random orders of the same rows. Stands beside every figure of an
 * ordering, since with few rows chance reaches far.
 */
import { createRng } from "../../base/rng.ts";
import { quantileSorted } from "../../stats/order.ts";
import { checkCount, checkOption } from "../check.ts";
import { type Estimate, needFinite } from "../metric/estimate.ts";

/**
 * @param metric of a score for each row
 * @returns mean over random scores, their deviation as `standardError`, and the middle `level` of them
 */
export function randomReference(
  metric: (score: Float64Array) => number,
  rows: number,
  options: { readonly draws?: number; readonly seed?: number; readonly level?: number } = {},
): Estimate {
  const { draws = 100, seed = 1, level = 0.95 } = options;
  checkCount("draws", draws, 2, 1e6);
  checkOption("level", level, 0.5, 0.999999);
  const rng = createRng(seed);
  const found = new Float64Array(draws).map(() => metric(new Float64Array(rows).map(() => rng())));
  found.sort();
  let value = 0;
  for (const f of found) value += f / draws;
  needFinite(value);
  let squares = 0;
  for (const f of found) squares += (f - value) ** 2;
  return {
    value,
    standardError: Math.sqrt(squares / (draws - 1)),
    lower: quantileSorted(found, (1 - level) / 2),
    upper: quantileSorted(found, (1 + level) / 2),
  };
}
