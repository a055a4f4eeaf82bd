/**
 * One file's bytes to activities that are ready to be stored: decode, split, clean, match, encode.
 * Everything that an import does to a file, without files or threads.
 */

import type { ElevationGrid } from "../geo/elevation/index.ts";
import type { Activity } from "../geo/track/activity.ts";
import { decodeFile } from "../geo/track/decode/index.ts";
import { cleanRecording, splitRecording } from "../geo/track/index.ts";
import type { Recording, Repair, Sport } from "../geo/track/recording.ts";
import { isRoutine } from "../geo/track/routine.ts";
import type { ImportedActivity, ImportedFile } from "../schema/import.ts";
import { type EncodedActivity, encodeActivity } from "../store/activity-row.ts";
import type { ThreadMap } from "./import-map.ts";
import { matchProfile } from "./match-profile.ts";
import { matchActivity } from "./match-recording.ts";
import { known, toStored } from "./store-activity.ts";

/** The cleaned activities of a file. */
export function readActivities(
  bytes: Uint8Array,
  name: string,
  elevation?: ElevationGrid,
): Activity[] {
  return decodeFile(bytes, name)
    .recordings.flatMap(splitRecording)
    .map((part) => cleanRecording(part, { elevation }));
}

export interface RecordingBytes {
  readonly bytes: Uint8Array;
  /** For the extension, and shown on the page: without folders. */
  readonly name: string;
  readonly title?: string | undefined;
  /** What the person says it was; for a file of one activity it goes before the file's word. */
  readonly sport?: Sport | undefined;
  /** What was lost before these bytes were reached. */
  readonly damage?: readonly Repair[] | undefined;
}

export interface ReadRecording {
  readonly status: ImportedFile["status"];
  readonly repairs: readonly Repair[];
  /** Per activity what is stored and what the import says of it. */
  readonly activities: readonly {
    readonly encoded: EncodedActivity;
    readonly said: ImportedActivity;
  }[];
}

/** @throws WaymarkError TRACK_…, when nothing of the file can be read */
export function readRecording(recording: RecordingBytes, map?: ThreadMap): ReadRecording {
  const decoded = decodeFile(recording.bytes, recording.name);
  const before = [...(recording.damage ?? []), ...decoded.repairs];
  const parts = saidSport(decoded.recordings, recording.sport).flatMap(splitRecording);
  const repairs: Repair[] = [...before];
  const activities = parts.map((part, i) => {
    const activity = cleanRecording(part, { elevation: map?.elevation });
    repairs.push(...activity.repairs);
    const profile = map && matchProfile(activity);
    const match = map && profile && matchActivity(activity, map.matcher(profile));
    const stored = toStored(
      activity,
      {
        id: provisionalId(i),
        file: recording.name,
        title: recording.title,
        repairs: before,
      },
      match,
      map?.network,
    );
    return {
      encoded: encodeActivity(stored),
      said: sayActivity(activity, stored.detail.id, match),
    };
  });
  const isRepaired = repairs.some(({ code }) => !isRoutine(code));
  return { status: isRepaired ? "repaired" : "ok", repairs: addUp(repairs), activities };
}

function saidSport(
  recordings: readonly Recording[],
  sport: Sport | undefined,
): readonly Recording[] {
  if (sport === undefined || recordings.length !== 1) return recordings;
  return recordings.map((recording) => ({ ...recording, sport }));
}

/** Until the store gives one: the number of the part. */
function provisionalId(i: number): string {
  return `part ${i + 1}`;
}

function sayActivity(
  { sport, startMs, measures, streams, hasPosition }: Activity,
  id: string,
  match: { readonly statistics: { matchedM: number; offNetworkM: number } } | undefined,
): ImportedActivity {
  return {
    id,
    sport,
    start: new Date(startMs).toISOString(),
    distanceM: known(measures.distanceM),
    elapsedS: known(measures.elapsedS),
    movingS: known(measures.movingS),
    gainM: known(measures.gainM),
    lossM: known(measures.lossM),
    points: streams.length,
    hasPosition,
    matchedM: match ? match.statistics.matchedM : null,
    offNetworkM: match ? match.statistics.offNetworkM : null,
  };
}

/** Repairs of one code in several activities of a file become one. */
function addUp(repairs: readonly Repair[]): Repair[] {
  const byCode = new Map<string, Repair>();
  for (const repair of repairs) {
    const before = byCode.get(repair.code);
    byCode.set(repair.code, before ? { ...before, count: before.count + repair.count } : repair);
  }
  return [...byCode.values()];
}
