/**
 * An import into a store that a running server has open: each file is uploaded to it as the owner's, and
 * told when the server has read it. The same lines as of an import into the store itself.
 */
import { createHash } from "node:crypto";
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
import {
  NOTES_MAX,
  type UploadAnswer,
  type UploadList,
  type UploadNotes,
} from "../schema/upload.ts";
import { noteDefaults } from "../store/note-files.ts";
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
  const waiting: { source: RecordingSource; outcome: Promise<Outcome> }[] = [];
  const unsent: UploadNotes["files"] = [];
  const archive = createArchiveReader();
  const takeNext = async (): Promise<void> => {
    const { source, outcome } = waiting.shift()!;
    const { file, isSent } = await outcome;
    if (file.error && !isSent) {
      unsent.push(noteOf(file.error, source));
      if (unsent.length === NOTES_MAX) await note(unsent.splice(0), server);
    }
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
    await note(unsent, server);
  } finally {
    archive.close();
  }
  return { ...counts, known, points, isInterrupted: signal.aborted };
}

interface Outcome {
  readonly file: ImportedFile;
  /** The server has a row of it. */
  readonly isSent: boolean;
}

function noteOf(
  { code, message }: NonNullable<ImportedFile["error"]>,
  { file, byteLength }: RecordingSource,
): UploadNotes["files"][number] {
  const path = file.slice(-noteDefaults.pathLength);
  return { path, byteLength, code: knownCode(code), message: message.slice(0, 500) };
}

/** What the server never saw is in its athlete's list all the same. */
async function note(files: UploadNotes["files"], server: ServerClient): Promise<void> {
  if (files.length > 0) await server.ask("POST", "/api/uploads/notes", { files });
}

type ReadBytes = (source: RecordingSource) => Promise<Uint8Array>;

async function bring(
  source: RecordingSource,
  read: ReadBytes,
  server: ServerClient,
): Promise<Outcome> {
  const { file } = source;
  const refused = (error: unknown, isSent: boolean): Outcome => {
    const { code, message } = refusal(file, error);
    const said = { code, message };
    return { file: { file, status: "refused", error: said, repairs: [], activities: [] }, isSent };
  };
  if (source.error) return refused(source.error, false);
  let sent: { readonly upload: UploadAnswer; readonly isKnown: boolean };
  try {
    sent = await send(source, Uint8Array.from(await read(source)), server);
  } catch (error) {
    // Without the server nothing further can be done; a file that it refuses is one of many.
    if (error instanceof WaymarkError && error.code === "STORE_LOCKED") throw error;
    return refused(error, false);
  }
  let { upload } = sent;
  while (upload.status === "received" || upload.status === "processing") {
    await sleep(throughDefaults.lookMs);
    upload = await server.ask("GET", `/api/uploads/${upload.id}`);
  }
  if (upload.status === "failed") {
    const { code = "TRACK_FAILED", message = "the file could not be read" } = upload.error ?? {};
    return refused(new WaymarkError(knownCode(code), message), true);
  }
  const details = await detailsOf(upload, server);
  return { file: describe(file, upload, details, sent.isKnown), isSent: true };
}

/** Uploads a file, unless the server has these bytes from this path: then their upload, tried again if it failed. */
async function send(
  { file, title, sport }: RecordingSource,
  bytes: Uint8Array<ArrayBuffer>,
  server: ServerClient,
): Promise<{ readonly upload: UploadAnswer; readonly isKnown: boolean }> {
  const path = file.slice(-noteDefaults.pathLength);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const query = `/api/uploads?limit=200&sha256=${sha256}`;
  const { uploads } = await server.ask<UploadList>("GET", query);
  const before = uploads.find(({ externalId }) => externalId === path);
  if (before?.status === "failed") {
    return {
      upload: await server.ask("POST", `/api/uploads/${before.id}/retry`, {}),
      isKnown: false,
    };
  }
  if (before) return { upload: before, isKnown: true };
  const form = new FormData();
  if (title) form.set("name", title);
  if (sport) form.set("sport_type", sport);
  form.set("external_id", path);
  form.set("file", new Blob([bytes]), basename(file));
  return { upload: await server.ask("POST", "/api/uploads", form), isKnown: false };
}

/** An activity that was deleted since is not among them. */
async function detailsOf(upload: UploadAnswer, server: ServerClient): Promise<ActivityAnswer[]> {
  const details = await Promise.all(
    upload.activityIds.map((id) =>
      server.ask<ActivityAnswer>("GET", `/api/activities/${id}`).catch((error: unknown) => {
        if (error instanceof WaymarkError && error.code === "NOT_FOUND") return undefined;
        throw error;
      }),
    ),
  );
  return details.filter((detail) => detail !== undefined);
}

function knownCode(code: string): ErrorCode {
  return code in ERROR_CODES ? (code as ErrorCode) : "TRACK_FAILED";
}

function describe(
  file: string,
  upload: UploadAnswer,
  details: readonly ActivityAnswer[],
  wasSent: boolean,
): ImportedFile {
  // Or brought by an earlier upload of the same bytes.
  const isKnown =
    wasSent || (details.length > 0 && details.every(({ uploadId }) => uploadId !== upload.id));
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
    ...(isKnown && (wasSent || !isCopy) ? { isKnown } : {}),
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
