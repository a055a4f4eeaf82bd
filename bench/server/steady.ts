/**
 * Minutes of everything at once: tiles, lists, activities with their streams, matching and uploads, at a
 * rate that leaves the machine room. What is asked of memory is that it stays where it is.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ActivityStreams } from "../../src/schema/activity.ts";
import type { ActivityList } from "../../src/schema/activity-list.ts";
import type { Cell } from "../report.ts";
import type { BenchClub } from "./club.ts";
import { type Ask, openLoop, quantile } from "./open-loop.ts";
import { tileAsks } from "./tiles.ts";
import { sendFile, untilRead } from "./upload.ts";
import { startWhole, type WholeServer } from "./whole.ts";

export const STEADY_COLUMNS = [
  "minute",
  { name: "requests", digits: 0 },
  { name: "not 200", digits: 0 },
  { name: "p50 ms", digits: 1 },
  { name: "p99 ms", digits: 1 },
  { name: "uploads", digits: 0 },
  { name: "CPU cores", digits: 2 },
  { name: "RSS MiB, mean", digits: 0 },
  { name: "RSS MiB, most", digits: 0 },
  { name: "JS heap MiB, least", digits: 1 },
] as const;

export interface SteadyLoad {
  readonly minutes: number;
  readonly secondsPerMinute: number;
  /** Requests a second, uploads not counted. */
  readonly ratePerS: number;
  readonly uploadsPerS: number;
  readonly threads: number;
}

/** Files that the store holds when the clock starts. */
const STORED = 100;
const LOOK_MS = 1000;
const TRACE_FIXES = 100;

export async function measureSteady(club: BenchClub, load: SteadyLoad): Promise<Cell[][]> {
  const { mapFolder } = club;
  const server = await startWhole(club.dataFolder(), { mapFolder, threads: load.threads });
  const rows: Cell[][] = [];
  try {
    for (const file of club.files.slice(0, STORED)) await sendFile(server, file);
    await untilRead(server);
    const asks = await mixedAsks(server);
    await openLoop(server.url, asks, load.ratePerS, 5);
    let sent = STORED;
    for (let minute = 1; minute <= load.minutes; minute++) {
      const rss: number[] = [];
      const heap: number[] = [];
      const stop = new AbortController();
      const before = await server.usage();
      const begun = performance.now();
      const looking = (async () => {
        while (!stop.signal.aborted) {
          const { rssMiB, heapMiB } = await server.usage();
          rss.push(rssMiB);
          heap.push(heapMiB);
          await sleep(LOOK_MS, undefined, { signal: stop.signal }).catch(() => {});
        }
      })();
      let uploads = 0;
      const uploading = (async () => {
        while (!stop.signal.aborted) {
          // Those that come again are recognised by their bytes, which is work too.
          await sendFile(server, club.files[sent++ % club.files.length]!);
          uploads++;
          await sleep(1000 / load.uploadsPerS, undefined, { signal: stop.signal }).catch(() => {});
        }
      })();
      const got = await openLoop(server.url, asks, load.ratePerS, load.secondsPerMinute);
      const elapsedMs = performance.now() - begun;
      const after = await server.usage();
      stop.abort();
      await Promise.all([looking, uploading]);
      rows.push([
        String(minute),
        got.sent,
        got.sent - (got.status[200] ?? 0),
        quantile(got.latencyMs, 0.5),
        quantile(got.latencyMs, 0.99),
        uploads,
        (after.cpuMs - before.cpuMs) / elapsedMs,
        rss.reduce((sum, value) => sum + value, 0) / rss.length,
        Math.max(...rss),
        Math.min(...heap),
      ]);
    }
  } finally {
    await server.stop();
  }
  return rows;
}

/** Of ten: four tiles, two pages of the list, two activities, one's streams, one trace to match. */
async function mixedAsks(server: WholeServer): Promise<Ask[]> {
  const { token } = server;
  const tiles = await tileAsks(server);
  const { activities } = await server.get<ActivityList>("/api/activities?limit=100");
  const outdoors = activities.filter(({ matchedM }) => matchedM > 0).slice(0, 50);
  const asks: Ask[] = [];
  for (const [i, { id, sport }] of outdoors.entries()) {
    const streams = await server.get<ActivityStreams>(`/api/activities/${id}/streams`);
    const profile = sport === "ride" ? "bike" : "foot";
    for (let t = 0; t < 4; t++) asks.push(tiles[(4 * i + t) % tiles.length]!);
    asks.push(
      { path: "/api/activities?limit=100", token },
      { path: `/api/activities?limit=100&q=${sport}`, token },
      { path: `/api/activities/${id}`, token },
      { path: `/api/activities/${outdoors[(i + 7) % outdoors.length]!.id}`, token },
      { path: `/api/activities/${id}/streams`, token },
      { path: `/match/v1/${profile}/${traceOf(streams)}` },
    );
  }
  return asks;
}

/** The first fixes of an activity, as a phone would send them. */
function traceOf({ lon, lat, timeS }: ActivityStreams): string {
  const fixes: string[] = [];
  const times: number[] = [];
  for (let i = 0; i < lon.length && fixes.length < TRACE_FIXES; i++) {
    if (lon[i] === null || lat[i] === null) continue;
    if (times.length > 0 && timeS[i]! < times.at(-1)! + 1) continue;
    fixes.push(`${lon[i]!.toFixed(6)},${lat[i]!.toFixed(6)}`);
    times.push(Math.floor(timeS[i]!));
  }
  return `${fixes.join(";")}?timestamps=${times.join(";")}`;
}
