/**
 * Which edges lie near a fix: a uniform grid over the segments of all edges, shared by threads and
 * profiles. A look-up reads the cells around the fix, three runs of packed records, and keeps the
 * nearest point of each edge. Measured against a grid whose cells repeat their neighbours' segments,
 * this one is a quarter of the size and faster. O(segments) to build, O(segments near) to ask.
 */
import { METRES_PER_UNIT, UNITS_PER_DEGREE } from "../lonlat.ts";
import type { Network } from "../network/network.ts";

/** Ints per record: lon and lat of both ends, the edge, millimetres from its source. */
export const RECORD = 6;
/** Metres from an arc's end over which its heading is taken: beyond the kinks of mapped kerbs. */
const HEADING_M = 12;
/** Degrees of longitude whole around, in stored units. */
const FULL_TURN = 360 * UNITS_PER_DEGREE;
const HALF_TURN = FULL_TURN / 2;
/** Metres; equals the usual radius, so that three cells by three always cover it. */
const CELL_M = 30;
/** Cells are made larger until there are at most so many per segment: memory stays bounded. */
const CELLS_PER_SEGMENT = 8;

/**
 * Coordinates in it are relative to an origin in the middle of the network, in stored units, so that
 * a network on both sides of the antimeridian is in one piece.
 */
export interface CandidateIndex {
  readonly networkVersion: string;
  readonly originLon: number;
  readonly originLat: number;
  /** Lower left corner, relative. */
  readonly minX: number;
  readonly minY: number;
  /** Upper right corner, relative. */
  readonly maxX: number;
  readonly maxY: number;
  /** Stored units per cell; at least `cellM` metres wide everywhere in the network. */
  readonly cellX: number;
  readonly cellY: number;
  readonly cellM: number;
  readonly columns: number;
  readonly rows: number;
  /** CSR (columns · rows + 1) into the records, row by row. */
  readonly firstRecord: Int32Array;
  readonly record: Int32Array;
  /** Per arc, 256 to the full turn clockwise from north: leaving its first node, reaching its last. */
  readonly headingStart: Uint8Array;
  readonly headingEnd: Uint8Array;
}

export interface CandidateIndexOptions {
  readonly cellM?: number;
  /** Where the arrays live: pass `(n) => new SharedArrayBuffer(n)` to share them between threads. */
  readonly allocate?: (byteLength: number) => ArrayBuffer | SharedArrayBuffer;
}

