/**
 * Reads an OpenStreetMap extract from disk: .osm.pbf with its blocks unpacked and decoded in worker
 * threads and joined in file order, at most a few blocks in flight.
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { WaymarkError } from "../base/error.ts";
import { type Blob, createBlobSplitter } from "../geo/network/osm/blob.ts";
import { createCollector } from "../geo/network/osm/collect.ts";
import type { OsmBlock } from "../geo/network/osm/osm-block.ts";
import type { OsmData } from "../geo/network/osm/osm-data.ts";
import { decodeHeaderBlock } from "../geo/network/osm/pbf-block.ts";
import { createPool } from "../platform/job/worker-pool.ts";
import { unpackBlob } from "./osm-blob.ts";

export interface ReadOsmOptions {
  readonly onProgress?: (doneBytes: number, allBytes: number) => void;
  /** Worker threads; default all cores. */
  readonly threads?: number;
}

/** @throws WaymarkError OSM_FORMAT, FILE_READ */
export async function readOsmFile(path: string, options: ReadOsmOptions = {}): Promise<OsmData> {
  const threads = options.threads ?? availableParallelism();
  const { size: allBytes } = await stat(path);
  const pool = createPool<Blob, OsmBlock>(new URL("./osm-worker.ts", import.meta.url), {
    size: threads,
  });
  const collector = createCollector();
  const splitter = createBlobSplitter();
  const inFlight: Promise<OsmBlock>[] = [];
  let doneBytes = 0;
  let hasHeader = false;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      const bytes = chunk as Uint8Array;
      for (const blob of splitter.push(bytes)) {
        if (blob.type === "OSMHeader") {
          hasHeader = true;
          collector.timestampMs = decodeHeaderBlock(unpackBlob(blob)).timestampMs;
          continue;
        }
        const block = pool.run(blob, [blob.packed.buffer]);
        block.catch(() => {});
        inFlight.push(block);
        while (inFlight.length >= 4 * threads) collector.add(await inFlight.shift()!);
      }
      doneBytes += bytes.length;
      options.onProgress?.(doneBytes, allBytes);
    }
    splitter.finish();
    if (!hasHeader) throw new WaymarkError("OSM_FORMAT", `${path} has no header block`);
    for (const block of inFlight) collector.add(await block);
  } finally {
    await pool.close();
  }
  return collector.finish();
}
