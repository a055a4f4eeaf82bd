import { describe, expect, it } from "vitest";
import { decodeFile } from "./decode.ts";
import {
  BYTE,
  chain,
  type Definition,
  degrees,
  ENUM,
  FILE_ID_LAYOUT,
  fitBytes,
  NEW_YEAR,
  NEW_YEAR_MS,
  RECORD_LAYOUT,
  ride,
  SESSION_LAYOUT,
  UINT8,
  UINT16,
  UINT32,
} from "./fit-bytes.fixture.ts";

const decode = (bytes: Uint8Array) => decodeFile(bytes, "x.fit");

const SWIMMING = 5;
const CYCLING = 2;
const RUNNING = 1;
const TRANSITION = 3;

const EVENT_LAYOUT: Definition = {
  local: 4,
  message: 21,
  fields: [
    [253, 4, UINT32],
    [0, 1, ENUM],
    [1, 1, ENUM],
  ],
};

const LAP_LAYOUT: Definition = {
  local: 5,
  message: 19,
  fields: [
    [253, 4, UINT32],
    [2, 4, UINT32],
    [7, 4, UINT32],
    [8, 4, UINT32],
    [9, 4, UINT32],
    [24, 1, ENUM],
  ],
};

const LENGTH_LAYOUT: Definition = {
  local: 6,
  message: 101,
  fields: [
    [253, 4, UINT32],
    [2, 4, UINT32],
    [3, 4, UINT32],
    [12, 1, ENUM],
  ],
};

function record(fit: ReturnType<typeof fitBytes>, second: number, lon = 8.7, lat = 49.4): void {
  fit.data(1, NEW_YEAR + second, degrees(lat), degrees(lon), 3000, 120, second * 300);
}

describe("sessions", () => {
  it("are recordings of their own, each with the records of its time", () => {
    const fit = fitBytes().define(FILE_ID_LAYOUT).data(0, 4, 1, 3113).define(RECORD_LAYOUT);
    for (let i = 0; i < 100; i++) record(fit, i);
    fit.define(SESSION_LAYOUT);
    fit.data(2, NEW_YEAR + 99, NEW_YEAR + 60, RUNNING, 0, 40_000, 40_000, 0);
    fit.data(2, NEW_YEAR + 30, NEW_YEAR, SWIMMING, 18, 30_000, 30_000, 0);
    fit.data(2, NEW_YEAR + 60, NEW_YEAR + 30, TRANSITION, 0, 30_000, 30_000, 0);
    const { recordings } = decode(fit.file());
    expect(recordings.map((part) => [part.sport, part.streams.length])).toEqual([
      ["open-water-swim", 30],
      ["transition", 30],
      ["run", 40],
    ]);
    expect(recordings[1]!.streams.timeMs[0]).toBe(NEW_YEAR_MS + 30_000);
    expect(recordings[2]!.device).toEqual({ manufacturer: "Garmin", product: "Forerunner 945" });
  });

  it("that say the same twice are one", () => {
    const fit = ride(5);
    fit.data(2, NEW_YEAR + 5, NEW_YEAR, CYCLING, 8, 5000, 5000, 2600);
    const file = decode(fit.file());
    expect(file.recordings.length).toBe(1);
    expect(file.recordings[0]!.stated.distanceM).toBe(26);
    expect(file.repairs).toMatchObject([{ code: "repeated-session", count: 1 }]);
  });

  it("that sum up the others, or do not say when they began, are passed over", () => {
    const fit = fitBytes().define(RECORD_LAYOUT);
    for (let i = 0; i < 20; i++) record(fit, i);
    fit.define(SESSION_LAYOUT);
    fit.data(2, NEW_YEAR + 20, NEW_YEAR, 18, 0, 20_000, 20_000, 0);
    fit.data(2, NEW_YEAR + 10, NEW_YEAR, CYCLING, 0, 10_000, 10_000, 0);
    fit.data(2, NEW_YEAR + 20, NEW_YEAR + 10, RUNNING, 0, 10_000, 10_000, 0);
    fit.data(2, NEW_YEAR + 20, 0xffffffff, RUNNING, 0, 10_000, 10_000, 0);
    const file = decode(fit.file());
    expect(file.recordings.map((part) => [part.sport, part.streams.length])).toEqual([
      ["ride", 10],
      ["run", 10],
    ]);
    expect(file.repairs).toMatchObject([
      { code: "session-without-start", count: 1 },
      { code: "repeated-session", count: 1 },
    ]);
  });

  it("take records of before their start, and time-less ones with their neighbours", () => {
    const fit = fitBytes().define(RECORD_LAYOUT);
    record(fit, -5);
    record(fit, 10);
    fit.data(1, 0xffffffff, 0, 0, 3000, 120, 0);
    record(fit, 60);
    fit.data(1, 0xffffffff, 0, 0, 3000, 120, 0);
    fit.define(SESSION_LAYOUT);
    fit.data(2, NEW_YEAR + 50, NEW_YEAR, SWIMMING, 18, 50_000, 50_000, 0);
    fit.data(2, NEW_YEAR + 99, NEW_YEAR + 50, CYCLING, 0, 50_000, 50_000, 0);
    const { recordings } = decode(fit.file());
    expect(recordings.map((part) => part.streams.length)).toEqual([3, 2]);
  });

  it("without a record still give their totals", () => {
    const fit = fitBytes().define(FILE_ID_LAYOUT).data(0, 4, 1, 1036).define(SESSION_LAYOUT);
    fit.data(2, NEW_YEAR + 99, NEW_YEAR, CYCLING, 6, 99_000, 90_000, 3_000_000);
    const recording = decode(fit.file()).recordings[0]!;
    expect(recording.streams.length).toBe(0);
    expect(recording.sport).toBe("indoor-ride");
    expect(recording.stated).toMatchObject({ distanceM: 30_000, elapsedS: 99, timerS: 90 });
  });
});

