/**
 * From files to stored, matched activities: how fast each format is read, what each stage adds, and
 * the whole import on one and two threads with its peak memory. On a simulated world (seeded, so the
 * same everywhere) and on the real files of `../shared` where they are.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { WaymarkError } from "../../src/base/index.ts";
import { decodeFile } from "../../src/geo/track/decode/index.ts";
import { cleanRecording, splitRecording } from "../../src/geo/track/index.ts";
import { buildMapFolder } from "../../src/jobs/ensure-map.ts";
import { findFiles } from "../../src/jobs/find-files.ts";
import { loadSharedMap, openMap, type ThreadMap } from "../../src/jobs/import-map.ts";
import { readRecording } from "../../src/jobs/read-recording.ts";
import {
  drawTown,
  hgtName,
  recordWorld,
  type Town,
  writeHgt,
  writeOsmPbf,
} from "../../src/sim/index.ts";
import { SHARED, shared } from "../../test/shared.ts";
import type { ImportOnce } from "../ingest/import-once.ts";
import { type Cell, printOnly, report } from "../report.ts";

const WORLD = { seed: 7, athletes: 24, days: 90, until: Date.UTC(2026, 10, 1) };

interface File {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface DataSet {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly File[];
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { quick: { type: "boolean" } } });
  const isQuick = values.quick ?? false;
  if (isQuick) printOnly();
  const rounds = isQuick ? 1 : 3;
  const folder = mkdtempSync(join(tmpdir(), "waymark-ingest-"));
  try {
    const town = drawTown(WORLD.seed);
    const mapFolder = await writeMap(town, folder);
    const sets = [await simulated(town, folder, isQuick ? 30 : WORLD.days)];
    if (SHARED === undefined) console.log("ingest: the real files of ../shared are not here");
    else sets.push(await fromFolder("real files", shared("data", "activities")));
    reportFormats(sets, rounds);
    const map = openMap(await loadSharedMap(mapFolder));
    reportStages(sets[0]!, map, rounds);
    reportImport(sets, mapFolder, folder, rounds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What reading costs, by format and by what is done. */
function reportFormats(sets: readonly DataSet[], rounds: number): void {
  const rows: Cell[][] = [];
  for (const { name, files } of sets) {
    for (const format of ["fit", "gpx", "tcx"]) {
      const chosen = files.filter((file) => formatOf(file) === format);
      if (chosen.length === 0) continue;
      const megabytes = chosen.reduce((sum, { bytes }) => sum + bytes.length, 0) / 1e6;
      const { seconds, points } = median(rounds, () => decodeAll(chosen));
      rows.push([
        name,
        format,
        chosen.length,
        megabytes,
        megabytes / seconds,
        chosen.length / seconds,
        points / seconds,
      ]);
    }
  }
  report({
    suite: "ingest",
    title: "Decoding, one thread",
    columns: [
      "data",
      "format",
      "files",
      { name: "MB", digits: 1 },
      { name: "MB/s", digits: 1 },
      { name: "files/s", digits: 0 },
      { name: "points/s", digits: 0 },
    ],
    rows,
    notes: [
      "Plain files of each format, in memory; MB are 10⁶ bytes of the file; points are records.",
      `Median of ${rounds} after one warm-up. Simulated: seed ${WORLD.seed}, ${WORLD.athletes} athletes.`,
    ],
  });
}

/** What each stage adds to the one before. */
function reportStages({ name, files }: DataSet, map: ThreadMap, rounds: number): void {
  const stages: [string, () => number][] = [
    ["decode", () => decodeAll(files)],
    ["decode, clean", () => eachRecording(files, (part) => cleanRecording(part).streams.length)],
    [
      "decode, clean with elevations",
      () =>
        eachRecording(
          files,
          (part) => cleanRecording(part, { elevation: map.elevation }).streams.length,
        ),
    ],
    ["decode, clean, encode", () => readAll(files)],
    ["decode, clean with elevations, match, encode", () => readAll(files, map)],
  ];
  report({
    suite: "ingest",
    title: `Stages on the ${name}, one thread, nothing written`,
    columns: [
      "stages",
      { name: "s", digits: 2 },
      { name: "files/s", digits: 0 },
      { name: "points/s", digits: 0 },
    ],
    rows: stages.map(([stage, work]) => {
      const { seconds, points } = median(rounds, work);
      return [stage, seconds, files.length / seconds, points / seconds];
    }),
    notes: [
      `${files.length} files. Points are rows that the stage hands on; encode makes the bytes of the store.`,
    ],
  });
}

