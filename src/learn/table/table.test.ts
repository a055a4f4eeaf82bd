import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  categoricalColumns,
  columnNamed,
  encode,
  fingerprint,
  fitLinearEncoder,
  fitTreeEncoder,
  groupFolds,
  splitByGroup,
  splitByTime,
  splitStratified,
  stratifiedFolds,
  tableFromCsv,
  tableFromRows,
  tableOf,
  takeTableRows,
} from "./index.ts";

const CSV = `member,joined,plan,runs,active
a,2026-01-02,"gold, old",3,true
b,2026-02-03T10:00:00Z,free,,false
c,,"say ""hi""",1.5e2,NA
`;

describe("a table from CSV", () => {
  it("finds the kinds, and missing values of each", () => {
    const table = tableFromCsv(CSV);
    expect(table.length).toBe(3);
    expect(table.columns.map(({ kind }) => kind)).toEqual([
      "categorical",
      "timestamp",
      "categorical",
      "numeric",
      "boolean",
    ]);
    expect(columnNamed(table, "joined")).toMatchObject({
      values: Float64Array.of(Date.UTC(2026, 0, 2), Date.UTC(2026, 1, 3, 10), Number.NaN),
    });
    expect(columnNamed(table, "plan")).toMatchObject({
      levels: ["free", "gold, old", 'say "hi"'],
      codes: Int32Array.of(1, 0, 2),
    });
    expect(columnNamed(table, "runs")).toMatchObject({
      values: Float64Array.of(3, Number.NaN, 150),
    });
    expect(columnNamed(table, "active")).toMatchObject({ values: Uint8Array.of(1, 0, 2) });
  });

  it("reads what it would write, whatever is in the fields", () => {
    const field = fc
      .string()
      .filter((text) => text !== "" && !["NA", "null", "NaN"].includes(text));
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field), { minLength: 1 }), (rows) => {
        const quoted = rows.map((row) => row.map((x) => `"${x.replaceAll('"', '""')}"`).join(","));
        const table = tableFromCsv(`a,b\r\n${quoted.join("\r\n")}\r\n`, {
          kinds: { a: "categorical", b: "categorical" },
        });
        const texts = table.columns.map((column) =>
          column.kind === "categorical" ? Array.from(column.codes, (c) => column.levels[c]) : [],
        );
        expect(texts).toEqual([rows.map((row) => row[0]), rows.map((row) => row[1])]);
      }),
    );
  });

  it("says which row or quote is broken", () => {
    expect(() => tableFromCsv("")).toThrow("empty");
    expect(() => tableFromCsv("a,b\n1,2\n3\n")).toThrow("row 1 of the CSV text has 1 fields");
    for (const separator of ["", ";;", '"', "\n"]) {
      expect(() => tableFromCsv("a;b\n1;2", { separator })).toThrow("it must be one character");
    }
    expect(() => tableFromCsv('a\n"x')).toThrow("character 2 of the CSV text is not closed");
    expect(() => tableFromCsv("a\nx", { kinds: { a: "numeric" } })).toThrow(
      "column 'a', row 0 is \"x\": must be numeric",
    );
  });
});

describe("a table from rows", () => {
  it("refuses kinds of columns that are not there, with the choices", () => {
    const said = "column 'plans' of kinds is not in the table; choose one of plan, runs";
    const kinds = { plans: "categorical" } as const;
    expect(() => tableFromRows([{ plan: "a", runs: 1 }], kinds)).toThrow(
      expect.objectContaining({ code: "TABLE_INVALID", message: said, choices: ["plan", "runs"] }),
    );
    expect(() => tableFromCsv("plan,runs\na,1\n", { kinds })).toThrow(said);
    expect(tableFromRows([], kinds)).toEqual({ length: 0, columns: [] });
  });

  it("gives categories the same codes in any order of rows", () => {
    const rows = [{ plan: "c" }, { plan: "a" }, { plan: null }, { plan: "b" }];
    const forth = columnNamed(tableFromRows(rows), "plan");
    const back = columnNamed(tableFromRows(rows.toReversed()), "plan");
    expect(forth).toMatchObject({ levels: ["a", "b", "c"], codes: Int32Array.of(2, 0, -1, 1) });
    expect(back).toMatchObject({ levels: ["a", "b", "c"] });
  });

  it("refuses infinity, equal names and columns of different length", () => {
    expect(() => tableFromRows([{ x: 1 }, { x: Infinity }])).toThrow("column 'x', row 1");
    const x = { kind: "numeric", name: "x", values: Float64Array.of(1) } as const;
    expect(() => tableOf([x, x])).toThrow("two columns have the name 'x'");
    expect(() => tableOf([x, { ...x, name: "y", values: new Float64Array(2) }])).toThrow(
      "column 'y' has 2 rows where column 'x' has 1",
    );
  });
});

