/**
 * Stored activities on another map: every one is matched again from its streams, beside the match
 * that is served, and the new ones are served when all are there. After an interruption only the rest
 * is done. About 10 ms an activity of an hour and thread.
 */
import type { Sport } from "../geo/track/recording.ts";
import type { ActivityDetail } from "../schema/activity.ts";
import type { Store } from "../store/store.ts";
import type { SharedMap } from "./import-map.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import { matchProfile } from "./match-profile.ts";
import type { MatchReply, MatchTask } from "./match-worker.ts";

export const rematchDefaults = {
  /** Activities that are asked for at once. */
  page: 200,
  /** Milliseconds that one match may take: the longest real one takes two seconds. */
  limitMs: 60_000,
} as const;

export interface RematchOptions {
  readonly store: Store;
  readonly map: SharedMap;
  readonly threads: number;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @returns how many activities were tried; when it was not interrupted, the new matches are served */
export async function rematchActivities(options: RematchOptions): Promise<number> {
  const { store, map, threads, now, signal, onProgress } = options;
  const { version } = map.network;
  const { recordings } = store;
  if (await isServed(store, version)) return 0;
  const lanes = createLanes<MatchTask, MatchReply>(new URL("./match-worker.ts", import.meta.url), {
    size: threads,
    workerData: { map },
    limitMs: rematchDefaults.limitMs,
  });
  let done = 0;
  try {
    const total = await recordings.countUnmatched(version);
    for (let after = 0; ; ) {
      const page = { after, limit: rematchDefaults.page };
      const ids = await recordings.unmatched(version, page);
      if (ids.length === 0 || signal?.aborted) break;
      after = ids.at(-1)!;
      const waiting = ids[Symbol.iterator]();
      const work = async (): Promise<void> => {
        for (const id of waiting) {
          if (signal?.aborted) return;
          await rematch(id, store, version, lanes, now);
          done++;
          onProgress?.(done, total);
        }
      };
      await Promise.all(Array.from({ length: threads }, work));
    }
    if (!signal?.aborted) await recordings.serveNetwork(version, now);
  } finally {
    await lanes.close();
  }
  return done;
}

/** Nothing waits, and this network's matches are what is served. */
export async function isServed({ recordings }: Store, version: string): Promise<boolean> {
  if ((await recordings.servedNetwork()) !== version) return false;
  return (await recordings.unmatched(version, { after: 0, limit: 1 })).length === 0;
}

async function rematch(
  id: number,
  store: Store,
  networkVersion: string,
  lanes: Lanes<MatchTask, MatchReply>,
  now: number,
): Promise<void> {
  const viewer = { athleteId: null, seesAll: true };
  let reply: MatchReply | undefined;
  try {
    const { detail } = await store.activities.get(id, viewer);
    const { lon, lat, timeS } = await store.activities.streams(id, viewer);
    const profile = profileOf(detail);
    const streams = { lon, lat, timeS };
    reply = profile && (await lanes.run({ profile, startMs: detail.startMs, streams }));
  } catch (error) {
    // Deleted meanwhile. What cannot be matched is noted as tried; it keeps the rest waiting else.
    if ((error as { code?: string }).code === "NOT_FOUND") return;
    if (isStoreError(error)) throw error;
  }
  await store.recordings.keepMatch(
    {
      activityId: id,
      networkVersion,
      match: reply?.match ?? null,
      matchedM: reply?.matchedM ?? 0,
      offNetworkM: reply?.offNetworkM ?? 0,
    },
    now,
  );
}

function isStoreError(error: unknown): boolean {
  return ["STORE_UNAVAILABLE", "STORE_FULL"].includes((error as { code?: string }).code ?? "");
}

function profileOf({ sport, isVirtual, hasPosition }: ActivityDetail) {
  // The store's sports are the engine's: an import wrote them.
  return matchProfile({ sport: sport as Sport, isVirtual, hasPosition });
}
