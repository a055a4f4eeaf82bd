/**
 * Matching for the server: a few threads over one shared map, so that no trace holds up other
 * requests. What waits is bounded, what runs has a time limit, and who has gone is not worked for.
 * A rebuilt map is loaded beside the old one and takes its place between two questions.
 */
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { assert } from "../../base/error.ts";
import { createPool, type Pool } from "../../platform/job/worker-pool.ts";
import type { MatchMap } from "./match-map.ts";
import type { MatchReply, MatchTask } from "./match-worker.ts";
import { OsrmProblem } from "./problem.ts";
import type { Question } from "./question.ts";

export interface Matching {
  /**
   * @param signal aborted when the client has gone: a question that waits is dropped, one that runs
   *   is given `graceMs`
   * @returns the answer as JSON in UTF-8
   * @throws OsrmProblem what the answer is when there is none; DisabledDataset without a map, Busy
   *   when too many wait, TooBig after the time limit
   * @throws AbortError-like reason of the signal
   */
  answer(question: Question, signal?: AbortSignal): Promise<Uint8Array>;
  /** Version of the network in use; undefined before a map is built. */
  readonly networkVersion: string | undefined;
  /** Questions that run and that wait. */
  readonly load: { readonly running: number; readonly waiting: number };
  close(): Promise<void>;
}

export interface MatchingOptions {
  /** Folder with `network.wmk`; may be filled or replaced while the server runs. */
  readonly mapFolder: string;
  /** Matching threads; default one less than the cores, 1–4. */
  readonly threads?: number;
  /** Questions that may wait; the next one is told to come back. */
  readonly maxWaiting?: number;
  /** Milliseconds that one question may take once a thread has it. */
  readonly limitMs?: number;
  /** Told when a map cannot be loaded; questions go on with the one before. */
  readonly onFault?: (error: unknown) => void;
}

export const matchingDefaults = {
  /** Half a second of work at 5 ms a question: whoever comes later is better told so. */
  maxWaiting: 100,
  /** A trace of 10,000 fixes takes a tenth of a second; one that takes longer is no trace. */
  limitMs: 10_000,
  /** Milliseconds that a question of someone who has gone may still run: a new thread costs as much. */
  graceMs: 250,
  /** Milliseconds between two looks at the map's file. */
  lookMs: 1_000,
} as const;

const NETWORK_FILE = "network.wmk";
const MATCH_WORKER = new URL("./match-worker.ts", import.meta.url);

/** One thread, and the map that it was told last. */
interface Lane {
  readonly pool: Pool<MatchTask, MatchReply>;
  map: MatchMap | undefined;
}

