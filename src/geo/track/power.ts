/**
 * Normalised power (Coggan; Allen & Coggan, Training and Racing with a Power Meter): the fourth root
 * of the mean fourth power of the 30 s rolling mean. Power is held from row to row for at most a few
 * seconds; longer silences are left out. O(n).
 */

export const powerDefaults = {
  windowMs: 30_000,
  /** A value stands for at most this long. */
  holdMs: 10_000,
} as const;

/**
 * @param isMoving 1 where a row's step counts; pauses are cut out and the ends joined
 * @returns watts; NaN below one full window
 */
export function normalisedPower(
  timeMs: Float64Array,
  powerW: Float32Array,
  isMoving: Uint8Array,
): number {
  // Pieces of constant power on a time axis without pauses.
  const width: number[] = [];
  const watts: number[] = [];
  let total = 0;
  for (let i = 1; i < timeMs.length; i++) {
    const ms = timeMs[i]! - timeMs[i - 1]!;
    if (!isMoving[i] || Number.isNaN(powerW[i]!) || !(ms <= powerDefaults.holdMs)) continue;
    width.push(ms);
    watts.push(powerW[i]!);
    total += ms;
  }
  if (total < powerDefaults.windowMs) return Number.NaN;

  let work = 0;
  let spanMs = 0;
  let a = 0;
  let cutMs = 0; // How much of piece `a` has left the window.
  let sum4 = 0;
  let weight = 0;
  for (let i = 0; i < width.length; i++) {
    work += width[i]! * watts[i]!;
    spanMs += width[i]!;
    while (spanMs > powerDefaults.windowMs) {
      const leave = Math.min(width[a]! - cutMs, spanMs - powerDefaults.windowMs);
      work -= leave * watts[a]!;
      spanMs -= leave;
      cutMs += leave;
      if (cutMs >= width[a]!) {
        a++;
        cutMs = 0;
      }
    }
    if (spanMs < powerDefaults.windowMs) continue;
    const mean = Math.max(0, work / spanMs);
    sum4 += width[i]! * mean ** 4;
    weight += width[i]!;
  }
  return (sum4 / weight) ** 0.25;
}
