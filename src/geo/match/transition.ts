/**
 * Transitions between dense steps: −log p(next state | state) grows with |route − straight line|
 * (Newson & Krumm, ACM GIS 2009) and with the turns on the route. Routes come from bounded
 * one-to-many rows, one per node, searched when first asked for and kept: within a few minutes of a
 * track most rows are there already (no precomputation paid off in measurements). A row is sorted by
 * distance, so that a scan ends early.
 */
import type { Network } from "../network/network.ts";
import type { ProfileArcs } from "../network/profile.ts";
import type { CandidateIndex } from "./candidate.ts";

/** Ints per row entry: target node, metres, sum of turns (both float32), the two headings. */
export const ENTRY = 4;

/**
 * Turn weight by difference of headings in 1/256 turns: 0 straight on, .12 at a right angle, 1 turning
 * back: (e^(−(180 − δ) / 45) − e⁻⁴) / (1 − e⁻⁴), after Valhalla's turn cost.
 */
export const TURN: Float64Array = Float64Array.from({ length: 256 }, (_, i) => {
  const degrees = ((i > 128 ? 256 - i : i) * 180) / 128;
  return (Math.exp(-(180 - degrees) / 45) - Math.exp(-4)) / (1 - Math.exp(-4));
});

export class RouteRows {
  /** Per node: first and end entry, −1 where the row is not there yet. */
  readonly first: Int32Array;
  readonly end: Int32Array;
  /** ENTRY ints per entry, and the same memory read as floats. Replaced when they grow. */
  entry: Int32Array;
  entryFloat: Float32Array;
  /** Per entry, for reading the route back: the last arc, and the entry before it. */
  lastArc: Int32Array;
  parent: Int32Array;
  count = 0;

  readonly #network: Network;
  readonly #isOpen: Uint8Array;
  readonly #index: CandidateIndex;
  readonly #limitM: number;
  readonly #maxEntries: number;
  readonly #distance: Float64Array;
  readonly #turnSum: Float64Array;
  readonly #viaArc: Int32Array;
  readonly #viaEntry: Int32Array;
  readonly #firstArc: Int32Array;
  #touched = new Int32Array(256);
  #heapKey = new Float64Array(256);
  #heapNode = new Int32Array(256);

  /** @param maxEntries entries after which `forget` starts afresh: 24 bytes each */
  constructor(
    network: Network,
    arcs: ProfileArcs,
    index: CandidateIndex,
    limitM: number,
    maxEntries = 8_000_000,
  ) {
    const n = network.nodeCount;
    this.#network = network;
    this.#isOpen = arcs.isOpen;
    this.#index = index;
    this.#limitM = limitM;
    this.#maxEntries = maxEntries;
    this.first = new Int32Array(n).fill(-1);
    this.end = new Int32Array(n);
    this.entry = new Int32Array(ENTRY * 4096);
    this.entryFloat = new Float32Array(this.entry.buffer);
    this.lastArc = new Int32Array(4096);
    this.parent = new Int32Array(4096);
    this.#distance = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
    this.#turnSum = new Float64Array(n);
    this.#viaArc = new Int32Array(n);
    this.#viaEntry = new Int32Array(n);
    this.#firstArc = new Int32Array(n);
  }

