/**
 * How someone moves along a path, second by second: speed by grade (Minetti et al., J. Appl. Physiol.
 * 93, 2002, on foot; the power balance of Martin et al. 1998 on a bicycle; Tobler 1993 when hiking),
 * a slow start, tiredness, lights, viewpoints and cafés. This is the truth; sensors distort it.
 */
import type { Rng } from "../../base/rng.ts";
import type { Athlete, SimSport } from "../athlete/athlete.ts";
import { isRiding } from "../athlete/route.ts";
import { quickNormal } from "../stream.ts";
import { EDGE } from "../town/street-graph.ts";
import {
  FOOT_KIND,
  OFF_KIND,
  PATH_KIND,
  PATH_STEP_M,
  type Path,
  STEPS_KIND,
  TRAIL_KIND,
} from "./path.ts";

/** One entry per second from the start. */
export interface Movement {
  readonly length: number;
  /** Metres along the path. */
  readonly along: Float32Array;
  readonly speed: Float32Array;
  /** True place on the town's plane, beside the path's line by a step or two. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
  /** 0 … about 1.2: share of the threshold effort. */
  readonly effort: Float32Array;
  /** Watts at the pedals, 0 on foot. */
  readonly power: Float32Array;
  /** Index into the path's steps. */
  readonly step: Uint32Array;
  /** 0 moving, 1 standing with the timer on, 2 standing with the timer stopped. */
  readonly state: Uint8Array;
}

/** Energy per metre and kilogram on the flat is 3.6 J. */
function minetti(i: number): number {
  return ((((155.4 * i - 30.4) * i - 43.3) * i + 46.3) * i + 19.5) * i + 3.6;
}

const TABLE_HALF = 60;

/** Speed on the flat scaled per grade from −0.6 to 0.6 in steps of 0.01, m/s. */
function speedTable(
  sport: SimSport,
  athlete: Athlete,
  form: number,
): { speed: Float64Array; watts: number } {
  const speed = new Float64Array(2 * TABLE_HALF + 1);
  const watts = athlete.thresholdW * 0.76 * form;
  const rolling = sport === "ride" ? 0.005 : sport === "gravel-ride" ? 0.009 : 0.014;
  const area = sport === "ride" ? 0.34 : 0.42;
  const limit = sport === "ride" ? 14.5 : sport === "gravel-ride" ? 10.5 : 7.5;
  const mass = athlete.massKg + (sport === "ride" ? 9 : 12);
  for (let k = -TABLE_HALF; k <= TABLE_HALF; k++) {
    const grade = k / 100;
    let v: number;
    if (isRiding(sport)) {
      // Riders push harder uphill and coast down; solve P = v (m g (crr + i) + ½ ρ CdA v²).
      const push =
        watts * (grade > 0 ? 1 + Math.min(0.45, grade * 5) : Math.max(0.05, 1 + grade * 11));
      let low = 0.8;
      let high = limit;
      for (let n = 0; n < 24; n++) {
        const middle = (low + high) / 2;
        const need = middle * (mass * 9.81 * (rolling + grade) + 0.6 * area * middle * middle);
        if (need > push) high = middle;
        else low = middle;
      }
      v = low;
    } else if (sport === "hike" || sport === "walk") {
      const flat = sport === "hike" ? 0.95 : 0.93;
      v = Math.max(0.36, (flat * form * 6 * Math.exp(-3.5 * Math.abs(grade + 0.05))) / 3.6);
    } else {
      const easy = athlete.runSpeed * (sport === "trail-run" ? 0.93 : 1) * form;
      // Downhill nobody uses all that gravity offers; on steep ground runners walk.
      const ratio = 3.6 / Math.max(1.9, minetti(Math.max(-0.25, grade)));
      v = Math.max(0.45, easy * Math.min(1.17, ratio)) * (grade < -0.25 ? 0.75 : 1);
    }
    speed[k + TABLE_HALF] = v;
  }
  return { speed, watts };
}

