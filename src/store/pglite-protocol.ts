/** What `pglite.ts` and the thread of `pglite-worker.ts` say to each other. */

/** The id of the reply that says whether the database could be opened. */
export const OPENED = 0;

export interface PgliteData {
  /** Absent: in memory. */
  readonly folder?: string | undefined;
  /** A `dumpDataDir` to begin from, when the folder is new. */
  readonly snapshot?: Uint8Array<ArrayBuffer> | undefined;
}

export type PgliteOrder =
  | { readonly id: number; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly id: number; readonly dump: true }
  | { readonly id: number; readonly close: true };

export type PgliteReply =
  | {
      readonly id: number;
      readonly rows: readonly unknown[];
      readonly affected: number | undefined;
    }
  | { readonly id: number; readonly error: PgliteFault };

/** What is told of an error: PGlite's own object carries megabytes of source. */
export interface PgliteFault {
  readonly message: string;
  readonly code: string | undefined;
  readonly constraint: string | undefined;
  /** A statement that failed; otherwise the engine itself is broken, and answers no more. */
  readonly isStatement: boolean;
}
