/**
 * What the server shows, brought up to date: a named extract becomes the map, an empty store becomes
 * a demo world. What was matched on another map is matched again by the workers. Every step can be
 * interrupted and is gone on with next time.
 */
import { WaymarkError } from "../base/index.ts";
import type { JobQueue } from "../platform/job/queue.ts";
import { activityQuerySchema } from "../schema/activity-list.ts";
import type { Store } from "../store/store.ts";
import { buildDemo, type DemoOptions, type DemoWorld, readDemo, removeDemo } from "./build-demo.ts";
import { isMapFolder } from "./ensure-map.ts";
import { loadMapNetwork } from "./load-map.ts";
import type { Workers } from "./start-workers.ts";
import { buildInThread } from "./world-thread.ts";

export interface PrepareOptions {
  readonly store: Store;
  readonly queue: JobQueue;
  /** At work on the queue. */
  readonly workers: Pick<Workers, "mapChanged">;
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
  /** Of the server that shows the store: the demo's members come in by its doors. */
  readonly serverUrl?: string | undefined;
  readonly threads: number;
  /** Epoch milliseconds: the demo's year ends here. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** @param phase what is being done, for people */
  readonly onProgress: (phase: string, done: number, total: number) => void;
}

/**
 * @returns what there is to know about whose activities these are, in a sentence, if there is
 * @throws WaymarkError of the extract and of the store, NOT_FOUND when the named folder holds no map
 */
export async function prepareWorld(options: PrepareOptions): Promise<string | undefined> {
  const { workers, mapFolder, osmFile, isMapNamed, threads, signal, onProgress } = options;
  if (osmFile !== undefined) {
    await buildInThread({ kind: "map", osmFile, mapFolder, threads }, { signal, onProgress });
  } else if (isMapNamed && !isMapFolder(mapFolder)) {
    throw new WaymarkError(
      "NOT_FOUND",
      `${mapFolder} is a folder without a map; 'waymark map build FILE --out ${mapFolder}' makes one`,
    );
  }
  if (signal.aborted) return undefined;
  const note = await populate(options);
  if (!signal.aborted) await workers.mapChanged();
  return note;
}

/** Simulated athletes come into an empty store and leave with the map that they live on. */
async function populate(options: PrepareOptions): Promise<string | undefined> {
  const { store, dataFolder, mapFolder, isMapNamed } = options;
  const before = readDemo(dataFolder);
  const isStranded = before !== undefined && !(await livesHere(before, options));
  if (isStranded) await removeDemo(dataFolder, store);
  const begun = isStranded ? undefined : before;

  const isWanted =
    begun === undefined
      ? (isMapNamed || isStranded || !isMapFolder(mapFolder)) && (await isEmpty(store))
      : !begun.isComplete;
  if (options.hasDemo && isWanted) {
    const isDrawn = begun?.isDrawn ?? !isMapFolder(mapFolder);
    const refusal = await buildDemo({ ...options, isDrawn });
    if (refusal !== undefined) return `No simulated athletes: ${refusal}`;
  }
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

/**
 * Nothing is anybody's yet. Members have an email and a store of their own before its first recording;
 * the owner of this machine has none, and an account from the first look at the page.
 */
async function isEmpty({ athletes, activities }: Store): Promise<boolean> {
  if ((await athletes.list()).some(({ email }) => email !== null)) return false;
  const query = activityQuerySchema.parse({ limit: 1 });
  const page = await activities.list(query, { athleteId: null, seesAll: true });
  return page.activities.length === 0;
}
