import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, integer, normal } from "../../../base/rng.ts";
import { binMatrix } from "../bin/binned.ts";
import { binaryObjective } from "../objective/classification.ts";
import type { Labels } from "../objective/objective.ts";
import { l2Objective } from "../objective/regression.ts";
import { treeOptions } from "../options.ts";
import { SplitFinder } from "./find-split.ts";
import { createPlainKernel } from "./kernel.ts";
import { SCAN } from "./scan-request.ts";
import { createKernel, createSimdKernel } from "./simd-kernel.ts";
import { Leaf, Split } from "./split.ts";

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

function leafAt(slot: number, begin: number, rows: number): Leaf {
  return Object.assign(new Leaf(), { slot, begin, rows, gradient: 3, hessian: 50 });
}

describe("the SIMD kernel", () => {
  it("sums, subtracts, partitions and adds as the plain one does, bit for bit", () => {
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
        const [plain, simd] = kernels.map((kernel) => {
          kernel.gradients.set(gradients);
          kernel.setRows(order);
          kernel.sum(leafAt(1, 0, rows));
          const left = kernel.partition(feature, goesLeft, 0, rows);
          const leaves = [leafAt(1, 0, left), leafAt(2, left, rows - left)];
          if (left > 0 && left < rows) kernel.sum(leaves[1]!, leaves[0]!);
          else leaves.splice(0, 2, leafAt(1, 0, rows));
          kernel.addLeaves(leaves, Float64Array.of(0.1, -3), 0);
          const { gradient, hessian } = kernel.sumRows(rows);
          return [
            ...[left, gradient, hessian],
            ...[...leaves.flatMap((leaf) => [...kernel.rowsOf(leaf)]), ...kernel.score],
            ...[...kernel.histograms[1]!, ...kernel.histograms[2]!],
          ];
        });
        expect(simd).toEqual(plain);
      }),
      { numRuns: 60 },
    );
  });

  it("computes gradients as the objectives do, bit for bit", () => {
    const rows = 1001;
    const rng = createRng(5);
    const data = drawnData(rows, 2, 1);
    const draw = (of: () => number): Float32Array => Float32Array.from({ length: rows }, of);
    const y = draw(() => integer(rng, 2));
    const scores = Float64Array.from({ length: rows }, (_, i) => normal(rng) * 10 ** ((i % 7) - 2));
    for (const weight of [undefined, draw(rng)]) {
      const labels: Labels = { rows, y, weight, group: undefined };
      const kernel = createSimdKernel(data, 2, { classes: 1, labels });
      const options = { sigmoid: 1.3, positiveWeight: 0.7 };
      for (const objective of [binaryObjective(labels, options), l2Objective(labels)]) {
        const wanted = new Float32Array(2 * rows);
        objective.gradients(scores, wanted);
        kernel.score.set(scores);
        expect(kernel.fillGradients(objective.formula!)).toBe(true);
        expect(kernel.gradients).toEqual(wanted);
      }
    }
  });

  it("finds the splits that scanning its sums finds", () => {
    const rows = 900;
    const data = drawnData(rows, 5, 2, 60);
    const rng = createRng(3);
    const options = treeOptions({ minDataInLeaf: 7, lambdaL2: 0.5 });
    const finder = new SplitFinder(data.features, data.firstBin, data.used, options);
    const kernel = createSimdKernel(data, 2);
    kernel.setRows(Int32Array.from({ length: rows }, (_, i) => i));
    for (let i = 0; i < rows; i++) kernel.gradients.set([normal(rng), rng()], 2 * i);
    const root = Object.assign(leafAt(0, 0, rows), kernel.sumRows(rows));
    const request = finder.request(root, undefined, new Uint8Array(5).fill(1), undefined);
    const found = kernel.sum(root, undefined, request)!;
    for (let f = 0; f < 5; f++) {
      const [taken, scanned] = [new Split(), new Split()];
      const gains = finder.take(f, root, found, 2 * f * SCAN.size, taken);
      expect(finder.find(f, root, kernel.histograms[0]!, root.output, scanned)).toBe(gains);
      expect(scanned.gain).toBeGreaterThan(0);
      expect(taken).toEqual(scanned);
    }
  });

  it("keeps each side of a partition in its order", () => {
    const data = drawnData(200, 3, 1);
    const kernel = createSimdKernel(data, 2);
    kernel.setRows(Int32Array.from({ length: 200 }, (_, i) => i));
    const { count } = data.features[1]!;
    const goesLeft = Uint8Array.from({ length: count }, (_, bin) => (bin < count / 3 ? 1 : 0));
    const left = kernel.partition(1, goesLeft, 0, 200);
    const ascends = (rows: Int32Array): boolean =>
      rows.every((row, i) => i === 0 || row > rows[i - 1]!);
    expect(left).toBeGreaterThan(20);
    expect(ascends(kernel.rowsOf(leafAt(0, 0, left)))).toBe(true);
    expect(ascends(kernel.rowsOf(leafAt(1, left, 200 - left)))).toBe(true);
  });

  it("gives way to the plain one where bins have two bytes", () => {
    const data = drawnData(3000, 2, 1, 1000);
    const kernel = createKernel(data, 2);
    kernel.gradients.fill(1);
    kernel.setRows(Int32Array.from({ length: 3000 }, (_, i) => i));
    kernel.sum(Object.assign(leafAt(0, 0, 3000), { gradient: 3000, hessian: 3000 }));
    expect(kernel.histograms[0]!.reduce((sum, value) => sum + value, 0)).toBe(2 * 2 * 3000);
  });
});
