/**
 * Rewards that take weeks: what is believed of an arm while its members' traces are still running
 * (McDonald, Maystre, Lalmas, Russo & Ciosek, "Impatient Bandits", KDD 2023). A trace is a vector of
 * steps (active in week 1, 2, …); the reward is a weighted sum of it. An arm's mean trace is normal
 * around that of all arms, a member's around its arm's; a prefix of a trace then tells of the rest by
 * as much as history says it does. O(horizon³) an answer, whatever the number of members.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkCodes, checkCount, checkFinite } from "../check.ts";
import type { JsonObject, Serialisable } from "../learner.ts";
import { cholesky, inverse, solve } from "../linear/cholesky.ts";

export interface TraceModel {
  /** Steps of a whole trace. */
  readonly horizon: number;
  /** Float64Array (horizon): the mean trace of an arm. */
  readonly mean: Float64Array;
  /** Float64Array (horizon × horizon): how arms' mean traces vary about it. */
  readonly betweenArms: Float64Array;
  /** Float64Array (horizon × horizon): how members' traces vary about their arm's. */
  readonly withinArm: Float64Array;
  /** Float64Array (horizon): the reward of a trace is Σ weight · step. */
  readonly rewardWeight: Float64Array;
}

/** Whole traces of one past arm: Float64Array (members × horizon), row-major. */
export type ArmTraces = Float64Array;

/** Share of the diagonal that is always added to a covariance, so that it can be inverted. */
const RIDGE = 1e-6;

/**
 * The model from whole traces of past arms by moments: pooled covariance within arms, and between
 * arms what remains of the covariance of their means, with negative directions lifted to almost nothing.
 *
 * @param rewardWeight Float64Array (horizon); 1 for each step unless given
 * @throws WaymarkError TABLE_INVALID with fewer than 2 arms, or an arm with fewer than 2 members
 */
export function fitTraceModel(
  arms: readonly ArmTraces[],
  horizon: number,
  rewardWeight: Float64Array = new Float64Array(horizon).fill(1),
): TraceModel {
  checkCount("horizon", horizon, 1);
  checkFinite("rewardWeight", rewardWeight, horizon);
  if (arms.length < 2) {
    throw new WaymarkError("TABLE_INVALID", `${arms.length} arms; a trace model needs at least 2`);
  }
  const means = arms.map((traces, k) => meanTrace(traces, horizon, k));
  const withinArm = new Float64Array(horizon * horizon);
  let degrees = 0;
  let unevenness = 0;
  arms.forEach((traces, k) => {
    const members = traces.length / horizon;
    for (let i = 0; i < members; i++) {
      addOuter(withinArm, difference(traces.subarray(i * horizon), means[k]!), 1);
    }
    degrees += members - 1;
    unevenness += 1 / members / arms.length;
  });
  for (let at = 0; at < withinArm.length; at++) withinArm[at]! /= degrees;

  const mean = new Float64Array(horizon);
  for (const of of means) for (let j = 0; j < horizon; j++) mean[j]! += of[j]! / arms.length;
  const betweenArms = new Float64Array(horizon * horizon);
  for (const of of means) addOuter(betweenArms, difference(of, mean), 1 / (arms.length - 1));
  // The means of finitely many members vary even where arms do not.
  for (let at = 0; at < betweenArms.length; at++) betweenArms[at]! -= unevenness * withinArm[at]!;
  checkFinite("covariance of traces", betweenArms, betweenArms.length);
  return {
    horizon,
    mean,
    betweenArms: positive(betweenArms, horizon),
    withinArm: positive(withinArm, horizon),
    rewardWeight,
  };
}

/** What is believed of one arm's mean reward from traces that are seen in part. */
export class ProgressiveBelief implements Serialisable {
  readonly model: TraceModel;
  /** Per length of prefix 0 … horizon: members, and the sum of their prefixes. */
  readonly #members: Float64Array;
  readonly #sums: Float64Array[];
  #reward: { readonly mean: number; readonly deviation: number } | undefined;

  constructor(model: TraceModel) {
    this.model = model;
    this.#members = new Float64Array(model.horizon + 1);
    this.#sums = Array.from({ length: model.horizon + 1 }, (_, k) => new Float64Array(k));
  }

