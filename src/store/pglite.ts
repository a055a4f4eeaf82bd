/**
 * PGlite from the thread that asks: statements go to `pglite-worker.ts` and come back as rows, about
 * 0.1 ms each. A thread that dies fails what it held, and is begun anew at the next question: the
 * folder is as safe as after a killed process.
 */
import { Worker } from "node:worker_threads";
import { WaymarkError } from "../base/index.ts";
import { databaseError } from "./database-error.ts";
import { OPENED, type PgliteData, type PgliteOrder, type PgliteReply } from "./pglite-protocol.ts";
import { keepWasmCode } from "./wasm-code.ts";

export interface PgliteResult {
  readonly rows: readonly unknown[];
  readonly affected: number | undefined;
}

export interface Pglite {
  /** Raised each time the thread was begun anew: a transaction does not live beyond it. */
  readonly generation: number;
  /** @throws WaymarkError STORE_UNAVAILABLE when the engine broke; what databaseError makes else */
  query(sql: string, parameters: readonly unknown[]): Promise<PgliteResult>;
  /** The whole database as a gzipped tar that `snapshot` takes. */
  dump(): Promise<Uint8Array<ArrayBuffer>>;
  /** Writes a checkpoint, so that the next start has nothing to recover. */
  close(): Promise<void>;
  /** Ends at once and writes nothing more; every question from now on fails with this reason. */
  abandon(reason: string): Promise<void>;
}

interface Waiting {
  readonly resolve: (result: PgliteResult) => void;
  readonly reject: (error: Error) => void;
}

/** Without its `id`. */
type Order = PgliteOrder extends infer T ? (T extends unknown ? Omit<T, "id"> : never) : never;

/** @throws WaymarkError STORE_DAMAGED when the folder cannot be opened */
export async function openPglite(data: PgliteData): Promise<Pglite> {
  let thread = await start(data);
  let generation = 0;
  let isClosed = false;
  let endedBy = "its thread has ended";

  const ask = async (order: Order): Promise<PgliteResult> => {
    if (thread.isDead()) {
      if (isClosed || data.folder === undefined) throw unavailable(endedBy);
      generation++;
      thread = await start(data).catch((error: Error) => {
        throw unavailable(error.message);
      });
      if (isClosed) {
        await thread.end(endedBy);
        throw unavailable(endedBy);
      }
    }
    return await thread.ask(order);
  };
  return {
    get generation() {
      return thread.isDead() ? generation + 1 : generation;
    },
    query: (sql, parameters) => ask({ sql, parameters }),
    async dump() {
      const { rows } = await ask({ dump: true });
      return rows[0] as Uint8Array<ArrayBuffer>;
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      try {
        if (!thread.isDead()) await thread.ask({ close: true });
      } finally {
        await thread.end();
      }
    },
    async abandon(reason) {
      isClosed = true;
      endedBy = reason;
      await thread.end(reason);
    },
  };
}

interface Thread {
  isDead(): boolean;
  ask(order: Order): Promise<PgliteResult>;
  /** @param reason told to whoever waits for an answer */
  end(reason?: string): Promise<void>;
}

async function start(data: PgliteData): Promise<Thread> {
  keepWasmCode();
  const worker = new Worker(new URL("./pglite-worker.ts", import.meta.url), { workerData: data });
  const waiting = new Map<number, Waiting>();
  let isDead = false;
  let lastId = OPENED;
  const opened = new Promise<PgliteResult>((resolve, reject) => {
    waiting.set(OPENED, { resolve, reject });
  });
  const died = (reason: string): void => {
    isDead = true;
    for (const { reject } of waiting.values()) reject(unavailable(reason));
    waiting.clear();
  };
  worker.on("message", (reply: PgliteReply) => {
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (waiting.size === 0) worker.unref();
    if (!("error" in reply)) {
      asked?.resolve(reply);
      return;
    }
    asked?.reject(databaseError(reply.error));
    if (reply.error.isStatement || reply.id === OPENED) return;
    died(reply.error.message);
    void worker.terminate();
  });
  worker.on("error", (error) => died(error.message.slice(0, 500)));
  worker.on("exit", (code) => died(`its thread ended with ${code}`));
  try {
    await opened;
  } catch (cause) {
    await worker.terminate();
    const where = data.folder ?? "memory";
    const reason = (cause as Error).message;
    throw new WaymarkError(
      "STORE_DAMAGED",
      `the database in ${where} cannot be opened: ${reason}`,
      {
        cause,
      },
    );
  }
  return {
    isDead: () => isDead,
    ask: (order) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        waiting.set(id, { resolve, reject });
        // A process that waits for nothing else may end, but not with a question open.
        worker.ref();
        worker.postMessage({ ...order, id });
      }),
    async end(reason = "its thread has ended") {
      died(reason);
      await worker.terminate();
    },
  };
}

function unavailable(reason: string): WaymarkError {
  return new WaymarkError("STORE_UNAVAILABLE", `the database does not answer: ${reason}`);
}
