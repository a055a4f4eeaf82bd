/**
 * Which profile a sport is matched with. Sports that leave no line on a path network (water, snow,
 * the gym) and recordings of virtual worlds have none.
 */
import type { ProfileName } from "../geo/network/profile.ts";
import type { Activity } from "../geo/track/activity.ts";
import type { Sport } from "../geo/track/recording.ts";

const PROFILE_OF_SPORT: Readonly<Partial<Record<Sport, ProfileName>>> = {
  run: "foot",
  walk: "foot",
  "trail-run": "hike",
  hike: "hike",
  ride: "bike",
  "e-bike": "bike",
  "gravel-ride": "gravel",
  "mountain-bike": "mtb",
};

/** The profiles that an import may need. */
export const IMPORT_PROFILES: readonly ProfileName[] = [
  ...new Set(Object.values(PROFILE_OF_SPORT)),
];

/** undefined: this activity is not matched. */
export function matchProfile(
  activity: Pick<Activity, "sport" | "isVirtual" | "hasPosition">,
): ProfileName | undefined {
  if (activity.isVirtual || !activity.hasPosition) return undefined;
  return PROFILE_OF_SPORT[activity.sport];
}