  /**
   * Takes in what is seen of one member's trace so far.
   *
   * @param prefix the first steps, at most `horizon`
   * @param before the same member's prefix as it was given the last time, which this one replaces
   */
  observe(prefix: ArrayLike<number>, before: ArrayLike<number> = []): void {
    const { horizon } = this.model;
    if (prefix.length > horizon || before.length > prefix.length) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `a prefix of ${prefix.length} steps after one of ${before.length}; it must be no shorter and at most ${horizon}`,
      );
    }
    checkFinite("prefix", prefix, prefix.length);
    for (let j = 0; j < before.length; j++) {
      if (before[j] !== prefix[j]) {
        throw new WaymarkError(
          "TABLE_INVALID",
          `prefix, step ${j} is ${prefix[j]} where it was ${before[j]} before: steps that passed do not change`,
        );
      }
    }
    this.#add(before, -1);
    this.#add(prefix, 1);
    this.#reward = undefined;
  }

  /** Mean and deviation of the arm's mean reward, given all prefixes. */
  get reward(): { readonly mean: number; readonly deviation: number } {
    this.#reward ??= this.#answer();
    return this.#reward;
  }

  #add(prefix: ArrayLike<number>, times: 1 | -1): void {
    const k = prefix.length;
    if (k === 0) return;
    if (this.#members[k]! + times < 0) {
      throw new WaymarkError("TABLE_INVALID", `no prefix of ${k} steps was given before`);
    }
    this.#members[k]! += times;
    for (let j = 0; j < k; j++) this.#sums[k]![j]! += times * prefix[j]!;
  }

  /** The normal posterior of the mean trace: precisions add, each of a prefix on its own steps. */
  #answer(): { mean: number; deviation: number } {
    const { horizon, mean, betweenArms, withinArm, rewardWeight } = this.model;
    const precision = inverse(cholesky(betweenArms, horizon));
    const pull = times(precision, mean, horizon);
    for (let k = 1; k <= horizon; k++) {
      const members = this.#members[k]!;
      if (members === 0) continue;
      const known = inverse(cholesky(leading(withinArm, horizon, k), k));
      const push = times(known, this.#sums[k]!, k);
      for (let i = 0; i < k; i++) {
        pull[i]! += push[i]!;
        for (let j = 0; j < k; j++) precision[i * horizon + j]! += members * known[i * k + j]!;
      }
    }
    const factor = cholesky(precision, horizon);
    const trace = solve(factor, pull);
    const spread = solve(factor, rewardWeight);
    let reward = 0;
    let variance = 0;
    for (let j = 0; j < horizon; j++) {
      reward += rewardWeight[j]! * trace[j]!;
      variance += rewardWeight[j]! * spread[j]!;
    }
    return { mean: reward, deviation: Math.sqrt(Math.max(0, variance)) };
  }

  toJSON(): JsonObject {
    return {
      kind: "progressive-belief",
      horizon: this.model.horizon,
      members: [...this.#members],
      sums: this.#sums.map((sum) => [...sum]),
    };
  }

  /** @param model the one with which it was written */
  static fromJson(json: JsonObject, model: TraceModel): ProgressiveBelief {
    const { kind, horizon, members, sums } = json;
    if (
      kind !== "progressive-belief" ||
      horizon !== model.horizon ||
      !Array.isArray(members) ||
      !Array.isArray(sums)
    ) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `this is not a written progressive belief over ${model.horizon} steps`,
      );
    }
    const belief = new ProgressiveBelief(model);
    if (sums.length !== model.horizon + 1) {
      throw new WaymarkError("TABLE_INVALID", `sums has ${sums.length} lengths of prefix`);
    }
    checkCodes("members", members as number[], model.horizon + 1, Number.MAX_SAFE_INTEGER);
    belief.#members.set(members as number[]);
    (sums as number[][]).forEach((sum, k) => {
      checkFinite(`sums of ${k} steps`, sum, k);
      belief.#sums[k]!.set(sum);
    });
    return belief;
  }
}

function meanTrace(traces: ArmTraces, horizon: number, arm: number): Float64Array {
  const members = traces.length / horizon;
  if (!Number.isInteger(members) || members < 2) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `arm ${arm} has ${traces.length} values: must be whole traces of ${horizon} steps, of 2 members or more`,
    );
  }
  checkFinite(`traces of arm ${arm}`, traces, traces.length);
  const mean = new Float64Array(horizon);
  for (let at = 0; at < traces.length; at++) mean[at % horizon]! += traces[at]! / members;
  return mean;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return b.map((value, j) => a[j]! - value);
}

function addOuter(matrix: Float64Array, x: Float64Array, scale: number): void {
  const n = x.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) matrix[i * n + j]! += scale * x[i]! * x[j]!;
  }
}

function times(matrix: Float64Array, x: Float64Array, n: number): Float64Array {
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) y[i]! += matrix[i * n + j]! * x[j]!;
  }
  return y;
}

/** The first k rows and columns. */
function leading(matrix: Float64Array, n: number, k: number): Float64Array {
  const part = new Float64Array(k * k);
  for (let i = 0; i < k; i++) part.set(matrix.subarray(i * n, i * n + k), i * k);
  return part;
}

/**
 * The nearest symmetric matrix without negative directions, and a little on its diagonal: eigenvalues by
 * cyclic Jacobi rotations (Golub & Van Loan, §8.5), those below nothing lifted.
 */
function positive(matrix: Float64Array, n: number): Float64Array {
  const a = matrix.slice();
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        off += a[p * n + q]! ** 2;
        rotate(a, vectors, n, p, q);
      }
    }
    if (off < 1e-28) break;
  }
  let largest = 0;
  for (let i = 0; i < n; i++) largest = Math.max(largest, a[i * n + i]!);
  const least = Math.max(RIDGE * largest, Number.EPSILON);
  const result = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const value = Math.max(a[k * n + k]!, least);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        result[i * n + j]! += value * vectors[i * n + k]! * vectors[j * n + k]!;
      }
    }
  }
  return result;
}

/** Makes a[p, q] zero. */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!;
  if (apq === 0) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const kp = a[k * n + p]!;
    const kq = a[k * n + q]!;
    a[k * n + p] = c * kp - s * kq;
    a[k * n + q] = s * kp + c * kq;
  }
  for (let k = 0; k < n; k++) {
    const pk = a[p * n + k]!;
    const qk = a[q * n + k]!;
    a[p * n + k] = c * pk - s * qk;
    a[q * n + k] = s * pk + c * qk;
    const vp = vectors[k * n + p]!;
    const vq = vectors[k * n + q]!;
    vectors[k * n + p] = c * vp - s * vq;
    vectors[k * n + q] = s * vp + c * vq;
  }
}
