/**
 * `prepareWorld` in a thread of its own, so that the server answers while a town is drawn or a
 * network built. The same file is both sides: the caller's function and, as a worker, the work.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type ErrorCode, WaymarkError } from "../base/index.ts";
import { type PrepareOptions, prepareWorld } from "./prepare-world.ts";

export const prepareDefaults = {
  /**
   * Milliseconds that a stopped thread may take to finish what it writes. A map in the making cannot
   * stop earlier; it is thrown away and begun anew next time.
   */
  graceMs: 3000,
} as const;

type Order = Omit<PrepareOptions, "signal" | "onProgress">;

type Message =
  | { readonly kind: "progress"; readonly progress: readonly [string, number, number] }
  | { readonly kind: "done"; readonly note: string | undefined }
  | {
      readonly kind: "error";
      readonly code: ErrorCode | undefined;
      readonly message: string;
      readonly stack: string | undefined;
    };

/** As `prepareWorld`, which see; resolves early when the signal is aborted. */
export async function prepareInThread(options: PrepareOptions): Promise<string | undefined> {
  const { signal, onProgress, ...order } = options;
  if (signal.aborted) return undefined;
  const worker = new Worker(new URL(import.meta.url), { workerData: { prepare: order } });
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    worker.postMessage("stop");
    timer = setTimeout(() => void worker.terminate(), prepareDefaults.graceMs);
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      worker.on("message", (message: Message) => {
        if (message.kind === "progress") onProgress(...message.progress);
        else if (message.kind === "done") resolve(message.note);
        else reject(restore(message));
      });
      worker.once("error", reject);
      worker.once("exit", (code) => {
        if (signal.aborted || code === 0) resolve(undefined);
        else reject(new Error(`the building thread ended with ${code}`));
      });
    });
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
    await worker.terminate();
  }
}

function restore({ code, message, stack }: Extract<Message, { kind: "error" }>): Error {
  const error = code ? new WaymarkError(code, message) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

async function work(order: Order): Promise<void> {
  const port = parentPort!;
  const send = (message: Message): void => port.postMessage(message);
  const controller = new AbortController();
  port.on("message", () => controller.abort());
  try {
    const note = await prepareWorld({
      ...order,
      signal: controller.signal,
      onProgress: (...progress) => send({ kind: "progress", progress }),
    });
    send({ kind: "done", note });
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    send({
      kind: "error",
      code: error instanceof WaymarkError ? error.code : undefined,
      message,
      stack,
    });
  }
}

const data = workerData as { readonly prepare?: Order } | null;
if (!isMainThread && data?.prepare) await work(data.prepare);
