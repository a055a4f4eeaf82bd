/**
 * The recordings under some paths, one by one: files as they are, zip archives opened by their
 * directory, Strava exports (as an archive or unpacked) with the titles and sports of their table.
 * Nothing of a recording is read before its turn.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { WaymarkError } from "../base/index.ts";
import {
  type Archive,
  type ByteSource,
  detectFormat,
  readArchive,
  readStravaExport,
  type StravaActivity,
} from "../geo/track/decode/index.ts";
import type { Sport } from "../geo/track/recording.ts";
import { type FoundFile, findFiles, unreadable } from "./find-files.ts";

export interface RecordingSource {
  /** As the person would write it; within an archive its path and the entry's. */
  readonly file: string;
  readonly byteLength: number;
  /** Where to read it: a file, or an entry of the archive at `path`. */
  readonly path?: string | undefined;
  readonly entry?: string | undefined;
  /** Instead of a path: called once, the bytes are given away. */
  readonly bytes?: (() => Promise<Uint8Array> | Uint8Array) | undefined;
  /** Why it cannot be read. */
  readonly error?: WaymarkError | undefined;
  readonly athlete?: string | undefined;
  readonly title?: string | undefined;
  /** What the person says it was; goes before the file's own word. */
  readonly sport?: Sport | undefined;
}

/** Bytes that tell an archive from a recording. */
const MAGIC_BYTES = 4;
const RECORDING_NAME = /\.(fit|gpx|tcx)(\.gz)?$/i;

/** @param onFound told of files and archive entries before they come */
export async function* findRecordings(
  paths: readonly string[],
  maxBytes: number,
  onFound: (files: number, bytes: number) => void,
): AsyncGenerator<RecordingSource> {
  const files = namedByExport(await findFiles(paths));
  onFound(files.length, sum(files));
  for (const source of files) {
    if (source.error || source.path === undefined || !isArchive(source.path)) {
      yield bounded(source, maxBytes);
      continue;
    }
    const entries = archiveEntries(source.path);
    // The archive itself is no recording; its entries take its place.
    onFound(entries.length - 1, sum(entries) - source.byteLength);
    for (const entry of entries) yield bounded(entry, maxBytes);
  }
}

/** Random access to a file, so that an archive of any size costs no memory. */
export function openArchive(path: string): { readonly archive: Archive; close(): void } {
  const fd = openSync(path, "r");
  const source: ByteSource = {
    byteLength: fstatSync(fd).size,
    read(at, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, source.byteLength - at)));
      let done = 0;
      while (done < bytes.length) {
        const n = readSync(fd, bytes, done, bytes.length - done, at + done);
        if (n === 0) break;
        done += n;
      }
      return bytes.subarray(0, done);
    },
  };
  try {
    return { archive: readArchive(source), close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function archiveEntries(path: string): RecordingSource[] {
  try {
    const { archive, close } = openArchive(path);
    try {
      const table = readStravaExport(archive.entries);
      const said = new Map(table?.activities.map((activity) => [activity.entry?.path, activity]));
      const refused = archive.refused.map(
        (entry): RecordingSource => ({
          file: `${path}/${entry.path}`,
          byteLength: 0,
          error: new WaymarkError(
            "ZIP_UNSAFE",
            `${path}: '${entry.path}' is refused: ${entry.reason}`,
          ),
        }),
      );
      const entries = archive.entries
        // An export holds photos, routes and tables beside its recordings.
        .filter((entry) => !table || said.has(entry.path) || isActivity(entry.path))
        .map(
          (entry): RecordingSource => ({
            file: `${path}/${entry.path}`,
            byteLength: entry.byteLength,
            path,
            entry: entry.path,
            ...wordsOf(said.get(entry.path)),
          }),
        );
      return [...refused, ...entries];
    } finally {
      close();
    }
  } catch (cause) {
    const error = cause instanceof WaymarkError ? cause : unreadable(path, cause);
    return [{ file: path, byteLength: 0, error }];
  }
}

/** Found files, with the words of an unpacked export's table and without its other files. */
function namedByExport(found: readonly FoundFile[]): RecordingSource[] {
  const sources = new Map<string, RecordingSource>();
  for (const { path, byteLength, error } of found) {
    sources.set(path, error ? { file: path, byteLength, error } : { file: path, byteLength, path });
  }
  for (const { path: tablePath } of found) {
    const folder = /^(.*[/\\])?activities\.csv$/i.exec(tablePath)?.[1] ?? undefined;
    if (folder === undefined && !/^activities\.csv$/i.test(tablePath)) continue;
    const root = folder ?? "";
    const inside = found.filter(({ path, error }) => path.startsWith(root) && !error);
    const entries = inside.map(({ path, byteLength }) => ({
      path: path.slice(root.length).replaceAll("\\", "/"),
      byteLength,
      read: () => readFileSync(path),
    }));
    const table = readStravaExport(entries);
    if (!table?.activities.some((activity) => activity.entry)) continue;
    const said = new Map(table.activities.map((activity) => [activity.entry?.path, activity]));
    for (const [i, { path }] of inside.entries()) {
      const name = entries[i]!.path;
      const words = wordsOf(said.get(name));
      if (said.has(name)) sources.set(path, { ...sources.get(path)!, ...words });
      else if (!isActivity(name)) sources.delete(path);
    }
  }
  return [...sources.values()];
}

function wordsOf(activity: StravaActivity | undefined): Pick<RecordingSource, "title" | "sport"> {
  if (!activity) return {};
  const { title, sport } = activity;
  return { ...(title && { title }), ...(sport !== "other" && { sport }) };
}

/** A recording of an export that its table does not name. */
function isActivity(path: string): boolean {
  return /(^|\/)activities\//i.test(path) && RECORDING_NAME.test(path);
}

function bounded(source: RecordingSource, maxBytes: number): RecordingSource {
  if (source.error || source.byteLength <= maxBytes) return source;
  const { file, byteLength } = source;
  const mib = Math.ceil(byteLength / 2 ** 20).toLocaleString("en-US");
  const limit = Math.floor(maxBytes / 2 ** 20).toLocaleString("en-US");
  return {
    file,
    byteLength,
    error: new WaymarkError(
      "TRACK_TOO_LARGE",
      `${file} has ${mib} MiB; a recording may have ${limit} MiB at most`,
    ),
  };
}

function isArchive(path: string): boolean {
  try {
    const fd = openSync(path, "r");
    try {
      const magic = new Uint8Array(MAGIC_BYTES);
      return readSync(fd, magic) === MAGIC_BYTES && detectFormat(magic).format === "zip";
    } finally {
      closeSync(fd);
    }
  } catch {
    // Whoever reads it next says why it cannot be read.
    return false;
  }
}

function sum(sources: readonly { readonly byteLength: number }[]): number {
  return sources.reduce((total, { byteLength }) => total + byteLength, 0);
}
