import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng } from "../../base/index.ts";
import { bestEffortsOf, bestWindow } from "./best-effort.ts";
import { cleanRecording } from "./clean.ts";
import { climbOf, gainDefaults, turningPoints } from "./gain.ts";
import { smoothProfile } from "./grade.ts";
import { costOfRunning, gradeAdjustedPace } from "./grade-adjusted-pace.ts";
import { cleanLaps, distanceAt } from "./lap.ts";
import { normalisedPower } from "./power.ts";
import { createRepairLog } from "./repair.ts";
import { splitsOf } from "./split.ts";
import { placesOf, recordingOf, START_MS, steadyRun } from "./track.fixture.ts";

const seconds = (n: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => START_MS + i * 1000);

/** Steps of random length and duration, standing included. */
const anyWay = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 30 }),
      fc.oneof(fc.constant(0), fc.double({ min: 0, max: 200, noNaN: true })),
    ),
    {
      minLength: 1,
      maxLength: 120,
    },
  )
  .map((steps) => {
    const timeMs = new Float64Array(steps.length + 1).fill(START_MS);
    const distanceM = new Float64Array(steps.length + 1);
    steps.forEach(([s, m], i) => {
      timeMs[i + 1] = timeMs[i]! + s * 1000;
      distanceM[i + 1] = distanceM[i]! + m;
    });
    return { timeMs, distanceM };
  });

describe("best efforts", () => {
  it("finds the fast kilometre in the middle, both ends between rows", () => {
    // 3 m/s, but 5 m/s from 1,000 s to 1,300 s.
    const n = 3000;
    const distanceM = new Float64Array(n);
    for (let i = 1; i < n; i++) distanceM[i] = distanceM[i - 1]! + (i > 1000 && i <= 1300 ? 5 : 3);
    const efforts = bestEffortsOf(seconds(n), distanceM, "run");
    const kilometre = efforts.find((effort) => effort.name === "1 km")!;
    expect(kilometre.elapsedS).toBeCloseTo(200, 6);
    const mile = efforts.find((effort) => effort.name === "1 mile")!;
    expect(mile.elapsedS).toBeCloseTo(300 + 109.344 / 3, 6);
  });

  it("equals the obvious search over all pairs of crossings", () => {
    fc.assert(
      fc.property(anyWay, fc.double({ min: 1, max: 3000, noNaN: true }), (way, metres) => {
        const fast = bestWindow(way.timeMs, way.distanceM, metres);
        const slow = slowBest(way.timeMs, way.distanceM, metres);
        if (fast) expect(fast.elapsedS).toBeCloseTo(slow, 6);
        else expect(slow).toBeNaN();
      }),
    );
  });

  it("takes longer for more", () => {
    fc.assert(
      fc.property(
        anyWay,
        fc.double({ min: 1, max: 2000, noNaN: true }),
        fc.double({ min: 0, max: 500, noNaN: true }),
        (way, metres, more) => {
          const less = bestWindow(way.timeMs, way.distanceM, metres);
          const longer = bestWindow(way.timeMs, way.distanceM, metres + more);
          if (less && longer) expect(longer.elapsedS).toBeGreaterThanOrEqual(less.elapsedS - 1e-9);
        },
      ),
    );
  });

  it("knows no effort longer than the way, and none for sports without", () => {
    const distanceM = Float64Array.from({ length: 200 }, (_, i) => i * 3);
    expect(bestEffortsOf(seconds(200), distanceM, "run").map((e) => e.name)).toEqual(["400 m"]);
    expect(bestEffortsOf(seconds(200), distanceM, "ski")).toEqual([]);
  });
});

/** Every window that starts or ends on a row. */
function slowBest(timeMs: Float64Array, distanceM: Float64Array, metres: number): number {
  let best = Number.NaN;
  const note = (ms: number): void => {
    if (!(best <= ms / 1000)) best = ms / 1000;
  };
  const n = timeMs.length;
  for (let i = 0; i < n; i++) {
    for (const [goal, sign] of [
      [distanceM[i]! + metres, 1],
      [distanceM[i]! - metres, -1],
    ] as const) {
      for (let j = 1; j < n; j++) {
        const [from, to] = [distanceM[j - 1]!, distanceM[j]!];
        if (goal < from || goal > to) continue;
        const part = to > from ? (goal - from) / (to - from) : sign > 0 ? 0 : 1;
        const ms = timeMs[j - 1]! + part * (timeMs[j]! - timeMs[j - 1]!);
        if (sign * (ms - timeMs[i]!) >= 0) note(sign * (ms - timeMs[i]!));
      }
    }
  }
  return best;
}

