/** A map that was named on the command line: a folder as it is, an OSM file through the cache. */
import { statSync } from "node:fs";
import { WaymarkError } from "../base/index.ts";
import { cachedMap, isMapFolder, STAGE_LABELS } from "../jobs/ensure-map.ts";
import { unreadable } from "../jobs/find-files.ts";
import { loadSharedMap, type SharedMap } from "../jobs/import-map.ts";
import type { Progress } from "./progress.ts";
import type { Settings } from "./settings.ts";

/** @throws WaymarkError FILE_READ, NOT_FOUND, OSM_…, SNAPSHOT_… */
export async function openSharedMap(
  place: string,
  settings: Pick<Settings, "cacheFolder" | "threads">,
  progress: Progress,
): Promise<SharedMap> {
  if (isFolder(place)) {
    if (isMapFolder(place)) return await loadSharedMap(place);
    throw new WaymarkError(
      "NOT_FOUND",
      `${place} is a folder without a map; 'waymark map build FILE --out ${place}' makes one`,
    );
  }
  const folder = await cachedMap(settings.cacheFolder, {
    osmFile: place,
    threads: settings.threads,
    onProgress: (stage, done, total) => progress.update(STAGE_LABELS[stage], done, total),
  });
  return await loadSharedMap(folder);
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}
