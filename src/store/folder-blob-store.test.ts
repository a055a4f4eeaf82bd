import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlobStore } from "./blob-store.ts";
import { openFolderBlobStore } from "./folder-blob-store.ts";
import { createMemoryBlobStore } from "./memory-blob-store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-blob-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const pathOf = (sha256: string): string => join(folder, sha256.slice(0, 2), sha256.slice(2));
async function* chunks(...texts: readonly string[]) {
  for (const text of texts) yield Buffer.from(text);
}
async function listed(blobs: BlobStore): Promise<string[]> {
  const hashes: string[] = [];
  for await (const { sha256 } of blobs.list()) hashes.push(sha256);
  return hashes.sort();
}

describe.each([
  { name: "a folder", open: () => openFolderBlobStore(folder) },
  { name: "memory", open: () => createMemoryBlobStore() },
])("blobs in $name", ({ open }) => {
  it("give back what was put, by its hash, from bytes and from a stream", async () => {
    const blobs = open();
    const sha256 = hashOf("one two");
    expect(await blobs.put(Buffer.from("one two"))).toEqual({ sha256, byteLength: 7 });
    expect(await blobs.put(chunks("one", "", " two"))).toEqual({ sha256, byteLength: 7 });
    expect(Buffer.from(await blobs.get(sha256)).toString()).toBe("one two");
    expect(await listed(blobs)).toEqual([sha256]);
    expect((await blobs.put(new Uint8Array(0))).sha256).toBe(hashOf(""));
  });

  it("give up a stream that is too long or breaks, and keep nothing of it", async () => {
    const blobs = open();
    await expect(blobs.put(chunks("1234", "5678"), 7)).rejects.toMatchObject({
      code: "TRACK_TOO_LARGE",
    });
    async function* broken() {
      yield Buffer.from("half");
      throw new Error("the client went away");
    }
    await expect(blobs.put(broken())).rejects.toThrow("the client went away");
    expect(await listed(blobs)).toEqual([]);
  });

  it("are removed for good, and put again", async () => {
    const blobs = open();
    const { sha256 } = await blobs.put(Buffer.from("x"));
    await blobs.remove(sha256);
    await blobs.remove(sha256);
    expect(await blobs.has(sha256)).toBe(false);
    await expect(blobs.get(sha256)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await blobs.put(Buffer.from("x"));
    expect(await blobs.has(sha256)).toBe(true);
  });

  it("know nothing by a name that is no hash", async () => {
    const blobs = open();
    for (const name of ["", "../../etc/passwd", "A".repeat(64), `${hashOf("x")}0`]) {
      expect(await blobs.has(name)).toBe(false);
      await expect(blobs.get(name)).rejects.toMatchObject({ code: "NOT_FOUND" });
      await blobs.remove(name);
    }
  });

  it("are kept once when many put the same at once", async () => {
    const blobs = open();
    const all = await Promise.all(Array.from({ length: 20 }, () => blobs.put(chunks("a", "b"))));
    expect(new Set(all.map(({ sha256 }) => sha256))).toEqual(new Set([hashOf("ab")]));
    expect(Buffer.from(await blobs.get(hashOf("ab"))).toString()).toBe("ab");
  });
});

describe("blobs in a folder", () => {
  it("leave nothing aside, and are nobody else's to read", async () => {
    const blobs = openFolderBlobStore(folder);
    const { sha256 } = await blobs.put(Buffer.from("secret"));
    expect(readdirSync(join(folder, "aside"))).toEqual([]);
    expect(statSync(pathOf(sha256)).mode & 0o077).toBe(0);
  });

  it("say so when the bytes are others than were put, and are mended by putting again", async () => {
    const blobs = openFolderBlobStore(folder);
    const { sha256 } = await blobs.put(Buffer.from("whole"));
    truncateSync(pathOf(sha256), 3);
    await expect(blobs.get(sha256)).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    await blobs.put(Buffer.from("whole"));
    expect(Buffer.from(await blobs.get(sha256)).toString()).toBe("whole");
  });

  it("pass over files that are not theirs", async () => {
    const blobs = openFolderBlobStore(folder);
    writeFileSync(join(folder, "README"), "x");
    await blobs.put(Buffer.from("x"));
    writeFileSync(join(folder, hashOf("x").slice(0, 2), "note.txt"), "x");
    expect(await listed(blobs)).toEqual([hashOf("x")]);
  });
});