describe("a recording", () => {
  it("has a pause from each stop of the timer to the next start", () => {
    const fit = ride(100).define(EVENT_LAYOUT);
    const timer = (second: number, type: number) => fit.data(4, NEW_YEAR + second, 0, type);
    timer(0, 0);
    timer(10, 4);
    timer(11, 4);
    timer(30, 0);
    timer(31, 0);
    timer(50, 1);
    timer(50, 0);
    timer(99, 4);
    fit.data(4, NEW_YEAR + 60, 9, 4);
    expect(decode(fit.file()).recordings[0]!.timerPauses).toEqual([
      { startMs: NEW_YEAR_MS + 10_000, endMs: NEW_YEAR_MS + 30_000 },
    ]);
  });

  it("has the laps that the device closed, and their totals where no session is", () => {
    const fit = fitBytes().define(RECORD_LAYOUT);
    for (let i = 0; i < 10; i++) record(fit, i);
    fit.define(LAP_LAYOUT);
    fit.data(5, NEW_YEAR + 5, NEW_YEAR, 5000, 4000, 1000, 2);
    fit.data(5, NEW_YEAR + 10, NEW_YEAR + 5, 5000, 5000, 1500, 7);
    const recording = decode(fit.file()).recordings[0]!;
    expect(recording.laps[0]).toEqual({
      startMs: NEW_YEAR_MS,
      endMs: NEW_YEAR_MS + 5000,
      distanceM: 10,
      timerS: 4,
      trigger: "distance",
    });
    expect(recording.stated).toMatchObject({ distanceM: 25, timerS: 9 });
  });

  it.each([
    ["by its sub-sport", 1, 58, 8.7],
    ["by its maker", 260, 0, 8.7],
    ["by its place", 1, 0, 166.96],
  ])("is virtual %s", (_name, manufacturer, subSport, lon) => {
    const fit = fitBytes().define(FILE_ID_LAYOUT).data(0, 4, manufacturer, 1).define(RECORD_LAYOUT);
    for (let i = 0; i < 3; i++) record(fit, i, lon, lon > 100 ? -11.65 : 49.4);
    fit.define(SESSION_LAYOUT).data(2, NEW_YEAR + 3, NEW_YEAR, CYCLING, subSport, 3000, 3000, 0);
    expect(decode(fit.file()).recordings[0]!.isVirtual).toBe(true);
    expect(decode(ride(3).file()).recordings[0]!.isVirtual).toBe(false);
  });

  it("is barometric when the device lists a barometer of its own", () => {
    const fit = fitBytes().define(FILE_ID_LAYOUT).data(0, 4, 32, 7).define(RECORD_LAYOUT);
    record(fit, 0);
    const device: Definition = {
      local: 7,
      message: 23,
      fields: [
        [0, 1, UINT8],
        [1, 1, UINT8],
        [25, 1, ENUM],
      ],
    };
    expect(decode(fit.file()).recordings[0]!.isBarometric).toBeUndefined();
    fit.define(device).data(7, 3, 4, 5);
    expect(decode(fit.file()).recordings[0]!.isBarometric).toBe(true);
  });

  it("of a planned course has no times", () => {
    const fit = fitBytes().define(FILE_ID_LAYOUT).data(0, 6, 1, 1836).define(RECORD_LAYOUT);
    for (let i = 0; i < 3; i++) record(fit, i);
    const file = decode(fit.file());
    expect(file.recordings[0]!.streams.timeMs.every(Number.isNaN)).toBe(true);
    expect(file.repairs).toMatchObject([{ code: "planned-route", count: 3 }]);
  });
});

