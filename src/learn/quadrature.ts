/**
 * Gauss–Legendre quadrature over pieces of a line: exact for polynomials of degree 2n − 1 on each
 * piece. What makes propensities numbers rather than averages of draws.
 */

export interface Rule {
  /** Float64Array (n) in (−1, 1), and their weights, which sum to 2. */
  readonly node: Float64Array;
  readonly weight: Float64Array;
}

/** Nodes are roots of the Legendre polynomial, by Newton's method from Tricomi's guess. */
export function gaussLegendre(n: number): Rule {
  const node = new Float64Array(n);
  const weight = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let k = 0; k < 20; k++) {
      let before = 1;
      let value = x;
      for (let j = 2; j <= n; j++) {
        const next = ((2 * j - 1) * x * value - (j - 1) * before) / j;
        before = value;
        value = next;
      }
      slope = (n * (x * value - before)) / (x * x - 1);
      const step = value / slope;
      x -= step;
      if (Math.abs(step) < 1e-16) break;
    }
    node[i] = x;
    weight[i] = 2 / ((1 - x * x) * slope * slope);
  }
  return { node, weight };
}

/** Calls `visit(x, weight)` for every node of every piece between rising bounds. */
export function overPieces(
  rule: Rule,
  bounds: ArrayLike<number>,
  visit: (x: number, weight: number) => void,
): void {
  for (let piece = 1; piece < bounds.length; piece++) {
    const half = (bounds[piece]! - bounds[piece - 1]!) / 2;
    const middle = bounds[piece - 1]! + half;
    for (let k = 0; k < rule.node.length; k++) {
      visit(middle + half * rule.node[k]!, half * rule.weight[k]!);
    }
  }
}
