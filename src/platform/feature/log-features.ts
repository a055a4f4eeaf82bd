/**
 * Serving says what it was given: rows are gathered and written together once a second, so that a score
 * does not wait for the database. A process that is killed loses what the last second held; what was
 * answered stays right, it is only not compared later.
 */
import { type Log, silentLog } from "../../base/index.ts";
import type { FeatureLogRows, LoggedFeatures } from "../../store/feature-log.ts";

export const logDefaults = {
  /** Milliseconds until a row is written. */
  everyMs: 1000,
  /** Rows that are written at once. */
  rows: 1000,
  /** Rows that wait at most, some 5 kB each: beyond it new ones are counted and dropped. */
  rowsMax: 20_000,
} as const;

export interface FeatureLogger {
  log(row: LoggedFeatures): void;
  /** Resolves when everything that was logged before is written. */
  flush(): Promise<void>;
  /** Rows that were dropped: the database did not keep up, or refused them. */
  readonly dropped: number;
  stop(): Promise<void>;
}

export function logFeatures(
  rows: Pick<FeatureLogRows, "add">,
  { log = silentLog, everyMs = logDefaults.everyMs }: { log?: Log; everyMs?: number } = {},
): FeatureLogger {
  let waiting: LoggedFeatures[] = [];
  let dropped = 0;
  let writing = Promise.resolve();

  const flush = (): Promise<void> => {
    writing = writing.then(async () => {
      while (waiting.length > 0) {
        const some = waiting.slice(0, logDefaults.rows);
        waiting = waiting.slice(logDefaults.rows);
        try {
          await rows.add(some);
        } catch (error) {
          dropped += some.length;
          log.warn("features that were served could not be logged", {
            rows: some.length,
            why: (error as Error).message,
          });
        }
      }
    });
    return writing;
  };
  const timer = setInterval(() => void flush(), everyMs);
  timer.unref();

  return {
    log(row) {
      if (waiting.length < logDefaults.rowsMax) waiting.push(row);
      else dropped++;
    },
    flush,
    get dropped() {
      return dropped;
    },
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}
