/**
 * Durable jobs in the store's database: a job that was sent is run, by one process at a time, until
 * it succeeds, is cancelled, or has failed as often as its kind allows. A process that dies loses its
 * claim and another takes the job up; a job at which many processes died has failed too.
 */
import type { Tx } from "../../store/database.ts";

export interface JobKind<Data> {
  /** "read-upload". */
  readonly name: string;
  /** How often a job may fail before it has failed for good; for a day a store in need does not count. */
  readonly tries: number;
  /** Milliseconds before the second try; doubled at each further one, up to `backoffMaxMs`. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** Milliseconds that one try may take; then its signal is aborted and the try has failed. */
  readonly limitMs: number;
  /** Carries the type of the data and nothing else. */
  readonly data?: Data;
}

export const JOB_STATES = ["waiting", "running", "done", "failed", "cancelled"] as const;
export type JobState = (typeof JOB_STATES)[number];

export interface JobProgress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

export interface JobStatus {
  readonly id: number;
  readonly kind: string;
  readonly key: string | null;
  readonly state: JobState;
  readonly tries: number;
  readonly progress: JobProgress | null;
  /** Why the last try failed; a WaymarkError's code and sentence. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** One try of a job, as its handler sees it. */
export interface Job<Data> {
  readonly id: number;
  readonly data: Data;
  /** 1 at the first. */
  readonly attempt: number;
  readonly isLastTry: boolean;
  /** Aborted when the job is cancelled, takes too long, or the server stops. */
  readonly signal: AbortSignal;
  /** Written at most once a second. */
  progress(progress: JobProgress): void;
}

export interface JobHandler<Data> {
  run(job: Job<Data>): Promise<void>;
  /** Called once, when a job has failed for good: also when its process died at the last try. */
  failed?(data: Data, error: { readonly code: string; readonly message: string }): Promise<void>;
}

export interface SendOptions {
  /** While a job of this kind and key waits or runs, a second is not made: its id comes back. */
  readonly key?: string;
  /** Stands or falls with this transaction. */
  readonly tx?: Tx;
  /** Milliseconds before it may begin. */
  readonly delayMs?: number;
}

export interface JobQueue {
  /** @param data plain JSON */
  send<Data>(kind: JobKind<Data>, data: Data, options?: SendOptions): Promise<number>;
  /** Takes jobs of this kind from now on, `concurrency` at a time in this process. */
  work<Data>(kind: JobKind<Data>, concurrency: number, handler: JobHandler<Data>): void;
  /** A waiting job is not run, a running one is told to stop. */
  cancel(id: number): Promise<void>;
  /** @throws WaymarkError NOT_FOUND */
  status(id: number): Promise<JobStatus>;
  /** Waiting and running jobs and those that ended last, newest first. */
  list(options?: {
    readonly kind?: string;
    readonly limit?: number;
  }): Promise<readonly JobStatus[]>;
  /** How many wait, run and have failed, by kind: for metrics. */
  count(): Promise<
    readonly { readonly kind: string; readonly state: JobState; readonly count: number }[]
  >;
  /** Takes no more jobs; waits for running ones up to the grace, then aborts and gives them back. */
  stop(graceMs?: number): Promise<void>;
}
