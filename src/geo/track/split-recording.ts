/**
 * Several activities in one recording: a device that was never stopped between Sunday's ride and
 * Tuesday's. A silence ends an activity when it lasts six hours and longer than what was recorded on
 * either side of it: a night on a tour does, a nap in a hundred-mile race does not. O(n).
 */
import { orderedTimes } from "./order.ts";
import type { Recording } from "./recording.ts";
import { selectRows } from "./rows.ts";

export const splitRecordingDefaults = {
  /** Shorter silences are rests: the longest recorded sleeps of ultra races last about five hours. */
  silenceMs: 6 * 3_600_000,
} as const;

/**
 * The activities of a recording in the order of time; the recording itself when it is one. Rows are
 * only dealt out, never repaired: cleaning follows for each, and a part may be a few rows short. Totals that the device stated belong to
 * the whole and stay with it alone.
 */
export function splitRecording(recording: Recording): Recording[] {
  const { streams, stated } = recording;
  const time = orderedTimes(streams, stated);
  const rows: number[] = [];
  for (let i = 0; i < streams.length; i++) if (!Number.isNaN(time[i]!)) rows.push(i);
  rows.sort((a, b) => time[a]! - time[b]! || a - b);
  const stretches = stretchesOf(time, rows);
  if (stretches.length < 2) return [recording];

  // Every row goes to the stretch of its time, a row without one to that of its file neighbour.
  const startMs = stretches.map((s) => s.startMs);
  const parts: number[][] = stretches.map(() => []);
  let part = stretchAt(startMs, time[rows[0]!]!);
  for (let i = 0; i < streams.length; i++) {
    if (!Number.isNaN(time[i]!)) part = stretchAt(startMs, time[i]!);
    parts[part]!.push(i);
  }
  return stretches.map(({ startMs: fromMs, endMs: toMs }, p) => ({
    ...recording,
    streams: selectRows(streams, parts[p]!),
    laps: recording.laps.filter((lap) => lap.endMs > fromMs && lap.startMs < toMs),
    timerPauses: recording.timerPauses.filter((t) => t.endMs > fromMs && t.startMs < toMs),
    stated: {},
  }));
}

interface Stretch {
  startMs: number;
  endMs: number;
}

function stretchesOf(time: Float64Array, rows: readonly number[]): Stretch[] {
  const { silenceMs } = splitRecordingDefaults;
  const raw: Stretch[] = [];
  for (const i of rows) {
    const t = time[i]!;
    const last = raw[raw.length - 1];
    if (last && t - last.endMs < silenceMs) last.endMs = t;
    else raw.push({ startMs: t, endMs: t });
  }
  // The silence must also outlast both of its sides; otherwise it was a rest within one activity.
  const stretches: Stretch[] = [];
  for (const stretch of raw) {
    const last = stretches[stretches.length - 1];
    const silence = last ? stretch.startMs - last.endMs : 0;
    const isRest =
      last !== undefined &&
      (silence < last.endMs - last.startMs || silence < stretch.endMs - stretch.startMs);
    if (last && isRest) last.endMs = stretch.endMs;
    else stretches.push({ ...stretch });
  }
  return stretches;
}

/** The last stretch that starts at or before a moment. */
function stretchAt(startMs: readonly number[], atMs: number): number {
  let part = 0;
  while (part + 1 < startMs.length && startMs[part + 1]! <= atMs) part++;
  return part;
}
