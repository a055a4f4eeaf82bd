import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Recording } from "./recording.ts";
import { splitRecording } from "./split-recording.ts";
import { placesOf, recordingOf, START_MS } from "./track.fixture.ts";

const HOUR = 3600;

/** Rows every 10 s for the given hours, with the given silences in hours between them. */
function days(recorded: readonly number[], silent: readonly number[]): Recording {
  const seconds: number[] = [];
  let now = 0;
  recorded.forEach((hours, d) => {
    for (let s = 0; s <= hours * HOUR; s += 10) seconds.push(now + s);
    now += (hours + (silent[d] ?? 0)) * HOUR;
  });
  const timeMs = Float64Array.from(seconds, (s) => START_MS + s * 1000);
  return recordingOf({ ...placesOf(seconds.length, (i) => i * 30), timeMs });
}

describe("splitRecording", () => {
  it("leaves one activity as it is", () => {
    const recording = days([2], []);
    expect(splitRecording(recording)).toEqual([recording]);
  });

  it("splits a tour at its nights and keeps an ultra with its nap", () => {
    expect(splitRecording(days([8, 7, 6], [14, 15])).map((r) => r.streams.length)).toEqual([
      2881, 2521, 2161,
    ]);
    expect(splitRecording(days([20, 9], [7])).length).toBe(1);
    expect(splitRecording(days([1, 1], [5])).length).toBe(1);
  });

  it("deals laps and pauses to the days that they belong to", () => {
    const second = START_MS + 22 * HOUR * 1000;
    const lap = { startMs: second, endMs: second + 60_000 };
    const [first, next] = splitRecording({
      ...days([8, 8], [14]),
      laps: [lap],
      timerPauses: [lap],
    });
    expect(first).toMatchObject({ laps: [], timerPauses: [] });
    expect(next).toMatchObject({ laps: [lap], timerPauses: [lap] });
  });

  it("splits days that stand in the wrong order in the file", () => {
    const recording = days([2, 3], [30]);
    const n = recording.streams.length;
    const { timeMs } = recording.streams;
    const turned = Float64Array.from({ length: n }, (_, i) => timeMs[(i + 721) % n]!);
    const parts = splitRecording({
      ...recording,
      streams: { ...recording.streams, timeMs: turned },
    });
    expect(parts.map((part) => part.streams.length)).toEqual([721, 1081]);
  });

  it("loses no row, whatever the times", () => {
    const anyTime = fc.oneof(
      fc.integer({ min: 0, max: 1e10 }),
      fc.constant(Number.NaN),
      fc.integer({ min: -2e12, max: 4e12 }),
    );
    fc.assert(
      fc.property(fc.array(anyTime, { maxLength: 60 }), (times) => {
        const timeMs = Float64Array.from(times, (t) => START_MS + t);
        const recording = recordingOf({ ...placesOf(times.length, (i) => i), timeMs });
        const parts = splitRecording(recording);
        const rows = parts.reduce((sum, part) => sum + part.streams.length, 0);
        expect(rows).toBe(times.length);
      }),
    );
  });
});
