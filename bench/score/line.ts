/**
 * Lines on the ground as flat arrays of degrees, [lon0, lat0, lon1, lat1, …], and what scoring asks
 * of them: length, points at a fixed step, and the line that a matched piece runs along. The last is
 * written anew here so that a fault in the engine's own geometry does not hide in its score.
 */
import { haversine, UNITS_PER_DEGREE } from "../../src/geo/lonlat.ts";
import type { MatchPiece } from "../../src/geo/match/match.ts";
import type { Network } from "../../src/geo/network/network.ts";

/** Degrees, lon before lat, point after point. */
export type Line = Float64Array;

export function lineLengthM(line: Line): number {
  let length = 0;
  for (let i = 2; i < line.length; i += 2) {
    length += haversine(line[i - 2]!, line[i - 1]!, line[i]!, line[i + 1]!);
  }
  return length;
}

/**
 * Points at 0, step, 2 · step … metres along the line and at its end. Between two vertices the
 * point runs straight in degrees, which is straight on the ground at the length of an edge.
 */
export function resample(line: Line, stepM: number): Line {
  const points: number[] = [];
  let toNext = 0;
  for (let i = 2; i < line.length; i += 2) {
    const [lonA, latA, lonB, latB] = [line[i - 2]!, line[i - 1]!, line[i]!, line[i + 1]!];
    const length = haversine(lonA, latA, lonB, latB);
    while (toNext < length) {
      const t = toNext / length;
      points.push(lonA + t * (lonB - lonA), latA + t * (latB - latA));
      toNext += stepM;
    }
    toNext -= length;
  }
  if (line.length >= 2) points.push(line.at(-2)!, line.at(-1)!);
  return Float64Array.from(points);
}

/** The part of a line between two fractions of its length; reversed when the first is larger. */
export function part(line: Line, first: number, last: number): Line {
  if (first > last) return reversed(part(line, last, first));
  const total = lineLengthM(line);
  const [fromM, toM] = [first * total, last * total];
  const points: number[] = [];
  let at = 0;
  for (let i = 2; i < line.length; i += 2) {
    const [lonA, latA, lonB, latB] = [line[i - 2]!, line[i - 1]!, line[i]!, line[i + 1]!];
    const length = haversine(lonA, latA, lonB, latB);
    if (length > 0 && at + length >= fromM && at <= toM) {
      const s = Math.max(0, (fromM - at) / length);
      const t = Math.min(1, (toM - at) / length);
      if (points.length === 0) points.push(lonA + s * (lonB - lonA), latA + s * (latB - latA));
      points.push(lonA + t * (lonB - lonA), latA + t * (latB - latA));
    }
    at += length;
  }
  return Float64Array.from(points.length > 0 ? points : line.subarray(0, 2));
}

export function reversed(line: Line): Line {
  const points: number[] = [];
  for (let i = line.length - 2; i >= 0; i -= 2) points.push(line[i]!, line[i + 1]!);
  return Float64Array.from(points);
}

/** One line after the other; a point that repeats where they meet is kept once. */
export function joined(lines: readonly Line[]): Line {
  const points: number[] = [];
  for (const line of lines) {
    const repeats = points.length > 0 && points.at(-2) === line[0] && points.at(-1) === line[1];
    for (let i = repeats ? 2 : 0; i < line.length; i++) points.push(line[i]!);
  }
  return Float64Array.from(points);
}

/** The line of an arc, in its direction. */
export function arcLine(network: Network, arc: number): Line {
  const edge = arc >>> 1;
  const points: number[] = [];
  for (let p = network.firstShape[edge]!; p < network.firstShape[edge + 1]!; p++) {
    points.push(network.shapeLon[p]! / UNITS_PER_DEGREE, network.shapeLat[p]! / UNITS_PER_DEGREE);
  }
  return arc & 1 ? reversed(Float64Array.from(points)) : Float64Array.from(points);
}

/** The line of each matched piece, cut at its fractions. */
export function pieceLines(network: Network, pieces: readonly MatchPiece[]): Line[] {
  return pieces.flatMap((piece) => {
    if (piece.kind !== "matched") return [];
    const last = piece.arcs.length - 1;
    const lines = Array.from(piece.arcs, (arc, i) => {
      const from = i === 0 ? piece.startFraction : 0;
      const to = i === last ? piece.endFraction : 1;
      return from === 0 && to === 1 ? arcLine(network, arc) : part(arcLine(network, arc), from, to);
    });
    return [joined(lines)];
  });
}
