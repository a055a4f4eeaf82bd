/**
 * S-learner: one model of the outcome with the arm among its features, asked twice (Hill 2011). Shrinks
 * effects to nothing where the outcome is easy and the effect small; strong when there is little data
 * or no effect. A linear base learner sees the same effect for all unless arm and features are crossed.
 */
import { type Learner, type Predictor, written } from "../learner.ts";
import type { Matrix } from "../matrix.ts";
import type { UpliftLearner, UpliftModel } from "./effect.ts";
import { checkRows } from "./rows.ts";

export interface SLearnerOptions {
  /** Products of each arm with each feature as features too: for linear base learners. */
  readonly interactions?: boolean;
}

export function sLearner(outcome: Learner, options: SLearnerOptions = {}): UpliftLearner {
  const { interactions = false } = options;
  return {
    fit(rows, { seed } = {}) {
      checkRows(rows);
      const { arms } = rows;
      const x = withArm(rows.x, rows.arm, arms, interactions);
      const model = outcome.fit(x, rows.y, { weight: rows.weight, seed });
      return sModel(model, arms, interactions);
    },
  };
}

/** @param outcome a model of the outcome with the arm among its columns */
export function sModel(outcome: Predictor, arms: number, interactions: boolean): UpliftModel {
  return {
    arms,
    effect(x) {
      const asked = (arm: number): Float64Array =>
        outcome.predict(withArm(x, new Int32Array(x.rows).fill(arm), arms, interactions));
      const control = asked(0);
      const effects = new Float64Array(x.rows * (arms - 1));
      for (let a = 1; a < arms; a++) {
        asked(a).forEach((mean, i) => {
          effects[i * (arms - 1) + a - 1] = mean - control[i]!;
        });
      }
      return effects;
    },
    toJSON: () => ({ kind: "s-learner", arms, interactions, outcome: written(outcome) }),
  };
}

/** A column of 0 and 1 for each arm but the control, and its products with the features if asked. */
function withArm(x: Matrix, arm: Int32Array, arms: number, interactions: boolean): Matrix {
  const perArm = 1 + (interactions ? x.columns : 0);
  const columns = x.columns + (arms - 1) * perArm;
  const values = new Float64Array(x.rows * columns);
  for (let i = 0; i < x.rows; i++) {
    const row = x.values.subarray(i * x.columns, (i + 1) * x.columns);
    values.set(row, i * columns);
    const a = arm[i]!;
    if (a === 0) continue;
    const from = i * columns + x.columns + (a - 1) * perArm;
    values[from] = 1;
    if (interactions) values.set(row, from + 1);
  }
  return {
    rows: x.rows,
    columns,
    values,
    names: x.names && namesWithArm(x.names, arms, interactions),
  };
}

function namesWithArm(names: readonly string[], arms: number, interactions: boolean): string[] {
  const all = [...names];
  for (let a = 1; a < arms; a++) {
    all.push(`arm ${a}`);
    if (interactions) all.push(...names.map((name) => `arm ${a} × ${name}`));
  }
  return all;
}
