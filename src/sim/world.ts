/**
 * A year of a region's recordings, one at a time: who goes out, which way, how the device saw it, which
 * file came of it, and what really happened. A few files are spoilt on purpose, as in real exports.
 * Deterministic per seed, athlete and day; about 4 ms a recording.
 */
import { gzipSync } from "fflate";
import type { Rng } from "../base/rng.ts";
import { type Athlete, createAthletes, type FileKind, type SimSport } from "./athlete/athlete.ts";
import { DAY_MS, type Outing, outingOf } from "./athlete/calendar.ts";
import { RoutePlanner } from "./athlete/route.ts";
import { move, pedalIndoors } from "./device/movement.ts";
import { layPath, type Path } from "./device/path.ts";
import { type Recorded, record, type Truth, truthOf } from "./device/sensor.ts";
import { writeFit } from "./format/fit.ts";
import { writeGpx } from "./format/gpx.ts";
import type { ActivityInfo } from "./format/summary.ts";
import { writeTcx } from "./format/tcx.ts";
import { createPlane, type Plane } from "./plane.ts";
import type { Region } from "./region/region.ts";
import { PROCESS, streamOf } from "./stream.ts";
import { drawTown } from "./town/town.ts";

export interface WorldOptions {
  readonly seed: number;
  /** How many people, 36 by default. The first ones are the same for every number. */
  readonly athletes?: number;
  /** How many days back from `until`, 365 by default. */
  readonly days?: number;
  /** Epoch milliseconds of the last day. */
  readonly until: number;
  /** Where they live; default the drawn town of the same seed. */
  readonly region?: Region;
}

/** What was done to a file on purpose. */
export type Quirk =
  | "gzip"
  | "duplicate"
  | "truncated"
  | "wrong-extension"
  | "bad-checksum"
  | "chained";

export interface SimulatedRecording {
  /** Unique in the world, with its folder-free extension: 2025-06-14-athlete-03-run.fit. */
  readonly fileName: string;
  readonly bytes: Uint8Array;
  readonly athlete: { readonly id: string; readonly name: string };
  readonly title: string;
  readonly sport: SimSport;
  readonly isVirtual: boolean;
  readonly startMs: number;
  readonly quirks: readonly Quirk[];
  /** What the device recorded, before any quirk. */
  readonly recorded: Recorded;
  /** Undefined indoors and in virtual worlds. */
  readonly truth: Truth | undefined;
}

/** The world's people, in the order of their ids. */
export function worldAthletes(options: WorldOptions): readonly Athlete[] {
  const region = options.region ?? drawTown(options.seed);
  return createAthletes(options.seed, region, options.athletes ?? 36);
}

/** When each of the world's people went out, epoch milliseconds, oldest first; no route is planned. */
export function worldOutings(
  options: WorldOptions,
): readonly { readonly athlete: Athlete; readonly startsMs: readonly number[] }[] {
  const { seed, until, days = 365 } = options;
  const region = options.region ?? drawTown(seed);
  const { summits, meeting, clockMs } = region;
  const calendar = { seed, until, days, summits, meeting };
  return worldAthletes({ ...options, region }).map((athlete) => {
    const startsMs: number[] = [];
    for (let day = days - 1; day >= 0; day--) {
      const outing = outingOf(athlete, day, calendar);
      if (outing && outing.startMs - clockMs < until) startsMs.push(outing.startMs - clockMs);
    }
    return { athlete, startsMs };
  });
}

/** Oldest day first, athletes in order within a day; nothing is computed before it is asked for. */
export function* recordWorld(
  options: WorldOptions,
): Generator<SimulatedRecording, void, undefined> {
  const { seed, until } = options;
  const region = options.region ?? drawTown(seed);
  const days = options.days ?? 365;
  const athletes = createAthletes(seed, region, options.athletes ?? 36);
  const studio = new Studio(seed, region);
  const { summits, meeting, clockMs } = region;
  const calendar = { seed, until, days, summits, meeting };
  for (let day = days - 1; day >= 0; day--) {
    for (const athlete of athletes) {
      const outing = outingOf(athlete, day, calendar);
      if (outing && outing.startMs - clockMs < until) yield* studio.record(outing);
    }
  }
}

/** Turns outings into files; routes that are repeated are planned once. */
class Studio {
  readonly #seed: number;
  readonly #region: Region;
  readonly #planner: RoutePlanner;
  readonly #paths = new Map<string, Path | undefined>();

  constructor(seed: number, region: Region) {
    this.#seed = seed;
    this.#region = region;
    this.#planner = new RoutePlanner(region.graph);
  }

