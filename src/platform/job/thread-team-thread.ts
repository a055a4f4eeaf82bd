// One thread of a team (thread-team.ts): makes the code its own, then sleeps and answers calls until stopped.
import { parentPort } from "node:worker_threads";
import {
  ARGUMENTS,
  CALL,
  changesSoon,
  GENERATION,
  REMAINING,
  STOP,
  type TeamStart,
} from "./thread-team-words.ts";

type Exported = (...given: number[]) => unknown;

parentPort!.on("message", ({ code, memory, words, thread }: TeamStart) => {
  const { exports } = new WebAssembly.Instance(code, { env: { memory } });
  const functions = WebAssembly.Module.exports(code).map(({ name }) => exports[name] as Exported);
  const at = ARGUMENTS.begin + thread * ARGUMENTS.perThread;
  for (let seen = 0; ; seen++) {
    // Sleeps only while the next call has not come: one that came before is answered at once.
    if (!changesSoon(words, GENERATION, seen)) Atomics.wait(words, GENERATION, seen);
    const index = Atomics.load(words, CALL);
    const count = words[at]!;
    if (index !== STOP && count >= 0) functions[index]!(...words.subarray(at + 1, at + 1 + count));
    if (Atomics.sub(words, REMAINING, 1) === 1) Atomics.notify(words, REMAINING);
    if (index === STOP) return;
  }
});
