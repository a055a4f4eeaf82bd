/** The re-match's thread: an activity's stored streams to a match on the map. */
import type { ProfileName } from "../geo/network/profile.ts";
import { serve } from "../platform/job/worker-pool.ts";
import type { ActivityDetail, ActivityStreams } from "../schema/activity.ts";
import { openMap, type SharedMap, type ThreadMap } from "./import-map.ts";
import { toStoredMatch } from "./store-activity.ts";

export interface MatchTask {
  readonly profile: ProfileName;
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly streams: Pick<ActivityStreams, "lon" | "lat" | "timeS">;
}

export interface MatchReply {
  readonly match: NonNullable<ActivityDetail["match"]>;
  readonly matchedM: number;
  readonly offNetworkM: number;
}

let threadMap: ThreadMap | undefined;

serve<MatchTask, MatchReply, { readonly map: SharedMap }>(async (task, { map }) => {
  threadMap ??= openMap(map);
  const { lon, lat, timeS } = task.streams;
  const points = {
    lon: Float64Array.from(lon, (x) => x ?? Number.NaN),
    lat: Float64Array.from(lat, (y) => y ?? Number.NaN),
    timeMs: Float64Array.from(timeS, (s) => task.startMs + s * 1000),
  };
  const match = threadMap.matcher(task.profile).match(points);
  const { matchedM, offNetworkM } = match.statistics;
  return { match: toStoredMatch(match, points, threadMap.network), matchedM, offNetworkM };
});
