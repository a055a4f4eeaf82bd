/** Changes and deletes of activities: by their athlete alone, and only of what the token lets be seen. */
import type { FastifyRequest } from "fastify";
import type { ActivityChange, OwnedDetail, Viewer } from "../store/activities.ts";
import type { Store } from "../store/store.ts";
import { callerOf, viewerOf } from "./auth/access.ts";
import { hidesEnds, sharedSummary, shownRows } from "./shown.ts";

export type Change = {
  readonly [key in
    | "title"
    | "description"
    | "sport"
    | "visibility"
    | "hiddenStartM"
    | "hiddenEndM"]?: ActivityChange[key] | undefined;
};

/** What was said, without what was not. */
type Said = Omit<ActivityChange, "shared" | "hiddenBefore">;

/**
 * Hidden ends and what others see of the line change together; of two changes at once the second
 * begins again from the first.
 *
 * @throws WaymarkError NOT_FOUND, also where the activity is another's
 */
export async function changeActivity(
  { activities }: Pick<Store, "activities">,
  id: number,
  change: Change,
  request: FastifyRequest,
  now: number,
): Promise<OwnedDetail> {
  const owner = { athleteId: callerOf(request).athlete.id };
  const viewer = viewerOf(request);
  const said: Said = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  );
  for (;;) {
    const owned = await activities.get(id, viewer);
    const whole = await withEnds(activities, owned, said, viewer);
    const changed = await activities.update(id, whole, owner, now);
    if (changed) return changed;
  }
}

async function withEnds(
  activities: Store["activities"],
  owned: OwnedDetail,
  said: Said,
  viewer: Viewer,
): Promise<ActivityChange> {
  if (said.hiddenStartM === undefined && said.hiddenEndM === undefined) return said;
  const { number, sha256, hiddenStartM, hiddenEndM } = owned;
  const ends = { number, sha256, hiddenStartM, hiddenEndM, ...said };
  // The owner's own columns: who is not the owner learns from the update that there is no such activity.
  const streams = await activities.streams(number, viewer);
  const shared = hidesEnds(ends) ? sharedSummary(streams, shownRows(streams, ends)) : null;
  return {
    ...said,
    hiddenStartM: ends.hiddenStartM,
    hiddenEndM: ends.hiddenEndM,
    shared,
    hiddenBefore: [hiddenStartM, hiddenEndM],
  };
}
