/**
 * Where on the line of a matched piece each of its rows lies. The path is known, the places along it
 * are not: a loop or a hairpin passes a row more than once. So the places are a Viterbi search again
 * (Newson & Krumm 2009, on one line): near the row, and as far from the row before as the rows are
 * apart. O(rows · passes²), and passes are one or two but where someone runs in circles.
 */
import { haversine, METRES_PER_DEGREE, metresPerLon } from "../lonlat.ts";
import type { TravelledLine } from "./travelled-line.ts";

/** Metres around a row in which the line is looked for first. */
const RADIUS_M = 60;
/** Metres, 1 σ of a row across the line; and by which the way along it differs from the straight one. */
const SIGMA_M = 5;
const BETA_M = 8;
/** Metres that a row may lie behind the one before: noise along the line. */
const BACKWARD_M = 30;
/** Nats behind the best at which a place is given up. */
const BEAM = 40;

interface Pass {
  readonly metres: number;
  readonly squaredM: number;
}

/** The place nearest to a row on one segment, and where on it that is, 0–1. */
interface SegmentPass extends Pass {
  readonly t: number;
}

/**
 * @param first,last vertices of the line between which the rows lie, as `firstVertex` has them
 * @param lon,lat degrees of the rows, none of them NaN, in their order
 * @returns metres along the line for every row; never falls
 */
export function placeRows(
  line: TravelledLine,
  first: number,
  last: number,
  lon: ArrayLike<number>,
  lat: ArrayLike<number>,
): Float64Array {
  const count = lon.length;
  const metres = new Float64Array(count);
  if (count === 0) return metres;
  const grid = createGrid(line, first, last);
  const begin = line.metres[first]!;
  const end = line.metres[last]!;
  const passes: Pass[][] = [];
  const from: Int32Array[] = [];
  let cost: number[] = [];
  for (let i = 0; i < count; i++) {
    const here = passesOf(line, first, last, grid, lon[i]!, lat[i]!);
    const apartM = i === 0 ? 0 : haversine(lon[i - 1]!, lat[i - 1]!, lon[i]!, lat[i]!);
    const before = passes[i - 1];
    const back = new Int32Array(here.length).fill(-1);
    const next = here.map((pass, k) => {
      const own = pass.squaredM / (2 * SIGMA_M * SIGMA_M);
      const tail = i === count - 1 ? (end - pass.metres) / BETA_M : 0;
      if (before === undefined) return own + tail + (pass.metres - begin) / BETA_M;
      let best = Number.POSITIVE_INFINITY;
      for (let j = 0; j < before.length; j++) {
        if (cost[j] === Number.POSITIVE_INFINITY) continue;
        const along = pass.metres - before[j]!.metres;
        if (along < -BACKWARD_M) continue;
        const total = cost[j]! + Math.abs(along - apartM) / BETA_M;
        if (total >= best) continue;
        best = total;
        back[k] = j;
      }
      return best + own + tail;
    });
    const least = Math.min(...next);
    if (least === Number.POSITIVE_INFINITY) {
      // Every pass lies behind: the row stays where the one before was.
      passes.push(before!.map(({ metres: at }) => ({ metres: at, squaredM: 0 })));
      from.push(Int32Array.from(before!, (_, j) => j));
      continue;
    }
    cost = next.map((c) => (c > least + BEAM ? Number.POSITIVE_INFINITY : c));
    passes.push(here);
    from.push(back);
  }
  let k = cost.indexOf(Math.min(...cost));
  for (let i = count - 1; i >= 0; i--) {
    metres[i] = passes[i]![k]!.metres;
    k = from[i]![k]!;
  }
  for (let i = 1; i < count; i++) metres[i] = Math.max(metres[i]!, metres[i - 1]!);
  return metres;
}

/** Cells of `RADIUS_M` around the line's first vertex → the segments that touch them. */
interface Grid {
  readonly perLon: number;
  readonly cells: ReadonlyMap<number, readonly number[]>;
}

