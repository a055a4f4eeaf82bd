/**
 * What the server shows, brought up to date: a named extract becomes the map, an empty store becomes
 * the demo world, and activities that were matched on another map are matched again. Every step can
 * be interrupted and is gone on with next time.
 */
import { type FolderStore, openFolderStore } from "../store/folder-store.ts";
import { buildDemo, isDemoUnfinished, removeDemo } from "./build-demo.ts";
import { ensureMap, isMapFolder, STAGE_LABELS } from "./ensure-map.ts";
import { loadSharedMap } from "./import-map.ts";
import { loadMapNetwork } from "./load-map.ts";
import { rematchActivities, unmatchedRecordings } from "./rematch-activities.ts";

export interface PrepareOptions {
  readonly dataFolder: string;
  /** Holds the map, or will: the store's own, or one that was built elsewhere. */
  readonly mapFolder: string;
  /** The extract that the map is to be built from; absent: whatever map is there. */
  readonly osmFile?: string | undefined;
  readonly threads: number;
  /** Epoch milliseconds: the demo's year ends here. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** @param phase what is being done, for people */
  readonly onProgress: (phase: string, done: number, total: number) => void;
}

/** @throws WaymarkError of the extract, STORE_LOCKED while another process writes */
export async function prepareWorld(options: PrepareOptions): Promise<void> {
  const { dataFolder, mapFolder, osmFile, threads, signal, onProgress } = options;
  if (osmFile !== undefined) {
    const isNew = await ensureMap({
      osmFile,
      outFolder: mapFolder,
      threads,
      onProgress: (stage, done, total) => onProgress(STAGE_LABELS[stage], done, total),
    });
    if (isNew) await writing(dataFolder, (store) => removeDemo(dataFolder, store));
  } else if (isDemoUnfinished(dataFolder) || (await isEmpty(dataFolder, mapFolder))) {
    await writing(dataFolder, (store) => buildDemo({ ...options, store }));
  }
  if (!signal.aborted && isMapFolder(mapFolder)) await rematch(options);
}

async function rematch({
  dataFolder,
  mapFolder,
  signal,
  onProgress,
}: PrepareOptions): Promise<void> {
  const reader = openFolderStore(dataFolder, { write: false });
  const { version } = await loadMapNetwork(mapFolder);
  if (unmatchedRecordings(reader, version).length === 0) return;
  const map = await loadSharedMap(mapFolder);
  await writing(dataFolder, (store) =>
    rematchActivities({
      store,
      map,
      signal,
      onProgress: (done, total) => onProgress("Matching activities to the map", done, total),
    }),
  );
}

async function isEmpty(dataFolder: string, mapFolder: string): Promise<boolean> {
  if (isMapFolder(mapFolder)) return false;
  return (await openFolderStore(dataFolder, { write: false }).list()).length === 0;
}

/** The store's lock is held only while something is written, so that imports get their turn. */
async function writing(
  dataFolder: string,
  work: (store: FolderStore) => Promise<unknown>,
): Promise<void> {
  const store = openFolderStore(dataFolder, { write: true });
  try {
    await work(store);
  } finally {
    await store.close();
  }
}
