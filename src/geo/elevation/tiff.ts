/**
 * The part of TIFF 6.0 that elevation grids use: one band in strips or tiles, integers or floats,
 * plain or compressed (Deflate, LZW, PackBits), with either predictor; BigTIFF too. Written here
 * because the `geotiff` package cannot be imported inside a worker thread. O(samples).
 *
 * @see TIFF Revision 6.0, Adobe 1992; Technical Note 3 (floating-point predictor); BigTIFF design
 */
import { unzlibSync } from "fflate";
import { WaymarkError } from "../../base/index.ts";

/** Tags by number; a value is an array of numbers, or text for ASCII tags. */
export interface TiffImage {
  readonly width: number;
  readonly height: number;
  numbers(tag: number): readonly number[] | undefined;
  text(tag: number): string | undefined;
  /** The first band, row by row. @throws WaymarkError ELEVATION_FORMAT when the data is damaged */
  readBand(): Float32Array;
}

const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planar: 284,
  predictor: 317,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  sampleFormat: 339,
} as const;

/** Bytes of one value by field type; BigTIFF adds 16–18. */
const TYPE_BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  16: 8,
  17: 8,
  18: 8,
};
const ASCII = 2;
/** Entries and values beyond these are damage: a 100-million-sample grid has 400,000 tiles. */
const MOST_ENTRIES = 4096;
const MOST_VALUES = 4_000_000;

const damaged = (why: string, cause?: unknown): WaymarkError =>
  new WaymarkError("ELEVATION_FORMAT", why, { cause });

/**
 * Reads the tags of the first image.
 *
 * @param mostSamples larger images are refused before anything is allocated
 * @throws WaymarkError ELEVATION_FORMAT when the bytes are no TIFF or one of an unknown kind
 */
export function openTiff(bytes: Uint8Array, mostSamples: number): TiffImage {
  let tags: Map<number, readonly number[] | string>;
  let isLittle: boolean;
  try {
    ({ tags, isLittle } = readTags(bytes));
  } catch (cause) {
    if (cause instanceof RangeError) throw damaged("the bytes end inside the TIFF header", cause);
    throw cause;
  }
  const numbers = (tag: number): readonly number[] | undefined => {
    const value = tags.get(tag);
    return typeof value === "string" ? undefined : value;
  };
  const width = numbers(TAG.width)?.[0] ?? 0;
  const height = numbers(TAG.height)?.[0] ?? 0;
  if (!(width >= 1 && height >= 1 && width * height <= mostSamples)) {
    throw damaged(`the grid has ${width} × ${height} samples; 1 to ${mostSamples} are read`);
  }
  return {
    width,
    height,
    numbers,
    text(tag) {
      const value = tags.get(tag);
      return typeof value === "string" ? value : undefined;
    },
    readBand: () => readBand(bytes, isLittle, width, height, numbers),
  };
}

function readTags(bytes: Uint8Array): {
  tags: Map<number, readonly number[] | string>;
  isLittle: boolean;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = bytes.length >= 8 ? view.getUint16(0) : 0;
  if (order !== 0x4949 && order !== 0x4d4d) throw damaged("the bytes are no TIFF file");
  const isLittle = order === 0x4949;
  const version = view.getUint16(2, isLittle);
  if (version !== 42 && version !== 43) throw damaged("the bytes are no TIFF file");
  const isBig = version === 43;
  const offsetAt = (at: number): number =>
    isBig ? Number(view.getBigUint64(at, isLittle)) : view.getUint32(at, isLittle);

  let at = offsetAt(isBig ? 8 : 4);
  const entries = isBig ? Number(view.getBigUint64(at, isLittle)) : view.getUint16(at, isLittle);
  if (entries > MOST_ENTRIES) throw damaged(`the TIFF states ${entries} tags`);
  at += isBig ? 8 : 2;
  const room = isBig ? 8 : 4;
  const tags = new Map<number, readonly number[] | string>();
  for (let e = 0; e < entries; e++, at += isBig ? 20 : 12) {
    const tag = view.getUint16(at, isLittle);
    const type = view.getUint16(at + 2, isLittle);
    const count = offsetAt(at + 4);
    const size = TYPE_BYTES[type];
    if (size === undefined) continue;
    if (count > MOST_VALUES) throw damaged(`tag ${tag} of the TIFF states ${count} values`);
    const valueAt = at + 4 + room;
    const from = count * size <= room ? valueAt : offsetAt(valueAt);
    if (type === ASCII) {
      let text = "";
      for (let k = 0; k < count; k++) {
        const code = view.getUint8(from + k);
        if (code !== 0) text += String.fromCharCode(code);
      }
      tags.set(tag, text);
      continue;
    }
    const values: number[] = [];
    for (let k = 0; k < count; k++) values.push(fieldValue(view, from + k * size, type, isLittle));
    tags.set(tag, values);
  }
  return { tags, isLittle };
}

