import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CleanStreams } from "./activity.ts";
import { cleanRecording } from "./clean.ts";
import { decodeStreams, encodeStreams, STREAM_COLUMNS } from "./encode.ts";
import { steadyRun } from "./track.fixture.ts";

const names = Object.keys(STREAM_COLUMNS) as (keyof typeof STREAM_COLUMNS)[];

/** Streams with any values in any column, unknown ones included. */
const anyStreams = fc.nat(40).chain((length) => {
  const values = (min: number, max: number, hasUnknown = true) =>
    fc.array(
      hasUnknown
        ? fc.oneof(
            { weight: 4, arbitrary: fc.double({ min, max, noNaN: true }) },
            fc.constant(Number.NaN),
          )
        : fc.double({ min, max, noNaN: true }),
      { minLength: length, maxLength: length },
    );
  const float32 = (min: number, max: number) =>
    fc.option(
      values(min, max).map((v) => Float32Array.from(v)),
      { nil: undefined },
    );
  return fc.record({
    length: fc.constant(length),
    timeMs: values(0, 4e12).map((v) => Float64Array.from(v, Math.round)),
    lon: values(-180, 180).map((v) => Float64Array.from(v)),
    lat: values(-90, 90).map((v) => Float64Array.from(v)),
    distanceM: values(0, 1e7, false).map((v) => Float64Array.from(v)),
    speedMps: values(0, 100).map((v) => Float32Array.from(v)),
    isMoving: values(0, 1, false).map((v) => Uint8Array.from(v, Math.round)),
    altitudeM: float32(-500, 9000),
    grade: float32(-1, 1),
    heartRateBpm: float32(20, 250),
    cadenceRpm: float32(0, 254),
    powerW: float32(0, 3000),
    temperatureC: float32(-60, 70),
    accuracyM: float32(0, 1000),
  });
});

describe("encodeStreams", () => {
  it("keeps every value to half a step of its scale, and unknown unknown", () => {
    fc.assert(
      fc.property(anyStreams, (streams) => {
        const back = decodeStreams(encodeStreams(streams));
        expect(back.length).toBe(streams.length);
        for (const name of names) {
          const before = streams[name];
          const after = back[name];
          if (before === undefined) {
            expect(after).toBeUndefined();
            continue;
          }
          const { scale } = STREAM_COLUMNS[name];
          for (let i = 0; i < before.length; i++) {
            if (Number.isNaN(before[i]!)) expect(after![i]).toBeNaN();
            // The last term is the rounding of float32 and of large doubles.
            else {
              const slack =
                scale / 2 +
                Math.abs(before[i]!) * 1.3e-7 * (before instanceof Float32Array ? 1 : 1e-6);
              expect(Math.abs(after![i]! - before[i]!)).toBeLessThanOrEqual(slack);
            }
          }
        }
      }),
    );
  });

  it("is stable: what was decoded encodes to the same bytes", () => {
    fc.assert(
      fc.property(anyStreams, (streams) => {
        const once = encodeStreams(streams);
        expect(encodeStreams(decodeStreams(once))).toEqual(once);
      }),
    );
  });

  it("finds any changed, missing or added byte", () => {
    const bytes = encodeStreams(cleanRecording(steadyRun(60)).streams);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = bytes.slice();
        changed[at] = changed[at]! ^ by;
        expect(() => decodeStreams(changed)).toThrow(
          expect.objectContaining({ code: "STORE_DAMAGED" }),
        );
      }),
    );
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(() => decodeStreams(bytes.subarray(0, cut))).toThrow(/stored streams|checksum/);
    }
    expect(() => decodeStreams(Uint8Array.of(...bytes, 0))).toThrow(/checksum/);
  });

  it("needs a few bytes a row", () => {
    const streams: CleanStreams = cleanRecording(steadyRun(3600)).streams;
    expect(encodeStreams(streams).length / streams.length).toBeLessThan(9);
  });
});
