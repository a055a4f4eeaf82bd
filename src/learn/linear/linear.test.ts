import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, integer, normal } from "../../base/rng.ts";
import { logistic as curve } from "../calibration/sigmoid.ts";
import { matrixOf, takeColumns, takeRows } from "../matrix.ts";
import { BayesianLinear } from "./bayesian-linear.ts";
import { BayesianLogistic } from "./bayesian-logistic.ts";
import { addRankOne, cholesky, inverse, solve } from "./cholesky.ts";
import { bayesianLinear, bayesianLogistic, logistic, multinomial, ridge } from "./index.ts";
import { minimise } from "./lbfgs.ts";
import type { LinearModel } from "./linear-model.ts";
import { randomGamma } from "./random-gamma.ts";
import * as rows from "./reference.fixture.ts";

const names = ["tenure", "activity", "trial"];
const x = matrixOf(rows.x, names);
const withOnes = matrixOf(rows.x.map((row) => [1, ...row]));
const target = Float64Array.from(rows.target);
const label = Float64Array.from(rows.label);
const code = Int32Array.from(rows.classCode);
const weight = Float64Array.from(rows.weight);
const cluster = Int32Array.from(rows.target, (_, i) => i % 8);
const { reference } = rows;

const parameters = (model: LinearModel) => [model.intercept, ...model.coefficient];
const errors = (model: LinearModel) => model.coefficients().map((c) => c.standardError);
/** Relative closeness: references carry as many digits as their solver's last step. */
const near = (values: readonly number[], share = 1e-8): unknown[] =>
  values.map((v) => expect.closeTo(v, -Math.log10(2 * share * Math.abs(v))));

describe("least squares agree with statsmodels and scikit-learn", () => {
  const ols = { l2: 0 } as const;

  it("parameters, errors, likelihood and noise", () => {
    const model = ridge(ols).fit(x, target);
    expect(parameters(model)).toEqual(near(reference.ols.params));
    expect(errors(model)).toEqual(near(reference.ols.errors));
    expect(model.logLikelihood).toBeCloseTo(reference.ols.logLikelihood, 9);
    expect(model.residualVariance).toBeCloseTo(reference.ols.residualVariance, 9);
  });

  it("weights as counts of rows", () => {
    const model = ridge(ols).fit(x, target, { weight });
    expect(parameters(model)).toEqual(near(reference.olsWeighted.params));
    expect(errors(model)).toEqual(near(reference.olsWeighted.errors));
  });

  it("sandwich errors, of rows and of clusters", () => {
    const learner = ridge({ ...ols, errors: "sandwich" });
    expect(errors(learner.fit(x, target))).toEqual(near(reference.olsHc1));
    expect(errors(learner.fit(x, target, { cluster }))).toEqual(near(reference.olsClustered));
  });

  it("penalties on columns in their own units and in deviations, and no intercept", () => {
    const own = { l2: 7, isStandardised: false } as const;
    expect(parameters(ridge(own).fit(x, target))).toEqual(near(reference.ridge));
    expect(parameters(ridge({ l2: 7 }).fit(x, target))).toEqual(near(reference.ridgeStandardised));
    const without = ridge({ ...own, hasIntercept: false }).fit(x, target);
    expect(parameters(without)).toEqual([0, ...near(reference.ridgeNoIntercept)]);
  });
});

