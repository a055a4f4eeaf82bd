// Runs the real command line in a process of its own, as a person would.
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

/** Every process loads the same modules: Node keeps them compiled here, half a second each time. */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: join(tmpdir(), `waymark-test-${process.getuid?.() ?? 0}-compiled`),
} as const;

/** A command ends before better code than V8's first would pay: 1.1 s of a core each instead of 1.7. */
export const SHORT_LIVED = ["--liftoff-only"] as const;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as one JSON value a line. */
  readonly lines: readonly Record<string, unknown>[];
}

/** @param cwd working folder: relative paths and the default store are in it */
export async function waymark(args: readonly string[], cwd: string): Promise<Ran> {
  return await finished(startWaymark(args, cwd));
}

/** @param more environment beside a temporary cache and two threads */
export function startWaymark(
  args: readonly string[],
  cwd: string,
  more: Readonly<Record<string, string>> = {},
): ChildProcess {
  const { WAYMARK_DATA: _, ...env } = process.env;
  return spawn(process.execPath, [...SHORT_LIVED, MAIN, ...args], {
    cwd,
    env: {
      ...env,
      ...COMPILE_CACHE,
      NO_COLOR: "1",
      WAYMARK_THREADS: "2",
      WAYMARK_CACHE: join(cwd, "cache"),
      ...more,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export async function finished(child: ChildProcess): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return {
    code,
    stdout,
    stderr,
    get lines() {
      return stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}
