/**
 * The heavy part of a world in a thread of its own, so that the server answers while a town is drawn,
 * a network built and a year recorded. The same file is both sides: the caller's function and, as a
 * worker, the work. Recordings come over one by one, as fast as they are taken.
 */
import { setImmediate } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type ErrorCode, WaymarkError } from "../base/index.ts";
import { drawTown, recordWorld } from "../sim/index.ts";
import { ensureMap, STAGE_LABELS } from "./ensure-map.ts";
import { writeTown } from "./write-town.ts";

export const threadDefaults = {
  /**
   * Milliseconds that a stopped thread may take to finish what it writes. A map in the making cannot
   * stop earlier; it is thrown away and begun anew next time.
   */
  graceMs: 3000,
  /** Recordings that may be on their way. */
  ahead: 16,
} as const;

/** A map from an extract; or a drawn town's map and then its athletes' recordings. */
export type WorldOrder =
  | {
      readonly kind: "map";
      readonly osmFile: string;
      readonly mapFolder: string;
      readonly threads: number;
    }
  | {
      readonly kind: "demo";
      readonly seed: number;
      readonly athletes: number;
      readonly days: number;
      readonly untilMs: number;
      readonly townFolder: string;
      readonly mapFolder: string;
      readonly threads: number;
    };

export interface SimulatedFile {
  readonly fileName: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly athlete: string;
  readonly title: string;
  readonly startMs: number;
}

export interface WorldOptions {
  readonly signal: AbortSignal;
  /** @param phase what is being done, for people */
  readonly onProgress: (phase: string, done: number, total: number) => void;
  /** The map is there, and whether it is a new one. */
  readonly onMap?: (isNew: boolean) => void;
  /** Oldest first; the next comes when it has resolved. */
  readonly onFile?: (file: SimulatedFile) => Promise<void>;
}

type Message =
  | { readonly kind: "progress"; readonly progress: readonly [string, number, number] }
  | { readonly kind: "map"; readonly isNew: boolean }
  | { readonly kind: "file"; readonly file: SimulatedFile }
  | { readonly kind: "done" }
  | {
      readonly kind: "error";
      readonly code: ErrorCode | undefined;
      readonly message: string;
      readonly stack: string | undefined;
    };

/**
 * Resolves early when the signal is aborted.
 *
 * @throws WaymarkError of the extract; what `onFile` throws
 */
export async function buildInThread(order: WorldOrder, options: WorldOptions): Promise<void> {
  const { signal, onProgress, onMap, onFile } = options;
  if (signal.aborted) return;
  const worker = new Worker(new URL(import.meta.url), { workerData: { world: order } });
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    worker.postMessage("stop");
    timer = setTimeout(() => void worker.terminate(), threadDefaults.graceMs);
  };
  signal.addEventListener("abort", stop, { once: true });
  let taken: Promise<unknown> = Promise.resolve();
  let isDone = false;
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on("message", (message: Message) => {
        if (message.kind === "progress") onProgress(...message.progress);
        else if (message.kind === "map") onMap?.(message.isNew);
        else if (message.kind === "error") reject(restore(message));
        else if (message.kind === "done") {
          isDone = true;
          taken.then(() => resolve(), reject);
        } else {
          taken = taken
            .then(() => (signal.aborted ? undefined : onFile?.(message.file)))
            .then(() => worker.postMessage("taken"));
          taken.catch(reject);
        }
      });
      worker.once("error", reject);
      worker.once("exit", (code) => {
        if (signal.aborted || isDone) taken.then(() => resolve(), reject);
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

async function work(order: WorldOrder): Promise<void> {
  const port = parentPort!;
  const send = (message: Message, moved: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, moved);
  const onProgress = (...progress: readonly [string, number, number]): void =>
    send({ kind: "progress", progress });
  let isStopped = false;
  let room: number = threadDefaults.ahead;
  let go = (): void => {};
  port.on("message", (said: "stop" | "taken") => {
    if (said === "stop") isStopped = true;
    else room++;
    go();
  });

  const build = async (osmFile: string, more: { demFiles?: string[]; name?: string }) => {
    const isNew = await ensureMap({
      osmFile,
      outFolder: order.mapFolder,
      threads: order.threads,
      onProgress: (stage, done, total) => onProgress(STAGE_LABELS[stage], done, total),
      ...more,
    });
    send({ kind: "map", isNew });
  };
  try {
    if (order.kind === "map") await build(order.osmFile, {});
    else {
      onProgress("Drawing a town", 0, 0);
      const town = drawTown(order.seed);
      const [osmFile, demFile] = await writeTown(town, order.townFolder);
      await build(osmFile, { demFiles: [demFile], name: town.name });
      const { seed, athletes, days, untilMs: until } = order;
      for (const recording of recordWorld({ seed, athletes, days, until, town })) {
        while (room === 0 && !isStopped) {
          await new Promise<void>((resolve) => {
            go = resolve;
          });
        }
        await setImmediate();
        if (isStopped) break;
        room--;
        const { fileName, athlete, title, startMs } = recording;
        const bytes = new Uint8Array(recording.bytes);
        const file = { fileName, bytes, athlete: athlete.name, title, startMs };
        send({ kind: "file", file }, [bytes.buffer]);
      }
    }
    send({ kind: "done" });
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const code = error instanceof WaymarkError ? error.code : undefined;
    send({ kind: "error", code, message, stack });
  } finally {
    port.close();
  }
}

const data = workerData as { readonly world?: WorldOrder } | null;
if (!isMainThread && data?.world) await work(data.world);
