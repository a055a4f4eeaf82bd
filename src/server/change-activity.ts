/** Changes and deletes of activities: by their athlete alone, and only of what the token lets be seen. */
import type { FastifyRequest } from "fastify";
import type { OwnedDetail } from "../store/activities.ts";
import type { Store } from "../store/store.ts";
import type { Visibility } from "../store/table.ts";
import { callerOf, viewerOf } from "./auth/access.ts";
import { hidesEnds, sharedSummary, shownRows } from "./shown.ts";

export interface Change {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly sport?: string | undefined;
  readonly visibility?: Visibility | undefined;
  readonly hiddenStartM?: number | undefined;
  readonly hiddenEndM?: number | undefined;
}

/**
 * Hidden ends and what others see of the line change together.
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
  const owned = await activities.get(id, viewerOf(request));
  const said = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  ) as { [k in keyof Change]?: NonNullable<Change[k]> };
  if (said.hiddenStartM === undefined && said.hiddenEndM === undefined) {
    return await activities.update(id, said, owner, now);
  }
  const ends = {
    number: owned.number,
    sha256: owned.sha256,
    hiddenStartM: said.hiddenStartM ?? owned.hiddenStartM,
    hiddenEndM: said.hiddenEndM ?? owned.hiddenEndM,
  };
  // The owner's own columns: who is not the owner learns below that there is no such activity.
  const streams = await activities.streams(id, viewerOf(request));
  const shared = hidesEnds(ends) ? sharedSummary(streams, shownRows(streams, ends)) : null;
  const { hiddenStartM, hiddenEndM } = ends;
  return await activities.update(id, { ...said, hiddenStartM, hiddenEndM, shared }, owner, now);
}
