/**
 * Who lives in the town: a name, a home, habits, fitness and a device each. Everything about an
 * athlete comes from streams of their own index, so that nobody depends on anybody else.
 */
import { integer, normal, pick, type Rng } from "../../base/rng.ts";
import type { Region } from "../region/region.ts";
import { PROCESS, streamOf } from "../stream.ts";
import { EDGE_KINDS } from "../town/street-graph.ts";

export const SIM_SPORTS = [
  "run",
  "trail-run",
  "walk",
  "hike",
  "ride",
  "gravel-ride",
  "mountain-bike",
  "indoor-ride",
] as const;
export type SimSport = (typeof SIM_SPORTS)[number];

export type FileKind = "fit" | "gpx" | "tcx";

/** What someone wears or mounts; the error model follows from it. */
export interface DeviceModel {
  readonly format: FileKind;
  readonly isGzipped: boolean;
  readonly sampling: "second" | "smart" | "five";
  /** Metres: standard deviation of the slowly wandering part of the error, per axis. */
  readonly sigmaM: number;
  /** Seconds over which that part forgets. */
  readonly tauS: number;
  /** Metres: standard deviation of the part that is new with every fix, per axis. */
  readonly jitterM: number;
  readonly hasBarometer: boolean;
  readonly hasHeartRate: boolean;
  readonly hasCadence: boolean;
  readonly hasPower: boolean;
  readonly hasTemperature: boolean;
  readonly hasCompressedTime: boolean;
  /** Stops recording when its wearer stands still. */
  readonly hasAutoPause: boolean;
  /** FIT manufacturer and product numbers, and the words of GPX and TCX creators. */
  readonly manufacturer: number;
  readonly product: number;
  readonly creator: string;
}

export interface Athlete {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  /** Node of the street graph. */
  readonly home: number;
  readonly group: number;
  /** Chance of each sport, sums to 1. */
  readonly sports: Readonly<Partial<Record<SimSport, number>>>;
  readonly outingsPerWeek: number;
  /** Metres per second on the flat when running easily. */
  readonly runSpeed: number;
  /** Watts for an hour. */
  readonly thresholdW: number;
  readonly massKg: number;
  readonly restBpm: number;
  readonly maxBpm: number;
  /** Change of fitness over the year as a fraction. */
  readonly trend: number;
  /** Hour of the day at which they like to start. */
  readonly hour: number;
  readonly device: DeviceModel;
}

const GIVEN =
  "Lea,Nora,Flurina,Anna,Ladina,Mia,Seraina,Elena,Ronja,Tabea,Giulia,Maren,Jonas,Luca,Gian,Nils,Tim,Matteo,Andri,Felix,Simon,Curdin,Paul,Emil,Jan,Marco,Rafael,Livia,Samira,Aylin,Tomasz,Chiara,Olga,David,Noah,Ines".split(
    ",",
  );
const FAMILY =
  "Cadal,Moser,Tönz,Rainer,Viertl,Senn,Bardell,Prader,Kolb,Salis,Flor,Anich,Vasell,Camen,Hofer,Brugg,Lanz,Thaler,Ferrari,Wieser,Planta,Egger,Steiner,Rossi,Kaya,Novak,Brunner".split(
    ",",
  );

const HABITS: readonly Partial<Record<SimSport, number>>[] = [
  { run: 0.85, "trail-run": 0.1, hike: 0.05 },
  { run: 0.5, ride: 0.3, hike: 0.1, walk: 0.1 },
  { ride: 0.72, "gravel-ride": 0.13, "indoor-ride": 0.1, run: 0.05 },
  { "mountain-bike": 0.6, ride: 0.2, hike: 0.2 },
  { "trail-run": 0.55, run: 0.25, hike: 0.2 },
  { hike: 0.55, walk: 0.45 },
  { walk: 0.6, run: 0.4 },
  { "gravel-ride": 0.5, ride: 0.2, run: 0.3 },
];

/** @param count how many; the first ones are the same for every count */
export function createAthletes(seed: number, region: Region, count: number): Athlete[] {
  return Array.from({ length: count }, (_, i) => createAthlete(seed, region, i));
}

function createAthlete(seed: number, region: Region, index: number): Athlete {
  const rng = streamOf(seed, PROCESS.ATHLETE, index);
  const restBpm = Math.round(48 + 14 * rng());
  return {
    index,
    id: `athlete-${String(index + 1).padStart(2, "0")}`,
    // Strides coprime to the lists: no two of the first 972 share a name.
    name: `${GIVEN[(index * 11 + seed) % GIVEN.length]} ${FAMILY[(index * 7 + Math.floor(index / GIVEN.length) + seed) % FAMILY.length]}`,
    home: homeOf(region, rng),
    group: index % 6,
    sports: HABITS[Math.floor(rng() * HABITS.length)]!,
    outingsPerWeek: 0.32 + 0.9 * rng() ** 1.4,
    runSpeed: 2.6 + 0.95 * rng(),
    thresholdW: 170 + 130 * rng(),
    massKg: 56 + 30 * rng(),
    restBpm,
    maxBpm: Math.round(174 + 20 * rng()),
    trend: normal(rng) * 0.05 + 0.02,
    hour: pick(rng, [6.4, 7, 9.5, 12.2, 17.4, 18.1, 18.6]),
    device: deviceOf(rng),
  };
}

/** On a street, mostly near the middle. */
function homeOf({ graph, meeting }: Region, rng: Rng): number {
  const street = EDGE_KINDS.indexOf("street");
  for (let tries = 0; tries < 400; tries++) {
    const edge = integer(rng, graph.edgeCount);
    const node = graph.source[edge]!;
    const d = Math.hypot(graph.nodeX[node]!, graph.nodeY[node]!);
    if (graph.kind[edge] === street && d < (rng() < 0.85 ? 2400 : 6000)) return node;
  }
  return meeting;
}

function deviceOf(rng: Rng): DeviceModel {
  const kind = rng();
  const format: FileKind = kind < 0.7 ? "fit" : kind < 0.9 ? "gpx" : "tcx";
  const sample = rng();
  // Phones write GPX and jitter; watches and head units write FIT and wander.
  const isPhone = format === "gpx" && rng() < 0.45;
  const maker = pick(rng, [
    { manufacturer: 1, product: 3113, creator: "Garmin Forerunner 945" },
    { manufacturer: 1, product: 2713, creator: "Garmin Edge 1030" },
    { manufacturer: 23, product: 34, creator: "Suunto 9" },
    { manufacturer: 32, product: 31, creator: "Wahoo ELEMNT BOLT" },
    { manufacturer: 294, product: 832, creator: "COROS PACE 2" },
  ]);
  return {
    format,
    isGzipped: rng() < 0.08,
    // XML from a phone at one fix a second is rarer than a watch's FIT.
    sampling:
      sample < (format === "fit" ? 0.45 : 0.02) ? "second" : sample < 0.84 ? "smart" : "five",
    sigmaM: 1.7 + 2.2 * rng(),
    tauS: 25 + 60 * rng(),
    jitterM: isPhone ? 0.4 + 0.8 * rng() : 0.04 + 0.16 * rng(),
    hasBarometer: !isPhone && rng() < 0.75,
    hasHeartRate: rng() < 0.75,
    hasCadence: rng() < 0.6,
    hasPower: rng() < 0.35,
    hasTemperature: rng() < 0.5,
    hasCompressedTime: format === "fit" && rng() < 0.15,
    hasAutoPause: rng() < 0.45,
    ...(isPhone ? { manufacturer: 265, product: 101, creator: "StravaGPX Android" } : maker),
  };
}
