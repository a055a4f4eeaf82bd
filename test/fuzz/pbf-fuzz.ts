/**
 * Coverage-guided fuzzing of the .osm.pbf reader and the network builder behind it:
 *
 *     node test/fuzz/pbf-fuzz.ts --minutes 10 --seed 1 [--map FILE.osm.pbf …]
 *
 * Inputs are mutated as whole files and, deeper, as unpacked blocks (a mutated zlib stream hardly ever
 * unpacks). V8's precise coverage decides which stay in the corpus. Anything but a WaymarkError of the
 * reader, more than 5 s or more than 1 GiB is a finding: the input is written to the temporary folder
 * and the run ends with status 1.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { WaymarkError } from "../../src/base/error.ts";
import { createRng, integer, pick, type Rng } from "../../src/base/rng.ts";
import { buildNetwork } from "../../src/geo/network/build.ts";
import { createBlobSplitter } from "../../src/geo/network/osm/blob.ts";
import { createCollector } from "../../src/geo/network/osm/collect.ts";
import { pbfFile, primitiveBlock } from "../../src/geo/network/osm/pbf.fixture.ts";
import { decodeHeaderBlock, decodePrimitiveBlock } from "../../src/geo/network/osm/pbf-block.ts";
import { decodeBlob, unpackBlob } from "../../src/jobs/osm-blob.ts";

/** A file as it is on disk, or one unpacked block. */
interface Input {
  readonly kind: "file" | "block";
  readonly bytes: Uint8Array;
}

const INPUT_BYTES_MAX = 1 << 18;
const RUN_MS_MAX = 5_000;
const HEAP_BYTES_MAX = 2 ** 30;
const BATCH = 32;

/** The whole way of an extract; throws what the reader throws. */
function readAndBuild(input: Input): void {
  const collector = createCollector();
  if (input.kind === "block") collector.add(decodePrimitiveBlock(input.bytes));
  else {
    const splitter = createBlobSplitter();
    // In two pieces, so that frames are cut.
    const half = input.bytes.length >> 1;
    for (const piece of [input.bytes.subarray(0, half), input.bytes.subarray(half)]) {
      for (const blob of splitter.push(piece)) {
        if (blob.type === "OSMHeader") decodeHeaderBlock(unpackBlob(blob));
        else collector.add(decodeBlob(blob));
      }
    }
    splitter.finish();
  }
  buildNetwork(collector.finish());
}