  /** Drops the rows when they hold more than the limit; only between tracks. */
  forget(): void {
    if (this.count <= this.#maxEntries) return;
    this.first.fill(-1);
    this.count = 0;
  }

  /** Searches the row of a node: all nodes within the limit, the node itself first. */
  search(node: number): void {
    const { firstOut, outArc, head, lengthM } = this.#network;
    const { headingStart, headingEnd } = this.#index;
    const isOpen = this.#isOpen;
    const distance = this.#distance;
    const turnSum = this.#turnSum;
    const viaArc = this.#viaArc;
    const viaEntry = this.#viaEntry;
    const firstArc = this.#firstArc;
    const limit = this.#limitM;
    const begin = this.count;
    let entries = begin;
    let touched = 0;
    this.first[node] = begin;
    distance[node] = 0;
    turnSum[node] = 0;
    viaArc[node] = -1;
    viaEntry[node] = -1;
    firstArc[node] = -1;
    this.#touched[touched++] = node;
    this.#heapKey[0] = 0;
    this.#heapNode[0] = node;
    let size = 1;
    while (size > 0) {
      const heapKey = this.#heapKey;
      const heapNode = this.#heapNode;
      const d = heapKey[0]!;
      const v = heapNode[0]!;
      size--;
      if (size > 0) {
        const key = heapKey[size]!;
        const moved = heapNode[size]!;
        let i = 0;
        for (;;) {
          let child = 2 * i + 1;
          if (child >= size) break;
          if (child + 1 < size && heapKey[child + 1]! < heapKey[child]!) child++;
          if (heapKey[child]! >= key) break;
          heapKey[i] = heapKey[child]!;
          heapNode[i] = heapNode[child]!;
          i = child;
        }
        heapKey[i] = key;
        heapNode[i] = moved;
      }
      if (d > distance[v]!) continue;
      if (entries === this.lastArc.length) this.#grow();
      const via = viaArc[v]!;
      const begun = firstArc[v]!;
      this.entry[entries * ENTRY] = v;
      this.entryFloat[entries * ENTRY + 1] = d;
      this.entryFloat[entries * ENTRY + 2] = turnSum[v]!;
      this.entry[entries * ENTRY + 3] =
        via < 0 ? -1 : headingStart[begun]! | (headingEnd[via]! << 8);
      this.lastArc[entries] = via;
      this.parent[entries] = viaEntry[v]!;
      const reached = entries++;
      for (let slot = firstOut[v]!, last = firstOut[v + 1]!; slot < last; slot++) {
        const arc = outArc[slot]!;
        if (isOpen[arc] === 0) continue;
        const w = d + lengthM[arc >>> 1]!;
        const u = head[slot]!;
        if (w > limit || w >= distance[u]!) continue;
        if (distance[u] === Number.POSITIVE_INFINITY) {
          if (touched === this.#touched.length) this.#touched = doubled(this.#touched);
          this.#touched[touched++] = u;
        }
        distance[u] = w;
        viaArc[u] = arc;
        viaEntry[u] = reached;
        firstArc[u] = via < 0 ? arc : begun;
        turnSum[u] =
          via < 0 ? 0 : turnSum[v]! + TURN[(headingStart[arc]! - headingEnd[via]!) & 255]!;
        if (size === this.#heapKey.length) {
          this.#heapKey = doubled(this.#heapKey);
          this.#heapNode = doubled(this.#heapNode);
        }
        const keys = this.#heapKey;
        const nodes = this.#heapNode;
        let i = size++;
        while (i > 0) {
          const up = (i - 1) >> 1;
          if (keys[up]! <= w) break;
          keys[i] = keys[up]!;
          nodes[i] = nodes[up]!;
          i = up;
        }
        keys[i] = w;
        nodes[i] = u;
      }
    }
    for (let i = 0; i < touched; i++) distance[this.#touched[i]!] = Number.POSITIVE_INFINITY;
    this.end[node] = entries;
    this.count = entries;
  }

  /** The entry of `target` in the row of `node`, −1 when it is not within the limit. */
  find(node: number, target: number): number {
    if (this.first[node]! < 0) this.search(node);
    for (let e = this.first[node]!, end = this.end[node]!; e < end; e++) {
      if (this.entry[e * ENTRY] === target) return e;
    }
    return -1;
  }

  #grow(): void {
    const entry = new Int32Array(2 * this.entry.length);
    entry.set(this.entry);
    this.entry = entry;
    this.entryFloat = new Float32Array(entry.buffer);
    this.lastArc = doubled(this.lastArc);
    this.parent = doubled(this.parent);
  }
}

/** Twice the room, the same beginning. */
export function doubled<A extends Int32Array | Float64Array | Float32Array>(array: A): A {
  const larger = new (array.constructor as new (n: number) => A)(2 * array.length);
  larger.set(array);
  return larger;
}

/** Metres that route and straight line usually differ by, for a straight line so long. */
export function betaOf(straightM: number, betaM: number, betaPerM: number): number {
  return betaM + betaPerM * straightM;
}

/** Times beyond the first that a mover is faster than is usual on an arc, at most 3. */
export function hasteOf(speedMps: number, slowness: number): number {
  const haste = speedMps * slowness - 1;
  return Math.min(3, Math.max(0, haste));
}
