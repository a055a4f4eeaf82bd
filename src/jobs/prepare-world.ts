/**
 * What the server shows, brought up to date: a named extract becomes the map, an empty store becomes
 * a demo world, and activities that were matched on another map are matched again. Every step can be
 * interrupted and is gone on with next time.
 */
import { WaymarkError } from "../base/index.ts";
import { type FolderStore, openFolderStore } from "../store/folder-store.ts";
import { buildDemo, type DemoOptions, type DemoWorld, readDemo, removeDemo } from "./build-demo.ts";
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
  /** Somebody chose the map: no town is drawn in its place. */
  readonly isMapNamed: boolean;
  /** False: an empty store stays empty. */
  readonly hasDemo: boolean;
  /** Seed, people and days of the demo; default `demoDefaults`. */
  readonly world?: DemoOptions["world"] | undefined;
  readonly threads: number;
  /** Epoch milliseconds: the demo's year ends here. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** @param phase what is being done, for people */
  readonly onProgress: (phase: string, done: number, total: number) => void;
}

/**
 * @returns what there is to know about whose activities these are, in a sentence, if there is
 * @throws WaymarkError of the extract, NOT_FOUND when the named folder holds no map, STORE_LOCKED
 * while another process writes
 */
export async function prepareWorld(options: PrepareOptions): Promise<string | undefined> {
  const { mapFolder, osmFile, isMapNamed, signal } = options;
  if (osmFile !== undefined) {
    await ensureMap({
      osmFile,
      outFolder: mapFolder,
      threads: options.threads,
      onProgress: (stage, done, total) => options.onProgress(STAGE_LABELS[stage], done, total),
    });
  } else if (isMapNamed && !isMapFolder(mapFolder)) {
    throw new WaymarkError(
      "NOT_FOUND",
      `${mapFolder} is a folder without a map; 'waymark map build FILE --out ${mapFolder}' makes one`,
    );
  }
  const note = await populate(options);
  if (!signal.aborted && isMapFolder(mapFolder)) await rematch(options);
  return note;
}

/** Simulated athletes come into an empty store and leave with the map that they live on. */
async function populate(options: PrepareOptions): Promise<string | undefined> {
  const { dataFolder, mapFolder, isMapNamed } = options;
  const before = readDemo(dataFolder);
  const isStranded = before !== undefined && !(await livesHere(before, options));
  if (isStranded) await writing(dataFolder, (store) => removeDemo(dataFolder, store));
  const begun = isStranded ? undefined : before;

  const isWanted =
    begun === undefined
      ? (isMapNamed || isStranded || !isMapFolder(mapFolder)) && (await isEmpty(dataFolder))
      : !begun.isComplete;
  let refusal: string | undefined;
  if (options.hasDemo && isWanted) {
    const isDrawn = begun?.isDrawn ?? !isMapFolder(mapFolder);
    await writing(dataFolder, async (store) => {
      refusal = await buildDemo({ ...options, isDrawn, store });
    });
  }
  if (refusal !== undefined) return `No simulated athletes: ${refusal}`;
  const place = readDemo(dataFolder)?.place;
  return place && `Simulated athletes on ${place}`;
}

/** Whether the map of this start is the one that the demo's athletes live on, or will be. */
async function livesHere(
  { isDrawn, networkVersion }: DemoWorld,
  { mapFolder, isMapNamed }: PrepareOptions,
): Promise<boolean> {
  if (networkVersion === undefined) return isDrawn && !isMapNamed;
  return isMapFolder(mapFolder) && (await loadMapNetwork(mapFolder)).version === networkVersion;
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

async function isEmpty(dataFolder: string): Promise<boolean> {
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
