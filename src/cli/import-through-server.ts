/**
 * An import into a store that a running server has open: each file is uploaded to it as the owner's, and
 * told when the server has read it. The same lines as of an import into the store itself.
 */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ERROR_CODES, type ErrorCode, WaymarkError } from "../base/index.ts";
import type { ArchiveEntry } from "../geo/track/decode/index.ts";
import { unreadable } from "../jobs/find-files.ts";
import { findRecordings, openArchive, type RecordingSource } from "../jobs/find-recordings.ts";
import { type ImportSummary, importDefaults, refusal } from "../jobs/import-recordings.ts";
import type { ActivityAnswer } from "../schema/activity.ts";
import type { ImportedActivity, ImportedFile } from "../schema/import.ts";
import type { UploadAnswer } from "../schema/upload.ts";
import type { ServerClient } from "./server-client.ts";

export const throughDefaults = {
  /** Files that are on their way at once: the server reads them side by side. */
  ahead: 8,
  /** Milliseconds between two questions for one file. */
  lookMs: 200,
} as const;

export interface ThroughOptions {
  readonly paths: readonly string[];
  readonly server: ServerClient;
  readonly onFile: (file: ImportedFile) => void;
  readonly onProgress: (bytes: number, allBytes: number) => void;
  readonly signal: AbortSignal;
}

/** @throws WaymarkError STORE_LOCKED when the server goes away; a bad file never throws */
export async function importThroughServer(options: ThroughOptions): Promise<ImportSummary> {
  const { paths, server, onFile, onProgress, signal } = options;
  const counts = { files: 0, ok: 0, repaired: 0, refused: 0, activities: 0, duplicates: 0 };
  let [bytes, allBytes, known, points] = [0, 0, 0, 0];
  const waiting: { source: RecordingSource; outcome: Promise<ImportedFile> }[] = [];
  const archive = createArchiveReader();
  const takeNext = async (): Promise<void> => {
    const { source, outcome } = waiting.shift()!;
    const file = await outcome;
    counts.files++;
    counts[file.status]++;
    if (file.isKnown) known++;
    for (const activity of file.activities) {
      points += activity.points;
      if (activity.duplicateOf !== undefined) counts.duplicates++;
      else if (!file.isKnown) counts.activities++;
    }
    bytes += source.byteLength;
    onFile(file);
    onProgress(bytes, allBytes);
  };
  try {
    const found = findRecordings(paths, importDefaults.maxBytes, (_files, more) => {
      allBytes += more;
    });
    for await (const source of found) {
      if (signal.aborted) break;
      const outcome = bring(source, archive.read, server);
      // A rejection is met in its turn.
      outcome.catch(() => {});
      waiting.push({ source, outcome });
      if (waiting.length >= throughDefaults.ahead) await takeNext();
    }
    while (waiting.length > 0 && !signal.aborted) await takeNext();
  } finally {
    archive.close();
  }
  return { ...counts, known, points, isInterrupted: signal.aborted };
}

type ReadBytes = (source: RecordingSource) => Promise<Uint8Array>;

async function bring(
  source: RecordingSource,
  read: ReadBytes,
  server: ServerClient,
): Promise<ImportedFile> {
  const { file, title, sport } = source;
  const refused = (error: unknown): ImportedFile => {
    const { code, message } = refusal(file, error);
    return { file, status: "refused", error: { code, message }, repairs: [], activities: [] };
  };
  if (source.error) return refused(source.error);
  let upload: UploadAnswer;
  try {
    const form = new FormData();
    if (title) form.set("name", title);
    if (sport) form.set("sport_type", sport);
    form.set("external_id", basename(file));
    form.set("file", new Blob([Uint8Array.from(await read(source))]), basename(file));
    upload = await server.ask("POST", "/api/uploads", form);
  } catch (error) {
    // Without the server nothing further can be done; a file that it refuses is one of many.
    if (error instanceof WaymarkError && error.code === "STORE_LOCKED") throw error;
    return refused(error);
  }
  while (upload.status === "received" || upload.status === "processing") {
    await sleep(throughDefaults.lookMs);
    upload = await server.ask("GET", `/api/uploads/${upload.id}`);
  }
  if (upload.status === "failed") {
    const { code = "TRACK_FAILED", message = "the file could not be read" } = upload.error ?? {};
    return refused(
      new WaymarkError(code in ERROR_CODES ? (code as ErrorCode) : "TRACK_FAILED", message),
    );
  }
  const details = await Promise.all(
    upload.activityIds.map((id) => server.ask<ActivityAnswer>("GET", `/api/activities/${id}`)),
  );
  return describe(file, upload, details);
}

function describe(
  file: string,
  upload: UploadAnswer,
  details: readonly ActivityAnswer[],
): ImportedFile {
  // Brought by an earlier upload of the same bytes.
  const isKnown = details.length > 0 && details.every(({ uploadId }) => uploadId !== upload.id);
  const isCopy = upload.status === "duplicate";
  const repairs = isCopy ? [] : details.flatMap((detail) => detail.repairs);
  return {
    file,
    status: repairs.length > 0 ? "repaired" : "ok",
    repairs,
    activities: details.map((detail) => ({
      ...toImported(detail),
      ...(isCopy ? { duplicateOf: detail.id } : {}),
    })),
    ...(isKnown && !isCopy ? { isKnown } : {}),
  };
}

function toImported(detail: ActivityAnswer): ImportedActivity {
  const { id, sport, startMs, distanceM, elapsedS, movingS, gainM, lossM } = detail;
  const isMatched = detail.match !== null;
  return {
    id,
    sport,
    start: new Date(startMs).toISOString(),
    distanceM,
    elapsedS,
    movingS,
    gainM,
    lossM,
    points: detail.points,
    hasPosition: detail.hasPosition,
    matchedM: isMatched ? detail.matchedM : null,
    offNetworkM: isMatched ? detail.offNetworkM : null,
  };
}

/** Entries of one archive follow each other, so one is kept open. */
function createArchiveReader(): { readonly read: ReadBytes; close(): void } {
  let opened:
    | { path: string; entries: ReadonlyMap<string, ArchiveEntry>; close(): void }
    | undefined;
  return {
    async read({ file, path = file, entry, bytes }) {
      if (bytes) return await bytes();
      try {
        if (entry === undefined) return await readFile(path);
        if (opened?.path !== path) {
          opened?.close();
          const { archive, close } = openArchive(path);
          opened = { path, entries: new Map(archive.entries.map((e) => [e.path, e])), close };
        }
        const found = opened.entries.get(entry);
        if (!found) throw new Error(`'${entry}' is no longer in it`);
        return found.read(() => {});
      } catch (cause) {
        throw cause instanceof WaymarkError ? cause : unreadable(path, cause);
      }
    },
    close: () => opened?.close(),
  };
}
