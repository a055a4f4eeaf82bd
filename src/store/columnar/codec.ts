/** How pages and buffers of columnar files are unpacked: Node's zlib, and LZ4 of our own. */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { CompressionType, setCompressionCodec } from "@uwdata/flechette";
import { type Compressors, snappyUncompress } from "hyparquet";
import { unpackLz4Block, unpackLz4Frame, unpackLz4Hadoop } from "./lz4.ts";

/** Parquet's codecs by name; UNCOMPRESSED needs none, and LZO is not read. */
export const PARQUET_CODECS: Compressors = {
  SNAPPY(input, length) {
    const output = new Uint8Array(length);
    snappyUncompress(input, output);
    return output;
  },
  GZIP: (input, length) => gunzipSync(input, limitedTo(length)),
  BROTLI: (input, length) => brotliDecompressSync(input, limitedTo(length)),
  ZSTD: (input, length) => zstdDecompressSync(input, limitedTo(length)),
  LZ4: unpackLz4Hadoop,
  LZ4_RAW: unpackLz4Block,
};

/** Arrow's two. The reader keeps them for the whole process, whence a function and not an import's effect. */
export function setArrowCodecs(): void {
  setCompressionCodec(CompressionType.LZ4_FRAME, { decode: unpackLz4Frame, encode: readOnly });
  setCompressionCodec(CompressionType.ZSTD, {
    decode: (bytes, length) => inOneBuffer(zstdDecompressSync(bytes, limitedTo(length)), length),
    encode: readOnly,
  });
}

/** What a file says of its length is what may come out: no bombs. */
function limitedTo(length: number): { maxOutputLength: number } {
  return { maxOutputLength: Math.max(1, length) };
}

/** Aligned to its own buffer, so that typed arrays may lie over it. */
function inOneBuffer(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new RangeError("compressed data is damaged");
  return bytes.byteOffset === 0 ? bytes : new Uint8Array(bytes);
}

function readOnly(): never {
  throw new Error("bug: Arrow files are only read");
}
