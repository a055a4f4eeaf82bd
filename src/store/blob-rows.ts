/**
 * Which bytes are still referred to. A blob's row is locked by whoever adds a reference and by
 * whoever takes the last one away, so that bytes are never removed under an upload that was
 * acknowledged; a crash in between leaves bytes too many, which `sweep` takes away later.
 */
import { sql } from "kysely";
import { WaymarkError } from "../base/index.ts";
import type { Blob, BlobStore } from "./blob-store.ts";
import type { Database, Sql, Tx } from "./database.ts";

export interface BlobRows {
  /**
   * Before a row refers to the blob, in the same transaction.
   *
   * @throws WaymarkError STORE_UNAVAILABLE when the bytes were removed meanwhile: put them again
   */
  add(tx: Tx, blob: Blob, now: number): Promise<void>;
  /** Hashes that rows of this athlete refer to. */
  ofAthlete(db: Sql, athleteId: number): Promise<readonly string[]>;
  /** Removes those of these bytes that no row refers to any more. */
  collect(hashes: readonly string[]): Promise<void>;
  /** The same for all bytes; about a second for 10,000. @returns how many were removed */
  sweep(now: number): Promise<number>;
}

/** Bytes without a row may belong to an upload that is just being received. */
const GRACE_MS = 3_600_000;

export function createBlobRows(database: Database, blobs: BlobStore): BlobRows {
  const collectOne = (sha256: string): Promise<boolean> =>
    database.transaction(async (tx) => {
      const locked = await tx
        .selectFrom("blob")
        .select("sha256")
        .where("sha256", "=", sha256)
        .forUpdate()
        .executeTakeFirst();
      if (!locked || (await isReferred(tx, sha256))) return false;
      await blobs.remove(sha256);
      await tx.deleteFrom("blob").where("sha256", "=", sha256).execute();
      return true;
    });

  return {
    async add(tx, { sha256, byteLength }, now) {
      await tx
        .insertInto("blob")
        .values({ sha256, byte_length: byteLength, created_ms: now })
        // An update that changes nothing, for its lock.
        .onConflict((conflict) =>
          conflict.column("sha256").doUpdateSet({ byte_length: byteLength }),
        )
        .execute();
      if (!(await blobs.has(sha256))) {
        throw new WaymarkError(
          "STORE_UNAVAILABLE",
          "the bytes of the file were removed while they were received; send it again",
        );
      }
    },
    async ofAthlete(db, athleteId) {
      const { rows } = await sql<{ sha256: string }>`
        select sha256 from upload where athlete_id = ${athleteId} and sha256 is not null
        union select sha256 from recording where athlete_id = ${athleteId}
        union select sha256 from activity where athlete_id = ${athleteId}`.execute(db);
      return rows.map((row) => row.sha256);
    },
    async collect(hashes) {
      for (const sha256 of new Set(hashes)) await collectOne(sha256);
    },
    async sweep(now) {
      let count = 0;
      const { rows } = await sql<{ sha256: string }>`
        select sha256 from blob b where created_ms < ${now - GRACE_MS}
          and not exists (select from upload where sha256 = b.sha256)
          and not exists (select from recording where sha256 = b.sha256)
          and not exists (select from activity where sha256 = b.sha256)
          and not exists (select from model_version where sha256 = b.sha256)`.execute(database.sql);
      for (const { sha256 } of rows) if (await collectOne(sha256)) count++;
      return count + (await removeUnknown(now));
    },
  };

  /** Bytes that were put, and never received: a process died between the two. */
  async function removeUnknown(now: number): Promise<number> {
    const rows = await database.sql.selectFrom("blob").select("sha256").execute();
    const known = new Set(rows.map((row) => row.sha256));
    let count = 0;
    for await (const { sha256, modifiedMs } of blobs.list()) {
      if (known.has(sha256) || modifiedMs > now - GRACE_MS) continue;
      const removed = await database.transaction(async (tx) => {
        const row = await tx
          .insertInto("blob")
          .values({ sha256, byte_length: 0, created_ms: now })
          .onConflict((conflict) => conflict.doNothing())
          .returning("sha256")
          .executeTakeFirst();
        if (!row) return false;
        await blobs.remove(sha256);
        await tx.deleteFrom("blob").where("sha256", "=", sha256).execute();
        return true;
      });
      if (removed) count++;
    }
    return count;
  }
}

async function isReferred(tx: Tx, sha256: string): Promise<boolean> {
  const { rows } = await sql<{ is: boolean }>`
    select exists (select from upload where sha256 = ${sha256})
      or exists (select from recording where sha256 = ${sha256})
      or exists (select from activity where sha256 = ${sha256})
      or exists (select from model_version where sha256 = ${sha256}) as is`.execute(tx);
  return rows[0]!.is;
}
