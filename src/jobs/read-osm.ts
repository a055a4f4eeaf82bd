/**
 * Reads an OpenStreetMap extract from disk, whatever it is called: .osm.pbf with its blocks unpacked
 * and decoded in worker threads and joined in file order, .osm plain, gzipped or in bzip2. A file that
 * is damaged or cut off is refused: half a map looks whole, and an extract can be fetched again.
 * Memory: the columns (see collect.ts), and at most four blocks a thread in flight.
 */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { createGunzip } from "node:zlib";
import { WaymarkError } from "../base/error.ts";
import { type Blob, createBlobSplitter } from "../geo/network/osm/blob.ts";
import { createCollector, type OsmCollector } from "../geo/network/osm/collect.ts";
import type { OsmBlock } from "../geo/network/osm/osm-block.ts";
import type { OsmData } from "../geo/network/osm/osm-data.ts";
import { decodeHeaderBlock } from "../geo/network/osm/pbf-block.ts";
import { foreign, type OsmForm, SNIFF_BYTES, sniffOsm } from "../geo/network/osm/sniff.ts";
import { damaged } from "../geo/network/osm/wire.ts";
import { createXmlReader } from "../geo/network/osm/xml.ts";
import { createPool } from "../platform/job/worker-pool.ts";
import { unpackBzip2 } from "./bzip2.ts";
import { unreadable } from "./find-files.ts";
import { decodeBlob, unpackBlob } from "./osm-blob.ts";

export interface ReadOsmOptions {
  /** Bytes of the file that have been read, and all of them. */
  readonly onProgress?: (doneBytes: number, allBytes: number) => void;
  /** Worker threads for .osm.pbf; default all cores. A file below 1 MiB takes none. */
  readonly threads?: number;
}

const CHUNK_BYTES = 1 << 20;
/** Below this a thread takes longer to start (0.1 s) than to decode what it would get. */
const INLINE_BYTES_MAX = 1 << 20;
/** Blocks that wait for their turn to be joined, a thread: enough to keep every thread busy. */
const BLOCKS_IN_FLIGHT = 4;

type Bytes = AsyncIterable<Uint8Array>;

/** @throws WaymarkError OSM_FORMAT with what came and what was expected, FILE_READ */
export async function readOsmFile(path: string, options: ReadOsmOptions = {}): Promise<OsmData> {
  const collector = createCollector();
  try {
    const file = await openFile(path, options.onProgress);
    const threads =
      file.allBytes < INLINE_BYTES_MAX ? 0 : (options.threads ?? availableParallelism());
    if (file.form === "pbf") await readPbf(file.bytes, collector, threads);
    else if (file.form === "xml") await readXml(file.bytes, collector);
    else if (file.form === "bzip2") await readBzip2(path, collector, options.onProgress);
    else {
      const inner = await sniff(gunzip(file.bytes));
      if (inner.form === "pbf") await readPbf(inner.bytes, collector, threads);
      else if (inner.form === "xml") await readXml(inner.bytes, collector);
      else throw foreign(`is packed twice (${inner.form} in gzip)`);
    }
  } catch (error) {
    if (!(error instanceof WaymarkError) || error.code !== "OSM_FORMAT") throw error;
    throw new WaymarkError("OSM_FORMAT", `${path}: ${error.message}`, {
      cause: error,
      choices: error.choices,
    });
  }
  return collector.finish();
}

async function openFile(
  path: string,
  onProgress: ReadOsmOptions["onProgress"],
): Promise<{ form: OsmForm; bytes: Bytes; allBytes: number }> {
  const info = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (!info.isFile()) throw unreadable(path, new Error("it is not a file"));
  async function* read(): Bytes {
    let doneBytes = 0;
    try {
      for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
        yield chunk as Uint8Array;
        doneBytes += (chunk as Uint8Array).length;
        onProgress?.(doneBytes, info.size);
      }
    } catch (cause) {
      // What the consumer of a chunk throws does not come here: a generator sees only its own.
      throw unreadable(path, cause);
    }
  }
  return { ...(await sniff(read())), allBytes: info.size };
}