describe("an encoder", () => {
  const train = tableFromRows([
    { plan: "gold", age: 20, pro: true },
    { plan: "free", age: 40, pro: false },
    { plan: null, age: null, pro: null },
  ]);
  const later = tableFromRows([
    { plan: "trial", age: 30, pro: true },
    { plan: "gold", age: 50, pro: true },
  ]);

  it("for trees keeps the training's codes and leaves missing and unseen as NaN", () => {
    const encoder = fitTreeEncoder(train);
    expect(categoricalColumns(encoder)).toEqual([0]);
    expect([...encode(encoder, later).values]).toEqual([Number.NaN, 30, 1, 1, 50, 1]);
    expect([...encode(encoder, train).values.subarray(6)]).toEqual([NaN, NaN, NaN]);
  });

  it("for linear models knows only what training showed, and survives JSON", () => {
    const encoder = fitLinearEncoder(train, ["plan", "age"]);
    const matrix = encode(JSON.parse(JSON.stringify(encoder)), later);
    expect(matrix.names).toEqual(["plan=gold", "age", "age is missing"]);
    expect([...matrix.values]).toEqual([0, 0, 0, 1, 2, 0]);
    expect([...encode(encoder, train).values.subarray(6)]).toEqual([0, 0, 1]);
  });

  it("names a column that is gone or of another kind", () => {
    const encoder = fitTreeEncoder(train);
    expect(() => encode(encoder, tableFromRows([{ age: 1 }]))).toThrow("column 'plan' is not in");
    expect(() => encode(encoder, tableFromRows([{ plan: 1, age: 1, pro: true }]))).toThrow(
      "column 'plan' is numeric and was categorical in training",
    );
  });
});

describe("splits", () => {
  it("by time leave the gap out", () => {
    const { train, test } = splitByTime(Float64Array.of(5, 1, 3, 4), 3, 1);
    expect([[...train], [...test]]).toEqual([[1], [0, 3]]);
    expect(() => splitByTime(Float64Array.of(1, Number.NaN), 0)).toThrow("row 1 is missing");
  });

  it("cover every row once; groups stay whole, classes keep their share", () => {
    const rows = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(
        rows,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer(),
        (key, part, seed) => {
          for (const split of [splitByGroup(key, part, seed), splitStratified(key, part, seed)]) {
            expect([...split.train, ...split.test].sort((a, b) => a - b)).toEqual(
              key.map((_, i) => i),
            );
          }
          const { train, test } = splitByGroup(key, part, seed);
          const trained = new Set(Array.from(train, (i) => key[i]));
          expect([...test].some((i) => trained.has(key[i]))).toBe(false);
          const tested = splitStratified(key, part, seed).test;
          for (const k of new Set(key)) {
            const count = key.filter((other) => other === k).length;
            const of = [...tested].filter((i) => key[i] === k).length;
            expect(Math.abs(of - count * part)).toBeLessThanOrEqual(0.5);
          }
        },
      ),
    );
  });

  it("into folds are even, and groups lie in one", () => {
    const label = Array.from({ length: 100 }, (_, i) => Number(i % 10 === 0));
    const fold = stratifiedFolds(label, 5, 1);
    for (let k = 0; k < 5; k++) {
      expect(label.filter((y, i) => fold[i] === k && y === 1).length).toBe(2);
    }
    const member = Array.from({ length: 100 }, (_, i) => `m${i % 13}`);
    const folds = groupFolds(member, 3, 1);
    for (let i = 13; i < 100; i++) expect(folds[i]).toBe(folds[i - 13]);
  });
});

describe("a fingerprint", () => {
  it("changes with a value, a name, a level and the order; not with a copy", () => {
    const table = tableFromCsv(CSV);
    const print = fingerprint(table);
    expect(fingerprint(tableFromCsv(CSV))).toEqual(print);
    const other = fingerprint(tableFromCsv(CSV.replace("1.5e2", "151")));
    expect(other.schema).toBe(print.schema);
    expect(other.content).not.toBe(print.content);
    expect(fingerprint(tableFromCsv(CSV.replace("runs", "rides"))).schema).not.toBe(print.schema);
    expect(fingerprint(takeTableRows(table, [1, 0, 2])).content).not.toBe(print.content);
  });
});
