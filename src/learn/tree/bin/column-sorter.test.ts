import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createColumnSorter } from "./column-sorter.ts";

const anyColumn = fc.array(
  fc.oneof(
    fc.double(),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 5e-324),
  ),
  { maxLength: 200 },
);

describe("a column sorter", () => {
  it("sorts as the engine does", () => {
    fc.assert(
      fc.property(fc.array(anyColumn, { minLength: 1, maxLength: 5 }), (columns) => {
        const sorter = createColumnSorter(columns.length, 201, undefined);
        columns.forEach((column, k) => {
          sorter.columns[k]!.set(column);
        });
        sorter.sort(Int32Array.from(columns, (column) => column.length));
        columns.forEach((column, k) => {
          const sorted = sorter.columns[k]!.subarray(0, column.length);
          expect(sorted).toEqual(Float64Array.from(column).sort());
        });
      }),
    );
  });

  it("puts a NaN with a sign last too", () => {
    const sorter = createColumnSorter(1, 3, undefined);
    const bits = new BigUint64Array(1);
    bits[0] = 0xfff8000000000000n;
    const negative = new Float64Array(bits.buffer)[0]!;
    sorter.columns[0]!.set([negative, 2, -1]);
    sorter.sort(Int32Array.of(3));
    expect([...sorter.columns[0]!]).toEqual([-1, 2, Number.NaN]);
  });
});
