/**
 * Matches every track of a folder in the form of the Kubička benchmark and prints a line per track
 * and the length-weighted totals: as a table, or with `isJson` as one JSON object a line of which
 * the last holds the totals. Fractions of 1 in JSON, per cent in the table.
 */
import { buildCandidateIndex, createMatcher } from "../../src/geo/match/index.ts";
import { type KubickaTrack, readKubicka, thin } from "../dataset/kubicka.ts";
import { report } from "../report.ts";
import { type ArcMismatch, arcMismatch } from "../score/arc-mismatch.ts";

export interface KubickaTotal {
  readonly tracks: number;
  /** Rows that were matched, after thinning. */
  readonly points: number;
  readonly recall: number;
  readonly rmf: number;
  /** Rows a second of matching alone: reading, building and indexing the map are not in it. */
  readonly pointsPerS: number;
}

/** How one track went. */
export interface KubickaOutcome extends ArcMismatch {
  readonly id: string;
  readonly points: number;
  readonly seconds: number;
  readonly pieces: number;
  readonly offNetworkM: number;
  /** Why the track could not be matched: then all of its truth is missed. */
  readonly error?: string;
}

export interface KubickaOptions {
  /** Thin to a row per so many seconds; 0 keeps all. */
  readonly everyS?: number;
  /** Only tracks whose id ends so. */
  readonly only?: readonly string[] | undefined;
  readonly contract?: boolean;
}

export function runKubicka(
  path: string,
  options: KubickaOptions & { isJson: boolean },
): KubickaTotal {
  const outcomes: KubickaOutcome[] = [];
  for (const outcome of matchKubicka(path, options)) {
    outcomes.push(outcome);
    const { id, points, seconds, truthM, pieces, offNetworkM, error } = outcome;
    const { recall, rmf } = fractions([outcome]);
    const pointsPerS = Math.round(points / seconds);
    if (options.isJson) {
      const line = {
        id,
        points,
        recall: round(recall),
        rmf: round(rmf),
        pointsPerS,
        truthM,
        pieces,
      };
      console.log(JSON.stringify({ ...line, truthM: Math.round(truthM), ...(error && { error }) }));
    } else {
      console.log(
        [
          id.padEnd(10),
          `${points}`.padStart(7),
          `${(truthM / 1000).toFixed(1)} km`.padStart(9),
          `recall ${percent(recall)}`,
          `RMF ${percent(rmf)}`,
          `${pieces} pieces`.padStart(10),
          `off ${Math.round(offNetworkM)} m`.padStart(11),
          `${pointsPerS} points/s`.padStart(17),
          error ?? "",
        ].join("  "),
      );
    }
    if (error !== undefined) process.exitCode = 1;
  }
  const total = kubickaTotal(outcomes);
  console.log(
    options.isJson
      ? JSON.stringify({ ...total, recall: round(total.recall), rmf: round(total.rmf) })
      : `${total.tracks} tracks, ${total.points} points: recall ${percent(total.recall)}, ` +
          `RMF ${percent(total.rmf)}, ${total.pointsPerS} points/s`,
  );
  return total;
}

/** The benchmark at several intervals as a table of the suite. */
export function reportKubicka(path: string, intervalsS: readonly number[]): void {
  const rows = intervalsS.map((everyS) => {
    const outcomes = [...matchKubicka(path, { everyS })];
    const { points, recall, rmf, pointsPerS } = kubickaTotal(outcomes);
    const byRmf = outcomes.map((o) => fractions([o]).rmf).sort((a, b) => a - b);
    const off = outcomes.reduce((sum, o) => sum + o.offNetworkM, 0);
    return [
      everyS === 0 ? "as recorded" : `${everyS} s`,
      points,
      100 * recall,
      100 * rmf,
      100 * (byRmf[byRmf.length >> 1] ?? 0),
      outcomes.reduce((sum, o) => sum + o.pieces, 0) - outcomes.length,
      off / 1000,
      pointsPerS,
    ];
  });
  report({
    suite: "match",
    title: "Kubička benchmark, 50 recorded drives, each with its own map",
    columns: [
      "interval",
      "points",
      { name: "recall %", digits: 2 },
      { name: "RMF %", digits: 2 },
      { name: "median RMF %", digits: 2 },
      "breaks",
      { name: "off km", digits: 2 },
      "points/s wall",
    ],
    rows,
    notes: [
      "Weighted by truth length; directed arcs, as often as driven; off-network pieces are missed " +
        "(bench/score/arc-mismatch.ts). The truth itself holds errors.",
      "Every track is matched by a fresh matcher on a fresh map, so nothing is cached from another.",
    ],
  });
}

/**
 * Each track is matched once by a matcher of its own, so no track finds another's routes cached;
 * one untimed match of the first track lets the engine compile before the clock starts.
 */
export function* matchKubicka(
  path: string,
  options: KubickaOptions = {},
): Generator<KubickaOutcome> {
  let isWarm = false;
  for (const track of readKubicka(path, options)) {
    if (track.badLines > 0) {
      console.error(`${track.id}: ${track.badLines} lines made no sense and were passed over`);
    }
    const points = thin(track.points, options.everyS ?? 0);
    try {
      if (!isWarm) matchTrack(track, points);
      isWarm = true;
      yield matchTrack(track, points);
    } catch (error) {
      const nothing = { pieces: 0, offNetworkM: 0, seconds: 0 };
      const missed = arcMismatch(track, track.truth, points, []);
      const reason = String(error);
      yield { ...nothing, ...missed, id: track.id, points: points.lon.length, error: reason };
    }
  }
}

function matchTrack(track: KubickaTrack, points: KubickaTrack["points"]): KubickaOutcome {
  const index = buildCandidateIndex(track.network);
  const matcher = createMatcher(track.network, track.profile, undefined, index);
  const start = performance.now();
  const { pieces } = matcher.match(points);
  const seconds = (performance.now() - start) / 1000;
  const offNetworkM = pieces.reduce((m, p) => m + (p.kind === "off-network" ? p.lengthM : 0), 0);
  return {
    id: track.id,
    points: points.lon.length,
    seconds,
    pieces: pieces.length,
    offNetworkM,
    ...arcMismatch(track, track.truth, points, pieces),
  };
}

/** Weighted by the length of the truth; a folder whose truth has no length scores nothing. */
export function kubickaTotal(outcomes: readonly KubickaOutcome[]): KubickaTotal {
  const sum = (of: (outcome: KubickaOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const points = sum((o) => o.points);
  const seconds = sum((o) => o.seconds);
  return {
    tracks: outcomes.length,
    points,
    ...fractions(outcomes),
    pointsPerS: seconds > 0 ? Math.round(points / seconds) : 0,
  };
}

function fractions(outcomes: readonly ArcMismatch[]): { recall: number; rmf: number } {
  const sum = (of: (outcome: ArcMismatch) => number): number =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const truthM = sum((o) => o.truthM);
  const foundM = sum((o) => o.foundM);
  if (truthM === 0) return { recall: 0, rmf: 0 };
  return { recall: foundM / truthM, rmf: (truthM - foundM + sum((o) => o.extraM)) / truthM };
}

function round(fraction: number): number {
  return Math.round(fraction * 1e6) / 1e6;
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2).padStart(6)} %`;
}
