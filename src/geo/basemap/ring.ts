/**
 * Joins ways end to end into closed rings, as multipolygon relations need: ways come in any order and
 * either direction. Ways that cannot be joined to a ring are given back, never guessed. Method:
 * OpenStreetMap wiki, "Relation:multipolygon/Algorithm", ring assignment. O(total nodes).
 */

/** Node indices of one line; a ring's first and last are the same. */
export type Line = ArrayLike<number>;

export interface AssembledRings {
  /** Closed, first = last, at least four entries. */
  readonly rings: readonly (readonly number[])[];
  /** Chains whose ends never met, in the order found. */
  readonly open: readonly (readonly number[])[];
}

/**
 * @param lines node indices of every way; ways shorter than two nodes are passed over
 */
export function assembleRings(lines: readonly Line[]): AssembledRings {
  const rings: number[][] = [];
  const open: number[][] = [];
  const waiting: Line[] = [];
  for (const line of lines) {
    if (line.length < 2) continue;
    if (line[0] !== line[line.length - 1]) waiting.push(line);
    else if (line.length >= 4) rings.push(Array.from(line));
  }

  /** Line indices that start or end at a node. */
  const atNode = new Map<number, number[]>();
  waiting.forEach((line, i) => {
    for (const end of [line[0]!, line[line.length - 1]!]) {
      const list = atNode.get(end);
      if (list) list.push(i);
      else atNode.set(end, [i]);
    }
  });

  const used = new Uint8Array(waiting.length);
  const nextAt = (node: number): number => atNode.get(node)?.find((i) => !used[i]) ?? -1;
  /** Appends lines at the chain's end until it closes or nothing fits. */
  const grow = (chain: number[]): void => {
    while (chain[0] !== chain.at(-1)) {
      const tail = chain.at(-1)!;
      const i = nextAt(tail);
      if (i < 0) return;
      used[i] = 1;
      const line = waiting[i]!;
      const isForward = line[0] === tail;
      for (let k = 1; k < line.length; k++) {
        chain.push(line[isForward ? k : line.length - 1 - k]!);
      }
    }
  };
  for (let i = 0; i < waiting.length; i++) {
    if (used[i]) continue;
    used[i] = 1;
    const chain = Array.from(waiting[i]!);
    grow(chain);
    // A chain begun in its middle may still grow from its other end.
    if (chain[0] !== chain.at(-1)) {
      chain.reverse();
      grow(chain);
    }
    if (chain[0] !== chain.at(-1)) open.push(chain);
    else if (chain.length >= 4) rings.push(chain);
  }
  return { rings, open };
}
