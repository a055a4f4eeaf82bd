/**
 * A store as one file: a tar of the raw files and of the rows as JSON lines, the same whatever
 * database they came from. Rows are as of one moment; raw files go before them, those that came
 * meanwhile after, so that every row finds its bytes. Any tar program opens it.
 */
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { gzipSync } from "node:zlib";
import { sql } from "kysely";
import { pack } from "tar-stream";
import { WaymarkError } from "../base/index.ts";
import { schemaVersion } from "../store/migrate.ts";
import { exportRows, TABLES } from "../store/portable.ts";
import type { Store } from "../store/store.ts";
import { keepArchive, refuseExisting } from "./keep-archive.ts";

export const BACKUP_FORMAT = 1;
export const MANIFEST_NAME = "waymark.json";
export const END_NAME = "end.json";

/** The first entry: what the rest is. */
export interface BackupManifest {
  readonly format: typeof BACKUP_FORMAT;
  /** Number of the newest migration. */
  readonly schema: number;
  readonly createdMs: number;
}

/** The last entry: a backup without it was cut short. */
export interface BackupEnd {
  readonly rows: Readonly<Record<string, number>>;
  readonly blobs: number;
  /** Hashes of raw files that were deleted after the rows had been read: what they gave goes too. */
  readonly gone?: readonly string[];
}

export interface StreamOptions {
  readonly store: Store;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((phase: string, done: number, total: number) => void) | undefined;
}

export interface BackupOptions extends StreamOptions {
  /** The archive; it appears when it is whole. */
  readonly path: string;
}

export interface BackupSummary extends BackupEnd {
  readonly byteLength: number;
}

/**
 * @throws WaymarkError USAGE where a file stands already, STORE_FULL, FILE_READ, STORE_UNAVAILABLE,
 *   STORE_DAMAGED of a raw file
 */
export async function backup(options: BackupOptions): Promise<BackupSummary> {
  refuseExisting(options.path);
  const { bytes, end } = openBackup(options);
  try {
    const byteLength = await keepArchive(bytes, options.path);
    return { ...(await end), byteLength };
  } finally {
    // Nothing is asked of the store any more.
    await end.catch(() => {});
  }
}

/**
 * The archive while it is made, as fast as it is read. Whoever stops reading, and destroys it, ends the
 * work; what goes wrong breaks it.
 *
 * @returns `end` rejects with what broke `bytes`
 */
export function openBackup(options: StreamOptions): {
  readonly bytes: Readable;
  readonly end: Promise<BackupEnd>;
} {
  const tar = pack();
  const bytes = new PassThrough();
  const read = pipeline(tar, bytes, { signal: options.signal });
  const end = write(tar, options).catch((error: Error) => {
    // An error of whoever reads has destroyed it already, and is the first one.
    bytes.destroy(error);
    tar.destroy(error);
    throw error;
  });
  // Whoever reads is told by the stream, and whoever waits by `end`.
  end.catch(() => {});
  tar.on("error", () => {});
  bytes.on("error", () => {});
  read.catch((error: Error) => tar.destroy(error));
  return { bytes, end };
}

async function write(
  tar: ReturnType<typeof pack>,
  { store, now, signal, onProgress }: StreamOptions,
): Promise<BackupEnd> {
  const add = (name: string, content: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const header = { name, mtime: new Date(now) };
      const entry = tar.entry(header, Buffer.from(content), (error) => {
        if (error) reject(error);
        else resolve();
      });
      // Told to the callback too.
      entry.on("error", reject);
    });
  const manifest: BackupManifest = {
    format: BACKUP_FORMAT,
    schema: schemaVersion(),
    createdMs: now,
  };
  await add(MANIFEST_NAME, json(manifest));

  const kept = new Set<string>();
  const addBlobs = async (hashes: readonly string[]): Promise<void> => {
    for (const [i, sha256] of hashes.entries()) {
      onProgress?.("Raw files", i, hashes.length);
      if (kept.has(sha256)) continue;
      const bytes = await blobOf(store, sha256);
      if (!bytes) continue;
      await add(`blob/${sha256.slice(0, 2)}/${sha256}`, bytes);
      kept.add(sha256);
    }
  };
  const before = await store.database.sql.selectFrom("blob").select("sha256").execute();
  await addBlobs(before.map((row) => row.sha256));

  const total = await countRows(store);
  const rows: Record<string, number> = {};
  const referred: string[] = [];
  let done = 0;
  let page = 0;
  await exportRows(store.database, async (table, lines) => {
    rows[table] = (rows[table] ?? 0) + lines.length;
    done += lines.length;
    onProgress?.("Rows", Math.min(done, total), total);
    if (table === "blob") {
      for (const line of lines) referred.push((JSON.parse(line) as { sha256: string }).sha256);
    }
    const name = `row/${String(page++).padStart(6, "0")}-${table}.ndjson.gz`;
    await add(name, gzipSync(`${lines.join("\n")}\n`, { level: 3 }));
  });
  await addBlobs(referred);
  const gone = referred.filter((sha256) => !kept.has(sha256));
  const end: BackupEnd = { rows, blobs: kept.size, gone };
  await add(END_NAME, json(end));
  tar.finalize();
  return end;
}

/** About: others may write meanwhile. */
async function countRows({ database }: Store): Promise<number> {
  let total = 0;
  for (const name of Object.keys(TABLES)) {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from ${sql.table(name)}`.execute(database.sql);
    total += rows[0]!.count;
  }
  return total;
}

/** Undefined when it was deleted while the backup ran. */
async function blobOf({ blobs }: Store, sha256: string): Promise<Uint8Array | undefined> {
  try {
    return await blobs.get(sha256);
  } catch (error) {
    if (error instanceof WaymarkError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

function json(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}
