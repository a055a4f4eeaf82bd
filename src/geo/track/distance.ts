/**
 * Cumulative distance, always present and never falling. The device's own column is preferred where
 * it agrees with the ground (a wheel or footpod sees the way between fixes, and the receiver's speed
 * is Doppler, better than differences of its places); the sum over the fixes is used where there is
 * none or it contradicts the places. Indoors only the device knows. O(n).
 */
import type { Sport, Streams } from "./recording.ts";
import type { RepairLog } from "./repair.ts";
import { hasFix } from "./rows.ts";
import { SPORT_BOUNDS } from "./sport.ts";
import { stepM } from "./step.ts";

export const distanceDefaults = {
  /** Device over ground outside this range is another activity's or another unit's distance. */
  ratioLow: 0.75,
  ratioHigh: 1.35,
  /** Ground this short says nothing about the device. */
  comparableM: 1000,
  /** A step of the device may exceed the sport's top speed by this much (late fix, paused wheel). */
  slackM: 100,
  /** Known rows looked ahead to tell a glitch of the device's distance from a reset. */
  glitchRows: 10,
} as const;

export interface DistanceInput {
  readonly streams: Streams;
  readonly sport: Sport;
  readonly isVirtual: boolean;
  /** 1 where the timer stood still for most of the step to this row. */
  readonly isStopped: Uint8Array;
  /** 1 where the row stands still with a wandering receiver. */
  readonly isParked: Uint8Array;
  /** Rows that cannot be reached from the fix before them, ascending. */
  readonly breaks: readonly number[];
}

/** Metres from the start at each row. */
export function cleanDistance(input: DistanceInput, log: RepairLog): Float64Array {
  const { streams, sport } = input;
  const n = streams.length;
  if (n === 0) return new Float64Array(0);
  const ground = groundSteps(input);
  const device = deviceSteps(input, ground, log);
  const hasGround = ground.knownSteps > 0;
  if (device === undefined) {
    if (hasGround) {
      log.add("parked-jitter", ground.parkedFixes);
      return accumulate(ground.step);
    }
    return accumulate(speedSteps(streams, input.isStopped));
  }
  if (SPORT_BOUNDS[sport].isIndoor || input.isVirtual || !hasGround) return accumulate(device.step);
  if (isForeign(device, ground)) {
    log.add("distance-foreign", device.knownRows);
    log.add("parked-jitter", ground.parkedFixes);
    return accumulate(ground.step);
  }
  return accumulate(device.step);
}

/** The device contradicts the ground by more than the ways between the fixes can explain. */
function isForeign(device: DeviceSteps, ground: GroundSteps): boolean {
  let deviceM = 0;
  let groundM = 0;
  for (let i = 1; i < ground.step.length; i++) {
    if (!ground.isKnown[i] || !device.isKnown[i]) continue;
    deviceM += device.step[i]!;
    groundM += ground.step[i]!;
  }
  const { ratioLow, ratioHigh, comparableM } = distanceDefaults;
  if (groundM < comparableM && deviceM < comparableM) return false;
  const ratio = deviceM / groundM;
  return !(ratio >= ratioLow && ratio <= ratioHigh);
}

interface GroundSteps {
  /** Metres since the row before. */
  readonly step: Float64Array;
  /** 1 where the step lies between two fixes. */
  readonly isKnown: Uint8Array;
  readonly knownSteps: number;
  readonly parkedFixes: number;
}

/** Steps from fix to fix, shared by time among the rows without a fix between them. */
function groundSteps(input: DistanceInput): GroundSteps {
  const { streams, isStopped, isParked, breaks } = input;
  const n = streams.length;
  const step = new Float64Array(n);
  const isKnown = new Uint8Array(n);
  let before = -1;
  let knownSteps = 0;
  let parkedFixes = 0;
  let nextBreak = 0;
  for (let i = 0; i < n; i++) {
    if (!hasFix(streams, i)) continue;
    if (before >= 0) {
      const isBreak = nextBreak < breaks.length && breaks[nextBreak] === i;
      if (isBreak) nextBreak++;
      const metres = stepM(streams, before, i);
      let counted = isBreak ? 0 : metres;
      if (counted > 0 && isParked[i]) {
        counted = 0;
        parkedFixes++;
      }
      if (!isBreak) {
        share(streams, isStopped, before, i, counted, step);
        for (let j = before + 1; j <= i; j++) isKnown[j] = 1;
        knownSteps++;
      }
    }
    before = i;
  }
  return { step, isKnown, knownSteps, parkedFixes };
}

/** Shares metres among the rows in (a, b] by time, none to rows where the timer stood. */
function share(
  streams: Streams,
  isStopped: Uint8Array,
  a: number,
  b: number,
  metres: number,
  step: Float64Array,
): void {
  if (b === a + 1) {
    step[b] = isStopped[b] ? 0 : metres;
    return;
  }
  const { timeMs } = streams;
  const total = timeMs[b]! - timeMs[a]!;
  for (let j = a + 1; j <= b; j++) {
    const part = total > 0 ? (timeMs[j]! - timeMs[j - 1]!) / total : 1 / (b - a);
    step[j] = isStopped[j] ? 0 : metres * part;
  }
}

