/**
 * A store as one file: a tar of the raw files and of the rows as JSON lines, the same whatever
 * database they came from. Rows are as of one moment; raw files go before them, those that came
 * meanwhile after, so that every row finds its bytes. Any tar program opens it.
 */
import { createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { WaymarkError } from "../base/index.ts";
import { fileError } from "../store/file-error.ts";
import { schemaVersion } from "../store/migrate.ts";
import { exportRows } from "../store/portable.ts";
import type { Store } from "../store/store.ts";

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
}

export interface BackupOptions {
  readonly store: Store;
  /** The archive; it appears when it is whole. */
  readonly path: string;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((phase: string, done: number, total: number) => void) | undefined;
}

export interface BackupSummary extends BackupEnd {
  readonly byteLength: number;
}

/** @throws WaymarkError STORE_FULL, FILE_READ, STORE_UNAVAILABLE, STORE_DAMAGED of a raw file */
export async function backup(options: BackupOptions): Promise<BackupSummary> {
  const { path } = options;
  const aside = `${path}.part`;
  const tar = pack();
  const bytes = new PassThrough();
  const written = pipeline(tar, bytes, createWriteStream(aside), {
    signal: options.signal,
  });
  try {
    const [end] = await Promise.all([write(tar, options), written]);
    await sync(aside);
    await rename(aside, path);
    await sync(dirname(path));
    const handle = await open(path);
    const { size } = await handle.stat();
    await handle.close();
    return { ...end, byteLength: size };
  } catch (error) {
    tar.destroy();
    await written.catch(() => {});
    await rm(aside, { force: true });
    throw fileError(error, path);
  }
}

async function write(
  tar: ReturnType<typeof pack>,
  { store, now, signal, onProgress }: BackupOptions,
): Promise<BackupEnd> {
  const add = (name: string, content: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      tar.once("error", reject);
      tar.entry({ name, mtime: new Date(now) }, Buffer.from(content), (error) => {
        tar.off("error", reject);
        if (error) reject(error);
        else resolve();
      });
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
      signal?.throwIfAborted();
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

  const rows: Record<string, number> = {};
  const referred: string[] = [];
  let page = 0;
  await exportRows(store.database, async (table, lines) => {
    signal?.throwIfAborted();
    rows[table] = (rows[table] ?? 0) + lines.length;
    onProgress?.(`Rows of ${table}`, rows[table], 0);
    if (table === "blob") {
      for (const line of lines) referred.push((JSON.parse(line) as { sha256: string }).sha256);
    }
    const name = `row/${String(page++).padStart(6, "0")}-${table}.ndjson.gz`;
    await add(name, gzipSync(`${lines.join("\n")}\n`, { level: 3 }));
  });
  await addBlobs(referred);
  const end: BackupEnd = { rows, blobs: kept.size };
  await add(END_NAME, json(end));
  tar.finalize();
  return end;
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

async function sync(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
