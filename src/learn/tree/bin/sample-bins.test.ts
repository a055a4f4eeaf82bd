import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { treeOptions } from "../options.ts";
import { createPlainSampleBins, createSampleBins } from "./sample-bins.ts";

const anyValue = fc.oneof(
  fc.double({ noDefaultInfinity: true }),
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: -40, max: 40 }),
  fc.constantFrom(Number.NaN, -0, 5e-324, 1e-35, -1e-35, 1, 1 + 2 ** -52, -1 - 2 ** -52),
);
const anyColumns = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 200 }))
  .chain(([width, rows]) =>
    fc.array(fc.array(anyValue, { minLength: rows, maxLength: rows }), {
      minLength: width,
      maxLength: width,
    }),
  );
const anyOptions = fc.record({
  maxBin: fc.integer({ min: 2, max: 80 }),
  minDataInBin: fc.integer({ min: 0, max: 9 }),
  useMissing: fc.boolean(),
  zeroAsMissing: fc.boolean(),
  featurePreFilter: fc.boolean(),
});

describe("bins of sampled columns", () => {
  it("are the same whether WebAssembly finds them", () => {
    fc.assert(
      fc.property(anyColumns, anyOptions, fc.nat(), (columns, options, codes) => {
        const rows = columns[0]!.length;
        const isCategorical = Uint8Array.from(columns, (_, k) => Number(codes % 7 === k));
        const rule = { rows, minSplitData: 2, options: treeOptions(options) };
        const [found, wanted] = [
          createSampleBins(columns.length, rule, undefined),
          createPlainSampleBins(columns.length, rule),
        ].map((bins) => {
          columns.forEach((column, k) => {
            const isCode = isCategorical[k] === 1;
            bins.values.set(isCode ? column.map(Math.round) : column, k * rows);
          });
          return bins.find(isCategorical);
        });
        expect(found).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  it("puts a NaN with a sign last too", () => {
    const options = treeOptions({ minDataInBin: 1, featurePreFilter: false });
    const bins = createSampleBins(1, { rows: 3, minSplitData: 0, options }, undefined);
    const negative = new Float64Array(BigUint64Array.of(0xfff8000000000000n).buffer)[0]!;
    bins.values.set([negative, 2, -1]);
    const { min, max, bounds } = bins.find(new Uint8Array(1))[0]!;
    expect([min, max]).toEqual([-1, 2]);
    expect(bounds[bounds.length - 1]).toBeNaN();
  });

  it("takes fewer columns than there is room for", () => {
    const options = treeOptions({ minDataInBin: 1, featurePreFilter: false });
    const bins = createSampleBins(4, { rows: 2, minSplitData: 0, options }, undefined);
    bins.values.set([1, 2]);
    const found = bins.find(new Uint8Array(1));
    expect(found.map(({ min, max, count }) => [min, max, count])).toEqual([[1, 2, 3]]);
  });
});
