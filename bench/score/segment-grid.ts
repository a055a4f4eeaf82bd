/**
 * How far is a point from the nearest of many lines? Segments in square cells on a plane in metres
 * around one latitude; right for extracts of a town or a small country, where the plane errs by less
 * than the metre that scoring tolerates. Query O(segments in reach), build O(segments).
 */
import { METRES_PER_DEGREE, metresPerLon } from "../../src/geo/lonlat.ts";
import type { Line } from "./line.ts";

const CELL_M = 25;

export class SegmentGrid {
  /** Metres east and north of the origin: x0, y0, x1, y1 per segment. */
  readonly #segments: number[] = [];
  readonly #cells = new Map<number, number[]>();
  readonly #reachM: number;
  readonly #lon: number;
  readonly #lat: number;
  readonly #xPerLon: number;

  /** @param reachM distances up to this are exact; beyond it a query says Infinity */
  constructor(lines: Iterable<Line>, reachM: number, originLon: number, originLat: number) {
    this.#reachM = reachM;
    this.#lon = originLon;
    this.#lat = originLat;
    this.#xPerLon = metresPerLon(originLat);
    for (const line of lines) {
      for (let i = 2; i < line.length; i += 2) {
        this.#addSegment(line[i - 2]!, line[i - 1]!, line[i]!, line[i + 1]!);
      }
    }
  }

  /** Metres to the nearest segment, or Infinity when none is within reach. */
  distanceM(lon: number, lat: number): number {
    const x = (lon - this.#lon) * this.#xPerLon;
    const y = (lat - this.#lat) * METRES_PER_DEGREE;
    const found = this.#cells.get(cellKey(Math.floor(x / CELL_M), Math.floor(y / CELL_M)));
    let nearest = this.#reachM ** 2;
    let isWithin = false;
    const s = this.#segments;
    for (const i of found ?? []) {
      const d2 = distance2(x, y, s[i]!, s[i + 1]!, s[i + 2]!, s[i + 3]!);
      if (d2 > nearest) continue;
      nearest = d2;
      isWithin = true;
    }
    return isWithin ? Math.sqrt(nearest) : Number.POSITIVE_INFINITY;
  }

  #addSegment(lonA: number, latA: number, lonB: number, latB: number): void {
    const xA = (lonA - this.#lon) * this.#xPerLon;
    const yA = (latA - this.#lat) * METRES_PER_DEGREE;
    const xB = (lonB - this.#lon) * this.#xPerLon;
    const yB = (latB - this.#lat) * METRES_PER_DEGREE;
    // Long segments are cut, so that the box of a part holds few cells that the part does not.
    const parts = Math.max(1, Math.ceil(Math.hypot(xB - xA, yB - yA) / CELL_M));
    for (let p = 0; p < parts; p++) {
      const [s, t] = [p / parts, (p + 1) / parts];
      const x0 = xA + s * (xB - xA);
      const y0 = yA + s * (yB - yA);
      const x1 = xA + t * (xB - xA);
      const y1 = yA + t * (yB - yA);
      const at = this.#segments.push(x0, y0, x1, y1) - 4;
      const reach = this.#reachM;
      const lastCol = Math.floor((Math.max(x0, x1) + reach) / CELL_M);
      const lastRow = Math.floor((Math.max(y0, y1) + reach) / CELL_M);
      for (let row = Math.floor((Math.min(y0, y1) - reach) / CELL_M); row <= lastRow; row++) {
        for (let col = Math.floor((Math.min(x0, x1) - reach) / CELL_M); col <= lastCol; col++) {
          const key = cellKey(col, row);
          const cell = this.#cells.get(key);
          if (cell) cell.push(at);
          else this.#cells.set(key, [at]);
        }
      }
    }
  }
}

function cellKey(col: number, row: number): number {
  return (col + 1_000_000) * 4_000_000 + (row + 1_000_000);
}

/** Squared metres from a point to a segment. */
function distance2(x: number, y: number, x0: number, y0: number, x1: number, y1: number): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length2 = dx * dx + dy * dy;
  const along = (x - x0) * dx + (y - y0) * dy;
  const t = length2 === 0 ? 0 : Math.max(0, Math.min(1, along / length2));
  return (x - x0 - t * dx) ** 2 + (y - y0 - t * dy) ** 2;
}
