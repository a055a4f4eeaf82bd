/**
 * Any elevation file by its name: .hgt, .hgt.gz, .hgt.zip (as SRTM is handed out) and .tif. What an
 * archive unpacks to is bounded by the largest grid there is, so a bomb is refused unopened.
 */
import { Gunzip, unzipSync } from "fflate";
import { WaymarkError } from "../../base/index.ts";
import { readGeoTiff } from "./geotiff.ts";
import type { ElevationGrid } from "./grid.ts";
import { readHgt } from "./hgt.ts";

/** Bytes of a 1″ tile. */
const LARGEST_HGT = 3601 * 3601 * 2;

/** @throws WaymarkError ELEVATION_FORMAT when the bytes are no grid that Waymark reads */
export function readElevation(bytes: Uint8Array, fileName: string): ElevationGrid {
  const name = fileName.toLowerCase();
  if (name.endsWith(".tif") || name.endsWith(".tiff")) return readGeoTiff(bytes, fileName);
  if (name.endsWith(".zip")) return readHgt(unzipHgt(bytes, fileName), fileName);
  if (name.endsWith(".gz")) return readHgt(gunzipHgt(bytes, fileName), fileName);
  return readHgt(bytes, fileName);
}

function unzipHgt(bytes: Uint8Array, fileName: string): Uint8Array {
  let entries: Record<string, Uint8Array>;
  try {
    let isTaken = false;
    entries = unzipSync(bytes, {
      filter(entry) {
        if (isTaken || !/\.hgt$/i.test(entry.name)) return false;
        if (entry.originalSize > LARGEST_HGT) return false;
        isTaken = true;
        return true;
      },
    });
  } catch (cause) {
    throw new WaymarkError("ELEVATION_FORMAT", `${fileName}: the zip archive is damaged`, {
      cause,
    });
  }
  const [content] = Object.values(entries);
  if (!content) {
    throw new WaymarkError(
      "ELEVATION_FORMAT",
      `${fileName}: the archive holds no .hgt file of at most ${LARGEST_HGT} bytes`,
    );
  }
  return content;
}

function gunzipHgt(bytes: Uint8Array, fileName: string): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  const slice = 65_536;
  try {
    const stream = new Gunzip((chunk) => {
      total += chunk.length;
      if (total <= LARGEST_HGT) chunks.push(chunk);
    });
    // Pushed in pieces so that a bomb is noticed after the first ones.
    for (let at = 0; at < bytes.length && total <= LARGEST_HGT; at += slice) {
      stream.push(bytes.subarray(at, at + slice), at + slice >= bytes.length);
    }
  } catch (cause) {
    throw new WaymarkError("ELEVATION_FORMAT", `${fileName}: the gzip data is damaged`, { cause });
  }
  if (total > LARGEST_HGT) {
    throw new WaymarkError("ELEVATION_FORMAT", `${fileName}: unpacks to more than any .hgt grid`);
  }
  const out = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
