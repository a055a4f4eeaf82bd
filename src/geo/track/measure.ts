/**
 * The measures of a cleaned activity: totals, means weighted by time, and the pieces that have files
 * of their own. Without times durations are 0 and what needs them is NaN or empty. O(n).
 */
import type { CleanStreams, Measures } from "./activity.ts";
import type { AltitudeSource } from "./altitude.ts";
import { bestEffortsOf } from "./best-effort.ts";
import { climbOf } from "./gain.ts";
import { gradeAdjustedPace } from "./grade-adjusted-pace.ts";
import { normalisedPower } from "./power.ts";
import type { Sport } from "./recording.ts";
import { splitsOf } from "./split.ts";
import { isOnFoot } from "./sport.ts";

export const measureDefaults = {
  /** A sensor's value stands for at most this long before its row. */
  holdMs: 30_000,
} as const;

export function measure(streams: CleanStreams, sport: Sport, source: AltitudeSource): Measures {
  const { timeMs, distanceM, isMoving, heartRateBpm, powerW, cadenceRpm, altitudeM } = streams;
  const n = streams.length;
  const hasTime = n > 0 && !Number.isNaN(timeMs[0]!);
  const totalM = n > 0 ? distanceM[n - 1]! : 0;
  const elapsedS = hasTime ? (timeMs[n - 1]! - timeMs[0]!) / 1000 : 0;
  let movingMs = 0;
  if (hasTime) for (let i = 1; i < n; i++) if (isMoving[i]) movingMs += timeMs[i]! - timeMs[i - 1]!;
  const movingS = movingMs / 1000;
  const climb = altitudeM ? climbOf(altitudeM, source) : undefined;
  const isRun = isOnFoot(sport) && sport !== "walk" && sport !== "hike";

  return {
    distanceM: totalM,
    elapsedS,
    movingS,
    gainM: climb && n > 0 ? climb.gainM[n - 1]! : Number.NaN,
    lossM: climb && n > 0 ? climb.lossM[n - 1]! : Number.NaN,
    averageSpeedMps: movingS > 0 ? totalM / movingS : Number.NaN,
    maxSpeedMps: largest(streams.speedMps),
    averageHeartRateBpm: timeMean(timeMs, heartRateBpm, isMoving, false),
    maxHeartRateBpm: largest(heartRateBpm),
    averageCadenceRpm: timeMean(timeMs, cadenceRpm, isMoving, true),
    averagePowerW: timeMean(timeMs, powerW, isMoving, false),
    normalisedPowerW: powerW && hasTime ? normalisedPower(timeMs, powerW, isMoving) : Number.NaN,
    gradeAdjustedPaceSPerM:
      isRun && hasTime && streams.grade
        ? gradeAdjustedPace(timeMs, distanceM, streams.grade, isMoving)
        : Number.NaN,
    splits: splitsOf({ timeMs, distanceM, isMoving, climb, heartRateBpm }),
    bestEfforts: bestEffortsOf(timeMs, distanceM, sport),
  };
}

/**
 * Mean over the moving time; each value stands for the step that ends in its row.
 *
 * @param isActiveOnly true leaves zeros out, as for the cadence while coasting
 */
export function timeMean(
  timeMs: Float64Array,
  column: Float32Array | undefined,
  isMoving: Uint8Array,
  isActiveOnly: boolean,
): number {
  if (!column) return Number.NaN;
  let sum = 0;
  let weight = 0;
  let plainSum = 0;
  let plainCount = 0;
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!;
    if (Number.isNaN(value) || (isActiveOnly && value === 0)) continue;
    plainSum += value;
    plainCount++;
    if (i === 0 || !isMoving[i]) continue;
    const ms = Math.min(timeMs[i]! - timeMs[i - 1]!, measureDefaults.holdMs);
    if (Number.isNaN(ms)) continue;
    sum += value * ms;
    weight += ms;
  }
  // Nothing moved, or no times: every row counts the same.
  if (weight > 0) return sum / weight;
  return plainCount > 0 ? plainSum / plainCount : Number.NaN;
}

function largest(column: Float32Array | undefined): number {
  if (!column) return Number.NaN;
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < column.length; i++) if (column[i]! > best) best = column[i]!;
  return best === Number.NEGATIVE_INFINITY ? Number.NaN : best;
}
