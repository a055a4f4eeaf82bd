// Sums that add up, the delta method and CUPED against simulation and against each other, and bad sums.
import { describe, expect, it } from "vitest";
import { WaymarkError } from "../../base/error.ts";
import { createRng, normal, type Rng } from "../../base/rng.ts";
import { effectOf } from "./effect.ts";
import { quantileOf } from "./quantile.ts";
import {
  type ArmSums,
  addSums,
  adjustedMeanOf,
  adjustedRatioOf,
  clusteredMeanOf,
  type MeanSums,
  meanOf,
  meanOfMoments,
  proportionOf,
  ratioOf,
} from "./sums.ts";

const sample = (n: number, of: (i: number) => number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => of(i));

/** Standard deviation of the estimates of many worlds over the mean of their standard errors. */
function calibration(
  worlds: number,
  arms: (rng: Rng) => [ArmSums, ArmSums],
  relative = false,
): number {
  const rng = createRng(99);
  const estimates: number[] = [];
  let meanError = 0;
  for (let world = 0; world < worlds; world++) {
    const effect = effectOf(...arms(rng), { difference: relative ? "relative" : "absolute" });
    estimates.push(effect.estimate);
    meanError += effect.standardError / worlds;
  }
  const mean = estimates.reduce((sum, value) => sum + value, 0) / worlds;
  const square = estimates.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (worlds - 1);
  return Math.sqrt(square) / meanError;
}

describe("sums", () => {
  it("of two halves are the sums of the whole, for every kind", () => {
    const rng = createRng(1);
    const [w, x, y, z] = [1, 2, 3, 4].map(() => sample(40, () => normal(rng) + 3)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const kinds = [
      (from: number, to: number) => meanOf(w.slice(from, to)),
      (from: number, to: number) => ratioOf(w.slice(from, to), x.slice(from, to)),
      (from: number, to: number) => adjustedMeanOf(w.slice(from, to), x.slice(from, to)),
      (from: number, to: number) =>
        adjustedRatioOf(w.slice(from, to), x.slice(from, to), y.slice(from, to), z.slice(from, to)),
      (from: number, to: number) => proportionOf(sample(40, (i) => i % 3 && 1).slice(from, to)),
    ];
    for (const kind of kinds) {
      const added = addSums(kind(0, 13), kind(13, 40));
      const whole = kind(0, 40);
      for (const [key, value] of Object.entries(whole)) {
        const came = (added as unknown as Record<string, number | string>)[key];
        if (typeof value === "number") expect(came, key).toBeCloseTo(value, 9);
        else expect(came).toBe(value);
      }
    }
  });

  it("of moments give the moments back", () => {
    const { control } = effectOf(meanOfMoments(50, 7, 4), meanOfMoments(60, 8, 5));
    expect(control.mean).toBeCloseTo(7, 12);
    expect(control.variance).toBeCloseTo(4, 10);
  });

  it("of kinds that differ are not added", () => {
    expect(() =>
      addSums<MeanSums>(meanOf([1, 2]), proportionOf([0, 1]) as unknown as MeanSums),
    ).toThrow("a mean and a proportion cannot be added");
  });
});

describe("the standard error is the scatter of the estimate", () => {
  // 1,500 worlds know a standard deviation to 1.8 %; four of those.
  const tolerance = 0.075;

  it.each([false, true])("for a ratio of dependent sums (relative: %s)", (relative) => {
    const arm = (rng: Rng, lift: number): ArmSums => {
      const views = sample(150, () => 1 + Math.floor(rng() * 9));
      return ratioOf(
        views.map((v) => v * lift * (0.5 + rng())),
        views,
      );
    };
    const came = calibration(1500, (rng) => [arm(rng, 1), arm(rng, 1.1)], relative);
    expect(Math.abs(came - 1)).toBeLessThan(tolerance);
  });

  it.each([false, true])("for a mean adjusted by its past (relative: %s)", (relative) => {
    const arm = (rng: Rng, lift: number): ArmSums => {
      const before = sample(150, () => 10 + 2 * normal(rng));
      return adjustedMeanOf(
        before.map((x) => x + lift + normal(rng)),
        before,
      );
    };
    const came = calibration(1500, (rng) => [arm(rng, 0), arm(rng, 0.5)], relative);
    expect(Math.abs(came - 1)).toBeLessThan(tolerance);
  });

  it("for an adjusted ratio", () => {
    const arm = (rng: Rng): ArmSums => {
      const rate = sample(200, () => 0.5 + rng());
      const [before, after] = [1, 2].map(() => sample(200, () => 1 + Math.floor(rng() * 9)));
      return adjustedRatioOf(
        after!.map((d, i) => d * rate[i]! + normal(rng)),
        after!,
        before!.map((d, i) => d * rate[i]! + normal(rng)),
        before!,
      );
    };
    expect(Math.abs(calibration(1500, (rng) => [arm(rng), arm(rng)]) - 1)).toBeLessThan(tolerance);
  });

  it("for a mean over rows in clusters", () => {
    const arm = (rng: Rng): ArmSums => {
      const member = sample(60, () => normal(rng));
      const cluster = sample(600, () => Math.floor(60 * rng() * rng()));
      return clusteredMeanOf(
        cluster.map((c) => member[c]! + normal(rng)),
        cluster,
      );
    };
    expect(Math.abs(calibration(1500, (rng) => [arm(rng), arm(rng)]) - 1)).toBeLessThan(0.1);
  });

  it("for a median, and for a median over clustered values", () => {
    const alone = (rng: Rng): ArmSums =>
      quantileOf(
        sample(400, () => Math.exp(normal(rng))),
        0.5,
      );
    expect(Math.abs(calibration(800, (rng) => [alone(rng), alone(rng)]) - 1)).toBeLessThan(0.1);
    const clustered = (rng: Rng): ArmSums => {
      const member = sample(80, () => normal(rng));
      const cluster = sample(640, (i) => i % 80);
      return quantileOf(
        cluster.map((c) => member[c]! + normal(rng)),
        0.5,
        cluster,
      );
    };
    const ratio = calibration(800, (rng) => [clustered(rng), clustered(rng)]);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.12);
  });
});

