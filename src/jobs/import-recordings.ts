/**
 * Files to stored activities, on all cores: worker threads read, clean and match, this thread decides
 * what is new and writes. Results are taken in the order of the files, so that of two files of one
 * activity the same one wins every time. It may be killed at any moment and run again: a recording is
 * noted together with its activities, and what is noted is not read again.
 */
import { availableParallelism } from "node:os";
import { assert, WaymarkError } from "../base/index.ts";
import { decodeDefaults } from "../geo/track/decode/index.ts";
import type { ImportedFile } from "../schema/import.ts";
import type { Blob } from "../store/blob-store.ts";
import { fateOf, type NotedFile } from "../store/note-files.ts";
import type { Reader } from "../store/recordings.ts";
import type { Store } from "../store/store.ts";
import type { Visibility } from "../store/table.ts";
import { isDuplicate } from "./duplicate.ts";
import { findRecordings, type RecordingSource } from "./find-recordings.ts";
import type { SharedMap } from "./import-map.ts";
import type { ImportData, ImportReply, ImportTask } from "./import-worker.ts";
import { createLanes, type Lanes, TimeoutError } from "./lanes.ts";
import { alsoNote } from "./note-activities.ts";
import { readWith } from "./read-with.ts";

export const importDefaults = {
  /** Largest file in bytes, checked before it is read: the decoders' own limit. */
  maxBytes: decodeDefaults.maxBytes,
  /** Milliseconds that one file may take: the largest real one takes half a second. */
  fileLimitMs: 60_000,
  /** Files read ahead of the one whose turn it is: covers a slow file, bounds the memory. */
  ahead: 64,
  /** Files whose writing may be under way at once; they share the syncs of the disk. */
  writing: 16,
  /** Files that were refused, or known, whose fates are noted together. */
  noted: 200,
  /** Whose recordings they are when nobody says. */
  athlete: "you",
} as const;

export interface ImportProgress {
  readonly files: number;
  /** Files known so far; archives add theirs when they are opened. */
  readonly allFiles: number;
  readonly bytes: number;
  readonly allBytes: number;
}

export interface ImportOptions {
  /** Files, archives and folders on disk, or recordings in memory as they are made. */
  readonly paths: readonly string[] | AsyncIterable<RecordingSource>;
  readonly store: Store;
  /** Without a map nothing is matched. */
  readonly map?: SharedMap | undefined;
  /** Worker threads; default all cores. */
  readonly threads?: number | undefined;
  /** The account whose they are; goes before every name. */
  readonly athleteId?: number | undefined;
  /** Name of the local account whose they are where a source says none. */
  readonly athlete?: string | undefined;
  /** Who sees new activities; nobody else unless said. */
  readonly visibility?: Visibility | undefined;
  /** Epoch milliseconds, noted as the time of the import. */
  readonly now?: number | undefined;
  readonly fileLimitMs?: number | undefined;
  /** Called in the order of the files, when the file is on disk or refused. */
  readonly onFile?: ((file: ImportedFile) => void) | undefined;
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  /** When aborted, what is being written is finished and the promise resolves. */
  readonly signal?: AbortSignal | undefined;
}

export interface ImportSummary {
  readonly files: number;
  readonly ok: number;
  readonly repaired: number;
  readonly refused: number;
  /** Activities that were added or replaced. */
  readonly activities: number;
  /** Activities that another file had brought before. */
  readonly duplicates: number;
  /** Files passed over because their bytes were imported before. */
  readonly known: number;
  readonly points: number;
  readonly isInterrupted: boolean;
}

/** @throws what the store throws (STORE_UNAVAILABLE, STORE_FULL); a bad file never throws */
export async function importRecordings(options: ImportOptions): Promise<ImportSummary> {
  const { store, map, signal, now = Date.now(), visibility } = options;
  const reader = readWith(map?.network.version);
  const lanes = createLanes<ImportTask, ImportReply>(
    new URL("./import-worker.ts", import.meta.url),
    {
      size: options.threads ?? availableParallelism(),
      workerData: { map, known: await store.recordings.known(reader) } satisfies ImportData,
      limitMs: options.fileLimitMs ?? importDefaults.fileLimitMs,
    },
  );
  const run: Run = {
    store,
    reader,
    now,
    visibility,
    counts: { ...NOTHING },
    kept: new Map(),
    noted: [],
  };
  const ownerOf = ownerReader(options, now);
  const progress = { files: 0, allFiles: 0, bytes: 0, allBytes: 0 };
  const found = (files: number, bytes: number): void => {
    progress.allFiles += files;
    progress.allBytes += bytes;
    options.onProgress?.({ ...progress });
  };
  const sources = isIterable(options.paths)
    ? options.paths
    : findRecordings(options.paths, importDefaults.maxBytes, found);

  const reading: { source: RecordingSource; athleteId: number; outcome: Promise<Outcome> }[] = [];
  const writing: Promise<void>[] = [];
  let emitted: Promise<void> = Promise.resolve();
  const takeNext = async (): Promise<void> => {
    const { source, athleteId, outcome } = reading.shift()!;
    const settled = await outcome;
    if (settled === ABORTED) return;
    // Bytes are written side by side; what is new is decided in the order of the files.
    const blob = "bytes" in settled ? store.blobs.put(settled.bytes) : undefined;
    emitted = Promise.all([blob, emitted])
      .then(([kept]) => settle(source, athleteId, settled, kept, run))
      .then((said) => options.onFile?.(said));
    // A rejection is met below, in its turn.
    emitted.catch(() => {});
    writing.push(emitted);
    if (writing.length > importDefaults.writing) await writing.shift();
    progress.files++;
    progress.bytes += source.byteLength;
    options.onProgress?.({ ...progress });
  };

  // What is being read is given up at once; what is being written is finished.
  const stop = (): void => void lanes.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for await (const source of sources) {
      if (signal?.aborted) break;
      const athleteId = await ownerOf(source);
      reading.push({ source, athleteId, outcome: read(source, athleteId, lanes, options) });
      if (reading.length >= importDefaults.ahead) await takeNext();
    }
    while (reading.length > 0 && !signal?.aborted) await takeNext();
    await Promise.all(writing);
    await note(run);
  } finally {
    signal?.removeEventListener("abort", stop);
    await lanes.close();
  }
  return { ...run.counts, isInterrupted: signal?.aborted === true };
}

