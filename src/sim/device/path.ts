/** The line that someone moves along, sampled every five metres: place, smoothed height, arc. */
import { EDGE, EDGE_KINDS, type StreetGraph } from "../town/street-graph.ts";

export const PATH_STEP_M = 5;

export interface Path {
  readonly arcs: Int32Array;
  readonly lengthM: number;
  /** One entry per step; the last is the end. */
  readonly count: number;
  /** Metres on the town's plane. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float32Array;
  /** Rise over run over about forty metres. */
  readonly grade: Float32Array;
  /** Index into `arcs`. */
  readonly at: Uint32Array;
  /** EDGE flags and kind of the edge underfoot. */
  readonly flag: Uint8Array;
  readonly kind: Uint8Array;
  /** Steps at which a traffic light stands. */
  readonly signals: readonly number[];
}

/** @param arcs of the graph, each starting where the one before ends; at least one */
export function layPath(graph: StreetGraph, arcs: Int32Array): Path {
  let lengthM = 0;
  for (const arc of arcs) lengthM += graph.lengthM[arc >> 1]!;
  const count = Math.max(2, Math.floor(lengthM / PATH_STEP_M) + 1);
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  const raw = new Float32Array(count);
  const at = new Uint32Array(count);
  const flag = new Uint8Array(count);
  const kind = new Uint8Array(count);
  const signals: number[] = [];
  let step = 0;
  let walked = 0;
  for (let k = 0; k < arcs.length; k++) {
    const arc = arcs[k]!;
    const edge = arc >> 1;
    const first = graph.firstShape[edge]!;
    const last = graph.firstShape[edge + 1]! - 1;
    const isBack = (arc & 1) === 1;
    const head = isBack ? graph.source[edge]! : graph.target[edge]!;
    for (let i = first; i < last; i++) {
      const a = isBack ? last - (i - first) : i;
      const b = isBack ? a - 1 : a + 1;
      const ax = graph.shapeX[a]!;
      const ay = graph.shapeY[a]!;
      const dx = graph.shapeX[b]! - ax;
      const dy = graph.shapeY[b]! - ay;
      const length = Math.hypot(dx, dy);
      const za = graph.shapeZ[a]!;
      const dz = graph.shapeZ[b]! - za;
      while (step < count && step * PATH_STEP_M <= walked + length) {
        const t = length > 0 ? (step * PATH_STEP_M - walked) / length : 0;
        x[step] = ax + t * dx;
        y[step] = ay + t * dy;
        raw[step] = za + t * dz;
        at[step] = k;
        flag[step] = graph.flag[edge]!;
        kind[step] = graph.kind[edge]!;
        step++;
      }
      walked += length;
    }
    if (graph.hasSignal[head] && step < count) signals.push(step);
  }
  for (; step < count; step++) {
    x[step] = x[step - 1]!;
    y[step] = y[step - 1]!;
    raw[step] = raw[step - 1]!;
    at[step] = arcs.length - 1;
    flag[step] = flag[step - 1]!;
    kind[step] = kind[step - 1]!;
  }
  // Roads are smoother than the ground beneath: a running mean over ±20 m.
  const z = new Float32Array(count);
  const half = 4;
  let sum = 0;
  let inside = 0;
  for (let i = -half; i < count; i++) {
    if (i + half < count) {
      sum += raw[i + half]!;
      inside++;
    }
    if (i - half - 1 >= 0) {
      sum -= raw[i - half - 1]!;
      inside--;
    }
    if (i >= 0) z[i] = sum / inside;
  }
  const grade = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const a = Math.max(0, i - half);
    const b = Math.min(count - 1, i + half);
    grade[i] = Math.max(
      -0.6,
      Math.min(0.6, (z[b]! - z[a]!) / Math.max(PATH_STEP_M, (b - a) * PATH_STEP_M)),
    );
  }
  return { arcs, lengthM, count, x, y, z, grade, at, flag, kind, signals };
}

export function isOffNetwork(flag: number): boolean {
  return (flag & EDGE.UNMAPPED) !== 0;
}

export const STEPS_KIND: number = EDGE_KINDS.indexOf("steps");
export const TRAIL_KIND: number = EDGE_KINDS.indexOf("trail");
export const PATH_KIND: number = EDGE_KINDS.indexOf("path");
export const OFF_KIND: number = EDGE_KINDS.indexOf("off");
export const FOOT_KIND: number = EDGE_KINDS.indexOf("foot");
