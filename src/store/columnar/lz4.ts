/**
 * LZ4 unpacked, in the three wrappings that files of columns use: a frame (Arrow), a bare block
 * (Parquet's LZ4_RAW) and Hadoop's blocks with their lengths before them (Parquet's LZ4). Node's zlib
 * has every other codec but this one. Checksums are not compared. O(bytes).
 *
 * @see https://github.com/lz4/lz4/tree/dev/doc, lz4_Block_format.md and lz4_Frame_format.md
 */

const MIN_MATCH = 4;
const FRAME_MAGIC = 0x184d2204;

/** @throws RangeError when the block does not unpack to exactly `length` bytes */
export function unpackLz4Block(input: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  expect(unpackInto(input, output, 0) === length);
  return output;
}

/** @throws RangeError when the frames do not unpack to exactly `length` bytes */
export function unpackLz4Frame(input: Uint8Array, length: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const output = new Uint8Array(length);
  let filled = 0;
  for (let at = 0; at < input.length; ) {
    expect(view.getUint32(at, true) === FRAME_MAGIC);
    const flags = input[at + 4]!;
    const hasBlockChecksum = (flags & 0x10) !== 0;
    const hasLength = (flags & 0x08) !== 0;
    const hasChecksum = (flags & 0x04) !== 0;
    const hasDictionary = (flags & 0x01) !== 0;
    expect(flags >> 6 === 1 && !hasDictionary);
    at += 7 + (hasLength ? 8 : 0);
    for (;;) {
      const word = view.getUint32(at, true);
      at += 4;
      if (word === 0) break;
      const size = word & 0x7fffffff;
      expect(at + size <= input.length);
      const block = input.subarray(at, at + size);
      if (word >>> 31 === 1) {
        expect(filled + size <= length);
        output.set(block, filled);
        filled += size;
      } else {
        // Blocks of one frame may point back into those before: they share the output.
        filled = unpackInto(block, output, filled);
      }
      at += size + (hasBlockChecksum ? 4 : 0);
    }
    if (hasChecksum) at += 4;
  }
  expect(filled === length);
  return output;
}

/** Blocks with big-endian lengths before them; a bare block where that is not what the bytes are. */
export function unpackLz4Hadoop(input: Uint8Array, length: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const output = new Uint8Array(length);
  let filled = 0;
  for (let at = 0; at < input.length; ) {
    if (at + 8 > input.length) return unpackLz4Block(input, length);
    const unpacked = view.getUint32(at);
    const packed = view.getUint32(at + 4);
    at += 8;
    if (filled + unpacked > length || at + packed > input.length) {
      return unpackLz4Block(input, length);
    }
    const part = output.subarray(filled, filled + unpacked);
    expect(unpackInto(input.subarray(at, at + packed), part, 0) === unpacked);
    at += packed;
    filled += unpacked;
  }
  expect(filled === length);
  return output;
}

/** @returns where the output ends then */
function unpackInto(input: Uint8Array, output: Uint8Array, start: number): number {
  let from = 0;
  let to = start;
  while (from < input.length) {
    const token = input[from++]!;
    let literals = token >> 4;
    if (literals === 15) {
      for (let more = 255; more === 255; literals += more) {
        expect(from < input.length);
        more = input[from++]!;
      }
    }
    expect(from + literals <= input.length && to + literals <= output.length);
    output.set(input.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    // The last sequence has literals only.
    if (from === input.length) break;
    expect(from + 2 <= input.length);
    const distance = input[from]! | (input[from + 1]! << 8);
    from += 2;
    let match = token & 15;
    if (match === 15) {
      for (let more = 255; more === 255; match += more) {
        expect(from < input.length);
        more = input[from++]!;
      }
    }
    match += MIN_MATCH;
    expect(distance > 0 && distance <= to && to + match <= output.length);
    // Byte by byte: a match may run into what it writes.
    for (const end = to + match; to < end; to++) output[to] = output[to - distance]!;
  }
  return to;
}

function expect(isTrue: boolean): void {
  if (!isTrue) throw new RangeError("LZ4 data is damaged");
}
