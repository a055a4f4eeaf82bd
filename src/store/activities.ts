/**
 * Activities as they are read, listed, changed and deleted. Who may see what is part of every
 * question: a viewer sees their own activities, and of others those that are visible to everyone.
 */
import type { ActivityDetail, ActivityStreams, ActivitySummary } from "../schema/activity.ts";
import type { ActivityList, ActivityQuery } from "../schema/activity-list.ts";
import type { SharedSummary, Visibility } from "./table.ts";

export interface Viewer {
  /** Null: nobody who signed in. */
  readonly athleteId: number | null;
  /** Sees every activity as its owner does: the command line, and a demo world's visitor. */
  readonly seesAll?: boolean;
}

/** What belongs to an activity beside what is on the wire of `schema/activity.ts`. */
export interface Ownership {
  readonly number: number;
  readonly athleteId: number;
  readonly description: string;
  readonly visibility: Visibility;
  /** Metres at the ends that others do not see. */
  readonly hiddenStartM: number;
  readonly hiddenEndM: number;
  /** What others see where ends are hidden; null: what the owner sees. */
  readonly shared: SharedSummary | null;
  /** The raw file. */
  readonly sha256: string;
  /** The upload that brought it; null when the command line did. */
  readonly uploadId: number | null;
  readonly externalId: string | null;
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface OwnedSummary extends Ownership {
  /** `id` is the number's decimal digits; `athlete` is the athlete's name. */
  readonly summary: ActivitySummary;
}

export interface OwnedDetail extends Ownership {
  /** As the owner sees it: whoever shows it to another cuts hidden ends off. */
  readonly detail: ActivityDetail;
}

export interface ActivityChange {
  readonly title?: string;
  readonly description?: string;
  readonly sport?: string;
  readonly visibility?: Visibility;
  readonly hiddenStartM?: number;
  readonly hiddenEndM?: number;
  /** What others see; belongs to a change of the hidden ends. */
  readonly shared?: SharedSummary | null;
  /** Metres hidden at start and end when this change was made up; absent: whatever they are. */
  readonly hiddenBefore?: readonly [startM: number, endM: number];
}

export interface Activities {
  /** Page, sums by month and sports: SQL by indexes. @throws WaymarkError USAGE (cursor, zone) */
  list(query: ActivityQuery, viewer: Viewer): Promise<ActivityList>;
  /** One athlete's, as Strava pages them: newest first, or oldest first when only `afterMs` is said. */
  page(options: {
    readonly athleteId: number;
    /** Only those that this viewer may see; default the athlete. */
    readonly viewer?: Viewer | undefined;
    readonly beforeMs?: number | undefined;
    readonly afterMs?: number | undefined;
    /** From 1. */
    readonly page: number;
    readonly perPage: number;
  }): Promise<readonly OwnedSummary[]>;
  /** @throws WaymarkError NOT_FOUND, also where the viewer may not see it */
  get(id: number, viewer: Viewer): Promise<OwnedDetail>;
  /** @throws WaymarkError NOT_FOUND, also where the viewer may not see it */
  streams(id: number, viewer: Viewer): Promise<ActivityStreams>;
  /**
   * Only the owner, or who sees all.
   *
   * @returns undefined, and nothing is changed, when `hiddenBefore` is no longer so
   * @throws WaymarkError NOT_FOUND
   */
  update(
    id: number,
    change: ActivityChange,
    viewer: Viewer,
    now: number,
  ): Promise<OwnedDetail | undefined>;
  /**
   * Deletes row, streams and matches, and the raw bytes when nothing else came of them. The recording
   * is forgotten, so that the file may be uploaded again, and the log of members has its event no more.
   *
   * @throws WaymarkError NOT_FOUND
   */
  remove(id: number, viewer: Viewer, now: number): Promise<void>;
  /** Everything that an athlete owns, oldest first, a page at a time: for an export. */
  all(athleteId: number): AsyncIterable<OwnedSummary>;
}