describe("splits", () => {
  it("cuts at the crossing between two rows", () => {
    const timeMs = Float64Array.of(0, 100_000, 300_000);
    const distanceM = Float64Array.of(0, 900, 2100);
    const splits = splitsOf({ timeMs, distanceM, isMoving: Uint8Array.of(0, 1, 1) });
    expect(splits.map((split) => split.elapsedS)).toEqual([
      expect.closeTo(100 + 200 / 12, 9),
      expect.closeTo(2000 / 12, 9),
      expect.closeTo(200 / 12, 9),
    ]);
    expect(splits[2]!.distanceM).toBeCloseTo(100, 9);
  });

  it("sum to the totals on any way", () => {
    fc.assert(
      fc.property(anyWay, (way) => {
        const isMoving = Uint8Array.from(way.timeMs, (_, i) =>
          i > 0 && way.distanceM[i]! > way.distanceM[i - 1]! ? 1 : 0,
        );
        const splits = splitsOf({ ...way, isMoving });
        const total = way.distanceM[way.distanceM.length - 1]!;
        if (total === 0) return;
        expect(splits.length).toBe(Math.max(1, Math.ceil(total / 1000 - 1e-12)));
        const sum = splits.reduce((s, split) => s + split.elapsedS, 0);
        expect(sum).toBeCloseTo((way.timeMs[way.timeMs.length - 1]! - START_MS) / 1000, 6);
      }),
    );
  });
});

describe("gain", () => {
  it("counts a hill in full and a wobble not at all", () => {
    const hill = Float32Array.from({ length: 201 }, (_, i) => 100 + (i <= 100 ? i : 200 - i) * 0.5);
    const climb = climbOf(hill, "barometer");
    expect(climb.gainM[200]).toBeCloseTo(50, 4);
    expect(climb.lossM[200]).toBeCloseTo(50, 4);
    const wobble = Float32Array.from({ length: 5000 }, (_, i) => 100 + Math.sin(i));
    expect(climbOf(wobble, "barometer").gainM[4999]).toBe(0);
  });

  it("is gain − loss = net between the turning points, and less with a larger threshold", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 80 }),
        (values) => {
          const altitude = Float32Array.from(values);
          const { gainM, lossM } = climbOf(altitude, "barometer");
          const turns = turningPoints(altitude, gainDefaults.thresholdM.barometer);
          const net = altitude[turns[turns.length - 1]!]! - altitude[turns[0]!]!;
          const last = altitude.length - 1;
          expect(gainM[last]! - lossM[last]!).toBeCloseTo(net, 3);
          expect(climbOf(altitude, "gps").gainM[last]!).toBeLessThanOrEqual(gainM[last]! + 1e-4);
        },
      ),
    );
  });
});

describe("grade", () => {
  it("is exact on a straight ramp, and 0 where nobody moves", () => {
    const distanceM = Float64Array.from({ length: 400 }, (_, i) => Math.min(i, 300) * 3);
    const altitudeM = Float32Array.from(distanceM, (d) => 500 + 0.08 * d);
    const { grade, altitudeM: smoothed } = smoothProfile(distanceM, altitudeM, "barometer");
    for (let i = 0; i < 295; i++) {
      expect(grade[i]).toBeCloseTo(0.08, 3);
      expect(smoothed[i]).toBeCloseTo(altitudeM[i]!, 2);
    }
    const still = smoothProfile(new Float64Array(50), new Float32Array(50).fill(7), "barometer");
    expect(still.grade.every((g) => g === 0)).toBe(true);
  });

  it("keeps a barometer's steps of 0.2 m below two per cent of grade", () => {
    const distanceM = Float64Array.from({ length: 1000 }, (_, i) => i * 3);
    const altitudeM = Float32Array.from(distanceM, (d) => Math.round((300 + 0.03 * d) * 5) / 5);
    const { grade } = smoothProfile(distanceM, altitudeM, "barometer");
    for (let i = 10; i < 990; i++) expect(Math.abs(grade[i]! - 0.03)).toBeLessThan(0.02);
  });

  it("keeps its precision after a million metres", () => {
    const distanceM = Float64Array.from({ length: 60_000 }, (_, i) => 1e6 + i * 3);
    const altitudeM = Float32Array.from(distanceM, (d) => 0.05 * (d - 1e6));
    const { grade } = smoothProfile(distanceM, altitudeM, "barometer");
    for (let i = 50; i < 59_950; i += 97) expect(grade[i]).toBeCloseTo(0.05, 2);
  });
});

