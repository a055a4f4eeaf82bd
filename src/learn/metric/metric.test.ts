import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/rng.ts";
import { calibrationSlope } from "../calibration/slope.ts";
import { auc, aucDifference, aucEstimate, bindAuc } from "./auc.ts";
import {
  brierDecomposition,
  calibrationCurve,
  expectedCalibrationError,
  expectedCalibrationErrorEstimate,
} from "./calibration-curve.ts";
import {
  brier,
  brierEstimate,
  classLogLoss,
  classLogLossEstimate,
  logLoss,
  logLossEstimate,
  mae,
  maeEstimate,
  rmse,
  rmseEstimate,
} from "./error-mean.ts";
import { bootstrapEstimate, type Estimate, meanEstimate } from "./estimate.ts";
import {
  averagePrecision,
  averagePrecisionEstimate,
  precisionRecallCurve,
} from "./precision-recall.ts";
import * as rows from "./reference.fixture.ts";

const { y, p, target, prediction, reference } = rows;
const weight = Float64Array.from(rows.weight);

describe("metrics agree with scikit-learn and statsmodels", () => {
  it.each([
    ["auc", auc, y, p],
    ["averagePrecision", averagePrecision, y, p],
    ["logLoss", logLoss, y, p],
    ["brier", brier, y, p],
    ["rmse", rmse, target, prediction],
    ["mae", mae, target, prediction],
  ] as const)("%s, without and with weights", (name, metric, truth, guess) => {
    expect(metric(truth, guess)).toBeCloseTo(reference[name][0]!, 13);
    expect(metric(truth, guess, weight)).toBeCloseTo(reference[name][1]!, 13);
  });

  it("DeLong's error, alone and of a difference", () => {
    expect(aucEstimate(y, p).standardError).toBeCloseTo(reference.deLong, 13);
    const { value, standardError } = aucDifference(y, p, prediction);
    expect(value).toBeCloseTo(reference.deLongDifference[0]!, 13);
    expect(standardError).toBeCloseTo(reference.deLongDifference[1]!, 13);
  });

  it("calibration error, slope and intercept", () => {
    const width = { bins: 10, by: "width" } as const;
    expect(expectedCalibrationError(y, p, width)).toBeCloseTo(reference.eceWidth[0]!, 13);
    expect(expectedCalibrationError(y, p, { ...width, weight })).toBeCloseTo(
      reference.eceWidth[1]!,
      13,
    );
    const { slope, intercept } = calibrationSlope(y, p);
    expect([slope.value, slope.standardError]).toEqual(close(reference.slope));
    expect([intercept.value, intercept.standardError]).toEqual(close(reference.intercept));
    const weighted = calibrationSlope(y, p, { weight });
    expect([weighted.slope.value, weighted.intercept.value]).toEqual(
      close(reference.weightedSlope),
    );
  });
});

function close(values: readonly number[], digits = 9): unknown[] {
  return values.map((value) => expect.closeTo(value, digits));
}

type Estimator = (weight?: Float64Array, cluster?: Int32Array) => Estimate;
const few = { replicates: 60 } as const;
const estimators: Record<string, Estimator> = {
  auc: (weight, cluster) => aucEstimate(y, p, { weight, cluster }),
  aucDifference: (weight, cluster) => aucDifference(y, p, prediction, { weight, cluster }),
  averagePrecision: (weight, cluster) =>
    averagePrecisionEstimate(y, p, { weight, cluster, ...few }),
  logLoss: (weight, cluster) => logLossEstimate(y, p, { weight, cluster }),
  classLogLoss: (weight, cluster) =>
    classLogLossEstimate(y, Float64Array.from(p.flatMap((q) => [1 - q, q])), 2, {
      weight,
      cluster,
    }),
  brier: (weight, cluster) => brierEstimate(y, p, { weight, cluster }),
  rmse: (weight, cluster) => rmseEstimate(target, prediction, { weight, cluster }),
  mae: (weight, cluster) => maeEstimate(target, prediction, { weight, cluster }),
  calibrationError: (weight, cluster) =>
    expectedCalibrationErrorEstimate(y, p, { weight, cluster, ...few }),
  slope: (weight, cluster) => calibrationSlope(y, p, { weight, cluster }).slope,
  intercept: (weight, cluster) => calibrationSlope(y, p, { weight, cluster }).intercept,
};

