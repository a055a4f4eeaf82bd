/**
 * A network as one file that needs no parsing: a header, a table of sections, and the arrays, each
 * aligned to 8 bytes. Decoding checks the sums and lays views over the buffer, which may be shared
 * between threads. Little-endian, as every machine that runs Node. About 1 GB/s to check.
 *
 *     0  magic 8 · 8 format u32 · 12 sections u32 · 16 file bytes f64 · 24 version 16 ASCII
 *     40 nodes u32 · 44 edges u32 · 48 sum of header and table, 16 ASCII
 *     64 table, 56 bytes a section: name 24 ASCII · offset f64 · bytes f64 · sum 16 ASCII
 *     …  arrays, zero padded to 8 bytes; the sum covers the padding
 */
import { assert, WaymarkError } from "../../base/error.ts";
import { createHash64 } from "../../base/hash.ts";
import { NETWORK_ARRAYS, type Network } from "./network.ts";

/** The first byte is no text, and "\r\n" is bent by every transfer that takes the file for text. */
const MAGIC = "\x89WMK\r\n\x1a\n";
/** Raised whenever the arrays or their meaning change. */
export const SNAPSHOT_FORMAT = 1;

const HEADER_BYTES = 64;
const SECTION_BYTES = 56;
const OFFSET_FORMAT = 8;
const OFFSET_SECTIONS = 12;
const OFFSET_FILE_BYTES = 16;
const OFFSET_VERSION = 24;
const OFFSET_NODES = 40;
const OFFSET_EDGES = 44;
const OFFSET_SUM = 48;
const NAME_BYTES = 24;
const SUM_BYTES = 16;

type NetworkArray = Network[(typeof NETWORK_ARRAYS)[number]];
type ArrayKind = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => NetworkArray;

/** The kind of every array; the file does not repeat what the format version fixes. */
const KINDS: Readonly<Record<(typeof NETWORK_ARRAYS)[number], ArrayKind>> = {
  nodeLon: Int32Array,
  nodeLat: Int32Array,
  nodeOsmId: Float64Array,
  nodeElevationM: Float32Array,
  nodeFlag: Uint8Array,
  firstOut: Uint32Array,
  outArc: Uint32Array,
  head: Uint32Array,
  source: Uint32Array,
  target: Uint32Array,
  lengthM: Float32Array,
  firstShape: Uint32Array,
  shapeLon: Int32Array,
  shapeLat: Int32Array,
  wayId: Float64Array,
  roadClass: Uint8Array,
  surface: Uint8Array,
  smoothness: Uint8Array,
  trackType: Uint8Array,
  sacScale: Uint8Array,
  mtbScale: Uint8Array,
  width: Uint8Array,
  access: Uint8Array,
  flag: Uint8Array,
  ascentM: Float32Array,
  descentM: Float32Array,
  name: Uint32Array,
  firstNameByte: Uint32Array,
  nameByte: Uint8Array,
  firstEdgeRoute: Uint32Array,
  edgeRoute: Uint32Array,
  routeId: Float64Array,
  routeKind: Uint8Array,
  routeLevel: Uint8Array,
  routeName: Uint32Array,
  turnFrom: Uint32Array,
  turnTo: Uint32Array,
  turnMode: Uint8Array,
};

/** @param format what the file says it is; only tests say another */
export function encodeSnapshot(
  network: Network,
  format = SNAPSHOT_FORMAT,
): Uint8Array<ArrayBuffer> {
  const tableEnd = HEADER_BYTES + SECTION_BYTES * NETWORK_ARRAYS.length;
  let byteLength = tableEnd;
  for (const name of NETWORK_ARRAYS) byteLength += align(network[name].byteLength);
  const file = new Uint8Array(byteLength);
  const view = new DataView(file.buffer);

  writeAscii(file, 0, MAGIC);
  view.setUint32(OFFSET_FORMAT, format, true);
  view.setUint32(OFFSET_SECTIONS, NETWORK_ARRAYS.length, true);
  view.setFloat64(OFFSET_FILE_BYTES, byteLength, true);
  writeAscii(file, OFFSET_VERSION, network.version);
  view.setUint32(OFFSET_NODES, network.nodeCount, true);
  view.setUint32(OFFSET_EDGES, network.edgeCount, true);
  let offset = tableEnd;
  for (const [i, name] of NETWORK_ARRAYS.entries()) {
    const array = network[name];
    assert(array instanceof KINDS[name], `${name} has another kind than the snapshot's`);
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    file.set(bytes, offset);
    const entry = HEADER_BYTES + SECTION_BYTES * i;
    writeAscii(file, entry, name);
    view.setFloat64(entry + NAME_BYTES, offset, true);
    view.setFloat64(entry + NAME_BYTES + 8, bytes.length, true);
    const padded = file.subarray(offset, offset + align(bytes.length));
    writeAscii(file, entry + NAME_BYTES + 16, createHash64().update(padded).digest());
    offset += padded.length;
  }
  writeAscii(file, OFFSET_SUM, headerSum(file, tableEnd));
  return file;
}