/** How the ground slows, per kind of edge. */
function groundFactor(sport: SimSport, kind: number, flag: number): number {
  if (kind === STEPS_KIND) return 0.5;
  if (isRiding(sport)) {
    if (kind === TRAIL_KIND) return sport === "mountain-bike" ? 0.62 : 0.4;
    if (kind === PATH_KIND || kind === OFF_KIND) return sport === "mountain-bike" ? 0.75 : 0.5;
    if (kind === FOOT_KIND) return 0.62;
    return flag & EDGE.UNPAVED && sport === "ride" ? 0.88 : 1;
  }
  if (kind === OFF_KIND) return 0.8;
  return kind === TRAIL_KIND ? 0.88 : 1;
}

interface Stop {
  readonly step: number;
  readonly seconds: number;
  readonly isTimerStopped: boolean;
}

export function move(
  path: Path,
  sport: SimSport,
  athlete: Athlete,
  form: number,
  rng: Rng,
): Movement {
  const { speed: table, watts } = speedTable(sport, athlete, form);
  const stops = plannedStops(path, sport, athlete, rng);
  const riding = isRiding(sport);
  const capacity = Math.ceil(path.lengthM / 0.25) + 60;
  let along = new Float32Array(Math.min(capacity, 4096));
  const grow = <A extends Float32Array | Uint32Array | Uint8Array>(a: A, n: number): A => {
    const Type = a.constructor as new (n: number) => A;
    const b = new Type(n);
    b.set(a as never);
    return b;
  };
  let speed = along.slice();
  let x = along.slice();
  let y = along.slice();
  let z = along.slice();
  let effort = along.slice();
  let power = along.slice();
  let step = new Uint32Array(along.length);
  let state = new Uint8Array(along.length);

  const lag = riding ? 6 : 3;
  // Runners keep to a side, riders to the right; both drift.
  const side = riding ? -1.4 - rng() * 0.8 : (rng() < 0.6 ? -1 : 1) * (0.4 + rng() * 1.3);
  let drift = 0;
  let mood = 0;
  let s = 0;
  let v = 0;
  let n = 0;
  let stop = 0;
  let standing = 0;
  let isTimerStopped = false;
  const last = path.count - 1;
  const end = last * PATH_STEP_M;
  const limitS = 12 * 3600;
  while (s < end && n < limitS) {
    if (n === along.length) {
      const size = n * 2;
      along = grow(along, size);
      speed = grow(speed, size);
      x = grow(x, size);
      y = grow(y, size);
      z = grow(z, size);
      effort = grow(effort, size);
      power = grow(power, size);
      step = grow(step, size);
      state = grow(state, size);
    }
    const f = s / PATH_STEP_M;
    const i = Math.min(last - 1, f | 0);
    const t = f - i;
    const grade = path.grade[i]!;
    const k = grade * 100 + TABLE_HALF;
    const kLow = Math.max(0, Math.min(2 * TABLE_HALF - 1, k | 0));
    const base = table[kLow]! + (k - kLow) * (table[kLow + 1]! - table[kLow]!);
    mood = mood * 0.95 + quickNormal(rng) * 0.013;
    const start = n < 90 ? 0.86 + 0.14 * (n / 90) : 1;
    const tired = 1 - 0.045 * (n / 7200);
    const target =
      base *
      groundFactor(sport, path.kind[i]!, path.flag[i]!) *
      corner(path, i, riding) *
      (1 + mood) *
      start *
      tired;
    if (standing > 0) {
      standing--;
      v = 0;
    } else {
      v += (target - v) / lag;
      isTimerStopped = false;
      const next = stops[stop];
      if (next && i >= next.step) {
        standing = next.seconds;
        isTimerStopped = next.isTimerStopped;
        stop++;
        v = 0;
      }
    }
    // Sideways drift, slow in metres rather than seconds.
    if (v > 0) drift = drift * 0.985 + quickNormal(rng) * 0.06;
    const dx = path.x[i + 1]! - path.x[i]!;
    const dy = path.y[i + 1]! - path.y[i]!;
    const length = Math.hypot(dx, dy) || 1;
    const off = side + drift;
    along[n] = s;
    speed[n] = v;
    x[n] = path.x[i]! + t * dx - (dy / length) * off;
    y[n] = path.y[i]! + t * dy + (dx / length) * off;
    z[n] = path.z[i]! + t * (path.z[i + 1]! - path.z[i]!);
    step[n] = i;
    state[n] = v > 0 ? 0 : isTimerStopped ? 2 : 1;
    const ratio = base > 0 ? v / base : 0;
    if (riding) {
      const push = grade > 0 ? 1 + Math.min(0.45, grade * 5) : Math.max(0, 1 + grade * 11);
      power[n] =
        v > 0.3
          ? Math.max(0, watts * push * Math.min(1.6, ratio) * (1 + quickNormal(rng) * 0.11))
          : 0;
      effort[n] = power[n]! / athlete.thresholdW;
    } else {
      effort[n] = Math.min(
        1.15,
        (sport === "walk" ? 0.42 : sport === "hike" ? 0.62 : 0.78) *
          ratio *
          (1 + Math.max(-0.2, grade) * 0.9) *
          form,
      );
    }
    n++;
    s += v;
  }
  const cut = <A extends Float32Array | Uint32Array | Uint8Array>(a: A): A => a.subarray(0, n) as A;
  return {
    length: n,
    along: cut(along),
    speed: cut(speed),
    x: cut(x),
    y: cut(y),
    z: cut(z),
    effort: cut(effort),
    power: cut(power),
    step: cut(step),
    state: cut(state),
  };
}

