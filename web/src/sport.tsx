/** A sport's name, colour and sign: the same on every page, light or dark. */
import {
  Bike,
  Dumbbell,
  Footprints,
  type LucideIcon,
  Mountain,
  MountainSnow,
  Route,
  Sailboat,
  Waves,
} from "lucide-react";

interface SportLook {
  readonly name: string;
  /** Read on both themes; neighbours differ in lightness as well as in hue. */
  readonly colour: string;
  readonly Sign: LucideIcon;
  /** Whether people of this sport speak of pace (time a distance) or of speed. */
  readonly isPaced: boolean;
  /** Whether its cadence is a matter of two feet: recorders count one of them. */
  readonly isOnFoot?: true;
}

const OTHER: SportLook = { name: "Other", colour: "#7c8580", Sign: Route, isPaced: false };

const LOOK: Readonly<Record<string, SportLook>> = {
  run: { name: "Run", colour: "#d1543a", Sign: Footprints, isPaced: true, isOnFoot: true },
  "trail-run": {
    name: "Trail run",
    colour: "#b8862d",
    Sign: Mountain,
    isPaced: true,
    isOnFoot: true,
  },
  walk: { name: "Walk", colour: "#8d76b8", Sign: Footprints, isPaced: true, isOnFoot: true },
  hike: { name: "Hike", colour: "#4f8a3c", Sign: MountainSnow, isPaced: true, isOnFoot: true },
  ride: { name: "Ride", colour: "#3478c2", Sign: Bike, isPaced: false },
  "mountain-bike": { name: "Mountain bike", colour: "#9a6a45", Sign: Bike, isPaced: false },
  "gravel-ride": { name: "Gravel ride", colour: "#5d8aa8", Sign: Bike, isPaced: false },
  "e-bike": { name: "E-bike", colour: "#2c9c9c", Sign: Bike, isPaced: false },
  "indoor-ride": { name: "Indoor ride", colour: "#7392b5", Sign: Bike, isPaced: false },
  treadmill: {
    name: "Treadmill",
    colour: "#c98a78",
    Sign: Footprints,
    isPaced: true,
    isOnFoot: true,
  },
  swim: { name: "Swim", colour: "#1f93b0", Sign: Waves, isPaced: true },
  "open-water-swim": { name: "Open water", colour: "#167a96", Sign: Waves, isPaced: true },
  row: { name: "Row", colour: "#4a7fa0", Sign: Sailboat, isPaced: false },
  ski: { name: "Ski", colour: "#6f8fc9", Sign: MountainSnow, isPaced: false },
  "nordic-ski": { name: "Nordic ski", colour: "#5b7fb5", Sign: MountainSnow, isPaced: true },
  skate: { name: "Skate", colour: "#a86ca0", Sign: Route, isPaced: false },
  paddle: { name: "Paddle", colour: "#2d8f83", Sign: Sailboat, isPaced: false },
  strength: { name: "Strength", colour: "#8b7e74", Sign: Dumbbell, isPaced: false },
  transition: { ...OTHER, name: "Transition" },
};

/** Those that a person can choose, in an order that finds them. */
export const SPORTS: readonly string[] = [...Object.keys(LOOK), "other"];

export function sportLook(sport: string): SportLook {
  return Object.hasOwn(LOOK, sport) ? LOOK[sport]! : OTHER;
}

/** The sport's sign in its colour; the name is read aloud. */
export function SportSign({ sport, size = 18 }: { sport: string; size?: number }) {
  const { Sign, name, colour } = sportLook(sport);
  return <Sign size={size} color={colour} strokeWidth={2.1} role="img" aria-label={name} />;
}
