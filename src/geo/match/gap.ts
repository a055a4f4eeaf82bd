/**
 * Stretches between two fixes that lie far apart in time or place: how long a route across one may
 * be, and whether the recorder was silent there.
 */

/**
 * Metres that a route between two fixes may have: what the profile can cover in the time, with the
 * noise of both ends. Without times only the cost of the detour bounds it.
 */
export function gapLimitM(
  straightM: number,
  seconds: number,
  speedLimitMps: number,
  noiseM: number,
): number {
  if (!(seconds >= 0)) return Number.POSITIVE_INFINITY;
  // A clock that counts whole seconds may be one off.
  return Math.max((seconds + 1) * speedLimitMps + noiseM, straightM <= noiseM ? noiseM : 0);
}

/** Seconds between two rows from which on the recorder counts as silent. */
export function silenceOf(usualIntervalS: number, silenceS: number): number {
  return Math.max(silenceS, 10 * usualIntervalS);
}
