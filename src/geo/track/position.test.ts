import { describe, expect, it } from "vitest";
import { cleanPositions } from "./position.ts";
import type { Sport, Streams } from "./recording.ts";
import { createRepairLog } from "./repair.ts";
import { copyStreams } from "./rows.ts";
import { placesOf, recordingOf } from "./track.fixture.ts";

function clean(
  places: Partial<Streams> & { length: number },
  sport: Sport = "run",
): { kept: number[]; breaks: number[]; repairs: Record<string, number> } {
  const streams = copyStreams(recordingOf(places).streams);
  const log = createRepairLog();
  const breaks = cleanPositions(streams, sport, log);
  const kept: number[] = [];
  for (let i = 0; i < streams.length; i++) if (!Number.isNaN(streams.lon[i]!)) kept.push(i);
  const repairs = Object.fromEntries(log.repairs().map(({ code, count }) => [code, count]));
  return { kept, breaks, repairs };
}

const all = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe("cleanPositions", () => {
  it("keeps a steady run whole", () => {
    expect(clean(placesOf(50, (i) => i * 4))).toEqual({ kept: all(50), breaks: [], repairs: {} });
  });

  it("does not trust the first fix", () => {
    const places = placesOf(50, (i) => (i === 0 ? 90_000 : i * 4));
    const { kept, repairs } = clean(places);
    expect(kept).toEqual(all(50).slice(1));
    expect(repairs).toEqual({ "position-jump": 1 });
  });

  it("gives a receiver that repeats its last known place the weight of one fix", () => {
    // A minute at home, 90 km away, then the run: 60 rows against 40, but one place against 40.
    const { kept, breaks } = clean(placesOf(100, (i) => (i < 60 ? 90_000 : i * 4)));
    expect(kept).toEqual(all(100).slice(60));
    expect(breaks).toEqual([]);
  });

  it("drops an excursion that returns and keeps the rows around it", () => {
    const { kept, repairs } = clean(placesOf(60, (i) => i * 4 + (i >= 30 && i < 33 ? 5000 : 0)));
    expect(kept).toEqual([...all(30), ...all(60).slice(33)]);
    expect(repairs).toEqual({ "position-jump": 3 });
  });

  it("breaks the track rather than lose a long stretch", () => {
    const { kept, breaks, repairs } = clean(placesOf(100, (i) => i * 4 + (i >= 50 ? 20_000 : 0)));
    expect(kept).toEqual(all(100));
    expect(breaks).toEqual([50]);
    expect(repairs).toEqual({ "track-break": 1 });
  });

  it("drops a single leap aside that the speed bound would allow", () => {
    const { kept, repairs } = clean(
      placesOf(
        60,
        (i) => i * 3,
        (i) => (i === 30 ? 25 : 0),
      ),
    );
    expect(kept).toEqual([...all(30), ...all(60).slice(31)]);
    expect(repairs).toEqual({ "position-spike": 1 });
  });

  it("keeps the turning point of an out-and-back and a receiver that stutters", () => {
    expect(clean(placesOf(80, (i) => (i < 40 ? i * 4 : (80 - i) * 4))).repairs).toEqual({});
    // Every tenth fix comes a second late at 12 m/s.
    const stutter = placesOf(100, (i) => (i % 10 === 9 ? i - 1 : i) * 12);
    expect(clean(stutter, "ride").repairs).toEqual({});
  });

  it("keeps noise of 10 m as it is", () => {
    const noise = (i: number, k: number): number => 10 * Math.sin(i * k) * Math.sin(i * i);
    const places = placesOf(
      600,
      (i) => i * 3 + noise(i, 7.1),
      (i) => noise(i, 3.3),
    );
    expect(clean(places).repairs).toEqual({});
  });

  it("drops Null Island, half positions of zero and coordinates off the Earth", () => {
    const places = placesOf(10, (i) => i * 3);
    places.lon[2] = 0;
    places.lat[2] = 0;
    places.lat[4] = 0;
    places.lon[6] = 200;
    const { kept, repairs } = clean(places);
    expect(kept).toEqual([0, 1, 3, 5, 7, 8, 9]);
    expect(repairs).toEqual({ "position-null-island": 2, "position-out-of-range": 1 });
  });

  it("allows a real ride across the antimeridian and the zero meridian", () => {
    for (const at of [180, 0]) {
      const places = placesOf(100, (i) => i * 8);
      for (let i = 0; i < 100; i++) {
        const lon = places.lon[i]! - 1.5 - 0.005 + at;
        places.lon[i] = lon > 180 ? lon - 360 : lon;
      }
      expect(clean(places, "ride").repairs).toEqual({});
    }
  });
});
