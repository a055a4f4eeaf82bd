import { describe, expect, it } from "vitest";
import { orderRows } from "./order.ts";
import type { StatedTotals, Streams } from "./recording.ts";
import { createRepairLog } from "./repair.ts";
import { placesOf, recordingOf, START_MS } from "./track.fixture.ts";

function order(
  seconds: readonly number[],
  more: Partial<Streams> = {},
  stated: StatedTotals = {},
): { seconds: number[]; streams: Streams; repairs: Record<string, number> } {
  const timeMs = Float64Array.from(seconds, (s) => START_MS + s * 1000);
  const { streams } = recordingOf({ length: seconds.length, timeMs, ...more });
  const log = createRepairLog();
  const ordered = orderRows(streams, stated, log);
  return {
    seconds: Array.from(ordered.timeMs, (t) => (t - START_MS) / 1000),
    streams: ordered,
    repairs: Object.fromEntries(log.repairs().map(({ code, count }) => [code, count])),
  };
}

/** One place every 3 m for each second given, in the order of the file. */
const walked = (metres: readonly number[]): Partial<Streams> =>
  placesOf(metres.length, (i) => metres[i]!);

describe("orderRows", () => {
  it("leaves good times alone", () => {
    expect(order([0, 1, 2, 5])).toMatchObject({ seconds: [0, 1, 2, 5], repairs: {} });
  });

  it("merges rows of one moment that complete each other (Suunto's heart-rate and GPS rows)", () => {
    const nan = Number.NaN;
    const { seconds, streams, repairs } = order([0, 0, 1, 1], {
      ...placesOf(4, (i) => i * 3),
      heartRateBpm: Float32Array.of(nan, 120, nan, 121),
      lon: Float64Array.of(1.5, nan, 1.50003, nan),
      lat: Float64Array.of(42.5, nan, 42.5, nan),
    });
    expect(seconds).toEqual([0, 1]);
    expect(Array.from(streams.heartRateBpm!)).toEqual([120, 121]);
    expect(Array.from(streams.lon)).toEqual([1.5, 1.50003]);
    expect(repairs).toEqual({ "row-merged": 2 });
  });

  it("drops a row that repeats another", () => {
    const { seconds, repairs } = order([0, 1, 1, 2], walked([0, 3, 3, 6]));
    expect(seconds).toEqual([0, 1, 2]);
    expect(repairs).toEqual({ "time-duplicate": 1 });
  });

  it("spreads rows of one moment in different places over the time to the next", () => {
    const { seconds, repairs } = order([0, 10, 10, 10, 10, 20], walked([0, 30, 40, 50, 60, 70]));
    expect(seconds).toEqual([0, 10, 12.5, 15, 17.5, 20]);
    expect(repairs).toEqual({ "time-spread": 3 });
  });

  it("sorts segments that stand in the wrong order", () => {
    const { seconds, streams, repairs } = order(
      [100, 101, 102, 103, 0, 1, 2],
      walked([300, 303, 306, 309, 0, 3, 6]),
    );
    expect(seconds).toEqual([0, 1, 2, 100, 101, 102, 103]);
    expect(streams.lon[0]).toBe(1.5);
    expect(repairs).toEqual({ "time-reversed": 3 });
  });

  it("retimes rows whose clock stumbles where sorting would zigzag", () => {
    const metres = Array.from({ length: 40 }, (_, i) => i * 20);
    const seconds = metres.map((_, i) => (i === 20 ? 3 : i));
    const result = order(seconds, walked(metres));
    expect(result.seconds).toEqual(metres.map((_, i) => i));
    expect(result.repairs).toEqual({ "time-glitch": 1, "time-filled": 1 });
  });

  it("interpolates times inside and leaves out what lies before the first and after the last", () => {
    const nan = Number.NaN;
    expect(order([nan, 0, nan, nan, 3, nan], walked([0, 1, 2, 3, 4, 5]))).toMatchObject({
      seconds: [0, 1, 2, 3],
      repairs: { "time-missing": 2, "time-filled": 2 },
    });
  });

  it("says when there is no time, or one moment for every row", () => {
    const nan = Number.NaN;
    expect(order([nan, nan, nan]).repairs).toEqual({ "time-none": 3 });
    expect(order([7, 7, 7], walked([0, 50, 100]))).toMatchObject({
      seconds: [nan, nan, nan],
      repairs: { "time-none": 3 },
    });
  });

  it("moves rows of 1970 to the rows after the clock was set", () => {
    const since1970 = -START_MS / 1000;
    const { seconds, repairs } = order([since1970, since1970 + 1, 10, 11, 12, 13]);
    expect(seconds).toEqual([8, 9, 10, 11, 12, 13]);
    expect(repairs).toEqual({ "clock-shifted": 2 });
  });

  it("counts a recording that lies in 1970 or 2099 as a whole and keeps its spacing", () => {
    for (const year of [1970, 2099]) {
      const from = (Date.UTC(year, 5, 1) - START_MS) / 1000;
      const { seconds, repairs } = order([from, from + 1, from + 2]);
      expect(seconds).toEqual([from, from + 1, from + 2]);
      expect(repairs).toEqual({ "date-implausible": 3 });
    }
  });

  it("closes a jump of days only when the device itself states less", () => {
    const days = 20 * 86_400;
    const seconds = [0, 1, 2, 3, days, days + 1];
    const metres = walked([0, 3, 6, 9, 12, 15]);
    expect(order(seconds, metres, { elapsedS: 6 }).seconds).toEqual([0, 1, 2, 3, 4, 5]);
    expect(order(seconds, metres, { elapsedS: days + 1 }).seconds).toEqual(seconds);
    expect(order(seconds, metres).seconds).toEqual(seconds);
  });

  it("gives single rows of another day the time between their neighbours", () => {
    const { seconds, repairs } = order([0, 1, 900_000, 3, 4, 5]);
    expect(seconds).toEqual([0, 1, 2, 3, 4, 5]);
    expect(repairs).toEqual({ "time-glitch": 1, "time-filled": 1 });
  });
});
