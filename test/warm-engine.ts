/**
 * Run once before all tests. V8 shares compiled WebAssembly between the threads of a process for as
 * long as one of them holds the module: holding PGlite's here, whatever was compiled for one test file
 * is ready for the next, and opening a database costs half (0.35 s of a core instead of 0.75).
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { keepWasmCode } from "../src/store/wasm-code.ts";

const held: WebAssembly.Module[] = [];

export async function setup(): Promise<void> {
  keepWasmCode();
  const folder = dirname(createRequire(import.meta.url).resolve("@electric-sql/pglite"));
  for (const name of ["pglite.wasm", "initdb.wasm"]) {
    held.push(await WebAssembly.compile(await readFile(join(folder, name))));
  }
}

export function teardown(): void {
  held.length = 0;
}
