/**
 * Rank-weighted average treatment effect (Yadlowsky, Fleming, Shah, Brunskill & Wager, JASA 2025): how
 * much more than average the highest ranked gain, by doubly robust scores. AUTOC weighs the very top,
 * Qini the whole; 0 says that the ranking knows nothing, or that all gain alike. Standard errors by
 * half-samples, as in grf. O(n) each of them.
 */
import { WaymarkError } from "../../base/error.ts";
import { createRng, integer } from "../../base/rng.ts";
import { normalCdf } from "../../stats/distribution/normal.ts";
import { checkChoice, checkCount, checkFinite } from "../check.ts";
import { type Estimate, needFinite, unitsOf, zOf } from "../metric/estimate.ts";
import { byFallingScore } from "./order.ts";

export interface RateOptions {
  readonly target?: "autoc" | "qini";
  readonly level?: number;
  /** Half-samples; 200 unless given. */
  readonly replicates?: number;
  readonly seed?: number;
  /** Int32Array (rows): halved by cluster. */
  readonly cluster?: Int32Array | undefined;
}

export interface Rate extends Estimate {
  /** Of the test that the ranking tells nothing, two-sided. */
  readonly pValue: number;
}

/**
 * @param effectScore Float64Array (rows): Γ_1 − Γ_0 of rows that the ranking was not fitted on
 * @param priority Float64Array (rows): the highest is treated first; ties are averaged over
 * @throws WaymarkError TABLE_INVALID naming array, row and rule
 */
export function rate(
  effectScore: Float64Array,
  priority: Float64Array,
  options: RateOptions = {},
): Rate {
  const { target = "autoc", level = 0.95, replicates = 200, seed = 1, cluster } = options;
  const n = effectScore.length;
  checkFinite("effectScore", effectScore, n);
  checkFinite("priority", priority, n);
  checkCount("replicates", replicates, 20, 1e6);
  checkChoice("target", target, ["autoc", "qini"]);
  const order = byFallingScore(priority);
  const units = unitsOf(cluster, n);
  if (units.count < 4) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `${units.count} ${cluster ? "clusters" : "rows"}; a rate needs at least 4`,
    );
  }
  const all = new Uint8Array(units.count).fill(1);
  const value = rankWeighted(effectScore, priority, order, units.unit, all, target);

  const rng = createRng(seed);
  const shuffled = Int32Array.from({ length: units.count }, (_, u) => u);
  const half = Math.floor(units.count / 2);
  let mean = 0;
  let squares = 0;
  for (let b = 0; b < replicates; b++) {
    all.fill(0);
    for (let k = 0; k < half; k++) {
      const j = k + integer(rng, units.count - k);
      const unit = shuffled[j]!;
      shuffled[j] = shuffled[k]!;
      shuffled[k] = unit;
      all[unit] = 1;
    }
    const drawn = rankWeighted(effectScore, priority, order, units.unit, all, target);
    // Welford's running moments.
    const step = drawn - mean;
    mean += step / (b + 1);
    squares += step * (drawn - mean);
  }
  const standardError = Math.sqrt(squares / (replicates - 1));
  needFinite(standardError);
  const wide = zOf(level) * standardError;
  const pValue = standardError === 0 ? 1 : 2 * normalCdf(-Math.abs(value) / standardError);
  return { value, standardError, lower: value - wide, upper: value + wide, pValue };
}

/** Σ over ranks of (mean score so far − mean score), by rank for Qini; ties share their mean score. */
function rankWeighted(
  score: Float64Array,
  priority: Float64Array,
  order: Uint32Array,
  unit: ArrayLike<number>,
  isIn: Uint8Array,
  target: "autoc" | "qini",
): number {
  const n = order.length;
  let rows = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    if (isIn[unit[i]!] === 0) continue;
    rows++;
    total += score[i]!;
  }
  const average = total / rows;
  let rank = 0;
  let before = 0;
  let sum = 0;
  for (let k = 0; k < n; ) {
    let tied = 0;
    let ofTied = 0;
    const here = priority[order[k]!]!;
    for (; k < n && priority[order[k]!] === here; k++) {
      if (isIn[unit[order[k]!]!] === 0) continue;
      tied++;
      ofTied += score[order[k]!]!;
    }
    for (let t = 1; t <= tied; t++) {
      const excess = (before + (ofTied * t) / tied) / (rank + t) - average;
      sum += target === "autoc" ? excess : excess * ((rank + t) / rows);
    }
    rank += tied;
    before += ofTied;
  }
  return sum / rows;
}
