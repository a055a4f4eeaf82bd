import { describe, expect, it } from "vitest";
import { cleanRecording } from "./clean.ts";
import { placesOf, recordingOf, START_MS, steadyRun } from "./track.fixture.ts";

describe("cleanRecording", () => {
  it("measures a steady run without repairs", () => {
    const activity = cleanRecording(steadyRun(1200, 3));
    expect(activity.repairs).toEqual([]);
    expect(activity.pauses).toEqual([]);
    expect(activity.hasPosition).toBe(true);
    expect(activity.startMs).toBe(START_MS);
    expect(activity.measures.distanceM).toBeCloseTo(3600, 0);
    expect(activity.measures.elapsedS).toBe(1200);
    expect(activity.measures.movingS).toBe(1200);
    expect(activity.measures.averageSpeedMps).toBeCloseTo(3, 2);
    expect(activity.measures.splits.map((s) => Math.round(s.distanceM))).toEqual([
      1000, 1000, 1000, 600,
    ]);
  });

  it("keeps an indoor ride's time, heart rate, power and device distance", () => {
    const n = 600;
    const activity = cleanRecording(
      recordingOf(
        {
          length: n,
          distanceM: Float64Array.from({ length: n }, (_, i) => i * 8),
          heartRateBpm: new Float32Array(n).fill(140),
          powerW: new Float32Array(n).fill(200),
        },
        { sport: "indoor-ride" },
      ),
    );
    expect(activity.hasPosition).toBe(false);
    expect(activity.measures.distanceM).toBe(599 * 8);
    expect(activity.measures.movingS).toBe(599);
    expect(activity.measures.averageHeartRateBpm).toBe(140);
    expect(activity.measures.averagePowerW).toBe(200);
    expect(activity.measures.normalisedPowerW).toBeCloseTo(200, 6);
  });

  it("gives a route without times its distance and no durations", () => {
    const places = placesOf(100, (i) => i * 50);
    const activity = cleanRecording(
      recordingOf({ ...places, timeMs: new Float64Array(100).fill(Number.NaN) }),
    );
    expect(activity.repairs.map((r) => r.code)).toEqual(["time-none"]);
    expect(activity.hasPosition).toBe(true);
    expect(activity.startMs).toBe(0);
    expect(activity.measures.elapsedS).toBe(0);
    expect(activity.measures.distanceM).toBeCloseTo(99 * 50, 0);
  });

  it("survives a recording without rows and one with a single row", () => {
    for (const length of [0, 1]) {
      const activity = cleanRecording(recordingOf(placesOf(length, () => 0)));
      expect(activity.streams.length).toBe(length);
      expect(activity.hasPosition).toBe(false);
      expect(activity.measures.distanceM).toBe(0);
      expect(activity.measures.elapsedS).toBe(0);
    }
  });
});
