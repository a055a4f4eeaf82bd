import { expect, test } from "vitest";
import { lakeActivity } from "../../../test/e2e/small-world.ts";
import { buildTrack } from "../track.ts";
import { boundsOf, chartData, hasCharts } from "./series.ts";

const { detail, streams } = lakeActivity({ id: "a", startMs: 0, laps: 2 });
const track = buildTrack(detail, streams);
const LAST = track.rows.n - 1;
const RUN = { isPaced: true, isOnFoot: true };
const RIDE = { isPaced: false };

test("draws at most a thousand or so samples, each further along than the one before", () => {
  const { row, x } = chartData(track, RUN, "metric");
  expect(row.length).toBeGreaterThan(800);
  expect(row.length).toBeLessThan(1300);
  for (let i = 1; i < x.length; i++) expect(x[i]).toBeGreaterThan(x[i - 1]!);
  expect(x.at(-1)).toBeCloseTo(detail.distanceM / 1000, 1);
});

test("speaks of pace to runners and of speed to riders, in their units", () => {
  const run = chartData(track, RUN, "metric").series.find(({ key }) => key === "pace")!;
  expect(run).toMatchObject({ name: "Pace", unit: "/km", isReversed: true });
  // 3 m/s on the whole.
  expect(run.over(0, LAST)).toBe("5:33");
  const ride = chartData(track, RIDE, "imperial").series.find(({ key }) => key === "pace")!;
  expect(ride).toMatchObject({ name: "Speed", unit: "mph", isReversed: false });
  expect(ride.over(0, LAST)).toBe("6.7");
});

test("counts the steps of both feet, and the turns of a crank as they are", () => {
  const cadence = (rpm: number, sport: typeof RUN | typeof RIDE) => {
    const cadenceRpm = streams.timeS.map(() => rpm);
    const data = chartData(buildTrack(detail, { ...streams, cadenceRpm }), sport, "metric");
    const { unit, over } = data.series.find(({ key }) => key === "cadence")!;
    return `${over(0, LAST)} ${unit}`;
  };
  expect(cadence(82, RUN)).toBe("164 spm");
  // Some recorders count both already.
  expect(cadence(164, RUN)).toBe("164 spm");
  expect(cadence(82, RIDE)).toBe("82 rpm");
});

test("gives a part its own range", () => {
  const { over } = chartData(track, RUN, "metric").series.find(({ key }) => key === "elevation")!;
  const [low, high] = over(0, LAST).split("–").map(Number);
  const [partLow, partHigh] = over(0, 30).split("–").map(Number);
  expect(partLow).toBeGreaterThan(low!);
  expect(partHigh).toBeLessThan(high!);
});

test("leaves out the charts of channels that nobody recorded", () => {
  const bare = { ...streams, altitudeM: undefined, heartRateBpm: undefined, speedMps: undefined };
  const { altitudeM: _z, heartRateBpm: _h, speedMps: _v, ...rest } = bare;
  const data = chartData(buildTrack(detail, rest), RUN, "metric");
  expect(data.series).toEqual([]);
  expect(hasCharts(data)).toBe(false);
  const keys = chartData(track, RUN, "metric").series.map(({ key }) => key);
  expect(keys).toEqual(["elevation", "pace", "heart"]);
});

test("draws nothing of an activity that did not move", () => {
  const still = { ...streams, distanceM: streams.distanceM.map(() => 0) };
  expect(hasCharts(chartData(buildTrack(detail, still), RUN, "metric"))).toBe(false);
});

test("is not flattened by one wild value, nor by a level line", () => {
  const values = Float64Array.from({ length: 1000 }, (_, i) => 100 + (i % 10));
  values[500] = 1e6;
  const [low, high] = boundsOf(values);
  expect(low).toBeLessThan(100);
  expect(high).toBeLessThan(130);
  const [a, b] = boundsOf(new Float64Array(10).fill(7));
  expect(b).toBeGreaterThan(a);
  expect(boundsOf(new Float64Array(3).fill(Number.NaN))).toEqual([0, 1]);
});
