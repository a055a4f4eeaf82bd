/**
 * The shifted-beta-geometric model of contracts that renew (Fader & Hardie, "How to project customer
 * retention", 2007): each member leaves with a chance of their own at every renewal, and the chances
 * are beta distributed over members, so that retention rises with tenure without anybody changing.
 * Two parameters by maximum likelihood. No features and no season: a baseline and a prior for
 * `discreteHazard`. O(periods) a step.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkCount, checkFinite, checkOption } from "../check.ts";
import type { JsonObject } from "../learner.ts";

/** Members by how many periods they were seen: who left at the end of period t, and who had not. */
export interface TenureCounts {
  /** lost[t − 1]: left in period t = 1, 2, … */
  readonly lost: ArrayLike<number>;
  /** still[t − 1]: seen to survive period t and no longer watched. As long as `lost`. */
  readonly still: ArrayLike<number>;
}

/** Parameters beyond which members can no longer be told from equal ones. */
const LOG_BOUND = Math.log(1e7);
const MAX_STEPS = 500;
/** No contract renews as often; what sums over periods ends. */
const MOST_PERIODS = 1e7;

export class ShiftedBetaGeometric {
  readonly alpha: number;
  readonly beta: number;
  readonly logLikelihood: number;
  /** Of α and β; undefined at the bound, where all members are alike. */
  readonly standardError: readonly [number, number] | undefined;

  constructor(
    alpha: number,
    beta: number,
    logLikelihood = 0,
    standardError?: readonly [number, number],
  ) {
    checkOption("alpha", alpha, Number.MIN_VALUE, Number.MAX_VALUE);
    checkOption("beta", beta, Number.MIN_VALUE, Number.MAX_VALUE);
    this.alpha = alpha;
    this.beta = beta;
    this.logLikelihood = logLikelihood;
    this.standardError = standardError;
  }

  /** Chance to leave in period t = 1, 2, … for one who is there when it begins. */
  hazard(t: number): number {
    checkOption("period", t, 1, Number.MAX_VALUE);
    return this.alpha / (this.alpha + this.beta + t - 1);
  }

  /** Chance to be there after t periods, given that one was after `from`. */
  survival(t: number, from = 0): number {
    checkCount("from", from, 0);
    checkCount("period", t, from, MOST_PERIODS);
    let s = 1;
    for (let j = from; j < t; j++) s *= (this.beta + j) / (this.alpha + this.beta + j);
    return s;
  }

  /**
   * Expected payments from now, the next one first, of a member who has renewed `renewals` times
   * (Fader & Hardie 2010, discounted expected residual lifetime, cut at a horizon).
   *
   * @param discount per period, 0 … 1
   */
  expectedPayments(renewals: number, horizon: number, discount = 0): number {
    checkCount("renewals", renewals, 0);
    checkCount("horizon", horizon, 0, MOST_PERIODS);
    checkOption("discount", discount, 0, 1);
    let s = 1;
    let sum = 0;
    for (let j = 0; j < horizon; j++) {
      s *= (this.beta + renewals + j) / (this.alpha + this.beta + renewals + j);
      sum += s / (1 + discount) ** j;
    }
    return sum;
  }

  toJSON(): JsonObject {
    const { alpha, beta, logLikelihood, standardError = null } = this;
    return { kind: "shifted-beta-geometric", alpha, beta, logLikelihood, standardError };
  }

  static fromJson(json: JsonObject): ShiftedBetaGeometric {
    const { kind, alpha, beta, logLikelihood, standardError } = json;
    if (kind !== "shifted-beta-geometric") {
      throw new WaymarkError("TABLE_INVALID", "this is not a written shifted-beta-geometric model");
    }
    const errors = Array.isArray(standardError) ? (standardError as [number, number]) : undefined;
    return new ShiftedBetaGeometric(
      alpha as number,
      beta as number,
      logLikelihood as number,
      errors,
    );
  }
}

/** Counts of one cohort from its survivors: those who began, then those left after each period. */
export function tenureOfSurvivors(survivors: ArrayLike<number>): TenureCounts {
  checkFinite("survivors", survivors, survivors.length);
  const periods = survivors.length - 1;
  const lost = Array.from({ length: Math.max(0, periods) }, (_, t) => {
    const count = survivors[t]! - survivors[t + 1]!;
    if (count >= 0 && survivors[t + 1]! >= 0) return count;
    throw new WaymarkError(
      "TABLE_INVALID",
      `survivors, row ${t + 1} is ${survivors[t + 1]} after ${survivors[t]}: must fall, not below 0`,
    );
  });
  const still = lost.map((_, t) => (t === periods - 1 ? survivors[periods]! : 0));
  return { lost, still };
}

/**
 * Maximum likelihood by Newton's method in (log α, log β).
 *
 * @throws WaymarkError TABLE_INVALID when nobody was watched beyond one period, nobody left, or nobody
 *   stayed: two parameters are then not to be had
 */
