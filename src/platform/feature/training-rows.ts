/**
 * Features of many members at many moments at once, from the lake: what models are trained on, and what
 * the log of served features is compared with. Each row knows what was known then and nothing else.
 */
import { assert } from "../../base/index.ts";
import type { Matrix } from "../../learn/matrix.ts";
import { type DuckDBConnection, type Lake, readNumbers } from "../../store/lake/index.ts";
import type { FeatureType } from "./definition.ts";
import type { FeatureSet } from "./feature-set.ts";
import { offlineSql } from "./offline-sql.ts";

/** Whom and when; all of the same length, rows may repeat. */
export interface Spine {
  readonly memberIds: ArrayLike<number>;
  /** Epoch milliseconds. */
  readonly atMs: ArrayLike<number>;
  /** The log up to there was known; absent: all of it that had been created by then. */
  readonly seq?: ArrayLike<number> | undefined;
}

export interface TrainingRows {
  readonly names: readonly string[];
  readonly kinds: readonly FeatureType[];
  /** Names of a categorical feature's codes. */
  readonly levels: readonly (readonly string[] | undefined)[];
  /** One row a spine row, in its order; NaN is missing. */
  readonly matrix: Matrix;
}

/** @throws WaymarkError STORE_DAMAGED when a file of the lake cannot be read */
export async function trainingRows(
  lake: Pick<Lake, "query">,
  set: FeatureSet,
  spine: Spine,
): Promise<TrainingRows> {
  const values = await lake.query((connection) => featureValues(connection, set, spine));
  return {
    names: set.names,
    kinds: set.kinds,
    levels: set.levels,
    matrix: { rows: spine.memberIds.length, columns: set.names.length, values, names: set.names },
  };
}

/**
 * With a table `event` in the connection.
 *
 * @returns Float64Array (spine rows × features), row-major
 */
export async function featureValues(
  connection: DuckDBConnection,
  set: FeatureSet,
  spine: Spine,
): Promise<Float64Array> {
  const rows = spine.memberIds.length;
  const width = set.names.length;
  const values = new Float64Array(rows * width);
  if (rows === 0) return values;
  const hasSeq = spine.seq !== undefined;
  await fillSpine(connection, spine);
  const key = hasSeq ? "member_id, at_ms, seq" : "member_id, at_ms";
  const columns = await readNumbers(
    connection,
    `select spine.i, told.* exclude (${key}) from spine join (${offlineSql(set, { hasSeq })}) told using (${key})`,
  );
  const place = columns[0]!;
  assert(place.length === rows, "each row of the spine has one row of features");
  for (let r = 0; r < rows; r++) {
    const at = place[r]! * width;
    for (let f = 0; f < width; f++) values[at + f] = columns[f + 1]![r]!;
  }
  return values;
}

async function fillSpine(connection: DuckDBConnection, spine: Spine): Promise<void> {
  await connection.run(
    "create or replace table spine (i bigint, member_id bigint, at_ms bigint, seq bigint)",
  );
  const appender = await connection.createAppender("spine");
  for (let i = 0; i < spine.memberIds.length; i++) {
    appender.appendBigInt(BigInt(i));
    appender.appendBigInt(BigInt(spine.memberIds[i]!));
    appender.appendBigInt(BigInt(spine.atMs[i]!));
    if (spine.seq === undefined) appender.appendNull();
    else appender.appendBigInt(BigInt(spine.seq[i]!));
    appender.endRow();
  }
  appender.closeSync();
}
