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

/** Scores everybody at risk with the champion (jobs/score-churn.ts). */
export const SCORE_CHURN: JobKind<Record<string, never>> = {
  name: "score-churn",
  tries: 3,
  backoffMs: 30_000,
  backoffMaxMs: 600_000,
  limitMs: 3_600_000,
};

/** Trains the churn model on all that is known, and scores everybody (jobs/train-churn.ts). */
export const TRAIN_CHURN: JobKind<{ readonly seed?: number | undefined }> = {
  name: "train-churn",
  tries: 2,
  backoffMs: 60_000,
  backoffMaxMs: 600_000,
  // Some seconds a thousand members: a hundred thousand in half an hour.
  limitMs: 3_600_000,
};

/** Brings the lake up to the log (jobs/export-lake.ts). */
export const EXPORT_LAKE: JobKind<Record<string, never>> = {
  name: "export-lake",
  tries: 3,
  backoffMs: 60_000,
  backoffMaxMs: 600_000,
  // A first export of many years is the longest.
  limitMs: 3_600_000,
};

/** Counts everybody's features, and compares served ones with the lake (jobs/check-features.ts). */
export const CHECK_FEATURES: JobKind<Record<string, never>> = {
  name: "check-features",
  tries: 3,
  backoffMs: 60_000,
  backoffMaxMs: 600_000,
  limitMs: 3_600_000,
};