export function fitShiftedBetaGeometric(counts: TenureCounts): ShiftedBetaGeometric {
  const { leave, stay } = exposures(counts);
  let a = 0;
  let b = 0;
  let here = evaluate(leave, stay, Math.exp(a), Math.exp(b));
  for (let step = 0; step < MAX_STEPS; step++) {
    let [u, v] = newtonStep(here, 0);
    // Where the surface is not concave, a damped step still goes up.
    for (let damp = 1e-3 * here.scale; !(u * here.ga + v * here.gb > 0); damp *= 4) {
      if (damp > 1e12 * here.scale) break;
      [u, v] = newtonStep(here, damp);
    }
    const gain = u * here.ga + v * here.gb;
    if (!(gain > 1e-14 * Math.abs(here.value))) break;
    for (let length = Math.min(1, 2 / Math.max(Math.abs(u), Math.abs(v))); ; length /= 2) {
      const next = evaluate(leave, stay, Math.exp(a + length * u), Math.exp(b + length * v));
      if (!(next.value >= here.value) && length > 1e-10) continue;
      a += length * u;
      b += length * v;
      here = next;
      break;
    }
    if (Math.max(a, b) > LOG_BOUND) break;
  }
  const alpha = Math.exp(a);
  const beta = Math.exp(b);
  const determinant = here.haa * here.hbb - here.hab * here.hab;
  const isInside = Math.max(a, b) < LOG_BOUND && here.haa < 0 && determinant > 0;
  return new ShiftedBetaGeometric(
    alpha,
    beta,
    here.value,
    isInside
      ? [alpha * Math.sqrt(-here.hbb / determinant), beta * Math.sqrt(-here.haa / determinant)]
      : undefined,
  );
}

interface Exposure {
  /** leave[t]: how many left in period t + 1. */
  readonly leave: Float64Array;
  /** stay[t]: how many were there for period t + 1 and stayed. */
  readonly stay: Float64Array;
}

function exposures({ lost, still }: TenureCounts): Exposure {
  const periods = lost.length;
  for (const [name, counts] of [
    ["lost", lost],
    ["still", still],
  ] as const) {
    checkFinite(name, counts, periods);
    for (let t = 0; t < periods; t++) {
      if (counts[t]! < 0) {
        throw new WaymarkError(
          "TABLE_INVALID",
          `${name}, row ${t} is ${counts[t]}: must not be negative`,
        );
      }
    }
  }
  const leave = Float64Array.from(lost);
  const stay = new Float64Array(periods);
  let later = 0;
  for (let t = periods - 1; t >= 0; t--) {
    stay[t] = later + still[t]!;
    later += still[t]! + lost[t]!;
  }
  const left = leave.reduce((sum, x) => sum + x, 0);
  const stayed = stay.reduce((sum, x) => sum + x, 0);
  const isShort = leave.subarray(1).every((x) => x === 0) && stay.subarray(1).every((x) => x === 0);
  if (left === 0 || stayed === 0 || isShort) {
    const what =
      left === 0 ? "nobody left" : stayed === 0 ? "nobody stayed" : "only one period was watched";
    throw new WaymarkError("TABLE_INVALID", `${what}: two parameters cannot be told from that`);
  }
  return { leave, stay };
}

/** Value, gradient and Hessian in (log α, log β). */
interface Surface {
  readonly value: number;
  readonly ga: number;
  readonly gb: number;
  readonly haa: number;
  readonly hab: number;
  readonly hbb: number;
  readonly scale: number;
}

/** Σ leave log(α / (α+β+t)) + stay log((β+t) / (α+β+t)): the beta functions written out as products. */
function evaluate(leave: Float64Array, stay: Float64Array, alpha: number, beta: number): Surface {
  let value = 0;
  let da = 0;
  let db = 0;
  let daa = 0;
  let dab = 0;
  let dbb = 0;
  for (let t = 0; t < leave.length; t++) {
    const both = alpha + beta + t;
    const there = leave[t]! + stay[t]!;
    value +=
      leave[t]! * Math.log(alpha / both) +
      (stay[t]! > 0 ? stay[t]! * Math.log((beta + t) / both) : 0);
    const inverse = there / both;
    const square = inverse / both;
    da += leave[t]! / alpha - inverse;
    db += stay[t]! / (beta + t) - inverse;
    daa += square - leave[t]! / (alpha * alpha);
    dab += square;
    dbb += square - stay[t]! / ((beta + t) * (beta + t));
  }
  const haa = alpha * alpha * daa + alpha * da;
  const hbb = beta * beta * dbb + beta * db;
  const hab = alpha * beta * dab;
  const scale = Math.abs(haa) + Math.abs(hbb) + Math.abs(hab) + 1e-300;
  return { value, ga: alpha * da, gb: beta * db, haa, hab, hbb, scale };
}

function newtonStep({ ga, gb, haa, hab, hbb }: Surface, damp: number): [number, number] {
  const a = haa - damp;
  const b = hbb - damp;
  const determinant = a * b - hab * hab;
  if (!(determinant > 0)) return [Number.NaN, Number.NaN];
  return [(hab * gb - b * ga) / determinant, (hab * ga - a * gb) / determinant];
}