interface Task {
  readonly question: Question;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (json: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/** Nothing is read before the first question. */
export function openMatching(options: MatchingOptions): Matching {
  return new ThreadedMatching(options);
}

class ThreadedMatching implements Matching {
  readonly #path: string;
  readonly #size: number;
  readonly #maxWaiting: number;
  readonly #limitMs: number;
  readonly #onFault: (error: unknown) => void;
  readonly #waiting: Task[] = [];
  #running = 0;
  #map: MatchMap | undefined;
  /** The file of which `#map` was made, or which could not be loaded. */
  #stamp = "";
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  /** Lanes that have nothing to do; and all that live. */
  readonly #free: Lane[] = [];
  readonly #lanes = new Set<Lane>();
  #isClosed = false;

  constructor(options: MatchingOptions) {
    this.#path = join(options.mapFolder, NETWORK_FILE);
    this.#size = options.threads ?? Math.min(4, Math.max(1, availableParallelism() - 1));
    this.#maxWaiting = options.maxWaiting ?? matchingDefaults.maxWaiting;
    this.#limitMs = options.limitMs ?? matchingDefaults.limitMs;
    this.#onFault = options.onFault ?? (() => {});
  }

  get networkVersion(): string | undefined {
    return this.#map?.network.version;
  }

  get load(): { running: number; waiting: number } {
    return { running: this.#running, waiting: this.#waiting.length };
  }

  async answer(question: Question, signal?: AbortSignal): Promise<Uint8Array> {
    const looking = this.#look();
    // The map in use answers while another is loaded; only the first one is waited for.
    if (!this.#map) await looking;
    signal?.throwIfAborted();
    if (this.#isClosed) throw new OsrmProblem("Busy", "the server is stopping");
    if (!this.#map) {
      throw new OsrmProblem(
        "DisabledDataset",
        "no map is built yet; 'waymark map build FILE.osm.pbf' makes one",
      );
    }
    if (this.#running >= this.#size && this.#waiting.length >= this.#maxWaiting) {
      throw new OsrmProblem(
        "Busy",
        `${this.#waiting.length} questions wait already; ask again in a second`,
      );
    }
    return await new Promise((resolve, reject) => {
      const task: Task = { question, signal, resolve, reject };
      signal?.addEventListener("abort", () => this.#drop(task), { once: true });
      this.#waiting.push(task);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#looking;
    for (const task of this.#waiting.splice(0)) {
      task.reject(new OsrmProblem("Busy", "the server is stopping"));
    }
    await Promise.all([...this.#lanes].map(({ pool }) => pool.close()));
    this.#lanes.clear();
  }

  #drop(task: Task): void {
    const at = this.#waiting.indexOf(task);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    task.reject(task.signal?.reason);
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#running < this.#size && !this.#isClosed) {
      void this.#run(this.#waiting.shift()!);
    }
  }

  async #run(task: Task): Promise<void> {
    this.#running++;
    const lane = this.#free.pop() ?? this.#startLane();
    let isEnded = false;
    const end = (reason: unknown): void => {
      isEnded = true;
      task.reject(reason);
      this.#discard(lane);
    };
    let timer: NodeJS.Timeout | undefined;
    let grace: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      grace = setTimeout(() => end(task.signal?.reason), matchingDefaults.graceMs);
    };
    task.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const map = this.#map!;
      if (lane.map !== map) {
        await lane.pool.run({ ask: "use", map });
        lane.map = map;
      }
      // From here on, so that a thread may take its time to start.
      timer = setTimeout(() => {
        const limitS = this.#limitMs / 1000;
        end(new OsrmProblem("TooBig", `the answer took longer than ${limitS} s; ask in parts`));
      }, this.#limitMs);
      const reply = await lane.pool.run(task.question);
      if (reply.kind === "answer") task.resolve(reply.json);
      else if (reply.kind === "problem") {
        const { code, message, choices } = reply.problem;
        task.reject(new OsrmProblem(code, message, choices));
      }
    } catch (error) {
      // A thread that failed may be gone and its map with it; after a first end this says nothing.
      if (!isEnded) end(error);
    } finally {
      clearTimeout(timer);
      clearTimeout(grace);
      task.signal?.removeEventListener("abort", onAbort);
      this.#running--;
      if (!isEnded) this.#free.push(lane);
      this.#next();
    }
  }

  /** Its thread starts with its first task. */
  #startLane(): Lane {
    const lane: Lane = { pool: createPool(MATCH_WORKER, { size: 1 }), map: undefined };
    this.#lanes.add(lane);
    return lane;
  }

  /** Loads the map when its file is new. Questions that come together share one look. */
  #look(): Promise<void> {
    const now = performance.now();
    if (this.#looking) return this.#looking;
    if (now - this.#lookedAt < matchingDefaults.lookMs) return Promise.resolve();
    this.#lookedAt = now;
    this.#looking = this.#loadIfNew().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #loadIfNew(): Promise<void> {
    const found = await stat(this.#path).catch(() => undefined);
    if (!found) return;
    const stamp = `${found.size} ${found.mtimeMs} ${found.ino}`;
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    const lane = this.#free.pop() ?? this.#startLane();
    try {
      const reply = await lane.pool.run({ ask: "load", path: this.#path });
      assert(reply.kind === "map", "a load answers with its map");
      lane.map = reply.map;
      // The same network under a new date leaves the other lanes as they are.
      if (reply.map.network.version !== this.networkVersion) this.#map = reply.map;
      this.#free.push(lane);
    } catch (error) {
      this.#discard(lane);
      this.#onFault(error);
    }
  }

  #discard(lane: Lane): void {
    this.#lanes.delete(lane);
    void lane.pool.close();
  }
}
