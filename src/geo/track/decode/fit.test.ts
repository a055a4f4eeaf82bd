import { describe, expect, it } from "vitest";
import { WaymarkError } from "../../../base/index.ts";
import { createRng, integer } from "../../../base/rng.ts";
import type { DecodedFile } from "../recording.ts";
import { decodeFile } from "./decode.ts";
import {
  BYTE,
  chain,
  type Definition,
  degrees,
  ENUM,
  FILE_ID_LAYOUT,
  FLOAT32,
  fitBytes,
  NEW_YEAR,
  NEW_YEAR_MS,
  RECORD_LAYOUT,
  ride,
  SESSION_LAYOUT,
  SINT8,
  SINT32,
  STRING,
  UINT8,
  UINT16,
  UINT32,
} from "./fit-bytes.fixture.ts";

const decode = (bytes: Uint8Array): DecodedFile => decodeFile(bytes, "x.fit");
const only = (bytes: Uint8Array) => {
  const { recordings } = decode(bytes);
  expect(recordings.length).toBe(1);
  return recordings[0]!;
};
const codes = (file: DecodedFile): string[] => file.repairs.map((repair) => repair.code);
const rowCount = (bytes: Uint8Array): number => {
  try {
    return decode(bytes).recordings.reduce((sum, part) => sum + part.streams.length, 0);
  } catch (error) {
    if (!(error instanceof WaymarkError)) throw error;
    return 0;
  }
};

/** A record of one field beside the timestamp. */
const recordOf = (number: number, size: number, baseType: number): Definition => ({
  local: 1,
  message: 20,
  fields: [
    [253, 4, UINT32],
    [number, size, baseType],
  ],
});

