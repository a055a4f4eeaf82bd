/**
 * Inflating with a bound: the size is checked while bytes come out, so that a bomb costs the limit
 * and no more. A damaged stream gives what was readable before the fault. Over fflate; 100 MB/s.
 */
import { Gunzip, Inflate } from "fflate";
import { WaymarkError } from "../../../base/index.ts";
import type { Ledger } from "./ledger.ts";

/** Compressed bytes per step; deflate gives at most 1,032 times as many. */
const STEP_BYTES = 1 << 14;

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
  const first = inflateSteps(packed, container, limit, STEP_BYTES);
  if (!first.isDamaged || first.consumed === packed.length) return first;
  // The library gives nothing of the step that broke: take that step again in single bytes.
  return inflateSteps(packed, container, limit, STEP_BYTES, first.consumed);
}

function inflateSteps(
  packed: Uint8Array,
  container: "gzip" | "deflate",
  limit: number,
  stepBytes: number,
  fineFrom = packed.length,
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
      const step = at >= fineFrom && at < fineFrom + stepBytes ? 1 : stepBytes;
      const end = Math.min(at + step, packed.length);
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

/** Unpacks a gzip file; damage is a repair as long as anything came out. */
export function gunzipBounded(packed: Uint8Array, limit: number, ledger: Ledger): Uint8Array {
  const { bytes, isDamaged } = inflateBounded(packed, "gzip", limit);
  if (isDamaged) {
    if (bytes.length === 0) {
      throw new WaymarkError("TRACK_FORMAT", "the gzip file is damaged from its first bytes on");
    }
    ledger.add(
      "damaged-gzip",
      1,
      "file",
      "The gzip file is cut or damaged; what came before the damage was read.",
    );
  }
  return bytes;
}
