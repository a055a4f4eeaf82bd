import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixOf } from "../../matrix.ts";
import { treeOptions } from "../options.ts";
import { binMatrix } from "./binned.ts";
import { canEncodeRows, encodeRows, encodeRowsPlainly } from "./encode-rows.ts";

const anyValue = fc.oneof(
  fc.double({ noDefaultInfinity: true }),
  fc.double({ min: -5, max: 5 }),
  fc.integer({ min: -30, max: 30 }),
  fc.constantFrom(Number.NaN, -0, 1e-35, -1e-35, 1.7e308, -1.7e308),
);
const anyRows = fc.integer({ min: 1, max: 5 }).chain((columns) =>
  fc.array(fc.array(anyValue, { minLength: columns, maxLength: columns }), {
    minLength: 1,
    maxLength: 120,
  }),
);

describe("rows as bins", () => {
  it("are the same whether WebAssembly writes them, of rows trained on and of others", () => {
    fc.assert(
      fc.property(anyRows, fc.integer({ min: 2, max: 256 }), fc.nat(1), (rows, maxBin, code) => {
        const codes = rows.map((row) => (code === 1 ? [Math.round(row[0]! / 1e6), ...row] : row));
        const x = matrixOf(codes.map((row) => row.map((value) => Math.min(value, 2 ** 24))));
        const half = { ...x, rows: Math.ceil(x.rows / 2) };
        const options = { minDataInBin: 1, featurePreFilter: false, maxBin };
        const { used, features } = binMatrix(
          { ...half, values: x.values.slice(0, half.rows * x.columns) },
          treeOptions({ ...options, categorical: code === 1 ? [0] : [] }),
        );
        expect(canEncodeRows(x, features, undefined)).toBe(true);
        const wanted = encodeRowsPlainly(x, used, features);
        expect(encodeRows(x, used, features, undefined)).toEqual(wanted);
      }),
      { numRuns: 300 },
    );
  });

  it("are the same over many blocks", () => {
    const rows = 5000;
    const columns = 40;
    const values = Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i * i));
    const data = binMatrix({ rows, columns, values }, treeOptions({}));
    const plain = encodeRowsPlainly({ rows, columns, values }, data.used, data.features);
    expect(data.features.length).toBe(columns);
    expect(data.columns.every((bin, i) => bin === plain[i])).toBe(true);
  });
});
