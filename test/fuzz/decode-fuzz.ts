/**
 * Fuzzes the decoders, guided by coverage: mutates seeds, keeps the inputs that reach new blocks, and
 * reports what throws anything but a WaymarkError, breaks a promise of the result, or is slow.
 *
 *     node test/fuzz/decode-fuzz.ts --minutes 10 --seed 1 [--target fit|gpx|tcx|zip]
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { WaymarkError } from "../../src/base/error.ts";
import { createRng, integer, pick } from "../../src/base/rng.ts";
import { decodeFile, readArchive, readStravaExport } from "../../src/geo/track/decode/index.ts";
import { CHANNELS, type DecodedFile } from "../../src/geo/track/recording.ts";
import { startCoverage } from "./decode-coverage.ts";
import { mutate } from "./decode-mutate.ts";
import { seedsFor, type Target } from "./decode-seeds.ts";

const BATCH = 16;
const SLOW_MS = 2000;
const HANG_MS = 20_000;
const INPUT_MAX = 1 << 18;
const EXPECTED_CODES = new Set([
  "TRACK_EMPTY",
  "TRACK_FORMAT",
  "TRACK_TOO_LARGE",
  "TRACK_XML",
  "TRACK_NO_RECORD",
  "ZIP_UNSAFE",
]);

const { values: flags } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    target: { type: "string", default: "fit" },
  },
});
const target = flags.target as Target;
const seed = Number(flags.seed);
const endMs = Date.now() + Number(flags.minutes) * 60_000;
const folder = mkdtempSync(join(tmpdir(), `waymark-fuzz-${target}-`));

/** Runs one input; an answer is what went wrong. */
function trial(bytes: Uint8Array): string | undefined {
  const began = performance.now();
  try {
    const broken =
      target === "zip" ? runZip(bytes) : checkResult(decodeFile(bytes, `x.${target}`), bytes);
    if (broken !== undefined) return broken;
  } catch (error) {
    if (!(error instanceof WaymarkError)) return `threw ${(error as Error).stack ?? error}`;
    if (!EXPECTED_CODES.has(error.code)) return `threw the unexpected code ${error.code}`;
  }
  const tookMs = performance.now() - began;
  return tookMs > SLOW_MS ? `took ${Math.round(tookMs)} ms for ${bytes.length} bytes` : undefined;
}

function runZip(bytes: Uint8Array): string | undefined {
  const archive = readArchive(bytes, { maxEntryBytes: 1 << 24 });
  readStravaExport(archive.entries);
  for (const entry of archive.entries) {
    if (/(^|\/)\.\.(\/|$)|^\/|\\|\0/.test(entry.path))
      return `offers the unsafe path ${entry.path}`;
    try {
      const plain = entry.read();
      if (plain.length > entry.byteLength) return "unpacks more than it states";
      const broken = checkResult(decodeFile(plain, entry.path), plain);
      if (broken !== undefined) return broken;
    } catch (error) {
      if (!(error instanceof WaymarkError)) throw error;
    }
  }
  return undefined;
}

/** The promises of recording.ts that hold for every input. */
function checkResult(file: DecodedFile, bytes: Uint8Array): string | undefined {
  if (file.recordings.length === 0) return "a decoded file without a recording";
  for (const repair of file.repairs) {
    if (!(repair.count > 0) || repair.message === "") return `the repair ${repair.code} is empty`;
  }
  let rows = 0;
  for (const recording of file.recordings) {
    const { streams } = recording;
    rows += streams.length;
    const columns = [streams.timeMs, streams.lon, streams.lat, ...CHANNELS.map((c) => streams[c])];
    for (const column of columns) {
      if (column === undefined) continue;
      if (column.length !== streams.length) return "a column of another length";
      for (const value of column) {
        if (value === Infinity || value === -Infinity) return "an infinite value";
      }
    }
    for (const pause of recording.timerPauses) {
      if (!(pause.endMs > pause.startMs)) return "a pause that does not last";
    }
  }
  return rows > bytes.length * 1100 ? "more rows than bytes could hold" : undefined;
}

