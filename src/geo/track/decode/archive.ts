/**
 * Zip archives (PKWARE APPNOTE 6.3) read by their central directory, one entry unpacked at a time.
 * Nothing is ever written: an entry with an unsafe name, a bomb's ratio, bytes that it shares with
 * another, or a cipher is refused with a reason and the rest is read. Zip64 included.
 */
import { WaymarkError } from "../../../base/index.ts";
import type { Repair } from "../recording.ts";
import { crc32 } from "./crc32.ts";
import { createLedger } from "./ledger.ts";
import { formatMiB, inflateBounded } from "./unpack.ts";

/** Random access to the bytes of an archive that need not be in memory. */
export interface ByteSource {
  readonly byteLength: number;
  /** The bytes [at, at + length); fewer only at the end. */
  read(at: number, length: number): Uint8Array;
}

export interface ArchiveEntry {
  /** With "/" between folders, relative, never leading out. */
  readonly path: string;
  /** Unpacked size that the directory states. */
  readonly byteLength: number;
  /**
   * Unpacks the entry now; nothing is kept.
   *
   * @param onRepair told when the entry is damaged and its readable beginning is returned
   * @throws WaymarkError ZIP_UNSAFE when more comes out than the directory states or the limit is
   */
  read(onRepair?: (repair: Repair) => void): Uint8Array;
}

export interface Archive {
  readonly entries: readonly ArchiveEntry[];
  /** Entries that are not offered, and why. */
  readonly refused: readonly { readonly path: string; readonly reason: string }[];
  /** Files that a system leaves in archives: __MACOSX, .DS_Store, ._x, Thumbs.db. */
  readonly passedOverCount: number;
}

export const archiveDefaults = {
  /** Largest unpacked entry in bytes; as for a gzip file. */
  maxEntryBytes: 512 * 2 ** 20,
  /** Unpacked over packed. GPX packs 30:1 at the most, deflate at its best 1,032:1. */
  maxRatio: 200,
  /** The ratio counts only above this unpacked size. */
  ratioFromBytes: 2 ** 20,
  /** A Strava export of twenty years has some 20,000 entries. */
  maxEntries: 500_000,
} as const;

export interface ArchiveOptions {
  readonly maxEntryBytes?: number;
  readonly maxRatio?: number;
  readonly maxEntries?: number;
}

const END_RECORD = 0x06054b50;
const END_RECORD_64 = 0x06064b50;
const END_LOCATOR_64 = 0x07064b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const END_RECORD_BYTES = 22;
const COMMENT_BYTES_MAX = 0xffff;
const DIRECTORY_ENTRY_BYTES = 46;
const LOCAL_ENTRY_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
const FLAG_ENCRYPTED = 0x0001;
const FLAG_STRONG_CIPHER = 0x0040;
const FLAG_UTF8 = 0x0800;
const UNIX = 3;
const SYMLINK = 0xa000;
const FILE_KIND = 0xf000;
const ALL_ONES = 0xffffffff;

/** What the central directory says of one entry. */
interface Listed {
  readonly path: string;
  readonly packedLength: number;
  readonly byteLength: number;
  readonly offset: number;
  readonly method: number;
  readonly crc: number;
  readonly nameLength: number;
  /** Why it is not offered; "" while nothing speaks against it. */
  reason: string;
}

/**
 * Lists an archive; entries are unpacked when they are read.
 *
 * @throws WaymarkError TRACK_FORMAT when it has no readable directory, ZIP_UNSAFE when the directory
 *   itself is beyond the limits
 */
export function readArchive(input: Uint8Array | ByteSource, options: ArchiveOptions = {}): Archive {
  const source = input instanceof Uint8Array ? sourceOf(input) : input;
  const limits = { ...archiveDefaults, ...options };
  const listed: Listed[] = [];
  let passedOverCount = 0;
  for (const item of listDirectory(source, limits.maxEntries)) {
    if (item.path.endsWith("/")) continue;
    if (isSystemFile(item.path)) passedOverCount++;
    else listed.push(item);
  }
  refuseOverlaps(listed);
  for (const item of listed) item.reason ||= reasonAgainst(item, limits);
  return {
    entries: listed
      .filter((item) => item.reason === "")
      .map((item) => ({
        path: item.path,
        byteLength: item.byteLength,
        read: (onRepair) => readEntry(source, item, limits.maxEntryBytes, onRepair),
      })),
    refused: listed
      .filter((item) => item.reason !== "")
      .map(({ path, reason }) => ({ path, reason })),
    passedOverCount,
  };
}

