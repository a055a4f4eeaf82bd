/**
 * Columns of one batch of rows (a row group, a record batch), and batches joined. Categories have
 * their levels in code-unit order in each batch and in the whole, so that neither the order of rows
 * nor the writer's dictionary shows. O(rows), and O(levels · log levels) for each batch.
 */
import { assert, type Column, WaymarkError } from "../../base/index.ts";
import type { Field, Raw } from "./field.ts";

/** One column of the rows of a batch. */
export interface BatchValues {
  readonly path: string;
  /** The file's number of the batch's first row, for messages. */
  readonly firstRow: number;
  readonly length: number;
  /** null or undefined where the value is missing. */
  at(i: number): Raw | null | undefined;
}

/** @throws WaymarkError TABLE_INVALID when a value breaks the field's rule */
export function columnOfBatch(field: Field, batch: BatchValues): Column {
  const { name, kind } = field;
  const { length } = batch;
  let i = 0;
  const refuse = (rule: string): never => {
    throw new WaymarkError(
      "TABLE_INVALID",
      `column '${name}', row ${batch.firstRow + i} of ${batch.path} is ${batch.at(i)}: ${rule}`,
    );
  };
  if (kind === "categorical") {
    const found = new Map<string, number>();
    const codes = new Int32Array(length);
    for (; i < length; i++) {
      const value = batch.at(i) ?? undefined;
      const text = value === undefined ? "" : (field.convert(value, refuse) as string);
      let code = text === "" ? -1 : found.get(text);
      if (code === undefined) {
        code = found.size;
        found.set(text, code);
      }
      codes[i] = code;
    }
    return inOrder(name, [...found.keys()], codes);
  }
  const isBoolean = kind === "boolean";
  const values = isBoolean ? new Uint8Array(length) : new Float64Array(length);
  const missing = isBoolean ? 2 : Number.NaN;
  for (; i < length; i++) {
    const value = batch.at(i) ?? undefined;
    values[i] = value === undefined ? missing : (field.convert(value, refuse) as number);
  }
  return { kind, name, values } as Column;
}

/** Batches of the same fields as one; at least one is needed. */
export async function joinBatches(batches: AsyncIterable<readonly Column[]>): Promise<Column[]> {
  const parts: (readonly Column[])[] = [];
  for await (const batch of batches) parts.push(batch);
  const first = parts[0];
  assert(first !== undefined, "no batch");
  if (parts.length === 1) return [...first];
  return first.map((_, j) => joined(parts.map((batch) => batch[j]!)));
}

function joined(parts: readonly Column[]): Column {
  const { kind, name } = parts[0]!;
  let at = 0;
  if (kind === "categorical") {
    const length = parts.reduce((sum, part) => sum + codesOf(part).length, 0);
    const found = new Map<string, number>();
    const codes = new Int32Array(length);
    for (const part of parts) {
      assert(part.kind === "categorical", "kinds of batches differ");
      const translated = part.levels.map((level) => {
        const code = found.get(level) ?? found.size;
        found.set(level, code);
        return code;
      });
      for (const code of part.codes) codes[at++] = code < 0 ? -1 : translated[code]!;
    }
    return inOrder(name, [...found.keys()], codes);
  }
  const length = parts.reduce((sum, part) => sum + valuesOf(part).length, 0);
  const values = kind === "boolean" ? new Uint8Array(length) : new Float64Array(length);
  for (const part of parts) {
    values.set(valuesOf(part), at);
    at += valuesOf(part).length;
  }
  return { kind, name, values } as Column;
}

/** Levels in code-unit order; the codes are changed in place. */
function inOrder(name: string, found: readonly string[], codes: Int32Array): Column {
  const levels = found.toSorted();
  const rank = new Map(levels.map((level, code) => [level, code]));
  const translated = Int32Array.from(found, (level) => rank.get(level)!);
  for (let i = 0; i < codes.length; i++) {
    if (codes[i]! >= 0) codes[i] = translated[codes[i]!]!;
  }
  return { kind: "categorical", name, codes, levels };
}

function codesOf(column: Column): Int32Array {
  assert(column.kind === "categorical", "kinds of batches differ");
  return column.codes;
}

function valuesOf(column: Column): Float64Array | Uint8Array {
  assert(column.kind !== "categorical", "kinds of batches differ");
  return column.values;
}
