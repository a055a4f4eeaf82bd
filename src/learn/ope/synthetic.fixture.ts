// The synthetic world of the Open Bandit Pipeline (obp.dataset.SyntheticBanditDataset with
// logistic_reward_function, version 0.5.2, whose README prints a table), drawn number by number.
import type { Matrix } from "../matrix.ts";
import type { BanditLog } from "./log.ts";
import { RandomState } from "./numpy.fixture.ts";

export interface SyntheticLog {
  readonly context: Matrix;
  readonly log: BanditLog;
  /** Float64Array (rounds × actions): the true mean reward. */
  readonly expected: Float64Array;
}

export class SyntheticWorld {
  readonly #random: RandomState;
  readonly #seed: number;
  readonly #actions: number;
  readonly #dimension: number;
  readonly #beta: number;

  constructor(actions: number, dimension: number, beta: number, seed: number) {
    this.#random = new RandomState(seed);
    this.#seed = seed;
    this.#actions = actions;
    this.#dimension = dimension;
    this.#beta = beta;
  }

  draw(rounds: number): SyntheticLog {
    const actions = this.#actions;
    const values = this.#random.normal(rounds * this.#dimension);
    const context = { rows: rounds, columns: this.#dimension, values };
    const expected = this.#expected(context);
    const logging = softmaxRows(expected, actions, this.#beta);
    // The generator draws actions from its seed anew each time.
    const uniform = new RandomState(this.#seed).uniform(0, 1, rounds);
    const action = new Int32Array(rounds);
    const propensity = new Float64Array(rounds);
    const reward = new Float64Array(rounds);
    for (let i = 0; i < rounds; i++) {
      let sum = 0;
      let a = 0;
      for (; a < actions; a++) {
        sum += logging[i * actions + a]!;
        if (sum > uniform[i]!) break;
      }
      action[i] = a % actions;
      propensity[i] = logging[i * actions + action[i]!]!;
    }
    for (let i = 0; i < rounds; i++) {
      reward[i] = this.#random.bernoulli(expected[i * actions + action[i]!]!);
    }
    return { context, expected, log: { actions, action, reward, propensity, logging } };
  }

  /** Linear in context, action and their products, standardised over the draw, through a sigmoid. */
  #expected(context: Matrix): Float64Array {
    const random = new RandomState(this.#seed);
    const d = this.#dimension + 1;
    const k = this.#actions + 1;
    const ofContext = random.uniform(-1, 1, d);
    const ofAction = random.uniform(-1, 1, k);
    const ofBoth = random.uniform(-1, 1, d * k);
    const logits = new Float64Array(context.rows * this.#actions);
    let mean = 0;
    for (let i = 0; i < context.rows; i++) {
      const x = [1, ...context.values.subarray(i * (d - 1), (i + 1) * (d - 1))];
      for (let a = 0; a < this.#actions; a++) {
        let z = ofAction[0]! + ofAction[a + 1]!;
        for (let j = 0; j < d; j++) {
          z += x[j]! * (ofContext[j]! + ofBoth[j * k]! + ofBoth[j * k + a + 1]!);
        }
        logits[i * this.#actions + a] = z;
        mean += z;
      }
    }
    mean /= logits.length;
    let variance = 0;
    for (const z of logits) variance += (z - mean) ** 2;
    const deviation = Math.sqrt(variance / logits.length);
    return logits.map((z) => 1 / (1 + Math.exp(-(z - mean) / deviation)));
  }
}

/** Float64Array (rows × columns): exp(scale · x) by row, summing to 1. */
export function softmaxRows(x: Float64Array, columns: number, scale = 1): Float64Array {
  const y = new Float64Array(x.length);
  for (let from = 0; from < x.length; from += columns) {
    let sum = 0;
    for (let at = from; at < from + columns; at++) {
      y[at] = Math.exp(scale * x[at]!);
      sum += y[at]!;
    }
    for (let at = from; at < from + columns; at++) y[at]! /= sum;
  }
  return y;
}

/** Σ_a π(a|x)·q(x, a), averaged over rounds. */
export function trueValue(expected: Float64Array, policy: Float64Array, actions: number): number {
  let sum = 0;
  for (let at = 0; at < expected.length; at++) sum += expected[at]! * policy[at]!;
  return sum / (expected.length / actions);
}