/** Looks at the first bytes and gives back all of them. */
async function sniff(bytes: Bytes): Promise<{ form: OsmForm; bytes: Bytes }> {
  const iterator = bytes[Symbol.asyncIterator]();
  let head = new Uint8Array(0);
  let isEnded = false;
  while (head.length < SNIFF_BYTES && !isEnded) {
    const { value, done } = await iterator.next();
    if (done) isEnded = true;
    else head = Buffer.concat([head, value]);
  }
  const form = sniffOsm(head);
  async function* all(): Bytes {
    yield head;
    try {
      for (;;) {
        const { value, done } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { form, bytes: all() };
}

async function* gunzip(bytes: Bytes): Bytes {
  const stream = createGunzip({ chunkSize: CHUNK_BYTES });
  const feed = (async () => {
    try {
      for await (const chunk of bytes) {
        if (stream.destroyed) return;
        if (!stream.write(chunk)) {
          await new Promise<void>((resolve) => {
            stream.once("drain", resolve);
            stream.once("close", resolve);
          });
        }
      }
      stream.end();
    } catch (error) {
      stream.destroy(error as Error);
    }
  })();
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (cause) {
    if (cause instanceof WaymarkError) throw cause;
    throw damaged("its gzip data is broken or cut off", cause);
  } finally {
    stream.destroy();
    await feed;
  }
}

/** @param threads 0 decodes here */
async function readPbf(bytes: Bytes, collector: OsmCollector, threads: number): Promise<void> {
  const pool =
    threads === 0
      ? undefined
      : createPool<Blob, OsmBlock>(new URL("./osm-worker.ts", import.meta.url), { size: threads });
  const splitter = createBlobSplitter();
  const inFlight: Promise<OsmBlock>[] = [];
  try {
    for await (const chunk of bytes) {
      for (const blob of splitter.push(chunk)) {
        if (blob.type === "OSMHeader") {
          collector.timestampMs ||= decodeHeaderBlock(unpackBlob(blob)).timestampMs;
          continue;
        }
        if (!pool) {
          collector.add(decodeBlob(blob));
          continue;
        }
        const block = pool.run(blob, [blob.packed.buffer]);
        // It is awaited below; until then a refusal must not count as unhandled.
        block.catch(() => undefined);
        inFlight.push(block);
        while (inFlight.length >= BLOCKS_IN_FLIGHT * threads) {
          collector.add(await inFlight.shift()!);
        }
      }
    }
    splitter.finish();
    for (const block of inFlight) collector.add(await block);
  } finally {
    await pool?.close();
  }
}

async function readXml(bytes: Bytes, collector: OsmCollector): Promise<void> {
  const { push, finish } = xmlSink(collector);
  for await (const chunk of bytes) push(chunk);
  finish();
}

async function readBzip2(
  path: string,
  collector: OsmCollector,
  onProgress: ReadOsmOptions["onProgress"],
): Promise<void> {
  const packed = await readFile(path);
  const { push, finish } = xmlSink(collector);
  let isFirst = true;
  try {
    unpackBzip2(
      packed,
      (chunk) => {
        const form = isFirst ? sniffOsm(chunk.subarray(0, SNIFF_BYTES)) : "xml";
        if (form !== "xml") throw foreign(`is packed twice or as bzip2 (${form} in bzip2)`);
        isFirst = false;
        push(chunk);
      },
      (doneBytes) => onProgress?.(doneBytes, packed.length),
    );
  } catch (cause) {
    if (cause instanceof WaymarkError) throw cause;
    throw damaged("its bzip2 data is broken or cut off", cause);
  }
  finish();
}

function xmlSink(collector: OsmCollector): { push(bytes: Uint8Array): void; finish(): void } {
  const reader = createXmlReader((block) => collector.add(block));
  const decoder = new TextDecoder("utf-8");
  return {
    push: (bytes) => reader.push(decoder.decode(bytes, { stream: true })),
    finish() {
      reader.push(decoder.decode());
      reader.finish();
      collector.timestampMs = reader.timestampMs;
    },
  };
}
