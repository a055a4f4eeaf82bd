/**
 * An extract's map, built once: a folder remembers which file it was built from, and is built again
 * only when the file or the builder has changed.
 */
import { randomUUID } from "node:crypto";
import { existsSync, realpathSync, statSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
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

/**
 * An extract's map among many, built at first need: its folder is named after the file and what it
 * was when it was read. Two that build it at once do not meet: each builds aside, one is kept.
 *
 * @returns the map's folder
 */
export async function cachedMap(
  cacheFolder: string,
  options: Omit<BuildMapOptions, "outFolder">,
): Promise<string> {
  const key = new TextEncoder().encode(sourceOf(options));
  const name = basename(options.osmFile).replace(/\.(osm\.)?(pbf|osm|gz|bz2)$/i, "");
  const folder = join(cacheFolder, "map", `${name}-${createHash64().update(key).digest()}`);
  if (isMapFolder(folder)) return folder;
  const aside = `${folder}.${randomUUID()}`;
  try {
    await buildMapFolder({ ...options, outFolder: aside });
    await rename(aside, folder);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    if (!isMapFolder(folder)) throw error;
  }
  return folder;
}

/** Path, size and time of the files: a changed extract differs in one of them. And whose they are. */
function sourceOf({
  osmFile,
  demFiles = [],
  attribution,
}: Pick<BuildMapOptions, "osmFile" | "demFiles" | "attribution">): string {
  const files = [osmFile, ...demFiles].map((file) => {
    try {
      const { size, mtimeMs } = statSync(file);
      return [realpathSync(file), size, mtimeMs];
    } catch (cause) {
      throw unreadable(file, cause);
    }
  });
  return JSON.stringify([BUILDER, ...files, ...(attribution === undefined ? [] : [attribution])]);
}

async function builtFrom(folder: string): Promise<string | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, SOURCE_FILE), "utf8")) as string;
  } catch {
    return undefined;
  }
}
