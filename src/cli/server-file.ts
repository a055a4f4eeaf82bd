/**
 * How other commands find the server that has a data folder open: `server.json` with its address and a
 * token that only whoever runs it may read. The token ends with the server.
 */
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface RunningServer {
  /** http://127.0.0.1:9696, without a slash at the end. */
  readonly url: string;
  readonly token: string;
}

/** The file appears whole, and readable by its owner alone. */
export function announceServer(dataFolder: string, server: RunningServer): void {
  const path = join(dataFolder, "server.json");
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, JSON.stringify({ ...server, pid: process.pid }), { mode: 0o600 });
  // The mode of an existing file is not changed by writing.
  chmodSync(aside, 0o600);
  renameSync(aside, path);
}

export function withdrawServer(dataFolder: string): void {
  if (readServer(dataFolder)?.pid === process.pid) rmSync(join(dataFolder, "server.json"));
}

/** What a server left there; one that was killed leaves its file behind. */
export function readServer(dataFolder: string): (RunningServer & { pid: number }) | undefined {
  try {
    const text = readFileSync(join(dataFolder, "server.json"), "utf8");
    return JSON.parse(text) as RunningServer & { pid: number };
  } catch {
    return undefined;
  }
}

/** The same server by a name that this machine has: one that listens everywhere listens here too. */
export function loopbackUrl(address: string): string {
  const url = new URL(address);
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  if (url.hostname === "[::]") url.hostname = "[::1]";
  return url.origin;
}