export function buildCandidateIndex(
  network: Network,
  options: CandidateIndexOptions = {},
): CandidateIndex {
  const allocate = options.allocate ?? ((byteLength) => new ArrayBuffer(byteLength));
  const { edgeCount, firstShape, shapeLon, shapeLat } = network;
  const originLon = middleLon(shapeLon);
  let minX = 0;
  let maxX = 0;
  let minLat = 0;
  let maxLat = 0;
  for (let i = 0; i < shapeLon.length; i++) {
    const x = relativeLon(shapeLon[i]!, originLon);
    const y = shapeLat[i]!;
    if (i === 0 || x < minX) minX = x;
    if (i === 0 || x > maxX) maxX = x;
    if (i === 0 || y < minLat) minLat = y;
    if (i === 0 || y > maxLat) maxLat = y;
  }
  const originLat = Math.round((minLat + maxLat) / 2);
  const minY = minLat - originLat;
  const maxY = maxLat - originLat;

  const segmentCount = Math.max(0, shapeLon.length - edgeCount);
  const widest = Math.max(Math.abs(minLat), Math.abs(maxLat));
  let cellM = options.cellM ?? CELL_M;
  let cellX = 0;
  let cellY = 0;
  let columns = 0;
  let rows = 0;
  for (; ; cellM *= 1.5) {
    cellY = cellM / METRES_PER_UNIT;
    cellX = cellM / (METRES_PER_UNIT * cosine(widest));
    columns = Math.floor((maxX - minX) / cellX) + 1;
    rows = Math.floor((maxY - minY) / cellY) + 1;
    if (columns * rows <= Math.max(65_536, CELLS_PER_SEGMENT * segmentCount)) break;
  }

  // Two passes over the same walk: count, then fill.
  const cells = columns * rows;
  const firstRecord = new Int32Array(allocate(4 * (cells + 1)));
  const walk = (visit: (cell: number, shape: number) => void): void => {
    for (let e = 0; e < edgeCount; e++) {
      for (let p = firstShape[e]!; p + 1 < firstShape[e + 1]!; p++) {
        visitCells(
          (relativeLon(shapeLon[p]!, originLon) - minX) / cellX,
          (shapeLat[p]! - originLat - minY) / cellY,
          (relativeLon(shapeLon[p + 1]!, originLon) - minX) / cellX,
          (shapeLat[p + 1]! - originLat - minY) / cellY,
          columns,
          (cell) => visit(cell, p),
        );
      }
    }
  };
  walk((cell) => {
    firstRecord[cell + 1]!++;
  });
  for (let c = 0; c < cells; c++) firstRecord[c + 1]! += firstRecord[c]!;
  const at = firstRecord.slice(0, cells);
  const record = new Int32Array(allocate(4 * RECORD * firstRecord[cells]!));
  const { edgeOf, offsetMm } = segmentOffsets(network);
  walk((cell, p) => {
    const r = at[cell]!++ * RECORD;
    const x = relativeLon(shapeLon[p]!, originLon);
    record[r] = x;
    record[r + 1] = shapeLat[p]! - originLat;
    record[r + 2] = x + wrap(shapeLon[p + 1]! - shapeLon[p]!);
    record[r + 3] = shapeLat[p + 1]! - originLat;
    record[r + 4] = edgeOf[p]!;
    record[r + 5] = offsetMm[p]!;
  });

  const headingStart = new Uint8Array(allocate(2 * edgeCount));
  const headingEnd = new Uint8Array(allocate(2 * edgeCount));
  for (let e = 0; e < edgeCount; e++) {
    const first = firstShape[e]!;
    const last = firstShape[e + 1]! - 1;
    const start = headingFrom(network, first, last, 1);
    const end = headingFrom(network, last, first, -1);
    headingStart[2 * e] = start;
    headingEnd[2 * e] = end + 128;
    headingStart[2 * e + 1] = end;
    headingEnd[2 * e + 1] = start + 128;
  }
  return {
    networkVersion: network.version,
    originLon,
    originLat,
    minX,
    minY,
    maxX,
    maxY,
    cellX,
    cellY,
    cellM,
    columns,
    rows,
    firstRecord,
    record,
    headingStart,
    headingEnd,
  };
}

/** The same index with its arrays in shared memory, to hand to worker threads. */
export function shareIndex(index: CandidateIndex): CandidateIndex {
  const share = <A extends Int32Array | Uint8Array>(
    array: A,
    make: (b: SharedArrayBuffer) => A,
  ): A => {
    if (array.buffer instanceof SharedArrayBuffer) return array;
    const copy = make(new SharedArrayBuffer(array.byteLength));
    copy.set(array);
    return copy;
  };
  return {
    ...index,
    firstRecord: share(index.firstRecord, (b) => new Int32Array(b)),
    record: share(index.record, (b) => new Int32Array(b)),
    headingStart: share(index.headingStart, (b) => new Uint8Array(b)),
    headingEnd: share(index.headingEnd, (b) => new Uint8Array(b)),
  };
}

/** The nearest points of the edges around one fix: scratch memory, overwritten by every look-up. */
export interface Nearby {
  count: number;
  readonly edge: Int32Array;
  readonly squaredM: Float64Array;
  /** Metres from the edge's source. */
  readonly offsetM: Float64Array;
  /** Metres east and north from the fix. */
  readonly eastM: Float64Array;
  readonly northM: Float64Array;
  /** Next point of the same edge, −1 at the end: a hairpin passes a fix twice. */
  readonly nextOfEdge: Int32Array;
  /** Per edge: the look-up that found it last, and its first point in that look-up. */
  readonly stamp: Int32Array;
  readonly firstOfEdge: Int32Array;
  lookup: number;
}

/** Points found before the nearest are chosen; more than this within a radius do not occur. */
const NEARBY_MAX = 512;

export function createNearby(edgeCount: number): Nearby {
  return {
    count: 0,
    edge: new Int32Array(NEARBY_MAX),
    squaredM: new Float64Array(NEARBY_MAX),
    offsetM: new Float64Array(NEARBY_MAX),
    eastM: new Float64Array(NEARBY_MAX),
    northM: new Float64Array(NEARBY_MAX),
    nextOfEdge: new Int32Array(NEARBY_MAX),
    stamp: new Int32Array(edgeCount),
    firstOfEdge: new Int32Array(edgeCount),
    lookup: 0,
  };
}

/**
 * Fills `nearby` with at most `limit` points, the nearest, each the nearest of one pass of one edge.
 *
 * @param x,y relative stored units; may be fractions
 * @param metresPerX metres of one unit of longitude at this latitude
 */
