/**
 * The columns that the charts draw: at most so many samples of an activity, evenly along its way,
 * each channel in the person's units. O(rows).
 */
import type { Track, TrackRows } from "../track.ts";
import { DASH, duration, grouped, longUnitM, type UnitSystem } from "../unit.ts";

export interface Series {
  readonly key: "elevation" | "pace" | "heart" | "power" | "cadence";
  readonly name: string;
  readonly unit: string;
  /** A token of the palette. */
  readonly colour: string;
  readonly values: Float64Array;
  /** Less is better, drawn with the better on top: pace. */
  readonly isReversed: boolean;
  readonly isFilled: boolean;
  readonly say: (value: number) => string;
}

export interface ChartData {
  /** Row of each sample, ascending. */
  readonly row: Uint32Array;
  /** Kilometres or miles from the start. */
  readonly x: Float64Array;
  readonly series: readonly Series[];
}

const SAMPLES = 1200;
const FEET_PER_METRE = 3.280839895;
/** A pace slower than this many seconds a metre is drawn as a rest: 20 min/km. */
const SLOWEST_S_PER_M = 1.2;

export function chartData(track: Track, isPaced: boolean, units: UnitSystem): ChartData {
  const { rows } = track;
  const row = sampleRows(rows);
  const long = longUnitM(units);
  const pick = (values: Float64Array, map: (value: number) => number): Float64Array =>
    Float64Array.from(row, (i) => map(values[i]!));
  const series: Series[] = [];
  const whole = (value: number): string =>
    Number.isFinite(value) ? grouped(Math.round(value)) : DASH;
  if (rows.elevationM) {
    series.push({
      key: "elevation",
      name: "Elevation",
      unit: units === "metric" ? "m" : "ft",
      colour: "--elevation",
      values: pick(rows.elevationM, (z) => (units === "metric" ? z : z * FEET_PER_METRE)),
      isReversed: false,
      isFilled: true,
      say: whole,
    });
  }
  if (rows.speedMps && isPaced) {
    series.push({
      key: "pace",
      name: "Pace",
      unit: units === "metric" ? "/km" : "/mi",
      colour: "--pace",
      values: pick(rows.speedMps, (v) =>
        v > 0 && 1 / v < SLOWEST_S_PER_M ? long / v : Number.NaN,
      ),
      isReversed: true,
      isFilled: false,
      say: (value) => (Number.isFinite(value) ? duration(value) : DASH),
    });
  } else if (rows.speedMps) {
    series.push({
      key: "pace",
      name: "Speed",
      unit: units === "metric" ? "km/h" : "mph",
      colour: "--pace",
      values: pick(rows.speedMps, (v) => (v * 3600) / long),
      isReversed: false,
      isFilled: false,
      say: (value) => (Number.isFinite(value) ? value.toFixed(1) : DASH),
    });
  }
  const plain = (
    key: Series["key"],
    name: string,
    unit: string,
    colour: string,
    values: Float64Array | undefined,
  ): void => {
    if (!values) return;
    series.push({
      key,
      name,
      unit,
      colour,
      values: pick(values, (value) => value),
      isReversed: false,
      isFilled: false,
      say: whole,
    });
  };
  plain("heart", "Heart rate", "bpm", "--heart", rows.heartBpm);
  plain("power", "Power", "W", "--power", rows.powerW);
  plain("cadence", "Cadence", "rpm", "--cadence", rows.cadenceRpm);
  return { row, x: Float64Array.from(row, (i) => rows.distanceM[i]! / long), series };
}

/** Rows evenly spaced along the distance, each further than the one before. */
function sampleRows(rows: TrackRows): Uint32Array {
  const total = rows.distanceM[rows.n - 1] ?? 0;
  const step = total / SAMPLES;
  const kept: number[] = [];
  let next = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows.n; i++) {
    const d = rows.distanceM[i]!;
    if (d < next) continue;
    const last = kept.at(-1);
    if (last !== undefined && d <= rows.distanceM[last]!) continue;
    kept.push(i);
    next = d + step;
  }
  return Uint32Array.from(kept);
}

/** A chart needs a way to draw along. */
export function hasCharts({ row, series }: ChartData): boolean {
  return row.length >= 2 && series.length > 0;
}

/** Bounds of a chart without the rare extremes that would flatten it: 1st to 99th percentile. */
export function boundsOf(values: Float64Array): [number, number] {
  const known = values.filter((value) => Number.isFinite(value)).sort();
  if (known.length === 0) return [0, 1];
  const at = (share: number): number => known[Math.round(share * (known.length - 1))]!;
  const low = at(0.01);
  const high = at(0.99);
  const room = Math.max((high - low) * 0.08, Math.abs(high) * 0.01, 0.5);
  return [low - room, high + room];
}
