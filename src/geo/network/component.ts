/**
 * Which nodes reach each other by the open arcs of a profile: weak components (a street that is only
 * open one way still joins its ends). Union by halving paths, O(m α(n)).
 */
import type { Network } from "./network.ts";
import type { ProfileArcs } from "./profile.ts";

export interface Components {
  /** Per node: 0 … count − 1, the largest first (by nodes, then by first node). */
  readonly ofNode: Uint32Array;
  /** Nodes per component, descending. */
  readonly size: Uint32Array;
}

/** Nodes without an open arc are components of their own. */
export function componentsOf(network: Network, arcs: ProfileArcs): Components {
  const parent = Uint32Array.from({ length: network.nodeCount }, (_, i) => i);
  const find = (node: number): number => {
    let n = node;
    while (parent[n] !== n) {
      parent[n] = parent[parent[n]!]!;
      n = parent[n]!;
    }
    return n;
  };
  for (let e = 0; e < network.edgeCount; e++) {
    if (!arcs.isOpen[2 * e] && !arcs.isOpen[2 * e + 1]) continue;
    const a = find(network.source[e]!);
    const b = find(network.target[e]!);
    if (a !== b) parent[Math.max(a, b)] = Math.min(a, b);
  }
  const count = new Uint32Array(network.nodeCount);
  for (let n = 0; n < network.nodeCount; n++) count[find(n)]!++;
  const roots = [...count.keys()]
    .filter((n) => count[n]! > 0)
    .sort((a, b) => count[b]! - count[a]! || a - b);
  const rank = new Uint32Array(network.nodeCount);
  for (const [i, root] of roots.entries()) rank[root] = i;
  return {
    ofNode: Uint32Array.from(parent, (_, n) => rank[find(n)]!),
    size: Uint32Array.from(roots, (root) => count[root]!),
  };
}

/** 1 for the nodes of the largest component. */
export function largestComponent(network: Network, arcs: ProfileArcs): Uint8Array {
  return Uint8Array.from(componentsOf(network, arcs).ofNode, (component) =>
    component === 0 ? 1 : 0,
  );
}
