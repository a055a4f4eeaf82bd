import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/index.ts";
import { cleanRecording } from "./clean.ts";
import { placesOf, recordingOf, START_MS } from "./track.fixture.ts";

const at = (seconds: number): number => START_MS + seconds * 1000;

describe("pauses", () => {
  it("takes the timer's word", () => {
    const timeMs = Float64Array.from({ length: 200 }, (_, i) => at(i < 100 ? i : i + 300));
    const activity = cleanRecording(
      recordingOf(
        { ...placesOf(200, (i) => i * 3), timeMs },
        {
          timerPauses: [{ startMs: at(99), endMs: at(400) }],
        },
      ),
    );
    expect(activity.pauses).toEqual([{ startMs: at(99), endMs: at(400), kind: "timer" }]);
    expect(activity.measures.elapsedS).toBe(499);
    expect(activity.measures.movingS).toBe(198);
    // The step across the pause belongs to nobody.
    expect(activity.measures.distanceM).toBeCloseTo(198 * 3, 0);
  });

  it("clips pauses to the recording, joins overlapping ones and counts impossible ones", () => {
    const activity = cleanRecording(
      recordingOf(
        placesOf(100, (i) => i * 3),
        {
          timerPauses: [
            { startMs: at(-50), endMs: at(10) },
            { startMs: at(5), endMs: at(20) },
            { startMs: at(60), endMs: at(40) },
            { startMs: at(500), endMs: at(600) },
          ],
        },
      ),
    );
    expect(activity.pauses.filter((pause) => pause.kind === "timer")).toEqual([
      { startMs: at(0), endMs: at(20), kind: "timer" },
    ]);
    expect(activity.repairs).toMatchObject([{ code: "pause-impossible", count: 2 }]);
  });

  it("finds the traffic light under a wandering receiver and adds no distance there", () => {
    const rng = createRng(7);
    // Ten minutes at 3 m/s, two minutes standing with correlated jitter, ten minutes on.
    let jitter = 0;
    const wander = Float64Array.from(
      { length: 1321 },
      () => (jitter = 0.9 * jitter + 0.25 * normal(rng)),
    );
    const way = (i: number): number => (i <= 600 ? i : i <= 720 ? 600 : i - 120) * 3;
    const activity = cleanRecording(
      recordingOf(
        placesOf(
          1321,
          (i) => way(i) + wander[i]!,
          (i) => wander[(i * 7) % 1321]!,
        ),
      ),
    );
    const paused = activity.pauses.reduce((sum, p) => sum + (p.endMs - p.startMs) / 1000, 0);
    expect(paused).toBeGreaterThan(100);
    expect(paused).toBeLessThan(140);
    expect(activity.measures.distanceM / 3600).toBeCloseTo(1, 1);
    expect(activity.measures.movingS).toBeGreaterThan(1180);
    expect(activity.repairs.map((repair) => repair.code)).toContain("parked-jitter");
  });

  it("does not stop a slow climber", () => {
    const activity = cleanRecording(
      recordingOf(
        placesOf(1200, (i) => i * 0.45),
        { sport: "hike" },
      ),
    );
    expect(activity.pauses).toEqual([]);
    expect(activity.measures.movingS).toBe(1199);
  });

  it("calls a silence a gap, and movement in it movement", () => {
    const timeMs = Float64Array.from({ length: 200 }, (_, i) => at(i < 100 ? i : i + 120));
    const tunnel = cleanRecording(
      recordingOf({ ...placesOf(200, (i) => (i < 100 ? i : i + 120) * 5), timeMs }),
    );
    expect(tunnel.pauses).toMatchObject([{ startMs: at(99), endMs: at(220), kind: "gap" }]);
    expect(tunnel.measures.movingS).toBe(319);
    const still = cleanRecording(recordingOf({ ...placesOf(200, (i) => i * 5), timeMs }));
    expect(still.pauses).toMatchObject([{ kind: "gap" }]);
    expect(still.measures.movingS).toBe(198);
  });

  it("does not call coarse sampling a gap", () => {
    const timeMs = Float64Array.from({ length: 60 }, (_, i) => at(i * 60));
    const activity = cleanRecording(recordingOf({ ...placesOf(60, (i) => i * 180), timeMs }));
    expect(activity.pauses).toEqual([]);
    expect(activity.measures.movingS).toBe(59 * 60);
  });
});
