/**
 * Valhalla in this process: tiles built from an extract into bench/.cache, routes to walk along and
 * `trace_attributes` to be measured beside. Requests and answers are strings, so that no JSON of
 * JavaScript's is on Valhalla's bill. Installed by `npm install --prefix bench/peer`.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE } from "../cache.ts";
import { joined, type Line } from "../score/line.ts";

export type Costing = "pedestrian" | "bicycle" | "auto";

export interface TraceSetting {
  readonly name: string;
  /** `trace_options` of the request; empty leaves Valhalla's defaults. */
  readonly traceOptions: Readonly<Record<string, number>>;
}

/**
 * What a request gets that sets nothing, the fastest accurate setting, and the most accurate one where
 * the noise exceeds the small radius; found on tracks of other seeds among turn_penalty_factor
 * 50–1000, search_radius 15–50, gps_accuracy, sigma_z, interpolation_distance and timestamps.
 */
export const TRACE_SETTINGS: readonly TraceSetting[] = [
  { name: "Valhalla, defaults", traceOptions: {} },
  { name: "Valhalla, turn 200", traceOptions: { turn_penalty_factor: 200 } },
  {
    name: "Valhalla, turn 200 radius 25",
    traceOptions: { turn_penalty_factor: 200, search_radius: 25 },
  },
];

/** The setting that throughput is held against. */
export const TUNED = TRACE_SETTINGS[2]!;

interface Actor {
  route(request: string): Promise<string>;
  traceAttributes(request: string): Promise<string>;
}

export interface Valhalla {
  readonly version: string;
  /** Of the extract's bytes: names what is kept for this map. */
  readonly mapDigest: string;
  /** The way from the first point through the others to the last; undefined where there is none. */
  route(points: Line, costing: Costing): Promise<Line | undefined>;
  /** The answer as it comes: parse it with `lineOfTrace` outside the clock. */
  trace(request: string): Promise<string>;
}

const PACKAGE = join(import.meta.dirname, "node_modules", "@valhallajs", "valhallajs");

export function isValhallaInstalled(): boolean {
  return existsSync(join(PACKAGE, "package.json"));
}

/** Opens the tiles of an extract, building them when this extract is seen for the first time. */
export async function openValhalla(extract: string): Promise<Valhalla> {
  const valhalla = (await import(`${PACKAGE}/index.mjs`)) as {
    readonly VALHALLA_VERSION: string;
    readonly Actor: new (config: string) => Actor;
    getConfig(options: { tileDir: string; tileExtract: string }): Promise<Config>;
  };
  const digest = createHash("sha256").update(readFileSync(extract)).digest("hex").slice(0, 12);
  const folder = join(CACHE, `valhalla-${valhalla.VALHALLA_VERSION}-${digest}`);
  const configFile = join(folder, "valhalla.json");
  if (!existsSync(configFile)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const config = await valhalla.getConfig({
      tileDir: join(folder, "tiles"),
      tileExtract: join(folder, "none.tar"),
    });
    // The limits of a public server would refuse whole recordings.
    config.service_limits.trace.max_shape = 1_000_000;
    config.service_limits.trace.max_distance = 5_000_000;
    config.mjolnir.concurrency = 2;
    const unfinished = `${configFile}.unfinished`;
    writeFileSync(unfinished, JSON.stringify(config));
    buildTiles(unfinished, extract);
    renameSync(unfinished, configFile);
  }
  const actor = new valhalla.Actor(readFileSync(configFile, "utf8"));
  return {
    version: valhalla.VALHALLA_VERSION,
    mapDigest: digest,
    trace: (request) => actor.traceAttributes(request),
    async route(points, costing) {
      const locations = [];
      for (let i = 0; i < points.length; i += 2) {
        const type = i === 0 || i === points.length - 2 ? "break" : "through";
        locations.push({ lon: points[i], lat: points[i + 1], type });
      }
      const request = { locations, costing, directions_type: "none" };
      try {
        const { trip } = JSON.parse(await actor.route(JSON.stringify(request))) as {
          trip: { legs: readonly { shape: string }[] };
        };
        return joined(trip.legs.map(({ shape }) => decodePolyline6(shape)));
      } catch {
        // Valhalla throws where no route exists; the caller draws other points.
        return undefined;
      }
    },
  };
}

/** A `trace_attributes` request that asks for edges, where on them the match begins and ends, and the line. */
export function traceRequest(
  lon: Float64Array,
  lat: Float64Array,
  costing: Costing,
  setting: TraceSetting,
): string {
  return JSON.stringify({
    shape: Array.from(lon, (x, i) => ({ lon: round6(x), lat: round6(lat[i]!) })),
    costing,
    shape_match: "map_snap",
    trace_options: setting.traceOptions,
    filters: {
      action: "include",
      attributes: ["edge.id", "edge.source_percent_along", "edge.target_percent_along", "shape"],
    },
  });
}

/** The matched line of a `trace_attributes` answer. */
export function lineOfTrace(answer: string): Line {
  return decodePolyline6((JSON.parse(answer) as { shape: string }).shape);
}

interface Config {
  readonly service_limits: { readonly trace: { max_shape: number; max_distance: number } };
  readonly mjolnir: { concurrency: number };
}

function buildTiles(config: string, extract: string): void {
  const folder = join(PACKAGE, process.platform, process.arch);
  const libraries = join(folder, "lib");
  execFileSync(join(folder, "valhalla_build_tiles"), ["-c", config, extract], {
    env: { ...process.env, LD_LIBRARY_PATH: libraries, DYLD_LIBRARY_PATH: libraries },
    stdio: ["ignore", "ignore", "pipe"],
  });
}

/** Signed deltas in 1e-6 degree, lat before lon, as five-bit groups (Google's polyline, six digits). */
function decodePolyline6(text: string): Line {
  const line: number[] = [];
  let [lon, lat, at] = [0, 0, 0];
  const next = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 5) {
      const group = text.charCodeAt(at++) - 63;
      value |= (group & 31) << shift;
      if (group < 32) return value & 1 ? ~(value >> 1) : value >> 1;
    }
  };
  while (at < text.length) {
    lat += next();
    lon += next();
    line.push(lon / 1e6, lat / 1e6);
  }
  return Float64Array.from(line);
}

function round6(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}
