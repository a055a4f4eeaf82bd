/**
 * Files to stored activities, on all cores: worker threads read, clean and match, this thread decides
 * what is new and writes. Results are taken in the order of the files, so that of two files of one
 * activity the same one wins every time. It may be killed at any moment and run again: a recording is
 * noted only after its activities are on disk, and what is noted is not read again.
 */
import { availableParallelism } from "node:os";
import { assert, WaymarkError } from "../base/index.ts";
import { decodeDefaults } from "../geo/track/decode/index.ts";
import type { ImportedActivity, ImportedFile } from "../schema/import.ts";
import type { RecordingEntry, RecordingStore } from "../store/recording-store.ts";
import { createDuplicateIndex, type DuplicateIndex } from "./duplicate.ts";
import { findRecordings, type RecordingSource } from "./find-recordings.ts";
import type { SharedMap } from "./import-map.ts";
import type { ImportData, ImportReply, ImportTask } from "./import-worker.ts";
import { createLanes, type Lanes, TimeoutError } from "./lanes.ts";
import { isUpToDate, readWith } from "./read-with.ts";

export const importDefaults = {
  /** Largest file in bytes, checked before it is read: the decoders' own limit. */
  maxBytes: decodeDefaults.maxBytes,
  /** Milliseconds that one file may take: the largest real one takes half a second. */
  fileLimitMs: 60_000,
  /** Files read ahead of the one whose turn it is: covers a slow file, bounds the memory. */
  ahead: 64,
  /** Files whose writing may be under way at once; they share the syncs of the disk. */
  writing: 16,
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
  readonly store: RecordingStore;
  /** Without a map nothing is matched. */
  readonly map?: SharedMap | undefined;
  /** Worker threads; default all cores. */
  readonly threads?: number | undefined;
  readonly athlete?: string | undefined;
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

/** @throws what the store throws (STORE_LOCKED, a full disk); a bad file never throws */
export async function importRecordings(options: ImportOptions): Promise<ImportSummary> {
  const { store, map, signal } = options;
  const known = knownHashes(store, map?.network.version);
  const lanes = createLanes<ImportTask, ImportReply>(
    new URL("./import-worker.ts", import.meta.url),
    {
      size: options.threads ?? availableParallelism(),
      workerData: { map, known: [...known] } satisfies ImportData,
      limitMs: options.fileLimitMs ?? importDefaults.fileLimitMs,
    },
  );
  const run: Run = {
    store,
    readWith: readWith(map?.network.version),
    duplicates: createDuplicateIndex(store.summaries()),
    counts: { ...NOTHING },
    known,
    entries: new Map(),
  };
  const progress = { files: 0, allFiles: 0, bytes: 0, allBytes: 0 };
  const found = (files: number, bytes: number): void => {
    progress.allFiles += files;
    progress.allBytes += bytes;
    options.onProgress?.({ ...progress });
  };
  const sources = isIterable(options.paths)
    ? options.paths
    : findRecordings(options.paths, importDefaults.maxBytes, found);

  const reading: { source: RecordingSource; outcome: Promise<Outcome> }[] = [];
  const writing: Promise<void>[] = [];
  let emitted: Promise<void> = Promise.resolve();
  const takeNext = async (): Promise<void> => {
    const { source, outcome } = reading.shift()!;
    const settled = await outcome;
    if (settled === ABORTED) return;
    emitted = Promise.all([settle(source.file, settled, run), emitted]).then(([said]) =>
      options.onFile?.(said),
    );
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
      reading.push({ source, outcome: read(source, lanes, options) });
      if (reading.length >= importDefaults.ahead) await takeNext();
    }
    while (reading.length > 0 && !signal?.aborted) await takeNext();
    await Promise.all(writing);
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
  readonly store: RecordingStore;
  readonly readWith: string;
  readonly duplicates: DuplicateIndex;
  readonly counts: Record<keyof typeof NOTHING, number>;
  /** Recordings that need no second reading. */
  readonly known: ReadonlySet<string>;
  /** Those that this run has read, from the moment it decided. */
  readonly entries: Map<string, RecordingEntry>;
}

const ABORTED = Symbol("aborted");
type Outcome = ImportReply | WaymarkError | typeof ABORTED;

/** Never rejects: what goes wrong with a file is its outcome. */
async function read(
  source: RecordingSource,
  lanes: Lanes<ImportTask, ImportReply>,
  { signal, athlete = importDefaults.athlete }: ImportOptions,
): Promise<Outcome> {
  if (source.error) return source.error;
  const { file, path, entry, title, sport } = source;
  try {
    const bytes = await source.bytes?.();
    if (signal?.aborted) return ABORTED;
    const task: ImportTask = {
      file,
      path,
      entry,
      bytes,
      athlete: source.athlete ?? athlete,
      title,
      sport,
    };
    return await lanes.run(task, bytes ? [bytes.buffer as ArrayBuffer] : []);
  } catch (error) {
    if (signal?.aborted) return ABORTED;
    return refusal(file, error);
  }
}

function refusal(file: string, error: unknown): WaymarkError {
  if (error instanceof WaymarkError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const what =
    error instanceof TimeoutError ? `was given up: ${reason}` : `broke the reader: ${reason}`;
  return new WaymarkError("TRACK_FAILED", `${file} ${what}`, { cause: error });
}

/** Decides at once what is new, in the order of the files; resolves when it is on disk. */
async function settle(
  file: string,
  outcome: Exclude<Outcome, typeof ABORTED>,
  run: Run,
): Promise<ImportedFile> {
  const { store, counts } = run;
  counts.files++;
  if (outcome instanceof WaymarkError) {
    counts.refused++;
    const { code, message } = outcome;
    return { file, status: "refused", error: { code, message }, repairs: [], activities: [] };
  }
  const { hash } = outcome;
  const entry = run.entries.get(hash) ?? (run.known.has(hash) ? store.recording(hash) : undefined);
  if (entry) {
    counts[entry.result.status]++;
    counts.known++;
    return repeated(entry, file);
  }
  assert(outcome.kind === "read", `recording ${hash} is known and not in the store`);

  const writes: Promise<void>[] = [];
  const activities: ImportedActivity[] = [];
  for (const { encoded, said } of outcome.activities) {
    counts.points += said.points;
    const other = run.duplicates.find(encoded.summary);
    if (other) {
      counts.duplicates++;
      activities.push({ ...said, id: other.id, duplicateOf: other.id });
      continue;
    }
    counts.activities++;
    run.duplicates.add(encoded.summary);
    writes.push(store.putEncoded(encoded));
    activities.push(said);
  }
  writes.push(...removeForgotten(store, hash, activities));
  counts[outcome.status]++;
  const { status, repairs } = outcome;
  const result: ImportedFile = { file, status, repairs: [...repairs], activities };
  const noted = { hash, readWith: run.readWith, result };
  run.entries.set(hash, noted);
  await Promise.all(writes);
  await store.putRecording(noted);
  return result;
}

/** An earlier engine may have found more activities in the same bytes. */
function removeForgotten(
  store: RecordingStore,
  hash: string,
  activities: readonly ImportedActivity[],
): Promise<void>[] {
  const ids = new Set(activities.map((activity) => activity.id));
  const before = store.recording(hash)?.result.activities ?? [];
  return before
    .filter(({ id, duplicateOf }) => duplicateOf === undefined && !ids.has(id))
    .map(({ id }) => store.remove(id));
}

/** The same bytes again: under another name they are a duplicate of the first. */
function repeated(entry: RecordingEntry, file: string): ImportedFile {
  const activities =
    entry.result.file === file
      ? entry.result.activities
      : entry.result.activities.map((activity) => ({ ...activity, duplicateOf: activity.id }));
  return { ...entry.result, file, activities, isKnown: true };
}

/** Recordings that this run would read to the same result, and whose activities are all there. */
function knownHashes(store: RecordingStore, networkVersion: string | undefined): Set<string> {
  const ids = new Set(store.summaries().map((summary) => summary.id));
  const known = new Set<string>();
  for (const { hash, readWith, result } of store.recordings()) {
    const isWhole = result.activities.every((activity) => ids.has(activity.id));
    if (isWhole && isUpToDate(readWith, networkVersion)) known.add(hash);
  }
  return known;
}

function isIterable(paths: ImportOptions["paths"]): paths is AsyncIterable<RecordingSource> {
  return Symbol.asyncIterator in paths;
}
