// The MineThatData e-mail trial (Hillstrom 2008): customers, three arms, who visited; and an IHDP
// replicate with known effects.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { assert } from "../../base/error.ts";
import { createRng, integer } from "../../base/rng.ts";
import { matrixOfColumns } from "../matrix.ts";
import { tableFromCsv } from "../table/from-csv.ts";
import { columnNamed, type Table } from "../table/table.ts";
import { takeUpliftRows, type UpliftRows } from "./rows.ts";

/** Of its columns, so that every file of them reads alike. */
export const HILLSTROM_KINDS = {
  recency: "numeric",
  history: "numeric",
  mens: "numeric",
  womens: "numeric",
  newbie: "numeric",
  visit: "numeric",
  zip_code: "categorical",
  channel: "categorical",
  segment: "categorical",
} as const;

/** `file` is the published CSV, plain or gzipped. Outcome: visit. */
export function readHillstrom(file: string): UpliftRows {
  const bytes = readFileSync(file);
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("utf8");
  return hillstromRows(tableFromCsv(text, { kinds: HILLSTROM_KINDS }));
}

export function hillstromRows(table: Table): UpliftRows {
  const numbers = (name: string): Float64Array => {
    const column = columnNamed(table, name);
    assert(column.kind === "numeric", name);
    return column.values;
  };
  const is = (name: string, level: string): Float64Array => {
    const column = columnNamed(table, name);
    assert(column.kind === "categorical", name);
    return Float64Array.from(column.codes, (code) => (column.levels[code] === level ? 1 : 0));
  };
  const columns: Record<string, Float64Array> = {};
  for (const name of ["recency", "history", "mens", "womens", "newbie"]) {
    columns[name] = numbers(name);
  }
  for (const zip of ["Surburban", "Urban"]) columns[zip] = is("zip_code", zip);
  for (const channel of ["Phone", "Web"]) columns[channel] = is("channel", channel);
  const [womens, mens] = [is("segment", "Womens E-Mail"), is("segment", "Mens E-Mail")];
  return {
    x: matrixOfColumns(columns),
    arms: 3,
    arm: Int32Array.from(womens, (w, i) => w + 2 * mens[i]!),
    y: numbers("visit"),
  };
}

/** The rows of the control and one arm, which becomes arm 1. */
export function againstControl(rows: UpliftRows, arm: number): UpliftRows {
  const of = Int32Array.from(rows.arm.keys()).filter(
    (i) => rows.arm[i] === 0 || rows.arm[i] === arm,
  );
  const taken = takeUpliftRows(rows, of);
  return { ...taken, arms: 2, arm: taken.arm.map((a) => (a === 0 ? 0 : 1)) };
}

/** A split stratified by arm and outcome. */
export function halves(rows: UpliftRows, testShare: number, seed: number) {
  const rng = createRng(seed);
  const strata = new Map<number, number[]>();
  for (let i = 0; i < rows.y.length; i++) {
    const key = rows.arm[i]! * 2 + rows.y[i]!;
    const of = strata.get(key);
    if (of) of.push(i);
    else strata.set(key, [i]);
  }
  const train: number[] = [];
  const test: number[] = [];
  for (const of of strata.values()) {
    for (let i = of.length - 1; i > 0; i--) {
      const j = integer(rng, i + 1);
      [of[i], of[j]] = [of[j]!, of[i]!];
    }
    const cut = Math.round(of.length * testShare);
    test.push(...of.slice(0, cut));
    train.push(...of.slice(cut));
  }
  return { train: takeUpliftRows(rows, train), test: takeUpliftRows(rows, test) };
}

/** treatment, y, counterfactual y, μ0, μ1 and 25 columns, without a header. */
export function readIhdp(file: string) {
  const lines = readFileSync(file, "utf8").trim().split(/\r?\n/);
  const table = lines.map((line) => line.split(",").map(Number));
  const rows: UpliftRows = {
    x: {
      rows: table.length,
      columns: 25,
      values: Float64Array.from(table.flatMap((r) => r.slice(5))),
    },
    arms: 2,
    arm: Int32Array.from(table, (r) => r[0]!),
    y: Float64Array.from(table, (r) => r[1]!),
  };
  return { rows, effect: Float64Array.from(table, (r) => r[4]! - r[3]!) };
}
