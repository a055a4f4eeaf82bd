/**
 * What a device makes of the movement: fixes that wander (a Gauss–Markov process behind a
 * low-pass, as receivers filter) and jitter, street canyons and forest, tunnels, spikes and a bad first fix; barometric or satellite
 * altitude; heart rate with lag, drift and dropouts; cadence, power, temperature; and its own rule
 * for which seconds it writes down. Figures are those of docs/internals/simulation.md.
 */
import type { Rng } from "../../base/rng.ts";
import type { Athlete, SimSport } from "../athlete/athlete.ts";
import { isRiding } from "../athlete/route.ts";
import type { Plane } from "../plane.ts";
import { quickNormal } from "../stream.ts";
import { EDGE } from "../town/street-graph.ts";
import type { Movement } from "./movement.ts";
import { isOffNetwork, type Path } from "./path.ts";

/** What the device wrote: one row per record, NaN where a sensor was silent. */
export interface Recorded {
  readonly length: number;
  /** Epoch milliseconds. */
  readonly timeMs: Float64Array;
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  readonly altitudeM: Float32Array;
  readonly distanceM: Float64Array;
  readonly speedMps: Float32Array;
  readonly heartRateBpm: Float32Array | undefined;
  readonly cadenceRpm: Float32Array | undefined;
  readonly powerW: Float32Array | undefined;
  readonly temperatureC: Float32Array | undefined;
  /** Index into the rows of the last record before each timer pause. */
  readonly pauseAfter: readonly number[];
  /** The second of the movement that each row shows. */
  readonly second: Uint32Array;
  readonly hasPosition: boolean;
}

/** What really happened at each row of a recording. */
export interface Truth {
  /** Degrees, where the person was. */
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  /** 1 where no way of the written map explains the place. */
  readonly isOffNetwork: Uint8Array;
  /** Index into `arcs` per row. */
  readonly at: Uint32Array;
  /** Arcs of the street graph in the order travelled. */
  readonly arcs: Int32Array;
}

/** Metres: standard deviation per axis that reflections between old houses add. */
const CANYON_SIGMA_M = 8.5;
/** Seconds over which a reflected signal stays. */
const CANYON_TAU_S = 35;
/** Seconds over which a receiver's filter follows: real tracks are smooth from fix to fix. */
const FILTER_S = 9;

/** @param path undefined indoors */
export function record(
  movement: Movement,
  path: Path | undefined,
  plane: Plane,
  athlete: Athlete,
  sport: SimSport,
  startMs: number,
  rng: Rng,
): Recorded {
  const { device } = athlete;
  const rows = chooseRows(movement, path, device.sampling, rng);
  const n = rows.second.length;
  const timeMs = new Float64Array(n);
  const lon = new Float64Array(n).fill(Number.NaN);
  const lat = new Float64Array(n).fill(Number.NaN);
  const altitudeM = new Float32Array(n).fill(Number.NaN);
  const distanceM = new Float64Array(n);
  const speedMps = new Float32Array(n);
  for (let r = 0; r < n; r++) timeMs[r] = startMs + rows.second[r]! * 1000;
  if (path) fixes(movement, path, plane, athlete, rows.second, lon, lat, altitudeM, rng);
  travelled(movement, rows.second, distanceM, speedMps, rng);
  return {
    length: n,
    timeMs,
    lon,
    lat,
    altitudeM,
    distanceM,
    speedMps,
    heartRateBpm: device.hasHeartRate ? heartRate(movement, rows.second, athlete, rng) : undefined,
    cadenceRpm: device.hasCadence ? cadence(movement, rows.second, sport, rng) : undefined,
    powerW:
      (device.hasPower || sport === "indoor-ride") && isRiding(sport)
        ? rows.second.length > 0
          ? power(movement, rows.second)
          : undefined
        : undefined,
    temperatureC: device.hasTemperature ? temperature(startMs, rows.second, rng) : undefined,
    pauseAfter: rows.pauseAfter,
    second: rows.second,
    hasPosition: path !== undefined,
  };
}

export function truthOf(recorded: Recorded, movement: Movement, path: Path, plane: Plane): Truth {
  const n = recorded.length;
  const lon = new Float64Array(n);
  const lat = new Float64Array(n);
  const off = new Uint8Array(n);
  const at = new Uint32Array(n);
  for (let r = 0; r < n; r++) {
    const i = recorded.second[r]!;
    lon[r] = plane.toLon(movement.x[i]!);
    lat[r] = plane.toLat(movement.y[i]!);
    const step = movement.step[i]!;
    off[r] = isOffNetwork(path.flag[step]!) ? 1 : 0;
    at[r] = path.at[step]!;
  }
  return { lon, lat, isOffNetwork: off, at, arcs: path.arcs };
}