describe("intervals of few rows", () => {
  it("hold the truth as often as they say, with eight rows as well", () => {
    const rng = createRng(17);
    const learner = ridge({ l2: 0 });
    let kept = 0;
    for (let k = 0; k < 1000; k++) {
      const x = matrixOf(Array.from({ length: 8 }, () => [normal(rng)]));
      const y = x.values.map((value) => 2 * value + normal(rng));
      const slope = learner.fit(x, y).coefficients()[1]!;
      if (slope.lower <= 2 && 2 <= slope.upper) kept++;
    }
    // .95 over 1,000 draws is known to .007; three of those. By the normal it were .89.
    expect(Math.abs(kept / 1000 - 0.95)).toBeLessThan(0.021);
  });

  it("have as many degrees of freedom as rows beyond coefficients, or clusters less one", () => {
    const x = matrixOf([[1], [2], [4], [5], [7], [9]]);
    const y = Float64Array.of(1, 3, 2, 5, 4, 6);
    expect(ridge({ l2: 0 }).fit(x, y).degreesOfFreedom).toBeCloseTo(4, 9);
    const cluster = Int32Array.of(1, 1, 2, 2, 3, 3);
    const model = ridge({ l2: 0, errors: "sandwich" }).fit(x, y, { cluster });
    expect(model.degreesOfFreedom).toBe(2);
    expect(
      logistic().fit(
        x,
        y.map((v) => (v > 3 ? 1 : 0)),
      ).degreesOfFreedom,
    ).toBeUndefined();
  });
});

describe("logistic regression agrees with statsmodels and scikit-learn", () => {
  it("parameters, errors and likelihood", () => {
    const model = logistic({ l2: 0 }).fit(x, label);
    expect(parameters(model)).toEqual(near(reference.logistic.params, 1e-7));
    expect(errors(model)).toEqual(near(reference.logistic.errors, 1e-7));
    expect(model.logLikelihood).toBeCloseTo(reference.logistic.logLikelihood, 9);
  });

  it("weights as counts of rows", () => {
    const model = logistic({ l2: 0 }).fit(x, label, { weight });
    expect(parameters(model)).toEqual(near(reference.logisticWeighted.params, 1e-7));
    expect(errors(model)).toEqual(near(reference.logisticWeighted.errors, 1e-7));
  });

  it("sandwich errors, of rows and of clusters", () => {
    const learner = logistic({ l2: 0, errors: "sandwich" });
    expect(errors(learner.fit(x, label))).toEqual(near(reference.logisticHc1, 1e-7));
    const clustered = learner.fit(x, label, { cluster });
    expect(errors(clustered)).toEqual(near(reference.logisticClustered, 1e-7));
  });

  it("a penalty, by either solver", () => {
    const options = { l2: 3, isStandardised: false } as const;
    const byNewton = logistic(options).fit(x, label);
    expect(parameters(byNewton)).toEqual(near(reference.logisticL2, 1e-6));
    const byLbfgs = logistic({ ...options, solver: "lbfgs" }).fit(x, label);
    expect(parameters(byLbfgs)).toEqual(near(parameters(byNewton), 1e-6));
    expect(byLbfgs.logLikelihood).toBeCloseTo(byNewton.logLikelihood, 6);
    expect(() => byLbfgs.coefficients()).toThrow(/no standard errors/);
  });
});

