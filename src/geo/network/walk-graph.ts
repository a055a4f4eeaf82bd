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

  constructor(split: SplitWays, access: Uint8Array) {
    this.split = split;
    const { source, target } = split;
    const nodeCount = split.nodeLon.length;
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
   * Nodes within `limitM` metres of `from`, with their distance.
   *
   * @param goal ends the search when it is reached
   */
  within(from: number, limitM: number, goal = -1): Map<number, number> {
    const { source, target } = this.split;
    const settled = new Map<number, number>();
    const heap = new Heap();
    heap.push(0, from);
    const relax = (node: number, metres: number): void => {
      if (metres <= limitM && !settled.has(node)) heap.push(metres, node);
    };
    while (heap.size > 0) {
      const metres = heap.topKey();
      const node = heap.pop();
      if (settled.has(node)) continue;
      settled.set(node, metres);
      if (node === goal) return settled;
      for (let i = this.first[node]!; i < this.first[node + 1]!; i++) {
        const e = this.edges[i]!;
        relax(source[e] === node ? target[e]! : source[e]!, metres + this.lengthM[e]!);
      }
      for (const link of this.added.get(node) ?? []) relax(link.node, metres + link.lengthM);
    }
    return settled;
  }
}

/** Smallest key first. */
class Heap {
  private readonly keys: number[] = [];
  private readonly nodes: number[] = [];

  get size(): number {
    return this.keys.length;
  }

  topKey(): number {
    return this.keys[0]!;
  }

  push(key: number, node: number): void {
    const { keys, nodes } = this;
    let i = keys.length;
    keys.push(key);
    nodes.push(node);
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
    const key = keys.pop()!;
    const node = nodes.pop()!;
    const size = keys.length;
    if (size === 0) return top;
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
}