const input = new Uint8Array(new SharedArrayBuffer(INPUT_MAX));
const state = new Int32Array(new SharedArrayBuffer(8));
const startMs = Date.now();
const watch = new Worker(new URL("./decode-watch.ts", import.meta.url), {
  workerData: { state, input, startMs, limitMs: HANG_MS, path: join(folder, "hang") },
});
watch.unref();

function watchedTrial(bytes: Uint8Array): string | undefined {
  input.set(bytes);
  Atomics.store(state, 1, bytes.length);
  Atomics.store(state, 0, Date.now() - startMs + 1);
  const finding = trial(bytes);
  Atomics.store(state, 0, 0);
  return finding;
}

const rng = createRng(seed);
const corpus = [...seedsFor(target)].filter(
  (bytes) => bytes.length > 0 && bytes.length < INPUT_MAX,
);
const coverage = startCoverage((url) => /track\/decode|saxes|fflate/.test(url));
const findings = new Map<string, number>();
let executions = 0;

function report(finding: string, bytes: Uint8Array): void {
  const kind = finding.replace(/\d+/g, "#").split("\n").slice(0, 2).join(" ");
  const times = (findings.get(kind) ?? 0) + 1;
  findings.set(kind, times);
  if (times > 3) return;
  const path = join(folder, `finding-${findings.size}-${times}`);
  writeFileSync(path, bytes);
  console.log(`FINDING (seed ${seed}): ${finding}\n  saved to ${path}`);
}

/** Stock was taken for the whole batch: halves run again until it is known whose the blocks are. */
function keepHitting(inputs: readonly Uint8Array[], blocks: ReadonlySet<string>): void {
  for (const bytes of inputs) watchedTrial(bytes);
  if (!coverage.takeHit(blocks)) return;
  if (inputs.length === 1) {
    corpus.push(inputs[0]!);
    return;
  }
  const middle = inputs.length >> 1;
  keepHitting(inputs.slice(0, middle), blocks);
  keepHitting(inputs.slice(middle), blocks);
}

console.log(`target ${target}, seed ${seed}, ${corpus.length} seeds, findings go to ${folder}`);
for (const bytes of corpus) {
  executions++;
  const finding = watchedTrial(bytes);
  if (finding !== undefined) report(finding, bytes);
}
coverage.takeNew();
const seedCount = corpus.length;
let nextLineMs = Date.now() + 60_000;

while (Date.now() < endMs) {
  const batch: Uint8Array[] = [];
  for (let i = 0; i < BATCH; i++) {
    // What reached new code last is tried more often.
    const from = rng() < 0.3 ? Math.max(0, corpus.length - 32) : 0;
    const base = corpus[from + integer(rng, corpus.length - from)]!;
    const mutated = mutate(rng, base, pick(rng, corpus), target === "gpx" || target === "tcx");
    const bytes = mutated.length > INPUT_MAX ? mutated.slice(0, INPUT_MAX) : mutated;
    batch.push(bytes);
    executions++;
    const finding = watchedTrial(bytes);
    if (finding !== undefined) report(finding, bytes);
  }
  const fresh = coverage.takeNew();
  if (fresh.size > 0) {
    keepHitting(batch, fresh);
    if (corpus.length > 4000) corpus.splice(seedCount, corpus.length - 4000);
  }
  if (Date.now() > nextLineMs) {
    nextLineMs += 60_000;
    console.log(
      `${executions} executions, ${coverage.total} blocks, corpus ${corpus.length}, ${findings.size} kinds of findings`,
    );
  }
}
coverage.stop();
console.log(
  `done: ${executions} executions, ${coverage.total} blocks, corpus ${corpus.length}, ${findings.size} kinds of findings`,
);
for (const [kind, times] of findings) console.log(`  ${times} × ${kind}`);
process.exitCode = findings.size > 0 ? 1 : 0;
