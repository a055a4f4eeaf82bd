/**
 * An extract's map, built once: a folder remembers which file it was built from, and is built again
 * only when the file or the builder has changed.
 */
import { existsSync, realpathSync, statSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { createHash64 } from "../base/index.ts";
import {
  type BuildMapOptions,
  type BuiltMap,
  buildMap,
  MAP_FILE,
  type MapStage,
} from "./build-map.ts";
import { unreadable } from "./find-files.ts";
import { DEM_FOLDER } from "./import-map.ts";
import { NETWORK_FILE } from "./load-map.ts";

/** Raised when the same extract would give another map. */
const BUILDER = 1;
const SOURCE_FILE = "source.json";

/** What each stage of building is called in progress and on the page. */
export const STAGE_LABELS: Readonly<Record<MapStage, string>> = {
  read: "Reading the extract",
  elevation: "Reading elevations",
  network: "Building the network",
  basemap: "Drawing the base map",
  write: "Writing the map",
};

/** True where `buildMap` has finished a map. */
export function isMapFolder(folder: string): boolean {
  return existsSync(join(folder, MAP_FILE)) && existsSync(join(folder, NETWORK_FILE));
}

/** Builds a map and keeps the elevation grids beside it, for cleaning what is recorded there. */
export async function buildMapFolder(options: BuildMapOptions): Promise<BuiltMap> {
  const { outFolder, demFiles = [] } = options;
  await rm(join(outFolder, SOURCE_FILE), { force: true });
  const built = await buildMap(options);
  await rm(join(outFolder, DEM_FOLDER), { recursive: true, force: true });
  if (demFiles.length > 0) await mkdir(join(outFolder, DEM_FOLDER));
  for (const file of demFiles) await copyFile(file, join(outFolder, DEM_FOLDER, basename(file)));
  await writeFile(join(outFolder, SOURCE_FILE), JSON.stringify(sourceOf(options)));
  return built;
}

/** @returns whether it had to be built */
export async function ensureMap(options: BuildMapOptions): Promise<boolean> {
  if (
    isMapFolder(options.outFolder) &&
    (await builtFrom(options.outFolder)) === sourceOf(options)
  ) {
    return false;
  }
  await buildMapFolder(options);
  return true;
}

/** Where an extract's map belongs among many: named after the file, apart from its namesakes. */
export function cachedMapFolder(cacheFolder: string, osmFile: string): string {
  const name = basename(osmFile).replace(/\.(osm\.)?(pbf|osm|gz|bz2)$/i, "");
  const key = sourceOf({ osmFile, outFolder: "" });
  const hash = createHash64().update(new TextEncoder().encode(key)).digest();
  return join(cacheFolder, "map", `${name}-${hash}`);
}

/** Path, size and time of the files: a changed extract differs in one of them. */
function sourceOf({ osmFile, demFiles = [] }: BuildMapOptions): string {
  const files = [osmFile, ...demFiles].map((file) => {
    try {
      const { size, mtimeMs } = statSync(file);
      return [realpathSync(file), size, mtimeMs];
    } catch (cause) {
      throw unreadable(file, cause);
    }
  });
  return JSON.stringify([BUILDER, ...files]);
}

async function builtFrom(folder: string): Promise<string | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, SOURCE_FILE), "utf8")) as string;
  } catch {
    return undefined;
  }
}
