/**
 * Elevation gain and loss with hysteresis: a climb counts once it has risen by a threshold above the
 * last low, and then in full. Without it every wobble of the sensor is a hill: summed steps of a flat
 * hour give dozens of metres. O(n).
 */
import type { AltitudeSource } from "./altitude.ts";

export const gainDefaults = {
  /**
   * Metres that a turn must rise or fall to be a hill, by source. The wobble that is left after
   * smoothing: a barometer's steps of 0.2 m, a GPS's metres, a grid's interpolation.
   */
  thresholdM: { barometer: 2.4, gps: 8, grid: 4, none: 2.4 } as Readonly<
    Record<AltitudeSource, number>
  >,
} as const;

/** Cumulative metres up and down at each row. */
export interface Climb {
  readonly gainM: Float64Array;
  readonly lossM: Float64Array;
}

/**
 * @param altitudeM smoothed; NaN rows are passed over
 */
export function climbOf(altitudeM: Float32Array, source: AltitudeSource): Climb {
  const n = altitudeM.length;
  const threshold = gainDefaults.thresholdM[source];
  const gainM = new Float64Array(n);
  const lossM = new Float64Array(n);
  // Turning points first, then each monotone stretch between them is added where it happens.
  const turns = turningPoints(altitudeM, threshold);
  let gain = 0;
  let loss = 0;
  let turn = 0;
  let reached = Number.NaN;
  for (let i = 0; i < n; i++) {
    const z = altitudeM[i]!;
    if (!Number.isNaN(z) && turns.length > 0) {
      while (turn < turns.length && turns[turn]! < i) turn++;
      if (Number.isNaN(reached)) {
        if (i >= turns[0]!) reached = z;
      } else if (turn < turns.length) {
        // Towards the next turn only progress counts, so that wobbles on the way are level.
        const isUp = altitudeM[turns[turn]!]! >= altitudeM[turns[turn - 1]!]!;
        if (isUp && z > reached) {
          gain += z - reached;
          reached = z;
        } else if (!isUp && z < reached) {
          loss += reached - z;
          reached = z;
        }
      }
    }
    gainM[i] = gain;
    lossM[i] = loss;
  }
  return { gainM, lossM };
}

/**
 * Rows of the first known altitude, each extreme that is followed by a turn of at least the
 * threshold, and the last extreme.
 */
export function turningPoints(altitudeM: Float32Array, threshold: number): number[] {
  const n = altitudeM.length;
  const turns: number[] = [];
  let low = -1;
  let high = -1;
  let direction = 0;
  for (let i = 0; i < n; i++) {
    const z = altitudeM[i]!;
    if (Number.isNaN(z)) continue;
    if (low < 0) {
      low = high = i;
      turns.push(i);
      continue;
    }
    if (direction >= 0 && z > altitudeM[high]!) high = i;
    if (direction <= 0 && z < altitudeM[low]!) low = i;
    if (direction > 0 && altitudeM[high]! - z >= threshold) {
      turns.push(high);
      direction = -1;
      low = i;
    } else if (direction < 0 && z - altitudeM[low]! >= threshold) {
      turns.push(low);
      direction = 1;
      high = i;
    } else if (direction === 0) {
      if (z - altitudeM[low]! >= threshold) {
        direction = 1;
        if (low !== turns[0]) turns.push(low);
        high = i;
      } else if (altitudeM[high]! - z >= threshold) {
        direction = -1;
        if (high !== turns[0]) turns.push(high);
        low = i;
      }
    }
  }
  if (direction > 0) turns.push(high);
  else if (direction < 0) turns.push(low);
  return turns;
}
