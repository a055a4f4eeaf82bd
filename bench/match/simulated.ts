/**
 * Runs and rides with known truth on a real map: accuracy and speed beside Valhalla on three noises,
 * and accuracy when the recorder writes more seldom. Engines take turns, several rounds; a throughput
 * is the median of its rounds, and an answer must be the same in each.
 */
import { assert } from "../../src/base/error.ts";
import { createRng, integer } from "../../src/base/rng.ts";
import {
  buildCandidateIndex,
  type CandidateIndex,
  createMatcher,
} from "../../src/geo/match/index.ts";
import type { TrackPoints } from "../../src/geo/match/match.ts";
import type { Network } from "../../src/geo/network/network.ts";
import { compileProfile, type ProfileArcs } from "../../src/geo/network/profile.ts";
import { thin } from "../dataset/kubicka.ts";
import { drawWays, MOVERS, type Mover, NOISES, recordWay } from "../dataset/simulated.ts";
import type { Noise } from "../dataset/walk.ts";
import { columnsMiB, usedMiB } from "../memory.ts";
import { TRACE_SETTINGS, TUNED, type Valhalla } from "../peer/valhalla.ts";
import { type Cell, report } from "../report.ts";
import type { Line } from "../score/line.ts";
import { type LineMismatch, lineMismatch, totalMismatch } from "../score/rmf.ts";
import {
  type Engine,
  type Job,
  type Pass,
  runPass,
  valhallaEngine,
  waymarkEngine,
} from "./engine.ts";

/** A way that some engine cannot match without noise tells of maps and rules, not of matching. */
const COMMON_RMF = 0.02;
const INTERVALS_S = [1, 5, 10, 30];

export interface SimulatedOptions {
  readonly mapName: string;
  readonly network: Network;
  readonly valhalla: Valhalla | undefined;
  /** Ways drawn per mover, before the common set is taken. */
  readonly runs: number;
  readonly rides: number;
  /** Of the common set, the first so many are timed on three noises. */
  readonly timed: number;
  readonly rounds: number;
}

interface Measured {
  readonly engine: string;
  readonly pointsPerCpuS: number;
  readonly pointsPerS: number;
  /** Slowest and fastest round in points per CPU second. */
  readonly spread: readonly [number, number];
  readonly checksum: number;
  readonly refused: number;
  readonly mismatch: ReturnType<typeof totalMismatch>;
}

export async function runSimulated(options: SimulatedOptions): Promise<void> {
  const { network, valhalla } = options;
  const index = buildCandidateIndex(network);
  const speedRows: Cell[][] = [];
  const intervalRows: Cell[][] = [];
  const notes = [
    valhalla
      ? `Truth: ways through 3 drawn points, routed by Valhalla ${valhalla.version} on its own network.`
      : "Valhalla is not installed (npm install --prefix bench/peer): truth is drawn on our own " +
        "network, and no peer is measured.",
    `Common set: ways that every engine matches without noise at RMF ≤ ${100 * COMMON_RMF} %.`,
  ];
  for (const mover of MOVERS) {
    const arcs = compileProfile(network, mover.profile);
    const engines: Engine[] = [waymarkEngine(network, arcs, index)];
    for (const setting of TRACE_SETTINGS) {
      if (valhalla) engines.push(valhallaEngine(valhalla, mover.costing, setting));
    }
    const count = mover.name === "run" ? options.runs : options.rides;
    const drawn = await drawWays(mover, count, network, arcs, valhalla);
    const { ways, floor } = await commonWays(drawn, mover, engines);
    const matcherSize = matcherMiB(network, arcs, index, drawn, mover).toFixed(1);
    notes.push(
      `${mover.name}: ${ways.length} of ${drawn.length} ways are common to all engines; without ` +
        `noise, RMF on all ${drawn.length}: ${floor.join(", ")}. A matcher that has seen them all ` +
        `holds ${matcherSize} MiB.`,
    );
    if (ways.length === 0) continue;

    for (const noise of [NOISES.correlated, NOISES.white, NOISES.urban]) {
      console.error(`${mover.name}, ${noise.name} …`);
      const timed = ways.slice(0, options.timed);
      const tracks = timed.map(({ way, i }) => recordWay(way, mover, noise, i));
      const truths = timed.map(({ way }) => way);
      const measured = await measure(engines, tracks, truths, options.rounds);
      speedRows.push(...speedTable(mover, noise, tracks, measured));
    }
    for (const everyS of INTERVALS_S) {
      intervalRows.push(await intervalRow(mover, everyS, engines, ways));
    }
  }
  notes.push(
    `Memory shared by all matchers: network ${columnsMiB(network).toFixed(1)} MiB, index of ` +
      `candidates ${columnsMiB(index).toFixed(1)} MiB.`,
  );
  reportSpeed(options, speedRows, notes);
  reportIntervals(options, intervalRows);
}

