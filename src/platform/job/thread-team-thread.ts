/**
 * One thread of a team: makes the code its own, then sleeps and answers calls until stopped. Threads are
 * given the text of this function rather than a file, because they start in half the time where they
 * need not take types out of one. So it knows nothing but its arguments.
 */
import type { MessagePort } from "node:worker_threads";
import {
  type ChangesSoon,
  changesSoon,
  LOOKS,
  PLACES,
  type Places,
  STOP,
  type TeamStart,
} from "./thread-team-words.ts";

type Exported = (...given: number[]) => unknown;

function answerCalls(
  port: MessagePort,
  places: Places,
  stop: number,
  isSoon: ChangesSoon,
  looks: number,
): void {
  port.on("message", ({ code, memory, words, thread }: TeamStart) => {
    const { exports } = new WebAssembly.Instance(code, { env: { memory } });
    const functions = WebAssembly.Module.exports(code).map(({ name }) => exports[name] as Exported);
    const at = places.arguments + thread * places.perThread;
    for (let seen = 0; ; seen++) {
      // Sleeps only while the next call has not come: one that came before is answered at once.
      if (!isSoon(words, places.generation, seen, looks)) {
        Atomics.wait(words, places.generation, seen);
      }
      const index = Atomics.load(words, places.call);
      const count = words[at]!;
      const given = words.subarray(at + 1, at + 1 + Math.max(0, count));
      if (index !== stop && count >= 0) functions[index]!(...given);
      if (Atomics.sub(words, places.remaining, 1) === 1) Atomics.notify(words, places.remaining);
      if (index === stop) return;
    }
  });
}

/** JavaScript for a Worker. */
export const THREAD_CODE = `const { parentPort } = require("node:worker_threads");
(${answerCalls})(parentPort, ${JSON.stringify(PLACES)}, ${STOP}, ${changesSoon}, ${LOOKS});`;
