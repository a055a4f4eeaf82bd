/** How much memory columns hold, and how much a piece of work leaves behind. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const MIB = 2 ** 20;

/** MiB of the typed arrays among the fields of an object, shared ones included. */
export function columnsMiB(object: object): number {
  let bytes = 0;
  for (const value of Object.values(object))
    if (ArrayBuffer.isView(value)) bytes += value.byteLength;
  return bytes / MIB;
}

/** MiB in use after a collection: the heap of JavaScript, and the memory of typed arrays. */
export function usedMiB(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // What a first pass only finalises, a second one frees.
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / MIB;
}
