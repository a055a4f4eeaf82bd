/** An upload with its job, in one transaction: once this resolves the client may be told. */
import type { Store } from "../../store/store.ts";
import type { NewUpload, Upload } from "../../store/uploads.ts";
import { READ_UPLOAD } from "./kinds.ts";
import type { JobQueue } from "./queue.ts";

export async function receiveUpload(
  store: Store,
  queue: JobQueue,
  upload: NewUpload,
  now: number,
): Promise<Upload> {
  return await store.uploads.receive(upload, now, async (tx, { id }) => {
    await sendUpload(queue, id, { tx });
  });
}

/** A failed upload is read once more. @throws WaymarkError USAGE when it has not failed */
export async function retryUpload(
  store: Store,
  queue: JobQueue,
  uploadId: number,
  now: number,
): Promise<Upload> {
  return await store.uploads.retry(uploadId, now, async (tx) => {
    await sendUpload(queue, uploadId, { tx });
  });
}

/** The job of an upload that has none, or the one that it has. */
export async function sendUpload(
  queue: JobQueue,
  uploadId: number,
  options: Pick<NonNullable<Parameters<JobQueue["send"]>[2]>, "tx"> = {},
): Promise<number> {
  return await queue.send(READ_UPLOAD, { uploadId }, { ...options, key: String(uploadId) });
}
