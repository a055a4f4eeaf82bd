/** Unpacks a blob of an .osm.pbf file with Node's own codecs, within the size that it claims. */
import { inflateSync, zstdDecompressSync } from "node:zlib";
import type { Blob } from "../geo/network/osm/blob.ts";
import type { OsmBlock } from "../geo/network/osm/osm-block.ts";
import { decodePrimitiveBlock } from "../geo/network/osm/pbf-block.ts";
import { damaged } from "../geo/network/osm/wire.ts";

/** @throws WaymarkError OSM_FORMAT when the bytes do not unpack to what they claim */
export function unpackBlob(blob: Blob): Uint8Array {
  if (blob.compression === "raw") return blob.packed;
  const unpack = blob.compression === "zlib" ? inflateSync : zstdDecompressSync;
  let bytes: Uint8Array;
  try {
    // A limit of 0 would mean "none".
    bytes = unpack(blob.packed, { maxOutputLength: Math.max(1, blob.rawSize) });
  } catch (cause) {
    throw damaged(`the block at byte ${blob.offset} does not unpack`, cause);
  }
  if (bytes.length !== blob.rawSize) {
    throw damaged(
      `the block at byte ${blob.offset} unpacks to ${bytes.length} bytes, ` +
        `expected ${blob.rawSize}`,
    );
  }
  return bytes;
}

/** @throws WaymarkError OSM_FORMAT with the place of the block in the file */
export function decodeBlob(blob: Blob): OsmBlock {
  const bytes = unpackBlob(blob);
  try {
    return decodePrimitiveBlock(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^.*damaged: /, "") : "";
    throw damaged(`in the block at byte ${blob.offset} ${reason}`, cause);
  }
}
