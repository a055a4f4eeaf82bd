import { describe, expect, it } from "vitest";
import { metresPerLon } from "../../geo/lonlat.ts";
import { outliersOf, splitAtLeaps, splitAtSilences, tidyTrace } from "./tidy.ts";

/** Fixes at so many metres east of a place on the equator; a pair is east and north. */
function fixes(...places: (number | [number, number])[]): { lon: Float64Array; lat: Float64Array } {
  const at = places.map((p) => (typeof p === "number" ? [p, 0] : p));
  return {
    lon: Float64Array.from(at, ([east]) => east! / metresPerLon(0)),
    lat: Float64Array.from(at, ([, north]) => north! / metresPerLon(0)),
  };
}

describe("tidying", () => {
  it("keeps fixes 15 m apart along the way, and both ends", () => {
    expect([...tidyTrace(fixes(0, 5, 10, 16, 20, 30, 33))]).toEqual([0, 3, 6]);
  });
  it("wants 5 s between them too where there are times", () => {
    const timestampS = Float64Array.of(0, 1, 5, 6, 11);
    expect([...tidyTrace({ ...fixes(0, 20, 40, 60, 80), timestampS })]).toEqual([0, 2, 4]);
  });
  it("keeps waypoints, and traces of one or two fixes", () => {
    expect([...tidyTrace({ ...fixes(0, 1, 2, 3), waypoints: [0, 2, 3] })]).toEqual([0, 2, 3]);
    expect([...tidyTrace(fixes(0))]).toEqual([0]);
    expect([...tidyTrace(fixes(0, 0))]).toEqual([0, 1]);
  });
});

describe("silences", () => {
  const split = (...times: number[]): [number, number][] =>
    splitAtSilences(
      Uint32Array.from(times, (_, i) => i),
      Float64Array.from(times),
    );
  it("split after more than a minute at a usual second", () => {
    expect(split(0, 1, 2, 62, 63)).toEqual([[0, 5]]);
    expect(split(0, 1, 2, 63, 64)).toEqual([
      [0, 3],
      [3, 5],
    ]);
  });
  it("are ten usual intervals where those are long", () => {
    expect(split(0, 30, 60, 360, 390)).toEqual([[0, 5]]);
    expect(split(0, 30, 60, 361, 391)).toEqual([
      [0, 3],
      [3, 5],
    ]);
  });
  it("are unknown without times", () => {
    expect(splitAtSilences(Uint32Array.of(0, 1), undefined)).toEqual([[0, 2]]);
  });
});

describe("outliers", () => {
  it("are single fixes without a path that lead out and back", () => {
    const { lon, lat } = fixes(0, [10, 200], 20, 30);
    expect([...outliersOf(lon, lat, [true, false, true, true])]).toEqual([1]);
  });
  it("are not the fixes of someone who crosses a field", () => {
    const { lon, lat } = fixes(0, 100, 200, 300);
    expect([...outliersOf(lon, lat, [true, false, true, true])]).toEqual([]);
    expect([...outliersOf(lon, lat, [true, false, false, true])]).toEqual([]);
  });
});

describe("leaps", () => {
  const runs = (places: number[], times: number[]): number[][] => {
    const { lon, lat } = fixes(...places);
    return splitAtLeaps(lon, lat, times, 9);
  };
  it("split the trace where one stays", () => {
    expect(runs([0, 5, 1000, 1005], [0, 1, 2, 3])).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });
  it("that come back at once were errors", () => {
    expect(runs([0, 5, 1000, 15, 20], [0, 1, 2, 3, 4])).toEqual([[0, 1, 3, 4]]);
    expect(runs([0, 5, 900, 905, 910, 25, 30], [0, 1, 2, 3, 4, 5, 6])).toEqual([[0, 1, 5, 6]]);
  });
  it("are none where the longitudes change their sign", () => {
    expect(splitAtLeaps([179.9999, -179.9999, -179.9998], [0, 0, 0], [0, 1, 2], 9)).toEqual([
      [0, 1, 2],
    ]);
  });
  it("forgive the noise of two fixes, and times that stand still", () => {
    expect(runs([0, 60, 120], [0, 0, 0])).toEqual([[0, 1, 2]]);
    expect(splitAtLeaps([0, 1, 2], [0, 0, 0], undefined, 9)).toEqual([[0, 1, 2]]);
  });
});
