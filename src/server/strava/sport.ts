/** Strava's sport types (its API's `SportType`) and ours, both ways. */
import { WaymarkError } from "../../base/error.ts";
import { SPORTS, type Sport } from "../../geo/track/recording.ts";

/** Strava's word → ours; the first of several is what ours is called there. */
const SPORT_TYPES = {
  Run: "run",
  TrailRun: "trail-run",
  VirtualRun: "treadmill",
  Walk: "walk",
  Hike: "hike",
  Snowshoe: "hike",
  Ride: "ride",
  MountainBikeRide: "mountain-bike",
  GravelRide: "gravel-ride",
  EBikeRide: "e-bike",
  EMountainBikeRide: "e-bike",
  VirtualRide: "indoor-ride",
  Handcycle: "ride",
  Velomobile: "ride",
  Swim: "swim",
  Rowing: "row",
  VirtualRow: "row",
  AlpineSki: "ski",
  BackcountrySki: "ski",
  Snowboard: "ski",
  NordicSki: "nordic-ski",
  RollerSki: "nordic-ski",
  InlineSkate: "skate",
  IceSkate: "skate",
  Skateboard: "skate",
  Kayaking: "paddle",
  Canoeing: "paddle",
  StandUpPaddling: "paddle",
  WeightTraining: "strength",
  Crossfit: "strength",
  HighIntensityIntervalTraining: "strength",
  Workout: "other",
  Badminton: "other",
  Elliptical: "other",
  Golf: "other",
  Kitesurf: "other",
  Padel: "other",
  Pickleball: "other",
  Pilates: "other",
  Racquetball: "other",
  RockClimbing: "other",
  Sail: "other",
  Soccer: "other",
  Squash: "other",
  StairStepper: "other",
  Surfing: "other",
  TableTennis: "other",
  Tennis: "other",
  Wheelchair: "other",
  Windsurf: "other",
  Yoga: "other",
} as const satisfies Record<string, Sport>;

const LOWER = new Map<string, Sport>(
  Object.entries(SPORT_TYPES).map(([word, sport]) => [word.toLowerCase(), sport]),
);
const WORD = new Map<string, string>([
  ["open-water-swim", "Swim"],
  ["transition", "Workout"],
]);
for (const [word, sport] of Object.entries(SPORT_TYPES)) {
  if (!WORD.has(sport)) WORD.set(sport, word);
}

/** Types of Strava's first years, which `type` still holds. */
const OLD_TYPE: Readonly<Record<string, string>> = {
  TrailRun: "Run",
  MountainBikeRide: "Ride",
  GravelRide: "Ride",
};

/**
 * @param word one of Strava's, whatever its case ("ride" as old clients write), or one of ours
 * @param isTrainer it was done indoors
 * @throws WaymarkError USAGE with the choices
 */
export function readSport(word: string, isTrainer = false): Sport {
  const sport = SPORTS.find((own) => own === word) ?? LOWER.get(word.toLowerCase());
  if (sport === undefined) {
    throw new WaymarkError("USAGE", `sport '${word.slice(0, 40)}' is unknown`, { choices: SPORTS });
  }
  if (isTrainer && sport === "ride") return "indoor-ride";
  if (isTrainer && sport === "run") return "treadmill";
  return sport;
}

export function sportType(sport: string): string {
  return WORD.get(sport) ?? "Workout";
}

export function oldType(sport: string): string {
  const type = sportType(sport);
  return OLD_TYPE[type] ?? type;
}
