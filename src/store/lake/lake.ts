/**
 * The log as Parquet: `<data>/lake/event/dt=2026-03-01/*.parquet`, in hive partitions by the UTC day on
 * which events happened, for DuckDB, Spark and pandas. Only an export writes it (jobs/export-lake.ts),
 * one at a time, which a lock file sees to; any number of readers may read meanwhile.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assert, WaymarkError } from "../../base/index.ts";
import type { MemberEvent } from "../../schema/member-event.ts";
import { acquireLock } from "../lock.ts";
import { type DuckDBConnection, openDuckdb, quoted, readNumbers } from "./duckdb.ts";
import { type LakeFile, type Manifest, readManifest, writeManifest } from "./manifest.ts";

export const lakeDefaults = {
  /** Events that are written at once: some 250 MB in memory. */
  batch: 250_000,
  /** Files of a day that are left beside each other; more become one. */
  filesOfDay: 8,
  /** Milliseconds between two looks whether another process has done, and after which it is said. */
  lookMs: 100,
  waitMs: 600_000,
} as const;

export interface Lake {
  readonly folder: string;
  /** @throws WaymarkError STORE_DAMAGED */
  manifest(): Manifest;
  /**
   * Adds events and moves the manifest to `seq`; both or nothing.
   *
   * @param events in the order of seq, all after the manifest's and up to `seq`
   */
  append(events: Iterable<MemberEvent>, seq: number): Promise<void>;
  /**
   * Writes the files anew that hold these members: erased ones are left out, moved ones have the id of
   * the member into whom they were merged. Moves the manifest to `change`.
   */
  rewrite(members: MemberChanges, change: number): Promise<number>;
  /** Makes one file of the many that a day may have. @returns days that were made so */
  compact(): Promise<number>;
  /**
   * Does what writes while no other process writes: waits for one that does. Its files are taken over
   * from one that was killed.
   *
   * @throws WaymarkError STORE_LOCKED after ten minutes
   */
  alone<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Removes everything; the next export begins with the first event. */
  clear(): void;
  /**
   * Reads with a table `event` in a DuckDB of its own; of an empty lake the table is empty. `work` is
   * run again when files were replaced under it.
   *
   * @throws WaymarkError STORE_DAMAGED naming the file
   */
  query<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
}

export interface MemberChanges {
  readonly erased: readonly number[];
  /** Single events, by seq. */
  readonly erasedEvents?: readonly number[] | undefined;
  readonly moved: readonly { readonly from: number; readonly to: number }[];
}

/** What a row of a file holds; `dt` is the folder's. */
export const LAKE_COLUMNS =
  "seq bigint, source varchar, member_id bigint, kind varchar, event_ms bigint, created_ms bigint, value double, payload varchar";

