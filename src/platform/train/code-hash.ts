/**
 * Which code trained a model: one hash over the source files of folders, by name and content. Tests
 * and notes do not count. Some milliseconds; once a process.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const known = new Map<string, string>();

/** @param folders addresses of folders; 16 hex digits */
export function codeHash(folders: readonly URL[]): string {
  const key = folders.join(" ");
  const before = known.get(key);
  if (before !== undefined) return before;
  const hash = createHash("sha256");
  for (const folder of folders) {
    const root = fileURLToPath(folder);
    for (const path of sourcesIn(root)) {
      hash.update(`${relative(root, path)}\n`).update(readFileSync(path));
    }
  }
  const digest = hash.digest("hex").slice(0, 16);
  known.set(key, digest);
  return digest;
}

function sourcesIn(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && /(?<!\.test|\.fixture|\.bench)\.(ts|js)$/.test(file.name))
    .map((file) => join(file.parentPath, file.name))
    .sort();
}