describe.each(Object.entries(estimators))("the interval of %s", (_, estimate) => {
  it("holds the value and grows as rows lose weight", () => {
    const all = estimate();
    expect(all.lower).toBeLessThan(all.value);
    expect(all.upper).toBeGreaterThan(all.value);
    const half = estimate(Float64Array.from(y, (_, i) => (i % 2 ? 1 : 0)));
    expect(half.standardError).toBeGreaterThan(all.standardError);
  });

  it("does not change when all weights double", () => {
    const once = estimate(weight);
    const twice = estimate(weight.map((w) => 2 * w));
    for (const key of ["value", "standardError", "lower", "upper"] as const) {
      expect(twice[key]).toBeCloseTo(once[key], 9);
    }
  });

  it("knows that rows of one member are not independent", () => {
    const alone = estimate(
      undefined,
      Int32Array.from(y, (_, i) => i),
    );
    const doubled = estimate(
      undefined,
      Int32Array.from(y, (_, i) => i % 18),
    );
    expect(alone.value).toBe(doubled.value);
    expect(alone.standardError).not.toBeCloseTo(doubled.standardError, 6);
  });
});

describe("a metric", () => {
  it("counts a row of weight 3 as three rows", () => {
    const times = Float64Array.from(y, (_, i) => i % 4);
    const thrice = (values: readonly number[]) =>
      values.flatMap((value, i) => new Array<number>(times[i]!).fill(value));
    for (const metric of [auc, averagePrecision, logLoss, brier, rmse, mae]) {
      expect(metric(y, p, times)).toBeCloseTo(metric(thrice(y), thrice(p)), 12);
    }
  });

  it("is a matter of order alone when it is the AUC", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: -8, max: 8 }))), (pairs) => {
        const labels = [0, 1, ...pairs.map(([label]) => Number(label))];
        const score = [0, 3, ...pairs.map(([, s]) => s)];
        const value = auc(labels, score);
        expect(auc(labels, score.map(Math.exp))).toBe(value);
        expect(
          auc(
            labels,
            score.map((s) => -s),
          ),
        ).toBeCloseTo(1 - value, 12);
        let won = 0;
        let count = 0;
        for (let i = 0; i < labels.length; i++) {
          for (let j = 0; j < labels.length; j++) {
            if (labels[i] !== 1 || labels[j] !== 0) continue;
            won += score[i]! > score[j]! ? 1 : score[i] === score[j] ? 0.5 : 0;
            count++;
          }
        }
        expect(value).toBeCloseTo(won / count, 12);
      }),
    );
  });

  it("claims no certainty from a perfect order of few rows", () => {
    const { value, lower, upper } = aucEstimate([0, 0, 0, 1, 1], [1, 2, 3, 4, 5]);
    expect([value, upper]).toEqual([1, 1]);
    expect(lower).toBeCloseTo(Math.sqrt(0.025), 12);
  });

  it("covers the truth as often as its interval says", () => {
    // Normal scores a distance 1 apart have AUC Φ(1/√2).
    const truth = 0.7602499389065233;
    const rng = createRng(11);
    let covered = 0;
    const worlds = 400;
    for (let k = 0; k < worlds; k++) {
      const labels = Array.from({ length: 80 }, (_, i) => i % 2);
      const score = labels.map((label) => label + normal(rng));
      const { lower, upper } = aucEstimate(labels, score);
      if (lower <= truth && truth <= upper) covered++;
    }
    // Three binomial errors of 400 worlds at 95 %.
    expect(covered / worlds).toBeGreaterThan(0.917);
    expect(covered / worlds).toBeLessThan(0.983);
  });

  it("gives the mean of five rows, or of five clusters, Student's interval", () => {
    const rng = createRng(17);
    const worlds = 4000;
    const cluster = Int32Array.from({ length: 20 }, (_, i) => i >> 2);
    let rows = 0;
    let clusters = 0;
    let normals = 0;
    for (let k = 0; k < worlds; k++) {
      const values = Array.from({ length: 5 }, () => normal(rng));
      const { value, standardError, lower, upper } = meanEstimate(values);
      if (lower <= 0 && 0 <= upper) rows++;
      if (Math.abs(value) <= 1.96 * standardError) normals++;
      const members = Array.from(cluster, (c) => values[c]! + 0.5 * normal(rng));
      const of = meanEstimate(members, { cluster });
      if (of.lower <= 0 && 0 <= of.upper) clusters++;
    }
    // .95 over 4,000 draws is known to .0034; three of it. The normal's quantile holds .88 of five rows.
    expect(Math.abs(rows / worlds - 0.95)).toBeLessThan(0.0104);
    expect(Math.abs(clusters / worlds - 0.95)).toBeLessThan(0.0104);
    expect(normals / worlds).toBeLessThan(0.9);
    expect(meanEstimate([1, 2, 3, 4, 5])).toMatchObject({
      lower: expect.closeTo(3 - 2.776445105198 * Math.sqrt(0.5), 9),
      upper: expect.closeTo(3 + 2.776445105198 * Math.sqrt(0.5), 9),
    });
  });

  it("has parts of the Brier score that sum to it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 20 })), {
          minLength: 1,
        }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom("weight" as const, "width" as const),
        (pairs, bins, by) => {
          const labels = pairs.map(([label]) => label);
          const probability = pairs.map(([, q]) => q / 20);
          const parts = brierDecomposition(labels, probability, { bins, by });
          expect(parts.brier).toBeCloseTo(brier(labels, probability), 12);
          expect(
            parts.reliability - parts.resolution + parts.uncertainty + parts.withinBin,
          ).toBeCloseTo(parts.brier, 12);
        },
      ),
    );
  });

  it("draws a calibration curve that holds all the weight", () => {
    const curve = calibrationCurve(y, p, { bins: 6, weight });
    expect(curve).toHaveLength(6);
    const total = weight.reduce((a, b) => a + b);
    expect(curve.reduce((sum, bin) => sum + bin.weight, 0)).toBeCloseTo(total, 9);
    expect(calibrationCurve([0, 1, 1], [0.4, 0.4, 0.4])).toEqual([
      { predicted: expect.closeTo(0.4, 12), observed: expect.closeTo(2 / 3, 12), weight: 3 },
    ]);
  });

  it("draws a precision–recall curve from the best score down", () => {
    const curve = precisionRecallCurve([1, 0, 1, 0], [4, 3, 3, 1]);
    expect([...curve.threshold]).toEqual([4, 3, 1]);
    expect([...curve.precision]).toEqual([1, 2 / 3, 0.5]);
    expect([...curve.recall]).toEqual([0.5, 1, 1]);
  });

  it("gives the same bootstrap for the same seed, and one near DeLong's", () => {
    const rng = createRng(5);
    const labels = Array.from({ length: 300 }, (_, i) => i % 2);
    const score = labels.map((label) => label + normal(rng));
    const bound = bindAuc(labels, score);
    const first = bootstrapEstimate(bound, 300, { seed: 2 });
    expect(bootstrapEstimate(bound, 300, { seed: 2 })).toEqual(first);
    expect(bootstrapEstimate(bound, 300, { seed: 3 })).not.toEqual(first);
    const { standardError } = aucEstimate(labels, score);
    expect(first.standardError / standardError).toBeGreaterThan(0.85);
    expect(first.standardError / standardError).toBeLessThan(1.15);
  });
});

