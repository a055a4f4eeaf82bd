/**
 * The outer frames of an .osm.pbf file: length, BlobHeader, Blob, again and again. Bytes may come in
 * pieces of any size; at most one blob is held. Source: wiki.openstreetmap.org/wiki/PBF_Format, whose
 * hard limits (64 KiB header, 32 MiB blob) are kept: they bound what a damaged length can cost.
 */
import { WaymarkError } from "../../../base/error.ts";
import { damaged, WireReader } from "./wire.ts";

export const HEADER_BYTES_MAX = 64 * 1024;
export const BLOB_BYTES_MAX = 32 * 1024 * 1024;

const COMPRESSIONS = ["raw", "zlib", "zstd"] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** A blob, still packed. `packed` is a copy that may be moved to another thread. */
export interface Blob {
  readonly type: "OSMHeader" | "OSMData";
  readonly compression: Compression;
  /** Bytes once unpacked, as the file says; at most BLOB_BYTES_MAX. */
  readonly rawSize: number;
  readonly packed: Uint8Array<ArrayBuffer>;
  /** Where the frame begins in the file. */
  readonly offset: number;
}

/** Cuts a stream of bytes into blobs. */
export interface BlobSplitter {
  /** The blobs that these bytes complete, in the order of the file. */
  push(bytes: Uint8Array): Blob[];
  /** @throws WaymarkError OSM_FORMAT when the file ends inside a blob */
  finish(): void;
}

export function createBlobSplitter(): BlobSplitter {
  let held: Uint8Array = new Uint8Array(0);
  let offset = 0;

  /** Bytes of the first frame in `held`, or undefined when more are needed to know. */
  const frameLength = (): { header: number; body: number } | undefined => {
    if (held.length < 4) return undefined;
    const header = new DataView(held.buffer, held.byteOffset, 4).getUint32(0);
    if (header === 0 || header > HEADER_BYTES_MAX) {
      throw damaged(
        `at byte ${offset} a block header claims ${header} bytes, expected 1 to ${HEADER_BYTES_MAX}`,
      );
    }
    if (held.length < 4 + header) return undefined;
    const { dataSize } = readBlobHeader(held.subarray(4, 4 + header));
    if (dataSize < 0 || dataSize > BLOB_BYTES_MAX) {
      throw damaged(
        `at byte ${offset} a block claims ${dataSize} bytes, expected at most ${BLOB_BYTES_MAX}`,
      );
    }
    return { header, body: dataSize };
  };

  return {
    push(bytes) {
      held = held.length === 0 ? bytes : join(held, bytes);
      const blobs: Blob[] = [];
      for (;;) {
        const length = frameLength();
        if (!length) break;
        const end = 4 + length.header + length.body;
        if (held.length < end) break;
        const { type } = readBlobHeader(held.subarray(4, 4 + length.header));
        // Other types are for other readers, says the format: passed over.
        if (type === "OSMHeader" || type === "OSMData") {
          blobs.push(readBlob(type, held.subarray(4 + length.header, end), offset));
        }
        held = held.subarray(end);
        offset += end;
      }
      return blobs;
    },
    finish() {
      if (held.length > 0) {
        throw new WaymarkError(
          "OSM_FORMAT",
          `the .osm.pbf file is cut off: its last ${held.length} bytes, from byte ${offset}, ` +
            "are the beginning of a block; download the extract again",
        );
      }
    },
  };
}

function readBlobHeader(bytes: Uint8Array): { type: string; dataSize: number } {
  const reader = new WireReader(bytes);
  let type = "";
  let dataSize = -1;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === TAG_STRING_1) type = new TextDecoder().decode(reader.view());
    else if (tag === TAG_VARINT_3) dataSize = reader.int();
    else reader.skip(tag);
  }
  return { type, dataSize };
}

const TAG_STRING_1 = (1 << 3) | 2;
const TAG_VARINT_2 = 2 << 3;
const TAG_VARINT_3 = 3 << 3;

/** Blob fields that hold the data, by number. */
const DATA_FIELDS = ["", "raw", "", "zlib", "lzma", "bzip2", "lz4", "zstd"] as const;

function readBlob(type: Blob["type"], bytes: Uint8Array, offset: number): Blob {
  const reader = new WireReader(bytes);
  let rawSize = -1;
  let compression: Compression | undefined;
  let packed: Uint8Array | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    const name = (tag & 7) === 2 ? DATA_FIELDS[tag >>> 3] : undefined;
    if (tag === TAG_VARINT_2) rawSize = reader.int();
    else if (name) {
      compression = COMPRESSIONS.find((c) => c === name);
      if (!compression) {
        throw new WaymarkError(
          "OSM_FORMAT",
          `the .osm.pbf file is packed with ${name}; expected one of ${COMPRESSIONS.join(", ")}`,
          { choices: COMPRESSIONS },
        );
      }
      packed = reader.view();
    } else reader.skip(tag);
  }
  if (!packed || !compression) throw damaged(`the block at byte ${offset} holds no data`);
  if (compression === "raw") rawSize = packed.length;
  if (rawSize < 0 || rawSize > BLOB_BYTES_MAX) {
    throw damaged(
      `the block at byte ${offset} claims to unpack to ${rawSize} bytes, ` +
        `expected at most ${BLOB_BYTES_MAX}`,
    );
  }
  // Not `slice`: on Node's Buffer that is a view of the file's chunk.
  return { type, compression, rawSize, packed: new Uint8Array(packed), offset };
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