/** Which seconds become rows: all, every fifth, or those where something changed ("smart"). */
function chooseRows(
  movement: Movement,
  path: Path | undefined,
  sampling: "second" | "smart" | "five",
  rng: Rng,
): { second: Uint32Array; pauseAfter: number[] } {
  const second = new Uint32Array(movement.length);
  const pauseAfter: number[] = [];
  let n = 0;
  let lastTurn = 0;
  let lastSpeed = 0;
  let since = 99;
  let patience = 5;
  let isStopped = false;
  for (let i = 0; i < movement.length; i++) {
    if (movement.state[i] === 2) {
      if (!isStopped && n > 0) pauseAfter.push(n - 1);
      isStopped = true;
      continue;
    }
    const isRestart = isStopped;
    isStopped = false;
    since++;
    if (sampling === "five" && since < 5 && !isRestart) continue;
    if (sampling === "smart" && since < patience && !isRestart && path) {
      const step = movement.step[i]!;
      const turn = Math.atan2(path.y[step + 1]! - path.y[step]!, path.x[step + 1]! - path.x[step]!);
      const speed = movement.speed[i]!;
      const hasTurned = Math.abs(Math.sin((turn - lastTurn) / 2)) > 0.1;
      if (!hasTurned && Math.abs(speed - lastSpeed) < 0.5) continue;
      lastTurn = turn;
    }
    lastSpeed = movement.speed[i]!;
    since = 0;
    if (sampling === "smart") patience = 2 + ((rng() * 6) | 0);
    second[n++] = i;
  }
  return { second: second.subarray(0, n), pauseAfter };
}

function fixes(
  movement: Movement,
  path: Path,
  plane: Plane,
  athlete: Athlete,
  second: Uint32Array,
  lon: Float64Array,
  lat: Float64Array,
  altitudeM: Float32Array,
  rng: Rng,
): void {
  const { device } = athlete;
  const sigma = device.sigmaM * (0.8 + 0.5 * rng());
  // The receiver's own filter smooths what wanders; its loss of variance is made good.
  const gain = sigma * Math.sqrt((device.tauS + FILTER_S) / device.tauS);
  const canyonGain = CANYON_SIGMA_M * Math.sqrt((CANYON_TAU_S + FILTER_S) / CANYON_TAU_S);
  let ax = quickNormal(rng) * gain;
  let ay = quickNormal(rng) * gain;
  let ex = ax;
  let ey = ay;
  let bx = 0;
  let by = 0;
  let cx = 0;
  let cy = 0;
  let canyon = 0;
  let wood = 1;
  let ez = device.hasBarometer ? 14 * quickNormal(rng) : 5 * quickNormal(rng);
  const hasBadStart = rng() < 0.14;
  let badX = hasBadStart ? (rng() - 0.5) * 240 : 0;
  let badY = hasBadStart ? (rng() - 0.5) * 240 : 0;
  const spikeChance = rng() < 0.12 ? 0.0008 : 0;
  let silent = 0;
  const silentChance = rng() < 0.1 ? 0.0004 : 0;
  const kx = 1 / (plane.toX(plane.originLon + 1) || 1);
  const ky = 1 / (plane.toY(plane.originLat + 1) || 1);
  let before = second[0] ?? 0;
  let keep = 1;
  let fresh = 0;
  let keepC = 1;
  let freshC = 0;
  let follow = 0;
  let lastDt = -1;
  for (let r = 0; r < second.length; r++) {
    const i = second[r]!;
    const dt = Math.max(1, i - before);
    before = i;
    if (dt !== lastDt) {
      keep = Math.exp(-dt / device.tauS);
      fresh = Math.sqrt(1 - keep * keep);
      keepC = Math.exp(-dt / CANYON_TAU_S);
      follow = 1 - Math.exp(-dt / FILTER_S);
      freshC = Math.sqrt(1 - keepC * keepC);
      lastDt = dt;
    }
    const flag = path.flag[movement.step[i]!]!;
    canyon += ((flag & EDGE.CANYON ? 1 : 0) - canyon) * Math.min(1, dt / 12);
    wood += ((flag & EDGE.FOREST ? 1.45 : 1) - wood) * Math.min(1, dt / 20);
    ax = ax * keep + quickNormal(rng) * gain * fresh;
    ay = ay * keep + quickNormal(rng) * gain * fresh;
    ex += (ax - ex) * follow;
    ey += (ay - ey) * follow;
    let x = movement.x[i]! + ex * wood + quickNormal(rng) * device.jitterM;
    let y = movement.y[i]! + ey * wood + quickNormal(rng) * device.jitterM;
    if (canyon > 0.02) {
      bx = bx * keepC + quickNormal(rng) * canyonGain * freshC;
      by = by * keepC + quickNormal(rng) * canyonGain * freshC;
      cx += (bx - cx) * follow;
      cy += (by - cy) * follow;
      x += cx * canyon;
      y += cy * canyon;
    }
    if (hasBadStart && i < 40) {
      x += badX;
      y += badY;
      badX *= 0.72;
      badY *= 0.72;
    }
    if (spikeChance > 0 && rng() < spikeChance) {
      x += quickNormal(rng) * 160;
      y += quickNormal(rng) * 160;
    }
    if (silentChance > 0 && silent <= 0 && rng() < silentChance) silent = 20 + rng() * 70;
    if (device.hasBarometer) ez += quickNormal(rng) * 0.035 * Math.sqrt(dt);
    else
      ez =
        ez * Math.exp(-dt / 110) +
        quickNormal(rng) * 5.5 * Math.sqrt(1 - Math.exp((-2 * dt) / 110));
    altitudeM[r] =
      Math.round(
        (movement.z[i]! + ez + (device.hasBarometer ? 0.15 : 0.6) * quickNormal(rng)) * 5,
      ) / 5;
    if (silent > 0) silent -= dt;
    if (silent > 0 || flag & EDGE.TUNNEL) continue;
    lon[r] = plane.originLon + x * kx;
    lat[r] = plane.originLat + y * ky;
  }
}

