/**
 * A club on a drawn town: the town's map, built once for all parts of the suite, and files of its
 * athletes as their devices write them.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildMap } from "../../src/jobs/build-map.ts";
import { writeTown } from "../../src/jobs/write-town.ts";
import { drawTown, recordWorld } from "../../src/sim/index.ts";

export interface ClubFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface BenchClub {
  readonly mapFolder: string;
  readonly files: readonly ClubFile[];
  /** A new empty folder; all go with the club. */
  dataFolder(): string;
  remove(): void;
}

const SEED = 1;
const UNTIL = Date.UTC(2026, 10, 20);
const DAYS = 120;
const ATHLETES = 36;

export async function openBenchClub(count: number): Promise<BenchClub> {
  const folder = mkdtempSync(join(tmpdir(), "waymark-bench-"));
  const mapFolder = join(folder, "map");
  const town = drawTown(SEED);
  const [osmFile, demFile] = await writeTown(town, folder);
  await buildMap({ osmFile, demFiles: [demFile], outFolder: mapFolder, name: town.name });
  const files: ClubFile[] = [];
  const world = { seed: SEED, athletes: ATHLETES, days: DAYS, until: UNTIL, region: town };
  for (const { fileName, bytes } of recordWorld(world)) {
    files.push({ name: fileName, bytes: new Uint8Array(bytes) });
    if (files.length === count) break;
  }
  return {
    mapFolder,
    files,
    dataFolder: () => mkdtempSync(join(folder, "data-")),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