  *record(outing: Outing): Generator<SimulatedRecording, void, undefined> {
    const { athlete, sport } = outing;
    const keys = [athlete.index, Math.floor(outing.startMs / DAY_MS)] as const;
    const sensor = streamOf(this.#seed, PROCESS.SENSOR, ...keys);
    const movementRng = streamOf(this.#seed, PROCESS.MOVEMENT, ...keys);
    const { plane, hasHeights, clockMs } = this.#region;
    // People live by their clocks, files by UTC.
    const startMs = outing.startMs - clockMs;
    let recorded: Recorded;
    let truth: Truth | undefined;
    let path: Path | undefined;
    if (sport === "indoor-ride") {
      path = outing.isVirtual ? virtualPath(movementRng) : undefined;
      const movement = path
        ? move(path, "ride", athlete, outing.form, movementRng)
        : pedalIndoors(outing.minutes, athlete, movementRng);
      recorded = record(
        movement,
        path,
        path ? VIRTUAL_PLANE : plane,
        athlete,
        sport,
        startMs,
        sensor,
      );
    } else {
      path = this.#pathOf(outing);
      if (!path) return;
      const movement = move(path, sport, athlete, outing.form, movementRng);
      recorded = record(movement, path, plane, athlete, sport, startMs, sensor);
      if (!hasHeights) recorded.altitudeM.fill(Number.NaN);
      truth = truthOf(recorded, movement, path, plane);
    }
    if (recorded.length < 30) return;
    const rng = streamOf(this.#seed, PROCESS.FORMAT, ...keys);
    const title = titleOf(outing, path, rng);
    const info: ActivityInfo = {
      title,
      sport,
      isVirtual: outing.isVirtual,
      device: athlete.device,
      serial: 7_000_000 + athlete.index * 131,
    };
    const date = new Date(startMs).toISOString().slice(0, 16).replace("T", "-").replace(":", "");
    const stem = `${date}-${athlete.id}-${sport}`;
    const base = {
      athlete: { id: athlete.id, name: athlete.name },
      title,
      sport,
      isVirtual: outing.isVirtual,
      startMs: recorded.timeMs[0]!,
      recorded,
      truth,
    };
    // A trainer without positions has nothing that GPX could hold.
    const format: FileKind =
      !recorded.hasPosition && athlete.device.format === "gpx" ? "tcx" : athlete.device.format;
    const bytes = encode(recorded, info, format);
    const quirk = rng();
    if (format === "fit" && quirk < 0.006) {
      const cut = Math.floor(bytes.length * (0.55 + 0.4 * rng()));
      yield { ...base, fileName: `${stem}.fit`, bytes: bytes.slice(0, cut), quirks: ["truncated"] };
    } else if (format === "fit" && quirk < 0.011) {
      const wrong = bytes.slice();
      wrong[wrong.length - 1]! ^= 0x5a;
      yield { ...base, fileName: `${stem}.fit`, bytes: wrong, quirks: ["bad-checksum"] };
    } else if (format === "fit" && quirk < 0.016) {
      // The head unit was switched off on the way: two files, one after the other, in one.
      const half = recorded.length >> 1;
      const parts = [slice(recorded, 0, half), slice(recorded, half, recorded.length)];
      const [one, two] = parts.map((part) => encode(part, info, format)) as [
        Uint8Array,
        Uint8Array,
      ];
      const both = new Uint8Array(one.length + two.length);
      both.set(one, 0);
      both.set(two, one.length);
      yield { ...base, fileName: `${stem}.fit`, bytes: both, quirks: ["chained"] };
    } else if (quirk < 0.019) {
      yield {
        ...base,
        fileName: `${stem}.${format === "gpx" ? "tcx" : "gpx"}`,
        bytes,
        quirks: ["wrong-extension"],
      };
    } else if (athlete.device.isGzipped) {
      yield {
        ...base,
        fileName: `${stem}.${format}.gz`,
        bytes: gzipSync(bytes, { level: 1, mtime: 0 }),
        quirks: ["gzip"],
      };
    } else {
      yield { ...base, fileName: `${stem}.${format}`, bytes, quirks: [] };
    }
    if (recorded.hasPosition && rng() < 0.006) {
      // The same activity again, as another app exported it.
      const other: FileKind = format === "gpx" ? "tcx" : "gpx";
      yield {
        ...base,
        fileName: `${stem}-export.${other}`,
        bytes: encode(recorded, info, other),
        quirks: ["duplicate"],
      };
    }
  }

  #pathOf(outing: Outing): Path | undefined {
    const { wish, routeSeed } = outing;
    const key = `${routeSeed},${wish.taste},${wish.sport},${wish.shape},${Math.round(wish.lengthM)},${wish.wildness},${wish.start}`;
    if (this.#paths.has(key)) return this.#paths.get(key);
    const arcs = this.#planner.plan(wish, streamOf(this.#seed, PROCESS.ROUTE, routeSeed));
    const path = arcs.length > 0 ? layPath(this.#region.graph, arcs) : undefined;
    const usable = path && path.lengthM > 800 ? path : undefined;
    this.#paths.set(key, usable);
    return usable;
  }
}

function encode(recorded: Recorded, info: ActivityInfo, format: FileKind): Uint8Array {
  switch (format) {
    case "fit":
      return writeFit(recorded, info, info.device.hasCompressedTime);
    case "gpx":
      return writeGpx(recorded, info);
    case "tcx":
      return writeTcx(recorded, info);
  }
}

/** Rows [from, to) as a recording of their own. */
function slice(recorded: Recorded, from: number, to: number): Recorded {
  return {
    length: to - from,
    timeMs: recorded.timeMs.subarray(from, to),
    lon: recorded.lon.subarray(from, to),
    lat: recorded.lat.subarray(from, to),
    altitudeM: recorded.altitudeM.subarray(from, to),
    distanceM: recorded.distanceM.subarray(from, to).map((d) => d - recorded.distanceM[from]!),
    speedMps: recorded.speedMps.subarray(from, to),
    heartRateBpm: recorded.heartRateBpm?.subarray(from, to),
    cadenceRpm: recorded.cadenceRpm?.subarray(from, to),
    powerW: recorded.powerW?.subarray(from, to),
    temperatureC: recorded.temperatureC?.subarray(from, to),
    pauseAfter: recorded.pauseAfter.filter((r) => r >= from && r + 1 < to).map((r) => r - from),
    second: recorded.second.subarray(from, to),
    hasPosition: recorded.hasPosition,
  };
}

/** Watopia's place in the Solomon Islands, where Zwift's riders are. */
const VIRTUAL_PLANE: Plane = createPlane(166.955, -11.645);

/** A made-up circuit on the virtual island. */
function virtualPath(rng: Rng): Path {
  const turn = rng() * 2 * Math.PI;
  const laps = 2 + Math.floor(rng() * 3);
  const count = Math.floor((laps * 5200) / 5);
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  const z = new Float32Array(count);
  const grade = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const a = (i / count) * laps * 2 * Math.PI + turn;
    const r = 760 * (1 + 0.22 * Math.sin(3 * a) + 0.1 * Math.sin(5 * a));
    x[i] = Math.cos(a) * r;
    y[i] = Math.sin(a) * r;
    z[i] = 30 + 22 * Math.sin(2 * a);
    if (i > 0) grade[i] = (z[i]! - z[i - 1]!) / 5;
  }
  return {
    arcs: new Int32Array(0),
    lengthM: count * 5,
    count,
    x,
    y,
    z,
    grade,
    at: new Uint32Array(count),
    flag: new Uint8Array(count),
    kind: new Uint8Array(count),
    signals: [],
  };
}

/** Titles by sport: the plain word first, then some for the flat and some for the hills. */
const WORDS: Readonly<Record<SimSport, { flat: readonly string[]; hilly: readonly string[] }>> = {
  run: {
    flat: ["Run", "Easy run", "Tempo run", "Steady kilometres"],
    hilly: ["Run", "Hilly run", "Up and down"],
  },
  "trail-run": {
    flat: ["Trail run", "Soft ground", "Paths and tracks"],
    hilly: ["Trail run", "Up and over", "Hill run"],
  },
  walk: { flat: ["Walk", "Round the block", "Walk with the dog"], hilly: ["Walk", "Walk uphill"] },
  hike: {
    flat: ["Hike", "Walk in the valley", "Half a day out"],
    hilly: ["Hike", "Over the hills", "Day in the hills"],
  },
  ride: {
    flat: ["Ride", "Valley loop", "Easy spin", "Endurance ride"],
    hilly: ["Ride", "Climbs", "Hilly loop"],
  },
  "gravel-ride": {
    flat: ["Gravel ride", "Tracks and lanes"],
    hilly: ["Gravel ride", "Forest roads", "Gravel climbs"],
  },
  "mountain-bike": {
    flat: ["Mountain bike ride", "Flat but rooty"],
    hilly: ["Mountain bike ride", "Single trails", "Roots and rocks"],
  },
  "indoor-ride": { flat: ["Indoor ride", "Trainer intervals"], hilly: ["Indoor ride"] },
};

function titleOf(outing: Outing, path: Path | undefined, rng: Rng): string {
  const hour = new Date(outing.startMs).getUTCHours();
  const when = hour < 10 ? "Morning" : hour < 14 ? "Midday" : hour < 17 ? "Afternoon" : "Evening";
  let climbM = 0;
  for (let i = 1; path && i < path.count; i++) climbM += Math.max(0, path.z[i]! - path.z[i - 1]!);
  // Fifteen metres a kilometre is where people begin to speak of hills.
  const words = WORDS[outing.sport][path && climbM > path.lengthM * 0.015 ? "hilly" : "flat"];
  const word = words[Math.floor(rng() * words.length)]!;
  if (outing.isVirtual) return "Virtual ride";
  if (outing.isGroup) return `Saturday group ${words[0]!.toLowerCase()}`;
  return word === words[0] ? `${when} ${word.toLowerCase()}` : word;
}