export interface DecodeOptions {
  /**
   * Leave the sums of the arrays unchecked: for a thread that gets a buffer which another thread of
   * this process has checked. The header is always checked.
   */
  readonly isVerified?: boolean;
}

/**
 * @returns a network whose arrays are views of `buffer`
 * @throws WaymarkError SNAPSHOT_FOREIGN when the bytes are something else or of another format
 * @throws WaymarkError SNAPSHOT_DAMAGED when a byte is not what it was when written
 */
export function decodeSnapshot(
  buffer: ArrayBuffer | SharedArrayBuffer,
  options: DecodeOptions = {},
): Network {
  const file = new Uint8Array(buffer);
  const view = new DataView(buffer);
  if (file.length < 8 || readAscii(file, 0, 8) !== MAGIC) {
    throw new WaymarkError(
      "SNAPSHOT_FOREIGN",
      `the file (${file.length} bytes) does not begin like a Waymark network; ` +
        "build one with 'waymark map build FILE.osm.pbf'",
    );
  }
  if (file.length < HEADER_BYTES) throw damaged("it ends inside its header");
  const format = view.getUint32(OFFSET_FORMAT, true);
  const sections = view.getUint32(OFFSET_SECTIONS, true);
  const tableEnd = HEADER_BYTES + SECTION_BYTES * sections;
  const isHeaderWhole =
    tableEnd <= file.length && headerSum(file, tableEnd) === readAscii(file, OFFSET_SUM, SUM_BYTES);
  // A file of a future format is whole by its own sum; one whose format byte flipped is not.
  if (format !== SNAPSHOT_FORMAT && isHeaderWhole) {
    throw new WaymarkError(
      "SNAPSHOT_FOREIGN",
      `the network file has format ${format}, this Waymark reads ${SNAPSHOT_FORMAT}; ` +
        "build the map again with 'waymark map build'",
    );
  }
  if (!isHeaderWhole || sections !== NETWORK_ARRAYS.length) {
    throw damaged("its header does not agree with the header's sum");
  }
  const fileBytes = view.getFloat64(OFFSET_FILE_BYTES, true);
  if (fileBytes !== file.length) {
    throw damaged(`it has ${file.length} bytes and says ${fileBytes}`);
  }

  const arrays: Partial<Record<(typeof NETWORK_ARRAYS)[number], NetworkArray>> = {};
  for (const [i, name] of NETWORK_ARRAYS.entries()) {
    const entry = HEADER_BYTES + SECTION_BYTES * i;
    const offset = view.getFloat64(entry + NAME_BYTES, true);
    const byteLength = view.getFloat64(entry + NAME_BYTES + 8, true);
    if (readAscii(file, entry, NAME_BYTES).replace(/\0+$/, "") !== name) {
      throw damaged(`section ${i} is not '${name}'`);
    }
    const kind = KINDS[name] as ArrayKind & { readonly BYTES_PER_ELEMENT: number };
    const padded = file.subarray(offset, offset + align(byteLength));
    const sum = readAscii(file, entry + NAME_BYTES + 16, SUM_BYTES);
    if (!options.isVerified && createHash64().update(padded).digest() !== sum) {
      throw damaged(`the array '${name}' does not agree with its sum`);
    }
    arrays[name] = new kind(buffer, offset, byteLength / kind.BYTES_PER_ELEMENT);
  }
  return {
    version: readAscii(file, OFFSET_VERSION, SUM_BYTES),
    nodeCount: view.getUint32(OFFSET_NODES, true),
    edgeCount: view.getUint32(OFFSET_EDGES, true),
    ...(arrays as Pick<Network, (typeof NETWORK_ARRAYS)[number]>),
  };
}

function damaged(what: string): WaymarkError {
  return new WaymarkError(
    "SNAPSHOT_DAMAGED",
    `the network file is damaged: ${what}; build the map again with 'waymark map build'`,
  );
}

/** The sum of header and table with the sum's own place left out. */
function headerSum(file: Uint8Array, tableEnd: number): string {
  return createHash64()
    .update(file.subarray(0, OFFSET_SUM))
    .update(file.subarray(OFFSET_SUM + SUM_BYTES, tableEnd))
    .digest();
}

function align(byteLength: number): number {
  return Math.ceil(byteLength / 8) * 8;
}

function writeAscii(file: Uint8Array, offset: number, text: string): void {
  for (let i = 0; i < text.length; i++) file[offset + i] = text.charCodeAt(i);
}

function readAscii(file: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...file.subarray(offset, offset + length));
}
