/**
 * Files on their way to the server: a few at a time, each with the bytes sent, then what became of it.
 * It lives outside of the pages, so that one may walk about meanwhile. What the server has received is
 * remembered over a reload and asked after again; what it has not is lost with the page, so leaving
 * asks first.
 */
import type { UploadAnswer, UploadList } from "../../../src/schema/upload.ts";
import { ApiError, ask, sentenceOf } from "../api.ts";
import { ComeAgain, type Sending, sendFile } from "./send-file.ts";

export type ItemState =
  | "waiting"
  | "sending"
  | "reading"
  | "ready"
  | "duplicate"
  /** By the server or by us: sending it again would change nothing. */
  | "refused"
  /** The server was not reached; it can be sent again. */
  | "unsent";

export interface UploadItem {
  readonly key: string;
  readonly name: string;
  readonly byteLength: number;
  readonly state: ItemState;
  readonly sentBytes: number;
  /** Why it was refused or not sent, in a sentence. */
  readonly message: string;
  /** Code of the refusal, "" where there is none. */
  readonly code: string;
  /** What would be right. */
  readonly choices: readonly string[];
  readonly uploadId: string | undefined;
  readonly activityIds: readonly string[];
}

const defaults = {
  /** Requests at once: one sends while another is being stored. */
  sendersMax: 2,
  /** What the server takes in one file, bytes. */
  byteLengthMax: 200 * 1024 * 1024,
  /** Between two questions after what is being read; longer where the list is long. */
  pollMs: 1200,
  pollMsMax: 6000,
  /** Uploads of one answer. */
  pollLimit: 200,
} as const;

const REMEMBERED = "waymark.uploads";

let items: readonly UploadItem[] = [];
const files = new Map<string, File>();
const sendings = new Map<string, Sending>();
const listeners = new Set<() => void>();
const onChange = new Set<(finished: readonly UploadItem[]) => void>();
let nextKey = 1;
let senders = 0;
let pollTimer: ReturnType<typeof setTimeout> | undefined;
let pollMs: number = defaults.pollMs;

export const uploadQueue = {
  items: (): readonly UploadItem[] => items,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /** Told about items that came to an end. */
  onFinished(listener: (finished: readonly UploadItem[]) => void): () => void {
    onChange.add(listener);
    return () => onChange.delete(listener);
  },
  add(list: readonly File[]): void {
    const added = list.map((file): UploadItem => {
      const key = `file-${nextKey++}`;
      const fault = faultOf(file);
      if (!fault) files.set(key, file);
      return {
        key,
        name: file.name,
        byteLength: file.size,
        state: fault ? "refused" : "waiting",
        sentBytes: 0,
        message: fault,
        code: "",
        choices: [],
        uploadId: undefined,
        activityIds: [],
      };
    });
    set([...items, ...added]);
    work();
  },
  retry(key: string): void {
    change(key, { state: "waiting", sentBytes: 0, message: "" });
    work();
  },
  /** Stops sending it, or takes it off the list. */
  remove(key: string): void {
    set(items.filter((item) => item.key !== key));
    files.delete(key);
    sendings.get(key)?.abort();
    remember();
  },
  /** Takes off what has ended well or was refused. */
  clear(): void {
    set(items.filter(({ state }) => !isEnd(state)));
    remember();
  },
  /** Stops everything and forgets it: somebody signed out. */
  forget(): void {
    for (const sending of sendings.values()) sending.abort();
    files.clear();
    set([]);
    remember();
  },
  /** After a reload: goes on asking after what the server had received. */
  resume(): void {
    const kept = recall();
    if (kept.length === 0 || items.length > 0) return;
    set(kept);
    poll(0);
  },
} as const;

/** It needs nothing more: read, known, or refused. */
export function isEnd(state: ItemState): boolean {
  return state === "ready" || state === "duplicate" || state === "refused";
}

function faultOf(file: File): string {
  if (file.size === 0) return "The file is empty.";
  if (file.size > defaults.byteLengthMax) {
    return "The file is larger than 200 MB. An archive can be sent in parts.";
  }
  return "";
}

function set(next: readonly UploadItem[]): void {
  items = next;
  for (const listener of listeners) listener();
}

function change(key: string, next: Partial<UploadItem>): void {
  set(items.map((item) => (item.key === key ? { ...item, ...next } : item)));
}

function work(): void {
  while (senders < defaults.sendersMax) {
    const item = items.find(({ state, key }) => state === "waiting" && files.has(key));
    if (!item) return;
    senders++;
    void sendOne(item.key, files.get(item.key)!).finally(() => {
      senders--;
      work();
    });
  }
}

