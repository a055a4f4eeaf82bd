import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createPlainKernel } from "../grow/kernel.ts";
import { readModelText, type Tree, trainTrees, writeModelText } from "../index.ts";
import { GOLDEN_CASES, goldenOptions, goldenRows } from "./case.fixture.ts";

describe.each(GOLDEN_CASES)("LightGBM's trees on the case $name", (golden) => {
  const theirText = readFileSync(join(import.meta.dirname, `${golden.name}.txt`), "utf8");
  const { model } = trainTrees(goldenRows(golden), goldenOptions(golden));

  it("are ours: the same splits on the same bins, the same rows in the same leaves", () => {
    const theirs = readModelText(theirText);
    expect(model.trees.length).toBe(theirs.trees.length);
    model.trees.forEach((tree, t) => {
      expect(shapeOf(tree), `tree ${t}`).toEqual(shapeOf(theirs.trees[t]!));
      // Exponentials and logarithms of two libraries differ in the last bit; leaves follow them.
      for (const [i, value] of theirs.trees[t]!.leafValue.entries()) {
        const off = Math.abs(tree.leafValue[i]! - value);
        expect(off, `tree ${t}, leaf ${i}`).toBeLessThanOrEqual(1e-13 * Math.abs(value) + 1e-15);
      }
    });
  });

  it("are written as LightGBM writes them", () => {
    const ours = writeModelText(readModelText(theirText));
    expect(ours.split("\nparameters:")[0]).toBe(theirText);
  });

  it("come out of the plain kernel and the SIMD one bit for bit", () => {
    const options = { ...goldenOptions(golden), kernel: createPlainKernel };
    expect(trainTrees(goldenRows(golden), options).model).toEqual(model);
  });
});

function shapeOf(tree: Tree): object {
  const { leafCount, splitFeature, threshold, decisionType, leftChild, rightChild } = tree;
  const { leafRows, internalRows, categoryBegin, categoryBits } = tree;
  return {
    leafCount,
    splitFeature,
    threshold,
    decisionType,
    leftChild,
    rightChild,
    leafRows,
    internalRows,
    categoryBegin,
    categoryBits,
  };
}
