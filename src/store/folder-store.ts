/**
 * Activities in a folder: one file each under `activity/`, an index of their summaries that is only
 * a convenience (it is rebuilt from the files), and a log of the recordings that were read. One
 * process writes, any number read meanwhile and see what it adds. Opening 10,000 takes about .2 s.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { assert, WaymarkError } from "../base/index.ts";
import type { ActivitySummary } from "../schema/activity.ts";
import {
  decodeDetail,
  decodeStreams,
  decodeSummary,
  type EncodedActivity,
  encodeActivity,
} from "./activity-file.ts";
import { openAppendLog } from "./append-log.ts";
import { acquireLock } from "./lock.ts";
import type { RecordingEntry, RecordingStore } from "./recording-store.ts";

/** What the index says of one file: it is believed while size and time agree. */
interface IndexLine {
  readonly size: number;
  readonly mtimeMs: number;
  readonly summary: ActivitySummary;
}

interface RemovedLine {
  readonly removed: string;
}

export interface FolderStore extends RecordingStore {
  readonly folder: string;
  /** Files that are not what they should be, found when opening: passed over, not fatal. */
  readonly damaged: readonly WaymarkError[];
}

const ENDING = ".activity";
const ID = /^[0-9a-z][0-9a-z-]{0,63}$/;
/** First read of a head: holds nearly every summary. */
const HEAD_BYTES = 8192;
/** An index with this many times more lines than activities is written anew. */
const INDEX_SLACK = 2;

/**
 * @param folder need not exist; reading creates nothing
 * @param options.write takes the folder's lock until `close`
 * @throws WaymarkError STORE_LOCKED when another process writes
 */
export function openFolderStore(folder: string, options: { readonly write: boolean }): FolderStore {
  const activities = join(folder, "activity");
  const indexPath = join(folder, "activity.index");
  if (options.write) mkdirSync(activities, { recursive: true });
  const lock = options.write ? acquireLock(folder) : undefined;

  const byId = new Map<string, IndexLine>();
  const recordings = new Map<string, RecordingEntry>();
  const damaged: WaymarkError[] = [];
  let sorted: readonly ActivitySummary[] | undefined;
  let written = 0;

  const index = openAppendLog(indexPath);
  const log = openAppendLog(join(folder, "recording.log"));
  const refresh = (): void => {
    index.refresh(
      () => byId.clear(),
      (value) => {
        const line = value as IndexLine | RemovedLine;
        written++;
        sorted = undefined;
        if ("removed" in line) byId.delete(line.removed);
        else if (typeof line.summary.id === "string") byId.set(line.summary.id, line);
      },
    );
    log.refresh(
      () => recordings.clear(),
      (value) => {
        const entry = value as RecordingEntry;
        if (typeof entry?.hash === "string") recordings.set(entry.hash, entry);
      },
    );
  };
  refresh();
  reconcile(activities, byId, damaged);
  if (lock) {
    removeAside(activities);
    if (written > INDEX_SLACK * byId.size + 100) rewriteIndex(indexPath, byId);
  }

  const pathOf = (id: string): string => join(activities, id + ENDING);
  const read = async (id: string): Promise<Uint8Array> => {
    if (!ID.test(id)) throw notFound(id);
    try {
      return await readFile(pathOf(id));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") throw notFound(id);
      throw new WaymarkError("FILE_READ", `${pathOf(id)} cannot be read`, { cause });
    }
  };
  const summaries = (): readonly ActivitySummary[] => {
    sorted ??= [...byId.values()]
      .map((line) => line.summary)
      .sort((a, b) => b.startMs - a.startMs || (a.id < b.id ? -1 : 1));
    return sorted;
  };

  let puts = 0;
  let sync: Promise<void> | undefined;
  /** Renames that wait together share one sync of the folder. */
  const syncRenames = (): Promise<void> => {
    sync ??= new Promise<void>(setImmediate).then(() => {
      sync = undefined;
      return syncFolder(activities);
    });
    return sync;
  };

  const putEncoded = async ({ summary, bytes }: EncodedActivity): Promise<void> => {
    assert(lock, "the store was opened for reading");
    assert(ID.test(summary.id), `'${summary.id}' is not an activity id`);
    lock.verify();
    // In memory at once, so that an import sees its own duplicates; on disk before we return.
    byId.set(summary.id, { size: bytes.length, mtimeMs: 0, summary });
    sorted = undefined;
    const path = pathOf(summary.id);
    const aside = `${path}.${puts++}.tmp`;
    const file = await open(aside, "w");
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
    await syncRenames();
    const { size, mtimeMs } = statSync(path);
    byId.set(summary.id, { size, mtimeMs, summary });
    await index.append({ size, mtimeMs, summary } satisfies IndexLine, false);
  };

  return {
    folder,
    damaged,
    putEncoded,
    put: (activity) => putEncoded(encodeActivity(activity)),
    async remove(id) {
      assert(lock, "the store was opened for reading");
      lock.verify();
      if (!byId.delete(id)) return;
      sorted = undefined;
      await rm(pathOf(id), { force: true });
      await syncRenames();
      await index.append({ removed: id } satisfies RemovedLine, false);
    },
    async list() {
      if (!lock) refresh();
      return summaries();
    },
    summaries,
    async detail(id) {
      return decodeDetail(await read(id), pathOf(id));
    },
    async streams(id) {
      return decodeStreams(await read(id), pathOf(id));
    },
    async has(id) {
      return ID.test(id) && existsSync(pathOf(id));
    },
    recording: (hash) => recordings.get(hash),
    recordings: () => recordings.values(),
    async putRecording(entry) {
      assert(lock, "the store was opened for reading");
      lock.verify();
      recordings.set(entry.hash, entry);
      await log.append(entry, true);
    },
    async close() {
      await index.close();
      await log.close();
      lock?.release();
    },
  };
}

