/**
 * From an extract to a map folder: `network.wmk` to match on, `basemap.pmtiles` to look at, and
 * `map.json` that says what they are. All three are written beside their places and moved there at the
 * end, `map.json` last: an interrupted build leaves the old map, or none, and never half of one.
 */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { cutBasemap, OSM_ATTRIBUTION } from "../geo/basemap/index.ts";
import { mosaic, readElevation } from "../geo/elevation/index.ts";
import { UNITS_PER_DEGREE } from "../geo/lonlat.ts";
import { buildNetwork } from "../geo/network/build.ts";
import type { Network } from "../geo/network/network.ts";
import { encodeSnapshot } from "../geo/network/snapshot.ts";
import type { Repair } from "../geo/track/recording.ts";
import type { MapInfo } from "../schema/map.ts";
import { unreadable } from "./find-files.ts";
import { NETWORK_FILE } from "./load-map.ts";
import { readOsmFile } from "./read-osm.ts";

export const BASEMAP_FILE = "basemap.pmtiles";
export const MAP_FILE = "map.json";
/** What the licence of OpenStreetMap's data (ODbL 1.0) asks to be shown. */
const OSM_LICENCE = `${OSM_ATTRIBUTION}, ODbL`;

/** The stages of a build, in order. */
export const MAP_STAGES = ["read", "elevation", "network", "basemap", "write"] as const;
export type MapStage = (typeof MAP_STAGES)[number];

export interface BuildMapOptions {
  /** .osm.pbf, .osm, .osm.gz or .osm.bz2. */
  readonly osmFile: string;
  readonly outFolder: string;
  /** .hgt, .hgt.gz, .hgt.zip or .tif; where several cover a place the first one answers. */
  readonly demFiles?: readonly string[];
  /** Shown to people; default the file's name without its ending. */
  readonly name?: string;
  /** Whose data it is, shown on every map; default OpenStreetMap's, as its licence asks. */
  readonly attribution?: string;
  /** Epoch milliseconds that `map.json` gives as the time of the build; default the clock. */
  readonly now?: number;
  readonly threads?: number;
  readonly onProgress?: (stage: MapStage, done: number, total: number) => void;
}

/** What `map.json` holds. */
export interface BuiltMap extends MapInfo {
  readonly name: string;
  readonly networkVersion: string;
  readonly counts: {
    readonly osmNodes: number;
    readonly osmWays: number;
    readonly osmRelations: number;
    readonly nodes: number;
    readonly edges: number;
    readonly routes: number;
    readonly forbiddenTurns: number;
    readonly lengthKm: number;
  };
  readonly bytes: { readonly network: number; readonly basemap: number };
  /** When the data was current, epoch milliseconds, 0 unknown. */
  readonly dataMs: number;
  readonly builtMs: number;
  readonly repairs: readonly Repair[];
}

/** @throws WaymarkError FILE_READ, OSM_FORMAT, OSM_EMPTY, ELEVATION_FORMAT */
export async function buildMap(options: BuildMapOptions): Promise<BuiltMap> {
  const { osmFile, outFolder, onProgress } = options;
  const osm = await readOsmFile(osmFile, {
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    onProgress: (done, total) => onProgress?.("read", done, total),
  });

  const demFiles = options.demFiles ?? [];
  const grids = [];
  for (const [i, file] of demFiles.entries()) {
    onProgress?.("elevation", i, demFiles.length);
    grids.push(readElevation(await readBytes(file), file));
  }
  onProgress?.("network", 0, 1);
  const { network, repairs } = buildNetwork(
    osm,
    grids.length > 0 ? { elevation: mosaic(grids) } : {},
  );
  onProgress?.("network", 1, 1);
  const notDrawn: Repair[] = [];
  const basemap = cutBasemap(osm, {
    attribution: options.attribution ?? OSM_ATTRIBUTION,
    onProgress: (done, total) => onProgress?.("basemap", done, total),
    onRepair: (repair) => notDrawn.push(repair),
  });
  const snapshot = encodeSnapshot(network);

  const map: BuiltMap = {
    name: options.name ?? basename(osmFile).replace(/\.(osm\.pbf|osm\.gz|osm\.bz2|osm|pbf)$/i, ""),
    bbox: boundsOf(network),
    attribution: options.attribution ?? OSM_LICENCE,
    networkVersion: network.version,
    counts: {
      osmNodes: osm.node.id.length,
      osmWays: osm.way.id.length,
      osmRelations: osm.relation.id.length,
      nodes: network.nodeCount,
      edges: network.edgeCount,
      routes: network.routeId.length,
      forbiddenTurns: network.turnFrom.length,
      lengthKm: Math.round(network.lengthM.reduce((sum, m) => sum + m, 0) / 1000),
    },
    bytes: { network: snapshot.length, basemap: basemap.length },
    dataMs: osm.timestampMs,
    builtMs: options.now ?? Date.now(),
    repairs: [...repairs, ...notDrawn],
  };
  onProgress?.("write", 0, 1);
  await writeTogether(outFolder, [
    [NETWORK_FILE, snapshot],
    [BASEMAP_FILE, basemap],
    [MAP_FILE, `${JSON.stringify(map, null, 1)}\n`],
  ]);
  onProgress?.("write", 1, 1);
  return map;
}

/** Writes every file beside its place, then moves them one after the other. */
async function writeTogether(
  folder: string,
  files: readonly (readonly [string, Uint8Array | string])[],
): Promise<void> {
  const part = (name: string): string => join(folder, `${name}.part`);
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, content] of files) await writeFile(part(name), content, { flush: true });
    // From here the old description must not stand beside the new network.
    await rm(join(folder, MAP_FILE), { force: true });
    for (const [name] of files) await rename(part(name), join(folder, name));
  } finally {
    for (const [name] of files) await rm(part(name), { force: true });
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** What one can match on; the extract's own bounds reach as far as its longest clipped relation. */
function boundsOf(network: Network): [number, number, number, number] {
  const u = UNITS_PER_DEGREE;
  const { nodeLon, nodeLat } = network;
  const min = (column: Int32Array): number => column.reduce((a, b) => Math.min(a, b)) / u;
  const max = (column: Int32Array): number => column.reduce((a, b) => Math.max(a, b)) / u;
  return [min(nodeLon), min(nodeLat), max(nodeLon), max(nodeLat)];
}
