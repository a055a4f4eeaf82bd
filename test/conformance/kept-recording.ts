// Recordings ready to be kept, made of sines: no engine is needed to test where they rest.
import { createHash } from "node:crypto";
import type { ActivitySummary } from "../../src/schema/activity.ts";
import type { ImportedActivity, ImportedFile } from "../../src/schema/import.ts";
import { encodeActivity, type StoredActivity } from "../../src/store/activity-row.ts";
import type { KeptRecording } from "../../src/store/recordings.ts";
import type { Store } from "../../src/store/store.ts";
import { storedActivity } from "./stored-activity.ts";

export const NOW = 1_800_000_000_000;
export const READER = { engine: 1, networkVersion: "net-1" };

/** The same start and length is the same activity: enough to test what follows from it. */
export function isSameTime(a: ActivitySummary, b: ActivitySummary): boolean {
  return a.startMs === b.startMs && a.elapsedS === b.elapsedS && a.athlete === b.athlete;
}

export function said(stored: StoredActivity): ImportedActivity {
  const { detail } = stored;
  return {
    id: detail.id,
    sport: detail.sport,
    start: new Date(detail.startMs).toISOString(),
    distanceM: detail.distanceM,
    elapsedS: detail.elapsedS,
    movingS: detail.movingS,
    gainM: detail.gainM,
    lossM: detail.lossM,
    points: detail.points,
    hasPosition: detail.hasPosition,
    matchedM: detail.matchedM,
    offNetworkM: detail.offNetworkM,
  };
}

/** Keeps a file of these activities, whose bytes are its name unless said otherwise. */
export async function keepFile(
  store: Store,
  athleteId: number,
  file: string,
  activities: readonly StoredActivity[],
  more: Partial<KeptRecording> & { readonly bytes?: string } = {},
): Promise<ImportedFile> {
  const { bytes = file, ...rest } = more;
  const blob = await store.blobs.put(Buffer.from(bytes));
  return await store.recordings.keep(
    {
      athleteId,
      blob,
      file,
      reader: READER,
      status: "ok",
      repairs: [],
      activities: activities.map((activity) => ({
        encoded: encodeActivity(activity),
        said: said(activity),
      })),
      ...rest,
    },
    { now: NOW, isDuplicate: isSameTime },
  );
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export { storedActivity };