function reportSpeed(
  { mapName, rounds }: SimulatedOptions,
  rows: readonly (readonly Cell[])[],
  notes: readonly string[],
): void {
  report({
    suite: "match",
    title: `Matching 1 s tracks beside peers, ${mapName}`,
    columns: [
      "noise",
      "mover",
      "engine",
      "points",
      { name: "points/CPU s", digits: 0 },
      { name: "slowest", digits: 0 },
      { name: "fastest", digits: 0 },
      { name: "points/s wall", digits: 0 },
      { name: "× tuned Valhalla", digits: 1 },
      { name: "RMF %", digits: 2 },
      { name: "d₋ %", digits: 2 },
      { name: "d₊ %", digits: 2 },
      { name: "RMF ÷ best Valhalla", digits: 2 },
      { name: "length ratio", digits: 3 },
      "refused",
      "checksum",
    ],
    rows,
    notes: [
      ...notes,
      "RMF = (d₋ + d₊) / truth length on lines sampled every metre, 1 m tolerance (bench/score/rmf.ts).",
      `Throughput: median of ${rounds} rounds in which the engines take turns; CPU time of the ` +
        "whole process, so garbage collection and compilation count. Requests are made and answers " +
        "read outside the clock; every engine gives edges, where on them the match begins and ends, " +
        "and Valhalla also the line. Tuned is turn_penalty_factor 200 with search_radius 25; best is " +
        "the setting with the least RMF in that row's group.",
    ],
  });
}

function reportIntervals(
  { mapName, valhalla }: SimulatedOptions,
  rows: readonly (readonly Cell[])[],
): void {
  const engines = ["Waymark", ...(valhalla ? TRACE_SETTINGS.map(({ name }) => name) : [])];
  report({
    suite: "match",
    title: `RMF % by recording interval, σ 5 m correlated, ${mapName}`,
    columns: [
      "mover",
      "interval s",
      "ways",
      ...engines.map((name) => ({ name, digits: 2 })),
      { name: "Waymark − tuned", digits: 2 },
      { name: "± (1 s.e.)", digits: 2 },
    ],
    rows,
    notes: [
      "All ways of the common set, recorded every second and thinned; first and last row are kept. The " +
        "difference is to Valhalla tuned as above, its standard error by bootstrap over ways.",
    ],
  });
}

/** What a matcher keeps besides network and index: scratch memory and the routes it has searched. */
function matcherMiB(
  network: Network,
  arcs: ProfileArcs,
  index: CandidateIndex,
  ways: readonly Line[],
  mover: Mover,
): number {
  const tracks = ways.map((way, i) => recordWay(way, mover, NOISES.none, i));
  const before = usedMiB();
  const matcher = createMatcher(network, arcs, undefined, index);
  for (const points of tracks) matcher.match(points);
  const after = usedMiB();
  // Asked after the measurement, so that the matcher lives through it.
  assert(matcher.network === network);
  return after - before;
}

interface NumberedWay {
  readonly way: Line;
  /** Its place among the drawn ways: the seed of its noise. */
  readonly i: number;
}

async function commonWays(
  drawn: readonly Line[],
  mover: Mover,
  engines: readonly Engine[],
): Promise<{ readonly ways: readonly NumberedWay[]; readonly floor: readonly string[] }> {
  const tracks = drawn.map((way, i) => recordWay(way, mover, NOISES.none, i));
  let ways = drawn.map((way, i): NumberedWay => ({ way, i }));
  const floor: string[] = [];
  for (const engine of engines) {
    const pass = await runPass(tracks.map((points) => engine.prepare(points)));
    const mismatches = score(pass, drawn);
    const { rmf } = totalMismatch(mismatches);
    floor.push(`${engine.name} ${(100 * rmf).toFixed(2)} %`);
    ways = ways.filter(({ i }) => totalMismatch([mismatches[i]!]).rmf <= COMMON_RMF);
  }
  return { ways, floor };
}

