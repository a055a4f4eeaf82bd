import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, integer, normal } from "../../../base/rng.ts";
import { binMatrix } from "../bin/binned.ts";
import { treeOptions } from "../options.ts";
import { createPlainKernel } from "./kernel.ts";
import { createKernel, createSimdKernel } from "./simd-kernel.ts";

function drawnData(rows: number, columns: number, seed: number, maxBin = 255) {
  const rng = createRng(seed);
  const values = Float64Array.from({ length: rows * columns }, () => normal(rng));
  const options = treeOptions({ maxBin, minDataInBin: 1, featurePreFilter: false });
  return binMatrix({ rows, columns, values }, options);
}

const anyCase = fc.tuple(
  fc.integer({ min: 2, max: 300 }),
  fc.integer({ min: 1, max: 37 }),
  fc.integer(),
  fc.integer({ min: 3, max: 255 }),
);

describe("the SIMD kernel", () => {
  it("sums, subtracts and partitions as the plain one does, bit for bit", () => {
    fc.assert(
      fc.property(anyCase, ([rows, columns, seed, maxBin]) => {
        const data = drawnData(rows, columns, seed, maxBin);
        const rng = createRng(seed, 1);
        const kernels = [createPlainKernel(data, 3), createSimdKernel(data, 3)] as const;
        const gradients = Float32Array.from({ length: 2 * rows }, () => normal(rng));
        const order = Int32Array.from({ length: rows }, () => integer(rng, rows));
        const feature = integer(rng, data.features.length);
        const goesLeft = Uint8Array.from({ length: data.features[feature]!.count }, () =>
          integer(rng, 2),
        );
        const begin = integer(rng, rows);
        const [plain, simd] = kernels.map((kernel) => {
          kernel.gradients.set(gradients);
          kernel.rows.set(order);
          kernel.build(1, 0, rows);
          kernel.build(2, begin, rows);
          kernel.subtract(1, 2);
          const left = kernel.partition(feature, goesLeft, begin, rows);
          return [left, ...kernel.rows, ...kernel.histograms[1]!, ...kernel.histograms[2]!];
        });
        expect(simd).toEqual(plain);
      }),
      { numRuns: 60 },
    );
  });

  it("keeps each side of a partition in its order", () => {
    const data = drawnData(200, 3, 1);
    const kernel = createSimdKernel(data, 2);
    for (let i = 0; i < 200; i++) kernel.rows[i] = i;
    const { count } = data.features[1]!;
    const goesLeft = Uint8Array.from({ length: count }, (_, bin) => (bin < count / 3 ? 1 : 0));
    const left = kernel.partition(1, goesLeft, 0, 200);
    const ascends = (rows: Int32Array): boolean =>
      rows.every((row, i) => i === 0 || row > rows[i - 1]!);
    expect(left).toBeGreaterThan(20);
    expect(ascends(kernel.rows.slice(0, left))).toBe(true);
    expect(ascends(kernel.rows.slice(left))).toBe(true);
  });

  it("gives way to the plain one where bins have two bytes", () => {
    const data = drawnData(3000, 2, 1, 1000);
    const kernel = createKernel(data, 2);
    kernel.gradients.fill(1);
    for (let i = 0; i < 3000; i++) kernel.rows[i] = i;
    kernel.build(0, 0, 3000);
    expect(kernel.histograms[0]!.reduce((sum, value) => sum + value, 0)).toBe(2 * 2 * 3000);
  });
});