/** The device's own distance: a per cent or so off, never falling. */
function travelled(
  movement: Movement,
  second: Uint32Array,
  distanceM: Float64Array,
  speedMps: Float32Array,
  rng: Rng,
): void {
  const scale = 1 + quickNormal(rng) * 0.006;
  for (let r = 0; r < second.length; r++) {
    const i = second[r]!;
    distanceM[r] = movement.along[i]! * scale;
    const v = movement.speed[i]!;
    speedMps[r] = v > 0 ? Math.max(0, v * scale * (1 + 0.025 * quickNormal(rng))) : 0;
  }
}

function heartRate(
  movement: Movement,
  second: Uint32Array,
  athlete: Athlete,
  rng: Rng,
): Float32Array {
  const out = new Float32Array(second.length);
  const reserve = athlete.maxBpm - athlete.restBpm;
  let beat = athlete.restBpm + 0.25 * reserve;
  let noise = 0;
  let r = 0;
  let silent = 0;
  const dropChance = rng() < 0.12 ? 0.0006 : 0;
  const n = movement.length;
  for (let i = 0; i < n && r < second.length; i++) {
    const drift = 0.05 * Math.min(1, i / 5400);
    const goal =
      athlete.restBpm + reserve * Math.min(0.99, 0.2 + 0.74 * movement.effort[i]! + drift);
    beat += (goal - beat) / (goal > beat ? 38 : 55);
    if (second[r] !== i) continue;
    noise = noise * 0.9 + quickNormal(rng) * 0.6;
    if (dropChance > 0 && silent <= 0 && rng() < dropChance) silent = 15 + rng() * 120;
    silent--;
    out[r++] = silent > 0 ? Number.NaN : Math.round(Math.min(athlete.maxBpm, beat + noise));
  }
  return out;
}

function cadence(movement: Movement, second: Uint32Array, sport: SimSport, rng: Rng): Float32Array {
  const out = new Float32Array(second.length);
  const riding = isRiding(sport);
  const usual = riding ? 84 + 5 * quickNormal(rng) : 83 + 2.5 * quickNormal(rng);
  for (let r = 0; r < second.length; r++) {
    const i = second[r]!;
    const v = movement.speed[i]!;
    if (v < 0.3) out[r] = 0;
    else if (riding)
      out[r] = movement.power[i]! < 25 ? 0 : Math.round(usual + 4 * quickNormal(rng));
    else {
      const isRun = (sport === "run" || sport === "trail-run") && v > 1.5;
      out[r] = Math.round((isRun ? usual + (v - 2.8) * 4 : 44 + v * 8) + 1.2 * quickNormal(rng));
    }
  }
  return out;
}

function power(movement: Movement, second: Uint32Array): Float32Array {
  const out = new Float32Array(second.length);
  for (let r = 0; r < second.length; r++) out[r] = Math.round(movement.power[second[r]!]!);
  return out;
}

function temperature(startMs: number, second: Uint32Array, rng: Rng): Float32Array {
  const yearDay = (startMs / 86_400_000) % 365.2425;
  const outside =
    9 - 10 * Math.cos(((yearDay - 20) / 365.2425) * 2 * Math.PI) + 4 * quickNormal(rng);
  const out = new Float32Array(second.length);
  for (let r = 0; r < second.length; r++) {
    // The case is warm from the house and cools to the air within a quarter of an hour.
    out[r] = Math.round(outside + (21 - outside) * Math.exp(-second[r]! / 500));
  }
  return out;
}
