/**
 * What a server does besides answering: reads uploads, matches again when the map changes, and tidies
 * up. Any number of processes may do so on one PostgreSQL.
 */
import { type Log, silentLog } from "../base/index.ts";
import {
  BUILD_REPORTS,
  CHECK_FEATURES,
  EXPORT_LAKE,
  READ_UPLOAD,
  REMATCH,
  REMATCH_PHASE,
  SCORE_CHURN,
  TRAIN_CHURN,
} from "../platform/job/kinds.ts";
import type { JobQueue } from "../platform/job/queue.ts";
import { sendUpload } from "../platform/job/receive-upload.ts";
import { openLake } from "../store/lake/index.ts";
import type { Store } from "../store/store.ts";
import { buildReports, sendReportsWhenDue } from "./build-reports.ts";
import { checkFeatures, sendFeatureJobsWhenDue } from "./check-features.ts";
import { createCurrentMap } from "./current-map.ts";
import { exportLake } from "./export-lake.ts";
import { createLogFollower } from "./follow-log.ts";
import { noteOldActivities } from "./note-activities.ts";
import { createUploadReader } from "./read-upload.ts";
import { isServed, rematchActivities } from "./rematch-activities.ts";
import { scoreChurn, sendScoresWhenDue } from "./score-churn.ts";
import { runTrainChurn } from "./train-churn.ts";

export const workerDefaults = {
  /** Milliseconds between two looks at the map, and at what was left lying. */
  lookMs: 60_000,
  /** Looks between two sweeps: once a day. */
  sweepLooks: 1440,
} as const;

export interface WorkerOptions {
  readonly store: Store;
  readonly queue: JobQueue;
  readonly mapFolder: string;
  /** Of the log as Parquet; absent: no model is trained here. */
  readonly lakeFolder?: string | undefined;
  /** Files that are read at once, and threads that a training grows trees on. */
  readonly threads: number;
  readonly log?: Log | undefined;
}

export interface Workers {
  /** After the map was built, or at any time: sends a re-match where one is due. */
  mapChanged(): Promise<void>;
  /** After the queue was stopped. */
  close(): Promise<void>;
}

export async function startWorkers(options: WorkerOptions): Promise<Workers> {
  const { store, queue, mapFolder, lakeFolder, threads, log = silentLog } = options;
  const map = createCurrentMap(mapFolder);
  const reader = createUploadReader({ store, map, threads });
  const lake = lakeFolder === undefined ? undefined : openLake(lakeFolder);
  const follower = createLogFollower({ store, now: Date.now, log });

  // What was acknowledged and has no job: restored from a backup, for one.
  for (const { id } of await store.uploads.unfinished()) {
    await sendUpload(queue, id);
  }
  const mapChanged = async (): Promise<void> => {
    const version = (await map.get())?.network.version;
    if (version === undefined || (await isServed(store, version))) return;
    await queue.send(REMATCH, {}, { key: "all" });
  };
  let looks = 0;
  const look = async (): Promise<void> => {
    await mapChanged();
    await sendReportsWhenDue(store, queue, Date.now());
    await sendScoresWhenDue(store, queue, Date.now());
    if (lake) await sendFeatureJobsWhenDue(store, queue, lake, Date.now());
    if (looks++ % workerDefaults.sweepLooks !== 0) return;
    const now = Date.now();
    await store.sessions.purge(now);
    await store.sweep(now);
  };
  const quietly = (): void => {
    look().catch((error: Error) =>
      log.warn("could not look after the store", { why: error.message }),
    );
  };
  const timer = setInterval(quietly, workerDefaults.lookMs);
  timer.unref();

  // While some are read others are written.
  queue.work(READ_UPLOAD, 2 * threads, reader);
  queue.work(REMATCH, 1, {
    async run({ signal, progress }) {
      const current = await map.get();
      if (!current) return;
      await rematchActivities({
        store,
        map: current,
        threads,
        now: Date.now(),
        signal,
        onProgress: (done, total) => progress({ phase: REMATCH_PHASE, done, total }),
      });
      signal.throwIfAborted();
    },
  });
  queue.work(BUILD_REPORTS, 1, {
    async run({ signal, progress }) {
      const onProgress = (phase: string, done: number, total: number) =>
        progress({ phase, done, total });
      // What the log holds now is in the figures, after a year was brought along too.
      await follower.catchUp();
      await buildReports({ store, now: Date.now(), signal, onProgress });
    },
  });
  queue.work(SCORE_CHURN, 1, {
    async run({ signal, progress }) {
      const onProgress = (phase: string, done: number, total: number) =>
        progress({ phase, done, total });
      await scoreChurn({ store, now: Date.now(), signal, onProgress });
    },
  });
  if (lakeFolder !== undefined && lake) {
    queue.work(EXPORT_LAKE, 1, {
      async run({ signal, progress }) {
        await exportLake({
          store,
          lake,
          now: Date.now,
          signal,
          onProgress: (done, total) => progress({ phase: "Writing the lake", done, total }),
        });
      },
    });
    queue.work(CHECK_FEATURES, 1, {
      run: ({ signal }) => checkFeatures(store, lake, Date.now, signal),
    });
    queue.work(TRAIN_CHURN, 1, {
      async run({ data, signal, progress }) {
        const { version, scored } = await runTrainChurn({
          store,
          lakeFolder,
          now: Date.now,
          seed: data.seed,
          threads,
          signal,
          onProgress: (phase, done, total) => progress({ phase, done, total }),
        });
        log.info("churn was trained", { version: version.version, as: version.alias, scored });
      },
    });
  }
  quietly();
  const closing = new AbortController();
  const noting = noteOldActivities(store, Date.now(), closing.signal).catch((error: Error) => {
    if (!closing.signal.aborted) {
      log.warn("older activities are not in the log of events yet", { why: error.message });
    }
  });
  follower.start();
  return {
    mapChanged,
    async close() {
      clearInterval(timer);
      closing.abort();
      await noting;
      await follower.stop();
      await reader.close();
    },
  };
}
