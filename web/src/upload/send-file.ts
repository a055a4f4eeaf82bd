/** One file to the server, with the bytes sent so far: `fetch` does not tell them, XMLHttpRequest does. */
import type { UploadAnswer } from "../../../src/schema/upload.ts";
import { type ApiError, offline, refusal } from "../api.ts";

export interface Sending {
  readonly done: Promise<UploadAnswer>;
  abort(): void;
}

/** Thrown by `done` where the server asks to come again later. */
export class ComeAgain extends Error {
  readonly waitMs: number;

  constructor(waitMs: number) {
    super("the server asks to come again later");
    this.waitMs = waitMs;
  }
}

const COME_AGAIN_MS = 5000;

/** @throws (by `done`) ApiError, or ComeAgain on 429 and 503 */
export function sendFile(file: File, onSent: (bytes: number) => void): Sending {
  const request = new XMLHttpRequest();
  const done = new Promise<UploadAnswer>((resolve, reject) => {
    request.open("POST", "/api/uploads");
    request.responseType = "json";
    request.setRequestHeader("accept", "application/json");
    request.upload.onprogress = ({ loaded, total }) => {
      // The envelope of the form counts too: scale to the file.
      onSent(total > 0 ? Math.min(file.size, Math.round((loaded / total) * file.size)) : loaded);
    };
    request.onload = () => {
      const { status, response } = request;
      if (status === 201 && response) return resolve(response as UploadAnswer);
      if (status === 429 || status === 503) return reject(new ComeAgain(waitOf(request)));
      reject(refusal(status, response) satisfies ApiError);
    };
    request.onerror = () => reject(offline());
    request.onabort = () => reject(offline());
    const form = new FormData();
    form.set("external_id", file.name);
    form.set("file", file, file.name);
    request.send(form);
  });
  return { done, abort: () => request.abort() };
}

function waitOf(request: XMLHttpRequest): number {
  const seconds = Number(request.getResponseHeader("retry-after"));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 120) * 1000 : COME_AGAIN_MS;
}
