/**
 * A contextual bandit: a belief about arms, a rule of exploration and a floor. It says with what
 * probability each arm is chosen, chooses one or a slate, and learns rewards whenever they come. What
 * it returns is what a log must keep for off-policy evaluation (`learn/ope`).
 */
import { WaymarkError } from "../../base/error.ts";
import type { Rng } from "../../base/rng.ts";
import { checkOption } from "../check.ts";
import type { JsonObject, Serialisable } from "../learner.ts";
import type { Matrix } from "../matrix.ts";
import { ArmBelief, type BeliefOptions } from "./belief.ts";
import { armProbabilities, checkExploration, type Exploration } from "./explore.ts";
import { drawSlate, type SlateChoice } from "./slate.ts";

export interface BanditOptions {
  readonly belief: BeliefOptions;
  readonly exploration: Exploration;
  /** Total probability spread over available arms; .05 unless given. */
  readonly floor?: number;
}

export interface Choice {
  readonly arm: number;
  /** The probability with which that arm was chosen. */
  readonly propensity: number;
  /** Float64Array (arms), summing to 1. */
  readonly probabilities: Float64Array;
}

export class ContextualBandit implements Serialisable {
  readonly belief: ArmBelief;
  readonly exploration: Exploration;
  readonly floor: number;
  #rounds = 0;

  constructor(options: BanditOptions, belief: ArmBelief = new ArmBelief(options.belief)) {
    this.floor = options.floor ?? 0.05;
    checkOption("floor", this.floor, 0, 1);
    checkExploration(options.exploration);
    this.exploration = options.exploration;
    this.belief = belief;
  }

  /** Rewards learned so far. */
  get rounds(): number {
    return this.#rounds;
  }

  /**
   * @param x a row of features for each arm
   * @param available Uint8Array (arms), 0 where an arm sleeps; all are awake unless given
   * @returns Float64Array (arms), summing to 1
   * @throws WaymarkError TABLE_INVALID when no arm is available, or naming the feature that is wrong
   */
  probabilities(x: Matrix, available?: Uint8Array): Float64Array {
    if (available && available.length !== x.rows) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `available has ${available.length} values for ${x.rows} arms`,
      );
    }
    const scores = this.belief.scores(x);
    const awake = available ?? new Uint8Array(x.rows).fill(1);
    return armProbabilities(scores, this.exploration, awake, this.floor, this.#rounds);
  }

  choose(x: Matrix, rng: Rng, available?: Uint8Array): Choice {
    const probabilities = this.probabilities(x, available);
    const arm = drawArm(probabilities, rng);
    return { arm, propensity: probabilities[arm]!, probabilities };
  }

  /** Several arms at once, drawn one after another from the same probabilities (Plackett–Luce). */
  chooseSlate(x: Matrix, slots: number, rng: Rng, available?: Uint8Array): SlateChoice {
    return drawSlate(this.probabilities(x, available), slots, rng);
  }

  /** @param x the chosen arm's row of features as it was when it was chosen */
  update(arm: number, x: ArrayLike<number>, reward: number, weight = 1): void {
    this.belief.update(arm, x, reward, weight);
    this.#rounds++;
  }

  toJSON(): JsonObject {
    return {
      kind: "contextual-bandit",
      exploration: { ...this.exploration },
      floor: this.floor,
      rounds: this.#rounds,
      belief: this.belief.toJSON(),
    };
  }

  static fromJson(json: JsonObject): ContextualBandit {
    const { kind, exploration, floor, rounds, belief } = json;
    if (
      kind !== "contextual-bandit" ||
      typeof floor !== "number" ||
      typeof rounds !== "number" ||
      !isObject(exploration) ||
      !isObject(belief)
    ) {
      throw new WaymarkError("TABLE_INVALID", "this is not a written bandit");
    }
    const read = ArmBelief.fromJson(belief);
    const bandit = new ContextualBandit(
      {
        belief: { kind: read.kind, features: read.features },
        exploration: exploration as unknown as Exploration,
        floor,
      },
      read,
    );
    bandit.#rounds = rounds;
    return bandit;
  }
}

/** An arm drawn by its probability. @param probabilities Float64Array (arms), summing to 1 */
export function drawArm(probabilities: Float64Array, rng: Rng): number {
  let rest = rng();
  let last = -1;
  for (let a = 0; a < probabilities.length; a++) {
    if (probabilities[a] === 0) continue;
    last = a;
    rest -= probabilities[a]!;
    if (rest < 0) return a;
  }
  // Rounding left a crumb beyond the last arm.
  return last;
}

function isObject(json: unknown): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
