/**
 * An archive to a file that appears when it is whole: written aside, synced, renamed. A file that stands
 * there already is never touched.
 */
import { createWriteStream, existsSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { WaymarkError } from "../base/index.ts";
import { fileError } from "../store/file-error.ts";

/**
 * @param check of the whole file, before it appears
 * @returns bytes of the file
 * @throws WaymarkError USAGE where a file stands already, STORE_FULL, FILE_READ; what `bytes` and
 *   `check` throw
 */
export async function keepArchive(
  bytes: Readable,
  path: string,
  check: (aside: string) => Promise<void> = async () => {},
): Promise<number> {
  const aside = `${path}.part`;
  try {
    refuseExisting(path);
    await pipeline(bytes, createWriteStream(aside, { mode: 0o600 }));
    await check(aside);
    await sync(aside);
    refuseExisting(path);
    await rename(aside, path);
    await sync(dirname(path));
    return (await stat(path)).size;
  } catch (error) {
    bytes.destroy();
    await rm(aside, { force: true });
    throw fileError(error, path);
  }
}

/** @throws WaymarkError USAGE */
export function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  throw new WaymarkError("USAGE", `${path} exists already; name another file, or move it away`);
}

async function sync(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
