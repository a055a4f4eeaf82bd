/**
 * Tracks in the form of Kubička et al., "Dataset for testing and training of map-matching
 * algorithms", IV 2015 (zenodo.org/records/57731): per track a map of its own (`.nodes` lon lat,
 * `.arcs` from to by 0-based node), the arcs truly driven (`.route`, 0-based arcs in order) and the
 * recording (`.track` lon lat seconds). A folder with one subfolder a track, or a tar archive of it.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { WaymarkError } from "../../src/base/error.ts";
import type { TrackPoints } from "../../src/geo/match/match.ts";
import { type ArcNetwork, arcNetwork } from "./arc-network.ts";
import { readTar } from "./tar.ts";

export interface KubickaTrack extends ArcNetwork {
  readonly id: string;
  readonly points: TrackPoints;
  /** Arcs of the file in the order driven, as `sameArc` numbers. */
  readonly truth: Uint32Array;
  /** Lines that made no sense and were passed over, all four files together. */
  readonly badLines: number;
}

const ENDINGS = ["nodes", "arcs", "route", "track"] as const;
type Ending = (typeof ENDINGS)[number];
type TrackFiles = { readonly id: string } & Record<Ending, () => string>;

/** The tracks under a path, in the order of their ids, each read when it is asked for. */
export function* readKubicka(
  path: string,
  options: { readonly contract?: boolean; readonly only?: readonly string[] | undefined } = {},
): Generator<KubickaTrack> {
  if (!existsSync(path)) throw new WaymarkError("FILE_READ", `${path} is no file or folder`);
  const tracks = groupByTrack(statSync(path).isDirectory() ? filesUnder(path) : archived(path));
  if (tracks.length === 0) {
    throw new WaymarkError(
      "FILE_READ",
      `${path} holds no track: expected .nodes, .arcs, .route and .track files`,
    );
  }
  for (const files of tracks) {
    if (options.only && !options.only.some((id) => files.id.endsWith(id))) continue;
    yield readTrack(files, options.contract);
  }
}

/** Rows at least `seconds` apart, the first and the last always kept. */
export function thin(points: TrackPoints, seconds: number): TrackPoints {
  const { timeMs, lon } = points;
  if (seconds <= 0 || timeMs === undefined) return points;
  const last = lon.length - 1;
  const rows: number[] = [];
  for (let i = 0; i <= last; i++) {
    const before = rows.at(-1);
    if (before === undefined || timeMs[i]! - timeMs[before]! >= seconds * 1000) rows.push(i);
  }
  if (rows.at(-1) !== last && last >= 0) rows.push(last);
  const gather = (column: Float64Array): Float64Array => Float64Array.from(rows, (i) => column[i]!);
  return { lon: gather(lon), lat: gather(points.lat), timeMs: gather(timeMs) };
}

function readTrack(files: TrackFiles, contract = true): KubickaTrack {
  const nodes = numbers(files.nodes(), 2);
  const arcs = numbers(files.arcs(), 2);
  const route = numbers(files.route(), 1);
  const track = numbers(files.track(), 3, 2);
  const isNode = (v: number): boolean => Number.isInteger(v) && v >= 0 && v < nodes.rows.length;
  const wrong = arcs.rows.findIndex(([from, to]) => !isNode(from!) || !isNode(to!));
  if (wrong >= 0) throw new Error(`${files.id}: arc ${wrong} has an end that is no node`);

  const network = arcNetwork(
    Float64Array.from(nodes.rows, (row) => row[0]!),
    Float64Array.from(nodes.rows, (row) => row[1]!),
    Uint32Array.from(arcs.rows, (row) => row[0]!),
    Uint32Array.from(arcs.rows, (row) => row[1]!),
    contract,
  );
  const driven = route.rows.flat().filter((arc) => network.sameArc[arc] !== undefined);
  // Cleaned streams have ascending times; a row that repeats or turns back in time is left out.
  let latest = Number.NEGATIVE_INFINITY;
  const rows = track.rows.filter(([, , t]) => {
    if (t === undefined) return true;
    if (t <= latest) return false;
    latest = t;
    return true;
  });
  return {
    ...network,
    id: files.id,
    points: {
      lon: Float64Array.from(rows, (row) => row[0]!),
      lat: Float64Array.from(rows, (row) => row[1]!),
      timeMs: rows.every((row) => row[2] !== undefined)
        ? Float64Array.from(rows, (row) => Math.round(row[2]! * 1000))
        : undefined,
    },
    truth: Uint32Array.from(driven, (arc) => network.sameArc[arc]!),
    badLines:
      nodes.bad +
      arcs.bad +
      route.bad +
      track.bad +
      (route.rows.flat().length - driven.length) +
      (track.rows.length - rows.length),
  };
}

/** Rows of numbers; blank lines are nothing, lines that do not begin with `least` numbers are bad. */
function numbers(
  text: string,
  columns: number,
  least = columns,
): { readonly rows: readonly (readonly number[])[]; readonly bad: number } {
  const rows: number[][] = [];
  let bad = 0;
  for (const line of text.split(/\r?\n|\r/)) {
    const words = line.trim();
    if (words === "") continue;
    const row = words.split(/[\s,;]+/, columns).map(Number);
    if (row.length < least || row.slice(0, least).some((n) => !Number.isFinite(n))) bad++;
    else rows.push(row.filter(Number.isFinite));
  }
  return { rows, bad };
}

interface NamedFile {
  readonly path: string;
  readonly text: () => string;
}

function filesUnder(folder: string): NamedFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .flatMap((entry) => {
      const full = join(entry.parentPath, entry.name);
      if (/\.(tar|tgz|tar\.gz)$/.test(entry.name)) return archived(full);
      return [{ path: relative(folder, full), text: () => readFileSync(full, "utf8") }];
    });
}

function archived(path: string): NamedFile[] {
  return Array.from(readTar(readFileSync(path)), ({ path, bytes }) => ({
    path,
    text: () => new TextDecoder().decode(bytes),
  }));
}

/**
 * Four files make a track. In a folder with one `.nodes` file they belong together whatever their
 * names; where several tracks share a folder, the name before the ending tells them apart.
 */
function groupByTrack(files: readonly NamedFile[]): TrackFiles[] {
  const endingOf = (path: string): string => path.slice(path.lastIndexOf(".") + 1);
  const stemOf = (path: string): string => basename(path).slice(0, -endingOf(path).length - 1);
  const usable = files.filter(
    ({ path }) =>
      (ENDINGS as readonly string[]).includes(endingOf(path)) && !basename(path).startsWith("._"),
  );
  const tracks: TrackFiles[] = [];
  for (const [folder, inFolder] of Map.groupBy(usable, ({ path }) => dirname(path))) {
    const stems = new Set(
      inFolder.filter(({ path }) => endingOf(path) === "nodes").map(({ path }) => stemOf(path)),
    );
    for (const stem of stems) {
      const find = (ending: Ending): NamedFile | undefined =>
        inFolder.find(
          ({ path }) => endingOf(path) === ending && (stems.size === 1 || stemOf(path) === stem),
        );
      const [nodes, arcs, route, track] = ENDINGS.map(find);
      if (!nodes || !arcs || !route || !track) {
        console.error(
          `${folder}/${stem}: not all of .nodes, .arcs, .route and .track; passed over`,
        );
        continue;
      }
      const id = stems.size === 1 && folder !== "." ? basename(folder) : stem;
      tracks.push({ id, nodes: nodes.text, arcs: arcs.text, route: route.text, track: track.text });
    }
  }
  return tracks.sort((a, b) => (a.id < b.id ? -1 : 1));
}
