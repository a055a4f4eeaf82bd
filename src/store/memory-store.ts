/**
 * A store that forgets: activities in a map, encoded as the folder store writes them, so that both
 * give back the same values. For tests, benchmarks and commands that only look at a file.
 */
import { WaymarkError } from "../base/index.ts";
import {
  decodeDetail,
  decodeStreams,
  type EncodedActivity,
  encodeActivity,
} from "./activity-file.ts";
import type { StoredActivity } from "./activity-store.ts";
import type { RecordingEntry, RecordingStore } from "./recording-store.ts";

/** @param initial activities that are there from the beginning */
export function createMemoryStore(initial: readonly StoredActivity[] = []): RecordingStore {
  const byId = new Map<string, EncodedActivity>(
    initial.map((activity) => [activity.detail.id, encodeActivity(activity)]),
  );
  const recordings = new Map<string, RecordingEntry>();
  const bytesOf = (id: string): Uint8Array => {
    const encoded = byId.get(id);
    if (!encoded) throw new WaymarkError("NOT_FOUND", `no activity '${id}' is stored`);
    return encoded.bytes;
  };
  const summaries = () =>
    [...byId.values()]
      .map((encoded) => encoded.summary)
      .sort((a, b) => b.startMs - a.startMs || (a.id < b.id ? -1 : 1));
  return {
    async putEncoded(encoded) {
      byId.set(encoded.summary.id, encoded);
    },
    async put(activity) {
      byId.set(activity.detail.id, encodeActivity(activity));
    },
    async remove(id) {
      byId.delete(id);
    },
    list: async () => summaries(),
    summaries,
    detail: async (id) => decodeDetail(bytesOf(id), id),
    streams: async (id) => decodeStreams(bytesOf(id), id),
    has: async (id) => byId.has(id),
    recording: (hash) => recordings.get(hash),
    recordings: () => recordings.values(),
    async putRecording(entry) {
      recordings.set(entry.hash, entry);
    },
    async close() {},
  };
}
