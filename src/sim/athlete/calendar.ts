/**
 * When people go out: habits by week, weekends longer, winter indoors and on foot, summer on the
 * hills, a fitness trend over the year, and groups that meet on some Saturdays.
 */
import { integer, pick, type Rng } from "../../base/rng.ts";
import { PROCESS, streamOf } from "../stream.ts";
import { type Athlete, SIM_SPORTS, type SimSport } from "./athlete.ts";
import type { RouteWish } from "./route.ts";

export const DAY_MS = 86_400_000;

export interface Outing {
  readonly athlete: Athlete;
  /** Days before `until`, 0 is the last. */
  readonly day: number;
  readonly startMs: number;
  readonly sport: SimSport;
  readonly isVirtual: boolean;
  readonly isGroup: boolean;
  readonly wish: RouteWish;
  /** Seed of the route's random choices: equal seeds of one taste give the same route. */
  readonly routeSeed: number;
  /** 0.9 … 1.1 of the usual speed. */
  readonly form: number;
  /** Minutes, for what has no route. */
  readonly minutes: number;
}

export interface CalendarOptions {
  readonly seed: number;
  readonly until: number;
  readonly days: number;
  readonly summits: readonly number[];
  /** Node where groups meet. */
  readonly meeting: number;
}

const SHAPES = ["loop", "loop", "loop", "loop", "out-and-back", "point-to-point"] as const;
const HILL_SHAPES = ["summit", "summit", "loop", "loop", "point-to-point"] as const;

/** The outing of a day, if there is one. */
export function outingOf(
  athlete: Athlete,
  day: number,
  options: CalendarOptions,
): Outing | undefined {
  const { seed, until } = options;
  const rng = streamOf(seed, PROCESS.CALENDAR, athlete.index, day);
  const midnight = Math.floor(until / DAY_MS) * DAY_MS - day * DAY_MS;
  const weekday = new Date(midnight).getUTCDay();
  const isWeekend = weekday === 0 || weekday === 6;
  const yearDay = (midnight / DAY_MS) % 365.2425;
  /** −1 in mid January, 1 in mid July. */
  const season = -Math.cos(((yearDay - 15) / 365.2425) * 2 * Math.PI);
  const group = weekday === 6 ? groupOuting(athlete, midnight, season, options) : undefined;
  if (group && rng() < 0.42) {
    return finish(
      athlete,
      day,
      midnight,
      group.sport,
      group.lengthM,
      group.wish,
      group.routeSeed,
      true,
      rng,
      options,
    );
  }
  // Weekends weigh 1.6, weekdays 0.76: the week keeps its sum.
  const chance = (athlete.outingsPerWeek / 7) * (isWeekend ? 1.6 : 0.76) * (1 + 0.25 * season);
  if (rng() > chance) return undefined;
  const sport = chooseSport(athlete, season, rng);
  const lengthM = lengthOf(sport, isWeekend, season, rng);
  // Two outings of three repeat a favourite; the taste varies a little each time.
  const isFavourite = rng() < 0.66;
  // The first favourite of four is taken half the time.
  const favourite = Math.floor(4 * rng() ** 2);
  const own = streamOf(
    seed,
    PROCESS.FAVOURITE,
    athlete.index,
    favourite,
    SIM_SPORTS.indexOf(sport),
  );
  const routeSeed = isFavourite ? Math.floor(own() * 1e9) : Math.floor(rng() * 1e9);
  const favouriteLength = lengthOf(sport, own() < 0.4, 0.2, own);
  // A favourite's shape and habits are its own; a new route's are the day's.
  const choice = isFavourite ? own : rng;
  const shape = pick(choice, sport === "hike" || sport === "trail-run" ? HILL_SHAPES : SHAPES);
  const wildness = choice() < 0.4 ? 1 : 0.15;
  const variant = isFavourite ? (rng() < 0.75 ? 0 : 1 + integer(rng, 2)) : integer(rng, 1000);
  const wish: RouteWish = {
    sport,
    start: athlete.home,
    lengthM: isFavourite ? favouriteLength : lengthM,
    shape,
    taste: athlete.index * 1009 + variant,
    wildness,
    summits: options.summits,
  };
  return finish(athlete, day, midnight, sport, wish.lengthM, wish, routeSeed, false, rng, options);
}

