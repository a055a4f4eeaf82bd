/**
 * One row per kilometre. Crossings are interpolated between rows, and every amount (time, climb,
 * heart beats) is cut at the same crossing, so the splits sum to the totals exactly. O(n + splits).
 */
import type { Split } from "./activity.ts";
import type { Climb } from "./gain.ts";

export const splitDefaults = {
  lengthM: 1000,
  /** No activity needs more; a broken distance must not make a million rows. */
  most: 10_000,
} as const;

export interface SplitInput {
  readonly timeMs: Float64Array;
  readonly distanceM: Float64Array;
  readonly isMoving: Uint8Array;
  readonly climb?: Climb | undefined;
  readonly heartRateBpm?: Float32Array | undefined;
}

/** Splits of `splitDefaults.lengthM`; empty without distance or time. */
export function splitsOf(input: SplitInput): Split[] {
  const { timeMs, distanceM, isMoving, climb, heartRateBpm } = input;
  const n = distanceM.length;
  const totalM = n > 0 ? distanceM[n - 1]! : 0;
  const { lengthM, most } = splitDefaults;
  if (n < 2 || !(totalM > 0) || Number.isNaN(timeMs[0]!) || totalM > lengthM * most) return [];

  const splits: Split[] = [];
  let moving = 0;
  let elapsed = 0;
  let gain = 0;
  let loss = 0;
  let beats = 0;
  let beatSeconds = 0;
  let startM = 0;
  const close = (endM: number): void => {
    splits.push({
      index: splits.length + 1,
      distanceM: endM - startM,
      movingS: moving,
      elapsedS: elapsed,
      gainM: climb ? gain : Number.NaN,
      lossM: climb ? loss : Number.NaN,
      averageHeartRateBpm: beatSeconds > 0 ? beats / beatSeconds : Number.NaN,
    });
    startM = endM;
    moving = elapsed = gain = loss = beats = beatSeconds = 0;
  };
  for (let i = 1; i < n; i++) {
    const fromM = distanceM[i - 1]!;
    const metres = distanceM[i]! - fromM;
    const seconds = (timeMs[i]! - timeMs[i - 1]!) / 1000;
    const up = climb ? climb.gainM[i]! - climb.gainM[i - 1]! : 0;
    const down = climb ? climb.lossM[i]! - climb.lossM[i - 1]! : 0;
    const bpm = heartRateBpm?.[i] ?? Number.NaN;
    let done = 0;
    const take = (upTo: number): void => {
      const part = upTo - done;
      elapsed += seconds * part;
      if (isMoving[i]) {
        moving += seconds * part;
        if (!Number.isNaN(bpm)) {
          beats += bpm * seconds * part;
          beatSeconds += seconds * part;
        }
      }
      gain += up * part;
      loss += down * part;
      done = upTo;
    };
    for (
      let crossing = startM + lengthM;
      metres > 0 && crossing <= distanceM[i]! && crossing < totalM;
      crossing = startM + lengthM
    ) {
      take((crossing - fromM) / metres);
      close(crossing);
    }
    take(1);
  }
  close(totalM);
  return splits;
}