describe("bad input to a metric", () => {
  const nan = Number.NaN;
  it.each<[string, () => unknown, RegExp]>([
    ["one class", () => auc([1, 1], [1, 2]), /no row of 0/],
    ["one class with weight", () => auc([0, 1], [1, 2], Float64Array.of(1, 0)), /no row of 1/],
    ["a label of 2", () => auc([0, 2], [1, 2]), /y, row 1 is 2: must be 0 or 1/],
    ["a missing score", () => auc([0, 1], [1, nan]), /score, row 1 is NaN/],
    ["fewer scores", () => auc([0, 1], [1]), /score has 1 rows where 2/],
    [
      "a negative weight",
      () => brier([0, 1], [0, 1], Float64Array.of(1, -1)),
      /weight, row 1 is -1/,
    ],
    ["no weight", () => brier([0, 1], [0, 1], new Float64Array(2)), /weight is 0 on every row/],
    ["no rows", () => logLoss([], []), /no rows/],
    ["a probability above 1", () => logLoss([0, 1], [0, 1.5]), /p, row 1 is 1.5/],
    ["an infinite prediction", () => rmse([0, 1], [0, Infinity]), /prediction, row 1/],
    ["a class unknown", () => classLogLoss([0, 3], new Float64Array(4), 2), /y, row 1 is 3.*0 … 1/],
    ["one row for an interval", () => meanEstimate([1]), /at least 2 rows/],
    [
      "one cluster",
      () => meanEstimate([1, 2], { cluster: new Int32Array(2) }),
      /at least 2 clusters/,
    ],
    ["a level of 95", () => meanEstimate([1, 2], { level: 95 }), /level is 95/],
    ["a constant prediction", () => calibrationSlope([0, 1], [0.5, 0.5]), /on every row/],
    ["perfect predictions", () => calibrationSlope([0, 1], [0.2, 0.8]), /tells 0 and 1 apart/],
    [
      "a bootstrap of one positive",
      () => averagePrecisionEstimate([1, 0], [1, 2], { weight: Float64Array.of(1, 0) }),
      /no row of 0/,
    ],
  ])("%s is refused", (_, work, message) => {
    expect(work).toThrow(message);
  });

  it("stays finite where a sure prediction was wrong", () => {
    expect(logLoss([1], [0])).toBeCloseTo(52 * Math.LN2, 9);
  });
});