describe("multinomial regression agrees with statsmodels and scikit-learn", () => {
  it("log odds against a base and their errors", () => {
    const model = multinomial({ l2: 0 }).fit(x, code, 3);
    for (const k of [1, 2]) {
      const contrast = model.contrast(k, 0);
      expect(contrast.map((c) => c.name)).toEqual(["intercept", ...names]);
      expect(contrast.map((c) => c.value)).toEqual(
        near(reference.multinomial.params[k - 1]!, 1e-6),
      );
      expect(contrast.map((c) => c.standardError)).toEqual(
        near(reference.multinomial.errors[k - 1]!, 1e-6),
      );
    }
  });

  it("probabilities under a penalty, by either solver", () => {
    const four = takeRows(x, [0, 1, 2, 3]);
    const wanted = reference.multinomialL2.flat();
    expect([...multinomial({ l2: 3 }).fit(x, code, 3).predict(four)]).toEqual(near(wanted, 1e-5));
    const byLbfgs = multinomial({ l2: 3, solver: "lbfgs" }).fit(x, code, 3);
    expect([...byLbfgs.predict(four)]).toEqual(near(wanted, 1e-5));
  });

  it("is logistic regression when there are two classes", () => {
    const two = multinomial({ l2: 0 }).fit(x, Int32Array.from(label), 2);
    const one = logistic({ l2: 0 }).fit(x, label);
    expect(two.contrast(1, 0)).toEqual(
      one.coefficients().map((c) => ({
        name: c.name,
        value: expect.closeTo(c.value, 7),
        standardError: expect.closeTo(c.standardError, 7),
        lower: expect.closeTo(c.lower, 7),
        upper: expect.closeTo(c.upper, 7),
      })),
    );
  });

  it("has coefficients that sum to 0 over the classes", () => {
    const { beta } = multinomial({ l2: 0 }).fit(x, code, 3);
    for (let j = 0; j < 4; j++) {
      expect(beta[j]! + beta[4 + j]! + beta[8 + j]!).toBeCloseTo(0, 9);
    }
  });

  it("refuses a class without rows, and classes told apart", () => {
    expect(() => multinomial().fit(x, code, 4)).toThrow(/no row of class 3/);
    const apart = matrixOf([[1], [2], [3], [4], [5], [6]]);
    const codes = Int32Array.of(0, 0, 1, 1, 2, 2);
    expect(() => multinomial({ l2: 0 }).fit(apart, codes, 3)).toThrow(/tell a class apart/);
    expect(() => multinomial().fit(apart, Int32Array.of(0, 0, 1, 1, 2, 3), 3)).toThrow(/y, row 5/);
  });
});

