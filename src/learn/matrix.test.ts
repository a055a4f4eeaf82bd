import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  alignColumns,
  checkMatrix,
  columnOf,
  joinColumns,
  matrixOf,
  matrixOfColumns,
  rowOf,
  takeColumns,
  takeRows,
} from "./matrix.ts";

const x = matrixOf(
  [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
  ["a", "b"],
);

describe("a matrix", () => {
  it("is the same from rows and from columns", () => {
    expect(matrixOfColumns({ a: [1, 3, 5], b: [2, 4, 6] })).toEqual(x);
  });

  it("gives back rows and columns", () => {
    expect([...rowOf(x, 1)]).toEqual([3, 4]);
    expect([...columnOf(x, 1)]).toEqual([2, 4, 6]);
    expect([...takeRows(x, [2, 2, 0]).values]).toEqual([5, 6, 5, 6, 1, 2]);
    expect(takeColumns(x, [1])).toEqual(matrixOfColumns({ b: [2, 4, 6] }));
    expect(joinColumns(takeColumns(x, [0]), takeColumns(x, [1]))).toEqual(x);
  });

  it("lines its columns up with a model's by name", () => {
    const swapped = takeColumns(x, [1, 0]);
    expect(alignColumns(swapped, { columns: 2, names: ["a", "b"] })).toEqual(x);
    expect(alignColumns(x, { columns: 2 })).toBe(x);
    expect(() => alignColumns(x, { columns: 1, names: ["c"] })).toThrow(/column 'c'.*has a, b/);
    expect(() => alignColumns(x, { columns: 3 })).toThrow(/2 columns.*fitted on 3/);
  });

  it("refuses rows and columns of different length", () => {
    expect(() => matrixOf([[1], [1, 2]])).toThrow(/row 1 has 2 values/);
    expect(() => matrixOfColumns({ a: [1], b: [] })).toThrow(/column 'b' has 0 rows/);
    expect(() => checkMatrix({ rows: 2, columns: 2, values: new Float64Array(3) })).toThrow(
      /2 × 2 holds 3/,
    );
    expect(() => checkMatrix(matrixOf([]))).toThrow(/0 rows; at least 1/);
    expect(() => checkMatrix({ ...x, names: ["a", "a"] })).toThrow(/two columns .* name 'a'/);
  });

  it("names the column and the row of the first number that is not finite", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 0, max: 1 }),
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
        (i, j, value) => {
          const values = x.values.slice();
          values[i * 2 + j] = value;
          const broken = { ...x, values };
          const said = `column '${"ab"[j]}', row ${i} is ${value}`;
          expect(() => checkMatrix(broken)).toThrow(said);
          if (Number.isNaN(value)) checkMatrix(broken, { allowsMissing: true });
          else expect(() => checkMatrix(broken, { allowsMissing: true })).toThrow(said);
        },
      ),
    );
  });
});