function fieldValue(view: DataView, at: number, type: number, isLittle: boolean): number {
  switch (type) {
    case 3:
      return view.getUint16(at, isLittle);
    case 4:
      return view.getUint32(at, isLittle);
    case 5:
      return view.getUint32(at, isLittle) / view.getUint32(at + 4, isLittle);
    case 6:
      return view.getInt8(at);
    case 8:
      return view.getInt16(at, isLittle);
    case 9:
      return view.getInt32(at, isLittle);
    case 10:
      return view.getInt32(at, isLittle) / view.getInt32(at + 4, isLittle);
    case 11:
      return view.getFloat32(at, isLittle);
    case 12:
      return view.getFloat64(at, isLittle);
    case 16:
    case 18:
      return Number(view.getBigUint64(at, isLittle));
    case 17:
      return Number(view.getBigInt64(at, isLittle));
    default:
      return view.getUint8(at);
  }
}

interface Layout {
  readonly bytesPerSample: number;
  /** 1 unsigned, 2 signed, 3 float. */
  readonly format: number;
  readonly compression: number;
  readonly predictor: number;
  /** Samples between two of the band in a chunk: 1, or the bands when they are interleaved. */
  readonly stride: number;
  readonly isLittle: boolean;
}

function readBand(
  bytes: Uint8Array,
  isLittle: boolean,
  width: number,
  height: number,
  numbers: (tag: number) => readonly number[] | undefined,
): Float32Array {
  const one = (tag: number, otherwise: number): number => numbers(tag)?.[0] ?? otherwise;
  const layout: Layout = {
    bytesPerSample: one(TAG.bits, 1) / 8,
    format: one(TAG.sampleFormat, 1),
    compression: one(TAG.compression, 1),
    predictor: one(TAG.predictor, 1),
    stride: one(TAG.planar, 1) === 1 ? one(TAG.samplesPerPixel, 1) : 1,
    isLittle,
  };
  if (
    ![1, 2, 4, 8].includes(layout.bytesPerSample) ||
    !(layout.stride >= 1 && layout.stride <= 64)
  ) {
    throw damaged(
      `samples of ${layout.bytesPerSample * 8} bits in ${layout.stride} bands are not read`,
    );
  }
  const isTiled = numbers(TAG.tileOffsets) !== undefined;
  const chunkWidth = isTiled ? one(TAG.tileWidth, 0) : width;
  const chunkHeight = isTiled
    ? one(TAG.tileHeight, 0)
    : Math.min(height, one(TAG.rowsPerStrip, height));
  const offsets = numbers(isTiled ? TAG.tileOffsets : TAG.stripOffsets);
  const counts = numbers(isTiled ? TAG.tileByteCounts : TAG.stripByteCounts);
  if (!(chunkWidth >= 1 && chunkHeight >= 1) || !offsets || !counts) {
    throw damaged("the TIFF does not say where its samples lie");
  }
  // A tile may stick out of the image, by less than its own size.
  if (chunkWidth * chunkHeight > 4 * width * height + 1_000_000) {
    throw damaged(`tiles of ${chunkWidth} × ${chunkHeight} samples do not fit the grid`);
  }
  const across = Math.ceil(width / chunkWidth);
  const down = Math.ceil(height / chunkHeight);
  if (offsets.length < across * down || counts.length < across * down) {
    throw damaged("the TIFF lists fewer tiles or strips than its size needs");
  }
  const band = new Float32Array(width * height);
  for (let c = 0; c < across * down; c++) {
    const left = (c % across) * chunkWidth;
    const top = Math.floor(c / across) * chunkHeight;
    const rows = isTiled ? chunkHeight : Math.min(chunkHeight, height - top);
    const from = offsets[c]!;
    const packed = bytes.subarray(from, from + counts[c]!);
    if (counts[c]! > 0 && packed.length < counts[c]!) {
      throw damaged("the samples end before the grid is full");
    }
    // A sparse file leaves tiles without data out: nothing is known there.
    const isSparse = counts[c] === 0;
    const samples = isSparse
      ? new Float32Array(chunkWidth * rows).fill(Number.NaN)
      : readChunk(packed, chunkWidth, rows, layout);
    const usedWidth = Math.min(chunkWidth, width - left);
    const usedRows = Math.min(rows, height - top);
    for (let y = 0; y < usedRows; y++) {
      const row = samples.subarray(y * chunkWidth, y * chunkWidth + usedWidth);
      band.set(row, (top + y) * width + left);
    }
  }
  return band;
}

