/**
 * What a leaf says and what it is worth, from its sums of gradients and hessians: the Newton step
 * −G/(H + λ₂) under L1, a largest step and a pull to the parent (LightGBM's `feature_histogram.hpp`).
 */
import type { TreeOptions } from "../options.ts";
import { EPSILON } from "./split.ts";

export class LeafOutput {
  readonly #l1: number;
  readonly #maxStep: number;
  readonly #smooth: number;
  /** Whether gain is G²/(H + λ₂) and nothing more. */
  readonly isPlain: boolean;

  constructor({ lambdaL1, maxDeltaStep, pathSmooth, monotone }: TreeOptions) {
    this.#l1 = lambdaL1;
    this.#maxStep = maxDeltaStep;
    this.#smooth = pathSmooth > EPSILON ? pathSmooth : 0;
    this.isPlain =
      lambdaL1 === 0 && maxDeltaStep === 0 && this.#smooth === 0 && monotone.length === 0;
  }

  get isSmooth(): boolean {
    return this.#smooth > 0;
  }

  #threshold(gradient: number): number {
    if (this.#l1 === 0) return gradient;
    return Math.sign(gradient) * Math.max(0, Math.abs(gradient) - this.#l1);
  }

  /** @param l2 λ₂, with what categorical splits add @param rows for the pull to `parent` */
  of(gradient: number, hessian: number, l2: number, rows: number, parent: number): number {
    const output = this.unsmoothed(gradient, hessian, l2);
    if (this.#smooth === 0) return output;
    const weight = rows / this.#smooth;
    return (output * weight) / (weight + 1) + parent / (weight + 1);
  }

  unsmoothed(gradient: number, hessian: number, l2: number): number {
    const output = -this.#threshold(gradient) / (hessian + l2);
    if (this.#maxStep > 0 && Math.abs(output) > this.#maxStep) {
      return Math.sign(output) * this.#maxStep;
    }
    return output;
  }

  /** The gain of a leaf whose output is left free. */
  gain(gradient: number, hessian: number, l2: number, rows: number, parent: number): number {
    if (this.#maxStep > 0 || this.#smooth > 0) {
      const output = this.of(gradient, hessian, l2, rows, parent);
      return this.gainGiven(gradient, hessian, l2, output);
    }
    const g = this.#threshold(gradient);
    return (g * g) / (hessian + l2);
  }

  gainUnsmoothed(gradient: number, hessian: number, l2: number): number {
    if (this.#maxStep > 0) {
      return this.gainGiven(gradient, hessian, l2, this.unsmoothed(gradient, hessian, l2));
    }
    const g = this.#threshold(gradient);
    return (g * g) / (hessian + l2);
  }

  gainGiven(gradient: number, hessian: number, l2: number, output: number): number {
    const g = this.#threshold(gradient);
    return -(2 * g * output + (hessian + l2) * output * output);
  }
}
