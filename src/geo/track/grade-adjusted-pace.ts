/**
 * Grade-adjusted pace: what the same effort would run on the flat. The metabolic cost of running a
 * metre at a grade is Minetti's polynomial (Minetti et al., J Appl Physiol 93, 2002), so a metre at
 * grade i counts as C(i) / C(0) metres of flat. O(n).
 */

/** Minetti measured −0.45 … 0.45; outside, the end's cost is kept. */
const STEEPEST = 0.45;

/** J/(kg·m) of running at grade i (rise over run). */
export function costOfRunning(grade: number): number {
  const i = Math.max(-STEEPEST, Math.min(STEEPEST, grade));
  return ((((155.4 * i - 30.4) * i - 43.3) * i + 46.3) * i + 19.5) * i + 3.6;
}

/**
 * @returns seconds per metre on the flat over the moving rows; NaN without movement
 */
export function gradeAdjustedPace(
  timeMs: Float64Array,
  distanceM: Float64Array,
  grade: Float32Array,
  isMoving: Uint8Array,
): number {
  const flat = costOfRunning(0);
  let seconds = 0;
  let flatM = 0;
  for (let i = 1; i < timeMs.length; i++) {
    if (!isMoving[i]) continue;
    const g = grade[i]!;
    const metres = distanceM[i]! - distanceM[i - 1]!;
    flatM += Number.isNaN(g) ? metres : (metres * costOfRunning(g)) / flat;
    seconds += (timeMs[i]! - timeMs[i - 1]!) / 1000;
  }
  return flatM > 0 && seconds > 0 ? seconds / flatM : Number.NaN;
}
