/**
 * Logs in the form of the Open Bandit Dataset (Saito et al., NeurIPS 2021): a CSV, plain or gzipped,
 * with columns item_id, click and propensity_score, a row per slot shown.
 */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { WaymarkError } from "../../src/base/error.ts";
import type { BanditLog } from "../../src/learn/ope/index.ts";
import { columnNamed, type Table, tableFromCsv } from "../../src/learn/table/index.ts";

export function readOpenBandit(file: string): BanditLog {
  if (!existsSync(file)) throw new WaymarkError("FILE_READ", `there is no file ${file}`);
  const bytes = readFileSync(file);
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("utf8");
  const table = tableFromCsv(text);
  const action = Int32Array.from(numbers(table, "item_id"));
  return {
    actions: action.reduce((most, a) => Math.max(most, a + 1), 0),
    action,
    reward: Float64Array.from(numbers(table, "click")),
    propensity: Float64Array.from(numbers(table, "propensity_score")),
  };
}

function numbers(table: Table, name: string): ArrayLike<number> {
  const column = columnNamed(table, name);
  if (column.kind !== "categorical") return column.values;
  throw new WaymarkError("TABLE_INVALID", `column '${name}' holds words where numbers are needed`);
}
