/**
 * Blobs as files by their hash: `<data>/blob/ab/cdef…`. Written aside, synced, renamed, and the
 * folder synced, so that a name never stands for half a file; checked against the name at every
 * reading. A put costs one sync of the file and one of its folder.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { WaymarkError } from "../base/index.ts";
import type { Blob, BlobStore } from "./blob-store.ts";
import { fileError } from "./file-error.ts";

const HASH = /^[0-9a-f]{64}$/;
const ASIDE = "aside";
/** An upload that takes longer than this is none any more. */
const ASIDE_MS = 24 * 3_600_000;

/** @param folder made when it is not there; any number of processes may share it */
export function openFolderBlobStore(folder: string): BlobStore {
  const aside = join(folder, ASIDE);
  mkdirSync(aside, { recursive: true });
  void removeOld(aside);
  const folderOf = (sha256: string): string => join(folder, sha256.slice(0, 2));
  const pathOf = (sha256: string): string => join(folderOf(sha256), sha256.slice(2));

  return {
    async put(bytes, maxBytes = Number.POSITIVE_INFINITY) {
      const path = join(aside, randomUUID());
      try {
        const blob = await writeAside(path, bytes, maxBytes);
        await settle(path, pathOf(blob.sha256), folderOf(blob.sha256), folder);
        return blob;
      } catch (error) {
        throw fileError(error, "the file");
      } finally {
        await rm(path, { force: true });
      }
    },
    async get(sha256) {
      if (!HASH.test(sha256)) throw notFound(sha256);
      let bytes: Buffer<ArrayBuffer>;
      try {
        bytes = await readFile(pathOf(sha256));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") throw notFound(sha256);
        throw fileError(error, pathOf(sha256));
      }
      if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
        throw new WaymarkError(
          "STORE_DAMAGED",
          `${pathOf(sha256)} holds other bytes than those that were kept there`,
        );
      }
      return bytes;
    },
    async has(sha256) {
      if (!HASH.test(sha256)) return false;
      return await stat(pathOf(sha256)).then(
        () => true,
        () => false,
      );
    },
    async remove(sha256) {
      if (!HASH.test(sha256)) return;
      await rm(pathOf(sha256), { force: true });
      await syncFolder(folderOf(sha256)).catch(() => {});
    },
    async *list() {
      for (const first of await readdir(folder)) {
        if (!/^[0-9a-f]{2}$/.test(first)) continue;
        for (const rest of await readdir(join(folder, first))) {
          const sha256 = first + rest;
          if (!HASH.test(sha256)) continue;
          const { size, mtimeMs } = await stat(join(folder, first, rest));
          yield { sha256, byteLength: size, modifiedMs: mtimeMs };
        }
      }
    },
  };
}

async function writeAside(
  path: string,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Blob> {
  const hash = createHash("sha256");
  let byteLength = 0;
  const file = await open(path, "wx", 0o600);
  try {
    for await (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) {
      byteLength += chunk.length;
      if (byteLength > maxBytes) {
        throw new WaymarkError(
          "TRACK_TOO_LARGE",
          `the file is larger than the limit of ${Math.floor(maxBytes / 1e6)} MB`,
        );
      }
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest("hex"), byteLength };
}

/** The name stands for a whole file at every moment; ours replaces one that may be damaged. */
async function settle(aside: string, path: string, parent: string, root: string): Promise<void> {
  if ((await mkdir(parent, { recursive: true })) !== undefined) await syncFolder(root);
  await rename(aside, path);
  await syncFolder(parent);
}

/** Makes names durable. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What killed processes left half-written. */
async function removeOld(aside: string): Promise<void> {
  const before = Date.now() - ASIDE_MS;
  try {
    for (const name of await readdir(aside)) {
      const path = join(aside, name);
      if ((await stat(path)).mtimeMs < before) await rm(path, { force: true });
    }
  } catch {
    // Another process tidies too, or the folder has gone: nothing depends on this.
  }
}

function notFound(sha256: string): WaymarkError {
  return new WaymarkError("NOT_FOUND", `no bytes are kept under '${sha256.slice(0, 80)}'`);
}
