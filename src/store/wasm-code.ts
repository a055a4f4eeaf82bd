/**
 * V8 frees machine code of WebAssembly that it has replaced by a faster one; where several threads run
 * WebAssembly, freeing the wrapper of an imported function now and then ends the whole process ("Check
 * failed: jit_page_->allocations_.erase(addr) == 1", reached from TierUpWasmToJSWrapper; seen with Node
 * 24.21, reported as nodejs/node#64500). PGlite runs in a thread of its own beside the parser of
 * `fetch`, so code is kept: some megabytes, once a process.
 */
import { setFlagsFromString } from "node:v8";

/** Before the first thread with WebAssembly; further calls change nothing. */
export function keepWasmCode(): void {
  setFlagsFromString("--no-wasm-code-gc");
}
