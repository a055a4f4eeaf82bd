/**
 * The edges that walkers may use, while crossings of open areas are still being added, and how far
 * one comes on them within a bound: Dijkstra with a binary heap, a few hundred nodes a search.
 */
import { shapeLengthM } from "./assemble.ts";
import { ACCESS } from "./attribute.ts";
import type { SplitWays } from "./split.ts";

const FOOT = ACCESS.FOOT_FORWARD | ACCESS.FOOT_BACKWARD;

interface Link {
  readonly node: number;
  readonly lengthM: number;
}

export class WalkGraph {
  private readonly split: SplitWays;
  /** CSR of edges that are open on foot, per node of `split`. */
  private readonly first: Uint32Array;
  private readonly edges: Uint32Array;
  private readonly lengthM: Float32Array;
  private readonly added = new Map<number, Link[]>();
  /** Scratch of a search; a stamp of an earlier round means "not seen". */
  private readonly best: Float64Array;
  private readonly stamp: Uint32Array;
  private readonly settled: Uint32Array;
  private readonly heap = new Heap();
  private round = 0;

  constructor(split: SplitWays, access: Uint8Array) {
    this.split = split;
    const { source, target } = split;
    const nodeCount = split.nodeLon.length;
    this.best = new Float64Array(nodeCount);
    this.stamp = new Uint32Array(nodeCount);
    this.settled = new Uint32Array(nodeCount);
    this.first = new Uint32Array(nodeCount + 1);
    for (let e = 0; e < source.length; e++) {
      if ((access[e]! & FOOT) === 0) continue;
      this.first[source[e]! + 1]!++;
      this.first[target[e]! + 1]!++;
    }
    for (let n = 0; n < nodeCount; n++) this.first[n + 1]! += this.first[n]!;
    const slot = this.first.slice(0, nodeCount);
    this.edges = new Uint32Array(this.first[nodeCount]!);
    this.lengthM = new Float32Array(source.length);
    for (let e = 0; e < source.length; e++) {
      if ((access[e]! & FOOT) === 0) continue;
      this.edges[slot[source[e]!]!++] = e;
      this.edges[slot[target[e]!]!++] = e;
      this.lengthM[e] = shapeLengthM(
        split.shapeLon,
        split.shapeLat,
        split.firstShape[e]!,
        split.firstShape[e + 1]!,
      );
    }
  }

  edgesAt(node: number): Uint32Array {
    return this.edges.subarray(this.first[node]!, this.first[node + 1]!);
  }

  add(a: number, b: number, lengthM: number): void {
    for (const [from, node] of [
      [a, b],
      [b, a],
    ] as const) {
      const links = this.added.get(from);
      if (links) links.push({ node, lengthM });
      else this.added.set(from, [{ node, lengthM }]);
    }
  }

  /**
   * Finds how far the nodes are, up to `limitM` metres; `distanceM` answers until the next search.
   *
   * @param goal ends the search when it is reached
   */
  search(from: number, limitM: number, goal = -1): void {
    const { source, target } = this.split;
    const { best, stamp, settled, heap } = this;
    const round = ++this.round;
    heap.clear();
    best[from] = 0;
    stamp[from] = round;
    heap.push(0, from);
    while (heap.size > 0) {
      const metres = heap.topKey();
      const node = heap.pop();
      if (settled[node] === round) continue;
      settled[node] = round;
      if (node === goal) return;
      for (let i = this.first[node]!; i < this.first[node + 1]!; i++) {
        const e = this.edges[i]!;
        const other = source[e] === node ? target[e]! : source[e]!;
        this.relax(other, metres + this.lengthM[e]!, limitM);
      }
      const links = this.added.get(node);
      if (links) for (const link of links) this.relax(link.node, metres + link.lengthM, limitM);
    }
  }

  private relax(node: number, metres: number, limitM: number): void {
    if (metres > limitM) return;
    if (this.stamp[node] === this.round && this.best[node]! <= metres) return;
    this.stamp[node] = this.round;
    this.best[node] = metres;
    this.heap.push(metres, node);
  }

  /** Metres from where the last search began; Infinity where it did not come. */
  distanceM(node: number): number {
    return this.settled[node] === this.round ? this.best[node]! : Number.POSITIVE_INFINITY;
  }
}

/** Smallest key first. */
class Heap {
  private keys = new Float64Array(256);
  private nodes = new Uint32Array(256);
  size = 0;

  clear(): void {
    this.size = 0;
  }

  topKey(): number {
    return this.keys[0]!;
  }

  push(key: number, node: number): void {
    if (this.size === this.keys.length) this.grow();
    const { keys, nodes } = this;
    let i = this.size++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[i] = keys[parent]!;
      nodes[i] = nodes[parent]!;
      i = parent;
    }
    keys[i] = key;
    nodes[i] = node;
  }

  /** The node of the smallest key; the heap must hold one. */
  pop(): number {
    const { keys, nodes } = this;
    const top = nodes[0]!;
    const size = --this.size;
    const key = keys[size]!;
    const node = nodes[size]!;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= size) break;
      if (child + 1 < size && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[i] = keys[child]!;
      nodes[i] = nodes[child]!;
      i = child;
    }
    keys[i] = key;
    nodes[i] = node;
    return top;
  }

  private grow(): void {
    const keys = new Float64Array(2 * this.keys.length);
    const nodes = new Uint32Array(keys.length);
    keys.set(this.keys);
    nodes.set(this.nodes);
    this.keys = keys;
    this.nodes = nodes;
  }
}
