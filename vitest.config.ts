import { defineConfig } from "vitest/config";
import { COMPILE_CACHE } from "./test/cli/waymark.ts";
import { SlowFirst } from "./test/slow-first.ts";

// Of the threads that tests begin too: each would compile the same modules anew, up to half a second.
Object.assign(process.env, COMPILE_CACHE);

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "bench/**/*.test.ts", "test/**/*.test.ts", "web/src/**/*.test.{ts,tsx}"],
    globalSetup: "test/warm-engine.ts",
    sequence: { sequencer: SlowFirst },
    // Not processes: they share the engine that is held.
    pool: "threads",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