/** The whole import, as `waymark import` runs it, each in a process of its own. */
function reportImport(
  sets: readonly DataSet[],
  mapFolder: string,
  folder: string,
  rounds: number,
): void {
  const rows: Cell[][] = [];
  for (const { name, folder: recordings } of sets) {
    const distances = new Set<number>();
    for (const threads of [1, 2]) {
      const runs = Array.from({ length: rounds }, (_, round) =>
        importOnce(
          recordings,
          mapFolder,
          join(folder, `data-${name}-${threads}-${round}`),
          threads,
        ),
      ).sort((a, b) => a.seconds - b.seconds);
      const { files, refused, points, seconds } = runs[runs.length >> 1]!;
      const peakMiB = Math.max(...runs.map((once) => once.peakMiB));
      for (const { distanceM } of runs) distances.add(Math.round(distanceM));
      rows.push([
        name,
        threads,
        files,
        refused,
        seconds,
        files / seconds,
        points / seconds,
        peakMiB,
      ]);
    }
    if (distances.size !== 1) throw new Error(`imports differ: ${[...distances].join(", ")} m`);
  }
  report({
    suite: "ingest",
    title: "The whole import: read, clean, match, store on disk",
    columns: [
      "data",
      "threads",
      "files",
      "refused",
      { name: "s", digits: 2 },
      { name: "files/s", digits: 0 },
      { name: "points/s", digits: 0 },
      { name: "peak MiB", digits: 0 },
    ],
    rows,
    notes: [
      "From the first look at the folder to the last sync of the disk, threads started cold; median of " +
        `${rounds}, peak memory of the largest run. The machine has ${availableParallelism()} cores; the ` +
        "thread that writes runs beside the workers. Real files lie outside the simulated map.",
    ],
  });
}

function importOnce(
  recordings: string,
  mapFolder: string,
  data: string,
  threads: number,
): ImportOnce {
  const script = join(import.meta.dirname, "../ingest/import-once.ts");
  const text = execFileSync(
    process.execPath,
    [script, recordings, mapFolder, data, String(threads)],
    { encoding: "utf8" },
  );
  rmSync(data, { recursive: true });
  return JSON.parse(text) as ImportOnce;
}

/** Median seconds of some rounds after one that warms up; the work gives its points each time. */
function median(rounds: number, work: () => number): { seconds: number; points: number } {
  const points = work();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    if (work() !== points) throw new Error("two rounds gave different points");
    times.push((performance.now() - startMs) / 1000);
  }
  times.sort((a, b) => a - b);
  return { seconds: times[times.length >> 1]!, points };
}

function decodeAll(files: readonly File[]): number {
  return eachRecording(files, (part) => part.streams.length);
}

type Part = ReturnType<typeof splitRecording>[number];

/** @returns the sum over all recordings of all files; what is refused counts nothing */
function eachRecording(files: readonly File[], count: (part: Part) => number): number {
  let points = 0;
  for (const { name, bytes } of files) {
    const recordings = attempt(() => decodeFile(bytes, name).recordings) ?? [];
    for (const recording of recordings) {
      for (const part of splitRecording(recording)) points += count(part);
    }
  }
  return points;
}

function readAll(files: readonly File[], map?: ThreadMap): number {
  let points = 0;
  for (const { name, bytes } of files) {
    const read = attempt(() => readRecording({ bytes, name }, map));
    for (const { said } of read?.activities ?? []) points += said.points;
  }
  return points;
}

/** undefined where the input is refused; a bug is still a bug. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof WaymarkError) return undefined;
    throw error;
  }
}

function formatOf({ name }: File): string {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}

async function writeMap(town: Town, folder: string): Promise<string> {
  const [west, south] = town.bbox;
  const osmFile = join(folder, "town.osm.pbf");
  const demFile = join(folder, hgtName(south, west));
  writeFileSync(osmFile, writeOsmPbf(town.osm));
  writeFileSync(demFile, writeHgt(town.elevationAt, Math.floor(south), Math.floor(west)));
  await buildMapFolder({ osmFile, demFiles: [demFile], outFolder: join(folder, "map") });
  return join(folder, "map");
}

async function simulated(town: Town, folder: string, days: number): Promise<DataSet> {
  const recordings = join(folder, "recordings");
  mkdirSync(recordings);
  for (const { fileName, bytes } of recordWorld({ ...WORLD, days, region: town })) {
    writeFileSync(join(recordings, fileName), bytes);
  }
  return await fromFolder("simulated world", recordings);
}

async function fromFolder(name: string, folder: string): Promise<DataSet> {
  const found = await findFiles([folder]);
  const files = found.map(({ path }) => ({ name: path, bytes: readFileSync(path) }));
  return { name, folder, files };
}
