/**
 * Which blocks of the decoders ran, from V8's own block coverage over the inspector protocol: enough
 * to keep the mutated inputs that reach new code. Taking stock costs some milliseconds, so it is done
 * once per batch.
 */
import { Session } from "node:inspector";

export interface Coverage {
  /** Blocks that ran since the last call and that no call had seen before. */
  takeNew(): ReadonlySet<string>;
  /** Whether one of these blocks ran since the last call. */
  takeHit(blocks: ReadonlySet<string>): boolean;
  /** Blocks seen so far. */
  readonly total: number;
  stop(): void;
}

/** @param isWatched whether the script at this URL counts */
export function startCoverage(isWatched: (url: string) => boolean): Coverage {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const seen = new Set<string>();
  const ran = (): readonly string[] => {
    const keys: string[] = [];
    session.post("Profiler.takePreciseCoverage", (error, answer) => {
      if (error) throw error;
      for (const script of answer.result) {
        if (!isWatched(script.url)) continue;
        for (const { ranges } of script.functions) {
          for (const { count, startOffset, endOffset } of ranges) {
            if (count > 0) keys.push(`${script.scriptId}:${startOffset}:${endOffset}`);
          }
        }
      }
    });
    return keys;
  };
  return {
    takeNew() {
      const fresh = new Set(ran().filter((key) => !seen.has(key)));
      for (const key of fresh) seen.add(key);
      return fresh;
    },
    takeHit: (blocks) => ran().some((key) => blocks.has(key)),
    get total() {
      return seen.size;
    },
    stop: () => session.disconnect(),
  };
}
