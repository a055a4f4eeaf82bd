import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tableFromArrays, tableToIPC } from "@uwdata/flechette";
import fc from "fast-check";
import { type BasicType, parquetWriteFile } from "hyparquet-writer";
import { afterAll, describe, expect, it } from "vitest";
import { type ColumnKind, tableFromRows } from "../../learn/table/index.ts";
import { tableFromFile } from "./table-from-file.ts";

const folder = mkdtempSync(join(tmpdir(), "waymark-table-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string): string => join(folder, name);

const ROWS = [
  { plan: "gold", runs: 3, at: new Date(1_700_000_000_123), active: true },
  { plan: null, runs: null, at: null, active: null },
  { plan: "free", runs: -0.25, at: new Date(0), active: false },
  { plan: "gold", runs: 1e300, at: new Date(-5), active: true },
];
const NAMES = ["plan", "runs", "at", "active"] as const;
const TYPES: Record<(typeof NAMES)[number], BasicType> = {
  plan: "STRING",
  runs: "DOUBLE",
  at: "TIMESTAMP",
  active: "BOOLEAN",
};
const KINDS: Record<(typeof NAMES)[number], ColumnKind> = {
  plan: "categorical",
  runs: "numeric",
  at: "timestamp",
  active: "boolean",
};
type Row = { [Name in (typeof NAMES)[number]]: (typeof ROWS)[number][Name] };

function writeParquet(name: string, rows: readonly Row[], rowGroupSize = 100): string {
  const columnData = NAMES.map((column) => ({
    name: column,
    data: rows.map((row) => row[column]),
    type: TYPES[column],
  }));
  parquetWriteFile({ filename: file(name), columnData, rowGroupSize });
  return file(name);
}

function writeArrow(name: string, rows: readonly Row[], format: "file" | "stream"): string {
  const columns = Object.fromEntries(NAMES.map((n) => [n, rows.map((row) => row[n])]));
  writeFileSync(file(name), tableToIPC(tableFromArrays(columns), { format })!);
  return file(name);
}

describe("a table from a file", () => {
  it("is the table of the rows, whatever the format", async () => {
    const table = tableFromRows(ROWS, KINDS);
    const csv =
      "plan,runs,at,active\ngold,3,2023-11-14T22:13:20.123Z,true\n,,,\nfree,-0.25,1970-01-01,false\ngold,1e300,1969-12-31T23:59:59.995Z,true\n";
    writeFileSync(file("a.csv"), csv);
    writeFileSync(file("a.tsv.gz"), gzipSync(csv.replaceAll(",", "\t")));
    for (const path of [
      file("a.csv"),
      file("a.tsv.gz"),
      writeParquet("a.parquet", ROWS),
      writeParquet("groups.parquet", ROWS, 2),
      writeArrow("a.arrow", ROWS, "file"),
      writeArrow("a.arrows", ROWS, "stream"),
      writeArrow("named-as-another.csv", ROWS, "file"),
      writeParquet("without-ending", ROWS),
    ]) {
      expect(await tableFromFile(path), path).toEqual(table);
    }
  });

  it("survives any rows, in row groups of any size", async () => {
    const time = fc.integer({ min: -8.64e15, max: 8.64e15 }).map((ms) => new Date(ms));
    const row: fc.Arbitrary<Row> = fc.record({
      plan: fc.option(fc.string({ unit: "grapheme" })),
      runs: fc.option(fc.double({ noDefaultInfinity: true })),
      at: fc.option(time),
      active: fc.option(fc.boolean()),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        async (rows, groupSize) => {
          const table = tableFromRows(rows, KINDS);
          expect(await tableFromFile(writeParquet("any.parquet", rows, groupSize))).toEqual(table);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("has the chosen columns in their order, and kinds as they were given", async () => {
    const options = { columns: ["active", "runs"], kinds: { active: "categorical" } } as const;
    writeFileSync(file("b.csv"), "runs,plan,active\n1,a,true\n2,b,\n");
    const rows = [
      { ...ROWS[0]!, runs: 1, active: true },
      { ...ROWS[0]!, runs: 2, active: null },
    ];
    for (const path of [file("b.csv"), writeParquet("b.parquet", rows as Row[])]) {
      expect(await tableFromFile(path, options)).toEqual(
        tableFromRows(
          rows.map(({ active, runs }) => ({ active: active === null ? null : "true", runs })),
        ),
      );
    }
  });

  it("says what is wrong with a file, and with which", async () => {
    const refused = (name: string, message: string | RegExp, options = {}) =>
      expect(tableFromFile(file(name), options), name).rejects.toThrow(message);
    writeFileSync(file("empty.csv"), "");
    writeFileSync(file("text.parquet"), "a,b\n1,2\n");
    writeFileSync(file("text.arrow"), "a,b\n1,2\n3,4\n5,6\n");
    writeFileSync(file("old.feather"), "FEA1\0\0\0\0\0\0\0\0FEA1");
    writeFileSync(file("secret.parquet"), "PARE\0\0\0\0\0\0\0\0PARE");
    writeFileSync(file("broken.csv.gz"), gzipSync("a,b\n").subarray(0, 12));
    writeFileSync(file("what.bin"), "what");
    await refused("absent.csv", /absent.csv could not be read/);
    await refused("", /could not be read|is not a file/);
    await refused("empty.csv", /empty.csv: the CSV text is empty/);
    await refused("text.parquet", "text.parquet is not a Parquet file");
    await refused("text.arrow", "text.arrow is not an Arrow file or stream");
    await refused("old.feather", "Feather version 1");
    await refused("secret.parquet", "encrypted Parquet");
    await refused("broken.csv.gz", "broken.csv.gz cannot be unpacked");
    await refused("what.bin", "what.bin is neither Parquet nor Arrow");
    writeFileSync(file("d.csv"), "plan,runs\na,1\n");
    writeParquet("c.parquet", ROWS);
    for (const name of ["d.csv", "c.parquet"]) {
      await refused(name, /column 'gone' .*; choose one of plan, runs/, {
        kinds: { gone: "numeric" },
      });
    }
    await refused("c.parquet", /column 'gone' is not in .*c.parquet; choose one of plan, runs/, {
      columns: ["gone"],
    });
    await refused(
      "c.parquet",
      /column 'plan' of .*c.parquet is categorical and cannot be read as num/,
      {
        kinds: { plan: "numeric" },
      },
    );
  });
});