/** What went wrong, or undefined. */
function fault(input: Input): string | undefined {
  try {
    readAndBuild(input);
  } catch (error) {
    const isRefusal =
      error instanceof WaymarkError && (error.code === "OSM_FORMAT" || error.code === "OSM_EMPTY");
    if (!isRefusal) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  return undefined;
}

/** A crossing with a roundabout, barriers, a square, restrictions and routes. */
function seeds(mapFiles: readonly string[]): Input[] {
  const at = (id: number, x: number, y: number, tags?: Record<string, string>) => ({
    id,
    lon: 80_000_000 + 1000 * x,
    lat: 470_000_000 + 1000 * y,
    ...(tags ? { tags } : {}),
  });
  const content = {
    nodes: [
      at(1, 0, 0),
      at(2, 1, 0, { barrier: "gate" }),
      at(3, 2, 0, { highway: "traffic_signals" }),
      at(4, 2, 1),
      at(5, 3, 2, { barrier: "wall" }),
      at(6, 3, 1, { ford: "yes" }),
      at(7, 1, 2),
      at(8, 4, 4),
    ],
    plainNodes: [at(20, 9, 9, { highway: "crossing" })],
    ways: [
      { id: 10, refs: [1, 2, 3, 4, 99], tags: { highway: "residential", name: "Long street" } },
      { id: 11, refs: [3, 4, 5, 6, 3], tags: { highway: "tertiary", junction: "roundabout" } },
      { id: 12, refs: [1, 3, 4, 7, 1], tags: { highway: "pedestrian", area: "yes" } },
      { id: 13, refs: [7, 8], tags: { highway: "path", sac_scale: "hiking", width: "2 m" } },
      { id: 14, refs: [8, 20, 1], tags: { leisure: "park" } },
    ],
    relations: [
      {
        id: 30,
        tags: { type: "restriction", restriction: "no_left_turn" },
        members: [
          { type: 1, id: 10, role: "from" },
          { type: 0, id: 3, role: "via" },
          { type: 1, id: 11, role: "to" },
        ],
      },
      {
        id: 31,
        tags: { type: "route", route: "hiking", network: "lwn", name: "Round" },
        members: [
          { type: 1, id: 10, role: "" },
          { type: 2, id: 30, role: "" },
        ],
      },
      {
        id: 32,
        tags: { type: "multipolygon", highway: "pedestrian" },
        members: [
          { type: 1, id: 12, role: "outer" },
          { type: 1, id: 14, role: "inner" },
        ],
      },
    ],
  };
  const inputs: Input[] = [
    { kind: "block", bytes: primitiveBlock(content) },
    { kind: "file", bytes: pbfFile([content]) },
    { kind: "file", bytes: pbfFile([content], { raw: true }) },
  ];
  for (const path of mapFiles) {
    const bytes = new Uint8Array(readFileSync(path));
    if (bytes.length <= INPUT_BYTES_MAX) inputs.push({ kind: "file", bytes });
    for (const blob of createBlobSplitter().push(bytes)) {
      const block = unpackBlob(blob);
      if (blob.type === "OSMData" && block.length <= INPUT_BYTES_MAX) {
        inputs.push({ kind: "block", bytes: block });
      }
    }
  }
  return inputs;
}

const INTERESTING = [0, 1, 2, 0x0a, 0x12, 0x1a, 0x7f, 0x80, 0xff];

function mutate(rng: Rng, corpus: readonly Input[]): Input {
  const parent = pick(rng, corpus);
  let bytes: Uint8Array = parent.bytes.slice();
  const rounds = 1 << integer(rng, 5);
  for (let i = 0; i < rounds && bytes.length > 0; i++) {
    const at = integer(rng, bytes.length);
    switch (integer(rng, 7)) {
      case 0:
        bytes[at]! ^= 1 << integer(rng, 8);
        break;
      case 1:
        bytes[at] = pick(rng, INTERESTING);
        break;
      case 2:
        bytes[at] = integer(rng, 256);
        break;
      case 3: {
        // A varint that claims a lot.
        const length = Math.min(integer(rng, 10) + 1, bytes.length - at);
        bytes.fill(0xff, at, at + length);
        break;
      }
      case 4: {
        const length = Math.min(1 + integer(rng, 16), bytes.length - at);
        bytes = splice(bytes, at, length, new Uint8Array(0));
        break;
      }
      case 5: {
        const other = pick(rng, corpus).bytes;
        const from = integer(rng, other.length);
        const piece = other.subarray(from, from + 1 + integer(rng, 64));
        bytes = splice(bytes, at, integer(rng, 2) * piece.length, piece);
        break;
      }
      default: {
        const piece = bytes.subarray(at, at + 1 + integer(rng, 32));
        bytes = splice(bytes, integer(rng, bytes.length), 0, piece);
      }
    }
  }
  return { kind: parent.kind, bytes: bytes.slice(0, INPUT_BYTES_MAX) };
}

function splice(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const removed = Math.min(remove, bytes.length - at);
  const spliced = new Uint8Array(bytes.length - removed + insert.length);
  spliced.set(bytes.subarray(0, at));
  spliced.set(insert, at);
  spliced.set(bytes.subarray(at + removed), at + insert.length);
  return spliced;
}

/** Ranges of our own sources that ran since the last call. */
function createCoverage(): () => string[] {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  return () => {
    const ran: string[] = [];
    session.post("Profiler.takePreciseCoverage", (_error, { result }) => {
      for (const script of result) {
        if (!/src\/(geo\/network|jobs)\//.test(script.url)) continue;
        for (const { ranges } of script.functions) {
          for (const { count, startOffset, endOffset } of ranges) {
            if (count > 0) ran.push(`${script.url}:${startOffset}-${endOffset}`);
          }
        }
      }
    });
    return ran;
  };
}

interface Task {
  readonly minutes: number;
  readonly seed: number;
  readonly mapFiles: readonly string[];
}

function fuzz({ minutes, seed, mapFiles }: Task): void {
  const rng = createRng(seed);
  const corpus = seeds(mapFiles);
  const coverage = createCoverage();
  const covered = new Set<string>();
  const end = performance.now() + minutes * 60_000;
  let runs = 0;
  const check = (input: Input): void => {
    parentPort!.postMessage({ kind: "run", input });
    const what = fault(input);
    runs++;
    if (what) parentPort!.postMessage({ kind: "finding", what, input });
  };
  const isNew = (): boolean => {
    const before = covered.size;
    for (const range of coverage()) covered.add(range);
    return covered.size > before;
  };
  for (const input of corpus) check(input);
  isNew();
  while (performance.now() < end) {
    const batch = Array.from({ length: BATCH }, () => mutate(rng, corpus));
    for (const input of batch) check(input);
    if (isNew()) {
      // Which one it was: run them once more, one at a time, against what was known before.
      const rediscovered = new Set<string>();
      for (const input of batch) {
        fault(input);
        const before = rediscovered.size;
        for (const range of coverage()) rediscovered.add(range);
        if (rediscovered.size > before && corpus.length < 2000) corpus.push(input);
      }
    }
    parentPort!.postMessage({
      kind: "state",
      runs,
      corpus: corpus.length,
      covered: covered.size,
    });
  }
}

type Message =
  | { kind: "run"; input: Input }
  | { kind: "finding"; what: string; input: Input }
  | { kind: "state"; runs: number; corpus: number; covered: number };

function watch(task: Task): void {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_BYTES_MAX / 2 ** 20 },
  });
  let last: Input | undefined;
  let lastMs = performance.now();
  let state = "no run yet";
  let findings = 0;
  const keep = (what: string, input: Input | undefined): void => {
    findings++;
    const path = join(tmpdir(), `pbf-fuzz-${task.seed}-${findings}.${input?.kind ?? "none"}`);
    if (input) writeFileSync(path, input.bytes);
    console.error(`finding ${findings}: ${what}\n  input: ${path}`);
  };
  worker.on("message", (message: Message) => {
    lastMs = performance.now();
    if (message.kind === "run") last = message.input;
    else if (message.kind === "finding") {
      keep(message.what, message.input);
      if (findings >= 20) void worker.terminate();
    } else state = `${message.runs} runs, corpus ${message.corpus}, ranges ${message.covered}`;
  });
  worker.on("error", (error) => keep(String(error), last));
  const timer = setInterval(() => {
    if (performance.now() - lastMs <= RUN_MS_MAX) return;
    keep(`one input took more than ${RUN_MS_MAX} ms`, last);
    void worker.terminate();
  }, 500);
  const report = setInterval(() => console.log(state), 60_000);
  worker.on("exit", () => {
    clearInterval(timer);
    clearInterval(report);
    console.log(`seed ${task.seed}: ${state}, ${findings} findings`);
    process.exitCode = findings > 0 ? 1 : 0;
  });
}

if (isMainThread) {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "10" },
      seed: { type: "string", default: "1" },
      map: { type: "string", multiple: true, default: [] },
    },
  });
  watch({ minutes: Number(values.minutes), seed: Number(values.seed), mapFiles: values.map });
} else fuzz(workerData as Task);
