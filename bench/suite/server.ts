/**
 * The server under load on loopback: OSRM's API on a real map; and, on a drawn town, uploads end to end,
 * tiles, minutes of everything at once, and the start with many activities.
 */
import { parseArgs } from "node:util";
import { WaymarkError } from "../../src/base/error.ts";
import { openStore } from "../../src/store/open-store.ts";
import { SHARED, shared } from "../../test/shared.ts";
import { type Cell, printOnly, report } from "../report.ts";
import { type BenchClub, openBenchClub } from "../server/club.ts";
import { runMatchLoad } from "../server/match.ts";
import { openLoop, quantile } from "../server/open-loop.ts";
import { measureSteady, STEADY_COLUMNS } from "../server/steady.ts";
import { tileAsks } from "../server/tiles.ts";
import { measureUploads, UPLOAD_COLUMNS } from "../server/upload.ts";
import { startWhole } from "../server/whole.ts";
import { fillStore } from "../store/fill.ts";

const PARTS = ["match", "tiles", "upload", "start", "steady"] as const;

const OPTIONS = {
  /** Shorter runs; bench/results stays as it is. */
  quick: { type: "boolean" },
  /** Only this part; may be given several times, and bench/results stays as it is. */
  part: { type: "string", multiple: true },
  /** Requests a second. */
  rate: { type: "string" },
} as const;

/** Threads that read and match; the machine of the published figures has two cores. */
const THREADS = 2;
const FILES = 400;

interface Run {
  readonly isQuick: boolean;
  readonly ratePerS: number;
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const wanted = values.part ?? PARTS;
  for (const part of wanted) {
    if (PARTS.some((known) => known === part)) continue;
    throw new WaymarkError(
      "USAGE",
      `part '${part}' is unknown; choose some of ${PARTS.join(", ")}`,
    );
  }
  if (values.quick || values.part || values.rate) printOnly();
  const how: Run = { isQuick: values.quick === true, ratePerS: Number(values.rate ?? 200) };
  if (wanted.includes("match")) await runMatch(how);
  if (wanted.every((part) => part === "match")) return;
  const club = await openBenchClub(how.isQuick ? FILES / 4 : FILES);
  try {
    if (wanted.includes("tiles")) await runTiles(club, how);
    if (wanted.includes("upload")) await runUploads(club, how);
    if (wanted.includes("start")) await runStart(club, how);
    if (wanted.includes("steady")) await runSteady(club, how);
  } finally {
    club.remove();
  }
}

async function runMatch({ isQuick, ratePerS }: Run): Promise<void> {
  if (!SHARED) {
    console.log("server: the map of /match lies in ../shared, which is not here");
    return;
  }
  await runMatchLoad({
    extract: shared("data", "osm", "heidelberg-2024-09-08.osm.pbf"),
    mapName: "Heidelberg 2024",
    ratePerS,
    seconds: isQuick ? 3 : 10,
    threads: 1,
  });
}

async function runTiles(club: BenchClub, { isQuick, ratePerS }: Run): Promise<void> {
  const { mapFolder } = club;
  const server = await startWhole(club.dataFolder(), { mapFolder, threads: THREADS });
  try {
    const asks = await tileAsks(server);
    await openLoop(server.url, asks, ratePerS, 2);
    const before = await server.usage();
    const got = await openLoop(server.url, asks, ratePerS, isQuick ? 3 : 10);
    const after = await server.usage();
    report({
      suite: "server",
      title: "Tiles of the base map: a drawn town",
      columns: [
        { name: "due / s", digits: 0 },
        { name: "sent", digits: 0 },
        { name: "not 200", digits: 0 },
        { name: "p50 ms", digits: 2 },
        { name: "p99 ms", digits: 2 },
        { name: "max ms", digits: 1 },
        { name: "CPU ms", digits: 2 },
        { name: "KiB", digits: 1 },
        { name: "RSS MiB", digits: 0 },
      ],
      rows: [
        [
          ratePerS,
          got.sent,
          got.sent - (got.status[200] ?? 0),
          quantile(got.latencyMs, 0.5),
          quantile(got.latencyMs, 0.99),
          quantile(got.latencyMs, 1),
          (after.cpuMs - before.cpuMs) / got.sent,
          got.bytes / got.sent / 1024,
          after.rssMiB,
        ],
      ],
      notes: [`${asks.length} tiles in no order, each asked whole. Open loop as above.`],
    });
  } finally {
    await server.stop();
  }
}

async function runUploads(club: BenchClub, { isQuick }: Run): Promise<void> {
  const rows: Cell[][] = [];
  for (const clients of isQuick ? [8] : [1, 8]) {
    rows.push(await measureUploads(club, clients, THREADS));
  }
  report({
    suite: "server",
    title: "Uploads end to end: a drawn town, embedded store",
    columns: UPLOAD_COLUMNS,
    rows,
    notes: [
      "FIT, GPX and TCX of simulated athletes over HTTP, each acknowledged when its bytes are durable; " +
        "the clock of 'stored' runs until the last one is read, cleaned, matched and stored. Server " +
        `(${THREADS} reading threads) and clients share the machine. Refused ones were spoilt on purpose.`,
    ],
  });
}

async function runStart(club: BenchClub, { isQuick }: Run): Promise<void> {
  const count = isQuick ? 1000 : 10_000;
  const dataFolder = club.dataFolder();
  const store = await openStore({ dataFolder });
  await fillStore(store, count);
  await store.close();
  const rows: Cell[][] = [];
  for (const round of ["first", "second", "third"]) {
    const { mapFolder } = club;
    const server = await startWhole(dataFolder, { mapFolder, threads: THREADS });
    const { rssMiB } = await server.usage();
    rows.push([round, count, server.openedMs / 1000, rssMiB]);
    await server.stop();
  }
  report({
    suite: "server",
    title: "Start with many activities: embedded store",
    columns: [
      "start",
      { name: "activities", digits: 0 },
      { name: "s to the first list", digits: 2 },
      { name: "RSS MiB", digits: 0 },
    ],
    rows,
    notes: ["From the start of the process to the answer with the newest hundred activities."],
  });
}

async function runSteady(club: BenchClub, { isQuick, ratePerS }: Run): Promise<void> {
  const load = {
    minutes: isQuick ? 2 : 5,
    secondsPerMinute: isQuick ? 5 : 60,
    ratePerS: ratePerS / 2,
    uploadsPerS: 1,
    threads: THREADS,
  };
  report({
    suite: "server",
    title: "Five minutes of everything at once: a drawn town, embedded store",
    columns: STEADY_COLUMNS,
    rows: await measureSteady(club, load),
    notes: [
      `${load.ratePerS} requests/s: of ten, four tiles, two lists of 100, two activities, one activity's ` +
        `streams, one trace of 100 fixes to match; and ${load.uploadsPerS} upload/s, at first new files.`,
    ],
  });
}
