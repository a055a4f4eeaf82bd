/**
 * Cohorts to compare survival models on: files of ../shared, any file of the same form, and members of
 * an invented app whose hazards cross over time, so that proportional hazards are wrong of them.
 */
import { basename } from "node:path";
import { WaymarkError } from "../../src/base/error.ts";
import { createRng, normal } from "../../src/base/rng.ts";
import { checkBinary } from "../../src/learn/check.ts";
import { columnNamed, type Table, tableFromRows } from "../../src/learn/table/index.ts";
import { tableFromFile } from "../../src/platform/table/table-from-file.ts";
import { SHARED, shared } from "../../test/shared.ts";

export interface Cohort {
  readonly name: string;
  readonly covariates: Table;
  readonly time: Float64Array;
  /** 0 censored, 1 the event. */
  readonly event: Uint8Array;
}

/** A CSV, Parquet or Arrow file: a column of times, one of 0 and 1, and covariates of any kind. */
export async function cohortFromFile(file: string, time: string, event: string): Promise<Cohort> {
  const table = await tableFromFile(file);
  const happened = numbersOf(table, event);
  checkBinary(event, happened, table.length);
  return {
    name: basename(file).replace(/\.[a-z.]+$/, ""),
    covariates: {
      length: table.length,
      columns: table.columns.filter(({ name }) => name !== time && name !== event),
    },
    time: Float64Array.from(numbersOf(table, time)),
    event: Uint8Array.from(happened),
  };
}

function numbersOf(table: Table, name: string): ArrayLike<number> {
  const column = columnNamed(table, name);
  if (column.kind !== "categorical") return column.values;
  throw new WaymarkError("TABLE_INVALID", `column '${name}' holds words where numbers are needed`);
}

/** What every run compares on; without ../shared only the invented cohort. */
export async function ownCohorts(): Promise<Cohort[]> {
  const invented = inventedCohort(2000);
  if (SHARED === undefined) {
    console.log("rossi and gbsg2 left out: ../shared is missing");
    return [invented];
  }
  return [
    await cohortFromFile(shared("data", "ml", "survival", "rossi.csv"), "week", "arrest"),
    await cohortFromFile(shared("data", "ml", "survival", "gbsg2.csv"), "time", "cens"),
    invented,
  ];
}

/** Trial members leave early or stay; activity matters only to those who know a feature. */
export function inventedCohort(members: number, seed = 2026): Cohort {
  const rng = createRng(seed);
  const rows: Record<string, number>[] = [];
  const time = new Float64Array(members);
  const event = new Uint8Array(members);
  for (let i = 0; i < members; i++) {
    const activity = normal(rng);
    const trial = rng() < 0.4 ? 1 : 0;
    const features = Math.floor(4 * rng());
    const declines = rng() < 0.2 ? 1 : 0;
    rows.push({ activity, trial, features, declines, noise: normal(rng) });
    const censored = 1 + 35 * rng();
    let t = 0;
    // Days of a month are drawn within a month that is drawn first.
    for (let month = 1; event[i] === 0 && month <= censored; month++) {
      const slope = features >= 2 ? -1.1 : 0;
      const early = trial * (month <= 3 ? 1.6 : -0.8);
      const odds = Math.exp(-3 + slope * activity + early + 0.7 * declines);
      t = month;
      if (rng() < odds / (1 + odds)) event[i] = 1;
    }
    time[i] = event[i] === 1 ? Math.min(censored, t - 1 + rng()) : censored;
  }
  return { name: "invented app", covariates: tableFromRows(rows), time, event };
}