function readChunk(packed: Uint8Array, width: number, rows: number, layout: Layout): Float32Array {
  const { bytesPerSample, stride, predictor } = layout;
  const rowBytes = width * stride * bytesPerSample;
  const raw = unpack(packed, rowBytes * rows, layout.compression);
  let isLittle = layout.isLittle;
  if (predictor === 3) {
    undoFloatPredictor(raw, rowBytes, rows, bytesPerSample, stride);
    // Its bytes are ordered from the most significant one, whatever the file's order.
    isLittle = false;
  } else if (predictor === 2) {
    undoDifferences(raw, rowBytes, rows, layout);
  } else if (predictor !== 1) throw damaged(`predictor ${predictor} is not read`);

  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const read = sampleReader(view, bytesPerSample, layout.format, isLittle);
  const samples = new Float32Array(width * rows);
  const step = stride * bytesPerSample;
  for (let k = 0; k < samples.length; k++) samples[k] = read(k * step);
  return samples;
}

function sampleReader(
  view: DataView,
  bytesPerSample: number,
  format: number,
  isLittle: boolean,
): (at: number) => number {
  switch (`${format}/${bytesPerSample}`) {
    case "1/1":
      return (at) => view.getUint8(at);
    case "2/1":
      return (at) => view.getInt8(at);
    case "1/2":
      return (at) => view.getUint16(at, isLittle);
    case "2/2":
      return (at) => view.getInt16(at, isLittle);
    case "1/4":
      return (at) => view.getUint32(at, isLittle);
    case "2/4":
      return (at) => view.getInt32(at, isLittle);
    case "3/4":
      return (at) => view.getFloat32(at, isLittle);
    case "3/8":
      return (at) => view.getFloat64(at, isLittle);
    default:
      throw damaged(`samples of format ${format} and ${bytesPerSample * 8} bits are not read`);
  }
}

/** Exactly `size` bytes out of a chunk. */
function unpack(packed: Uint8Array, size: number, compression: number): Uint8Array {
  let raw: Uint8Array;
  try {
    if (compression === 1) raw = packed.slice();
    else if (compression === 8 || compression === 32946) {
      raw = unzlibSync(packed, { out: new Uint8Array(size) });
    } else if (compression === 5) raw = unpackLzw(packed, size);
    else if (compression === 32773) raw = unpackBits(packed, size);
    else {
      throw damaged(`compression ${compression} is not read; choose Deflate, LZW or none`);
    }
  } catch (cause) {
    if (cause instanceof WaymarkError) throw cause;
    throw damaged("the compressed samples are damaged", cause);
  }
  if (raw.length < size) throw damaged("the samples end before the grid is full");
  return raw;
}

