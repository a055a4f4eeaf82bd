/**
 * A distribution function held by its smaller tail, in logarithms: what it is turned into, and how it is
 * inverted. Nothing is lost to 1 − p that was known.
 */

export interface Tail {
  /** Whether the tail is P(X ≤ x); else it is P(X > x). */
  readonly isLower: boolean;
  /** Natural logarithm of that tail. */
  readonly log: number;
  /** ln |d tail / du|, u being the variable that `solveTail` steps in. */
  readonly logSlope: number;
}

export function lowerFrom(tail: Tail): number {
  return clamp(tail.isLower ? Math.exp(tail.log) : -Math.expm1(tail.log));
}

export function upperFrom(tail: Tail): number {
  return clamp(tail.isLower ? -Math.expm1(tail.log) : Math.exp(tail.log));
}

function clamp(p: number): number {
  return p < 0 ? 0 : Math.min(p, 1);
}

/**
 * The u where the lower tail is p: Newton's method on the logarithm of the lower tail for p ≤ ½, of the
 * upper tail else. Both are concave in u for the distributions here (their densities in u are
 * log-concave), so every step lands on the safe side of the root.
 *
 * @param p inside (0, 1)
 */
export function solveTail(p: number, tailAt: (u: number) => Tail, start: number): number {
  const isLower = p <= 0.5;
  const goal = isLower ? Math.log(p) : Math.log1p(-p);
  let u = start;
  let last = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 200; i++) {
    const tail = tailAt(u);
    const log = tail.isLower === isLower ? tail.log : Math.log(-Math.expm1(tail.log));
    const slope = Math.exp(tail.logSlope - log);
    const step = ((log - goal) / slope) * (isLower ? 1 : -1);
    if (!Number.isFinite(step)) break;
    u -= step;
    const size = Math.abs(step);
    if (size <= 1e-16 * Math.abs(u) || (size < 1e-9 && size >= last)) break;
    last = size;
  }
  return u;
}
