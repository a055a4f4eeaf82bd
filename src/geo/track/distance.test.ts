import { describe, expect, it } from "vitest";
import { cleanRecording } from "./clean.ts";
import type { Sport } from "./recording.ts";
import { placesOf, recordingOf } from "./track.fixture.ts";

function distanceOf(device: (i: number) => number, sport: Sport = "run", groundMps = 3) {
  const n = 1001;
  const activity = cleanRecording(
    recordingOf(
      {
        ...placesOf(n, (i) => i * groundMps),
        distanceM: Float64Array.from({ length: n }, (_, i) => device(i)),
      },
      { sport },
    ),
  );
  const repairs = Object.fromEntries(activity.repairs.map(({ code, count }) => [code, count]));
  return { distanceM: activity.measures.distanceM, repairs, column: activity.streams.distanceM };
}

describe("distance", () => {
  it("prefers the device where it agrees with the ground: a wheel sees the way between fixes", () => {
    expect(distanceOf((i) => i * 3.2)).toMatchObject({ repairs: {} });
    expect(distanceOf((i) => i * 3.2).distanceM).toBeCloseTo(3200, 6);
  });

  it("takes the ground where the device says something else, and counts it", () => {
    const { distanceM, repairs } = distanceOf((i) => i * 0.9);
    expect(distanceM).toBeCloseTo(3000, 0);
    expect(repairs).toEqual({ "distance-foreign": 1001 });
  });

  it("goes on from where it was when the device starts again at zero", () => {
    const { distanceM, repairs } = distanceOf((i) => (i < 500 ? i : i - 500) * 3);
    expect(distanceM).toBeCloseTo(2997, 6);
    expect(repairs).toEqual({ "distance-reversed": 1 });
  });

  it("steps over a single glitch in either direction", () => {
    for (const glitch of [0, 1e6]) {
      const { distanceM, column } = distanceOf((i) => (i === 500 ? glitch : i * 3));
      expect(distanceM).toBeCloseTo(3000, 0);
      expect(column[500]).toBeGreaterThan(1490);
      expect(column[500]).toBeLessThan(1510);
    }
  });

  it("counts from the first row: a device that counts on from the activity before is no matter", () => {
    expect(distanceOf((i) => 50_000 + i * 3).distanceM).toBeCloseTo(3000, 6);
  });

  it("fills rows without a value in the ground's proportion", () => {
    const { column } = distanceOf((i) => (i % 10 === 0 ? i * 3 : Number.NaN));
    expect(column[505]).toBeCloseTo(1515, 0);
    expect(column[1000]).toBeCloseTo(3000, 6);
  });

  it("shares by time where the ground would have all of it in a step that nobody could do", () => {
    // Of two rows the receiver knows one place; the device's value between them is a glitch.
    const places = placesOf(200, (i) => i * 3);
    places.lon[100] = places.lon[99]!;
    places.lat[100] = places.lat[99]!;
    const device = Float64Array.from({ length: 200 }, (_, i) => i * 3 + (i > 100 ? 110 : 0));
    device[100] = 5000;
    const { streams } = cleanRecording(recordingOf({ ...places, distanceM: device }));
    const again = cleanRecording(
      recordingOf({ ...placesOf(200, (i) => i * 3), distanceM: streams.distanceM }),
    );
    expect(streams.distanceM[199]).toBeCloseTo(199 * 3 + 110, 6);
    expect(again.repairs).toEqual([]);
    expect([...again.streams.distanceM]).toEqual([...streams.distanceM]);
  });

  it("believes only the device indoors", () => {
    expect(distanceOf((i) => i * 9, "indoor-ride", 0.001).distanceM).toBeCloseTo(9000, 6);
  });

  it("counts nothing across a break of the track", () => {
    const places = placesOf(1001, (i) => i * 3 + (i > 500 ? 20_000 : 0));
    const { measures, repairs } = cleanRecording(recordingOf(places));
    expect(measures.distanceM).toBeCloseTo(2997, 0);
    expect(repairs).toMatchObject([{ code: "track-break", count: 1 }]);
  });
});