export function openLake(folder: string): Lake {
  const spillFolder = join(folder, ".spill");
  const pathOf = ({ path }: Pick<LakeFile, "path">): string => join(folder, path);

  const withDuckdb = async <T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> => {
    const duckdb = await openDuckdb({ spillFolder });
    try {
      return await work(duckdb.connection);
    } finally {
      duckdb.close();
    }
  };

  /** Writes the rows of a query as files of the lake that no manifest names yet. */
  const write = async (
    connection: DuckDBConnection,
    rows: string,
    name: string,
  ): Promise<LakeFile[]> => {
    const aside = join(folder, ".new");
    rmSync(aside, { recursive: true, force: true });
    mkdirSync(aside, { recursive: true });
    await connection.run(
      `copy (select *, strftime(epoch_ms(event_ms), '%Y-%m-%d') as dt from (${rows}) order by dt, member_id, event_ms, created_ms, seq)
       to ${quoted(aside)} (format parquet, partition_by (dt), compression zstd, overwrite_or_ignore, filename_pattern ${quoted(`${name}-{i}`)})`,
    );
    const made = parquetFiles(aside);
    if (made.length === 0) return [];
    const counted = await connection.runAndReadAll(
      `select file_name, num_rows from parquet_file_metadata([${made.map((file) => quoted(join(aside, file))).join(", ")}])`,
    );
    const rowsOf = new Map(counted.getRows().map(([file, count]) => [String(file), Number(count)]));
    return made.map((file) => {
      const target = { path: join("event", file), rows: rowsOf.get(join(aside, file)) ?? 0 };
      mkdirSync(dirname(pathOf(target)), { recursive: true });
      renameSync(join(aside, file), pathOf(target));
      return target;
    });
  };

  /** What an export that was killed has left. */
  const removeOrphans = (manifest: Manifest): void => {
    const named = new Set(manifest.files.map(({ path }) => path));
    for (const file of parquetFiles(join(folder, "event"))) {
      if (!named.has(join("event", file))) rmSync(join(folder, "event", file), { force: true });
    }
    for (const file of entries(folder)) {
      if (/^manifest\..*\.tmp$/.test(file)) rmSync(join(folder, file), { force: true });
    }
    rmSync(join(folder, ".new"), { recursive: true, force: true });
  };

  /** These days' files are replaced by what the query makes of each. */
  const replace = async (
    manifest: Manifest,
    files: readonly LakeFile[],
    rows: (source: string) => string,
    change: number,
  ): Promise<void> => {
    const name = `upto-${manifest.seq}-${randomUUID().slice(0, 8)}`;
    const written = await damageNamed(() =>
      withDuckdb((connection) => write(connection, rows(sourceOf(files.map(pathOf))), name)),
    );
    const gone = new Set(files.map(({ path }) => path));
    const kept = manifest.files.filter(({ path }) => !gone.has(path));
    writeManifest(folder, { ...manifest, change, files: [...kept, ...written] });
    for (const file of files) rmSync(pathOf(file), { force: true });
  };

  return {
    folder,
    manifest: () => readManifest(folder),
    async append(events, seq) {
      const manifest = readManifest(folder);
      removeOrphans(manifest);
      const files = await withDuckdb(async (connection) => {
        await connection.run(`create table staged (${LAKE_COLUMNS})`);
        const count = await fill(connection, events, manifest.seq, seq);
        const name = `${manifest.seq + 1}-${seq}`;
        return count === 0 ? [] : await write(connection, "select * from staged", name);
      });
      writeManifest(folder, { ...manifest, seq, files: [...manifest.files, ...files] });
    },
    async rewrite({ erased, erasedEvents = [], moved }, change) {
      const manifest = readManifest(folder);
      removeOrphans(manifest);
      const members = [...erased, ...moved.map(({ from }) => from)];
      const held =
        members.length + erasedEvents.length === 0
          ? []
          : await damageNamed(() =>
              withDuckdb((db) => filesHolding(db, manifest, members, erasedEvents)),
            );
      if (held.length === 0) {
        if (change !== manifest.change) writeManifest(folder, { ...manifest, change });
        return 0;
      }
      const cases = moved.map(({ from, to }) => `when ${from} then ${to}`).join(" ");
      const id = cases === "" ? "member_id" : `case member_id ${cases} else member_id end`;
      const kept = [
        ...(erased.length === 0 ? [] : [`member_id not in (${erased.join(", ")})`]),
        ...(erasedEvents.length === 0 ? [] : [`seq not in (${erasedEvents.join(", ")})`]),
      ];
      const left = kept.length === 0 ? "" : `where ${kept.join(" and ")}`;
      const rows = (source: string): string =>
        `select * replace (${id} as member_id) from ${source} ${left}`;
      await replace(manifest, held, rows, change);
      return held.length;
    },
    async compact() {
      const manifest = readManifest(folder);
      removeOrphans(manifest);
      const byDay = Map.groupBy(manifest.files, ({ path }) => dirname(path));
      const many = [...byDay.values()].filter((files) => files.length > lakeDefaults.filesOfDay);
      if (many.length > 0) {
        await replace(
          manifest,
          many.flat(),
          (source) => `select * from ${source}`,
          manifest.change,
        );
      }
      return many.length;
    },
    async alone(work, signal) {
      mkdirSync(folder, { recursive: true });
      const lock = await waitForLock(folder, signal);
      try {
        return await work();
      } finally {
        lock.release();
      }
    },
    clear() {
      for (const file of entries(folder)) {
        if (file !== "lock") rmSync(join(folder, file), { recursive: true, force: true });
      }
    },
    async query(work) {
      for (let tries = 1; ; tries++) {
        const manifest = readManifest(folder);
        try {
          return await damageNamed(() =>
            withDuckdb(async (connection) => {
              const files = manifest.files.map(pathOf);
              await connection.run(
                files.length === 0
                  ? `create table event (${LAKE_COLUMNS})`
                  : `create view event as select * from ${sourceOf(files)}`,
              );
              return await work(connection);
            }),
          );
        } catch (error) {
          const isReplaced = nameOf(readManifest(folder)) !== nameOf(manifest);
          if (!isReplaced || tries === 3) throw error;
        }
      }
    },
    // Members are named by number: a list of them is no text of somebody else's.
  };

  async function filesHolding(
    connection: DuckDBConnection,
    manifest: Manifest,
    members: readonly number[],
    seqs: readonly number[],
  ): Promise<LakeFile[]> {
    if (manifest.files.length === 0) return [];
    await listed(connection, "wanted", members);
    await listed(connection, "wanted_event", seqs);
    const found = await connection.runAndReadAll(
      `select distinct filename from read_parquet([${manifest.files.map((file) => quoted(pathOf(file))).join(", ")}], filename = true, hive_partitioning = false)
       where member_id in (select n from wanted) or seq in (select n from wanted_event)`,
    );
    const names = new Set(found.getRows().map(([name]) => String(name)));
    return manifest.files.filter((file) => names.has(pathOf(file)));
  }
}