describe("power", () => {
  it("of a constant effort is that effort, and of intervals more than their mean", () => {
    const moving = new Uint8Array(3600).fill(1);
    expect(normalisedPower(seconds(3600), new Float32Array(3600).fill(250), moving)).toBeCloseTo(
      250,
      6,
    );
    const intervals = Float32Array.from({ length: 3600 }, (_, i) =>
      Math.floor(i / 60) % 2 ? 300 : 100,
    );
    const np = normalisedPower(seconds(3600), intervals, moving);
    expect(np).toBeGreaterThan(230);
    expect(np).toBeLessThan(260);
    expect(normalisedPower(seconds(20), new Float32Array(20).fill(250), moving)).toBeNaN();
  });

  it("does not depend on the sampling of a constant minute", () => {
    const rng = createRng(3);
    const minutes = Array.from({ length: 60 }, () => 100 + 200 * rng());
    const at1 = Float32Array.from(
      { length: 3601 },
      (_, i) => minutes[Math.min(59, Math.floor((i - 0.5) / 60))] ?? 0,
    );
    const at5 = Float32Array.from(
      { length: 721 },
      (_, i) => minutes[Math.min(59, Math.floor((i * 5 - 0.5) / 60))] ?? 0,
    );
    const time5 = Float64Array.from({ length: 721 }, (_, i) => START_MS + i * 5000);
    const fine = normalisedPower(seconds(3601), at1, new Uint8Array(3601).fill(1));
    const coarse = normalisedPower(time5, at5, new Uint8Array(721).fill(1));
    expect(coarse / fine).toBeCloseTo(1, 2);
  });
});

describe("grade-adjusted pace", () => {
  it("follows Minetti's table", () => {
    // J/(kg·m) at grades −0.2, −0.1, 0, 0.1 and 0.2: the fitted curve of the paper's figure 1.
    expect(costOfRunning(0)).toBeCloseTo(3.6, 9);
    expect(costOfRunning(-0.2)).toBeCloseTo(1.8, 1);
    expect(costOfRunning(-0.1)).toBeCloseTo(2.15, 1);
    expect(costOfRunning(0.1)).toBeCloseTo(5.97, 1);
    expect(costOfRunning(0.2)).toBeCloseTo(9.0, 1);
  });

  it("is the pace itself on the flat, and faster uphill", () => {
    const distanceM = Float64Array.from({ length: 600 }, (_, i) => i * 3);
    const moving = new Uint8Array(600).fill(1);
    const flat = gradeAdjustedPace(seconds(600), distanceM, new Float32Array(600), moving);
    expect(flat).toBeCloseTo(1 / 3, 6);
    const up = gradeAdjustedPace(seconds(600), distanceM, new Float32Array(600).fill(0.1), moving);
    expect(up).toBeLessThan(flat);
  });
});

describe("laps", () => {
  it("are clipped, ordered, measured where the device did not, and counted where impossible", () => {
    const log = createRepairLog();
    const distanceM = Float64Array.from({ length: 101 }, (_, i) => i * 3);
    const lap = (from: number, to: number) => ({
      startMs: START_MS + from * 1000,
      endMs: START_MS + to * 1000,
    });
    const laps = cleanLaps(
      [
        lap(50, 200),
        { ...lap(0, 50), distanceM: 151 },
        lap(30, 20),
        lap(300, 400),
        { startMs: Number.NaN, endMs: 1 },
      ],
      seconds(101),
      distanceM,
      log,
    );
    expect(laps).toEqual([
      { ...lap(0, 50), distanceM: 151 },
      { ...lap(50, 100), distanceM: 150 },
    ]);
    expect(log.repairs()).toMatchObject([{ code: "lap-impossible", count: 3 }]);
    expect(distanceAt(seconds(101), distanceM, START_MS + 10_500)).toBeCloseTo(31.5, 9);
  });
});

describe("sport", () => {
  it("stays as the file says it unless nobody can move like that", () => {
    expect(cleanRecording(steadyRun(1800, 6)).sport).toBe("run");
    const wheels = cleanRecording(steadyRun(1800, 11));
    expect(wheels.sport).toBe("ride");
    expect(wheels.statedSport).toBe("running/generic");
    expect(wheels.repairs).toMatchObject([{ code: "sport-impossible", count: 1 }]);
    expect(cleanRecording(steadyRun(1800, 40, { sport: "ride" })).sport).toBe("other");
    expect(cleanRecording(steadyRun(1800, 5.5, { sport: "walk" })).sport).toBe("run");
  });

  it("is not corrected by a minute of speed or in a virtual world", () => {
    const burst = recordingOf(
      placesOf(1801, (i) => i * 3 + Math.min(60, Math.max(0, i - 900)) * 9),
    );
    expect(cleanRecording(burst).sport).toBe("run");
    expect(cleanRecording(steadyRun(1800, 11, { isVirtual: true })).sport).toBe("run");
  });
});
