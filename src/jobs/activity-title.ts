/**
 * A title for an activity that nobody named: the part of the day and the sport. The hour is that of
 * the sun at the place, because recordings carry UTC and no time zone.
 */
import type { Sport } from "../geo/track/recording.ts";

const NOUN: Readonly<Record<Sport, string>> = {
  run: "run",
  "trail-run": "trail run",
  walk: "walk",
  hike: "hike",
  ride: "ride",
  "mountain-bike": "mountain bike ride",
  "gravel-ride": "gravel ride",
  "e-bike": "e-bike ride",
  "indoor-ride": "indoor ride",
  treadmill: "treadmill run",
  swim: "swim",
  "open-water-swim": "open-water swim",
  row: "row",
  ski: "ski",
  "nordic-ski": "nordic ski",
  skate: "skate",
  paddle: "paddle",
  strength: "strength training",
  transition: "transition",
  other: "activity",
};

/** First hour of each part of the day. */
const PARTS: readonly (readonly [hour: number, name: string])[] = [
  [0, "Night"],
  [4, "Morning"],
  [11, "Lunch"],
  [14, "Afternoon"],
  [18, "Evening"],
  [22, "Night"],
];

const HOUR_MS = 3_600_000;
const DEGREES_PER_HOUR = 15;

/**
 * @param startMs epoch milliseconds UTC
 * @param lon degrees where it began; NaN without position, then only the sport is named
 */
export function activityTitle(sport: Sport, startMs: number, lon: number): string {
  const noun = NOUN[sport];
  if (Number.isNaN(lon)) return noun[0]!.toUpperCase() + noun.slice(1);
  const hour = (((startMs / HOUR_MS + lon / DEGREES_PER_HOUR) % 24) + 24) % 24;
  const part = PARTS.findLast(([first]) => hour >= first)!;
  return `${part[1]} ${noun}`;
}
