import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixOf } from "../../matrix.ts";
import { treeOptions } from "../options.ts";
import { type BinnedData, binLikeTraining, binMatrix } from "./binned.ts";
import { MISSING } from "./feature-bins.ts";
import { nextUp } from "./next-up.ts";

const anyValue = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.integer({ min: -3, max: 3 }),
  fc.constant(Number.NaN),
  fc.constantFrom(1e-300, -1e-300, 5e-324, 1.7e308, -1.7e308),
);
const loose = { featurePreFilter: false, minDataInBin: 1 } as const;
const binOf = ({ columns }: BinnedData): number[] => [...columns];

function columnOf(values: readonly number[], options = {}): BinnedData {
  return binMatrix(matrixOf(values.map((value) => [value])), treeOptions({ ...loose, ...options }));
}

describe("bins of numbers", () => {
  it("cut between neighbours, with zero in a bin of its own and NaN last", () => {
    const data = columnOf([3, -1, 0, Number.NaN, 1, 3]);
    const { bounds, missing, zeroBin } = data.features[0]!;
    expect([...bounds]).toEqual([
      -1.0000000180025095e-35,
      1.0000000180025095e-35,
      nextUp(2),
      Infinity,
      NaN,
    ]);
    expect(missing).toBe(MISSING.nan);
    expect(zeroBin).toBe(1);
    expect(binOf(data)).toEqual([3, 0, 1, 4, 2, 3]);
  });

  it("hold every value below their bound and above the one before", () => {
    fc.assert(
      fc.property(
        fc.array(anyValue, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 3, max: 40 }),
        (values, maxBin) => {
          const data = columnOf(values, { maxBin });
          if (data.features.length === 0) return;
          const { bounds, count, missing, zeroBin } = data.features[0]!;
          expect(count).toBeLessThanOrEqual(maxBin);
          binOf(data).forEach((bin, i) => {
            const value = values[i]!;
            if (Number.isNaN(value)) {
              expect(bin).toBe(missing === MISSING.nan ? count - 1 : zeroBin);
              return;
            }
            expect(value).toBeLessThanOrEqual(bounds[bin]!);
            if (bin > 0) expect(value).toBeGreaterThan(bounds[bin - 1]!);
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it("do not depend on the order of rows", () => {
    fc.assert(
      fc.property(fc.array(anyValue, { minLength: 2, maxLength: 100 }), (values) => {
        const forth = columnOf(values, { maxBin: 9 });
        const back = columnOf(values.toReversed(), { maxBin: 9 });
        expect(back.allBins).toEqual(forth.allBins);
        expect(binOf(back).reverse()).toEqual(binOf(forth));
      }),
    );
  });

  it("of two bytes hold more than 256", () => {
    const values = Array.from({ length: 3000 }, (_, i) => i + 1);
    const data = columnOf(values, { maxBin: 1000 });
    expect(data.columns).toBeInstanceOf(Uint16Array);
    expect(data.features[0]!.count).toBeGreaterThan(900);
  });
});

describe("bins of categories", () => {
  it("come by frequency; missing, negative and unseen ones share bin 0", () => {
    const data = columnOf([7, 7, 7, 2, 2, 9, Number.NaN, -1], { categorical: [0] });
    expect([...data.features[0]!.categories]).toEqual([-1, 7, 2, 9]);
    expect(binOf(data)).toEqual([1, 1, 1, 2, 2, 3, 0, 0]);
    const other = matrixOf([[2], [100], [Number.NaN]]);
    expect(binOf(binLikeTraining(other, data))).toEqual([2, 0, 0]);
  });
});

describe("a matrix in bins", () => {
  it("leaves out what cannot split, and keeps the numbers of the columns", () => {
    const rows = Array.from({ length: 100 }, (_, i) => [5, i, i === 0 ? 1 : 0]);
    const data = binMatrix(matrixOf(rows), treeOptions({}));
    expect([...data.used]).toEqual([1]);
    expect(data.allBins.map(({ isTrivial }) => isTrivial)).toEqual([true, false, true]);
  });

  it("names the column and row of an infinity and of a category that is too large", () => {
    const x = { ...matrixOf([[1], [Infinity]]), names: ["speed"] };
    expect(() => binMatrix(x, treeOptions({}))).toThrow("column 'speed', row 1 is Infinity");
    expect(() => columnOf([1, 1e9], { categorical: [0] })).toThrow("column 0, row 1 is 1000000000");
    expect(() => columnOf([1, 2], { categorical: [3] })).toThrow(
      "names column 3; the matrix has 1",
    );
  });
});
