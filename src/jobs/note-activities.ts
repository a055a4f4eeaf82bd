/**
 * What athletes record enters the log of members' events, in the transaction that stores it: one
 * "activity" each, of the member who is that athlete. New places are cells of about 500 m that the line
 * crosses and the athlete's earlier lines did not; the cells themselves stay with the athlete, the log
 * has only their number.
 */
import { sql } from "kysely";
import { haversine } from "../geo/lonlat.ts";
import { decodePolyline } from "../geo/polyline.ts";
import type { ActivitySummary } from "../schema/activity.ts";
import type { NewMemberEvent, RecordedActivity } from "../schema/member-event.ts";
import type { Tx } from "../store/database.ts";
import type { KeepOptions, KeptRecording } from "../store/recordings.ts";
import { keepCells, seenCells } from "../store/seen-cells.ts";
import type { Store } from "../store/store.ts";

export const noteDefaults = {
  /** Degrees of latitude of a cell: 500 m. */
  cellDeg: 0.0045,
  /** Metres between two looks along a line: half a cell. */
  stepM: 250,
  /**
   * An activity that came this long after its end is a history that is brought along: its device knew
   * of it when it ended. What comes sooner is known when it comes.
   */
  historyMs: 86_400_000,
  /** Activities of one transaction of the backfill. */
  page: 200,
} as const;

export type NotedActivity = Pick<
  ActivitySummary,
  "sport" | "startMs" | "elapsedS" | "distanceM" | "movingS" | "gainM" | "line"
> & { readonly id: number };

type NotingStore = Pick<Store, "events" | "members">;

/** For `recordings.keep`: new activities are noted with the rest or not at all. */
export function alsoNote(
  store: NotingStore,
  { athleteId, activities }: Pick<KeptRecording, "athleteId" | "activities">,
  now: number,
): NonNullable<KeepOptions["also"]> {
  return async (tx, result) => {
    const kept = result.activities.flatMap((said, i) =>
      said.duplicateOf === undefined
        ? [{ ...activities[i]!.encoded.summary, id: Number(said.id) }]
        : [],
    );
    await noteActivities(store, tx, athleteId, kept, now);
  };
}

/** Activities that the log has already are left as they are. */
export async function noteActivities(
  store: NotingStore,
  tx: Tx,
  athleteId: number,
  activities: readonly NotedActivity[],
  now: number,
): Promise<void> {
  if (activities.length === 0) return;
  // Before the log: whoever stores a recording holds the athlete first.
  const seen = new Set(await seenCells(tx, athleteId));
  const before = seen.size;
  const [memberId] = await store.members.resolve(
    [[{ kind: "athlete", value: String(athleteId) }]],
    now,
    tx,
  );
  if (typeof memberId !== "number") return;
  const events = activities.map((activity): NewMemberEvent => {
    const { id, sport, startMs, elapsedS, distanceM, movingS, gainM, line } = activity;
    const cells = cellsOf(line);
    const newCells = cells.filter((cell) => !seen.has(cell)).length;
    for (const cell of cells) seen.add(cell);
    const endMs = Math.round(startMs + 1000 * elapsedS);
    const createdMs = now - endMs > noteDefaults.historyMs ? endMs : now;
    const payload: RecordedActivity = {
      activityId: id,
      sport,
      distanceM: Math.round(distanceM),
      movingS: Math.round(movingS),
      gainM: Math.round(gainM ?? 0),
      newCells,
    };
    return {
      source: "recording",
      messageId: `activity:${id}`,
      memberId,
      kind: "activity",
      // A device with a clock in the future.
      eventMs: Math.min(Math.round(startMs), createdMs),
      createdMs,
      value: Math.round(distanceM),
      payload,
    };
  });
  const { kept } = await store.events.append(events, tx);
  if (kept === events.length && kept > 0) await describeAthlete(store, tx, athleteId, memberId);
  if (seen.size > before) await keepCells(tx, athleteId, Uint32Array.from(seen).sort());
}

/** The account's own name, where no app has said another. */
async function describeAthlete(
  store: NotingStore,
  tx: Tx,
  athleteId: number,
  memberId: number,
): Promise<void> {
  const { rows } = await sql<{ name: string; email: string | null; created_ms: number }>`
    select a.name, a.email, a.created_ms from athlete a join member m on m.id = ${memberId}
    where a.id = ${athleteId} and m.name is null`.execute(tx);
  const athlete = rows[0];
  if (!athlete) return;
  const { name, email, created_ms } = athlete;
  await store.members.describe(memberId, { name, email: email ?? undefined, atMs: created_ms }, tx);
}