async function sendOne(key: string, file: File): Promise<void> {
  change(key, { state: "sending", sentBytes: 0 });
  try {
    const sending = sendFile(file, (sentBytes) => change(key, { sentBytes }));
    sendings.set(key, sending);
    const upload = await sending.done;
    files.delete(key);
    apply(key, upload);
    remember();
    pollMs = defaults.pollMs;
    poll();
  } catch (error) {
    if (!items.some((item) => item.key === key)) return;
    if (error instanceof ComeAgain) {
      change(key, { message: "The server is busy; it goes on by itself.", sentBytes: 0 });
      await new Promise((resolve) => setTimeout(resolve, error.waitMs));
      if (items.some((item) => item.key === key)) change(key, { state: "waiting", message: "" });
      return;
    }
    const isFinal =
      error instanceof ApiError &&
      !["OFFLINE", "SIGN_IN_NEEDED", "SERVER_FAULT", "STORE_FULL"].includes(error.code);
    if (isFinal) files.delete(key);
    change(key, {
      state: isFinal ? "refused" : "unsent",
      message: sentenceOf(error),
      code: error instanceof ApiError ? error.code : "",
      choices: error instanceof ApiError ? error.choices : [],
    });
  } finally {
    sendings.delete(key);
  }
}

const STATE_OF = {
  received: "reading",
  processing: "reading",
  ready: "ready",
  duplicate: "duplicate",
  failed: "refused",
} as const satisfies Record<UploadAnswer["status"], ItemState>;

function apply(key: string, upload: UploadAnswer): void {
  const state = STATE_OF[upload.status];
  change(key, {
    state,
    uploadId: upload.id,
    sentBytes: upload.byteLength,
    message: upload.error ? sentenceOf(new Error(upload.error.message)) : "",
    code: upload.error?.code ?? "",
    choices: upload.error?.choices ?? [],
    activityIds: upload.activityIds,
  });
  if (isEnd(state)) {
    const ended = items.filter((item) => item.key === key);
    for (const listener of onChange) listener(ended);
  }
}

function poll(afterMs = pollMs): void {
  if (pollTimer !== undefined) return;
  if (!items.some(({ state }) => state === "reading")) return;
  pollTimer = setTimeout(() => {
    pollTimer = undefined;
    void askAfter().then(
      () => poll(),
      () => {
        // The server is away for a moment: ask more rarely.
        pollMs = Math.min(defaults.pollMsMax, pollMs * 2);
        poll();
      },
    );
  }, afterMs);
}

async function askAfter(): Promise<void> {
  const reading = items.filter(({ state }) => state === "reading");
  const list = await ask<UploadList>(`/api/uploads?limit=${defaults.pollLimit}`);
  const byId = new Map(list.uploads.map((upload) => [upload.id, upload]));
  let hasMoved = false;
  for (const { key, uploadId } of reading) {
    const upload = byId.get(uploadId!) ?? (await askOne(uploadId!));
    if (!upload || STATE_OF[upload.status] !== "reading") hasMoved = true;
    if (upload) apply(key, upload);
    else set(items.filter((item) => item.key !== key));
  }
  pollMs = hasMoved ? defaults.pollMs : Math.min(defaults.pollMsMax, pollMs * 1.3);
  if (hasMoved) remember();
}

/** An upload that is older than the list goes back; undefined when it is gone. */
async function askOne(id: string): Promise<UploadAnswer | undefined> {
  try {
    return await ask<UploadAnswer>(`/api/uploads/${id}`);
  } catch (error) {
    if (error instanceof ApiError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** Keeps for this tab what the server still reads. */
function remember(): void {
  const reading = items.filter(({ state }) => state === "reading");
  try {
    if (reading.length === 0) sessionStorage.removeItem(REMEMBERED);
    else sessionStorage.setItem(REMEMBERED, JSON.stringify(reading));
  } catch {
    // Storage is forbidden: the page of uploads still tells.
  }
}

function recall(): UploadItem[] {
  try {
    const kept = JSON.parse(sessionStorage.getItem(REMEMBERED) ?? "[]") as UploadItem[];
    return kept
      .filter((item) => typeof item.uploadId === "string" && typeof item.name === "string")
      .map((item) => ({ ...item, key: `kept-${nextKey++}`, state: "reading" }));
  } catch {
    return [];
  }
}

if (typeof window !== "undefined") {
  window.addEventListener("online", () => {
    for (const { key, state } of items) if (state === "unsent") uploadQueue.retry(key);
  });
  window.addEventListener("beforeunload", (event) => {
    if (items.some(({ state }) => state === "waiting" || state === "sending")) {
      event.preventDefault();
    }
  });
}
