/**
 * From the words of files to Waymark's small vocabulary of sports. FIT states numbers, TCX one of
 * three words, GPX anything. What is not known stays "other": a sport is never guessed from a name.
 */
import type { Sport } from "../recording.ts";

const RUN_BY_SUB: Readonly<Record<number, Sport>> = {
  1: "treadmill",
  3: "trail-run",
  45: "treadmill",
  58: "treadmill",
};

const RIDE_BY_SUB: Readonly<Record<number, Sport>> = {
  5: "indoor-ride",
  6: "indoor-ride",
  8: "mountain-bike",
  9: "mountain-bike",
  11: "gravel-ride",
  28: "e-bike",
  46: "gravel-ride",
  47: "e-bike",
  49: "gravel-ride",
  58: "indoor-ride",
  88: "indoor-ride",
  123: "mountain-bike",
  127: "e-bike",
};

const EQUIPMENT_BY_SUB: Readonly<Record<number, Sport>> = {
  1: "treadmill",
  5: "indoor-ride",
  6: "indoor-ride",
  14: "row",
  20: "strength",
  45: "treadmill",
};

const SPORT_BY_FIT: Readonly<Record<number, Sport>> = {
  3: "transition",
  11: "walk",
  12: "nordic-ski",
  13: "ski",
  14: "ski",
  15: "row",
  16: "hike",
  17: "hike",
  19: "paddle",
  21: "e-bike",
  30: "skate",
  33: "skate",
  35: "hike",
  37: "paddle",
  41: "paddle",
  42: "paddle",
  88: "paddle",
};

/** @param sport FIT sport number, NaN if the file tells none; likewise `subSport` */
export function sportOfFit(sport: number, subSport: number): Sport {
  switch (sport) {
    case 1:
      return RUN_BY_SUB[subSport] ?? "run";
    case 2:
      return RIDE_BY_SUB[subSport] ?? "ride";
    case 4:
      return EQUIPMENT_BY_SUB[subSport] ?? "other";
    case 5:
      return subSport === 18 ? "open-water-swim" : "swim";
    case 10:
      return subSport === 20 ? "strength" : "other";
    default:
      return SPORT_BY_FIT[sport] ?? "other";
  }
}

/** Words with every letter but a–z removed: "Trail Run", "trail_running" and "TrailRun" are one. */
const SPORT_BY_WORD: Readonly<Record<string, Sport>> = {
  ...words(
    "run",
    "run running jog jogging roadrunning streetrunning trackrunning track race laufen lauf course coursepied",
  ),
  ...words("trail-run", "trailrun trailrunning trail mountainrunning"),
  ...words(
    "treadmill",
    "treadmill treadmillrunning indoorrunning indoorrun virtualrun virtualrunning",
  ),
  ...words(
    "walk",
    "walk walking nordicwalking speedwalking casualwalking wandern gehen spaziergang",
  ),
  ...words("hike", "hike hiking mountaineering snowshoe snowshoeing trekking"),
  ...words(
    "ride",
    "ride riding bike biking cycling roadbiking roadcycling roadbike roadride commuting bicycle velo radfahren citybiking touring",
  ),
  ...words(
    "mountain-bike",
    "mountainbike mountainbiking mountainbikeride mtb downhillbiking mountainbikingride enduro",
  ),
  ...words(
    "gravel-ride",
    "gravel gravelride gravelcycling gravelbiking cyclocross gravelunpavedcycling",
  ),
  ...words("e-bike", "ebike ebiking ebikeride emountainbikeride ebikefitness ebikemountain"),
  ...words(
    "indoor-ride",
    "indoorcycling indoorride indoorbiking virtualride spinning spin virtualcycling turbotrainer",
  ),
  ...words("swim", "swim swimming lapswimming poolswim poolswimming schwimmen"),
  ...words("open-water-swim", "openwaterswim openwaterswimming openwater"),
  ...words("row", "row rowing indoorrowing virtualrow"),
  ...words(
    "ski",
    "ski skiing alpineski alpineskiing downhillskiing snowboard snowboarding backcountryski backcountryskiing skitouring resortskiing",
  ),
  ...words(
    "nordic-ski",
    "nordicski nordicskiing crosscountryski crosscountryskiing xcskiing rollerski rollerskiing skateskiing classicskiing",
  ),
  ...words(
    "skate",
    "skate skating inlineskate inlineskating iceskate iceskating rollerskating skateboard skateboarding",
  ),
  ...words(
    "paddle",
    "paddle paddling kayak kayaking canoe canoeing standuppaddling standuppaddleboarding sup rafting kayakingvtwo",
  ),
  ...words("strength", "strength strengthtraining weighttraining weights crossfit"),
  ...words("transition", "transition"),
};

function words(sport: Sport, list: string): Record<string, Sport> {
  return Object.fromEntries(list.split(" ").map((word) => [word, sport]));
}

/** Strava writes its own activity numbers as the type of a GPX track. */
const SPORT_BY_STRAVA_NUMBER: Readonly<Record<string, Sport>> = {
  1: "ride",
  4: "hike",
  9: "run",
  10: "walk",
  16: "swim",
};

/**
 * @param text what the file says: a word in any spelling, or Strava's number where `isStrava`
 */
export function sportOfWords(text: string, isStrava = false): Sport {
  const word = text.trim();
  if (/^\d+$/.test(word)) return (isStrava ? SPORT_BY_STRAVA_NUMBER[word] : undefined) ?? "other";
  const letters = word.toLowerCase().replace(/[^a-z]/g, "");
  return Object.hasOwn(SPORT_BY_WORD, letters) ? SPORT_BY_WORD[letters]! : "other";
}
