/**
 * How much a model uses a feature: by its splits (count, gain), which training decides, or by what
 * shuffling the feature does to a score on any rows (Breiman 2001), which the model's worth decides.
 */
import { createRng, integer } from "../../../base/rng.ts";
import type { Matrix } from "../../matrix.ts";
import type { TreeModel } from "../model/tree.ts";

/** Float64Array (columns): splits on each feature. */
export function splitImportance({ trees, featureNames }: TreeModel): Float64Array {
  const count = new Float64Array(featureNames.length);
  for (const { splitFeature } of trees) for (const j of splitFeature) count[j]!++;
  return count;
}

/** Float64Array (columns): the gains of the splits on each feature. */
export function gainImportance({ trees, featureNames }: TreeModel): Float64Array {
  const gain = new Float64Array(featureNames.length);
  for (const { splitFeature, splitGain } of trees) {
    splitFeature.forEach((j, node) => {
      // LightGBM counts a split without gain as none.
      if (splitGain[node]! > 0) gain[j]! += splitGain[node]!;
    });
  }
  return gain;
}

export interface PermutationOptions {
  /** Shuffles of each feature; 5 unless given. */
  readonly repeats?: number;
  readonly seed: number;
}

/**
 * Float64Array (columns): how much worse the score is with the feature's values shuffled among the
 * rows, mean over the repeats. Features that stand in for each other share what they are worth.
 *
 * @param score of predictions of these rows, higher is better
 */
export function permutationImportance(
  x: Matrix,
  score: (x: Matrix) => number,
  { repeats = 5, seed }: PermutationOptions,
): Float64Array {
  const whole = score(x);
  const values = x.values.slice();
  const shuffled: Matrix = { ...x, values };
  const column = new Float64Array(x.rows);
  return Float64Array.from({ length: x.columns }, (_, j) => {
    const rng = createRng(seed, j);
    for (let i = 0; i < x.rows; i++) column[i] = x.values[i * x.columns + j]!;
    let lost = 0;
    for (let r = 0; r < repeats; r++) {
      for (let i = x.rows - 1; i > 0; i--) {
        const k = integer(rng, i + 1);
        const value = column[i]!;
        column[i] = column[k]!;
        column[k] = value;
      }
      for (let i = 0; i < x.rows; i++) values[i * x.columns + j] = column[i]!;
      lost += whole - score(shuffled);
    }
    for (let i = 0; i < x.rows; i++) values[i * x.columns + j] = x.values[i * x.columns + j]!;
    return lost / repeats;
  });
}
