/** How a slope changes speed: walkers after Tobler (1993), riders after a steady-power fit. */

/**
 * Tobler's hiking function relative to the level: fastest at 5 % downhill, half at 20 % uphill.
 *
 * @param grade rise over run
 */
export function walkingGradeSpeed(grade: number): number {
  return Math.exp(-3.5 * (Math.abs(grade + 0.05) - 0.05));
}

/**
 * A rider at steady power: about half the level speed at 5 % uphill, a quarter at 12 %; downhill up
 * to 1.6 times, braking again where it is steeper than 12 %.
 */
export function ridingGradeSpeed(grade: number): number {
  if (grade >= 0) return Math.max(0.12, 1 / (1 + 20 * grade + 60 * grade * grade));
  const down = Math.min(0.4, -grade);
  return down <= 0.06 ? 1 + 10 * down : Math.max(0.4, 1.6 - 4 * (down - 0.06));
}

/** Motors do not mind. */
export function drivingGradeSpeed(): number {
  return 1;
}
