/**
 * Ramer–Douglas–Peucker line simplification for display (Ramer 1972, Douglas & Peucker 1973), with
 * an explicit stack and distances in metres on the flat around the line's own latitude.
 */
import { METRES_PER_DEGREE, metresPerLon } from "./lonlat.ts";

/**
 * @param lon degrees @param lat degrees, no NaN
 * @param toleranceM largest distance in metres of a dropped point from the kept line
 * @returns Uint32Array, the kept indices in order; the first and last are always kept
 * O(n log n) usually, O(n²) on adversarial lines.
 */
export function simplify(
  lon: ArrayLike<number>,
  lat: ArrayLike<number>,
  toleranceM: number,
): Uint32Array {
  const n = lon.length;
  if (n < 3) return Uint32Array.from({ length: n }, (_, i) => i);
  const kx = metresPerLon(lat[0]!);
  const ky = METRES_PER_DEGREE;
  const keep = new Uint8Array(n);
  keep[0] = 1;
  keep[n - 1] = 1;
  const stack = [0, n - 1];
  const tolerance2 = toleranceM * toleranceM;
  while (stack.length > 0) {
    const last = stack.pop()!;
    const first = stack.pop()!;
    const ax = lon[first]! * kx;
    const ay = lat[first]! * ky;
    const dx = lon[last]! * kx - ax;
    const dy = lat[last]! * ky - ay;
    const length2 = dx * dx + dy * dy;
    let worst2 = tolerance2;
    let worst = -1;
    for (let i = first + 1; i < last; i++) {
      const px = lon[i]! * kx - ax;
      const py = lat[i]! * ky - ay;
      const t = length2 > 0 ? Math.max(0, Math.min(1, (px * dx + py * dy) / length2)) : 0;
      const ex = px - t * dx;
      const ey = py - t * dy;
      const d2 = ex * ex + ey * ey;
      if (d2 > worst2) {
        worst2 = d2;
        worst = i;
      }
    }
    if (worst < 0) continue;
    keep[worst] = 1;
    stack.push(first, worst, worst, last);
  }
  const kept: number[] = [];
  for (let i = 0; i < n; i++) if (keep[i]) kept.push(i);
  return Uint32Array.from(kept);
}
