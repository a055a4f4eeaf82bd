/** The map that a folder holds now: read at first need, and again when it was built anew. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { MAP_FILE } from "./build-map.ts";
import { isMapFolder } from "./ensure-map.ts";
import { loadSharedMap, type SharedMap } from "./import-map.ts";

export interface CurrentMap {
  /** The same object while the folder holds the same map; undefined while it holds none. */
  get(): Promise<SharedMap | undefined>;
}

export function createCurrentMap(folder: string): CurrentMap {
  let builtMs = Number.NaN;
  let map: Promise<SharedMap | undefined> = Promise.resolve(undefined);
  return {
    async get() {
      if (!isMapFolder(folder)) return await map;
      const { mtimeMs } = await stat(join(folder, MAP_FILE));
      if (mtimeMs !== builtMs) {
        builtMs = mtimeMs;
        map = loadSharedMap(folder);
        map.catch(() => {
          builtMs = Number.NaN;
        });
      }
      return await map;
    },
  };
}
