/**
 * Whether a recording took place in a virtual world: the maker of the file says so, or most of its
 * positions lie where the trainer apps put their islands. O(positions).
 */
import type { Streams } from "../recording.ts";

/** Watopia, Zwift's island, lies on the reefs south of Vanikoro: west, south, east, north. */
const WATOPIA = [166.9, -11.8, 167.1, -11.5] as const;

const VIRTUAL_CREATOR =
  /zwift|rouvy|mywhoosh|rgt cycling|bkool|onelap|realvelo|fulgaz|indievelo|trainingpeaks virtual/i;

/** @param creator the program that wrote the file, in its own words */
export function isVirtualCreator(creator: string | undefined): boolean {
  return creator !== undefined && VIRTUAL_CREATOR.test(creator);
}

export function isVirtualPlace(streams: Streams): boolean {
  const [west, south, east, north] = WATOPIA;
  let positions = 0;
  let inside = 0;
  for (let i = 0; i < streams.length; i++) {
    const lon = streams.lon[i]!;
    const lat = streams.lat[i]!;
    if (Number.isNaN(lon) || Number.isNaN(lat)) continue;
    positions++;
    if (lon >= west && lon <= east && lat >= south && lat <= north) inside++;
  }
  return positions > 0 && inside * 2 > positions;
}
