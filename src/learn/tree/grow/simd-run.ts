/**
 * The WebAssembly code over a memory of its own: compiled once, called on the caller's thread or shared
 * with a team's.
 */
import { assert } from "../../../base/error.ts";
import type { CallArguments, Parallel } from "./parallel.ts";
import { SHARED_SIMD_CODE, SIMD_CODE } from "./simd-code.ts";

const PAGE = 65_536;
/** WebAssembly addresses are 32 bits. */
export const MOST_BYTES = 2 ** 32 - PAGE;

const compiled = new Map<string, WebAssembly.Module>();

/** Compiled once; undefined where the machine has no WebAssembly SIMD. */
export function compiledCode(parallel: Parallel | undefined): WebAssembly.Module | undefined {
  const base64 = parallel === undefined ? SIMD_CODE : SHARED_SIMD_CODE;
  const known = compiled.get(base64);
  if (known !== undefined) return known;
  if (typeof WebAssembly === "undefined") return undefined;
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) return undefined;
  const made = new WebAssembly.Module(bytes);
  compiled.set(base64, made);
  return made;
}

/** Exports by their names in assembly/kernel.ts, which has their arguments. */
export type Code = Readonly<Record<CodeName, (...given: CallArguments) => void>>;
export type CodeName =
  | "addLeaves"
  | "encodeRows"
  | "fillSlab"
  | "findBins"
  | "findSplits"
  | "logisticGradients"
  | "partition"
  | "squareGradients"
  | "sumRows";

export interface Running {
  readonly buffer: ArrayBufferLike;
  /** Called here and now. */
  readonly code: Code;
  /** One call a thread, the first on the caller's. */
  share(name: CodeName, calls: readonly CallArguments[]): void;
  /** Lets the other threads go. */
  stop(): void;
}

export function startCode(byteLength: number, parallel: Parallel | undefined): Running {
  const module = compiledCode(parallel);
  assert(module !== undefined, "WebAssembly SIMD can be had");
  const initial = Math.ceil(byteLength / PAGE);
  const memory = new WebAssembly.Memory(
    parallel === undefined ? { initial } : { initial, maximum: initial, shared: true },
  );
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const code = instance.exports as unknown as Code;
  const team = parallel?.start(module, memory);
  return {
    buffer: memory.buffer,
    code,
    share(name, calls) {
      if (team === undefined || calls.length === 1) for (const call of calls) code[name](...call);
      else team.run(name, () => code[name](...calls[0]!), calls.slice(1));
    },
    stop() {
      team?.stop();
    },
  };
}
