/**
 * The open edges nearest to a place: a walk over rings of the candidate grid's cells around it, from
 * the inside out, until nothing nearer can follow. Needs no radius, so a place far outside the map
 * finds the map's edge. O(records in the rings); one ring is the rule.
 */
import { METRES_PER_UNIT, UNITS_PER_DEGREE } from "../lonlat.ts";
import type { ProfileArcs } from "../network/profile.ts";
import { type CandidateIndex, cosine, RECORD, relativeLon } from "./candidate.ts";

export interface NearestPlace {
  readonly edge: number;
  /** Metres from the place that was asked for, on the flat around it. */
  readonly distanceM: number;
  /** Metres from the edge's source. */
  readonly offsetM: number;
  /** Degrees. */
  readonly lon: number;
  readonly lat: number;
}

export interface NearestOptions {
  /** Edges at most; default 1. */
  readonly limit?: number;
  /** Metres; default no limit. */
  readonly radiusM?: number;
  /** Degrees clockwise from north, and how far to either side the direction of travel may be. */
  readonly bearing?: readonly [value: number, range: number] | undefined;
}

/**
 * @param lon degrees
 * @param lat degrees
 * @returns the nearest place of each edge that the profile may travel, nearest first
 */
export function nearestPlaces(
  index: CandidateIndex,
  arcs: ProfileArcs,
  lon: number,
  lat: number,
  options: NearestOptions = {},
): NearestPlace[] {
  const { limit = 1, radiusM = Number.POSITIVE_INFINITY, bearing } = options;
  const { record, firstRecord, columns, rows, minX, minY, cellX, cellY } = index;
  const x = relativeLon(lon * UNITS_PER_DEGREE, index.originLon);
  const y = lat * UNITS_PER_DEGREE - index.originLat;
  const metresPerX = METRES_PER_UNIT * cosine(lat * UNITS_PER_DEGREE);
  const cellM = Math.min(cellX * metresPerX, cellY * METRES_PER_UNIT);
  const column = Math.floor((x - minX) / cellX);
  const row = Math.floor((y - minY) / cellY);
  const places = new Map<number, NearestPlace>();
  /** Squared metres within which a place is still of use. */
  let within = radiusM * radiusM;

  const visit = (cell: number): void => {
    const end = firstRecord[cell + 1]! * RECORD;
    for (let q = firstRecord[cell]! * RECORD; q < end; q += RECORD) {
      const x0 = record[q]!;
      const y0 = record[q + 1]!;
      const dx = (record[q + 2]! - x0) * metresPerX;
      const dy = (record[q + 3]! - y0) * METRES_PER_UNIT;
      const ax = (x0 - x) * metresPerX;
      const ay = (y0 - y) * METRES_PER_UNIT;
      const squaredLength = dx * dx + dy * dy;
      const dot = -(ax * dx + ay * dy);
      const t = dot <= 0 ? 0 : dot >= squaredLength ? 1 : dot / squaredLength;
      const ex = ax + t * dx;
      const ey = ay + t * dy;
      const squared = ex * ex + ey * ey;
      if (squared > within) continue;
      const edge = record[q + 4]!;
      if (!mayTravel(arcs, edge, dx, dy, bearing)) continue;
      const distanceM = Math.sqrt(squared);
      const known = places.get(edge);
      if (known !== undefined && known.distanceM <= distanceM) continue;
      places.set(edge, {
        edge,
        distanceM,
        offsetM: record[q + 5]! * 0.001 + t * Math.sqrt(squaredLength),
        lon: lon + ex / metresPerX / UNITS_PER_DEGREE,
        lat: lat + ey / METRES_PER_UNIT / UNITS_PER_DEGREE,
      });
      // With one edge wanted, nothing farther than the best is of use.
      if (limit === 1) within = squared;
    }
  };

  const outside = Math.max(0, -column, column - columns + 1, -row, row - rows + 1);
  const last = Math.max(column, columns - 1 - column, row, rows - 1 - row);
  for (let ring = outside; ring <= last; ring++) {
    // Cells of a ring are at least so far away.
    const awayM = Math.max(0, (ring - 1) * cellM);
    if (awayM * awayM > within) break;
    if (limit > 1 && places.size >= limit && kthDistance(places, limit) <= awayM) break;
    visitRing(column, row, ring, columns, rows, visit);
  }
  return [...places.values()]
    .sort((a, b) => a.distanceM - b.distanceM || a.edge - b.edge)
    .slice(0, limit);
}

function mayTravel(
  { isOpen }: ProfileArcs,
  edge: number,
  dx: number,
  dy: number,
  bearing: readonly [number, number] | undefined,
): boolean {
  const isForward = isOpen[2 * edge] === 1;
  const isBackward = isOpen[2 * edge + 1] === 1;
  if (bearing === undefined) return isForward || isBackward;
  const [value, range] = bearing;
  const heading = (Math.atan2(dx, dy) * 180) / Math.PI;
  return (
    (isForward && turnBetween(heading, value) <= range) ||
    (isBackward && turnBetween(heading + 180, value) <= range)
  );
}

/** Degrees between two directions, 0–180. */
function turnBetween(a: number, b: number): number {
  const turn = Math.abs((((a - b) % 360) + 360) % 360);
  return Math.min(turn, 360 - turn);
}

function kthDistance(places: ReadonlyMap<number, NearestPlace>, k: number): number {
  const distances = Float64Array.from(places.values(), (place) => place.distanceM).sort();
  return distances[k - 1]!;
}

/** Calls back for the cells of the grid that lie `ring` cells from one, which may be outside it. */
function visitRing(
  column: number,
  row: number,
  ring: number,
  columns: number,
  rows: number,
  visit: (cell: number) => void,
): void {
  const left = Math.max(0, column - ring);
  const right = Math.min(columns - 1, column + ring);
  for (const r of ring === 0 ? [row] : [row - ring, row + ring]) {
    if (r < 0 || r >= rows) continue;
    for (let c = left; c <= right; c++) visit(r * columns + c);
  }
  if (ring === 0) return;
  const bottom = Math.max(0, row - ring + 1);
  const top = Math.min(rows - 1, row + ring - 1);
  for (const c of [column - ring, column + ring]) {
    if (c < 0 || c >= columns) continue;
    for (let r = bottom; r <= top; r++) visit(r * columns + c);
  }
}
