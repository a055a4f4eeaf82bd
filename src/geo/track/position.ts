/**
 * Positions that can be. Coordinates off the Earth and 0, 0 go first; then the longest chain of fixes
 * that the sport's speed allows is kept, so that a bad first fix loses to the many after it; then
 * single fixes that leap aside and back faster than a body can. A lost fix leaves its row with the
 * other channels. O(n + k·64) for k inconsistent steps.
 */
import type { Sport } from "./recording.ts";
import type { RepairLog } from "./repair.ts";
import { hasFix, type MutableStreams } from "./rows.ts";
import { SPORT_BOUNDS } from "./sport.ts";
import { distanceM, stepM } from "./step.ts";

export const positionDefaults = {
  /** Metres that a fix may be off without a reason: multipath in a street canyon. */
  slackM: 30,
  /** Degrees around 0, 0 where no street is: a buoy stands at Null Island. */
  nullDegrees: 1e-3,
  /** A chain may break rather than lose this many different fixes. */
  breakFixes: 20,
  /** Runs looked back for the chain. */
  reach: 64,
  /** Metres below which leaping aside is ordinary noise. */
  spikeFloorM: 10,
  mostPasses: 10,
  /** Fixes from which the track's noise and speed are estimated. */
  sampledFixes: 1500,
  /** Seconds between fixes beyond which a leap cannot be told from a way. */
  spikeGapS: 15,
} as const;

/**
 * Sets impossible positions to NaN in place.
 *
 * @returns rows at which the track breaks: they cannot be reached from the fix before, yet both
 *   sides are long enough to be believed
 */
export function cleanPositions(streams: MutableStreams, sport: Sport, log: RepairLog): number[] {
  dropOffEarth(streams, log);
  let breaks: number[] = [];
  // What one pass drops may uncover more beside it; a clean track takes one pass.
  for (let pass = 0; pass < positionDefaults.mostPasses; pass++) {
    const chain = keepLongestChain(streams, sport);
    const spikes = dropSpikes(streams, chain.breaks);
    log.add("position-jump", chain.dropped);
    log.add("position-spike", spikes);
    breaks = chain.breaks;
    if (chain.dropped + spikes === 0) break;
  }
  log.add("track-break", breaks.length);
  return breaks;
}

function dropOffEarth(streams: MutableStreams, log: RepairLog): void {
  const { lon, lat, length } = streams;
  let outside = 0;
  let zero = 0;
  for (let i = 0; i < length; i++) {
    const x = lon[i]!;
    const y = lat[i]!;
    if (Number.isNaN(x) && Number.isNaN(y)) continue;
    const isOutside = !(x >= -180 && x <= 180 && y >= -90 && y <= 90);
    const isZero =
      Math.abs(x) < positionDefaults.nullDegrees && Math.abs(y) < positionDefaults.nullDegrees;
    // FIT and some receivers write only one of the two before the first fix.
    const isHalf = x === 0 || y === 0 ? isLonelyZero(streams, i) : false;
    if (isOutside) outside++;
    else if (isZero || isHalf) zero++;
    else continue;
    lon[i] = Number.NaN;
    lat[i] = Number.NaN;
  }
  log.add("position-out-of-range", outside);
  log.add("position-null-island", zero);
}

/** Exactly one coordinate is 0 while a neighbour in the file is more than a degree from it. */
function isLonelyZero(streams: MutableStreams, i: number): boolean {
  const { lon, lat, length } = streams;
  for (const j of [i + 1, i - 1]) {
    if (j < 0 || j >= length || !hasFix(streams, j)) continue;
    if (lon[j] === 0 || lat[j] === 0) continue;
    return lon[i] === 0 ? Math.abs(lon[j]!) > 1 : Math.abs(lat[j]!) > 1;
  }
  return false;
}

/**
 * Cuts the fixes into runs at impossible steps and keeps the runs on the best chain. A chain may pass
 * from run to run where the speed between them is possible; it may also break, at the price of
 * `breakFixes`, because a long run is no slip of the receiver. Runs weigh as many fixes as they have
 * different places: a receiver that repeats its last known place has seen one.
 */
