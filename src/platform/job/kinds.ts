/** The kinds of jobs that others send: who does them is `jobs`. */
import type { JobKind } from "./queue.ts";

/** Reads the file of an upload into activities (jobs/read-upload.ts). */
export const READ_UPLOAD: JobKind<{ readonly uploadId: number }> = {
  name: "read-upload",
  // A file that kills its thread three times is poison, not bad luck.
  tries: 3,
  backoffMs: 2000,
  backoffMaxMs: 60_000,
  // The largest real file takes half a second; its worker is ended after a minute.
  limitMs: 120_000,
};

/** What people read while it runs. */
export const REMATCH_PHASE = "Matching to the new map";

/** Matches every activity to the newest map, then serves those matches (jobs/rematch-activities.ts). */
export const REMATCH: JobKind<Record<string, never>> = {
  name: "rematch",
  tries: 5,
  backoffMs: 10_000,
  backoffMaxMs: 600_000,
  // Some 10 ms an activity: a million in three hours.
  limitMs: 6 * 3_600_000,
};

/** Computes the figures of members that the console shows (jobs/build-reports.ts). */
export const BUILD_REPORTS: JobKind<Record<string, never>> = {
  name: "build-reports",
  tries: 3,
  backoffMs: 60_000,
  backoffMaxMs: 600_000,
  // A minute for a hundred thousand members: ten times that.
  limitMs: 600_000,
};
