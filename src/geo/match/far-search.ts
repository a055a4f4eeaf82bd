/**
 * Transitions between far steps: one search from all states of one step to all of the next. Because
 * the cost of a transition is linear in the route's length and turns, a Dijkstra that starts at each
 * state with what it has cost so far finds the Viterbi maximum of every target at once, arc by arc
 * so that turns are counted exactly, and goal-directed towards the next fix (A*, Hart, Nilsson &
 * Raphael 1968). O(arcs in the ellipse · log).
 */
import { METRES_PER_UNIT } from "../lonlat.ts";
import type { Network } from "../network/network.ts";
import type { ProfileArcs } from "../network/profile.ts";
import { type CandidateIndex, relativeLon } from "./candidate.ts";
import { doubled, hasteOf, TURN } from "./transition.ts";

/** `FarSearch.parent`: the arc on which the route began, ahead or turned back at once. */
const BEGUN = -1;
const TURNED = -2;

export class FarSearch {
  readonly #network: Network;
  readonly #isOpen: Uint8Array;
  readonly #index: CandidateIndex;
  readonly #slowness: Float32Array;
  readonly #haste: number;
  /** Per arc, valid where `stamp` is this search's: metres at its end, with turns and past cost. */
  readonly #key: Float64Array;
  readonly #lengthM: Float64Array;
  readonly #source: Int32Array;
  readonly #parent: Int32Array;
  readonly #stamp: Int32Array;
  readonly #isSettled: Uint8Array;
  #search = 0;
  #heapKey = new Float64Array(1024);
  #heapArc = new Int32Array(1024);
  #size = 0;
  #goalX = 0;
  #goalY = 0;
  #metresPerX = 1;
  #nearM = 0;
  #speed = 0;

  constructor(
    network: Network,
    arcs: ProfileArcs,
    index: CandidateIndex,
    slowness: Float32Array,
    haste: number,
  ) {
    const n = 2 * network.edgeCount;
    this.#network = network;
    this.#isOpen = arcs.isOpen;
    this.#index = index;
    this.#slowness = slowness;
    this.#haste = haste;
    this.#key = new Float64Array(n);
    this.#lengthM = new Float64Array(n);
    this.#source = new Int32Array(n);
    this.#parent = new Int32Array(n);
    this.#stamp = new Int32Array(n);
    this.#isSettled = new Uint8Array(n);
  }

  /** Starts a search towards candidates within `nearM` of a fix. */
  begin(goalX: number, goalY: number, metresPerX: number, nearM: number, speed: number): void {
    this.#speed = speed;
    this.#search++;
    this.#size = 0;
    this.#goalX = goalX;
    this.#goalY = goalY;
    this.#metresPerX = metresPerX;
    this.#nearM = nearM;
  }

  /**
   * A state to start from.
   *
   * @param past metres that the state's cost so far is worth
   * @param turnM metres for turning back at once
   */
  addSource(state: number, arc: number, offsetM: number, past: number, turnM: number): void {
    const length = this.#network.lengthM[arc >>> 1]!;
    const rest = Math.max(0, length - offsetM);
    this.#reach(arc, past + rest, rest, state, BEGUN);
    if (this.#isOpen[arc ^ 1] === 1) {
      const back = Math.min(length, offsetM);
      this.#reach(arc ^ 1, past + turnM + back, back, state, TURNED);
    }
  }

