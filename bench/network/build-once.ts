/**
 * One extract from file to loaded network in a process of its own, so that its peak memory is its
 * own: `node bench/network/build-once.ts FILE FOLDER [DEM…]` prints one JSON object.
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mosaic, readElevation } from "../../src/geo/elevation/index.ts";
import { buildNetwork } from "../../src/geo/network/build.ts";
import { encodeSnapshot } from "../../src/geo/network/snapshot.ts";
import { loadNetwork } from "../../src/jobs/load-map.ts";
import { readOsmFile } from "../../src/jobs/read-osm.ts";

export interface BuildOnce {
  readonly readMs: number;
  readonly buildMs: number;
  readonly cpuMs: number;
  readonly loadMs: number;
  readonly osmNodes: number;
  readonly osmWays: number;
  readonly nodes: number;
  readonly edges: number;
  readonly turns: number;
  readonly routes: number;
  readonly peakBytes: number;
  readonly fileBytes: number;
  readonly snapshotBytes: number;
  /** Of the network: equal in every round, or the build is not deterministic. */
  readonly version: string;
}

const [file, folder, ...demFiles] = process.argv.slice(2);
if (file === undefined || folder === undefined) throw new Error("FILE and FOLDER are missing");
const grids = demFiles.map((dem) => readElevation(readFileSync(dem), dem));

const start = performance.now();
const osm = await readOsmFile(file);
const read = performance.now();
const { network } = buildNetwork(osm, grids.length > 0 ? { elevation: mosaic(grids) } : {});
const built = performance.now();
const { userCPUTime, systemCPUTime } = process.resourceUsage();
const snapshot = encodeSnapshot(network);
const path = join(folder, "network.wmk");
writeFileSync(path, snapshot);
const { maxRSS } = process.resourceUsage();

const loads = [];
for (let i = 0; i < 5; i++) {
  const begin = performance.now();
  const loaded = await loadNetwork(path);
  loads.push(performance.now() - begin);
  if (loaded.version !== network.version) throw new Error("the loaded network is another one");
}
const once: BuildOnce = {
  readMs: read - start,
  buildMs: built - read,
  cpuMs: (userCPUTime + systemCPUTime) / 1000,
  loadMs: Math.min(...loads),
  osmNodes: osm.node.id.length,
  osmWays: osm.way.id.length,
  nodes: network.nodeCount,
  edges: network.edgeCount,
  turns: network.turnFrom.length,
  routes: network.routeId.length,
  peakBytes: maxRSS * 1024,
  fileBytes: statSync(file).size,
  snapshotBytes: snapshot.length,
  version: network.version,
};
console.log(JSON.stringify(once));
