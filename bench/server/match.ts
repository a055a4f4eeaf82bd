/**
 * /match and /nearest under load on loopback: runs of 100 fixes on a real map, a fix a second, asked
 * as a phone would ask. One question at a time first, which tells the work; then at a rate.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSnapshot } from "../../src/geo/network/snapshot.ts";
import { drawWays, MOVERS, NOISES, recordWay } from "../dataset/simulated.ts";
import { profiledMap } from "../match/map.ts";
import { type Cell, report } from "../report.ts";
import { startServer } from "./child.ts";
import { type Ask, openLoop, quantile } from "./open-loop.ts";

export interface MatchLoad {
  readonly extract: string;
  readonly mapName: string;
  readonly ratePerS: number;
  readonly seconds: number;
  readonly threads: number;
}

const FIXES = 100;
const WAYS = 40;
const MOVER = MOVERS[0]!;

export async function runMatchLoad(load: MatchLoad): Promise<void> {
  const { network, arcs } = await profiledMap(load.extract, MOVER.profile);
  const mapFolder = mkdtempSync(join(tmpdir(), "waymark-bench-"));
  writeFileSync(join(mapFolder, "network.wmk"), encodeSnapshot(network));
  const traces: string[] = [];
  const stamps: string[] = [];
  for (const [w, way] of (await drawWays(MOVER, WAYS, network, arcs, undefined)).entries()) {
    const { lon, lat } = recordWay(way, MOVER, NOISES.correlated, w);
    for (let first = 0; first + FIXES <= Math.min(lon.length, 5 * FIXES); first += FIXES) {
      const fixes = Array.from({ length: FIXES }, (_, i) => first + i);
      traces.push(fixes.map((i) => `${lon[i]!.toFixed(6)},${lat[i]!.toFixed(6)}`).join(";"));
      stamps.push(fixes.map((i) => 1_700_000_000 + i).join(";"));
    }
  }
  const match = (options: string): Ask[] =>
    traces.map((trace, i) => ({
      path: `/match/v1/foot/${trace}?timestamps=${stamps[i]}${options}`,
    }));
  const nearest: Ask[] = traces.map((trace) => ({
    path: `/nearest/v1/foot/${trace.split(";")[50]}?number=3`,
  }));
  const plain = match("");
  const full = match(
    "&steps=true&annotations=true&overview=full&geometries=geojson&waypoints=0;99",
  );
  const mixed = plain.flatMap((ask, i) => [ask, nearest[i]!]);

  const server = await startServer(mapFolder, load.threads);
  const rows: Cell[][] = [];
  try {
    const measure = async (name: string, asks: readonly Ask[], rate: number, seconds: number) => {
      // The thread, its caches and the compiler are warm when the clock starts.
      await openLoop(server.url, asks, Math.min(rate, 100), 2);
      const before = await server.usage();
      const got = await openLoop(server.url, asks, rate, seconds);
      const after = await server.usage();
      const answered = got.status[200] ?? 0;
      rows.push([
        name,
        rate,
        got.sent,
        got.sent - answered,
        quantile(got.latencyMs, 0.5),
        quantile(got.latencyMs, 0.9),
        quantile(got.latencyMs, 0.99),
        quantile(got.latencyMs, 1),
        (after.cpuMs - before.cpuMs) / got.sent,
        got.bytes / got.sent / 1024,
        after.rssMiB,
        got.lateMs,
      ]);
    };
    await measure("match", plain, 20, load.seconds / 2);
    await measure("match", plain, load.ratePerS, load.seconds);
    await measure("match, all options", full, load.ratePerS, load.seconds);
    await measure("nearest, 3", nearest, load.ratePerS, load.seconds);
    await measure("match and nearest in turn", mixed, load.ratePerS, load.seconds);
  } finally {
    await server.stop();
    rmSync(mapFolder, { recursive: true });
  }
  report({
    suite: "server",
    title: `OSRM's API: ${load.mapName}, runs of ${FIXES} fixes`,
    columns: [
      "request",
      { name: "due / s", digits: 0 },
      { name: "sent", digits: 0 },
      { name: "not 200", digits: 0 },
      { name: "p50 ms", digits: 1 },
      { name: "p90 ms", digits: 1 },
      { name: "p99 ms", digits: 1 },
      { name: "max ms", digits: 1 },
      { name: "CPU ms", digits: 2 },
      { name: "KiB", digits: 1 },
      { name: "RSS MiB", digits: 0 },
      { name: "client late ms", digits: 1 },
    ],
    rows,
    notes: [
      `${traces.length} traces of ${MOVER.speedMps} m/s, a fix a second, noise ${NOISES.correlated.name}; ` +
        `${load.threads} matching thread, client and server in two processes of one machine.`,
      "Open loop: requests start when due and are timed from then to the last byte; the client's own " +
        "lateness, in the last column, is part of it. CPU is of the whole server process by request.",
      "all options: steps, annotations, overview=full, geojson, one leg.",
    ],
  });
}