function finish(
  athlete: Athlete,
  day: number,
  midnight: number,
  sport: SimSport,
  lengthM: number,
  wish: RouteWish,
  routeSeed: number,
  isGroup: boolean,
  rng: Rng,
  options: CalendarOptions,
): Outing {
  const weekday = new Date(midnight).getUTCDay();
  const hour = isGroup
    ? 8.5
    : weekday === 0 || weekday === 6
      ? 8 + rng() * 3
      : athlete.hour + (rng() - 0.5) * 0.9;
  const progress = 1 - day / Math.max(1, options.days);
  return {
    athlete,
    day,
    startMs: midnight + Math.floor(hour * 3600 + rng() * (isGroup ? 90 : 1500)) * 1000,
    sport,
    isVirtual: sport === "indoor-ride" && rng() < 0.4,
    isGroup,
    wish: { ...wish, lengthM },
    routeSeed,
    form: 1 + athlete.trend * (progress - 0.5) + (rng() - 0.5) * 0.1,
    minutes: 35 + rng() * 40,
  };
}

/** The plan of the athlete's group for a Saturday; it depends on the group and the day alone. */
function groupOuting(
  athlete: Athlete,
  midnight: number,
  season: number,
  options: CalendarOptions,
): { sport: SimSport; lengthM: number; wish: RouteWish; routeSeed: number } | undefined {
  const rng = streamOf(options.seed, PROCESS.GROUP, athlete.group, midnight / DAY_MS);
  if (rng() > 0.16 + 0.08 * season) return undefined;
  const sport = (["run", "ride", "trail-run", "gravel-ride", "hike", "mountain-bike"] as const)[
    athlete.group
  ]!;
  // Who does not do the group's sport stays at home.
  const isRider =
    athlete.sports.ride !== undefined ||
    athlete.sports["mountain-bike"] !== undefined ||
    athlete.sports["gravel-ride"] !== undefined;
  const needsBike = sport === "ride" || sport === "gravel-ride" || sport === "mountain-bike";
  if (needsBike && !isRider) return undefined;
  const lengthM = lengthOf(sport, true, season, rng);
  return {
    sport,
    lengthM,
    routeSeed: Math.floor(rng() * 1e9),
    wish: {
      sport,
      start: options.meeting,
      lengthM,
      shape: sport === "hike" ? "summit" : "loop",
      taste: 900_000 + athlete.group,
      wildness: rng() < 0.4 ? 1 : 0.15,
      summits: options.summits,
    },
  };
}

function chooseSport(athlete: Athlete, season: number, rng: Rng): SimSport {
  const weights = Object.entries(athlete.sports).map(([sport, weight]) => {
    const isOutdoorRide = sport === "ride" || sport === "mountain-bike" || sport === "gravel-ride";
    const factor =
      isOutdoorRide || sport === "hike"
        ? 1 + 0.6 * season
        : sport === "indoor-ride"
          ? 1 - 0.9 * season
          : 1;
    return { sport: sport as SimSport, weight: weight * factor };
  });
  let left = rng() * weights.reduce((sum, w) => sum + w.weight, 0);
  for (const { sport, weight } of weights) {
    left -= weight;
    if (left <= 0) return sport;
  }
  return weights[0]!.sport;
}

/** Metres. */
function lengthOf(sport: SimSport, isLong: boolean, season: number, rng: Rng): number {
  const base = {
    run: 6300,
    "trail-run": 6000,
    walk: 3400,
    hike: 5000,
    ride: 24_000,
    "gravel-ride": 16_500,
    "mountain-bike": 11_000,
    "indoor-ride": 0,
  }[sport];
  return base * (isLong ? 1.3 : 1) * (1 + 0.12 * season) * (0.65 + 0.75 * rng());
}