describe("a linear fit", () => {
  it("names the column that tells the labels apart", () => {
    const apart = matrixOf(
      rows.x.map((row, i) => [row[0]!, label[i]! * 2 + row[0]! / 100]),
      ["tenure", "leak"],
    );
    expect(() => logistic({ l2: 0 }).fit(apart, label)).toThrow(/column 'leak'.*tells the labels/);
    const [, leak] = logistic().fit(apart, label).coefficient;
    expect(leak).toBeGreaterThan(0);
  });

  it("finds separation that only some rows show", () => {
    // Only ones where the flag is set, both labels elsewhere.
    const flags = matrixOf(
      rows.x.map((row, i) => [row[0]!, label[i] === 1 && i % 3 === 0 ? 1 : 0]),
      ["tenure", "flag"],
    );
    expect(() => logistic({ l2: 0 }).fit(flags, label)).toThrow(/column 'flag'/);
  });

  it.each([
    ["ridge", ridge, target],
    ["logistic", logistic, label],
  ] as const)("leaves constant and repeated columns of %s out, and says so", (_, learner, y) => {
    const wide = matrixOf(rows.x.map((row) => [...row, 3, row[0]! * 2 + 1]));
    const model = learner({ l2: 0 }).fit(wide, y);
    const plain = learner({ l2: 0 }).fit(matrixOf(rows.x), y);
    expect(model.aliased).toEqual([3, 4]);
    expect(parameters(model).slice(0, 4)).toEqual(near(parameters(plain), 1e-6));
    expect(model.coefficients()).toHaveLength(4);
    expect(errors(model)).toEqual(near(errors(plain), 1e-6));
  });

  it("does not depend on the units of its columns", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -6, max: 6 }),
        fc.double({ min: -1e3, max: 1e3, noNaN: true }),
        (power, shift) => {
          const scale = 10 ** power;
          const moved = matrixOf(rows.x.map(([a, b, c]) => [a! * scale + shift * scale, b!, c!]));
          for (const [learner, y] of [
            [ridge(), target],
            [logistic(), label],
          ] as const) {
            const plain = learner.fit(x, y).predict(x);
            const other = learner.fit(moved, y).predict(moved);
            other.forEach((p, i) => {
              expect(p).toBeCloseTo(plain[i]!, 6);
            });
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("stays finite with columns as large as numbers go", () => {
    const huge = matrixOf(rows.x.map(([a]) => [a! * 1e300]));
    for (const p of ridge().fit(huge, target).predict(huge)) expect(Number.isFinite(p)).toBe(true);
  });

  it("fits one row, without errors", () => {
    const model = ridge().fit(takeRows(x, [0]), target.slice(0, 1));
    expect(model.predict(takeRows(x, [0, 1]))[1]).toBeCloseTo(target[0]!, 9);
    expect(() => model.coefficients()).toThrow(/rows are too few/);
  });

  it("lines columns up by name", () => {
    const model = ridge().fit(x, target);
    expect([...model.predict(takeColumns(x, [2, 0, 1]))]).toEqual([...model.predict(x)]);
  });

  it("covers the true coefficient as often as its intervals say", () => {
    const rng = createRng(21);
    let covered = 0;
    const worlds = 300;
    for (let k = 0; k < worlds; k++) {
      const data = matrixOf(Array.from({ length: 150 }, () => [normal(rng), normal(rng)]));
      const y = Float64Array.from({ length: 150 }, (_, i) =>
        rng() < curve(0.3 + 0.8 * data.values[2 * i]!) ? 1 : 0,
      );
      const { lower, upper } = logistic({ l2: 0 }).fit(data, y).coefficients()[1]!;
      if (lower <= 0.8 && 0.8 <= upper) covered++;
    }
    expect(covered / worlds).toBeGreaterThan(0.91);
    expect(covered / worlds).toBeLessThan(0.985);
  });

  it("refuses options outside their range", () => {
    expect(() => ridge({ l2: -1 })).toThrow(/l2 is -1/);
    expect(() => logistic({ l2: Number.NaN })).toThrow(/l2 is NaN/);
    expect(() => bayesianLinear({ priorPrecision: 0 }).fit(x, target)).toThrow(
      /priorPrecision is 0/,
    );
    const alone = ridge({ errors: "sandwich" });
    expect(() => alone.fit(x, target, { cluster: new Int32Array(40) })).toThrow(/2 clusters/);
  });
});

describe("Bayesian linear regression", () => {
  it("is the conjugate posterior, row by row", () => {
    const known = bayesianLinear({ priorPrecision: 0.5, noiseVariance: 2 });
    const model = known.fit(withOnes, target) as BayesianLinear;
    expect([...model.mean]).toEqual(near(reference.bayesianLinear.mean));
    expect([...model.covariance()]).toEqual(near(reference.bayesianLinear.covariance, 1e-7));
    const learned = bayesianLinear({ priorPrecision: 0.5 }).fit(withOnes, target) as BayesianLinear;
    expect([...learned.mean]).toEqual(near(reference.bayesianLinear.mean));
    expect(learned.noiseVariance).toBeCloseTo(reference.bayesianLinear.noiseVariance, 9);
  });

  it("counts a row of weight 2 as two rows", () => {
    const twice = new BayesianLinear(2, { noiseVariance: 1 });
    const heavy = new BayesianLinear(2, { noiseVariance: 1 });
    for (const y of [1, 1]) twice.update([1, 2], y);
    heavy.update([1, 2], 1, 2);
    heavy.update([5, 5], 9, 0);
    expect([...heavy.mean]).toEqual(near([...twice.mean]));
    expect([...heavy.covariance()]).toEqual(near([...twice.covariance()]));
  });

  it("draws coefficients with its mean and covariance", () => {
    const model = new BayesianLinear(2, { noiseVariance: 0.5, priorPrecision: 2 });
    model.update([1, 0.5], 3);
    const rng = createRng(8);
    const n = 40_000;
    const mean = [0, 0];
    const products = [0, 0, 0, 0];
    for (let k = 0; k < n; k++) {
      const beta = model.sample(rng);
      for (let i = 0; i < 2; i++) {
        mean[i]! += beta[i]! / n;
        for (let j = 0; j < 2; j++) {
          products[2 * i + j]! += ((beta[i]! - model.mean[i]!) * (beta[j]! - model.mean[j]!)) / n;
        }
      }
    }
    // Four Monte-Carlo errors of .5/√40000 and less.
    mean.forEach((m, i) => {
      expect(Math.abs(m - model.mean[i]!)).toBeLessThan(0.01);
    });
    const covariance = model.covariance();
    products.forEach((p, at) => {
      expect(Math.abs(p - covariance[at]!)).toBeLessThan(0.01);
    });
  });

  it("forgets by discounting", () => {
    const model = new BayesianLinear(1, { noiseVariance: 1 });
    for (let k = 0; k < 100; k++) model.update([1], 0);
    const before = model.variance([1]);
    model.discount(0.5);
    expect(model.variance([1])).toBeCloseTo(2 * before, 12);
    expect(() => model.discount(0)).toThrow(/factor is 0/);
  });

  it("comes back from JSON and goes on learning alike", () => {
    const model = bayesianLinear().fit(x, target) as BayesianLinear;
    const back = BayesianLinear.fromJson(JSON.parse(JSON.stringify(model)));
    for (const m of [model, back]) m.update([1, 2, 3], 4);
    expect(back.mean).toEqual(model.mean);
    expect(back.sample(createRng(1))).toEqual(model.sample(createRng(1)));
    expect(() => BayesianLinear.fromJson({ kind: "ridge" })).toThrow(/not written coefficients/);
  });

  it("refuses rows that are not numbers, or of another length", () => {
    const model = new BayesianLinear(2);
    expect(() => model.update([1], 1)).toThrow(/x has 1 rows where 2/);
    expect(() => model.update([1, Number.NaN], 1)).toThrow(/x, row 1 is NaN/);
    expect(() => model.update([1, 1], Infinity)).toThrow(/y, row 0/);
    expect(() => model.update([1, 1], 1, -1)).toThrow(/weight is -1/);
  });
});

describe("Bayesian logistic regression", () => {
  it("is Laplace's approximation when all rows come at once", () => {
    const model = bayesianLogistic({ priorPrecision: 0.1 }).fit(withOnes, label);
    expect([...(model as BayesianLogistic).mean]).toEqual(near(reference.laplace.mean, 1e-7));
    expect([...(model as BayesianLogistic).covariance()]).toEqual(
      near(reference.laplace.covariance, 1e-7),
    );
  });

  it("finds the exact mode for the first row, and comes near Laplace row by row", () => {
    const one = matrixOf([[1, 0.5, -1]]);
    const atOnce = bayesianLogistic().fit(one, Float64Array.of(1)) as BayesianLogistic;
    const online = new BayesianLogistic(3);
    online.update([1, 0.5, -1], 1);
    expect([...online.mean]).toEqual(near([...atOnce.mean]));
    expect([...online.covariance()]).toEqual(near([...atOnce.covariance()]));

    const rng = createRng(9);
    const truth = [-0.5, 1, 0.3];
    const data = matrixOf(Array.from({ length: 2000 }, () => [1, normal(rng), normal(rng)]));
    const y = Float64Array.from({ length: 2000 }, (_, i) => {
      const eta = truth.reduce((sum, b, j) => sum + b * data.values[3 * i + j]!, 0);
      return rng() < curve(eta) ? 1 : 0;
    });
    const all = bayesianLogistic().fit(data, y) as BayesianLogistic;
    const step = new BayesianLogistic(3);
    for (let i = 0; i < 2000; i++) step.update(data.values.subarray(3 * i, 3 * i + 3), y[i]!);
    for (let j = 0; j < 3; j++) {
      const error = Math.sqrt(all.covariance()[4 * j]!);
      expect(Math.abs(step.mean[j]! - all.mean[j]!)).toBeLessThan(error);
      expect(Math.abs(all.mean[j]! - truth[j]!)).toBeLessThan(3.5 * error);
    }
  });

  it("averages over what it does not know", () => {
    const model = new BayesianLogistic(1, { priorPrecision: 0.25 });
    model.update([1], 1);
    const p = model.probability([1]);
    let sum = 0;
    const rng = createRng(2);
    const n = 40_000;
    for (let k = 0; k < n; k++) sum += curve(model.sample(rng)[0]!) / n;
    expect(p).toBeLessThan(curve(model.mean[0]!));
    expect(Math.abs(p - sum)).toBeLessThan(0.01);
  });

  it("holds on one class", () => {
    const model = bayesianLogistic().fit(withOnes, new Float64Array(40).fill(1));
    for (const p of model.predict(withOnes)) {
      expect(p).toBeGreaterThan(0.5);
      expect(p).toBeLessThan(1);
    }
  });

  it("comes back from JSON and goes on learning alike", () => {
    const model = bayesianLogistic().fit(x, label) as BayesianLogistic;
    const back = BayesianLogistic.fromJson(JSON.parse(JSON.stringify(model)));
    for (const m of [model, back]) m.update([1, 2, 3], 1);
    expect(back.mean).toEqual(model.mean);
    expect(() => model.update([1, 2, 3], 2)).toThrow(/y, row 0 is 2/);
  });
});

describe("a Cholesky factor", () => {
  const spd = (seed: number, n: number): Float64Array => {
    const rng = createRng(seed);
    const half = Float64Array.from({ length: n * n }, () => normal(rng));
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        for (let k = 0; k < n; k++) a[i * n + j]! += half[i * n + k]! * half[j * n + k]!;
      }
      a[i * n + i]! += 0.1;
    }
    return a;
  };

  it("solves, inverts and takes rank-one terms", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 7 }), (seed, n) => {
        const a = spd(seed, n);
        const rng = createRng(seed, 1);
        const b = Float64Array.from({ length: n }, () => normal(rng));
        const factor = cholesky(a, n);
        const solved = solve(factor, b);
        for (let i = 0; i < n; i++) {
          let sum = 0;
          for (let j = 0; j < n; j++) sum += a[i * n + j]! * solved[j]!;
          expect(sum).toBeCloseTo(b[i]!, 8);
        }
        const inverted = inverse(factor);
        const added = a.map((v, at) => v + b[Math.floor(at / n)]! * b[at % n]!);
        addRankOne(factor.lower, n, b.slice());
        cholesky(added, n).lower.forEach((v, at) => {
          expect(factor.lower[at]).toBeCloseTo(v, 8);
        });
        expect(inverted).toHaveLength(n * n);
      }),
    );
  });
});

describe("L-BFGS", () => {
  it("finds the bottom of Rosenbrock's valley", () => {
    const { x: at, value } = minimise(
      (p, g) => {
        const [a, b] = [p[0]!, p[1]!];
        g[0] = -2 * (1 - a) - 400 * a * (b - a * a);
        g[1] = 200 * (b - a * a);
        return (1 - a) ** 2 + 100 * (b - a * a) ** 2;
      },
      Float64Array.of(-1.2, 1),
    );
    expect([...at]).toEqual([expect.closeTo(1, 7), expect.closeTo(1, 7)]);
    expect(value).toBeLessThan(1e-14);
  });
});

it("gamma draws have the mean and variance of their shape", () => {
  const rng = createRng(integer(createRng(3), 1000));
  for (const shape of [0.3, 1, 4.5]) {
    let sum = 0;
    let squares = 0;
    const n = 40_000;
    for (let k = 0; k < n; k++) {
      const draw = randomGamma(rng, shape);
      sum += draw / n;
      squares += (draw * draw) / n;
    }
    expect(Math.abs(sum - shape)).toBeLessThan(4 * Math.sqrt(shape / n));
    expect(Math.abs(squares - sum * sum - shape) / shape).toBeLessThan(0.1);
  }
});