/** More than the columns between any two places of the earth. */
const STRIDE = 2 ** 21;

function createGrid(line: TravelledLine, first: number, last: number): Grid {
  const perLon = metresPerLon(line.lat[first]!);
  const cells = new Map<number, number[]>();
  for (let v = first; v < last; v++) {
    const x0 = (line.lon[v]! * perLon) / RADIUS_M;
    const y0 = (line.lat[v]! * METRES_PER_DEGREE) / RADIUS_M;
    const dx = (line.lon[v + 1]! * perLon) / RADIUS_M - x0;
    const dy = (line.lat[v + 1]! * METRES_PER_DEGREE) / RADIUS_M - y0;
    // Samples half a cell apart miss only corners, which the cells around a row make up for.
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(dx, dy)));
    let lastKey = Number.NaN;
    for (let i = 0; i <= steps; i++) {
      const key = Math.floor(x0 + (dx * i) / steps) + STRIDE * Math.floor(y0 + (dy * i) / steps);
      if (key === lastKey) continue;
      lastKey = key;
      const cell = cells.get(key);
      if (cell === undefined) cells.set(key, [v]);
      else if (cell.at(-1) !== v) cell.push(v);
    }
  }
  return { perLon, cells };
}

/** The places nearest to a row on each pass of the line by it; at least one. */
function passesOf(
  line: TravelledLine,
  first: number,
  last: number,
  grid: Grid,
  lon: number,
  lat: number,
): Pass[] {
  // The line may run beyond ±180.
  const x = lon + Math.round((line.lon[first]! - lon) / 360) * 360;
  const column = Math.floor((x * grid.perLon) / RADIUS_M);
  const row = Math.floor((lat * METRES_PER_DEGREE) / RADIUS_M);
  const segments: number[] = [];
  for (let r = row - 1; r <= row + 1; r++) {
    for (let c = column - 1; c <= column + 1; c++) {
      const cell = grid.cells.get(c + STRIDE * r);
      if (cell !== undefined) for (const v of cell) segments.push(v);
    }
  }
  if (segments.length === 0) {
    let nearest: Pass | undefined;
    for (let v = first; v < last; v++) {
      const pass = passAt(line, v, x, lat);
      if (nearest === undefined || pass.squaredM < nearest.squaredM) nearest = pass;
    }
    return [nearest!];
  }
  segments.sort((a, b) => a - b);
  const near: SegmentPass[] = [];
  const at: number[] = [];
  for (const v of segments) {
    if (v === at.at(-1)) continue;
    at.push(v);
    near.push(passAt(line, v, x, lat));
  }
  return near.filter(({ t }, i) => {
    if (t > 0 && t < 1) return true;
    // A vertex is nearest to both of its segments or to none; it counts with the first of them.
    if (t === 0) return at[i - 1] !== at[i]! - 1;
    return at[i + 1] !== at[i]! + 1 || near[i + 1]!.t === 0;
  });
}

/** The place nearest to a row on segment v … v + 1. */
function passAt(line: TravelledLine, v: number, lon: number, lat: number): SegmentPass {
  const perLon = metresPerLon(lat);
  const ax = (line.lon[v]! - lon) * perLon;
  const ay = (line.lat[v]! - lat) * METRES_PER_DEGREE;
  const dx = (line.lon[v + 1]! - line.lon[v]!) * perLon;
  const dy = (line.lat[v + 1]! - line.lat[v]!) * METRES_PER_DEGREE;
  const squaredLength = dx * dx + dy * dy;
  const dot = -(ax * dx + ay * dy);
  const t = dot <= 0 ? 0 : dot >= squaredLength ? 1 : dot / squaredLength;
  const ex = ax + t * dx;
  const ey = ay + t * dy;
  const from = line.metres[v]!;
  return { metres: from + t * (line.metres[v + 1]! - from), squaredM: ex * ex + ey * ey, t };
}