function keepLongestChain(
  streams: MutableStreams,
  sport: Sport,
): { dropped: number; breaks: number[] } {
  const { length, timeMs } = streams;
  const { slackM, breakFixes, reach } = positionDefaults;
  const topMps = SPORT_BOUNDS[sport].topMps;
  const hasTime = !Number.isNaN(timeMs[0]!);
  // Without times only leaps across the map can be told from ways.
  const isPossible = (a: number, b: number): boolean => {
    const metres = stepM(streams, a, b);
    if (!hasTime) return metres <= 50_000;
    return metres <= slackM + (topMps * (timeMs[b]! - timeMs[a]!)) / 1000;
  };

  const first: number[] = [];
  const last: number[] = [];
  const weight: number[] = [];
  let before = -1;
  for (let i = 0; i < length; i++) {
    if (!hasFix(streams, i)) continue;
    const r = first.length - 1;
    if (before >= 0 && isPossible(before, i)) {
      last[r] = i;
      if (streams.lon[i] !== streams.lon[before] || streams.lat[i] !== streams.lat[before]) {
        weight[r]!++;
      }
    } else {
      first.push(i);
      last.push(i);
      weight.push(1);
    }
    before = i;
  }
  const runs = first.length;
  if (runs < 2) return { dropped: 0, breaks: [] };

  const score = new Float64Array(runs);
  const parent = new Int32Array(runs).fill(-1);
  let bestBefore = -1;
  let winner = 0;
  for (let r = 0; r < runs; r++) {
    let best = 0;
    let from = -1;
    for (let q = r - 1; q >= 0 && q >= r - reach; q--) {
      if (score[q]! > best && isPossible(last[q]!, first[r]!)) {
        best = score[q]!;
        from = q;
      }
    }
    // The break may reach back to any run.
    if (bestBefore >= 0 && score[bestBefore]! - breakFixes > best) {
      best = score[bestBefore]! - breakFixes;
      from = bestBefore;
    }
    score[r] = best + weight[r]!;
    parent[r] = from;
    if (bestBefore < 0 || score[r]! > score[bestBefore]!) bestBefore = r;
    if (score[r]! > score[winner]!) winner = r;
  }

  const isKept = new Uint8Array(runs);
  const breaks: number[] = [];
  for (let r = winner; r >= 0; r = parent[r]!) {
    isKept[r] = 1;
    if (parent[r]! >= 0 && !isPossible(last[parent[r]!]!, first[r]!)) breaks.unshift(first[r]!);
  }
  let dropped = 0;
  for (let r = 0; r < runs; r++) {
    if (isKept[r]) continue;
    for (let i = first[r]!; i <= last[r]!; i++) {
      if (!hasFix(streams, i)) continue;
      streams.lon[i] = Number.NaN;
      streams.lat[i] = Number.NaN;
      dropped++;
    }
  }
  return { dropped, breaks };
}

/**
 * Drops single fixes that lie far off the straight line between their neighbours. Far is more than
 * the noise of this very track (6 × its median deviation) and more than the person's own speed could
 * take them and bring them back.
 */
function dropSpikes(streams: MutableStreams, breaks: readonly number[]): number {
  const { lon, lat, timeMs, length } = streams;
  const { spikeFloorM, spikeGapS, sampledFixes } = positionDefaults;
  if (Number.isNaN(timeMs[0]!)) return 0;
  const fixes = new Int32Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) if (hasFix(streams, i)) fixes[count++] = i;
  if (count < 5) return 0;

  const deviationM = (a: number, i: number, b: number): number => {
    const f = (timeMs[i]! - timeMs[a]!) / (timeMs[b]! - timeMs[a]!);
    let dLon = lon[b]! - lon[a]!;
    if (dLon > 180) dLon -= 360;
    else if (dLon < -180) dLon += 360;
    return distanceM(lon[a]! + f * dLon, lat[a]! + f * (lat[b]! - lat[a]!), lon[i]!, lat[i]!);
  };
  const deviations: number[] = [];
  const speeds: number[] = [];
  const stride = Math.max(1, Math.floor(count / sampledFixes));
  for (let k = 1; k + 1 < count; k += stride) {
    const seconds = (timeMs[fixes[k]!]! - timeMs[fixes[k - 1]!]!) / 1000;
    if (seconds > spikeGapS) continue;
    deviations.push(deviationM(fixes[k - 1]!, fixes[k]!, fixes[k + 1]!));
    speeds.push(stepM(streams, fixes[k - 1]!, fixes[k]!) / seconds);
  }
  if (deviations.length < 3) return 0;
  const noiseM = quantile(deviations, 0.5);
  const usualMps = quantile(speeds, 0.95);

  let dropped = 0;
  let a = fixes[0]!;
  let nextBreak = 0;
  for (let k = 1; k + 1 < count; k++) {
    const i = fixes[k]!;
    const b = fixes[k + 1]!;
    while (nextBreak < breaks.length && breaks[nextBreak]! < i) nextBreak++;
    // The two sides of a break say nothing about each other.
    if (breaks[nextBreak] === i || breaks[nextBreak] === b) {
      a = i;
      continue;
    }
    const before = (timeMs[i]! - timeMs[a]!) / 1000;
    const after = (timeMs[b]! - timeMs[i]!) / 1000;
    if (before <= spikeGapS && after <= spikeGapS) {
      // A receiver that stutters shows one fix a step early or late; that is no leap aside.
      const wayM = 1.2 * usualMps * Math.min(before, after) + 5;
      const limitM = Math.max(spikeFloorM, 6 * noiseM, wayM);
      const deviation = deviationM(a, i, b);
      // Beside a spike the good neighbour deviates too, but half as much: the worst goes first.
      if (deviation > limitM && (k + 2 >= count || deviation >= deviationM(i, b, fixes[k + 2]!))) {
        lon[i] = Number.NaN;
        lat[i] = Number.NaN;
        dropped++;
        continue;
      }
    }
    a = i;
  }
  return dropped;
}

function quantile(values: number[], q: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;
}
