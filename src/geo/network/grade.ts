/**
 * Heights of nodes and the metres that each edge climbs and falls, from an elevation grid. An edge is
 * sampled every 25 m along its shape and smoothed over 100 m: the usual grids have cells of 30 or
 * 90 m, so that what is finer is noise that would add up to climbs that nobody feels. Bridges and
 * tunnels run straight between their ends. Ascent − descent is the difference of the ends.
 */
import type { ElevationGrid } from "../elevation/grid.ts";
import { METRES_PER_UNIT, UNITS_PER_DEGREE } from "../lonlat.ts";
import { FLAG } from "./attribute.ts";

export const gradeDefaults = {
  /** Metres between samples: finer than any grid that is common. */
  sampleM: 25,
  /** Half the width in metres of the smoothing window. */
  smoothM: 50,
} as const;

/** Edges as `NetworkDraft` has them. */
export interface GradedEdges {
  readonly nodeLon: Int32Array;
  readonly nodeLat: Int32Array;
  readonly source: Uint32Array;
  readonly target: Uint32Array;
  readonly firstShape: Uint32Array;
  readonly shapeLon: Int32Array;
  readonly shapeLat: Int32Array;
  readonly flag: Uint8Array;
}

export interface Grades {
  readonly nodeElevationM: Float32Array;
  readonly ascentM: Float32Array;
  readonly descentM: Float32Array;
}

export function gradeEdges(edges: GradedEdges, grid: ElevationGrid): Grades {
  const { nodeLon, nodeLat, source, target, firstShape } = edges;
  const edgeCount = source.length;
  const nodeElevationM = Float32Array.from(nodeLon, (lon, n) =>
    grid.at(lon / UNITS_PER_DEGREE, nodeLat[n]! / UNITS_PER_DEGREE),
  );
  const ascentM = new Float32Array(edgeCount);
  const descentM = new Float32Array(edgeCount);
  for (let e = 0; e < edgeCount; e++) {
    const start = nodeElevationM[source[e]!]!;
    const end = nodeElevationM[target[e]!]!;
    if (Number.isNaN(start) || Number.isNaN(end)) continue;
    const isStraight = (edges.flag[e]! & (FLAG.BRIDGE | FLAG.TUNNEL)) !== 0;
    const heights = isStraight
      ? [start, end]
      : smooth(sample(edges, firstShape[e]!, firstShape[e + 1]!, grid), start, end);
    let up = 0;
    let down = 0;
    for (let i = 1; i < heights.length; i++) {
      const rise = heights[i]! - heights[i - 1]!;
      if (rise > 0) up += rise;
      else down -= rise;
    }
    ascentM[e] = up;
    descentM[e] = down;
  }
  return { nodeElevationM, ascentM, descentM };
}

/** Heights between the ends of a shape, every `sampleM` metres; NaN where the grid has none. */
function sample(edges: GradedEdges, first: number, last: number, grid: ElevationGrid): number[] {
  const { shapeLon, shapeLat } = edges;
  const cos = Math.cos(((shapeLat[first]! / UNITS_PER_DEGREE) * Math.PI) / 180);
  const heights: number[] = [];
  let untilNext: number = gradeDefaults.sampleM;
  for (let i = first + 1; i < last; i++) {
    const dx = shapeLon[i]! - shapeLon[i - 1]!;
    const dy = shapeLat[i]! - shapeLat[i - 1]!;
    const segmentM = Math.hypot(dx * cos, dy) * METRES_PER_UNIT;
    let at = untilNext;
    for (; at < segmentM; at += gradeDefaults.sampleM) {
      const t = at / segmentM;
      heights.push(
        grid.at(
          (shapeLon[i - 1]! + t * dx) / UNITS_PER_DEGREE,
          (shapeLat[i - 1]! + t * dy) / UNITS_PER_DEGREE,
        ),
      );
    }
    untilNext = at - segmentM;
  }
  return heights;
}

/** The ends stay; between them the mean of the window, without what the grid does not know. */
function smooth(between: readonly number[], start: number, end: number): number[] {
  const heights = [start, ...between, end];
  const reach = Math.round(gradeDefaults.smoothM / gradeDefaults.sampleM);
  const last = heights.length - 1;
  return heights.map((height, i) => {
    // The window shrinks towards the ends, so that a steady slope stays one.
    const r = Math.min(reach, i, last - i);
    if (r === 0 && !Number.isNaN(height)) return height;
    let sum = 0;
    let count = 0;
    for (let j = i - r; j <= i + r; j++) {
      if (Number.isNaN(heights[j]!)) continue;
      sum += heights[j]!;
      count++;
    }
    return count > 0 ? sum / count : start + ((end - start) * i) / last;
  });
}
