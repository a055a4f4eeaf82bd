/**
 * What the server shows, brought up to date: a named extract becomes the map, an empty store becomes
 * the demo world. What was matched on another map is matched again by the workers. Every step can be
 * interrupted and is gone on with next time.
 */
import type { JobQueue } from "../platform/job/queue.ts";
import type { Store } from "../store/store.ts";
import { buildDemo, type DemoOptions, isDemoUnfinished, removeDemo } from "./build-demo.ts";
import { isMapFolder } from "./ensure-map.ts";
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
  readonly threads: number;
  /** Epoch milliseconds: the demo's year ends here. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** @param phase what is being done, for people */
  readonly onProgress: (phase: string, done: number, total: number) => void;
  /** A smaller demo, for tests. */
  readonly world?: DemoOptions["world"];
}

/** @throws WaymarkError of the extract and of the store */
export async function prepareWorld(options: PrepareOptions): Promise<void> {
  const { store, workers, dataFolder, mapFolder, osmFile, threads, signal } = options;
  if (osmFile !== undefined) {
    let isNew = false;
    await buildInThread(
      { kind: "map", osmFile, mapFolder, threads },
      {
        ...options,
        onMap: (is) => {
          isNew = is;
        },
      },
    );
    if (isNew) await removeDemo(dataFolder, store);
  } else if (isDemoUnfinished(dataFolder) || (await isEmpty(store, mapFolder))) {
    const { world, ...rest } = options;
    await buildDemo(world ? { ...rest, world } : rest);
  }
  if (!signal.aborted) await workers.mapChanged();
}

async function isEmpty({ athletes }: Store, mapFolder: string): Promise<boolean> {
  return !isMapFolder(mapFolder) && (await athletes.list()).length === 0;
}
