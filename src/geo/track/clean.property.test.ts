// What cleaning promises for any recording, drawn at random with every fault that files have.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/index.ts";
import type { Activity } from "./activity.ts";
import { cleanRecording } from "./clean.ts";
import { brokenPromises } from "./invariant.fixture.ts";
import { type Recording, SPORTS, type Streams } from "./recording.ts";
import { copyStreams } from "./rows.ts";
import { placesOf, recordingOf, START_MS } from "./track.fixture.ts";

/** A wandering recording of up to 300 rows with some noise, stops, gaps and sensors. */
function wander(seed: number, length: number, isFull: boolean): Recording {
  const rng = createRng(seed);
  const east = new Float64Array(length);
  const north = new Float64Array(length);
  const timeMs = new Float64Array(length);
  const distanceM = new Float64Array(length);
  let heading = rng() * 6;
  let x = 0;
  let y = 0;
  let now = START_MS;
  for (let i = 0; i < length; i++) {
    heading += 0.3 * normal(rng);
    const isStanding = Math.floor(i / 40) % 4 === 3;
    const stepS = rng() < 0.02 ? 90 : 1 + Math.floor(rng() * 3);
    const speed = isStanding ? 0 : 3;
    if (i > 0) now += stepS * 1000;
    x += Math.cos(heading) * speed * stepS;
    y += Math.sin(heading) * speed * stepS;
    timeMs[i] = now;
    distanceM[i] = (i > 0 ? distanceM[i - 1]! : 0) + speed * stepS;
    east[i] = x + 2 * normal(rng);
    north[i] = y + 2 * normal(rng);
  }
  const column = (value: (i: number) => number): Float32Array =>
    Float32Array.from({ length }, (_, i) => value(i));
  const sensors: Partial<Streams> = isFull
    ? {
        distanceM,
        altitudeM: column((i) => 1000 + 30 * Math.sin(i / 20) + normal(rng)),
        heartRateBpm: column(() => 120 + 60 * rng()),
        powerW: column(() => 400 * rng()),
        cadenceRpm: column(() => (rng() < 0.2 ? 0 : 80 + 20 * rng())),
      }
    : {};
  return recordingOf(
    {
      ...placesOf(
        length,
        (i) => east[i]!,
        (i) => north[i]!,
      ),
      timeMs,
      ...sensors,
    },
    { stated: isFull ? { elapsedS: (now - START_MS) / 1000 } : {} },
  );
}

type Fault = (streams: ReturnType<typeof copyStreams>, at: number, size: number) => void;

/** One fault each, at row `at`; `size` in [0, 1). */
const FAULTS: Readonly<Record<string, Fault>> = {
  "a repeated time": (s, at) => {
    if (at > 0) s.timeMs[at] = s.timeMs[at - 1]!;
  },
  "a lost time": (s, at) => {
    s.timeMs[at] = Number.NaN;
  },
  "a reversed time": (s, at, size) => {
    s.timeMs[at]! -= size * 1e6;
  },
  "a time of 1970": (s, at) => {
    s.timeMs[at]! -= START_MS;
  },
  "a clock set from here on": (s, at, size) => {
    for (let i = at; i < s.length; i++) s.timeMs[i]! += (size - 0.5) * 1e11;
  },
  "an infinite time": (s, at) => {
    s.timeMs[at] = Number.POSITIVE_INFINITY;
  },
  "swapped halves": (s, at) => {
    const order = Uint32Array.from({ length: s.length }, (_, i) => (i + at) % s.length);
    for (const name of ["timeMs", "lon", "lat"] as const) {
      const column = s[name];
      column.set(Float64Array.from(order, (i) => column[i]!));
    }
  },
  "a lost fix": (s, at) => {
    s.lon[at] = Number.NaN;
  },
  "half a fix": (s, at) => {
    s.lat[at] = Number.NaN;
  },
  "Null Island": (s, at) => {
    s.lon[at] = 0;
    s.lat[at] = 0;
  },
  "a place off the Earth": (s, at) => {
    s.lat[at] = 400;
  },
  "a spike": (s, at, size) => {
    s.lat[at]! += size;
  },
  "a teleport from here on": (s, at, size) => {
    for (let i = at; i < s.length; i++) s.lon[i]! += size * 40;
  },
  "a frozen receiver": (s, at) => {
    for (let i = at; i < Math.min(s.length, at + 20); i++) {
      s.lon[i] = s.lon[at]!;
      s.lat[i] = s.lat[at]!;
    }
  },
  "an altitude spike": (s, at, size) => {
    if (s.altitudeM) s.altitudeM[at] = size * 20_000 - 5000;
  },
  "a distance reset": (s, at) => {
    if (s.distanceM) for (let i = at; i < s.length; i++) s.distanceM[i]! -= s.distanceM[at]!;
  },
  "a distance glitch": (s, at, size) => {
    if (s.distanceM) s.distanceM[at] = size * 1e9 - 1000;
  },
  "a heart of 255": (s, at) => {
    if (s.heartRateBpm) s.heartRateBpm[at] = 255;
  },
  "an empty row": (s, at) => {
    s.lon[at] = Number.NaN;
    s.lat[at] = Number.NaN;
    for (const column of [s.altitudeM, s.distanceM, s.heartRateBpm, s.powerW, s.cadenceRpm]) {
      if (column) column[at] = Number.NaN;
    }
  },
};