async function measure(
  engines: readonly Engine[],
  tracks: readonly TrackPoints[],
  truths: readonly Line[],
  rounds: number,
): Promise<readonly Measured[]> {
  const jobs = engines.map((engine) => tracks.map((points) => engine.prepare(points)));
  const passes = engines.map((): Pass[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [e, engineJobs] of jobs.entries()) passes[e]!.push(await steadyPass(engineJobs));
  }
  return engines.map((engine, e) => {
    const checksums = passes[e]!.map(checksumOf);
    if (new Set(checksums).size !== 1) {
      throw new Error(`${engine.name} answered differently from round to round: ${checksums}`);
    }
    const perCpu = passes[e]!.map((pass) => pass.points / pass.cpuS).sort((a, b) => a - b);
    const perWall = passes[e]!.map((pass) => pass.points / pass.wallS).sort((a, b) => a - b);
    const first = passes[e]![0]!;
    return {
      engine: engine.name,
      pointsPerCpuS: median(perCpu),
      pointsPerS: median(perWall),
      spread: [perCpu[0]!, perCpu.at(-1)!] as const,
      checksum: checksums[0]!,
      refused: first.answers.filter((answer) => answer === undefined).length,
      mismatch: totalMismatch(score(first, truths)),
    };
  });
}

/** A pass that is over in a blink is repeated until the clock has something to measure. */
async function steadyPass(jobs: readonly Job[]): Promise<Pass> {
  const passes = [await runPass(jobs)];
  while (passes.length < 5 && passes.reduce((sum, { wallS }) => sum + wallS, 0) < 1) {
    passes.push(await runPass(jobs));
  }
  return passes.sort((a, b) => a.cpuS - b.cpuS)[passes.length >> 1]!;
}

function speedTable(
  mover: Mover,
  noise: Noise,
  tracks: readonly TrackPoints[],
  measured: readonly Measured[],
): Cell[][] {
  const tuned = measured.find(({ engine }) => engine === TUNED.name);
  const peers = measured.filter(({ engine }) => TRACE_SETTINGS.some(({ name }) => name === engine));
  const bestRmf = Math.min(...peers.map(({ mismatch }) => mismatch.rmf));
  return measured.map((m) => [
    noise.name,
    mover.name,
    m.engine,
    tracks.reduce((sum, { lon }) => sum + lon.length, 0),
    m.pointsPerCpuS,
    ...m.spread,
    m.pointsPerS,
    tuned && m.pointsPerCpuS / tuned.pointsPerCpuS,
    100 * m.mismatch.rmf,
    100 * m.mismatch.missed,
    100 * m.mismatch.extra,
    tuned && m.mismatch.rmf / bestRmf,
    m.mismatch.lengthRatio,
    m.refused,
    m.checksum,
  ]);
}

async function intervalRow(
  mover: Mover,
  everyS: number,
  engines: readonly Engine[],
  ways: readonly NumberedWay[],
): Promise<Cell[]> {
  const tracks = ways.map(({ way, i }) =>
    thin(recordWay(way, mover, NOISES.correlated, i), everyS),
  );
  const truths = ways.map(({ way }) => way);
  const mismatches = new Map<string, readonly LineMismatch[]>();
  for (const engine of engines) {
    const pass = await runPass(tracks.map((points) => engine.prepare(points)));
    mismatches.set(engine.name, score(pass, truths));
  }
  const rmf = [...mismatches.values()].map((of) => 100 * totalMismatch(of).rmf);
  const tuned = mismatches.get(TUNED.name);
  const ours = mismatches.get("Waymark");
  const difference = tuned && ours ? paired(ours, tuned) : [undefined, undefined];
  return [mover.name, everyS, ways.length, ...rmf, ...difference];
}

/** Difference of two engines' mismatch in per cent, and its standard error, over the same ways. */
function paired(
  ours: readonly LineMismatch[],
  theirs: readonly LineMismatch[],
): readonly [number, number] {
  const rng = createRng(1);
  const difference = (picked: readonly number[]): number =>
    100 *
    (totalMismatch(picked.map((i) => ours[i]!)).rmf -
      totalMismatch(picked.map((i) => theirs[i]!)).rmf);
  const all = ours.map((_, i) => i);
  const drawn = Array.from({ length: 400 }, () =>
    difference(all.map(() => integer(rng, ours.length))),
  );
  const mean = drawn.reduce((sum, d) => sum + d, 0) / drawn.length;
  const variance = drawn.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (drawn.length - 1);
  return [difference(all), Math.sqrt(variance)];
}

function score(pass: Pass, truths: readonly Line[]): LineMismatch[] {
  return truths.map((truth, i) => lineMismatch(truth, pass.answers[i]?.lines() ?? []));
}

function checksumOf(pass: Pass): number {
  return pass.answers.reduce((sum, answer) => sum + (answer?.checksum() ?? 0), 0);
}

function median(sorted: readonly number[]): number {
  return sorted[sorted.length >> 1]!;
}
