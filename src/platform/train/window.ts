/**
 * Three windows of time for one training: the earliest rows train, later ones put the chances right,
 * the latest test. Rows are moments, and what is said of a moment becomes known later: the labels of a
 * window know nothing beyond its end, so that no label reaches into the next window and a member who
 * is in all three is asked about three different times.
 */
import { WaymarkError } from "../../base/error.ts";
import type { Window } from "../../schema/model.ts";

export interface WindowOptions {
  /** Shares of the time from the first moment to the end of knowledge. */
  readonly calibrateShare?: number;
  readonly testShare?: number;
}

export const windowDefaults = {
  /** Long enough for the longest horizon of most uses to be seen in part. */
  calibrateShare: 0.22,
  testShare: 0.28,
} as const;

export interface TimeWindow {
  readonly name: Window["name"];
  readonly fromMs: number;
  readonly untilMs: number;
}

/** @throws WaymarkError OPTION_INVALID when the shares leave nothing to train on */
export function timeWindows(
  fromMs: number,
  untilMs: number,
  options: WindowOptions = {},
): readonly [TimeWindow, TimeWindow, TimeWindow] {
  const { calibrateShare, testShare } = { ...windowDefaults, ...options };
  const rest = 1 - calibrateShare - testShare;
  if (!(calibrateShare > 0 && testShare > 0 && rest > 0)) {
    throw new WaymarkError(
      "OPTION_INVALID",
      `calibrateShare ${calibrateShare} and testShare ${testShare} must be above 0 and leave some`,
    );
  }
  const length = untilMs - fromMs;
  const calibrateMs = fromMs + Math.round(rest * length);
  const testMs = untilMs - Math.round(testShare * length);
  return [
    { name: "train", fromMs, untilMs: calibrateMs },
    { name: "calibrate", fromMs: calibrateMs, untilMs: testMs },
    { name: "test", fromMs: testMs, untilMs },
  ];
}

/** Which window each moment lies in: its index in `windows`, −1 for none. */
export function windowOf(atMs: Float64Array, windows: readonly TimeWindow[]): Int32Array {
  return Int32Array.from(atMs, (at) =>
    windows.findIndex((window) => at >= window.fromMs && at < window.untilMs),
  );
}

/** Row numbers of a window. */
export function rowsOf(windowIndex: Int32Array, window: number): Int32Array {
  const rows: number[] = [];
  windowIndex.forEach((w, i) => {
    if (w === window) rows.push(i);
  });
  return Int32Array.from(rows);
}
