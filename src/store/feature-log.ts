/**
 * What models were given when they were asked, and what they said: one row a question. A replay tells
 * the same values again from the log of events and compares (jobs/replay-features.ts).
 */
import { type Selectable, sql } from "kysely";
import type { Database } from "./database.ts";
import type { FeatureLogTable } from "./member-table.ts";
import { storedJson } from "./stored-json.ts";

export interface LoggedFeatures {
  readonly memberId: number;
  /** Of which the values are, epoch milliseconds. */
  readonly atMs: number;
  /** The log up to here was in the values. */
  readonly seq: number;
  readonly model: string;
  /** Null when a fallback answered without a model. */
  readonly version: number | null;
  /** Id of the feature set: what the values mean, and their order. */
  readonly featureSet: string;
  readonly values: Float64Array;
  /** Why a fallback answered; null: the model did. */
  readonly fallback: string | null;
  readonly score: unknown;
}

export interface LoggedRow extends LoggedFeatures {
  readonly id: number;
}

export interface FeatureLogQuery {
  /** From this moment, and before the other. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly afterId?: number | undefined;
  readonly limit: number;
}

export interface FeatureLogRows {
  /** Of members who are gone meanwhile nothing is kept. */
  add(rows: readonly LoggedFeatures[]): Promise<void>;
  /** In order of id. */
  read(query: FeatureLogQuery): Promise<readonly LoggedRow[]>;
  ofMember(memberId: number, limit: number): Promise<readonly LoggedRow[]>;
  /** Questions that fallbacks answered, by reason, since a moment. */
  fallbacks(sinceMs: number): Promise<ReadonlyMap<string, number>>;
  /** Removes what is older. @returns rows */
  removeBefore(ms: number): Promise<number>;
}

export function createFeatureLogRows({ sql: db }: Pick<Database, "sql">): FeatureLogRows {
  return {
    async add(rows) {
      if (rows.length === 0) return;
      const recordset = storedJson(
        rows.map((row) => ({
          i: row.memberId,
          a: row.atMs,
          q: row.seq,
          m: row.model,
          v: row.version,
          s: row.featureSet,
          b: bytesOf(row.values).toString("base64"),
          f: row.fallback,
          r: row.score ?? null,
        })),
      );
      await sql`
        insert into feature_log
          (member_id, at_ms, seq, model, version, feature_set, feature_values, fallback, score)
        select i, a, q, m, v, s, decode(b, 'base64'), f, coalesce(r, 'null')
        from json_to_recordset(${recordset}::json) as
          r(i bigint, a bigint, q bigint, m text, v int, s text, b text, f text, r jsonb)
        join member on id = i`.execute(db);
    },
    async read({ fromMs, toMs, afterId = 0, limit }) {
      const rows = await db
        .selectFrom("feature_log")
        .selectAll()
        .where("at_ms", ">=", fromMs)
        .where("at_ms", "<", toMs)
        .where("id", ">", afterId)
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map(toRow);
    },
    async ofMember(memberId, limit) {
      const rows = await db
        .selectFrom("feature_log")
        .selectAll()
        .where("member_id", "=", memberId)
        .orderBy("id", "desc")
        .limit(limit)
        .execute();
      return rows.map(toRow);
    },
    async fallbacks(sinceMs) {
      const rows = await db
        .selectFrom("feature_log")
        .select(["fallback", sql<number>`count(*)`.as("count")])
        .where("fallback", "is not", null)
        .where("at_ms", ">=", sinceMs)
        .groupBy("fallback")
        .execute();
      return new Map(rows.map(({ fallback, count }) => [fallback ?? "", count]));
    },
    async removeBefore(ms) {
      const { numDeletedRows } = await db
        .deleteFrom("feature_log")
        .where("at_ms", "<", ms)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}

/** Little endian, whatever this machine is. */
function bytesOf(values: Float64Array): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => {
    bytes.writeDoubleLE(value, 8 * i);
  });
  return bytes;
}

function toRow(row: Selectable<FeatureLogTable>): LoggedRow {
  const bytes = row.feature_values;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    id: row.id,
    memberId: row.member_id,
    atMs: row.at_ms,
    seq: row.seq,
    model: row.model,
    version: row.version,
    featureSet: row.feature_set,
    values: Float64Array.from({ length: bytes.byteLength >> 3 }, (_, i) =>
      view.getFloat64(8 * i, true),
    ),
    fallback: row.fallback,
    score: row.score,
  };
}
