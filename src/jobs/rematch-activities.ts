/**
 * Stored activities on another map: those of every recording that was matched on another network, or
 * on none, are matched again from their stored streams. After an interruption only the rest is done.
 * About 10 ms an activity of an hour, most of it reading and writing.
 */
import type { ProfileName } from "../geo/network/profile.ts";
import type { Sport } from "../geo/track/recording.ts";
import type { ActivityDetail, ActivityStreams } from "../schema/activity.ts";
import type { ImportedActivity } from "../schema/import.ts";
import type { RecordingEntry, RecordingStore } from "../store/recording-store.ts";
import { openMap, type SharedMap, type ThreadMap } from "./import-map.ts";
import { matchProfile } from "./match-profile.ts";
import { networkOf, withNetwork } from "./read-with.ts";
import { toStoredMatch } from "./store-activity.ts";

export interface RematchOptions {
  readonly store: RecordingStore;
  readonly map: SharedMap;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Recordings whose activities wait for a match on this network. */
export function unmatchedRecordings(
  store: Pick<RecordingStore, "recordings">,
  networkVersion: string,
): RecordingEntry[] {
  return [...store.recordings()].filter((entry) => networkOf(entry.readWith) !== networkVersion);
}

/** @returns how many activities were matched again */
export async function rematchActivities(options: RematchOptions): Promise<number> {
  const { store, signal, onProgress } = options;
  const map = openMap(options.map);
  const entries = unmatchedRecordings(store, map.network.version);
  let count = 0;
  for (const [i, entry] of entries.entries()) {
    if (signal?.aborted) break;
    onProgress?.(i, entries.length);
    const activities: ImportedActivity[] = [];
    for (const said of entry.result.activities) {
      const isOwn = said.duplicateOf === undefined && (await store.has(said.id));
      const lengths = isOwn ? await rematch(said.id, store, map) : undefined;
      if (lengths) count++;
      activities.push({ ...said, ...lengths });
    }
    await store.putRecording({
      ...entry,
      readWith: withNetwork(entry.readWith, map.network.version),
      result: { ...entry.result, activities },
    });
  }
  return count;
}

async function rematch(
  id: string,
  store: RecordingStore,
  map: ThreadMap,
): Promise<{ matchedM: number; offNetworkM: number } | undefined> {
  const detail = await store.detail(id);
  const profile = profileOf(detail);
  if (!profile) return undefined;
  const streams = await store.streams(id);
  const points = pointsOf(detail, streams);
  const match = map.matcher(profile).match(points);
  const { matchedM, offNetworkM } = match.statistics;
  const lengths = { matchedM, offNetworkM };
  await store.put({
    detail: { ...detail, ...lengths, match: toStoredMatch(match, points, map.network) },
    streams,
  });
  return lengths;
}

function profileOf({ sport, isVirtual, hasPosition }: ActivityDetail): ProfileName | undefined {
  // The store's sports are the engine's: an import wrote them.
  return matchProfile({ sport: sport as Sport, isVirtual, hasPosition });
}

function pointsOf({ startMs }: ActivityDetail, { lon, lat, timeS }: ActivityStreams) {
  return {
    lon: Float64Array.from(lon, (x) => x ?? Number.NaN),
    lat: Float64Array.from(lat, (y) => y ?? Number.NaN),
    timeMs: Float64Array.from(timeS, (s) => startMs + s * 1000),
  };
}
