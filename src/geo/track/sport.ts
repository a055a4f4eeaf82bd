/**
 * What each sport can do, and the sport itself: kept from the file, corrected only when it cannot be.
 * Bounds are world records with room for wind, current and slope, so that they only ever catch the
 * impossible; the fast rest is the person's own.
 */
import type { Recording, Sport, Streams } from "./recording.ts";
import { hasFix } from "./rows.ts";
import { stepM } from "./step.ts";

export interface SportBounds {
  /** Metres per second that nobody exceeds for a few seconds. */
  readonly topMps: number;
  /** Metres per second that nobody holds for ten minutes; Infinity where anything may be towed. */
  readonly heldMps: number;
  /** Metres per second below which the person stands. */
  readonly stillMps: number;
  /** True when the device's distance is all there is, coordinates or not. */
  readonly isIndoor: boolean;
}

const bounds = (
  topMps: number,
  heldMps: number,
  stillMps: number,
  isIndoor = false,
): SportBounds => ({ topMps, heldMps, stillMps, isIndoor });

/**
 * Top: sprint 12.4 m/s (Bolt 2009), downhill cycling 130 km/h, speed skiing 70 m/s on a prepared
 * slope but 45 m/s elsewhere, 50 m freestyle 2.4 m/s plus current. Held: 3,000 m in 7.9 m/s ≈ 6.9,
 * race walking 4.4, hour record 15.8 m/s plus tailwind and descent, 10 km swim 1.55 plus current.
 */
export const SPORT_BOUNDS: Readonly<Record<Sport, SportBounds>> = {
  run: bounds(13, 7, 0.6),
  "trail-run": bounds(13, 7, 0.4),
  walk: bounds(10, 4.6, 0.3),
  hike: bounds(10, 4.6, 0.25),
  ride: bounds(36, 25, 0.8),
  "mountain-bike": bounds(32, 22, 0.6),
  "gravel-ride": bounds(34, 25, 0.7),
  "e-bike": bounds(34, 25, 0.8),
  "indoor-ride": bounds(36, Number.POSITIVE_INFINITY, 0.5, true),
  treadmill: bounds(13, Number.POSITIVE_INFINITY, 0.5, true),
  swim: bounds(4, Number.POSITIVE_INFINITY, 0.15, true),
  "open-water-swim": bounds(5, 3.5, 0.15),
  row: bounds(10, 8, 0.3),
  ski: bounds(45, Number.POSITIVE_INFINITY, 0.5),
  "nordic-ski": bounds(25, 15, 0.4),
  skate: bounds(28, 16, 0.5),
  paddle: bounds(12, 10, 0.25),
  strength: bounds(13, Number.POSITIVE_INFINITY, 0.5),
  transition: bounds(25, Number.POSITIVE_INFINITY, 0.3),
  other: bounds(100, Number.POSITIVE_INFINITY, 0.4),
};

/** Sports on foot, where grade-adjusted pace and the running best efforts make sense. */
export function isOnFoot(sport: Sport): boolean {
  return (
    sport === "run" ||
    sport === "trail-run" ||
    sport === "treadmill" ||
    sport === "walk" ||
    sport === "hike"
  );
}

/**
 * The stated sport, or the nearest that is possible when the middle half of at least ten minutes was
 * moved faster than anyone ever held: fast feet have wheels, and fast wheels an engine.
 */
export function possibleSport(recording: Recording): Sport {
  const { sport, streams, isVirtual } = recording;
  const heldMps = SPORT_BOUNDS[sport].heldMps;
  if (heldMps === Number.POSITIVE_INFINITY || isVirtual) return sport;
  const speed = heldSpeed(streams);
  if (!(speed > heldMps)) return sport;
  if ((sport === "walk" || sport === "hike") && speed <= SPORT_BOUNDS.run.heldMps) return "run";
  const isOnLand = isOnFoot(sport) || sport === "skate" || sport === "nordic-ski";
  return isOnLand && speed <= SPORT_BOUNDS.ride.heldMps ? "ride" : "other";
}

/** The lower quartile of speed over minutes with movement, in m/s; NaN below ten such minutes. */
function heldSpeed(streams: Streams): number {
  const speeds: number[] = [];
  let before = -1;
  for (let i = 0; i < streams.length; i++) {
    if (!hasFix(streams, i)) continue;
    if (before < 0) {
      before = i;
      continue;
    }
    const seconds = (streams.timeMs[i]! - streams.timeMs[before]!) / 1000;
    if (!(seconds >= 60)) continue;
    if (seconds <= 180) {
      const mps = stepM(streams, before, i) / seconds;
      if (mps > 0.5) speeds.push(mps);
    }
    before = i;
  }
  if (speeds.length < 10) return Number.NaN;
  speeds.sort((a, b) => a - b);
  return speeds[speeds.length >> 2]!;
}