const anyRecording = fc
  .record({
    seed: fc.nat(),
    length: fc.integer({ min: 0, max: 300 }),
    isFull: fc.boolean(),
    sport: fc.constantFrom(...SPORTS),
    isVirtual: fc.boolean(),
    pauses: fc.array(
      fc.tuple(fc.integer({ min: -100, max: 700 }), fc.integer({ min: -50, max: 200 })),
      {
        maxLength: 4,
      },
    ),
    faults: fc.array(
      fc.tuple(
        fc.constantFrom(...Object.keys(FAULTS)),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
      ),
      { maxLength: 8 },
    ),
  })
  .map(({ seed, length, isFull, sport, isVirtual, pauses, faults }): Recording => {
    const recording = wander(seed, length, isFull);
    const streams = copyStreams(recording.streams);
    for (const [name, place, size] of faults) {
      if (length > 0) FAULTS[name]!(streams, Math.floor(place * length), size);
    }
    const timerPauses = pauses.map(([from, seconds]) => ({
      startMs: START_MS + from * 1000,
      endMs: START_MS + (from + seconds) * 1000,
    }));
    return { ...recording, sport, isVirtual, timerPauses, laps: timerPauses, streams };
  });

/** A recording that says what an activity says; a speed that we derived is no device's measurement. */
function recordingFrom(activity: Activity, recording: Recording): Recording {
  return {
    ...recording,
    sport: activity.sport,
    laps: activity.laps,
    timerPauses: activity.pauses.filter((pause) => pause.kind === "timer"),
    streams: {
      ...activity.streams,
      speedMps: recording.streams.speedMps && activity.streams.speedMps,
    },
  };
}

describe("cleaning", () => {
  it("keeps every promise on any recording", () => {
    fc.assert(
      fc.property(anyRecording, (recording) => {
        expect(brokenPromises(cleanRecording(recording), recording)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it("does not write into the recording", () => {
    fc.assert(
      fc.property(anyRecording, (recording) => {
        const before = copyStreams(recording.streams);
        cleanRecording(recording);
        expect(copyStreams(recording.streams)).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });

  it("changes nothing the second time, but for smoothing the altitude again", () => {
    fc.assert(
      fc.property(anyRecording, (recording) => {
        const once = cleanRecording(recording);
        const twice = cleanRecording(recordingFrom(once, recording));
        for (const name of ["timeMs", "lon", "lat", "heartRateBpm", "powerW"] as const) {
          expect(twice.streams[name], name).toEqual(once.streams[name]);
        }
        for (let i = 0; i < once.streams.length; i++) {
          expect(Math.abs(twice.streams.distanceM[i]! - once.streams.distanceM[i]!)).toBeLessThan(
            1e-3,
          );
        }
        expect(twice.sport).toBe(once.sport);
        expect(twice.measures.movingS).toBe(once.measures.movingS);
      }),
      { numRuns: 100 },
    );
  });

  it("does not depend on the date", () => {
    fc.assert(
      fc.property(anyRecording, fc.integer({ min: -1e8, max: 1e8 }), (recording, seconds) => {
        // Faults that move rows to other years meet the bounds of plausible dates; leave them out.
        const byMs = seconds * 1000;
        const inBounds = (t: number): boolean => Number.isNaN(t) || Math.abs(t - START_MS) < 1e7;
        fc.pre(recording.streams.timeMs.every(inBounds));
        const move = <T extends { startMs: number; endMs: number }>(span: T): T => ({
          ...span,
          startMs: span.startMs + byMs,
          endMs: span.endMs + byMs,
        });
        const moved = cleanRecording({
          ...recording,
          laps: recording.laps.map(move),
          timerPauses: recording.timerPauses.map(move),
          streams: { ...recording.streams, timeMs: recording.streams.timeMs.map((t) => t + byMs) },
        });
        const still = cleanRecording(recording);
        expect(moved.repairs).toEqual(still.repairs);
        expect(moved.measures.distanceM).toBeCloseTo(still.measures.distanceM, 6);
        expect(moved.measures.movingS).toBeCloseTo(still.measures.movingS, 6);
        expect(moved.pauses).toEqual(still.pauses.map(move));
      }),
      { numRuns: 150 },
    );
  });

  it("does not depend on the meridian, the antimeridian included", () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: -180, max: 180, noNaN: true }), (seed, byLon) => {
        const recording = wander(seed, 200, false);
        const lon = recording.streams.lon.map((x) => {
          const moved = x + byLon;
          return moved > 180 ? moved - 360 : moved < -180 ? moved + 360 : moved;
        });
        const moved = cleanRecording({ ...recording, streams: { ...recording.streams, lon } });
        const still = cleanRecording(recording);
        // Degrees near 180 have half the digits of those near 1.5.
        expect(moved.measures.distanceM).toBeCloseTo(still.measures.distanceM, 4);
        expect(moved.repairs).toEqual(still.repairs);
      }),
      { numRuns: 100 },
    );
  });

  it("is hardly moved by one bad fix of any size, the first one included", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1500 }),
        fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
        fc.double({ min: 0, max: 6, noNaN: true }),
        (at, direction, magnitude) => {
          const away = 10 ** magnitude;
          const east = (i: number): number => i * 3 + (i === at ? away * Math.cos(direction) : 0);
          const north = (i: number): number => (i === at ? away * Math.sin(direction) : 0);
          const { distanceM } = cleanRecording(recordingOf(placesOf(1501, east, north))).measures;
          expect(Math.abs(distanceM / 4500 - 1)).toBeLessThan(0.01);
        },
      ),
      { numRuns: 150 },
    );
  });
});
