/**
 * Slates by Plackett–Luce: the first slot is drawn from the arms' probabilities, the next from what is
 * left, renormalised (Plackett 1975). The whole slate's propensity is a product; a slot's marginal is
 * an integral over when each of independent exponential clocks rings, done by quadrature. Renormalising
 * only raises a probability, so a floor on arms is a floor on every slot.
 */
import { WaymarkError } from "../../base/error.ts";
import type { Rng } from "../../base/rng.ts";
import { checkCodes } from "../check.ts";
import { gaussLegendre, overPieces } from "../quadrature.ts";

export interface SlateChoice {
  /** The arm of each slot, from the top. */
  readonly arms: Int32Array;
  /** Of the whole slate, in this order. */
  readonly propensity: number;
  /** Float64Array (slots): of each slot's arm and all above it; the last is `propensity`. */
  readonly cascade: Float64Array;
  /** Float64Array (slots): of each slot's arm at that slot, whatever stands elsewhere. */
  readonly marginal: Float64Array;
  /** Float64Array (arms): what the first slot was drawn from. */
  readonly probabilities: Float64Array;
}

/**
 * @param probabilities Float64Array (arms), ≥ 0, summing to 1
 * @throws WaymarkError TABLE_INVALID when fewer arms have any probability than there are slots
 */
export function drawSlate(probabilities: Float64Array, slots: number, rng: Rng): SlateChoice {
  checkSlots(probabilities, slots);
  const arms = new Int32Array(slots);
  const left = probabilities.slice();
  for (let l = 0; l < slots; l++) {
    let sum = 0;
    for (const p of left) sum += p;
    let rest = rng() * sum;
    let last = -1;
    for (let a = 0; a < left.length; a++) {
      if (left[a] === 0) continue;
      last = a;
      rest -= left[a]!;
      if (rest < 0) break;
    }
    arms[l] = last;
    left[last] = 0;
  }
  const cascade = slateCascade(probabilities, arms);
  const marginals = slotMarginals(probabilities, slots);
  const marginal = Float64Array.from(arms, (a, l) => marginals[l * probabilities.length + a]!);
  return { arms, propensity: cascade[slots - 1]!, cascade, marginal, probabilities };
}

/**
 * Float64Array (slots): the probability of each slot's arm and all above it, also for a slate that some
 * other policy showed. 0 from the slot on where an arm has no probability or stands twice.
 */
export function slateCascade(probabilities: Float64Array, arms: ArrayLike<number>): Float64Array {
  checkSlots(probabilities, arms.length);
  checkCodes("arms", arms, arms.length, probabilities.length);
  const left = probabilities.slice();
  const cascade = new Float64Array(arms.length);
  let product = 1;
  for (let l = 0; l < arms.length; l++) {
    let sum = 0;
    for (const p of left) sum += p;
    product *= left[arms[l]!]! / sum;
    left[arms[l]!] = 0;
    cascade[l] = product;
  }
  return cascade;
}

const RULE = gaussLegendre(10);
/** Natural logarithms of the time, in mean waits of all clocks together, between which one rings. */
const FIRST = -38;
const STEP = 0.75;
/** Mean waits after which a clock has rung but for 1e-17. */
const LATE = 40;

/**
 * Float64Array (slots × arms): the probability of each arm at each slot. Each slot sums to 1, and an
 * arm over all slots to its probability of being shown. O(arms · slots) at some 600 nodes or more.
 *
 * @param probabilities Float64Array (arms), ≥ 0, summing to 1
 * @throws WaymarkError TABLE_INVALID when fewer arms have any probability than there are slots
 */
export function slotMarginals(probabilities: Float64Array, slots: number): Float64Array {
  checkSlots(probabilities, slots);
  const arms = probabilities.length;
  const marginals = new Float64Array(slots * arms);
  const open: number[] = [];
  for (let a = 0; a < arms; a++) if (probabilities[a]! > 0) open.push(a);
  const rate = Float64Array.from(open, (a) => probabilities[a]!);
  if (slots === 1) {
    for (const a of open) marginals[a] = probabilities[a]!;
    return marginals;
  }
  const bounds = [FIRST];
  const end = Math.log(LATE / rate.reduce((least, r) => Math.min(least, r)));
  while (bounds.at(-1)! < end) bounds.push(bounds.at(-1)! + STEP);

  const rung = new Float64Array(open.length);
  const count = new Float64Array(slots);
  overPieces(RULE, bounds, (logTime, weight) => {
    const time = Math.exp(logTime);
    for (let k = 0; k < rate.length; k++) rung[k] = -Math.expm1(-rate[k]! * time);
    for (let k = 0; k < rate.length; k++) {
      const density = weight * time * rate[k]! * Math.exp(-rate[k]! * time);
      if (density === 0) continue;
      rungOthers(rung, k, count);
      for (let l = 0; l < slots; l++) marginals[l * arms + open[k]!]! += density * count[l]!;
    }
  });
  return normalised(marginals, slots, arms);
}

/** count[l] = the probability that just l of the other clocks have rung, l < slots. */
function rungOthers(rung: Float64Array, but: number, count: Float64Array): void {
  count.fill(0);
  count[0] = 1;
  for (let k = 0; k < rung.length; k++) {
    if (k === but) continue;
    const p = rung[k]!;
    for (let l = count.length - 1; l > 0; l--) {
      count[l] = count[l]! * (1 - p) + count[l - 1]! * p;
    }
    count[0]! *= 1 - p;
  }
}

function normalised(marginals: Float64Array, slots: number, arms: number): Float64Array {
  for (let l = 0; l < slots; l++) {
    const slot = marginals.subarray(l * arms, (l + 1) * arms);
    let sum = 0;
    for (const p of slot) sum += p;
    for (let a = 0; a < arms; a++) slot[a]! /= sum;
  }
  return marginals;
}

function checkSlots(probabilities: Float64Array, slots: number): void {
  if (!Number.isInteger(slots) || slots < 1) {
    throw new WaymarkError("OPTION_INVALID", `slots is ${slots}; it must be an integer ≥ 1`);
  }
  let awake = 0;
  for (let a = 0; a < probabilities.length; a++) {
    const p = probabilities[a]!;
    if (!(p >= 0 && p < Number.POSITIVE_INFINITY)) {
      throw new WaymarkError(
        "TABLE_INVALID",
        `probabilities, row ${a} is ${p}: must be finite and not negative`,
      );
    }
    if (p > 0) awake++;
  }
  if (awake < slots) {
    throw new WaymarkError("TABLE_INVALID", `${slots} slots cannot be filled from ${awake} arms`);
  }
}