describe("CUPED", () => {
  it("takes the squared correlation out of the variance and leaves the difference", () => {
    const rng = createRng(4);
    const before = [1, 2].map(() => sample(4000, () => normal(rng)));
    const after = before.map((x, arm) =>
      x.map((value) => 0.8 * value + 0.6 * normal(rng) + 0.1 * arm),
    );
    const plain = effectOf(meanOf(after[0]!), meanOf(after[1]!));
    const adjusted = effectOf(
      adjustedMeanOf(after[0]!, before[0]!),
      adjustedMeanOf(after[1]!, before[1]!),
    );
    expect(adjusted.theta).toBeCloseTo(0.8, 1);
    expect((adjusted.standardError / plain.standardError) ** 2).toBeCloseTo(1 - 0.64, 1);
    expect(Math.abs(adjusted.estimate - 0.1)).toBeLessThan(4 * adjusted.standardError);
  });

  it("with a covariate that never varies is the plain mean", () => {
    const values = [
      [1, 5, 3, 4],
      [2, 6, 7, 5],
    ] as const;
    const ones = [3, 3, 3, 3];
    const plain = effectOf(meanOf(values[0]), meanOf(values[1]));
    const adjusted = effectOf(adjustedMeanOf(values[0], ones), adjustedMeanOf(values[1], ones));
    expect(adjusted).toEqual(plain);
  });
});

describe("bad sums", () => {
  const good = meanOf([1, 2, 3, 4]);
  const bad: [string, ArmSums, ArmSums, string][] = [
    ["an empty arm", { ...good, count: 0, sum: 0, sumSquares: 0 }, good, "control has 0 units"],
    ["one unit", good, { ...good, count: 1, sum: 1, sumSquares: 1 }, "treatment has 1 units"],
    ["no variance", good, meanOf([2, 2, 2]), "the variance of treatment is 0"],
    [
      "a proportion of none",
      proportionOf([0, 0]),
      proportionOf([0, 1]),
      "the variance of control is 0",
    ],
    ["NaN", { ...good, sum: Number.NaN }, good, "sum of control is NaN"],
    [
      "infinity",
      good,
      { ...good, sumSquares: Number.POSITIVE_INFINITY },
      "sumSquares of treatment",
    ],
    ["impossible sums", { ...good, sumSquares: 1 }, good, "no numbers have such sums"],
    ["half a unit", { ...good, count: 2.5 }, good, "count of control is 2.5"],
    [
      "kinds that differ",
      good,
      proportionOf([0, 1]),
      "control is a mean and treatment a proportion",
    ],
    [
      "too many successes",
      { kind: "proportion", count: 3, sum: 4 },
      proportionOf([0, 1]),
      "from 0 to",
    ],
    [
      "an empty denominator",
      ratioOf([1, 2], [0, 0]),
      ratioOf([1, 2], [1, 2]),
      "denominatorSum of control is 0",
    ],
    [
      "a quantile of few values",
      quantileOf([1, 2, 3], 0.9),
      quantileOf([1, 2, 3], 0.9),
      "the variance of control is 0",
    ],
    [
      "a quantile outside its bounds",
      { kind: "quantile", count: 100, level: 0.5, estimate: 3, lower: 4, upper: 5 },
      { kind: "quantile", count: 100, level: 0.5, estimate: 3, lower: 2, upper: 5 },
      "bounds of control are 4 and 5",
    ],
    ["sums beyond numbers", { ...good, sum: 1e200, sumSquares: 1e308 }, good, "control"],
  ];
  it.each(bad)("%s is refused, by arm and rule", (_, control, treatment, message) => {
    expect(() => effectOf(control, treatment)).toThrow(message);
    expect(() => effectOf(control, treatment)).toThrow(WaymarkError);
  });

  it("a relative difference to a mean of 0 is refused", () => {
    const zero = meanOf([-1, 1, -2, 2]);
    expect(effectOf(zero, good).estimate).toBe(2.5);
    expect(() => effectOf(zero, good, { difference: "relative" })).toThrow(
      "the mean of control is 0",
    );
    expect(() => effectOf(good, good, { difference: "scaled" as "relative" })).toThrow(
      "difference 'scaled' is unknown",
    );
  });

  it("a relative difference to a negative mean keeps its sign", () => {
    const { estimate } = effectOf(meanOf([-4, -6]), meanOf([-3, -6]), { difference: "relative" });
    expect(estimate).toBeCloseTo(0.1, 12);
  });

  it("rows that are no numbers are named", () => {
    expect(() => meanOf([1, Number.NaN])).toThrow("value of row 1 is NaN");
    expect(() => proportionOf([1, 2])).toThrow("value of row 1 is 2; expected 0 or 1");
    expect(() => ratioOf([1, 2], [1])).toThrow("denominator has 1 rows; expected 2");
    expect(() => adjustedMeanOf([1, 2], [1, Number.POSITIVE_INFINITY])).toThrow(
      "covariate of row 1",
    );
    expect(() => quantileOf([], 0.5)).toThrow("values is empty");
    expect(() => quantileOf([1], 1)).toThrow("level is 1");
    expect(() => quantileOf([1, 2], 0.5, [1])).toThrow("cluster has 1 rows; expected 2");
    expect(() => quantileOf([1, 2], 0.5, [1, Number.NaN])).toThrow("cluster of row 1 is NaN");
  });
});
