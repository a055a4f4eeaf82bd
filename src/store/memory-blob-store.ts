/** Blobs that are forgotten with the process: for tests and for worlds that nobody keeps. */
import { createHash } from "node:crypto";
import { WaymarkError } from "../base/index.ts";
import type { BlobStore } from "./blob-store.ts";

export function createMemoryBlobStore(): BlobStore {
  const bytesOf = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    async put(bytes, maxBytes = Number.POSITIVE_INFINITY) {
      const chunks: Uint8Array[] = [];
      let byteLength = 0;
      for await (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) {
        byteLength += chunk.length;
        if (byteLength > maxBytes) {
          throw new WaymarkError(
            "TRACK_TOO_LARGE",
            `the file is larger than the limit of ${Math.floor(maxBytes / 1e6)} MB`,
          );
        }
        chunks.push(chunk);
      }
      const whole = new Uint8Array(Buffer.concat(chunks));
      const sha256 = createHash("sha256").update(whole).digest("hex");
      bytesOf.set(sha256, whole);
      return { sha256, byteLength };
    },
    async get(sha256) {
      const bytes = bytesOf.get(sha256);
      if (bytes) return bytes.slice();
      throw new WaymarkError("NOT_FOUND", `no bytes are kept under '${sha256.slice(0, 80)}'`);
    },
    has: async (sha256) => bytesOf.has(sha256),
    async remove(sha256) {
      bytesOf.delete(sha256);
    },
    async *list() {
      for (const [sha256, { length }] of bytesOf) {
        yield { sha256, byteLength: length, modifiedMs: 0 };
      }
    },
  };
}