export function lookUp(
  index: CandidateIndex,
  nearby: Nearby,
  x: number,
  y: number,
  metresPerX: number,
  radiusM: number,
  limit: number,
): void {
  const { record, firstRecord, columns, rows } = index;
  const { edge, squaredM, offsetM, eastM, northM, nextOfEdge, stamp, firstOfEdge } = nearby;
  const lookup = ++nearby.lookup;
  nearby.count = 0;
  const rings = radiusM <= index.cellM ? 1 : Math.ceil(radiusM / index.cellM);
  const column = Math.floor((x - index.minX) / index.cellX);
  const row = Math.floor((y - index.minY) / index.cellY);
  if (column < -rings || row < -rings || column >= columns + rings || row >= rows + rings) return;
  const left = column > rings ? column - rings : 0;
  const right = column + rings < columns ? column + rings : columns - 1;
  const bottom = row > rings ? row - rings : 0;
  const top = row + rings < rows ? row + rings : rows - 1;
  const limitSquared = radiusM * radiusM;
  const reachX = radiusM / metresPerX;
  const reachY = radiusM / METRES_PER_UNIT;
  const minX = x - reachX;
  const maxX = x + reachX;
  const minY = y - reachY;
  const maxY = y + reachY;
  // Two passes of one edge are told apart by the way between them along it.
  const passM = 2 * radiusM;
  let count = 0;
  for (let r = bottom; r <= top; r++) {
    const end = firstRecord[r * columns + right + 1]! * RECORD;
    for (let q = firstRecord[r * columns + left]! * RECORD; q < end; q += RECORD) {
      const x0 = record[q]!;
      const x1 = record[q + 2]!;
      // Half of the segments around lie wholly to one side; telling so first saves a fifth.
      if ((x0 < minX && x1 < minX) || (x0 > maxX && x1 > maxX)) continue;
      const y0 = record[q + 1]!;
      const y1 = record[q + 3]!;
      if ((y0 < minY && y1 < minY) || (y0 > maxY && y1 > maxY)) continue;
      const ax = (x0 - x) * metresPerX;
      const ay = (y0 - y) * METRES_PER_UNIT;
      const dx = (x1 - x0) * metresPerX;
      const dy = (y1 - y0) * METRES_PER_UNIT;
      const lengthSquared = dx * dx + dy * dy;
      const dot = -(ax * dx + ay * dy);
      let t = 0;
      if (dot > 0) t = dot >= lengthSquared ? 1 : dot / lengthSquared;
      const ex = ax + t * dx;
      const ey = ay + t * dy;
      const squared = ex * ex + ey * ey;
      if (squared > limitSquared) continue;
      const e = record[q + 4]!;
      const offset = record[q + 5]! * 0.001 + t * Math.sqrt(lengthSquared);
      let slot = -1;
      if (stamp[e] === lookup) {
        slot = firstOfEdge[e]!;
        while (slot >= 0) {
          const between = offset - offsetM[slot]!;
          if (between <= passM && between >= -passM) break;
          slot = nextOfEdge[slot]!;
        }
        if (slot >= 0) {
          if (squared < squaredM[slot]!) {
            squaredM[slot] = squared;
            offsetM[slot] = offset;
            eastM[slot] = ex;
            northM[slot] = ey;
          }
          continue;
        }
      }
      if (count === NEARBY_MAX) continue;
      nextOfEdge[count] = stamp[e] === lookup ? firstOfEdge[e]! : -1;
      stamp[e] = lookup;
      firstOfEdge[e] = count;
      edge[count] = e;
      squaredM[count] = squared;
      offsetM[count] = offset;
      eastM[count] = ex;
      northM[count] = ey;
      count++;
    }
  }
  nearby.count = count <= limit ? count : keepNearest(nearby, count, limit);
}

/** Moves the `limit` nearest points to the front; `firstOfEdge` and `nextOfEdge` are void after. */
function keepNearest(nearby: Nearby, count: number, limit: number): number {
  const { edge, squaredM, offsetM, eastM, northM } = nearby;
  for (let i = 0; i < limit; i++) {
    let nearest = i;
    for (let j = i + 1; j < count; j++) if (squaredM[j]! < squaredM[nearest]!) nearest = j;
    if (nearest === i) continue;
    const e = edge[i]!;
    const s = squaredM[i]!;
    const o = offsetM[i]!;
    const x = eastM[i]!;
    const y = northM[i]!;
    edge[i] = edge[nearest]!;
    squaredM[i] = squaredM[nearest]!;
    offsetM[i] = offsetM[nearest]!;
    eastM[i] = eastM[nearest]!;
    northM[i] = northM[nearest]!;
    edge[nearest] = e;
    squaredM[nearest] = s;
    offsetM[nearest] = o;
    eastM[nearest] = x;
    northM[nearest] = y;
  }
  return limit;
}