function unpackBits(packed: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  let to = 0;
  for (let at = 0; at < packed.length && to < size; ) {
    const head = packed[at++]!;
    if (head < 128) {
      for (let k = 0; k <= head && to < size; k++) out[to++] = packed[at++] ?? 0;
    } else if (head > 128) {
      const value = packed[at++] ?? 0;
      for (let k = 0; k <= 256 - head && to < size; k++) out[to++] = value;
    }
  }
  return out.subarray(0, to);
}

/** TIFF's LZW: codes of 9 to 12 bits from the high bit, 256 clears, 257 ends, early change. */
function unpackLzw(packed: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  const prefix = new Int16Array(4096);
  const suffix = new Uint8Array(4096);
  const length = new Uint16Array(4096);
  for (let c = 0; c < 256; c++) {
    suffix[c] = c;
    length[c] = 1;
  }
  let to = 0;
  let next = 258;
  let width = 9;
  let before = -1;
  let bits = 0;
  let bitCount = 0;
  for (let at = 0; to < size; ) {
    while (bitCount < width && at < packed.length) {
      bits = ((bits << 8) | packed[at++]!) & 0xffffff;
      bitCount += 8;
    }
    if (bitCount < width) break;
    const code = (bits >> (bitCount - width)) & ((1 << width) - 1);
    bitCount -= width;
    if (code === 257) break;
    if (code === 256) {
      next = 258;
      width = 9;
      before = -1;
      continue;
    }
    if (code > next || (code === next && before < 0))
      throw damaged("a code of the LZW data is unknown");
    // A code that is just being made is the string before plus its own first byte.
    const known = code < next ? code : before;
    const count = length[known]!;
    let walk = known;
    for (let k = count - 1; k >= 0; k--) {
      if (to + k < size) out[to + k] = suffix[walk]!;
      walk = prefix[walk]!;
    }
    let first = known;
    while (first >= 258) first = prefix[first]!;
    const end = code < next ? count : count + 1;
    if (code >= next && to + count < size) out[to + count] = suffix[first]!;
    to += end;
    if (before >= 0 && next < 4096) {
      prefix[next] = before;
      suffix[next] = suffix[first]!;
      length[next] = length[before]! + 1;
      next++;
    }
    before = code;
    if (next >= (1 << width) - 1 && width < 12) width++;
  }
  return out.subarray(0, Math.min(to, size));
}

/** Predictor 2: each sample is stored as its difference from the one to its left. */
function undoDifferences(raw: Uint8Array, rowBytes: number, rows: number, layout: Layout): void {
  const { bytesPerSample, stride, isLittle } = layout;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const back = stride * bytesPerSample;
  for (let y = 0; y < rows; y++) {
    const end = (y + 1) * rowBytes;
    for (let at = y * rowBytes + back; at < end; at += bytesPerSample) {
      if (bytesPerSample === 1) raw[at] = raw[at]! + raw[at - back]!;
      else if (bytesPerSample === 2) {
        view.setUint16(
          at,
          view.getUint16(at, isLittle) + view.getUint16(at - back, isLittle),
          isLittle,
        );
      } else if (bytesPerSample === 4) {
        view.setUint32(
          at,
          view.getUint32(at, isLittle) + view.getUint32(at - back, isLittle),
          isLittle,
        );
      } else throw damaged("predictor 2 is not read for samples of 64 bits");
    }
  }
}

/** Predictor 3: a row's bytes by significance, each byte as its difference from the one before. */
function undoFloatPredictor(
  raw: Uint8Array,
  rowBytes: number,
  rows: number,
  bytesPerSample: number,
  stride: number,
): void {
  const samples = rowBytes / bytesPerSample;
  const row = new Uint8Array(rowBytes);
  for (let y = 0; y < rows; y++) {
    const at = y * rowBytes;
    for (let k = stride; k < rowBytes; k++) raw[at + k] = raw[at + k]! + raw[at + k - stride]!;
    for (let s = 0; s < samples; s++) {
      for (let b = 0; b < bytesPerSample; b++)
        row[s * bytesPerSample + b] = raw[at + b * samples + s]!;
    }
    raw.set(row, at);
  }
}
