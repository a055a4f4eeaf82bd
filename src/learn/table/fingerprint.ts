/**
 * What a training records of its data: one hash of the schema (names, kinds, levels, in order) and one
 * of the content. Two tables with equal hashes hold the same values in the same order; a changed file
 * under an unchanged name is noticed. O(bytes).
 */
import { createHash64 } from "../../base/hash.ts";
import type { Table } from "./table.ts";

export interface TableFingerprint {
  readonly rows: number;
  /** 16 hex digits each. */
  readonly schema: string;
  readonly content: string;
}

export function fingerprint(table: Table): TableFingerprint {
  const schema = table.columns.map((column) =>
    column.kind === "categorical"
      ? [column.name, column.kind, column.levels]
      : [column.name, column.kind],
  );
  const content = createHash64();
  for (const column of table.columns) {
    const data = column.kind === "categorical" ? column.codes : canonical(column.values);
    content.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return {
    rows: table.length,
    schema: createHash64()
      .update(new TextEncoder().encode(JSON.stringify(schema)))
      .digest(),
    content: content.digest(),
  };
}

/** −0 is 0, and every NaN has the same bits. */
function canonical(values: Float64Array | Uint8Array): Float64Array | Uint8Array {
  if (values instanceof Uint8Array) return values;
  return values.map((value) => (Number.isNaN(value) ? Number.NaN : value + 0));
}
