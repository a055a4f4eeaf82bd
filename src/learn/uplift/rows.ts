/**
 * Rows of an experiment (or of a campaign whose propensities are known well enough): what was known of
 * a member, which arm came, what followed. Arm 0 is the control; effects are of every other arm
 * against it. Members of unlike propensity make `learn/uplift` estimate, never assume.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkCodes, checkFinite, checkLength, weightsOf } from "../check.ts";
import { checkMatrix, type Matrix, takeRows } from "../matrix.ts";

export interface UpliftRows {
  readonly x: Matrix;
  /** How many arms there are, the control with them: at least 2. */
  readonly arms: number;
  /** Int32Array (rows): the arm that came, 0 … arms − 1, 0 the control. */
  readonly arm: Int32Array;
  /** Float64Array (rows), finite: what followed, larger being better. */
  readonly y: Float64Array;
  /** Float64Array (rows), ≥ 0. */
  readonly weight?: Float64Array | undefined;
  /** Float64Array (rows × arms), row-major: chances of the arms, where the design knows them by row. */
  readonly propensity?: Float64Array | undefined;
  /** Int32Array (rows): whose row it is; folds and intervals keep a cluster together. */
  readonly cluster?: Int32Array | undefined;
}

/** @throws WaymarkError TABLE_INVALID naming column, row and rule, or the arm that has no row */
export function checkRows(rows: UpliftRows): void {
  const { x, arms, arm, y, cluster } = rows;
  if (!Number.isInteger(arms) || arms < 2) {
    throw new WaymarkError("OPTION_INVALID", `arms is ${arms}; it must be an integer ≥ 2`);
  }
  checkMatrix(x, { allowsMissing: true });
  checkCodes("arm", arm, x.rows, arms);
  checkFinite("y", y, x.rows);
  weightsOf(rows.weight, x.rows);
  if (rows.propensity) checkLength("propensity", rows.propensity, x.rows * arms);
  if (cluster) checkLength("cluster", cluster, x.rows);
  const count = new Float64Array(arms);
  for (let i = 0; i < arm.length; i++) count[arm[i]!]! += rows.weight ? rows.weight[i]! : 1;
  const empty = count.indexOf(0);
  if (empty >= 0) throw new WaymarkError("TABLE_INVALID", `arm ${empty} has no row with weight`);
}

/** The rows at `indices`, in that order. */
export function takeUpliftRows(rows: UpliftRows, indices: ArrayLike<number>): UpliftRows {
  const pick = <T extends Float64Array | Int32Array>(values: T | undefined, empty: T) => {
    if (!values) return undefined;
    for (let k = 0; k < indices.length; k++) empty[k] = values[indices[k]!]!;
    return empty;
  };
  const n = indices.length;
  const { x, propensity, arms } = rows;
  return {
    x: takeRows(x, indices),
    arms,
    arm: pick(rows.arm, new Int32Array(n))!,
    y: pick(rows.y, new Float64Array(n))!,
    weight: pick(rows.weight, new Float64Array(n)),
    propensity:
      propensity && takeRows({ rows: x.rows, columns: arms, values: propensity }, indices).values,
    cluster: pick(rows.cluster, new Int32Array(n)),
  };
}

/** Indices of the rows of one arm. */
export function rowsOfArm(rows: UpliftRows, arm: number): Int32Array {
  const indices: number[] = [];
  for (let i = 0; i < rows.arm.length; i++) if (rows.arm[i] === arm) indices.push(i);
  return Int32Array.from(indices);
}
