/**
 * One writer per data folder: a lock file that names its process. A process that died leaves a
 * lock that the next one takes over; on another host (a container, a network disk) the dead are
 * known by a heartbeat that stopped. Readers need no lock.
 */

import { randomUUID } from "node:crypto";
import {
  linkSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { WaymarkError } from "../base/index.ts";

export const lockDefaults = {
  /** How often the owner touches the file. */
  heartbeatMs: 5000,
  /** Silence after which an owner that cannot be asked counts as dead; twelve missed beats. */
  staleMs: 60_000,
  /** Takeovers to try before giving up: others may be trying too. */
  attempts: 5,
} as const;

interface Owner {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  /** Start of the process as the kernel says, because process ids come round again; "" unknown. */
  readonly startedAt: string;
  /** Where it answers over HTTP, once it does. */
  readonly url?: string | undefined;
}

export interface Lock {
  /** Tells others where this process answers, so that they can ask it instead. */
  announce(url: string): void;
  release(): void;
}

/**
 * @param folder exists
 * @param onLost called when another process has taken the folder: nothing may be written any more
 * @throws WaymarkError STORE_LOCKED with the owner's process id and what to do
 */
export function acquireLock(folder: string, onLost: () => void = () => {}): Lock {
  const path = join(folder, "lock");
  let owner: Owner = {
    token: randomUUID(),
    pid: process.pid,
    host: hostname(),
    startedAt: startOf(process.pid),
  };
  for (let attempt = 0; ; attempt++) {
    if (create(path, owner)) break;
    const other = read(path);
    if (other !== undefined && (isAlive(path, other) || attempt >= lockDefaults.attempts)) {
      throw new WaymarkError(
        "STORE_LOCKED",
        `${folder} is being written by process ${other.pid} on ${other.host}; wait for it to end, or choose another folder with --data`,
      );
    }
    if (other !== undefined) removeStale(path, other);
  }

  const beat = setInterval(() => {
    if (read(path)?.token === owner.token) {
      utimesSync(path, new Date(), new Date());
      return;
    }
    clearInterval(beat);
    onLost();
  }, lockDefaults.heartbeatMs);
  beat.unref();
  return {
    announce(url) {
      owner = { ...owner, url };
      const aside = `${path}.${owner.token}`;
      writeFileSync(aside, JSON.stringify(owner));
      renameSync(aside, path);
    },
    release() {
      clearInterval(beat);
      if (read(path)?.token === owner.token) unlinkSync(path);
    },
  };
}

/** Who has a folder open, if somebody who lives has. */
export function lockOwner(
  folder: string,
): { readonly pid: number; readonly host: string; readonly url: string | undefined } | undefined {
  const path = join(folder, "lock");
  const owner = read(path);
  if (!owner || !isAlive(path, owner)) return undefined;
  return { pid: owner.pid, host: owner.host, url: owner.url };
}

/** The file appears with its content or not at all: written aside, then linked. */
function create(path: string, owner: Owner): boolean {
  const aside = `${path}.${owner.token}`;
  writeFileSync(aside, JSON.stringify(owner));
  try {
    linkSync(aside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    unlinkSync(aside);
  }
}

/** Two may find the same dead owner; whoever moved a living lock away puts it back. */
function removeStale(path: string, dead: Owner): void {
  const aside = `${path}.stale.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside)?.token !== dead.token) {
    try {
      linkSync(aside, path);
    } catch {
      // A third has locked it: the one whose lock this was learns it at its next beat.
    }
  }
  unlinkSync(aside);
}

/** A lock that cannot be parsed counts as one of an unknown, long dead process. */
function read(path: string): Owner | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return { token: "", pid: 0, host: "", startedAt: "" };
  }
}

function isAlive(path: string, owner: Owner): boolean {
  if (owner.token === "") return false;
  if (owner.host !== hostname()) {
    try {
      return Date.now() - statSync(path).mtimeMs < lockDefaults.staleMs;
    } catch {
      return false;
    }
  }
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return owner.startedAt === startOf(owner.pid);
}

/** Boot and start tick of a process, where the system tells (Linux). */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything; the 20th field after it is the start tick.
    const tick = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${tick}`;
  } catch {
    return "";
  }
}
