import { expect, test } from "vitest";
import { haversine } from "../../src/geo/lonlat.ts";
import { lakeActivity } from "../../test/e2e/small-world.ts";
import {
  buildTrack,
  nearestRow,
  partNumbers,
  rawLine,
  rowAtDistance,
  smoothOver,
  splitsOf,
} from "./track.ts";

const { detail, streams } = lakeActivity({ id: "a", startMs: 0, laps: 2 });
const track = buildTrack(detail, streams);

test("shows every matched row on the matched line, near where it was recorded", () => {
  const [matched] = track.pieces;
  let worst = 0;
  for (let i = matched!.firstRow; i <= matched!.lastRow; i++) {
    const off = haversine(track.shownLon[i]!, track.shownLat[i]!, streams.lon[i]!, streams.lat[i]!);
    worst = Math.max(worst, off);
  }
  // Noise of 3 m: six sigma, and no row on the other lap or the far side of the lake.
  expect(worst).toBeLessThan(18);
});

test("never moves back along the line, lap after lap", () => {
  const along: number[] = [];
  let s = 0;
  for (let i = 1; i <= track.pieces[0]!.lastRow; i++) {
    s += haversine(
      track.shownLon[i - 1]!,
      track.shownLat[i - 1]!,
      track.shownLon[i]!,
      track.shownLat[i]!,
    );
    along.push(s);
  }
  // Going back and forth would make the way longer than the line.
  expect(s).toBeLessThan(detail.matchedM * 1.01);
  expect(s).toBeGreaterThan(detail.matchedM * 0.99);
});

test("cuts the matched line into bits that cover it and leaves the meadow out", () => {
  let length = 0;
  for (const { line } of track.bits) {
    for (let i = 1; i < line.length; i++) length += haversine(...line[i - 1]!, ...line[i]!);
  }
  expect(length).toBeCloseTo(detail.matchedM, -2);
  expect(track.bits.length).toBeLessThan(1600);
  for (const { share } of track.bits) {
    for (const value of Object.values(share)) {
      if (value === null) continue;
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
    }
  }
});

test("puts level ground in the middle of the grade scale", () => {
  const { low, high } = track.scales.grade!;
  expect(low).toBe(-high);
});

test("sums the numbers of a part", () => {
  const first = rowAtDistance(track.rows, 1000);
  const last = rowAtDistance(track.rows, 2000);
  const part = partNumbers(track.rows, first, last);
  expect(part.distanceM).toBeCloseTo(1000, -1);
  expect(part.movingS).toBe(last - first);
  expect(part.heartBpm).toBeGreaterThan(100);
  const whole = partNumbers(track.rows, 0, track.rows.n - 1);
  expect(whole.gainM).toBeCloseTo(detail.gainM!, 3);
});

test("splits an activity into miles, the last one shorter", () => {
  const splits = splitsOf(track.rows, 1609.344);
  const sum = splits.reduce((total, { distanceM }) => total + distanceM, 0);
  expect(sum).toBeCloseTo(detail.distanceM, 6);
  for (const { distanceM } of splits.slice(0, -1)) expect(distanceM).toBeCloseTo(1609, -1);
  expect(splits.at(-1)!.distanceM).toBeLessThan(1609.344);
});

test("finds the row under the pointer and none far away", () => {
  const row = 400;
  const found = nearestRow(track, track.shownLon[row]!, track.shownLat[row]!, 30);
  expect(
    Math.abs(
      haversine(
        track.shownLon[found]!,
        track.shownLat[found]!,
        track.shownLon[row]!,
        track.shownLat[row]!,
      ),
    ),
  ).toBeLessThan(1);
  expect(nearestRow(track, 0, 0, 30)).toBe(-1);
});

test("smooths over time and not over rows, unknown values passed over", () => {
  const timeS = Float64Array.of(0, 1, 2, 100);
  const out = smoothOver(timeS, Float64Array.of(1, Number.NaN, 3, 9), 10);
  expect([...out]).toEqual([2, 2, 2, 9]);
});

test("draws an activity that was not matched as its own track", () => {
  const bare = buildTrack({ ...detail, match: null }, streams);
  expect(bare.pieces.map(({ kind }) => kind)).toEqual(["track"]);
  expect(bare.bits.length).toBeGreaterThan(10);
});

test("survives an activity without any position", () => {
  const indoor = { ...streams, lon: streams.lon.map(() => null), lat: streams.lat.map(() => null) };
  const empty = buildTrack({ ...detail, match: null, hasPosition: false }, indoor);
  expect(empty.bits).toEqual([]);
  expect(rawLine(empty.rows)).toEqual([]);
});
