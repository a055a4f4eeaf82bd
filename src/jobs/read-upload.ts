/**
 * The job behind an upload: its raw bytes are read by a thread, cleaned, matched and kept. A file that
 * cannot be read fails at once with the reader's own reason; one that breaks the reader, or its
 * thread, is tried again, and fails with what was seen.
 */
import { basename } from "node:path";
import { assert, ERROR_CODES, type ErrorCode, WaymarkError } from "../base/index.ts";
import type { Sport } from "../geo/track/recording.ts";
import type { JobError } from "../platform/job/job-table.ts";
import type { Job, JobHandler } from "../platform/job/queue.ts";
import type { Store } from "../store/store.ts";
import type { Upload } from "../store/uploads.ts";
import type { CurrentMap } from "./current-map.ts";
import { isDuplicate } from "./duplicate.ts";
import type { SharedMap } from "./import-map.ts";
import { importDefaults, refusal } from "./import-recordings.ts";
import type { ImportData, ImportReply, ImportTask } from "./import-worker.ts";
import { createLanes, type Lanes } from "./lanes.ts";
import { alsoNote } from "./note-activities.ts";
import { readWith } from "./read-with.ts";

export interface UploadReader extends JobHandler<{ readonly uploadId: number }> {
  close(): Promise<void>;
}

export interface UploadReaderOptions {
  readonly store: Store;
  readonly map: CurrentMap;
  readonly threads: number;
  readonly now?: () => number;
  /** Another module that serves the same tasks: for tests of what a thread may do. */
  readonly workerUrl?: URL;
  readonly fileLimitMs?: number;
  readonly heapMb?: number;
}

type ReadLanes = Lanes<ImportTask, ImportReply>;

export function createUploadReader(options: UploadReaderOptions): UploadReader {
  const { store, map, now = Date.now } = options;
  let lanes: ReadLanes | undefined;
  let lanesMap: SharedMap | undefined;

  /** Threads hold the map that they began with. */
  const lanesFor = (current: SharedMap | undefined): ReadLanes => {
    if (lanes && lanesMap === current) return lanes;
    // What runs there is tried again.
    void lanes?.close();
    lanesMap = current;
    lanes = createLanes(options.workerUrl ?? new URL("./import-worker.ts", import.meta.url), {
      size: options.threads,
      workerData: { map: current, known: new Map() } satisfies ImportData,
      heapMb: options.heapMb,
      limitMs: options.fileLimitMs ?? importDefaults.fileLimitMs,
    });
    return lanes;
  };

  const read = async (job: Job<{ readonly uploadId: number }>): Promise<void> => {
    const { uploadId } = job.data;
    const upload = await store.uploads.begin(uploadId, now());
    if (!upload) return;
    assert(upload.sha256 !== null, `upload ${uploadId} waits without its bytes`);
    const bytes = await store.blobs.get(upload.sha256);
    const current = await map.get();
    let reply: ImportReply;
    try {
      reply = await lanesFor(current).run(taskOf(upload, bytes), [bytes.buffer]);
    } catch (error) {
      // The reader's own word about the file is the last one.
      if (error instanceof WaymarkError) return await store.uploads.fail(uploadId, error, now());
      throw refusal(upload.fileName, error);
    }
    assert(reply.kind === "read", "a thread that knows nothing passes over nothing");
    const { status, repairs, activities } = reply;
    const at = now();
    await store.recordings.keep(
      {
        athleteId: upload.athleteId,
        blob: { sha256: upload.sha256, byteLength: upload.byteLength },
        file: upload.fileName,
        reader: readWith(current?.network.version),
        status,
        repairs,
        activities,
        uploadId,
        fields: upload.fields,
      },
      {
        now: at,
        isDuplicate,
        also: alsoNote(store, { athleteId: upload.athleteId, activities }, at),
      },
    );
  };

  return {
    async run(job) {
      try {
        await read(job);
      } catch (error) {
        // Upload or account were deleted meanwhile: nobody waits for it.
        if (error instanceof WaymarkError && error.code === "NOT_FOUND") {
          return await store.uploads.fail(job.data.uploadId, error, now());
        }
        throw error;
      }
    },
    failed: ({ uploadId }, error) => store.uploads.fail(uploadId, toldOf(error), now()),
    async close() {
      await lanes?.close();
    },
  };
}

/** What the athlete may know: of a fault that is not the file's the log says more. */
function toldOf({ code, message }: JobError): JobError {
  if (/^(TRACK|ZIP|JOB)_/.test(code)) return { code, message };
  return { code, message: ERROR_CODES[code as ErrorCode] ?? ERROR_CODES.SERVER_FAULT };
}

function taskOf({ athleteId, fileName, dataType, fields }: Upload, bytes: Uint8Array): ImportTask {
  const base = basename(fileName);
  return {
    // A name without ending says less than what the client said of its type.
    file: /\.[a-z0-9]{2,4}$/i.test(base) || dataType === "" ? base : `${base}.${dataType}`,
    bytes,
    athleteId,
    title: fields.name,
    // The door has checked that it is one.
    sport: fields.sport as Sport | undefined,
  };
}
