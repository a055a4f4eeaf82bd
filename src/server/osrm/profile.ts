/** The profile of a URL: ours by name, and the names that OSRM's and Mapbox's clients send. */
import { PROFILE_NAMES, type ProfileName } from "../../geo/network/profile-name.ts";
import { OsrmProblem } from "./problem.ts";

const ALIASES: Readonly<Record<string, ProfileName>> = {
  walking: "foot",
  hiking: "hike",
  cycling: "bike",
  bicycle: "bike",
  driving: "car",
};

/** What a step's `mode` says. */
export const MODE_OF_PROFILE: Readonly<Record<ProfileName, string>> = {
  foot: "walking",
  hike: "walking",
  bike: "cycling",
  gravel: "cycling",
  mtb: "cycling",
  car: "driving",
};

/** @throws OsrmProblem InvalidValue with the choices */
export function profileNamed(name: string): ProfileName {
  const known = PROFILE_NAMES.find((candidate) => candidate === name);
  const resolved = known ?? (Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined);
  if (resolved !== undefined) return resolved;
  const choices = [...PROFILE_NAMES, ...Object.keys(ALIASES)];
  throw new OsrmProblem(
    "InvalidValue",
    `profile '${name.slice(0, 40)}' is unknown; choose one of ${choices.join(", ")}`,
    choices,
  );
}
