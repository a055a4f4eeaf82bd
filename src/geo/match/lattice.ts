/**
 * The states of the hidden Markov model, step after step, one array per field: on each step every
 * candidate in each open direction, and last the state "off the network". Grows by doubling, is
 * reused from track to track, and is drained from the front so that a track of any length fits.
 */
import { doubled } from "./transition.ts";

/** `arc` of the state that is off the network. */
export const OFF = -1;

/** How a state was reached; a number ≥ 0 is where its route begins in `Lattice.route`. */
export const LINK = {
  /** The first step, or nothing reached it. */
  START: -1,
  /** On along the same arc. */
  ALONG: -2,
  /** By a route of `RouteRows`. */
  ROW: -3,
  /** Turned back on the arc. */
  TURN_BACK: -4,
  /** No route is plausible, yet both ends are on the network. */
  GAP: -5,
  LEAVE: -6,
  RETURN: -7,
  STAY_OFF: -8,
  /** By a route between far steps, as the chosen states tell it. */
  FAR: -9,
} as const;

export class Lattice {
  /** Per step (CSR): its first state. */
  firstState = new Int32Array(1024);
  stepCount = 0;
  stateCount = 0;

  /** Per state. */
  arc = new Int32Array(8192);
  /** Metres along the arc. */
  offsetM = new Float32Array(8192);
  /** Metres from fix to candidate. */
  distanceM = new Float32Array(8192);
  /** The same as metres east and north, for the drift between steps. */
  eastM = new Float32Array(8192);
  northM = new Float32Array(8192);
  /** −log probability of the best path that ends here; Infinity where none does. */
  cost = new Float64Array(8192);
  emission = new Float32Array(8192);
  /** Best and second-best state of the step before, and how much worse the second is. */
  back = new Int32Array(8192);
  rival = new Int32Array(8192);
  margin = new Float32Array(8192);
  link = new Int32Array(8192);

  /** Routes between far steps: a count, then so many arcs. */
  route = new Int32Array(1024);
  routeLength = 0;

  clear(): void {
    this.stepCount = 0;
    this.stateCount = 0;
    this.routeLength = 0;
    this.firstState[0] = 0;
  }

  /** Room for one more step of so many states. */
  reserve(states: number): void {
    if (this.stepCount + 2 > this.firstState.length) this.firstState = doubled(this.firstState);
    while (this.stateCount + states > this.arc.length) {
      this.arc = doubled(this.arc);
      this.offsetM = doubled(this.offsetM);
      this.distanceM = doubled(this.distanceM);
      this.eastM = doubled(this.eastM);
      this.northM = doubled(this.northM);
      this.cost = doubled(this.cost);
      this.emission = doubled(this.emission);
      this.back = doubled(this.back);
      this.rival = doubled(this.rival);
      this.margin = doubled(this.margin);
      this.link = doubled(this.link);
    }
  }

  /** Room for a route of so many arcs. */
  reserveRoute(arcs: number): void {
    while (this.routeLength + arcs + 1 > this.route.length) this.route = doubled(this.route);
  }

  /** Drops the first steps; what is left is renumbered from 0. Links into them become START. */
  drop(steps: number): void {
    const shift = this.firstState[steps]!;
    const end = this.stateCount;
    for (const array of [
      this.arc,
      this.offsetM,
      this.distanceM,
      this.eastM,
      this.northM,
      this.cost,
      this.emission,
      this.back,
      this.rival,
      this.margin,
      this.link,
    ]) {
      array.copyWithin(0, shift, end);
    }
    this.stepCount -= steps;
    this.stateCount = end - shift;
    for (let s = 0; s <= this.stepCount; s++) {
      this.firstState[s] = this.firstState[s + steps]! - shift;
    }
    const firstKept = this.firstState[1]!;
    const kept = this.route.slice(0, this.routeLength);
    this.routeLength = 0;
    for (let b = 0; b < this.stateCount; b++) {
      if (b < firstKept) {
        this.back[b] = -1;
        this.rival[b] = -1;
        this.margin[b] = Number.POSITIVE_INFINITY;
        this.link[b] = LINK.START;
        continue;
      }
      this.back[b]! -= shift;
      if (this.rival[b]! >= 0) this.rival[b]! -= shift;
      const from = this.link[b]!;
      if (from < 0) continue;
      const count = kept[from]!;
      this.link[b] = this.routeLength;
      this.route.set(kept.subarray(from, from + count + 1), this.routeLength);
      this.routeLength += count + 1;
    }
  }
}
