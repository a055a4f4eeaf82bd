/**
 * A backup into an empty store, whatever database is behind it. Rows become visible together, after
 * the last entry was read and every raw file that they name is there: an archive that was cut short,
 * or damaged, leaves a store as empty as before.
 */
import { createReadStream, existsSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { WaymarkError } from "../base/index.ts";
import type { Tx } from "../store/database.ts";
import { fileError } from "../store/file-error.ts";
import { schemaVersion } from "../store/migrate.ts";
import {
  clearLeftovers,
  finishImport,
  importRows,
  isEmptyStore,
  type PortableTable,
  TABLES,
} from "../store/portable.ts";
import type { Store } from "../store/store.ts";
import {
  BACKUP_FORMAT,
  type BackupEnd,
  type BackupManifest,
  END_NAME,
  MANIFEST_NAME,
} from "./backup.ts";

export const restoreDefaults = {
  /** Largest entry in bytes: a raw file's limit, and more than any page of rows. */
  entryBytes: 512 << 20,
} as const;

export interface RestoreOptions {
  readonly store: Store;
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the archive. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** @throws WaymarkError USAGE (the store is not empty), STORE_FOREIGN, STORE_DAMAGED, FILE_READ */
export async function restore(options: RestoreOptions): Promise<BackupEnd> {
  const { store } = options;
  return await store.database.transaction(async (tx) => {
    if (!(await isEmptyStore(tx))) {
      throw new WaymarkError(
        "USAGE",
        "the store holds accounts or files already, and a backup goes into an empty one: name another folder with --data, set DATABASE_URL to another database, or move this one away",
        { choices: ["another --data", "another DATABASE_URL"] },
      );
    }
    await clearLeftovers(tx);
    return await read(tx, options);
  });
}

/**
 * Reads an archive to its end without keeping anything: whether it is whole.
 *
 * @throws WaymarkError STORE_FOREIGN, STORE_DAMAGED, FILE_READ
 */
export async function checkBackup(path: string): Promise<BackupEnd> {
  let manifest: BackupManifest | undefined;
  for await (const { name, bytes } of entries(path)) {
    if (!manifest) manifest = readManifest(name, bytes, path);
    else if (name === END_NAME) return parse<BackupEnd>(bytes, path, END_NAME);
  }
  throw damaged(path, CUT_SHORT);
}

const CUT_SHORT = "it was cut short: its last entry is missing";

interface Counts {
  readonly rows: Record<string, number>;
  readonly blobs: Set<string>;
}

async function read(tx: Tx, options: RestoreOptions): Promise<BackupEnd> {
  const counts: Counts = { rows: {}, blobs: new Set() };
  let manifest: BackupManifest | undefined;
  for await (const { name, bytes } of entries(options.path, options.onProgress)) {
    options.signal?.throwIfAborted();
    if (!manifest) manifest = readManifest(name, bytes, options.path);
    else if (name.startsWith("blob/")) await readBlob(name, bytes, counts, options);
    else if (name.startsWith("row/")) await readRows(tx, name, bytes, counts, options);
    else if (name === END_NAME) return await finish(tx, bytes, counts, options.path);
  }
  throw damaged(options.path, CUT_SHORT);
}

async function* entries(
  path: string,
  onProgress: RestoreOptions["onProgress"] = () => {},
): AsyncGenerator<{ readonly name: string; readonly bytes: Buffer }> {
  const total = existsSync(path) ? statSync(path).size : 0;
  const tar = extract();
  const file = createReadStream(path);
  file.on("error", (error) => tar.destroy(error));
  file.pipe(tar);
  try {
    for await (const entry of tar) {
      const { name, size = 0, type } = entry.header;
      if (size > restoreDefaults.entryBytes) throw damaged(path, `'${name}' has ${size} bytes`);
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      onProgress(file.bytesRead, total);
      if (type === "file") yield { name, bytes: Buffer.concat(chunks) };
    }
  } catch (error) {
    if (error instanceof WaymarkError) throw error;
    const said = fileError(error, path);
    throw said instanceof WaymarkError ? said : damaged(path, (error as Error).message);
  } finally {
    file.destroy();
    tar.destroy();
  }
}

function readManifest(name: string, bytes: Buffer, path: string): BackupManifest {
  if (name !== MANIFEST_NAME) throw damaged(path, `it begins with '${name}' and is no backup`);
  const manifest = parse<BackupManifest>(bytes, path, name);
  if (manifest.format !== BACKUP_FORMAT || manifest.schema !== schemaVersion()) {
    throw new WaymarkError(
      "STORE_FOREIGN",
      `${path} has format ${manifest.format} and schema ${manifest.schema}; this version reads ${BACKUP_FORMAT} and ${schemaVersion()}: restore it with the Waymark that made it`,
    );
  }
  return manifest;
}

async function readBlob(
  name: string,
  bytes: Buffer,
  counts: Counts,
  { store, path }: RestoreOptions,
): Promise<void> {
  const { sha256 } = await store.blobs.put(bytes);
  if (!name.endsWith(`/${sha256}`)) {
    await store.blobs.remove(sha256);
    throw damaged(path, `'${name}' holds other bytes than it says`);
  }
  counts.blobs.add(sha256);
}

async function readRows(
  tx: Tx,
  name: string,
  bytes: Buffer,
  { rows }: Counts,
  { path }: RestoreOptions,
): Promise<void> {
  const table = /^row\/\d+-([a-z_]+)\.ndjson\.gz$/.exec(name)?.[1];
  if (table === undefined || !(table in TABLES))
    throw damaged(path, `'${name}' is no table of ours`);
  let lines: string[];
  try {
    lines = gunzipSync(bytes, { maxOutputLength: restoreDefaults.entryBytes })
      .toString()
      .trimEnd()
      .split("\n");
  } catch (cause) {
    throw damaged(path, `'${name}' cannot be unpacked`, cause);
  }
  await importRows(tx, table as PortableTable, lines);
  rows[table] = (rows[table] ?? 0) + lines.length;
}

/** Nothing is missing, and every row finds its bytes. */
async function finish(tx: Tx, bytes: Buffer, counts: Counts, path: string): Promise<BackupEnd> {
  const end = parse<BackupEnd>(bytes, path, END_NAME);
  for (const [table, count] of Object.entries(end.rows)) {
    const here = counts.rows[table] ?? 0;
    if (here !== count) throw damaged(path, `${here} of ${count} rows of '${table}' are there`);
  }
  if (counts.blobs.size !== end.blobs) {
    throw damaged(path, `${counts.blobs.size} of ${end.blobs} raw files are there`);
  }
  await removeGone(
    tx,
    (end.gone ?? []).filter((sha256) => !counts.blobs.has(sha256)),
  );
  const referred = await tx.selectFrom("blob").select("sha256").execute();
  const missing = referred.filter(({ sha256 }) => !counts.blobs.has(sha256));
  if (missing.length > 0) {
    throw damaged(path, `${missing.length} raw files are missing, '${missing[0]!.sha256}' first`);
  }
  await finishImport(tx);
  return end;
}

function parse<T>(bytes: Buffer, path: string, name: string): T {
  try {
    return JSON.parse(bytes.toString()) as T;
  } catch (cause) {
    throw damaged(path, `'${name}' is not JSON`, cause);
  }
}

function damaged(path: string, reason: string, cause?: unknown): WaymarkError {
  return new WaymarkError("STORE_DAMAGED", `${path} cannot be restored: ${reason}`, { cause });
}

/** What was deleted while the backup ran stays deleted. */
async function removeGone(tx: Tx, hashes: readonly string[]): Promise<void> {
  for (const sha256 of hashes) {
    await tx.deleteFrom("activity").where("sha256", "=", sha256).execute();
    await tx.deleteFrom("recording").where("sha256", "=", sha256).execute();
    await tx.deleteFrom("upload").where("sha256", "=", sha256).execute();
    await tx.deleteFrom("blob").where("sha256", "=", sha256).execute();
  }
}
