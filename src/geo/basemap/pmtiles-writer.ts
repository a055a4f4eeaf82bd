/**
 * Writes one PMTiles v3 archive: tiles in Hilbert order, equal tiles stored once, runs of equal
 * neighbours as one entry, directories and metadata gzipped. Source: PMTiles specification v3
 * (github.com/protomaps/PMTiles, spec/v3). O(n log n) in the number of tiles; the archive is built
 * in memory, once as parts and once as the result.
 */
import { gzipSync, strToU8 } from "fflate";
import { createHash64 } from "../../base/hash.ts";
import { type Bbox, hilbertNumber, type Tile } from "../tile.ts";

/** Header bytes; the root directory follows and must end before ROOT_LIMIT. */
const HEADER_LENGTH = 127;
const ROOT_LIMIT = 16_384;
/** Entries of the first try at a leaf directory, as in the reference writer. */
const LEAF_ENTRIES = 4096;

const GZIP = 2;
const TILE_TYPE_MVT = 1;

export interface EncodedTile extends Tile {
  /** A gzipped vector tile. */
  readonly bytes: Uint8Array;
}

export interface ArchiveMeta {
  readonly bbox: Bbox;
  readonly minZoom: number;
  readonly maxZoom: number;
  /** TileJSON-like words: name, attribution, vector_layers … */
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface Entry {
  tileId: number;
  offset: number;
  byteLength: number;
  /** 0 points to a leaf directory. */
  runLength: number;
}

/**
 * @param tiles in any order, no tile twice
 * @returns the bytes of the archive
 */
export function writePmtiles(tiles: readonly EncodedTile[], meta: ArchiveMeta): Uint8Array {
  const { entries, contents, dataLength } = layOut(tiles);
  const { root, leaves } = directories(entries);
  const metadata = gzipSync(strToU8(JSON.stringify(meta.metadata)), { mtime: 0 });
  const metadataOffset = HEADER_LENGTH + root.length;
  const leafOffset = metadataOffset + metadata.length;
  const dataOffset = leafOffset + leaves.length;

  const archive = new Uint8Array(dataOffset + dataLength);
  const view = new DataView(archive.buffer);
  const setLength = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  archive.set(strToU8("PMTiles"));
  archive[7] = 3;
  setLength(8, HEADER_LENGTH);
  setLength(16, root.length);
  setLength(24, metadataOffset);
  setLength(32, metadata.length);
  setLength(40, leafOffset);
  setLength(48, leaves.length);
  setLength(56, dataOffset);
  setLength(64, dataLength);
  setLength(72, tiles.length);
  setLength(80, entries.length);
  setLength(88, contents.length);
  archive[96] = 1; // Clustered: the data lies in the order of the directory.
  archive[97] = GZIP;
  archive[98] = GZIP;
  archive[99] = TILE_TYPE_MVT;
  archive[100] = meta.minZoom;
  archive[101] = meta.maxZoom;
  const [west, south, east, north] = meta.bbox;
  const setDegrees = (at: number, degrees: number): void =>
    view.setInt32(at, Math.round(degrees * 1e7), true);
  setDegrees(102, west);
  setDegrees(106, south);
  setDegrees(110, east);
  setDegrees(114, north);
  archive[118] = Math.min(meta.maxZoom, Math.max(meta.minZoom, 12));
  setDegrees(119, (west + east) / 2);
  setDegrees(123, (south + north) / 2);

  archive.set(root, HEADER_LENGTH);
  archive.set(metadata, metadataOffset);
  archive.set(leaves, leafOffset);
  let at = dataOffset;
  for (const bytes of contents) {
    archive.set(bytes, at);
    at += bytes.length;
  }
  return archive;
}

/** Orders the tiles, stores equal bytes once, and joins equal neighbours into runs. */
function layOut(tiles: readonly EncodedTile[]): {
  entries: Entry[];
  contents: Uint8Array[];
  dataLength: number;
} {
  const ordered = tiles
    .map((tile) => ({ tileId: hilbertNumber(tile), bytes: tile.bytes }))
    .sort((a, b) => a.tileId - b.tileId);
  const entries: Entry[] = [];
  const contents: Uint8Array[] = [];
  const stored = new Map<string, { offset: number; bytes: Uint8Array }>();
  let dataLength = 0;
  for (const { tileId, bytes } of ordered) {
    const key = createHash64().update(bytes).digest();
    const twin = stored.get(key);
    let offset = dataLength;
    if (twin && isEqual(twin.bytes, bytes)) {
      offset = twin.offset;
    } else {
      stored.set(key, { offset, bytes });
      contents.push(bytes);
      dataLength += bytes.length;
    }
    const last = entries.at(-1);
    if (last && last.offset === offset && tileId === last.tileId + last.runLength) {
      last.runLength++;
    } else {
      entries.push({ tileId, offset, byteLength: bytes.length, runLength: 1 });
    }
  }
  return { entries, contents, dataLength };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** One root directory where it fits in the first 16 KiB, else leaves that double until it does. */
function directories(entries: readonly Entry[]): { root: Uint8Array; leaves: Uint8Array } {
  const whole = encodeDirectory(entries);
  if (whole.length <= ROOT_LIMIT - HEADER_LENGTH) return { root: whole, leaves: new Uint8Array(0) };
  for (let size = LEAF_ENTRIES; ; size *= 2) {
    const parts: Uint8Array[] = [];
    const pointers: Entry[] = [];
    let length = 0;
    for (let first = 0; first < entries.length; first += size) {
      const leaf = encodeDirectory(entries.slice(first, first + size));
      pointers.push({
        tileId: entries[first]!.tileId,
        offset: length,
        byteLength: leaf.length,
        runLength: 0,
      });
      parts.push(leaf);
      length += leaf.length;
    }
    const root = encodeDirectory(pointers);
    if (root.length > ROOT_LIMIT - HEADER_LENGTH) continue;
    const leaves = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      leaves.set(part, at);
      at += part.length;
    }
    return { root, leaves };
  }
}

/** Column by column as varints: id deltas, run lengths, lengths, offsets (0 = right behind). */
function encodeDirectory(entries: readonly Entry[]): Uint8Array {
  const bytes: number[] = [];
  const varint = (value: number): void => {
    let rest = value;
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) + 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes.push(rest);
  };
  varint(entries.length);
  let lastId = 0;
  for (const { tileId } of entries) {
    varint(tileId - lastId);
    lastId = tileId;
  }
  for (const { runLength } of entries) varint(runLength);
  for (const { byteLength } of entries) varint(byteLength);
  let next = -1;
  for (const { offset, byteLength } of entries) {
    varint(offset === next ? 0 : offset + 1);
    next = offset + byteLength;
  }
  return gzipSync(Uint8Array.from(bytes), { mtime: 0 });
}
