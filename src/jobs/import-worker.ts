/**
 * The import's thread: takes a file's path or bytes, hashes them, passes over what the store knows,
 * and reads the rest. Reading from disk happens here so that it runs beside the other threads.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { WaymarkError } from "../base/index.ts";
import type { ArchiveEntry } from "../geo/track/decode/index.ts";
import type { Repair, Sport } from "../geo/track/recording.ts";
import { Moved, serve } from "../platform/job/worker-pool.ts";
import { buffersOf } from "../store/activity-row.ts";
import { unreadable } from "./find-files.ts";
import { openArchive } from "./find-recordings.ts";
import { openMap, type SharedMap, type ThreadMap } from "./import-map.ts";
import { type ReadRecording, readRecording } from "./read-recording.ts";

export interface ImportTask {
  /** As the person sees it. */
  readonly file: string;
  /** Where to read it; absent when `bytes` are given. */
  readonly path?: string | undefined;
  /** An entry of the archive at `path`. */
  readonly entry?: string | undefined;
  readonly bytes?: Uint8Array | undefined;
  /** Whose bytes are looked up among the known ones. */
  readonly athleteId: number;
  readonly title?: string | undefined;
  readonly sport?: Sport | undefined;
}

export interface ImportData {
  readonly map: SharedMap | undefined;
  /** By athlete, hashes of recordings that need no second reading. */
  readonly known: ReadonlyMap<number, ReadonlySet<string>>;
}

export type ImportReply =
  | { readonly kind: "known"; readonly hash: string }
  | ({
      readonly kind: "read";
      readonly hash: string;
      /** The raw bytes, moved. */
      readonly bytes: Uint8Array<ArrayBuffer>;
    } & ReadRecording);

let threadMap: ThreadMap | undefined;

/** Entries of one archive follow each other, so one is kept open. */
let opened: OpenedArchive | undefined;

interface OpenedArchive {
  readonly path: string;
  readonly entries: ReadonlyMap<string, ArchiveEntry>;
  close(): void;
}

serve<ImportTask, ImportReply, ImportData>(async (task, data) => {
  const damage: Repair[] = [];
  const bytes = await bytesOf(task, damage);
  const hash = createHash("sha256").update(bytes).digest("hex");
  if (data.known.get(task.athleteId)?.has(hash)) return { kind: "known", hash };
  if (data.map) threadMap ??= openMap(data.map);
  const { title, sport } = task;
  const recording = { bytes, name: basename(task.file), title, sport, damage };
  const read = readRecording(recording, threadMap);
  // A small file's buffer may be a piece of a shared pool, which cannot be moved.
  const own = new Uint8Array(bytes);
  const buffers = read.activities.flatMap(({ encoded }) => buffersOf(encoded));
  return new Moved({ kind: "read", hash, bytes: own, ...read }, [own.buffer, ...buffers]);
});

async function bytesOf(task: ImportTask, damage: Repair[]): Promise<Uint8Array> {
  if (task.bytes) return task.bytes;
  const path = task.path ?? task.file;
  try {
    if (task.entry === undefined) return await readFile(path);
    if (opened?.path !== path) {
      opened?.close();
      const { archive, close } = openArchive(path);
      opened = { path, entries: new Map(archive.entries.map((e) => [e.path, e])), close };
    }
    const entry = opened.entries.get(task.entry);
    if (!entry) throw new Error(`'${task.entry}' is no longer in it`);
    return entry.read((repair) => damage.push(repair));
  } catch (cause) {
    throw cause instanceof WaymarkError ? cause : unreadable(path, cause);
  }
}
