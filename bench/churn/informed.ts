/**
 * What can be known at all of who leaves by somebody who sees what the features show and nothing else:
 * an oracle that has the model's information. Trees are taught the chances of the oracle that knows all,
 * without the noise of what happened to come, on the other worlds' members, and asked about each
 * world's. They come near the best that the features allow from below; more worlds bring them nearer.
 */
import {
  auc,
  type Matrix,
  type Parallel,
  TreePredictor,
  trainTrees,
} from "../../src/learn/index.ts";
import { CAUSES } from "../../src/lifecycle/churn/period.ts";

/** The moments of a world at which the oracle was asked. */
export interface AskedMoments {
  /** The features. */
  readonly x: Matrix;
  readonly categorical: readonly number[];
  /** By cause Float64Array (rows): the oracle's chance, what came and the weight that undoes censoring. */
  readonly causes: readonly {
    readonly chance: Float64Array;
    readonly y: Float64Array;
    readonly weight: Float64Array;
  }[];
}

const TREES = {
  objective: "cross-entropy",
  iterations: 400,
  learningRate: 0.05,
  leaves: 16,
  minDataInLeaf: 100,
  featureFraction: 0.5,
  seed: 1,
} as const;

/** @returns by world and cause; null where only one label came, all null of a single world */
export function informedAucs(
  worlds: readonly AskedMoments[],
  parallel: Parallel,
): readonly (readonly (number | null)[])[] {
  return worlds.map((world) => {
    const others = worlds.filter((other) => other !== world);
    return CAUSES.map((_, c) => {
      const { y, weight } = world.causes[c]!;
      if (others.length === 0 || !y.includes(1) || !y.includes(0)) return null;
      const taught = trainTrees(
        {
          x: stacked(others.map(({ x }) => x)),
          y: others.flatMap((of) => [...of.causes[c]!.chance]),
        },
        { ...TREES, categorical: world.categorical, parallel },
      );
      return auc(y, new TreePredictor(taught.model).predict(world.x), weight);
    });
  });
}

function stacked(parts: readonly Matrix[]): Matrix {
  const { columns, names } = parts[0]!;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const values = new Float64Array(rows * columns);
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    at += part.values.length;
  }
  return { rows, columns, values, names };
}
