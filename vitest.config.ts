import { configDefaults, defineConfig } from "vitest/config";
import { COMPILE_CACHE } from "./test/cli/waymark.ts";
import { SlowFirst } from "./test/slow-first.ts";

// Of the threads that tests begin too: each would compile the same modules anew, up to half a second.
Object.assign(process.env, COMPILE_CACHE);

/** Areas without state of their own (ARCHITECTURE.md): their files share a thread and what it has loaded. */
const PURE = ["base", "schema", "stats", "learn", "geo", "lifecycle"].map(
  (area) => `src/${area}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    globalSetup: "test/warm-engine.ts",
    sequence: { sequencer: SlowFirst },
    // Not processes: they share the engine that is held.
    pool: "threads",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: "whole",
          include: [
            "src/**/*.test.ts",
            "bench/**/*.test.ts",
            "test/**/*.test.ts",
            "web/src/**/*.test.{ts,tsx}",
          ],
          exclude: [...configDefaults.exclude, ...PURE],
        },
      },
      { extends: true, test: { name: "pure", include: PURE, isolate: false } },
    ],
  },
});
