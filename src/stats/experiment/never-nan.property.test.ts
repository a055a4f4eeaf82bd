// Whatever the sums, a test answers in numbers or refuses with a WaymarkError: NaN never comes out.
import fc from "fast-check";
import { expect, it } from "vitest";
import { WaymarkError } from "../../base/error.ts";
import { bayesTest } from "./bayes.ts";
import { effectOf } from "./effect.ts";
import { welchTest } from "./fixed.ts";
import { groupSequentialBounds, groupSequentialTest } from "./group-sequential.ts";
import { detectableEffect, powerOf, sampleSize } from "./power.ts";
import { quantileOf } from "./quantile.ts";
import { sequentialTest } from "./sequential.ts";
import { srmSequentialTest, srmTest } from "./srm.ts";
import {
  type ArmSums,
  adjustedMeanOf,
  adjustedRatioOf,
  meanOf,
  proportionOf,
  ratioOf,
} from "./sums.ts";

/** Ordinary numbers with zeros and repeats, four times in five; else numbers of every size. */
const ordinary = fc.oneof(
  fc.integer({ min: -3, max: 9 }),
  fc.double({ noNaN: true, min: -10, max: 100 }),
);
const value = fc.oneof(
  fc.constantFrom(0, 1, -1, 5e-324, 1e-300, 1e-160, 1e150, -1e200, 1.7e308),
  fc.double({ noNaN: true }),
);
const columns = fc
  .tuple(fc.integer({ min: 0, max: 30 }), fc.nat(4))
  .chain(([n, size]) =>
    fc.tuple(
      ...[0, 1, 2, 3].map(() =>
        fc.array(size === 0 ? value : ordinary, { minLength: n, maxLength: n, size: "max" }),
      ),
    ),
  );
const KINDS: ((columns: number[][]) => ArmSums)[] = [
  ([w]) => proportionOf(w!.map((x) => x > 0)),
  ([w]) => meanOf(w!),
  ([w, x]) => ratioOf(w!, x!),
  ([w, x]) => adjustedMeanOf(w!, x!),
  ([w, x, y, z]) => adjustedRatioOf(w!, x!, y!, z!),
  ([w]) => quantileOf(w!, 0.5),
];
const bounds = groupSequentialBounds([0.5, 1]);
const prior = { mean: 0, standardDeviation: 1, difference: "relative" } as const;

/** Answers without NaN, or nothing where the input was refused. */
function answersWithoutNaN(act: () => object | number): void {
  let answer: object | number;
  try {
    answer = act();
  } catch (error) {
    expect(error).toBeInstanceOf(WaymarkError);
    expect((error as Error).message).not.toBe("");
    return;
  }
  const numbers = typeof answer === "number" ? [answer] : Object.values(answer);
  for (const number of numbers.filter((x) => typeof x === "number")) {
    expect(Number.isNaN(number), JSON.stringify(answer)).toBe(false);
  }
}

it("effects and their tests", () => {
  fc.assert(
    fc.property(
      columns,
      columns,
      fc.nat(KINDS.length - 1),
      fc.constantFrom("absolute" as const, "relative" as const),
      (a, b, kind, difference) => {
        const effect = () => effectOf(KINDS[kind]!(a), KINDS[kind]!(b), { difference });
        answersWithoutNaN(effect);
        for (const alternative of ["two-sided", "greater", "less"] as const) {
          answersWithoutNaN(() => welchTest(effect(), { alternative }));
          answersWithoutNaN(() => sequentialTest(effect(), { alternative }));
        }
        answersWithoutNaN(() => bayesTest(effect()));
        answersWithoutNaN(() => bayesTest(effect(), { prior }));
        answersWithoutNaN(() => groupSequentialTest(effect(), bounds, 0));
      },
    ),
    { numRuns: 1500, seed: 1 },
  );
});

it("plans and arms' sizes", () => {
  const any = fc.oneof(
    { weight: 9, arbitrary: fc.oneof(fc.nat(50), fc.double({ min: 0, max: 1, noNaN: true })) },
    value,
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY),
  );
  fc.assert(
    fc.property(any, any, any, any, any, (mean, variance, effect, power, ratio) => {
      const plan = { mean, variance, ratio, difference: "relative" } as const;
      answersWithoutNaN(() => sampleSize(plan, effect, power));
      answersWithoutNaN(() => powerOf(plan, effect, ratio));
      answersWithoutNaN(() => detectableEffect(plan, effect, power));
      answersWithoutNaN(() => srmTest([mean, variance], [effect, power]));
      answersWithoutNaN(() => srmSequentialTest([mean, variance], [effect, power], ratio));
    }),
    { numRuns: 1500, seed: 2 },
  );
});
