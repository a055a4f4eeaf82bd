// Numbers at the edge, and options out of range: an error that names what is wrong, or a finite answer;
// never NaN. Each case was once answered wrongly.
import { describe, expect, it } from "vitest";
import { createRng } from "../base/rng.ts";
import * as bandit from "./bandit/index.ts";
import { fitIsotonic, fitPlatt } from "./calibration/index.ts";
import * as linear from "./linear/index.ts";
import { matrixOf } from "./matrix.ts";
import { expectedCalibrationError } from "./metric/calibration-curve.ts";
import { rmse } from "./metric/error-mean.ts";
import { bootstrapEstimate, meanEstimate } from "./metric/estimate.ts";
import * as ope from "./ope/index.ts";
import { ndcg } from "./rank/ndcg.ts";
import * as survival from "./survival/index.ts";
import * as table from "./table/index.ts";
import * as uplift from "./uplift/index.ts";

const numbers = (...x: number[]) => Float64Array.from(x);
const codes = (...x: number[]) => Int32Array.from(x);

const logged = (propensity: number): ope.BanditLog => ({
  actions: 2,
  action: codes(0, 1, 0, 1),
  reward: numbers(1, 0, 0, 1),
  propensity: numbers(propensity, 0.5, 0.5, 0.5),
});
const even = new Float64Array(8).fill(0.5);
const slates = (propensity: number): ope.SlateLog => ({
  slots: 1,
  reward: numbers(0, 1),
  propensity: numbers(propensity, 0.5),
});
const watched = { time: numbers(1, 2, 3), cause: [1, 0, 1] };
const curve = survival.kaplanMeier(watched);
const tenure = new survival.ShiftedBetaGeometric(1, 2);
const trial = { y: numbers(1, 0, 1, 0), treated: [1, 0, 0, 1] };
const four = numbers(1, 2, 3, 4);
const x = matrixOf(Array.from({ length: 40 }, (_, i) => [i % 7, (i * i) % 11]));
const y = Float64Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? 0 : 1));
const arm = Int32Array.from({ length: 40 }, (_, i) => i % 2);
const sure = {
  fit: () => ({ predict: (of: { rows: number }) => new Float64Array(of.rows).fill(1) }),
};
const wrong = <T>(value: unknown) => value as T;

