/**
 * Shortest ways on a network, to draw truth from where no peer is there to draw it: Dijkstra (1959)
 * by metres over the open arcs, without turn restrictions. Not the product's router, and slow on
 * purpose: it shares no code with what it helps to measure. O((n + m) log n) a way.
 */
import type { Network } from "../../src/geo/network/network.ts";
import type { ProfileArcs } from "../../src/geo/network/profile.ts";
import { arcLine, joined, type Line } from "../score/line.ts";

export class OwnRoutes {
  readonly network: Network;
  readonly #arcs: ProfileArcs;
  readonly #tail: Uint32Array;
  readonly #distance: Float64Array;
  readonly #arcInto: Int32Array;

  constructor(network: Network, arcs: ProfileArcs) {
    this.network = network;
    this.#arcs = arcs;
    this.#tail = Uint32Array.from({ length: 2 * network.edgeCount }, (_, arc) =>
      arc & 1 ? network.target[arc >>> 1]! : network.source[arc >>> 1]!,
    );
    this.#distance = new Float64Array(network.nodeCount);
    this.#arcInto = new Int32Array(network.nodeCount);
  }

  tailOf(arc: number): number {
    return this.#tail[arc]!;
  }

  headOf(arc: number): number {
    return this.#tail[arc ^ 1]!;
  }

  /** Arcs of the shortest open way, [] when the nodes are one, undefined where there is no way. */
  arcsBetween(from: number, to: number): readonly number[] | undefined {
    const { network } = this;
    const distance = this.#distance.fill(Number.POSITIVE_INFINITY);
    const arcInto = this.#arcInto.fill(-1);
    distance[from] = 0;
    const queue = new NodeQueue();
    queue.push(from, 0);
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [node, at] = next;
      if (node === to) break;
      if (at > distance[node]!) continue;
      for (let slot = network.firstOut[node]!; slot < network.firstOut[node + 1]!; slot++) {
        const arc = network.outArc[slot]!;
        if (!this.#arcs.isOpen[arc]) continue;
        const head = network.head[slot]!;
        const reached = at + network.lengthM[arc >>> 1]!;
        if (reached >= distance[head]!) continue;
        distance[head] = reached;
        arcInto[head] = arc;
        queue.push(head, reached);
      }
    }
    if (distance[to] === Number.POSITIVE_INFINITY) return undefined;
    const arcs: number[] = [];
    for (let node = to; node !== from; node = this.tailOf(arcs.at(-1)!)) arcs.push(arcInto[node]!);
    return arcs.reverse();
  }

  /** Through all of these nodes in turn; undefined where one cannot be reached from the one before. */
  arcsThrough(nodes: readonly number[]): readonly number[] | undefined {
    const all: number[] = [];
    for (let i = 1; i < nodes.length; i++) {
      const arcs = this.arcsBetween(nodes[i - 1]!, nodes[i]!);
      if (arcs === undefined) return undefined;
      for (const arc of arcs) all.push(arc);
    }
    return all;
  }

  lineOf(arcs: readonly number[]): Line {
    return joined(arcs.map((arc) => arcLine(this.network, arc)));
  }
}

/** Binary heap of (node, key); stale entries stay and are skipped by the reader. */
class NodeQueue {
  readonly #heap: (readonly [node: number, key: number])[] = [];

  push(node: number, key: number): void {
    const heap = this.#heap;
    let i = heap.push([node, key]) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (heap[parent]![1] <= key) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = [node, key];
  }

  pop(): readonly [node: number, key: number] | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]![1] < heap[child]![1]) child++;
      if (heap[child]![1] >= last[1]) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}
