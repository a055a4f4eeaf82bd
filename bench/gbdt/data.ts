/**
 * Rows to train and test on, as plain files of doubles that every language reads: drawn from a seed, or
 * from a table of one's own. The drawn label depends on ten of the features, with products, a square, a
 * sine and a step, and is 0 or 1 by chance, so that no model gets it all.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WaymarkError } from "../../src/base/error.ts";
import { createRng, normal } from "../../src/base/rng.ts";
import type { Matrix } from "../../src/learn/matrix.ts";
import { encode, fitTreeEncoder, splitStratified } from "../../src/learn/table/index.ts";
import { type Column, columnNamed, type Table } from "../../src/learn/table/table.ts";

export interface Rows {
  readonly x: Matrix;
  /** 0 or 1. */
  readonly y: Float64Array;
}

export interface Shape {
  readonly train: number;
  readonly test: number;
  readonly columns: number;
}

export function drawnRows(count: number, columns: number, seed: number): Rows {
  const rng = createRng(seed);
  const values = new Float64Array(count * columns);
  const y = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const row = values.subarray(i * columns, (i + 1) * columns);
    for (let j = 0; j < columns; j++) row[j] = normal(rng);
    const [a, b, c, d, e, f, g, h, k, l] = row as unknown as number[];
    const score =
      a! +
      b! * c! +
      Math.sin(2 * d!) +
      0.5 * e! * e! -
      0.5 +
      0.3 * f! +
      Number(g! > 1) +
      0.5 * h! * k! -
      0.4 * l!;
    y[i] = rng() < 1 / (1 + Math.exp(-score)) ? 1 : 0;
  }
  return { x: { rows: count, columns, values }, y };
}

/**
 * All columns of the table but `label`; text columns as codes; a fifth of the rows to
 * test. The label is 0 or 1, or two words, of which the second in the alphabet is 1.
 */
export function rowsOfTable(table: Table, label: string): { train: Rows; test: Rows } {
  const target = columnNamed(table, label);
  const names = table.columns.map(({ name }) => name).filter((name) => name !== label);
  const x = encode(fitTreeEncoder(table, names), table);
  const y = labelsOf(target);
  const { train, test } = splitStratified(y, 0.2, 1);
  const take = (indices: Uint32Array): Rows => ({
    x: {
      rows: indices.length,
      columns: x.columns,
      values: Float64Array.from({ length: indices.length * x.columns }, (_, at) => {
        const row = indices[Math.floor(at / x.columns)]!;
        return x.values[row * x.columns + (at % x.columns)]!;
      }),
    },
    y: Float64Array.from(indices, (i) => y[i]!),
  });
  return { train: take(train), test: take(test) };
}

/** @throws WaymarkError TABLE_INVALID when the column has more than two values */
function labelsOf(column: Column): Float64Array {
  if (column.kind === "categorical" && column.levels.length === 2) {
    const one = column.levels.indexOf([...column.levels].sort()[1]!);
    return Float64Array.from(column.codes, (code) => (code === one ? 1 : 0));
  }
  if (column.kind !== "categorical" && column.values.every((v) => v === 0 || v === 1)) {
    return Float64Array.from(column.values);
  }
  throw new WaymarkError(
    "TABLE_INVALID",
    `column '${column.name}' must hold 0 and 1, or two different words`,
  );
}

export function writeRows(folder: string, name: "train" | "test", { x, y }: Rows): void {
  writeFileSync(join(folder, `${name}.x`), x.values);
  writeFileSync(join(folder, `${name}.y`), y);
}

export function readRows(folder: string, name: "train" | "test", columns: number): Rows {
  const values = doubles(join(folder, `${name}.x`));
  const y = doubles(join(folder, `${name}.y`));
  return { x: { rows: y.length, columns, values }, y };
}

export function doubles(file: string): Float64Array {
  const bytes = readFileSync(file);
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  return new Float64Array(aligned.buffer, aligned.byteOffset, aligned.length / 8);
}
