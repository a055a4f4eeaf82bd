/**
 * Where an athlete has been, as cells of a grid (jobs/note-activities.ts): four bytes a cell, one row an
 * athlete, so that "new places" of an activity is told without reading those before it.
 */
import { sql } from "kysely";
import type { Tx } from "./database.ts";

/** Rising. The athlete's row is locked, so that of two activities at once the second sees the first. */
export async function seenCells(tx: Tx, athleteId: number): Promise<Uint32Array> {
  await tx
    .selectFrom("athlete")
    .select("id")
    .where("id", "=", athleteId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  const row = await tx
    .selectFrom("athlete_cell")
    .select("cells")
    .where("athlete_id", "=", athleteId)
    .executeTakeFirst();
  if (!row) return new Uint32Array();
  const bytes = row.cells;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint32Array.from({ length: bytes.byteLength >> 2 }, (_, i) => view.getUint32(4 * i, true));
}

export async function keepCells(tx: Tx, athleteId: number, cells: Uint32Array): Promise<void> {
  const bytes = Buffer.alloc(4 * cells.length);
  cells.forEach((cell, i) => {
    bytes.writeUInt32LE(cell, 4 * i);
  });
  await sql`insert into athlete_cell (athlete_id, cells)
    values (${athleteId}, decode(${bytes.toString("base64")}, 'base64'))
    on conflict (athlete_id) do update set cells = excluded.cells`.execute(tx);
}
