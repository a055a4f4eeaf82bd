// Every ```ts fence in the README, the docs and the doc comments under src/ must type-check.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const OUT = "dist/examples";
const FENCE = /```ts\n([\s\S]*?)```/g;
const CONFIG = {
  extends: "../../tsconfig.json",
  compilerOptions: {
    noUnusedLocals: false,
    // Examples import as a user would.
    paths: { "waymark/*": ["../../src/*/index.ts"] },
  },
  include: ["*.ts"],
  exclude: [],
};

function fences(path: string): string[] {
  const text = readFileSync(path, "utf8").replace(/^[ \t]*\* ?/gm, "");
  return [...text.matchAll(FENCE)].map((match) => match[1] ?? "");
}

function files(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending) && !file.includes(".test."))
    .map((file) => join(folder, file));
}

it("documentation examples type-check", () => {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  let count = 0;
  for (const path of ["README.md", ...files("docs", ".md"), ...files("src", ".ts")]) {
    for (const code of fences(path)) {
      writeFileSync(join(OUT, `${count++}.ts`), `// ${path}\n${code}\nexport {};\n`);
    }
  }
  writeFileSync(join(OUT, "tsconfig.json"), JSON.stringify(CONFIG));
  expect(count).toBeGreaterThan(0);
  try {
    execFileSync("node_modules/.bin/tsc", ["-p", OUT], { stdio: "pipe" });
  } catch (error) {
    throw new Error(String((error as { stdout: Buffer }).stdout), { cause: error });
  }
}, 120_000);
