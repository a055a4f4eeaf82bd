import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compileKernel, KERNEL_CODE } from "./compile.ts";

it("keeps the trees' WebAssembly as it is compiled from its source", async () => {
  expect(readFileSync(KERNEL_CODE, "utf8")).toBe(await compileKernel());
}, 60_000);
