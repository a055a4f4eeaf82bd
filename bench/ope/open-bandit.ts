/**
 * Logs in the form of the Open Bandit Dataset (Saito et al., NeurIPS 2021): a CSV, Parquet or Arrow file
 * with columns item_id, click and propensity_score, a row per slot shown.
 */
import { WaymarkError } from "../../src/base/error.ts";
import type { BanditLog } from "../../src/learn/ope/index.ts";
import { columnNamed, type Table } from "../../src/learn/table/index.ts";
import { tableFromFile } from "../../src/platform/table/table-from-file.ts";

export async function readOpenBandit(file: string): Promise<BanditLog> {
  const table = await tableFromFile(file, { columns: ["item_id", "click", "propensity_score"] });
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