/** Brings the index in line with the files: the files are the truth. */
function reconcile(folder: string, byId: Map<string, IndexLine>, damaged: WaymarkError[]): void {
  const present = new Set<string>();
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (!name.endsWith(ENDING)) continue;
    const id = name.slice(0, -ENDING.length);
    const path = join(folder, name);
    const { size, mtimeMs } = statSync(path);
    const line = byId.get(id);
    present.add(id);
    if (line?.size === size && line.mtimeMs === mtimeMs) continue;
    try {
      byId.set(id, { size, mtimeMs, summary: readSummary(path, size) });
    } catch (error) {
      if (!(error instanceof WaymarkError)) throw error;
      damaged.push(error);
      byId.delete(id);
    }
  }
  for (const id of byId.keys()) if (!present.has(id)) byId.delete(id);
}

function readSummary(path: string, size: number): ActivitySummary {
  const fd = openSync(path, "r");
  try {
    for (const length of [Math.min(size, HEAD_BYTES), size]) {
      const head = Buffer.alloc(length);
      readSync(fd, head, 0, length, 0);
      const summary = decodeSummary(head, path);
      if (summary) return summary;
    }
  } finally {
    closeSync(fd);
  }
  throw new WaymarkError("STORE_DAMAGED", `${path} cannot be read: it ends within its summary`);
}

function rewriteIndex(path: string, byId: ReadonlyMap<string, IndexLine>): void {
  const lines = Array.from(byId.values(), (line) => `${JSON.stringify(line)}\n`);
  writeFileSync(`${path}.tmp`, lines.join(""));
  renameSync(`${path}.tmp`, path);
}

/** What a killed writer left half-written. Only the owner of the lock may. */
function removeAside(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".tmp")) rmSync(join(folder, name), { force: true });
  }
}

/** Makes renames durable. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function notFound(id: string): WaymarkError {
  return new WaymarkError("NOT_FOUND", `no activity '${id.slice(0, 80)}' is stored`);
}

/** Removes a data folder's activities and memory of recordings; the map stays. */
export async function clearFolderStore(folder: string): Promise<void> {
  for (const name of ["activity", "activity.index", "recording.log"]) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}
