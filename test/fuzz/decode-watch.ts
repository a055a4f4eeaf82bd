/**
 * Watches the fuzzer from a second thread: when one input has run for too long it is written down and
 * the process ends, since the first thread cannot interrupt itself.
 */
import { writeFileSync } from "node:fs";
import { workerData } from "node:worker_threads";

/** state: [milliseconds since the start at which the input began (0: none), its byte length]. */
const { state, input, startMs, limitMs, path } = workerData as {
  state: Int32Array;
  input: Uint8Array;
  startMs: number;
  limitMs: number;
  path: string;
};

setInterval(() => {
  const began = Atomics.load(state, 0);
  if (began === 0 || Date.now() - startMs - began < limitMs) return;
  writeFileSync(path, input.slice(0, Atomics.load(state, 1)));
  console.log(`HANG: one input ran for more than ${limitMs} ms; saved to ${path}`);
  process.exit(1);
}, 500);