describe("the FIT protocol", () => {
  it("gives every field in its unit", () => {
    const { streams, device, sport, statedSport, stated } = only(ride(3).file());
    expect([...streams.timeMs]).toEqual([0, 1000, 2000].map((ms) => NEW_YEAR_MS + ms));
    expect(streams.lat[0]).toBeCloseTo(49.4, 6);
    expect(streams.lon[2]).toBeCloseTo(8.7, 6);
    expect([...streams.altitudeM!]).toEqual([100, 100.2, 100.4].map(Math.fround));
    expect([...streams.heartRateBpm!]).toEqual([120, 121, 122]);
    expect([...streams.distanceM!]).toEqual([0, 5, 10]);
    expect(streams.powerW).toBeUndefined();
    expect([sport, statedSport]).toEqual(["mountain-bike", "cycling/mountain"]);
    expect(device).toEqual({ manufacturer: "Garmin", product: "Edge 1000" });
    expect(stated).toMatchObject({ distanceM: 15, elapsedS: 3, timerS: 3 });
  });

  it("reads headers of 12 and of 14 bytes alike", () => {
    expect(decode(ride(4).file({ headerSize: 12 }))).toEqual(decode(ride(4).file()));
  });

  it("reads big-endian messages like little-endian ones", () => {
    const layout = { ...RECORD_LAYOUT, isBigEndian: true };
    const values = [NEW_YEAR, degrees(-33.5), degrees(151.2), 3000, 99, 12345] as const;
    const big = only(
      fitBytes()
        .define(layout)
        .data(1, ...values)
        .file(),
    ).streams;
    const little = only(
      fitBytes()
        .define(RECORD_LAYOUT)
        .data(1, ...values)
        .file(),
    ).streams;
    expect(big).toEqual(little);
    expect(big.lat[0]).toBeCloseTo(-33.5, 6);
  });

  it("knows the invalid value of each base type as unknown", () => {
    const layout: Definition = {
      local: 1,
      message: 20,
      fields: [
        [253, 4, UINT32],
        [0, 4, SINT32],
        [1, 4, SINT32],
        [2, 2, UINT16],
        [3, 1, UINT8],
        [13, 1, SINT8],
        [5, 4, UINT32],
      ],
    };
    const { streams } = only(
      fitBytes()
        .define(layout)
        .data(1, 0xffffffff, 0x7fffffff, 0x7fffffff, 0xffff, 0xff, 0x7f, 0xffffffff)
        .data(1, NEW_YEAR, 0, 0, 2500, 0, -3, 0)
        .file(),
    );
    expect(Number.isNaN(streams.timeMs[0])).toBe(true);
    expect(Number.isNaN(streams.lat[0]) && Number.isNaN(streams.lon[0])).toBe(true);
    for (const channel of ["altitudeM", "heartRateBpm", "temperatureC", "distanceM"] as const) {
      expect(Number.isNaN(streams[channel]![0]), channel).toBe(true);
    }
    expect([streams.lat[1], streams.altitudeM![1], streams.heartRateBpm![1]]).toEqual([0, 0, 0]);
    expect(streams.temperatureC![1]).toBe(-3);
  });

  it("rolls compressed timestamps over every 32 seconds", () => {
    const fit = fitBytes()
      .define({
        local: 0,
        message: 20,
        fields: [
          [253, 4, UINT32],
          [3, 1, UINT8],
        ],
      })
      .define({ local: 2, message: 20, fields: [[3, 1, UINT8]] });
    fit.data(0, NEW_YEAR, 60);
    const seconds = [1, 5, 31, 32, 40, 63, 64, 95, 126];
    for (const second of seconds) fit.compressed(2, (NEW_YEAR + second) % 32, 60);
    const { streams } = only(fit.file());
    expect([...streams.timeMs].map((ms) => (ms - NEW_YEAR_MS) / 1000)).toEqual([0, ...seconds]);
  });

  it.each(Array.from({ length: 32 }, (_, i) => i))(
    "counts on from second %i of the 32",
    (phase) => {
      const start = NEW_YEAR - (NEW_YEAR % 32) + phase;
      const fit = fitBytes()
        .define({ local: 0, message: 20, fields: [[253, 4, UINT32]] })
        .define({ local: 3, message: 20, fields: [[3, 1, UINT8]] })
        .data(0, start);
      for (let i = 1; i <= 70; i++) fit.compressed(3, (start + i) % 32, 60);
      const { timeMs } = only(fit.file()).streams;
      expect(timeMs.length).toBe(71);
      for (let i = 1; i < timeMs.length; i++) expect(timeMs[i]! - timeMs[i - 1]!).toBe(1000);
    },
  );

  it("adds up compressed speed and distance over the 256 m of its counter", () => {
    const fit = fitBytes().define(recordOf(8, 3, BYTE));
    const stepM = 100;
    for (let i = 0; i < 10; i++) {
      const speed = 350;
      const ticks = (i * stepM * 16) & 0xfff;
      fit.data(1, NEW_YEAR + i, [speed & 0xff, (speed >> 8) | ((ticks & 0xf) << 4), ticks >> 4]);
    }
    fit.data(1, NEW_YEAR + 10, [0xff, 0xff, 0xff]);
    const { streams } = only(fit.file());
    expect([...streams.distanceM!].slice(0, 10)).toEqual(
      Array.from({ length: 10 }, (_, i) => i * stepM),
    );
    expect(streams.speedMps![3]).toBe(3.5);
    expect(Number.isNaN(streams.distanceM![10])).toBe(true);
  });

  it("prefers enhanced altitude and speed, and falls back where they are invalid", () => {
    const layout: Definition = {
      local: 1,
      message: 20,
      fields: [
        [78, 4, UINT32],
        [2, 2, UINT16],
        [73, 4, UINT32],
        [6, 2, UINT16],
      ],
    };
    const { streams } = only(
      fitBytes()
        .define(layout)
        .data(1, 3005, 3000, 4000, 5000)
        .data(1, 0xffffffff, 3000, 0xffffffff, 5000)
        .file(),
    );
    expect([...streams.altitudeM!]).toEqual([101, 100]);
    expect([...streams.speedMps!]).toEqual([4, 5]);
  });

  it("adds the fraction to the cadence", () => {
    const layout: Definition = {
      local: 1,
      message: 20,
      fields: [
        [53, 1, UINT8],
        [4, 1, UINT8],
      ],
    };
    const { streams } = only(
      fitBytes().define(layout).data(1, 64, 80).data(1, 0xff, 81).data(1, 64, 0xff).file(),
    );
    expect([...streams.cadenceRpm!]).toEqual([80.5, 81, Number.NaN]);
  });

  it("reads the first element of an array and nothing of a field that is too small", () => {
    const array = fitBytes()
      .define(recordOf(3, 3, UINT8))
      .data(1, NEW_YEAR, [90, 91, 92]);
    expect(only(array.file()).streams.heartRateBpm![0]).toBe(90);
    const small = fitBytes()
      .define(recordOf(5, 2, UINT32))
      .data(1, NEW_YEAR, 7);
    expect(only(small.file()).streams.distanceM).toBeUndefined();
  });

  it("takes an infinite float for unknown", () => {
    const fit = fitBytes().define(recordOf(6, 4, FLOAT32));
    const { streams } = only(fit.data(1, NEW_YEAR, Infinity).data(1, NEW_YEAR, 2000).file());
    expect([...streams.speedMps!]).toEqual([Number.NaN, 2]);
  });

  it("takes power from a developer field that names the native one", () => {
    const fit = fitBytes()
      .define({
        local: 3,
        message: 206,
        fields: [
          [0, 1, UINT8],
          [1, 1, UINT8],
          [2, 1, UINT8],
          [3, 10, STRING],
          [14, 2, UINT16],
          [15, 1, UINT8],
        ],
      })
      .data(3, 0, 9, UINT16, "RP_Power", 20, 7)
      .define({
        ...recordOf(3, 1, UINT8),
        developer: [
          [9, 2, 0],
          [8, 3, 0],
        ],
      });
    const { streams } = only(fit.data(1, NEW_YEAR, 99, 250, [1, 2, 3]).file());
    expect(streams.powerW![0]).toBe(250);
    expect(streams.heartRateBpm![0]).toBe(99);
  });

  it("reads a name whose string was never terminated", () => {
    const fit = ride(2)
      .define({
        local: 3,
        message: 12,
        fields: [
          [0, 1, ENUM],
          [3, 6, STRING],
        ],
      })
      .data(3, 2, "Strade");
    expect(only(fit.file()).name).toBe("Strade");
  });

  it("passes over definitions without fields and data messages without bytes", () => {
    const fit = ride(3).define({ local: 5, message: 20, fields: [] });
    fit.data(5).data(5);
    const file = decode(fit.define({ local: 5, message: 999, fields: [] }).data(5).file());
    expect(file.recordings[0]!.streams.length).toBe(3);
    expect(file.repairs).toMatchObject([{ code: "empty-record", count: 2 }]);
  });

  it("survives fields of the largest sizes", () => {
    const fields = Array.from({ length: 255 }, () => [200, 255, BYTE] as const);
    const fit = ride(2).define({
      local: 6,
      message: 20,
      fields: [[253, 4, UINT32], ...fields.slice(1)],
    });
    fit.data(6, NEW_YEAR + 2, ...fields.slice(1).map(() => 0));
    fit.define(RECORD_LAYOUT).data(1, NEW_YEAR + 3, 0, 0, 0, 0, 0);
    expect(only(fit.file()).streams.length).toBe(4);
  });
});

