/**
 * Matching for the server: a few threads over one shared map, so that no trace holds up other
 * requests. What waits is bounded, what runs has a time limit, and who has gone is not worked for.
 * A rebuilt map is loaded beside the old one and takes its place between two questions.
 */
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createPool, type Pool } from "../../platform/job/worker-pool.ts";
import type { MatchMap } from "./match-map.ts";
import type { MatchReply } from "./match-worker.ts";
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
const LOAD_WORKER = new URL("./load-worker.ts", import.meta.url);

type Lane = Pool<Question, MatchReply>;

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
  /** Lanes of the map in use that have nothing to do; and all that live. */
  #free: Lane[] = [];
  readonly #lanes = new Map<Lane, MatchMap>();
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
    for (const task of this.#waiting.splice(0)) {
      task.reject(new OsrmProblem("Busy", "the server is stopping"));
    }
    await this.#looking;
    await Promise.all([...this.#lanes.keys()].map((lane) => lane.close()));
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
      this.#lanes.delete(lane);
      void lane.close();
    };
    const timer = setTimeout(() => {
      const limitS = this.#limitMs / 1000;
      end(new OsrmProblem("TooBig", `the answer took longer than ${limitS} s; ask in parts`));
    }, this.#limitMs);
    let grace: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      grace = setTimeout(() => end(task.signal?.reason), matchingDefaults.graceMs);
    };
    task.signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const reply = await lane.run(task.question);
      if (reply.problem) {
        const { code, message, choices } = reply.problem;
        task.reject(new OsrmProblem(code, message, choices));
      } else task.resolve(reply.json);
    } catch (error) {
      // A promise is settled once: after `end` this says nothing.
      task.reject(error);
    } finally {
      clearTimeout(timer);
      clearTimeout(grace);
      task.signal?.removeEventListener("abort", onAbort);
      this.#running--;
      if (!isEnded) this.#release(lane);
      this.#next();
    }
  }

  #startLane(): Lane {
    const map = this.#map!;
    const lane: Lane = createPool(MATCH_WORKER, { size: 1, workerData: map });
    this.#lanes.set(lane, map);
    return lane;
  }

  /** A lane of a map that was replaced ends with its last question. */
  #release(lane: Lane): void {
    if (this.#lanes.get(lane) === this.#map && !this.#isClosed) this.#free.push(lane);
    else {
      this.#lanes.delete(lane);
      void lane.close();
    }
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
    const loader = createPool<string, MatchMap>(LOAD_WORKER, { size: 1 });
    try {
      const map = await loader.run(this.#path);
      if (map.network.version !== this.networkVersion) this.#use(map);
    } catch (error) {
      this.#onFault(error);
    } finally {
      await loader.close();
    }
  }

  #use(map: MatchMap): void {
    this.#map = map;
    for (const lane of this.#free.splice(0)) {
      this.#lanes.delete(lane);
      void lane.close();
    }
  }
}
