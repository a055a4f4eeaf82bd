/**
 * Trained models by name and version: what is written down of each, its bytes among the blobs, the
 * aliases that say which one does what, and every move of an alias. A version never changes; an alias
 * moves in one statement with the row that tells why.
 */
import { sql as raw } from "kysely";
import type { ModelMove, ModelRecord } from "../schema/model.ts";
import type { BlobRows } from "./blob-rows.ts";
import type { BlobStore } from "./blob-store.ts";
import type { Database, Sql, Tx } from "./database.ts";
import type { ModelAlias } from "./member-table.ts";
import { cleanJson, cleanText } from "./text.ts";

export interface StoredVersion {
  readonly model: string;
  readonly version: number;
  readonly createdMs: number;
  /** Of the bytes in the blob store. */
  readonly sha256: string;
  readonly record: ModelRecord;
  /** Markdown. */
  readonly card: string;
}

export interface AliasMove {
  readonly model: string;
  readonly alias: ModelAlias;
  readonly to: number;
  readonly atMs: number;
  /** Null: the server itself. */
  readonly byAthleteId: number | null;
  readonly reason: string;
}

export interface Models {
  /** Keeps bytes and record under the next version. @param cardOf is told the version */
  add(
    model: { readonly model: string; readonly bytes: Uint8Array; readonly record: ModelRecord },
    cardOf: (version: number) => string,
    now: number,
  ): Promise<StoredVersion>;
  /** Undefined where there is none. */
  get(model: string, version: number): Promise<StoredVersion | undefined>;
  /** Newest first; of one model or of all. */
  list(model?: string): Promise<readonly StoredVersion[]>;
  aliases(
    model?: string,
  ): Promise<readonly { model: string; alias: ModelAlias; version: number }[]>;
  /** The version that an alias names. */
  versionOf(model: string, alias: ModelAlias): Promise<number | undefined>;
  /**
   * @param ifFrom moves only while the alias names this version (null: none)
   * @returns whether it moved
   */
  move(move: AliasMove, ifFrom: number | null): Promise<boolean>;
  /** Oldest first. */
  moves(model: string): Promise<readonly ModelMove[]>;
  /** @throws WaymarkError NOT_FOUND, STORE_DAMAGED when the bytes are not those of the hash */
  bytes(sha256: string): Promise<Uint8Array>;
}

export function createModels(database: Database, blobs: BlobStore, blobRows: BlobRows): Models {
  const { sql } = database;
  const aliasIn = async (
    db: Sql | Tx,
    model: string,
    alias: ModelAlias,
  ): Promise<number | null> => {
    const row = await db
      .selectFrom("model_alias")
      .select("version")
      .where("model", "=", model)
      .where("alias", "=", alias)
      .executeTakeFirst();
    return row?.version ?? null;
  };
  return {
    async add({ model, bytes, record }, cardOf, now) {
      const blob = await blobs.put(bytes);
      return await database.transaction(async (tx) => {
        await lockModel(tx, model);
        await blobRows.add(tx, blob, now);
        const newest = await tx
          .selectFrom("model_version")
          .select(({ fn }) => fn.max("version").as("version"))
          .where("model", "=", model)
          .executeTakeFirst();
        const version = (newest?.version ?? 0) + 1;
        const card = cleanText(cardOf(version));
        await tx
          .insertInto("model_version")
          .values({
            model,
            version,
            created_ms: now,
            record: cleanJson(record),
            sha256: blob.sha256,
            card,
          })
          .execute();
        return { model, version, createdMs: now, sha256: blob.sha256, record, card };
      });
    },
    async get(model, version) {
      const row = await sql
        .selectFrom("model_version")
        .selectAll()
        .where("model", "=", model)
        .where("version", "=", version)
        .executeTakeFirst();
      return row && toVersion(row);
    },
    async list(model) {
      let query = sql
        .selectFrom("model_version")
        .selectAll()
        .orderBy("model")
        .orderBy("version", "desc");
      if (model !== undefined) query = query.where("model", "=", model);
      return (await query.execute()).map(toVersion);
    },
    async aliases(model) {
      let query = sql
        .selectFrom("model_alias")
        .select(["model", "alias", "version"])
        .orderBy("model")
        .orderBy("alias");
      if (model !== undefined) query = query.where("model", "=", model);
      return await query.execute();
    },
    async versionOf(model, alias) {
      return (await aliasIn(sql, model, alias)) ?? undefined;
    },
    async move({ model, alias, to, atMs, byAthleteId, reason }, ifFrom) {
      return await database.transaction(async (tx) => {
        await lockModel(tx, model);
        const from = await aliasIn(tx, model, alias);
        if (from !== ifFrom) return false;
        const row = { version: to, at_ms: atMs };
        await tx
          .insertInto("model_alias")
          .values({ model, alias, ...row })
          .onConflict((conflict) => conflict.columns(["model", "alias"]).doUpdateSet(row))
          .execute();
        await tx
          .insertInto("model_move")
          .values({
            model,
            alias,
            from_version: from,
            to_version: to,
            at_ms: atMs,
            by_athlete_id: byAthleteId,
            reason: cleanText(reason),
          })
          .execute();
        return true;
      });
    },
    async moves(model) {
      const rows = await sql
        .selectFrom("model_move")
        .leftJoin("athlete", "athlete.id", "model_move.by_athlete_id")
        .select(["alias", "from_version", "to_version", "at_ms", "reason", "athlete.name as by"])
        .where("model", "=", model)
        .orderBy("model_move.id")
        .execute();
      return rows.map(({ alias, from_version, to_version, at_ms, reason, by }) => ({
        alias,
        from: from_version,
        to: to_version,
        atMs: at_ms,
        by,
        reason,
      }));
    },
    bytes: (sha256) => blobs.get(sha256),
  };
}

/** One registration or move of a model at a time, until the transaction ends. */
async function lockModel(tx: Tx, model: string): Promise<void> {
  await raw`select pg_advisory_xact_lock(hashtext(${`model ${model}`}))`.execute(tx);
}

function toVersion(row: {
  model: string;
  version: number;
  created_ms: number;
  sha256: string;
  record: unknown;
  card: string;
}): StoredVersion {
  const { model, version, created_ms, sha256, record, card } = row;
  // Written by `add` alone, which takes a ModelRecord.
  return { model, version, createdMs: created_ms, sha256, record: record as ModelRecord, card };
}
