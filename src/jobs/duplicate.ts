/**
 * Whether two recordings are of one activity: the same athlete at the same time, over the same
 * distance, at the same place. Devices and exports of one activity disagree on its start (first fix
 * or start button), its length and its distance by a few per cent; two activities of one person
 * cannot overlap.
 */
import { haversine } from "../geo/lonlat.ts";
import type { ActivitySummary } from "../schema/activity.ts";

export const duplicateDefaults = {
  /** Common part of the two time spans over their union; exports trim ends by up to minutes. */
  overlap: 0.9,
  /** Relative difference of distance; wheel, footpod and GPS distances differ by 2–4 %. */
  distance: 0.08,
  /**
   * The same when start and length agree to `exactS`: positions among houses alone make a third more
   * of a distance than a footpod, and nobody starts two activities in one moment.
   */
  exactDistance: 0.4,
  /** Seconds; and the shortest activity for which such an agreement says anything. */
  exactS: 5,
  exactFromS: 60,
  /** Metres of difference that never matter: the first fixes before the start. */
  distanceM: 30,
  /** Largest distance in metres between the middles of the two boxes, beside a tenth of the box. */
  placeM: 200,
} as const;

/** Sports that formats and exports mistake for one another; a duplicate keeps within its family. */
const FAMILY: Readonly<Record<string, string>> = {
  run: "foot",
  "trail-run": "foot",
  walk: "foot",
  hike: "foot",
  treadmill: "foot",
  ride: "wheel",
  "mountain-bike": "wheel",
  "gravel-ride": "wheel",
  "e-bike": "wheel",
  "indoor-ride": "wheel",
  swim: "water",
  "open-water-swim": "water",
  row: "water",
  paddle: "water",
  ski: "snow",
  "nordic-ski": "snow",
};

export function isDuplicate(a: ActivitySummary, b: ActivitySummary): boolean {
  const familyA = FAMILY[a.sport];
  const familyB = FAMILY[b.sport];
  // A sport without family ("other") may be anything that the other file knows better.
  if (familyA !== undefined && familyB !== undefined && familyA !== familyB) return false;
  return a.athlete === b.athlete && overlaps(a, b) && sameDistance(a, b) && samePlace(a, b);
}

function overlaps(a: ActivitySummary, b: ActivitySummary): boolean {
  const endA = a.startMs + a.elapsedS * 1000;
  const endB = b.startMs + b.elapsedS * 1000;
  const union = Math.max(endA, endB) - Math.min(a.startMs, b.startMs);
  // Instants have no overlap: they are the same second or not.
  if (union < 2000) return true;
  const common = Math.min(endA, endB) - Math.max(a.startMs, b.startMs);
  return common / union >= duplicateDefaults.overlap;
}

function sameDistance(a: ActivitySummary, b: ActivitySummary): boolean {
  const difference = Math.abs(a.distanceM - b.distanceM);
  const longer = Math.max(a.distanceM, b.distanceM);
  const { distanceM, distance, exactDistance } = duplicateDefaults;
  const share = isExact(a, b) ? exactDistance : distance;
  return difference <= Math.max(distanceM, share * longer);
}

function isExact(a: ActivitySummary, b: ActivitySummary): boolean {
  const { exactS, exactFromS } = duplicateDefaults;
  return (
    Math.min(a.elapsedS, b.elapsedS) >= exactFromS &&
    Math.abs(a.startMs - b.startMs) <= exactS * 1000 &&
    Math.abs(a.elapsedS - b.elapsedS) <= exactS
  );
}

function samePlace(a: ActivitySummary, b: ActivitySummary): boolean {
  // One of them without position (a watch that had no fix) says nothing against it.
  if (!a.bbox || !b.bbox) return true;
  const [west, south, east, north] = a.bbox;
  const allowedM = duplicateDefaults.placeM + haversine(west, south, east, north) / 10;
  const apartM = haversine(
    (west + east) / 2,
    (south + north) / 2,
    (b.bbox[0] + b.bbox[2]) / 2,
    (b.bbox[1] + b.bbox[3]) / 2,
  );
  return apartM <= allowedM;
}