describe("damaged FIT files", () => {
  it("reads every file of a chain and counts a bad checksum", () => {
    const file = decode(chain(ride(3).file(), ride(4, NEW_YEAR + 90_000).file({ crc: 1 })));
    expect(file.recordings.map((part) => part.streams.length)).toEqual([3, 4]);
    expect(codes(file)).toEqual(["bad-crc"]);
  });

  it("passes over bytes between and behind the files of a chain", () => {
    const noise = Uint8Array.from({ length: 37 }, (_, i) => i * 7);
    const file = decode(chain(ride(3).file(), noise, ride(2).file(), noise));
    expect(file.recordings.map((part) => part.streams.length)).toEqual([3, 2]);
    expect(file.repairs).toMatchObject([{ code: "trailing-bytes", count: 74, unit: "byte" }]);
  });

  it("finds the second file when the first states too many bytes", () => {
    const first = ride(3).file({ dataSize: 100_000 });
    const file = decode(chain(first, ride(5).file()));
    expect(file.recordings.map((part) => part.streams.length)).toEqual([3, 5]);
    expect(codes(file)).toContain("truncated-file");
  });

  it.each([0, 60])("reads to the end when the header states %i bytes of data", (dataSize) => {
    const file = decode(ride(20).file({ dataSize }));
    expect(file.recordings[0]!.streams.length).toBe(20);
    expect(codes(file)).toContain("wrong-data-size");
  });

  it("goes on behind bytes that make no message", () => {
    const fit = ride(5);
    fit.raw(0x3f, 0x3f, 0x3f, 0x1f, 0x2f);
    for (let i = 0; i < 5; i++) fit.data(1, NEW_YEAR + 5 + i, 0, 0, 2500, 100, 0);
    const file = decode(fit.file());
    expect(file.recordings[0]!.streams.length).toBe(10);
    expect(file.repairs).toMatchObject([{ code: "unreadable-bytes", count: 5, unit: "byte" }]);
  });

  it("passes over data messages whose definition was lost", () => {
    const whole = ride(5).define({ ...RECORD_LAYOUT, local: 7 });
    const damagedAt = 14 + whole.messageBytes - (6 + RECORD_LAYOUT.fields.length * 3);
    for (let i = 5; i < 10; i++) whole.data(7, NEW_YEAR + i, 0, 0, 2500, 100, 0);
    whole.define(RECORD_LAYOUT);
    for (let i = 10; i < 15; i++) whole.data(1, NEW_YEAR + i, 0, 0, 2500, 100, 0);
    const bytes = whole.file();
    bytes[damagedAt] = 0x3f;
    const file = decode(bytes);
    expect(file.recordings[0]!.streams.length).toBeGreaterThanOrEqual(10);
    expect(codes(file)).toContain("unreadable-bytes");
  });

  it("loses no record of any prefix, at whatever byte the file is cut", () => {
    const whole = ride(12).file();
    let last = 0;
    for (let length = 0; length <= whole.length; length++) {
      const rows = rowCount(whole.slice(0, length));
      expect(rows, `cut at byte ${length}`).toBeGreaterThanOrEqual(last);
      last = rows;
    }
    expect(last).toBe(12);
  });

  it("says that a cut file is cut", () => {
    const whole = ride(12).file();
    const file = decode(whole.slice(0, whole.length - 60));
    expect(file.repairs).toMatchObject([{ code: "truncated-file", count: 1, unit: "file" }]);
    expect(file.repairs[0]!.message).toContain("lacks its last 60 bytes");
  });

  it("never throws anything but a WaymarkError, whichever bytes are wrong", () => {
    const rng = createRng(20210101);
    const whole = chain(ride(30).file(), ride(10).file());
    for (let trial = 0; trial < 3000; trial++) {
      const bytes = whole.slice();
      for (let n = integer(rng, 12); n >= 0; n--)
        bytes[integer(rng, bytes.length)] = integer(rng, 256);
      rowCount(bytes);
    }
  });

  it("keeps nearly all records when one byte in the middle is wrong", () => {
    const whole = ride(200).file();
    for (let at = 200; at < whole.length - 200; at += 97) {
      const bytes = whole.slice();
      bytes[at] = bytes[at]! ^ 0xff;
      expect(rowCount(bytes), `byte ${at}`).toBeGreaterThanOrEqual(195);
    }
  });

  it("says that a file without a record is cut, when it is", () => {
    const cut = ride(12).file().slice(0, 60);
    expect(() => decode(cut)).toThrow(/holds no record.*; it is cut or damaged/);
  });

  it("refuses a file of settings by its kind", () => {
    const settings = fitBytes().define(FILE_ID_LAYOUT).data(0, 2, 1, 1836).file();
    expect(() => decode(settings)).toThrow(/settings/);
    expect(() => decode(settings)).toThrow(expect.objectContaining({ code: "TRACK_NO_RECORD" }));
  });

  it("keeps no plan for each of 100,000 definitions, repeated or alternating", () => {
    const repeated = fitBytes();
    const alternating = fitBytes();
    for (let i = 0; i < 50_000; i++) {
      repeated.define(recordOf(3, 1, UINT8)).data(1, NEW_YEAR + i, 99);
      alternating.define(recordOf(3 + (i % 2), 1, UINT8)).data(1, NEW_YEAR + i, 99);
    }
    expect(only(repeated.file()).streams.length).toBe(50_000);
    const { streams } = only(alternating.file());
    expect([streams.heartRateBpm![0], streams.cadenceRpm![0]]).toEqual([99, Number.NaN]);
    expect([streams.heartRateBpm![1], streams.cadenceRpm![1]]).toEqual([Number.NaN, 99]);
  });

  it("refuses a chain of more than 10,000 files", () => {
    const one = ride(1).file();
    const bytes = new Uint8Array(one.length * 10_001);
    for (let i = 0; i <= 10_000; i++) bytes.set(one, i * one.length);
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: "TRACK_TOO_LARGE" }));
    expect(decode(bytes.subarray(0, one.length * 50)).recordings.length).toBe(50);
  });

  it("reads 20,000 sessions, laps and definitions without delay", () => {
    const fit = ride(1);
    for (let i = 0; i < 20_000; i++) {
      fit.define(SESSION_LAYOUT).data(2, NEW_YEAR + i, NEW_YEAR + i, 2, 0, 1000, 1000, 100);
    }
    const bytes = fit.file();
    const began = performance.now();
    const file = decode(bytes);
    expect(file.recordings.length).toBeLessThanOrEqual(1000);
    expect(codes(file)).toContain("surplus-messages");
    expect(performance.now() - began).toBeLessThan(10_000);
  }, 30_000);
});
