/**
 * Inflating with a bound: the size is checked while bytes come out, so that a bomb costs the limit
 * and no more. A damaged stream gives what was readable before the fault. Over fflate; 100 MB/s.
 */
import { Gunzip, Inflate } from "fflate";
import { WaymarkError } from "../../../base/index.ts";
import { crc32 } from "./crc32.ts";
import type { Ledger } from "./ledger.ts";

/**
 * Compressed bytes per step; deflate gives at most 1,032 times as many. The library gives nothing of a
 * step that breaks, so that step is taken again in the next finer ones. Single bytes would cost a
 * second: every step has a buffer of its own.
 */
const STEP_BYTES = [1 << 14, 1 << 9, 1 << 4] as const;

export interface Inflated {
  readonly bytes: Uint8Array;
  /** The stream broke off; `bytes` is what came before. */
  readonly isDamaged: boolean;
}

/**
 * @param limit largest size that may come out, in bytes
 * @throws WaymarkError TRACK_TOO_LARGE when more would come out
 */
export function inflateBounded(
  packed: Uint8Array,
  container: "gzip" | "deflate",
  limit: number,
): Inflated {
  let result = inflateSteps(packed, container, limit, []);
  const broken: number[] = [];
  while (
    result.isDamaged &&
    result.consumed < packed.length &&
    broken.length + 1 < STEP_BYTES.length
  ) {
    broken.push(result.consumed);
    result = inflateSteps(packed, container, limit, broken);
  }
  return result;
}

/** @param broken where the first steps broke, coarse to fine: from there on finer ones are taken */
function inflateSteps(
  packed: Uint8Array,
  container: "gzip" | "deflate",
  limit: number,
  broken: readonly number[],
): Inflated & { consumed: number } {
  const chunks: Uint8Array[] = [];
  let total = 0;
  let isFinal = false;
  const onData = (chunk: Uint8Array, final: boolean): void => {
    isFinal ||= final;
    total += chunk.length;
    if (total > limit) {
      throw new WaymarkError(
        "TRACK_TOO_LARGE",
        `the file unpacks to more than ${formatMiB(limit)}, the limit for one recording`,
      );
    }
    if (chunk.length > 0) chunks.push(chunk.slice());
  };
  const stream = container === "gzip" ? new Gunzip(onData) : new Inflate(onData);
  let at = 0;
  try {
    while (at < packed.length) {
      const fineness = broken.findLastIndex((from) => at >= from) + 1;
      const end = Math.min(at + STEP_BYTES[fineness]!, packed.length);
      stream.push(packed.subarray(at, end), end === packed.length);
      at = end;
    }
  } catch (error) {
    if (error instanceof WaymarkError) throw error;
    return { bytes: concat(chunks, total), isDamaged: true, consumed: at };
  }
  return { bytes: concat(chunks, total), isDamaged: !isFinal, consumed: at };
}

function concat(chunks: readonly Uint8Array[], total: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const all = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

export function formatMiB(byteLength: number): string {
  return `${Math.round(byteLength / 2 ** 20)} MiB`;
}

/** Ten bytes of header, eight of trailer. */
const GZIP_BYTES_MIN = 18;

/** Unpacks a gzip file; damage is a repair as long as anything came out. */
export function gunzipBounded(packed: Uint8Array, limit: number, ledger: Ledger): Uint8Array {
  const { bytes, isDamaged } = inflateBounded(packed, "gzip", limit);
  if (packed.length < GZIP_BYTES_MIN || (isDamaged && bytes.length === 0)) {
    throw new WaymarkError("TRACK_FORMAT", "the gzip file is damaged from its first bytes on");
  }
  if (isDamaged) {
    ledger.add("damaged-gzip", 1);
  } else if (!agreesWithTrailer(packed, bytes)) {
    ledger.add("bad-crc", 1);
  }
  return bytes;
}

/** A file of several members, whose last length is not the whole, is not checked. */
function agreesWithTrailer(packed: Uint8Array, bytes: Uint8Array): boolean {
  const trailer = new DataView(packed.buffer, packed.byteOffset + packed.length - 8, 8);
  const isWhole = trailer.getUint32(4, true) === bytes.length >>> 0;
  return !isWhole || trailer.getUint32(0, true) === crc32(bytes);
}