describe("learn refuses by name", () => {
  it.each<[string, () => unknown, RegExp]>([
    ["a mean whose squares overflow", () => meanEstimate([1e200, -1e200]), /comes out as Infinity/],
    ["a metric that is NaN", () => bootstrapEstimate(() => Number.NaN, 5), /comes out as NaN/],
    ["an interval of one row", () => bootstrapEstimate(() => 1, 1), /at least 2 rows; there is 1/],
    ["calibration of no rows", () => expectedCalibrationError([], []), /no rows/],
    ["squares beyond numbers", () => rmse([1e200], [-1e200]), /comes out as Infinity/],
    [
      "an unknown gain",
      () => ndcg([2, 1, 0, 1], [1, 2, 1, 2], [0, 2, 4], { gain: wrong("log") }),
      /gain 'log' is unknown/,
    ],
    [
      "an unknown rule for empty queries",
      () => ndcg([2, 1, 0, 1], [1, 2, 1, 2], [0, 2, 4], { empty: wrong(7) }),
      /empty '7' is unknown/,
    ],
    [
      "a probability of 3",
      () => fitPlatt([0, 1, 0, 1], [0.1, 0.2, 3, 0.4], { input: "probability" }),
      /score, row 2 is 3/,
    ],
    [
      "an unknown input",
      () => fitPlatt([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4], { input: wrong("odds") }),
      /input 'odds' is unknown/,
    ],
    ["steps beyond numbers", () => fitIsotonic([1e308, 1e308], [1, 1]), /comes out as Infinity/],
    [
      "an unknown kind of column",
      () => table.tableFromRows([{ a: 1 }], { a: wrong("number") }),
      /kind 'number' of column 'a' is unknown/,
    ],
    [
      "traces beyond squares",
      () => bandit.fitTraceModel([numbers(1e200, 2, 3, 4), numbers(1, -1e200, 3, 4)], 2),
      /covariance of traces, row 0/,
    ],
    [
      "two bins and a half",
      () => expectedCalibrationError([0, 1], [0.2, 0.7], { bins: 2.5 }),
      /bins is 2.5/,
    ],

    [
      "a logged propensity of 1e-320",
      () => ope.termsOf(logged(1e-320), even, { kind: "ips" }),
      /propensity, row 0 is 1e-320: must be 1e-100 or more/,
    ],
    ["overlap at 1e-200", () => ope.overlapOf(logged(1e-200), even), /propensity, row 0 is 1e-200/],
    [
      "a slate's propensity of 1e-320",
      () => ope.slateTerms(slates(1e-320), numbers(0.5, 0.5), { weighting: "standard" }),
      /propensity, row 0 is 1e-320/,
    ],
    [
      "an unknown estimator",
      () => ope.termsOf(logged(0.5), even, wrong({ kind: "drr" }), even),
      /estimator 'drr' is unknown; choose one of dm, ips/,
    ],
    [
      "an unknown weighting",
      () => ope.slateTerms(slates(0.5), numbers(0.5, 0.5), { weighting: wrong("all") }),
      /weighting 'all' is unknown/,
    ],
    [
      "an unknown interval",
      () => ope.intervalOf({ direct: four, correction: four }, { method: wrong("wald") }),
      /method 'wald' is unknown/,
    ],
    [
      "a value of no rounds",
      () => ope.policyValue({ direct: numbers(), correction: numbers() }),
      /no rounds/,
    ],
    [
      "a gate without a limit",
      () => ope.gate(logged(0.5), even, { maxWeightZ: Number.NaN }),
      /maxWeightZ is NaN/,
    ],
    [
      "an unknown rule of tuning",
      () => ope.tuneEstimator(logged(0.5), even, "ips", { rule: wrong("best") }),
      /rule 'best' is unknown/,
    ],

    ["a time that is none", () => bandit.tiredness(5, Number.NaN, 10), /now is NaN/],
    [
      "arms that are none of the slate's",
      () => bandit.slateCascade(numbers(0.5, 0.5), [7, 0]),
      /arms, row 0 is 7/,
    ],
    [
      "negative chances of a slate",
      () => bandit.slotMarginals(numbers(0.7, 0.5, -0.2), 2),
      /probabilities, row 2 is -0.2/,
    ],
    [
      "beliefs that are NaN",
      () => bandit.bestArmProbabilities(numbers(Number.NaN, 1), numbers(1, 1)),
      /mean, row 0 is NaN/,
    ],
    [
      "beliefs of unlike length",
      () => bandit.bestArmProbabilities(numbers(1, 2), numbers(1)),
      /deviation has 1 rows/,
    ],
    [
      "beliefs without a bound",
      () => bandit.bestArmProbabilities(numbers(0, 1), numbers(Infinity, 1)),
      /deviation, row 0 is Infinity/,
    ],
    [
      "one score for two arms",
      () =>
        bandit.armProbabilities(
          { mean: numbers(1), deviation: numbers(1), reward: numbers(1) },
          { kind: "epsilon-greedy", epsilon: 0.1 },
          Uint8Array.of(1, 1),
        ),
      /mean has 1 rows where 2 are needed/,
    ],

    [
      "a reward beyond all squares",
      () => new linear.BayesianLinear(1).update([1], 1e200),
      /x or y is so large/,
    ],
    [
      "a row beyond all squares",
      () => new linear.BayesianLogistic(1).update([1e200], 1),
      /x or y is so large/,
    ],
    [
      "a chance at NaN",
      () => new linear.BayesianLogistic(1).probability([Number.NaN]),
      /x, row 0 is NaN/,
    ],
    [
      "outcomes of 1e200",
      () =>
        linear.ridge().fit(
          x,
          y.map((v) => 1e200 * v),
        ),
      /y is so large/,
    ],
    [
      "unknown errors",
      () => linear.ridge({ errors: wrong("robust") }),
      /errors 'robust' is unknown; choose one of model, sandwich, none/,
    ],
    [
      "an unknown solver",
      () => linear.logistic({ solver: wrong("sgd") }),
      /solver 'sgd' is unknown/,
    ],
    [
      "a prediction beyond numbers",
      () =>
        linear
          .ridge()
          .fit(
            x,
            y.map((v) => 1e150 * v),
          )
          .predict(matrixOf([[1e200, 1e200]])),
      /row 0 is so large that its prediction is/,
    ],
    [
      "weights whose sum is no number",
      () => linear.ridge().fit(x, y, { weight: new Float64Array(40).fill(1e308) }),
      /weight sums to Infinity/,
    ],
    [
      "a noise without bound",
      () => new linear.BayesianLinear(1, { noiseVariance: Infinity }),
      /noiseVariance is Infinity/,
    ],
    [
      "an unknown solver of classes",
      () => linear.multinomial({ solver: wrong("sgd") }),
      /solver 'sgd' is unknown/,
    ],

    ["survival at NaN", () => survival.survivalAt(curve, Number.NaN), /t is NaN/],
    ["a mean life before 0", () => survival.restrictedMean(curve, -5), /horizon is -5/],
    [
      "a score at NaN",
      () => survival.ipcwBrier(watched, [0.1, 0.2, 0.3], Number.NaN),
      /horizon is NaN/,
    ],
    [
      "a score of no cause",
      () => survival.ipcwBrier(watched, [0.1, 0.2, 0.3], 1.5, { cause: 0 }),
      /cause is 0/,
    ],
    ["a life without end", () => tenure.survival(Infinity), /period is Infinity/],
    ["payments without end", () => tenure.expectedPayments(2, Infinity), /horizon is Infinity/],
    [
      "dates taken for periods",
      () => survival.expandPeriods(matrixOf([[1]]), { period: codes(2_000_000_000), cause: [1] }),
      /period, row 0: the members up to it make 2000000000 rows; at most 50000000 fit/,
    ],
    ["renewals that are NaN", () => tenure.expectedPayments(Number.NaN, 5), /renewals is NaN/],
    [
      "bins of a part",
      () => survival.dCalibration(watched, [0.9, 0.5, 0.2], undefined, { bins: 2.5 }),
      /bins is 2.5/,
    ],

    ["a cut at NaN", () => table.splitByTime(four, Number.NaN), /cut is NaN/],
    [
      "two folds and a half",
      () => table.groupFolds(four, 2.5, 1),
      /folds is 2.5; it must be at least 2 and whole/,
    ],

    ["groups of a part", () => uplift.gates(four, four, 1.5), /groups is 1.5/],
    [
      "clusters for some rows only",
      () => uplift.gates(four, four, 1, { cluster: codes(1) }),
      /cluster has 1 rows/,
    ],
    [
      "an unknown target",
      () => uplift.rate(four, four, { target: wrong("auuc") }),
      /target 'auuc' is unknown/,
    ],
    [
      "an unknown curve",
      () => uplift.upliftCurve(trial, four, wrong("gain")),
      /kind 'gain' is unknown/,
    ],
    [
      "an unknown strategy",
      () => uplift.upliftAtK(trial, four, { strategy: wrong("both") }),
      /strategy 'both' is unknown/,
    ],
    [
      "a policy that does not sum to 1",
      () => uplift.policyValue(four, 2, numbers(1, 1, 1, 1)),
      /policy, row 0 sums to 2/,
    ],
    [
      "a cost that is NaN",
      () => uplift.policyValue(four, 2, codes(0, 1), { cost: numbers(Number.NaN, 1) }),
      /cost, row 0 is NaN/,
    ],
    [
      "propensities of 0",
      () =>
        uplift.doublyRobustScores(
          { x: matrixOf([[1], [2]]), arms: 2, arm: codes(0, 1), y: numbers(1, 1) },
          { arms: 2, mean: new Float64Array(4), propensity: numbers(0, 1, 1, 0) },
        ),
      /propensity, row 0 is 0: must be above 0/,
    ],
    ["an arm that is none", () => uplift.scoreEffects(four, 2, 5), /arm, row 0 is 5/],
    [
      "propensities kept from nothing",
      () =>
        uplift
          .drLearner({
            outcome: linear.ridge(),
            effect: linear.ridge(),
            propensity: { learner: sure, clip: 0 },
          })
          .fit({ x, arms: 2, arm, y }),
      /clip is 0/,
    ],
    [
      "an effect beyond its cost",
      () => uplift.budgetPath(numbers(1e308), numbers(1e-300), 2),
      /effect, row 0, arm 1 is 1e\+308 for 1e-300/,
    ],
    ["chance that is NaN", () => uplift.randomReference(() => Number.NaN, 3), /comes out as NaN/],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});

describe("learn holds at the edge", () => {
  it("weighs by DRos what a tiny propensity makes huge", () => {
    const terms = ope.termsOf(
      logged(1e-90),
      even,
      { kind: "dr-os", shrinkage: 1e300 },
      new Float64Array(8),
    );
    expect(terms.correction[0]! / 5e89).toBeCloseTo(1, 9);
    const shrunk = ope.termsOf(
      logged(1e-90),
      even,
      { kind: "dr-os", shrinkage: 4 },
      new Float64Array(8),
    );
    expect(shrunk.correction[0]! * (5e89 / 4)).toBeCloseTo(1, 9);
    expect(
      ope.policyValue(ope.termsOf(logged(0.5), even, { kind: "dr-os", shrinkage: 0 }, even)),
    ).toBe(0.5);
  });

  it("compares arms whose means dwarf their deviations", () => {
    const p = bandit.bestArmProbabilities(numbers(1e17, 1e17 - 16), numbers(16, 16));
    const near = bandit.bestArmProbabilities(numbers(0, -1), numbers(1, 1));
    expect(p[0]).toBeCloseTo(near[0]!, 9);
    expect([...bandit.bestArmProbabilities(numbers(1e300, -1e300), numbers(1, 1e-300))]).toEqual([
      1, 0,
    ]);
    // One belief is a point beside the other: half of the wide one lies above it.
    const point = bandit.bestArmProbabilities(numbers(0, 0), numbers(1e20, 1e-20));
    expect(point[0]).toBeCloseTo(0.5, 9);
  });

  it("forgets for ever without losing its numbers", () => {
    const belief = new linear.BayesianLinear(1);
    belief.update([1], 3);
    for (let k = 0; k < 20_000; k++) belief.discount(0.9);
    expect(belief.mean[0]).toBeCloseTo(1.5, 9);
    expect(belief.variance([1])).toBeGreaterThan(1e40);
    expect(Number.isFinite(belief.variance([1]))).toBe(true);
    expect(Number.isFinite(belief.sample(createRng(1))[0])).toBe(true);
    const scores = {
      mean: belief.mean,
      deviation: numbers(Math.sqrt(belief.variance([1]))),
      reward: belief.mean,
    };
    expect([...bandit.armProbabilities(scores, { kind: "thompson" }, Uint8Array.of(1))]).toEqual([
      1,
    ]);
  });

  it("keeps what it had learned when it refuses a row", () => {
    const belief = new linear.BayesianLogistic(1);
    belief.update([1], 1);
    const before = belief.mean.slice();
    expect(() => belief.update([1e250], 1)).toThrow(/so large/);
    expect(belief.mean).toEqual(before);
  });

  it("counts no row of weight 0 in sandwich errors", () => {
    const weight = Float64Array.from({ length: 40 }, (_, i) => (i < 20 ? 1 : 0));
    const half = { ...x, rows: 20, values: x.values.slice(0, 40) };
    const cluster = Int32Array.from({ length: 40 }, (_, i) => i >> 1);
    for (const learner of [
      linear.ridge({ errors: "sandwich" }),
      linear.logistic({ errors: "sandwich" }),
    ]) {
      for (const of of [undefined, cluster]) {
        const all = learner.fit(x, y, { weight, cluster: of });
        const some = learner.fit(half, y.slice(0, 20), { cluster: of?.slice(0, 20) });
        all.coefficients().forEach(({ standardError }, j) => {
          expect(standardError).toBeCloseTo(some.coefficients()[j]!.standardError, 9);
        });
      }
    }
  });

  it("takes uplift's first k by weight, whatever the weights' unit", () => {
    const rng = createRng(3);
    const n = 40;
    const of = {
      y: new Float64Array(n).map(() => rng()),
      treated: new Float64Array(n).map((_, i) => i % 2),
    };
    const score = new Float64Array(n).map(() => rng());
    const plain = uplift.upliftAtK(of, score, { k: 0.5 });
    for (const strategy of ["overall", "by group"] as const) {
      const weight = new Float64Array(n).fill(0.1);
      const counted = uplift.upliftAtK(of, score, { k: 0.5, strategy });
      expect(uplift.upliftAtK(of, score, { k: 0.5, strategy, weight })).toBeCloseTo(counted, 9);
    }
    expect(
      uplift.upliftAtK(of, score, { k: 0.5, weight: new Float64Array(n).fill(2) }),
    ).toBeCloseTo(plain, 9);
  });

  it("reads columns that are called like what every object has", () => {
    const rows = table.tableFromRows([{ constructor: 1, toString: "a" } as never, { a: 2 }]);
    expect(rows.columns.map(({ name, kind }) => [name, kind])).toEqual([
      ["constructor", "numeric"],
      ["toString", "categorical"],
      ["a", "numeric"],
    ]);
    expect(table.columnNamed(rows, "constructor")).toMatchObject({
      values: numbers(1, Number.NaN),
    });
    expect(table.tableFromCsv("valueOf,b\n1,2\n").columns[0]).toMatchObject({ kind: "numeric" });
  });
});