const NOTHING = {
  files: 0,
  ok: 0,
  repaired: 0,
  refused: 0,
  activities: 0,
  duplicates: 0,
  known: 0,
  points: 0,
} satisfies Omit<ImportSummary, "isInterrupted">;

interface Run {
  readonly store: Store;
  readonly reader: Reader;
  readonly now: number;
  readonly visibility: Visibility | undefined;
  readonly counts: Record<keyof typeof NOTHING, number>;
  /** What this run has kept, by athlete and hash. */
  readonly kept: Map<string, ImportedFile>;
  /** Fates that are not yet written: those of files that brought nothing to keep. */
  readonly noted: NotedFile[];
}

/** Whose a source is: the account that was said, or the local one of a name. */
function ownerReader(
  { store, athleteId, athlete = importDefaults.athlete }: ImportOptions,
  now: number,
): (source: RecordingSource) => Promise<number> {
  const ids = new Map<string, number>();
  return async (source) => {
    if (athleteId !== undefined) return athleteId;
    const name = source.athlete ?? athlete;
    const known = ids.get(name);
    if (known !== undefined) return known;
    const { id } = await store.athletes.local(name, now);
    ids.set(name, id);
    return id;
  };
}

const ABORTED = Symbol("aborted");
type Outcome = ImportReply | WaymarkError | typeof ABORTED;

/** Never rejects: what goes wrong with a file is its outcome. */
async function read(
  source: RecordingSource,
  athleteId: number,
  lanes: Lanes<ImportTask, ImportReply>,
  { signal }: ImportOptions,
): Promise<Outcome> {
  if (source.error) return source.error;
  const { file, path, entry, title, sport } = source;
  try {
    const bytes = await source.bytes?.();
    if (signal?.aborted) return ABORTED;
    const task: ImportTask = { file, path, entry, bytes, athleteId, title, sport };
    return await lanes.run(task, bytes ? [bytes.buffer as ArrayBuffer] : []);
  } catch (error) {
    if (signal?.aborted) return ABORTED;
    return refusal(file, error);
  }
}

/** What went wrong with a file, in the words of its athlete. */
export function refusal(file: string, error: unknown): WaymarkError {
  if (error instanceof WaymarkError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const what =
    error instanceof TimeoutError ? `was given up: ${reason}` : `broke the reader: ${reason}`;
  return new WaymarkError("TRACK_FAILED", `${file} ${what}`, { cause: error });
}

/** What came of a file, on disk when it resolves. */
async function settle(
  { file, byteLength }: RecordingSource,
  athleteId: number,
  outcome: Exclude<Outcome, typeof ABORTED>,
  blob: Blob | undefined,
  run: Run,
): Promise<ImportedFile> {
  const { store, counts, reader, now, visibility } = run;
  counts.files++;
  if (outcome instanceof WaymarkError) {
    counts.refused++;
    const { code, message } = outcome;
    const said: ImportedFile = {
      file,
      status: "refused",
      error: { code, message },
      repairs: [],
      activities: [],
    };
    const fate = fateOf(said);
    await note(run, { athleteId, path: file, sha256: null, byteLength, fate });
    return said;
  }
  const key = `${athleteId} ${outcome.hash}`;
  const before =
    run.kept.get(key) ??
    (outcome.kind === "known"
      ? (await store.recordings.find(athleteId, outcome.hash))?.result
      : undefined);
  if (before) {
    if (before.status !== "refused") counts[before.status]++;
    counts.known++;
    const said = repeated(before, file);
    const fate = fateOf(said);
    await note(run, { athleteId, path: file, sha256: outcome.hash, byteLength, fate });
    return said;
  }
  assert(
    outcome.kind === "read" && blob,
    `recording ${outcome.hash} is known and not in the store`,
  );
  const { status, repairs, activities } = outcome;
  const result = await store.recordings.keep(
    {
      athleteId,
      blob,
      file,
      path: file,
      reader,
      status,
      repairs,
      activities,
      fields: { visibility },
    },
    { now, isDuplicate, also: alsoNote(store, { athleteId, activities }, now) },
  );
  run.kept.set(key, result);
  counts[status]++;
  for (const { points, duplicateOf } of result.activities) {
    counts.points += points;
    if (duplicateOf === undefined) counts.activities++;
    else counts.duplicates++;
  }
  return result;
}

/** Adds a fate, or writes those that wait. */
async function note({ store, noted, now }: Run, file?: NotedFile): Promise<void> {
  if (file) noted.push(file);
  if (file && noted.length < importDefaults.noted) return;
  await store.uploads.note(noted.splice(0), now);
}

/** The same bytes again: under another name they are a duplicate of the first. */
function repeated(before: ImportedFile, file: string): ImportedFile {
  const activities =
    before.file === file
      ? before.activities
      : before.activities.map((activity) => ({ ...activity, duplicateOf: activity.id }));
  return { ...before, file, activities, isKnown: true };
}

function isIterable(paths: ImportOptions["paths"]): paths is AsyncIterable<RecordingSource> {
  return Symbol.asyncIterator in paths;
}