/** Stored units east of the origin, the short way around. */
export function relativeLon(lon: number, originLon: number): number {
  return wrap(lon - originLon);
}

function wrap(units: number): number {
  if (units > HALF_TURN) return units - FULL_TURN;
  if (units < -HALF_TURN) return units + FULL_TURN;
  return units;
}

/** Cosine of a latitude in stored units; never so small that cells near a pole become endless. */
export function cosine(lat: number): number {
  return Math.max(0.01, Math.cos((lat / UNITS_PER_DEGREE) * (Math.PI / 180)));
}

/** A longitude opposite the middle of the widest empty stretch, by whole degrees. */
function middleLon(shapeLon: Int32Array): number {
  const isUsed = new Uint8Array(360);
  for (const lon of shapeLon) {
    isUsed[((Math.floor(lon / UNITS_PER_DEGREE) % 360) + 360) % 360] = 1;
  }
  let run = 0;
  let widest = 0;
  let endOfWidest = 0;
  for (let i = 0; i < 720; i++) {
    run = isUsed[i % 360] === 1 ? 0 : run + 1;
    if (run > widest) {
      widest = run;
      endOfWidest = i;
    }
    if (run >= 360) break;
  }
  const middle = (endOfWidest + 1 + (360 - widest) / 2) % 360;
  return Math.round(wrap(middle * UNITS_PER_DEGREE));
}

/** Calls back for every cell that a segment touches, given in cells; column by column. */
function visitCells(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  columns: number,
  visit: (cell: number) => void,
): void {
  const [x0, y0, x1, y1] = ax <= bx ? [ax, ay, bx, by] : [bx, by, ax, ay];
  const first = Math.floor(x0);
  const last = Math.floor(x1);
  for (let c = first; c <= last; c++) {
    const from = c === first ? y0 : y0 + ((y1 - y0) * (c - x0)) / (x1 - x0);
    const to = c === last ? y1 : y0 + ((y1 - y0) * (c + 1 - x0)) / (x1 - x0);
    const bottom = Math.floor(Math.min(from, to));
    const top = Math.floor(Math.max(from, to));
    for (let r = bottom; r <= top; r++) visit(r * columns + c);
  }
}

/** Per shape point: its edge, and millimetres from the edge's source. */
function segmentOffsets(network: Network): { edgeOf: Int32Array; offsetMm: Int32Array } {
  const { edgeCount, firstShape, shapeLon, shapeLat } = network;
  const edgeOf = new Int32Array(shapeLon.length);
  const offsetMm = new Int32Array(shapeLon.length);
  for (let e = 0; e < edgeCount; e++) {
    let offset = 0;
    for (let p = firstShape[e]!; p < firstShape[e + 1]!; p++) {
      edgeOf[p] = e;
      offsetMm[p] = Math.round(offset * 1000);
      if (p + 1 < firstShape[e + 1]!) {
        const dx =
          wrap(shapeLon[p + 1]! - shapeLon[p]!) *
          METRES_PER_UNIT *
          cosine((shapeLat[p]! + shapeLat[p + 1]!) / 2);
        const dy = (shapeLat[p + 1]! - shapeLat[p]!) * METRES_PER_UNIT;
        offset += Math.sqrt(dx * dx + dy * dy);
      }
    }
  }
  return { edgeOf, offsetMm };
}

/** Heading in 1/256 turns from shape point `from` towards `to`, at a point `HEADING_M` along. */
function headingFrom(network: Network, from: number, to: number, stride: number): number {
  const { shapeLon, shapeLat } = network;
  const metresPerX = METRES_PER_UNIT * cosine(shapeLat[from]!);
  let p = from;
  let dx = 0;
  let dy = 0;
  while (p !== to) {
    p += stride;
    dx = wrap(shapeLon[p]! - shapeLon[from]!) * metresPerX;
    dy = (shapeLat[p]! - shapeLat[from]!) * METRES_PER_UNIT;
    if (dx * dx + dy * dy >= HEADING_M * HEADING_M) break;
  }
  return Math.round((Math.atan2(dx, dy) * 128) / Math.PI) & 255;
}
