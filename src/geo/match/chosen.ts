/**
 * The states that the Viterbi search chose, step after step, with the arcs between them and how sure
 * each choice is. Decided from the back of the lattice; a long track is decided in parts.
 */
import type { Network } from "../network/network.ts";
import { settleMargins } from "./confidence.ts";
import { type Lattice, LINK } from "./lattice.ts";
import { doubled, type RouteRows } from "./transition.ts";

export class Chosen {
  count = 0;
  /** Per step; `arc` is OFF off the network. */
  arc = new Int32Array(1024);
  offsetM = new Float32Array(1024);
  distanceM = new Float32Array(1024);
  /** How it was reached, as `LINK`. */
  link = new Int32Array(1024);
  /** Nats by which the best explanation that differs at this step is worse. */
  margin = new Float32Array(1024);
  /** CSR (count + 1): arcs strictly between the chosen arc before and this one. */
  firstBetween = new Int32Array(1025);
  between = new Int32Array(1024);
  /** −log probability of the whole. */
  cost = 0;

  /** Chosen state per step of the lattice, scratch. */
  #state = new Int32Array(1024);

  /** @param steps for which room is made */
  clear(steps: number): void {
    this.count = 0;
    this.firstBetween[0] = 0;
    this.cost = 0;
    if (this.arc.length >= steps) return;
    const room = 2 ** Math.ceil(Math.log2(steps));
    this.arc = new Int32Array(room);
    this.offsetM = new Float32Array(room);
    this.distanceM = new Float32Array(room);
    this.link = new Int32Array(room);
    this.margin = new Float32Array(room);
    this.firstBetween = new Int32Array(room + 1);
    this.#state = new Int32Array(room);
  }

  /** Traces the best path through the lattice and keeps its first `steps` steps. */
  decide(lattice: Lattice, network: Network, rows: RouteRows, steps: number): void {
    const { firstState, stepCount, cost, back } = lattice;
    if (stepCount === 0) return;
    const state = this.#state;
    let best = firstState[stepCount - 1]!;
    for (let b = best; b < lattice.stateCount; b++) if (cost[b]! < cost[best]!) best = b;
    this.cost = cost[best]!;
    for (let s = stepCount - 1, b = best; s >= 0; s--) {
      state[s] = b;
      b = back[b]!;
    }

    const base = this.count;
    for (let s = 0; s < stepCount; s++) {
      const b = state[s]!;
      const at = base + s;
      this.arc[at] = lattice.arc[b]!;
      this.offsetM[at] = lattice.offsetM[b]!;
      this.distanceM[at] = lattice.distanceM[b]!;
      // The first step of a later part keeps the link it was given when it was last in a lattice.
      if (s > 0 || base === 0)
        this.#connect(lattice, network, rows, at, s > 0 ? state[s - 1]! : -1, b);
    }
    this.count = base + stepCount;
    settleMargins(lattice, state, this, base);
    this.count = base + steps;
    if (steps < stepCount) this.#hold(lattice, steps);
  }

  /** States whose past differs from what is decided now are no longer possible. */
  #hold(lattice: Lattice, steps: number): void {
    const { firstState, stepCount, cost, back } = lattice;
    const decided = this.#state[steps]!;
    for (let b = firstState[stepCount - 1]!; b < lattice.stateCount; b++) {
      let a = b;
      for (let s = stepCount - 1; s > steps && a >= 0; s--) a = back[a]!;
      if (a !== decided) cost[b] = Number.POSITIVE_INFINITY;
    }
  }

  /** Notes how state b was reached from state a and the arcs between. */
  #connect(
    lattice: Lattice,
    network: Network,
    rows: RouteRows,
    at: number,
    a: number,
    b: number,
  ): void {
    const link = lattice.link[b]!;
    let end = this.firstBetween[at]!;
    if (link >= 0) {
      const arcs = lattice.route[link]!;
      while (end + arcs > this.between.length) this.between = doubled(this.between);
      for (let i = 0; i < arcs; i++) this.between[end++] = lattice.route[link + 1 + i]!;
    } else if (link === LINK.ROW) {
      const { source, target } = network;
      const left = lattice.arc[a]!;
      const right = lattice.arc[b]!;
      const from = (left & 1) === 0 ? target[left >>> 1]! : source[left >>> 1]!;
      const to = (right & 1) === 0 ? source[right >>> 1]! : target[right >>> 1]!;
      const last = rows.find(from, to);
      let arcs = 0;
      for (let e = last; e >= 0 && rows.lastArc[e]! >= 0; e = rows.parent[e]!) arcs++;
      while (end + arcs > this.between.length) this.between = doubled(this.between);
      end += arcs;
      for (let e = last, i = end; e >= 0 && rows.lastArc[e]! >= 0; e = rows.parent[e]!) {
        this.between[--i] = rows.lastArc[e]!;
      }
    }
    this.link[at] = link >= 0 ? LINK.FAR : link;
    this.firstBetween[at + 1] = end;
  }
}