const DEG_MAX = 85;

/**
 * Cells that a line crosses: rows of equal latitude, columns as wide as rows are high. A number below
 * 2^32, each once.
 *
 * @param line polyline of precision 6; "" for none
 */
export function cellsOf(line: string): number[] {
  const { lon, lat } = decodePolyline(line, 6);
  const cells = new Set<number>();
  for (let i = 0; i < lon.length; i++) {
    cells.add(cellAt(lon[i]!, lat[i]!));
    if (i === 0) continue;
    const lengthM = haversine(lon[i - 1]!, lat[i - 1]!, lon[i]!, lat[i]!);
    // Nobody rides from one side of the world to the other: that is a jump, not a line.
    const steps = lengthM > 100_000 ? 1 : Math.ceil(lengthM / noteDefaults.stepM);
    for (let k = 1; k < steps; k++) {
      const share = k / steps;
      cells.add(
        cellAt(
          lon[i - 1]! + share * (lon[i]! - lon[i - 1]!),
          lat[i - 1]! + share * (lat[i]! - lat[i - 1]!),
        ),
      );
    }
  }
  return [...cells];
}

function cellAt(lon: number, lat: number): number {
  const { cellDeg } = noteDefaults;
  const row = Math.floor((Math.min(Math.max(lat, -DEG_MAX), DEG_MAX) + 90) / cellDeg);
  const middle = ((row + 0.5) * cellDeg - 90) * (Math.PI / 180);
  const column = Math.floor(((lon + 180) * Math.cos(middle)) / cellDeg);
  return row * 80_001 + column;
}

/** A setting of the store: the backfill has come to its end. */
const NOTED_SETTING = "events.activities-noted";

/**
 * Activities of a store from before there was a log enter it, once; every athlete's in the order of
 * time. @returns how many
 */
export async function noteOldActivities(
  store: Pick<Store, "database" | "events" | "members" | "settings">,
  now: number,
  signal?: AbortSignal,
): Promise<number> {
  if ((await store.settings.get(NOTED_SETTING)) === true) return 0;
  let count = 0;
  for (let athleteId = 0; ; ) {
    signal?.throwIfAborted();
    const rows = await unnoted(store, athleteId);
    if (rows.length === 0) {
      const next = await nextAthlete(store, athleteId);
      if (next === undefined) break;
      athleteId = next;
      continue;
    }
    await store.database.transaction((tx) => noteActivities(store, tx, athleteId, rows, now));
    count += rows.length;
    // Of an athlete whose member was erased nothing is kept: the same rows would come again.
    if ((await unnoted(store, athleteId))[0]?.id === rows[0]!.id) {
      const next = await nextAthlete(store, athleteId);
      if (next === undefined) break;
      athleteId = next;
    }
  }
  await store.settings.set(NOTED_SETTING, true, now);
  return count;
}

async function nextAthlete(
  { database }: Pick<Store, "database">,
  after: number,
): Promise<number | undefined> {
  const row = await database.sql
    .selectFrom("athlete")
    .select("id")
    .where("id", ">", after)
    .orderBy("id")
    .executeTakeFirst();
  return row?.id;
}

async function unnoted(
  { database }: Pick<Store, "database">,
  athleteId: number,
): Promise<readonly NotedActivity[]> {
  const { rows } = await sql<{
    id: number;
    sport: NotedActivity["sport"];
    start_ms: number;
    elapsed_s: number;
    distance_m: number;
    moving_s: number;
    gain_m: number | null;
    line: string;
  }>`select id, sport, start_ms, elapsed_s, distance_m, moving_s, gain_m, line from activity a
    where athlete_id = ${athleteId} and not exists (
      select from event where source = 'recording' and message_id = 'activity:' || a.id)
    order by start_ms, id limit ${noteDefaults.page}`.execute(database.sql);
  return rows.map((row) => ({
    id: row.id,
    sport: row.sport,
    startMs: row.start_ms,
    elapsedS: row.elapsed_s,
    distanceM: row.distance_m,
    movingS: row.moving_s,
    gainM: row.gain_m,
    line: row.line,
  }));
}
