/**
 * The body of a tracking request: JSON of at most 500 KB, as it is or compressed. What it unpacks to is
 * held to the same limit while it is unpacked, so that a small file cannot become a large one.
 */
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { WaymarkError } from "../../base/error.ts";
import { segmentLimits } from "../../schema/segment.ts";

const UNPACK = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

/** @throws WaymarkError USAGE that says what came */
export async function unpack(bytes: Buffer, encoding: string | undefined): Promise<Buffer> {
  const name = (encoding ?? "identity").trim().toLowerCase();
  if (name === "identity" || name === "") return bytes;
  if (!Object.hasOwn(UNPACK, name)) {
    const choices = ["gzip", "deflate", "br"];
    throw new WaymarkError("USAGE", `content-encoding '${name.slice(0, 40)}' is unknown`, {
      choices,
    });
  }
  try {
    const options = { maxOutputLength: segmentLimits.batchBytes };
    return await UNPACK[name as keyof typeof UNPACK](bytes, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new WaymarkError("USAGE", `the body is not ${name}: ${(error as Error).message}`);
  }
}

/** @throws WaymarkError USAGE with where the JSON breaks */
export function readJson(bytes: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    const why = (error as Error).message.slice(0, 200);
    throw new WaymarkError("USAGE", `the body is not JSON (${bytes.length} bytes): ${why}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new WaymarkError("USAGE", "the body is not a JSON object");
}

export function tooLarge(): WaymarkError {
  return new WaymarkError("USAGE", "the body is larger than 500 KB; send smaller batches");
}