async function waitForLock(folder: string, signal?: AbortSignal) {
  const { lookMs, waitMs } = lakeDefaults;
  for (let waitedMs = 0; ; waitedMs += lookMs) {
    signal?.throwIfAborted();
    try {
      return acquireLock(folder);
    } catch (error) {
      const isHeld = error instanceof WaymarkError && error.code === "STORE_LOCKED";
      if (!isHeld || waitedMs >= waitMs) throw error;
    }
    await sleep(lookMs, undefined, { signal });
  }
}

async function listed(
  connection: DuckDBConnection,
  table: string,
  numbers: readonly number[],
): Promise<void> {
  await connection.run(`create table ${table} (n bigint)`);
  const appender = await connection.createAppender(table);
  for (const n of numbers) {
    appender.appendBigInt(BigInt(n));
    appender.endRow();
  }
  appender.closeSync();
}

/** Rows of `event` of these files, without `dt`. */
function sourceOf(paths: readonly string[]): string {
  return `read_parquet([${paths.map(quoted).join(", ")}], hive_partitioning = false)`;
}

async function fill(
  connection: DuckDBConnection,
  events: Iterable<MemberEvent>,
  after: number,
  upTo: number,
): Promise<number> {
  const appender = await connection.createAppender("staged");
  let count = 0;
  for (const { seq, source, memberId, kind, eventMs, createdMs, value, payload } of events) {
    assert(seq > after && seq <= upTo, `event ${seq} lies in the export ${after + 1} to ${upTo}`);
    appender.appendBigInt(BigInt(seq));
    appender.appendVarchar(source);
    appender.appendBigInt(BigInt(memberId));
    appender.appendVarchar(kind);
    appender.appendBigInt(BigInt(eventMs));
    appender.appendBigInt(BigInt(createdMs));
    if (typeof value === "number") appender.appendDouble(value);
    else appender.appendNull();
    appender.appendVarchar(JSON.stringify(payload));
    appender.endRow();
    count++;
  }
  appender.closeSync();
  return count;
}

function parquetFiles(folder: string): string[] {
  return entries(folder, true).filter((file) => file.endsWith(".parquet"));
}

function entries(folder: string, recursive = false): string[] {
  try {
    return readdirSync(folder, { recursive, encoding: "utf8" }).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Tells two manifests apart. */
function nameOf({ seq, change, files }: Manifest): string {
  return `${seq}-${change}-${files.length}`;
}

/** What DuckDB says of a file that is missing, cut off or another's. */
async function damageNamed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof WaymarkError || !/parquet/i.test(message)) throw cause;
    const file = /[^\s"']*\.parquet/.exec(message)?.[0] ?? "a file";
    throw new WaymarkError(
      "STORE_DAMAGED",
      `${file} of the lake cannot be read (${message.split("\n")[0]!.slice(0, 200)}); \`waymark lake export --anew\` writes the lake again from the log`,
      { cause },
    );
  }
}

export { readNumbers };
