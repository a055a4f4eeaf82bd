/**
 * The columns that the charts draw: at most so many samples of an activity, evenly along its way,
 * each channel in the person's units. O(rows).
 */
import { smoothOver, type Track, type TrackRows } from "../track.ts";
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
  /** For the marks of the axis; default as it is said elsewhere. */
  readonly mark?: (value: number) => string;
  /** What stands for rows first … last while no place is chosen: a mean, or a range. */
  readonly over: (first: number, last: number) => string;
  /** What `over` is: "mean", or nothing. */
  readonly word: string;
}

export interface ChartData {
  /** Row of each sample, ascending. */
  readonly row: Uint32Array;
  /** Kilometres or miles from the start. */
  readonly x: Float64Array;
  readonly series: readonly Series[];
}

/** How people of a sport speak of its numbers. */
export interface SportWays {
  readonly isPaced: boolean;
  readonly isOnFoot?: boolean;
}

const SAMPLES = 1200;
const FEET_PER_METRE = 3.280839895;
/** A pace this many times slower than the whole activity's is drawn as a rest. */
const REST_RATIO = 3;
/** No leg steps this often a minute on the whole: such a recorder counted both. */
const ONE_LEG_RPM_MAX = 100;

export function chartData(track: Track, sport: SportWays, units: UnitSystem): ChartData {
  const { rows } = track;
  const { isPaced, isOnFoot } = sport;
  const row = sampleRows(rows);
  const long = longUnitM(units);
  const pick = (values: Float64Array, map: (value: number) => number): Float64Array =>
    Float64Array.from(row, (i) => map(values[i]!));
  // Over hours a chart is wide and a minute narrow: smooth what could not be told apart anyway.
  const totalS = (rows.timeS[rows.n - 1] ?? 0) - (rows.timeS[0] ?? 0);
  const smooth = (values: Float64Array | undefined, leastS: number): Float64Array | undefined =>
    values && smoothOver(rows.timeS, values, Math.max(leastS, totalS / 240));
  const speedMps = smooth(rows.speedMps, 20);
  const series: Series[] = [];
  const whole = (value: number): string =>
    Number.isFinite(value) ? grouped(Math.round(value)) : DASH;
  if (rows.elevationM) {
    const { elevationM } = rows;
    const scale = units === "metric" ? 1 : FEET_PER_METRE;
    series.push({
      key: "elevation",
      name: "Elevation",
      unit: units === "metric" ? "m" : "ft",
      colour: "--elevation",
      values: pick(elevationM, (z) => z * scale),
      isReversed: false,
      isFilled: true,
      say: whole,
      over(first, last) {
        const [low, high] = extremes(elevationM, first, last);
        return `${whole(low * scale)}–${whole(high * scale)}`;
      },
      word: "",
    });
  }
  const meanMps = movingSpeed(rows, 0, rows.n - 1);
  if (speedMps && isPaced) {
    const say = (value: number): string => (Number.isFinite(value) ? duration(value) : DASH);
    series.push({
      key: "pace",
      name: "Pace",
      unit: units === "metric" ? "/km" : "/mi",
      colour: "--pace",
      values: pick(speedMps, (v) => (v * REST_RATIO > meanMps ? long / v : Number.NaN)),
      isReversed: true,
      isFilled: false,
      say,
      over: (first, last) => say(long / movingSpeed(rows, first, last)),
      word: "mean",
    });
  } else if (speedMps) {
    const say = (value: number): string => (Number.isFinite(value) ? value.toFixed(1) : DASH);
    series.push({
      key: "pace",
      name: "Speed",
      unit: units === "metric" ? "km/h" : "mph",
      colour: "--pace",
      values: pick(speedMps, (v) => (v * 3600) / long),
      isReversed: false,
      isFilled: false,
      say,
      mark: (value) => String(value),
      over: (first, last) => say((movingSpeed(rows, first, last) * 3600) / long),
      word: "mean",
    });
  }
  const plain = (
    key: Series["key"],
    name: string,
    unit: string,
    colour: string,
    values: Float64Array | undefined,
    meant = values,
  ): void => {
    if (!values || !meant) return;
    series.push({
      key,
      name,
      unit,
      colour,
      values: pick(values, (value) => value),
      isReversed: false,
      isFilled: false,
      say: whole,
      over: (first, last) => whole(movingMean(rows, meant, first, last)),
      word: "mean",
    });
  };
  plain("heart", "Heart rate", "bpm", "--heart", rows.heartBpm);
  plain("power", "Power", "W", "--power", rows.powerW);
  if (rows.cadenceRpm) {
    // Coasting says nothing of how one pedals.
    const active = rows.cadenceRpm.map((value) => (value > 0 ? value : Number.NaN));
    const rpm = movingMean(rows, active, 0, rows.n - 1);
    const legs = isOnFoot && rpm < ONE_LEG_RPM_MAX ? 2 : 1;
    const both = (values: Float64Array): Float64Array => values.map((value) => value * legs);
    const shown = both(smooth(rows.cadenceRpm, 10)!);
    plain("cadence", "Cadence", isOnFoot ? "spm" : "rpm", "--cadence", shown, both(active));
  }
  return { row, x: Float64Array.from(row, (i) => rows.distanceM[i]! / long), series };
}

function extremes(values: Float64Array, first: number, last: number): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = first; i <= last; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Metres a second while moving, as the numbers of the page have it. */
function movingSpeed(rows: TrackRows, first: number, last: number): number {
  const { distanceM, timeS, isMoving } = rows;
  let seconds = 0;
  for (let i = first + 1; i <= last; i++) if (isMoving[i]) seconds += timeS[i]! - timeS[i - 1]!;
  return (distanceM[last]! - distanceM[first]!) / seconds;
}

/** Mean over the moving time, as the numbers of the page have it. */
function movingMean(
  { timeS, isMoving }: TrackRows,
  values: Float64Array,
  first: number,
  last: number,
): number {
  let sum = 0;
  let seconds = 0;
  for (let i = first + 1; i <= last; i++) {
    if (!isMoving[i]) continue;
    // A row stands for the time since the one before, a gap for no more than ten seconds.
    const step = Math.min(10, timeS[i]! - timeS[i - 1]!);
    if (Number.isNaN(values[i]!)) continue;
    sum += values[i]! * step;
    seconds += step;
  }
  return sum / seconds;
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