  /**
   * Settles arcs in order and reports, through the arrays, the best way to each target.
   *
   * @param stateOfArc per arc the first target on it, −1 none; `nextOnArc` links further ones
   * @param offsetM per target, metres along its arc
   * @param limit metres (with turns and past) beyond which no route is wanted
   * @param limitM metres that can have been travelled in the time
   * @param slack metres by which a worse target may still matter once one is found
   * @param found what the search writes
   * @returns arcs settled
   */
  run(
    stateOfArc: Int32Array,
    nextOnArc: Int32Array,
    offsetM: Float64Array,
    turnM: number,
    limit: number,
    limitM: number,
    slack: number,
    maxSettled: number,
    found: FarFound,
  ): number {
    const { firstOut, outArc, source, target, lengthM } = this.#network;
    const { headingStart, headingEnd } = this.#index;
    const isOpen = this.#isOpen;
    const slowness = this.#slowness;
    const haste = this.#haste;
    const speed = this.#speed;
    let settled = 0;
    let bound = limit;
    while (this.#size > 0) {
      const estimate = this.#heapKey[0]!;
      const arc = this.#heapArc[0]!;
      this.#pop();
      if (estimate > bound || settled >= maxSettled) break;
      if (this.#isSettled[arc] === 1) continue;
      this.#isSettled[arc] = 1;
      settled++;
      const key = this.#key[arc]!;
      const length = this.#lengthM[arc]!;
      const origin = this.#source[arc]!;
      const heading = headingEnd[arc]!;
      const v = (arc & 1) === 0 ? target[arc >>> 1]! : source[arc >>> 1]!;
      for (let slot = firstOut[v]!, last = firstOut[v + 1]!; slot < last; slot++) {
        const next = outArc[slot]!;
        if (isOpen[next] === 0) continue;
        const turned = key + turnM * TURN[(headingStart[next]! - heading) & 255]!;
        for (let b = stateOfArc[next]!; b >= 0; b = nextOnArc[b]!) {
          const total = turned + offsetM[b]!;
          const totalM = length + offsetM[b]!;
          if (totalM > limitM || total > limit) continue;
          if (total < found.key[b]!) {
            if (found.source[b] !== origin) {
              found.rivalKey[b] = found.key[b]!;
              found.rivalSource[b] = found.source[b]!;
            }
            found.key[b] = total;
            found.lengthM[b] = totalM;
            found.source[b] = origin;
            found.lastArc[b] = arc;
            if (total + slack < bound) bound = total + slack;
          } else if (origin !== found.source[b] && total < found.rivalKey[b]!) {
            found.rivalKey[b] = total;
            found.rivalSource[b] = origin;
          }
        }
        const step = lengthM[next >>> 1]!;
        const weighed = turned + step * (1 + haste * hasteOf(speed, slowness[next]!));
        if (length + step <= limitM) this.#reach(next, weighed, length + step, origin, arc);
      }
    }
    return settled;
  }

  /** Arcs of the route that ends with `lastArc`, without the arc on which it began; from the back. */
  readBack(lastArc: number, into: Int32Array, at: number): number {
    let arc = lastArc;
    let n = 0;
    for (;;) {
      const parent = this.#parent[arc]!;
      if (parent === BEGUN) return n;
      into[at + n++] = arc;
      if (parent === TURNED) return n;
      arc = parent;
    }
  }

  /** How many arcs `readBack` will write. */
  countBack(lastArc: number): number {
    let n = 0;
    for (let arc = lastArc; ; arc = this.#parent[arc]!) {
      if (this.#parent[arc] === BEGUN) return n;
      n++;
      if (this.#parent[arc] === TURNED) return n;
    }
  }

  #reach(arc: number, key: number, lengthM: number, source: number, parent: number): void {
    if (this.#stamp[arc] === this.#search) {
      if (this.#isSettled[arc] === 1 || key >= this.#key[arc]!) return;
    } else {
      this.#stamp[arc] = this.#search;
      this.#isSettled[arc] = 0;
    }
    this.#key[arc] = key;
    this.#lengthM[arc] = lengthM;
    this.#source[arc] = source;
    this.#parent[arc] = parent;
    this.#push(key + this.#remaining(arc), arc);
  }

  /** A lower bound on the metres from the end of an arc to any candidate of the fix. */
  #remaining(arc: number): number {
    const { source, target, nodeLon, nodeLat } = this.#network;
    const v = (arc & 1) === 0 ? target[arc >>> 1]! : source[arc >>> 1]!;
    const { originLon, originLat } = this.#index;
    const dx = (relativeLon(nodeLon[v]!, originLon) - this.#goalX) * this.#metresPerX;
    const dy = (nodeLat[v]! - originLat - this.#goalY) * METRES_PER_UNIT;
    // A thousandth less: the flat metres here and the edges' lengths are not the same sum.
    const away = Math.sqrt(dx * dx + dy * dy) * 0.999 - this.#nearM;
    return Math.max(away, 0);
  }

  #push(key: number, arc: number): void {
    if (this.#size === this.#heapKey.length) {
      this.#heapKey = doubled(this.#heapKey);
      this.#heapArc = doubled(this.#heapArc);
    }
    const heapKey = this.#heapKey;
    const heapArc = this.#heapArc;
    let i = this.#size++;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (heapKey[up]! <= key) break;
      heapKey[i] = heapKey[up]!;
      heapArc[i] = heapArc[up]!;
      i = up;
    }
    heapKey[i] = key;
    heapArc[i] = arc;
  }

  #pop(): void {
    const heapKey = this.#heapKey;
    const heapArc = this.#heapArc;
    const size = --this.#size;
    if (size === 0) return;
    const key = heapKey[size]!;
    const arc = heapArc[size]!;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      if (child + 1 < size && heapKey[child + 1]! < heapKey[child]!) child++;
      if (heapKey[child]! >= key) break;
      heapKey[i] = heapKey[child]!;
      heapArc[i] = heapArc[child]!;
      i = child;
    }
    heapKey[i] = key;
    heapArc[i] = arc;
  }
}

/** Per target of a far step: the best way to it and the best from another source. */
export interface FarFound {
  /** Metres with turns and past cost; Infinity where no way was found. */
  readonly key: Float64Array;
  readonly lengthM: Float64Array;
  readonly source: Int32Array;
  readonly lastArc: Int32Array;
  readonly rivalKey: Float64Array;
  readonly rivalSource: Int32Array;
}

export function createFarFound(states: number): FarFound {
  return {
    key: new Float64Array(states),
    lengthM: new Float64Array(states),
    source: new Int32Array(states),
    lastArc: new Int32Array(states),
    rivalKey: new Float64Array(states),
    rivalSource: new Int32Array(states),
  };
}

/** Forgets what was found for the first `states` targets. */
export function clearFarFound(found: FarFound, states: number): void {
  found.key.fill(Number.POSITIVE_INFINITY, 0, states);
  found.rivalKey.fill(Number.POSITIVE_INFINITY, 0, states);
  found.source.fill(-1, 0, states);
  found.rivalSource.fill(-1, 0, states);
}