interface DeviceSteps {
  readonly step: Float64Array;
  /** 1 where the step lies between two values of the device. */
  readonly isKnown: Uint8Array;
  readonly knownRows: number;
}

/**
 * Steps of the device's distance: resets go on from where they were, glitches and impossible jumps
 * take the ground's word, rows without a value share the step in the ground's proportion or by time.
 */
function deviceSteps(
  input: DistanceInput,
  ground: GroundSteps,
  log: RepairLog,
): DeviceSteps | undefined {
  const { streams, sport } = input;
  const column = streams.distanceM;
  if (!column) return undefined;
  const n = streams.length;
  const { timeMs } = streams;
  const known: number[] = [];
  for (let i = 0; i < n; i++) if (column[i]! >= 0 && column[i]! < 1e8) known.push(i);
  if (known.length < 2) return undefined;

  const { slackM, glitchRows } = distanceDefaults;
  const topMps = SPORT_BOUNDS[sport].topMps;
  const reachM = (a: number, b: number): number => {
    const seconds = (timeMs[b]! - timeMs[a]!) / 1000;
    return slackM + topMps * (Number.isNaN(seconds) ? 60 * (b - a) : seconds);
  };
  const step = new Float64Array(n);
  const isKnown = new Uint8Array(n);
  let reversed = 0;
  let jumped = 0;
  let total = 0;
  let a = known[0]!;
  for (let k = 1; k < known.length; k++) {
    const b = known[k]!;
    let metres = column[b]! - column[a]!;
    if (metres < 0 || metres > reachM(a, b)) {
      if (metres < 0) reversed++;
      else jumped++;
      // A glitch returns to the level before within a few rows; a reset counts on from its own.
      let back = -1;
      for (let q = k + 1; q < known.length && q <= k + glitchRows && back < 0; q++) {
        const rise = column[known[q]!]! - column[a]!;
        if (rise >= 0 && rise <= reachM(a, known[q]!)) back = q;
      }
      if (back > 0) {
        k = back - 1;
        continue;
      }
      const isReset = metres < 0;
      metres = 0;
      if (!isReset) for (let j = a + 1; j <= b; j++) metres += ground.step[j]!;
    }
    spread(streams, ground, a, b, metres, reachM, step);
    for (let j = a + 1; j <= b; j++) isKnown[j] = 1;
    total += metres;
    a = b;
  }
  // Before the first and after the last value only the ground knows.
  for (let j = 1; j <= known[0]!; j++) step[j] = ground.step[j]!;
  for (let j = a + 1; j < n; j++) step[j] = ground.step[j]!;
  log.add("distance-reversed", reversed);
  log.add("distance-jump", jumped);
  if (total === 0 && ground.knownSteps > 0) return undefined;
  return { step, isKnown, knownRows: known.length };
}

/**
 * Spreads a device step over the rows (a, b] like the ground steps; by time without them, and where the
 * ground would have all of it in a step that nobody could do.
 */
function spread(
  { timeMs }: Streams,
  ground: GroundSteps,
  a: number,
  b: number,
  metres: number,
  reachM: (a: number, b: number) => number,
  step: Float64Array,
): void {
  if (b === a + 1) {
    step[b] = metres;
    return;
  }
  let groundM = 0;
  for (let j = a + 1; j <= b; j++) groundM += ground.step[j]!;
  let byGround = groundM > 0;
  for (let j = a + 1; byGround && j <= b; j++) {
    byGround = (metres * ground.step[j]!) / groundM <= reachM(j - 1, j);
  }
  const total = timeMs[b]! - timeMs[a]!;
  for (let j = a + 1; j <= b; j++) {
    const part = byGround
      ? ground.step[j]! / groundM
      : total > 0
        ? (timeMs[j]! - timeMs[j - 1]!) / total
        : 1 / (b - a);
    step[j] = metres * part;
  }
}

/** Without places and distances, the device's speed times time; zero without that too. */
function speedSteps(streams: Streams, isStopped: Uint8Array): Float64Array {
  const step = new Float64Array(streams.length);
  const speed = streams.speedMps;
  if (!speed) return step;
  for (let i = 1; i < streams.length; i++) {
    const seconds = (streams.timeMs[i]! - streams.timeMs[i - 1]!) / 1000;
    // Longer silences are not covered by one instant's speed.
    if (isStopped[i] || !(speed[i]! > 0) || !(seconds <= 10)) continue;
    step[i] = speed[i]! * seconds;
  }
  return step;
}

function accumulate(step: Float64Array): Float64Array {
  const total = new Float64Array(step.length);
  for (let i = 1; i < step.length; i++) total[i] = total[i - 1]! + step[i]!;
  return total;
}