describe("a pool swim", () => {
  const swim = (withRecords: boolean) => {
    const fit = fitBytes();
    if (withRecords) {
      fit.define({
        local: 1,
        message: 20,
        fields: [
          [253, 4, UINT32],
          [5, 4, UINT32],
        ],
      });
      fit.data(1, 0xffffffff, 2500).data(1, 0xffffffff, 5000);
    }
    fit.define(LENGTH_LAYOUT);
    fit.data(6, NEW_YEAR + 30, NEW_YEAR, 30_000, 1);
    fit.data(6, NEW_YEAR + 60, NEW_YEAR + 30, 30_000, 0);
    fit.data(6, NEW_YEAR + 90, NEW_YEAR + 60, 30_000, 1);
    fit.define({
      local: 2,
      message: 18,
      fields: [...SESSION_LAYOUT.fields, [44, 2, UINT16]],
    });
    return fit.data(2, NEW_YEAR + 90, NEW_YEAR, SWIMMING, 17, 90_000, 60_000, 5000, 2500).file();
  };

  it("is told by its lengths where it has no records", () => {
    const { streams, sport } = decode(swim(false)).recordings[0]!;
    expect(sport).toBe("swim");
    expect([...streams.timeMs]).toEqual([0, 30, 60, 90].map((s) => NEW_YEAR_MS + s * 1000));
    expect([...streams.distanceM!]).toEqual([0, 25, 25, 50]);
  });

  it("is told by its lengths where its records have no times", () => {
    const file = decode(swim(true));
    expect(file.recordings[0]!.streams.length).toBe(4);
    expect(file.repairs).toMatchObject([{ code: "pool-lengths", count: 2 }]);
  });
});

describe("heart beats that a strap kept by itself", () => {
  const WIDE: Definition = {
    local: 8,
    message: 132,
    fields: [
      [253, 4, UINT32],
      [6, 1, UINT8],
      [9, 4, UINT32],
    ],
  };
  const PACKED: Definition = {
    local: 9,
    message: 132,
    fields: [
      [6, 2, UINT8],
      [10, 3, BYTE],
    ],
  };

  it("fill the rows without a heart rate, from a file chained behind", () => {
    const swim = fitBytes().define({ local: 1, message: 20, fields: [[253, 4, UINT32]] });
    for (let i = 0; i < 8; i++) swim.data(1, NEW_YEAR + i);
    const ticks = (second: number) => 4000 + second * 1024;
    const low = [ticks(2) & 0xfff, ticks(3) & 0xfff];
    const beats = fitBytes().define(WIDE).data(8, NEW_YEAR, 80, ticks(0)).define(PACKED);
    beats.data(
      9,
      [82, 83],
      [low[0]! & 0xff, (low[0]! >> 8) | ((low[1]! & 0xf) << 4), low[1]! >> 4],
    );
    const file = decode(chain(swim.file(), beats.file()));
    expect([...file.recordings[0]!.streams.heartRateBpm!]).toEqual([
      80, 80, 82, 83, 83, 83, 83, 83,
    ]);
    expect(file.repairs).toMatchObject([{ code: "no-recording-in-part", count: 1 }]);
  });
});
