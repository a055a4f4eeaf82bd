/**
 * The pages of one flat column of a row group, as the physical type's values. hyparquet's decoders of
 * single encodings do the work; what they cannot know is held here: a damaged length may neither send
 * a reader back, nor run a repetition past the page, nor ask for more rows than there are.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/
 */
import type { CompressionCodec, DecodedArray, ParquetType } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from "hyparquet/src/delta.js";
import { byteStreamSplit } from "hyparquet/src/encoding.js";
import { readPlain } from "hyparquet/src/plain.js";
import { PARQUET_CODECS } from "./codec.ts";
import type { Raw } from "./field.ts";

export interface ChunkShape {
  readonly type: ParquetType;
  /** Of fixed-size bytes. */
  readonly typeLength: number | undefined;
  readonly isOptional: boolean;
  readonly codec: CompressionCodec;
  readonly rows: number;
}

/**
 * @param chunk the column chunk, its dictionary page among it
 * @returns a value for each row, undefined where it is missing
 * @throws Error when the pages are not what they should be
 */
export function readPages(chunk: ArrayBuffer, shape: ChunkShape): (Raw | undefined)[] {
  const { rows, codec, isOptional } = shape;
  const reader = { view: new DataView(chunk), offset: 0 };
  const values = new Array<Raw | undefined>(rows);
  let row = 0;
  let dictionary: DecodedArray | undefined;
  while (row < rows) {
    if (reader.offset >= chunk.byteLength)
      throw new RangeError(`pages end at row ${row} of ${rows}`);
    const header = parquetHeader(reader);
    const page = part(new Uint8Array(chunk), reader.offset, header.compressed_page_size);
    reader.offset += page.length;
    const length = header.uncompressed_page_size;
    if (header.type === "DICTIONARY_PAGE") {
      const bytes = unpacked(page, length, codec);
      const count = header.dictionary_page_header?.num_values ?? -1;
      if (!(count >= 0 && count <= bytes.length))
        throw new RangeError("the dictionary is too short");
      dictionary = readPlain(readerOf(bytes), shape.type, count, shape.typeLength);
      continue;
    }
    const head = header.data_page_header_v2 ?? header.data_page_header;
    if (header.type === "INDEX_PAGE") continue;
    if (head === undefined) throw new Error(`a page of type ${header.type} is not known`);
    const count = head.num_values;
    if (!(count >= 0 && count <= rows - row)) throw new RangeError(`a page has ${count} rows`);
    let levels: Uint8Array | undefined;
    let body: Uint8Array;
    if ("num_nulls" in head) {
      const before = head.repetition_levels_byte_length;
      const behind = before + head.definition_levels_byte_length;
      if (isOptional) levels = part(page, before, head.definition_levels_byte_length);
      const rest = part(page, behind, page.length - behind);
      body = head.is_compressed === false ? rest : unpacked(rest, length - behind, codec);
    } else {
      body = unpacked(page, length, codec);
      if (isOptional) {
        levels = part(body, 4, readerOf(body).view.getUint32(0, true));
        body = body.subarray(4 + levels.length);
      }
    }
    const isPresent = levels && hybridNumbers(levels, 1, count);
    const present = isPresent ? isPresent.reduce((sum, is) => sum + is, 0) : count;
    const found = present === 0 ? [] : pageValues(body, head.encoding, present, dictionary, shape);
    for (let i = 0, k = 0; i < count; i++, row++) {
      if (isPresent === undefined || isPresent[i] === 1) values[row] = found[k++] as Raw;
    }
  }
  return values;
}

function pageValues(
  bytes: Uint8Array,
  encoding: string,
  count: number,
  dictionary: DecodedArray | undefined,
  { type, typeLength }: ChunkShape,
): DecodedArray {
  const reader = readerOf(bytes);
  switch (encoding) {
    case "PLAIN":
      return readPlain(reader, type, count, typeLength);
    case "PLAIN_DICTIONARY":
    case "RLE_DICTIONARY": {
      if (dictionary === undefined) throw new Error("the dictionary is missing");
      const indices = hybridNumbers(bytes.subarray(1), reader.view.getUint8(0), count);
      return Array.from(indices, (index) => {
        if (index >= dictionary.length) throw new RangeError("an index is beyond the dictionary");
        return dictionary[index];
      });
    }
    case "RLE": {
      const bits = part(bytes, 4, reader.view.getUint32(0, true));
      return Array.from(hybridNumbers(bits, 1, count), Boolean);
    }
    case "DELTA_BINARY_PACKED": {
      const numbers = type === "INT32" ? new Int32Array(count) : new BigInt64Array(count);
      deltaBinaryUnpack(reader, count, numbers);
      return numbers;
    }
    case "DELTA_LENGTH_BYTE_ARRAY":
    case "DELTA_BYTE_ARRAY": {
      const texts = new Array<Uint8Array>(count);
      (encoding === "DELTA_BYTE_ARRAY" ? deltaByteArray : deltaLengthByteArray)(
        reader,
        count,
        texts,
      );
      return texts;
    }
    case "BYTE_STREAM_SPLIT":
      return byteStreamSplit(reader, count, type, typeLength);
    default:
      throw new Error(`encoding ${encoding} is not read`);
  }
}

/** Parquet's hybrid of repetitions and packed bits: `count` numbers of `width` bits. */
export function hybridNumbers(bytes: Uint8Array, width: number, count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  if (width === 0) return numbers;
  if (width > 32) throw new RangeError(`numbers of ${width} bits`);
  let at = 0;
  let seen = 0;
  const byte = (k: number): number => {
    if (k >= bytes.length) throw new RangeError(`${seen} of ${count} numbers are there`);
    return bytes[k]!;
  };
  while (seen < count) {
    let header = 0;
    for (let shift = 0, more = 0x80; more >= 0x80; shift += 7) {
      more = byte(at++);
      header |= (more & 0x7f) << shift;
    }
    header >>>= 0;
    const end = seen + Math.min(header & 1 ? (header >>> 1) * 8 : header >>> 1, count - seen);
    if (header & 1) {
      let bit = at * 8;
      for (; seen < end; seen++) {
        let number = 0;
        for (let got = 0; got < width; ) {
          const take = Math.min(8 - (bit & 7), width - got);
          number |= ((byte(bit >>> 3) >>> (bit & 7)) & ((1 << take) - 1)) << got;
          got += take;
          bit += take;
        }
        numbers[seen] = number;
      }
      at += (header >>> 1) * width;
    } else {
      let number = 0;
      for (let shift = 0; shift < width; shift += 8) number |= byte(at++) << shift;
      numbers.fill(number, seen, end);
      seen = end;
    }
  }
  return numbers;
}

function unpacked(bytes: Uint8Array, length: number, codec: CompressionCodec): Uint8Array {
  const out = codec === "UNCOMPRESSED" ? bytes : PARQUET_CODECS[codec]!(bytes, length);
  if (out.length === length) return out;
  throw new RangeError(`a page has ${out.length} bytes where ${length} are said`);
}

function part(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (start >= 0 && length >= 0 && start + length <= bytes.length) {
    return bytes.subarray(start, start + length);
  }
  throw new RangeError(`a part of ${length} bytes at ${start} is beyond its page`);
}

function readerOf(bytes: Uint8Array) {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}
