/**
 * The line of a matched piece: the shapes of its arcs in the order of travel, cut at both ends.
 * Longitudes go on beyond ±180 where the piece crosses the antimeridian. O(shape points).
 */
import { METRES_PER_UNIT, UNITS_PER_DEGREE } from "../lonlat.ts";
import type { Network } from "../network/network.ts";
import { cosine, relativeLon } from "./candidate.ts";
import type { MatchedPiece } from "./match.ts";

/** @returns degrees, at least one point; a piece without length is its place twice */
export function geometryOf(
  network: Network,
  piece: MatchedPiece,
): { lon: Float64Array; lat: Float64Array } {
  const { firstShape, shapeLon, shapeLat } = network;
  const { arcs, startFraction, endFraction } = piece;
  let room = 2;
  for (const arc of arcs) room += firstShape[(arc >>> 1) + 1]! - firstShape[arc >>> 1]!;
  const lon = new Float64Array(room);
  const lat = new Float64Array(room);
  let n = 0;
  const add = (x: number, y: number): void => {
    if (n > 0 && lon[n - 1] === x && lat[n - 1] === y) return;
    lon[n] = x;
    lat[n++] = y;
  };
  let origin = 0;
  for (let i = 0; i < arcs.length; i++) {
    const edge = arcs[i]! >>> 1;
    const isBack = (arcs[i]! & 1) === 1;
    const first = firstShape[edge]!;
    const count = firstShape[edge + 1]! - first;
    const at = (j: number): number => (isBack ? first + count - 1 - j : first + j);
    let total = 0;
    for (let j = 0; j + 1 < count; j++) total += segmentM(network, at(j), at(j + 1));
    const from = i === 0 ? startFraction * total : 0;
    const to = i === arcs.length - 1 ? endFraction * total : total;
    let begin = 0;
    for (let j = 0; j + 1 < count; j++) {
      const p = at(j);
      const q = at(j + 1);
      const length = segmentM(network, p, q);
      const end = begin + length;
      // Runs on from the point before, so that a line across the antimeridian does not jump.
      if (n === 0 && j === 0) origin = shapeLon[p]!;
      const px = origin + relativeLon(shapeLon[p]!, origin);
      const qx = px + relativeLon(shapeLon[q]!, shapeLon[p]!);
      if (end >= from && begin <= to) {
        const t0 = length > 0 ? Math.max(0, (from - begin) / length) : 0;
        const t1 = length > 0 ? Math.min(1, (to - begin) / length) : 1;
        const dy = shapeLat[q]! - shapeLat[p]!;
        add((px + (qx - px) * t0) / UNITS_PER_DEGREE, (shapeLat[p]! + dy * t0) / UNITS_PER_DEGREE);
        add((px + (qx - px) * t1) / UNITS_PER_DEGREE, (shapeLat[p]! + dy * t1) / UNITS_PER_DEGREE);
      }
      origin = qx;
      begin = end;
    }
  }
  if (n === 1) {
    lon[1] = lon[0]!;
    lat[1] = lat[0]!;
    n = 2;
  }
  return { lon: lon.slice(0, n), lat: lat.slice(0, n) };
}

function segmentM(network: Network, p: number, q: number): number {
  const { shapeLon, shapeLat } = network;
  const middle = (shapeLat[p]! + shapeLat[q]!) / 2;
  const dx = relativeLon(shapeLon[q]!, shapeLon[p]!) * METRES_PER_UNIT * cosine(middle);
  const dy = (shapeLat[q]! - shapeLat[p]!) * METRES_PER_UNIT;
  return Math.sqrt(dx * dx + dy * dy);
}