/** Riders brake for bends, runners hardly. */
function corner(path: Path, i: number, riding: boolean): number {
  if (!riding || i < 3 || i + 4 >= path.count) return 1;
  const ax = path.x[i]! - path.x[i - 3]!;
  const ay = path.y[i]! - path.y[i - 3]!;
  const bx = path.x[i + 4]! - path.x[i]!;
  const by = path.y[i + 4]! - path.y[i]!;
  const cosine = (ax * bx + ay * by) / (Math.hypot(ax, ay) * Math.hypot(bx, by) || 1);
  return cosine > 0.9 ? 1 : cosine > 0.4 ? 0.84 : 0.55;
}

function plannedStops(path: Path, sport: SimSport, athlete: Athlete, rng: Rng): Stop[] {
  const stops: Stop[] = [];
  for (const step of path.signals) {
    if (rng() < 0.3)
      stops.push({
        step,
        seconds: 6 + Math.floor(rng() * 48),
        isTimerStopped: athlete.device.hasAutoPause && rng() < 0.8,
      });
  }
  const isLong = path.lengthM > (isRiding(sport) ? 20_000 : 8000);
  if (isLong && rng() < 0.55) {
    const step = Math.floor(path.count * (0.4 + 0.3 * rng()));
    stops.push({ step, seconds: 240 + Math.floor(rng() * 1100), isTimerStopped: rng() < 0.65 });
  }
  if (sport === "hike" || sport === "walk" || rng() < 0.2) {
    for (let k = 0; k < 3; k++) {
      if (rng() < 0.4)
        stops.push({
          step: Math.floor(path.count * rng()),
          seconds: 20 + Math.floor(rng() * 150),
          isTimerStopped: rng() < 0.15,
        });
    }
  }
  return stops.sort((a, b) => a.step - b.step);
}

/** Indoors: no path, only effort over time in intervals. */
export function pedalIndoors(minutes: number, athlete: Athlete, rng: Rng): Movement {
  const n = Math.round(minutes * 60);
  const zero = (): Float32Array => new Float32Array(n);
  const movement = {
    length: n,
    along: zero(),
    speed: zero(),
    x: zero(),
    y: zero(),
    z: zero(),
    effort: zero(),
    power: zero(),
    step: new Uint32Array(n),
    state: new Uint8Array(n),
  };
  let s = 0;
  for (let i = 0; i < n; i++) {
    const isWork = i > 600 && i < n - 400 && Math.floor(i / 240) % 2 === 0;
    const watts = athlete.thresholdW * (isWork ? 0.95 : 0.55) * (1 + quickNormal(rng) * 0.06);
    movement.power[i] = watts;
    movement.effort[i] = watts / athlete.thresholdW;
    movement.speed[i] = 5.2 * Math.cbrt(watts / 100);
    movement.along[i] = s;
    s += movement.speed[i]!;
  }
  return movement;
}
