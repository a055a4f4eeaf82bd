/**
 * The whole server as people run it: `waymark start` on a data folder, in a process of its own, asked
 * over loopback with the token that it leaves for programs of the same machine.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Usage } from "./child.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");

export interface WholeServer {
  readonly url: string;
  readonly token: string;
  /** Milliseconds from the start of the process to the answer with the newest activities. */
  readonly openedMs: number;
  /** From `/metrics`: the process with all its threads. */
  usage(): Promise<Usage & { readonly heapMiB: number }>;
  get<T>(path: string): Promise<T>;
  stop(): Promise<void>;
}

/** @param mapFolder absent: no map */
export async function startWhole(
  dataFolder: string,
  options: { readonly mapFolder?: string; readonly threads: number },
): Promise<WholeServer> {
  const begun = performance.now();
  const map = options.mapFolder === undefined ? [] : ["--map", options.mapFolder];
  const child = spawn(
    process.execPath,
    [
      ...[MAIN, "start", "--data", dataFolder, "--no-demo", "--port", "0"],
      ...["--threads", String(options.threads), ...map],
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const { url, token } = await announced(child, dataFolder);
  const get = async <T>(path: string): Promise<T> => {
    const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  await get("/api/activities");
  const openedMs = performance.now() - begun;
  return {
    url,
    token,
    openedMs,
    get,
    async usage() {
      const text = await (await fetch(`${url}/metrics`)).text();
      const value = (name: string): number =>
        Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
      return {
        cpuMs: value("process_cpu_seconds_total") * 1000,
        rssMiB: value("process_resident_memory_bytes") / 2 ** 20,
        heapMiB: value("nodejs_heap_size_used_bytes") / 2 ** 20,
      };
    },
    async stop() {
      const exit = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGINT");
      await exit;
    },
  };
}

/** What the server says of itself when it listens. */
async function announced(
  child: ChildProcess,
  dataFolder: string,
): Promise<{ url: string; token: string }> {
  while (child.exitCode === null) {
    try {
      const said = JSON.parse(readFileSync(join(dataFolder, "server.json"), "utf8"));
      if (said.pid === child.pid) return said;
    } catch {
      // Not yet.
    }
    await sleep(5);
  }
  throw new Error(`the server ended with ${child.exitCode}`);
}