function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    byteLength: bytes.byteLength,
    read: (at, length) => bytes.subarray(at, at + length),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// The directory

function* listDirectory(source: ByteSource, maxEntries: number): Generator<Listed> {
  const { offset, length } = findDirectory(source);
  const bytes = source.read(offset, length);
  const view = viewOf(bytes);
  let at = 0;
  let count = 0;
  while (
    at + DIRECTORY_ENTRY_BYTES <= bytes.length &&
    view.getUint32(at, true) === DIRECTORY_ENTRY
  ) {
    if (++count > maxEntries) {
      throw new WaymarkError(
        "ZIP_UNSAFE",
        `the zip archive lists more than ${maxEntries} entries; split it into smaller ones`,
      );
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const commentLength = view.getUint16(at + 32, true);
    const end = at + DIRECTORY_ENTRY_BYTES + nameLength + extraLength + commentLength;
    if (end > bytes.length) break;
    yield parseListed(bytes, view, at, nameLength, extraLength);
    at = end;
  }
}

function parseListed(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  nameLength: number,
  extraLength: number,
): Listed {
  const flags = view.getUint16(at + 8, true);
  const nameAt = at + DIRECTORY_ENTRY_BYTES;
  const name = bytes.subarray(nameAt, nameAt + nameLength);
  const wide = readZip64(view, nameAt + nameLength, extraLength, [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ]);
  const isUnix = view.getUint8(at + 5) === UNIX;
  const kind = (view.getUint32(at + 38, true) >>> 16) & FILE_KIND;
  let reason = "";
  if (flags & (FLAG_ENCRYPTED | FLAG_STRONG_CIPHER)) reason = "it is encrypted";
  else if (isUnix && kind === SYMLINK) reason = "it is a symbolic link";
  return {
    path: decodeName(name, (flags & FLAG_UTF8) !== 0),
    byteLength: wide[0]!,
    packedLength: wide[1]!,
    offset: wide[2]!,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    nameLength,
    reason,
  };
}

/** Values of all ones stand, in this order, as 64-bit numbers in extra field 1. */
function readZip64(
  view: DataView,
  from: number,
  length: number,
  values: readonly number[],
): readonly number[] {
  if (!values.includes(ALL_ONES)) return values;
  const end = from + length;
  for (let at = from; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const fieldEnd = Math.min(at + 4 + view.getUint16(at + 2, true), end);
    let next = at + 4;
    return values.map((value) => {
      if (value !== ALL_ONES || next + 8 > fieldEnd) return value;
      const wide = Number(view.getBigUint64(next, true));
      next += 8;
      return wide;
    });
  }
  return values;
}

/** Names without the UTF-8 flag are tried as UTF-8 all the same: most writers mean it. */
function decodeName(bytes: Uint8Array, isUtf8: boolean): string {
  try {
    return new TextDecoder("utf-8", { fatal: !isUtf8 }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

function findDirectory(source: ByteSource): { offset: number; length: number } {
  const tailLength = Math.min(source.byteLength, END_RECORD_BYTES + COMMENT_BYTES_MAX);
  const tailAt = source.byteLength - tailLength;
  const tail = source.read(tailAt, tailLength);
  const view = viewOf(tail);
  for (let at = tail.length - END_RECORD_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END_RECORD) continue;
    const length = view.getUint32(at + 12, true);
    const offset = view.getUint32(at + 16, true);
    const found =
      length === ALL_ONES || offset === ALL_ONES
        ? findDirectory64(source, view, at - 20)
        : { offset, length };
    if (found === undefined || found.offset + found.length > source.byteLength) continue;
    return found;
  }
  throw new WaymarkError(
    "TRACK_FORMAT",
    "the zip archive is cut or damaged: the directory at its end is missing; copy it again",
  );
}

function findDirectory64(
  source: ByteSource,
  tail: DataView,
  locatorAt: number,
): { offset: number; length: number } | undefined {
  if (locatorAt < 0 || tail.getUint32(locatorAt, true) !== END_LOCATOR_64) return undefined;
  const recordAt = Number(tail.getBigUint64(locatorAt + 8, true));
  if (recordAt + 56 > source.byteLength) return undefined;
  const record = viewOf(source.read(recordAt, 56));
  if (record.getUint32(0, true) !== END_RECORD_64) return undefined;
  return {
    length: Number(record.getBigUint64(40, true)),
    offset: Number(record.getBigUint64(48, true)),
  };
}

// What is not offered

const SYSTEM_FILE = /(^|\/)(__MACOSX\/|\.DS_Store$|\._[^/]*$|Thumbs\.db$|desktop\.ini$)/i;

function isSystemFile(path: string): boolean {
  return SYSTEM_FILE.test(path);
}

/** The reason why a path must not be believed; "" for a plain relative one. */
export function unsafePathReason(path: string): string {
  if (path === "") return "it has no name";
  if (path.includes("\0")) return "its name holds a NUL byte";
  if (path.includes("\\")) return "its name holds a backslash";
  if (path.startsWith("/")) return "its name is an absolute path";
  if (/^[a-z]:/i.test(path)) return "its name begins with a drive letter";
  if (path.split("/").includes("..")) return "its name leads out of the archive";
  return "";
}

function reasonAgainst(
  item: Listed,
  limits: { maxEntryBytes: number; maxRatio: number; ratioFromBytes: number },
): string {
  const pathReason = unsafePathReason(item.path);
  if (pathReason !== "") return pathReason;
  if (item.method !== STORED && item.method !== DEFLATED) {
    return `its compression method ${item.method} is unknown; only stored and deflate are read`;
  }
  if (item.method === STORED && item.packedLength !== item.byteLength) {
    return "it is stored as it is, yet states two sizes";
  }
  if (item.byteLength > limits.maxEntryBytes) {
    return `it unpacks to ${formatMiB(item.byteLength)}, more than ${formatMiB(limits.maxEntryBytes)}`;
  }
  const ratio = item.byteLength / Math.max(1, item.packedLength);
  if (item.byteLength > limits.ratioFromBytes && ratio > limits.maxRatio) {
    return `it unpacks to ${Math.round(ratio)} times its size, which no recording does`;
  }
  return "";
}

/** Entries that share bytes make a small file large many times over (Fifield 2019). */
function refuseOverlaps(listed: readonly Listed[]): void {
  const sorted = [...listed].sort((a, b) => a.offset - b.offset);
  let end = -1;
  for (const item of sorted) {
    if (item.offset < end) item.reason ||= "it shares bytes with another entry";
    end = Math.max(end, item.offset + LOCAL_ENTRY_BYTES + item.nameLength + item.packedLength);
  }
}

// Reading

function readEntry(
  source: ByteSource,
  item: Listed,
  maxEntryBytes: number,
  onRepair: (repair: Repair) => void = () => {},
): Uint8Array {
  const local = viewOf(source.read(item.offset, LOCAL_ENTRY_BYTES));
  if (local.byteLength < LOCAL_ENTRY_BYTES || local.getUint32(0, true) !== LOCAL_ENTRY) {
    throw new WaymarkError("TRACK_FORMAT", `the zip entry '${item.path}' is missing its header`);
  }
  const first =
    item.offset + LOCAL_ENTRY_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
  const packed = source.read(first, item.packedLength);
  const bytes = item.method === STORED ? packed.slice() : inflate(packed, item, maxEntryBytes);
  const isDamaged =
    packed.length < item.packedLength ||
    bytes.length !== item.byteLength ||
    crc32(bytes) !== item.crc;
  if (isDamaged) {
    const ledger = createLedger();
    ledger.add("damaged-zip-entry", 1);
    for (const repair of ledger.repairs()) onRepair(repair);
  }
  return bytes;
}

function inflate(packed: Uint8Array, item: Listed, maxEntryBytes: number): Uint8Array {
  const limit = Math.min(item.byteLength, maxEntryBytes);
  try {
    return inflateBounded(packed, "deflate", limit).bytes;
  } catch (cause) {
    if (!(cause instanceof WaymarkError) || cause.code !== "TRACK_TOO_LARGE") throw cause;
    throw new WaymarkError(
      "ZIP_UNSAFE",
      `the zip entry '${item.path}' unpacks to more than the ${item.byteLength} bytes that the archive states`,
      { cause },
    );
  }
}
