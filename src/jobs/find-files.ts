/**
 * The files under some paths: folders are walked in name order, links are followed but no folder or
 * file is visited twice, and names that begin with a dot are passed over unless they were named.
 */
import { type Dirent, realpathSync, type Stats, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { WaymarkError } from "../base/index.ts";

export interface FoundFile {
  /** As the person would write it: the given path and what lies below it. */
  readonly path: string;
  readonly byteLength: number;
  /** Set when the path cannot be read; the walk goes on. */
  readonly error?: WaymarkError;
}

/** @returns in walking order, which is the same on every machine */
export async function findFiles(paths: readonly string[]): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const seen = new Set<string>();

  const visit = async (path: string): Promise<void> => {
    let stat: Stats;
    try {
      const real = realpathSync(path);
      if (seen.has(real)) return;
      seen.add(real);
      stat = statSync(real);
    } catch (cause) {
      found.push({ path, byteLength: 0, error: unreadable(path, cause) });
      return;
    }
    if (stat.isFile()) {
      found.push({ path, byteLength: stat.size });
      return;
    }
    if (!stat.isDirectory()) {
      const error = new WaymarkError("FILE_READ", `${path} is neither a file nor a folder`);
      found.push({ path, byteLength: 0, error });
      return;
    }
    let entries: Dirent[];
    try {
      entries = await readdir(path, { withFileTypes: true });
    } catch (cause) {
      found.push({ path, byteLength: 0, error: unreadable(path, cause) });
      return;
    }
    const names = entries.map((entry) => entry.name).filter((name) => !name.startsWith("."));
    for (const name of names.sort()) await visit(join(path, name));
  };
  for (const path of paths) await visit(path);
  return found;
}

/** An error of the file system in a sentence. */
export function unreadable(path: string, cause: unknown): WaymarkError {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  const reason =
    { ENOENT: "it does not exist", EACCES: "permission denied", ELOOP: "its links form a loop" }[
      code
    ] ?? (cause instanceof Error ? cause.message : String(cause));
  return new WaymarkError("FILE_READ", `${path} cannot be read: ${reason}`, { cause });
}
