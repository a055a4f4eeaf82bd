import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/index.ts";
import type { ElevationGrid } from "../elevation/index.ts";
import { cleanAltitude } from "./altitude.ts";
import { cleanRecording } from "./clean.ts";
import { createRepairLog } from "./repair.ts";
import { copyStreams } from "./rows.ts";
import { placesOf, recordingOf } from "./track.fixture.ts";

function clean(
  altitude: ArrayLike<number> | undefined,
  isBarometric?: boolean,
  elevation?: ElevationGrid,
) {
  const n = altitude?.length ?? 600;
  const streams = copyStreams(
    recordingOf({
      ...placesOf(n, (i) => i * 3),
      altitudeM: altitude && Float32Array.from(altitude),
    }).streams,
  );
  const log = createRepairLog();
  const source = cleanAltitude(streams, isBarometric, elevation, log);
  const repairs = Object.fromEntries(log.repairs().map(({ code, count }) => [code, count]));
  return { altitudeM: streams.altitudeM, source, repairs };
}

const level = (n: number, z = 500): number[] => Array.from({ length: n }, () => z);
/** Ground that rises by 10 m a kilometre eastwards from 1,000 m. */
const ramp: ElevationGrid = { at: (lon) => 1000 + (lon - 1.5) * 820 };

describe("cleanAltitude", () => {
  it("drops what is below the Dead Sea or above Everest, and bridges the void", () => {
    const altitude = level(20);
    altitude[7] = -12_000;
    altitude[8] = 65_535;
    const { altitudeM, repairs } = clean(altitude);
    expect(Array.from(altitudeM!)).toEqual(level(20));
    expect(repairs).toEqual({ "altitude-out-of-range": 2, "altitude-filled": 2 });
  });

  it("takes a column of zeros for none", () => {
    expect(clean(level(20, 0))).toEqual({
      altitudeM: undefined,
      source: "none",
      repairs: { "altitude-empty": 20 },
    });
  });

  it("drops a spike, and a wrong start however long the truth took to come", () => {
    const spike = level(100);
    spike[50] = 800;
    expect(clean(spike).repairs).toEqual({ "altitude-spike": 1, "altitude-filled": 1 });
    const start = level(100);
    start.fill(0, 0, 20);
    expect(clean(start).repairs).toEqual({ "altitude-spike": 20 });
  });

  it("keeps the two levels of a barometer that calibrated itself", () => {
    const altitude = [...level(100, 500), ...level(100, 560)];
    expect(clean(altitude).repairs).toEqual({});
  });

  it("tells a barometer from a GPS by its roughness when the file does not", () => {
    const rng = createRng(5);
    expect(clean(level(300).map((z) => Math.round(z * 5 + normal(rng)) / 5)).source).toBe(
      "barometer",
    );
    expect(clean(level(300).map((z) => z + 4 * normal(rng))).source).toBe("gps");
    expect(clean(level(300), false).source).toBe("gps");
  });

  it("replaces a GPS altitude by the grid's and keeps a barometer's shape on the grid's level", () => {
    const rng = createRng(6);
    const gps = clean(
      level(600).map((z) => z + 20 * normal(rng)),
      false,
      ramp,
    );
    expect(gps.source).toBe("grid");
    expect(gps.repairs).toEqual({ "altitude-replaced": 600 });
    expect(gps.altitudeM![300]).toBeCloseTo(1009, 0);

    // 60 m too high, falling by 12 m over the hour of weather, with a bridge that no grid has.
    const drifting = Array.from(
      { length: 600 },
      (_, i) => 1000 + i * 0.03 + 60 - i * 0.02 + (i > 290 && i < 310 ? 8 : 0),
    );
    const baro = clean(drifting, true, ramp);
    expect(baro.source).toBe("barometer");
    expect(baro.repairs).toEqual({ "altitude-drift": 600 });
    expect(baro.altitudeM![10]).toBeCloseTo(1000.3, 0);
    expect(baro.altitudeM![590]).toBeCloseTo(1017.7, 0);
    expect(baro.altitudeM![300]! - baro.altitudeM![280]!).toBeGreaterThan(7);
  });

  it("does not use a grid that covers half of the track", () => {
    const half: ElevationGrid = { at: (lon) => (lon > 1.51 ? Number.NaN : 1000) };
    expect(clean(level(600), false, half).source).toBe("gps");
    expect(clean(undefined, undefined, half)).toMatchObject({
      source: "none",
      altitudeM: undefined,
    });
    expect(clean(undefined, undefined, ramp).altitudeM![0]).toBeCloseTo(1000, 3);
  });

  it("gives the gain of the grid to a track without altitude", () => {
    const { measures } = cleanRecording(recordingOf(placesOf(1200, (i) => i * 3)), {
      elevation: ramp,
    });
    expect(measures.gainM).toBeCloseTo(36, 0);
    expect(measures.lossM).toBe(0);
  });

  it("leaves the hills of a virtual world alone", () => {
    const virtual = recordingOf(
      { ...placesOf(600, (i) => i * 3), altitudeM: new Float32Array(600).fill(7) },
      { isVirtual: true, isBarometric: false },
    );
    const { streams, repairs } = cleanRecording(virtual, { elevation: ramp });
    expect(streams.altitudeM![300]).toBe(7);
    expect(repairs).toEqual([]);
  });
});
