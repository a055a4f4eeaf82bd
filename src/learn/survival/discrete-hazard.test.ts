import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/rng.ts";
import { calibrationSlope } from "../calibration/slope.ts";
import type { Learner } from "../learner.ts";
import { LinearModel, logistic, MultinomialModel, multinomial } from "../linear/index.ts";
import { matrixOf } from "../matrix.ts";
import {
  aalenJohansen,
  accumulate,
  expandPeriods,
  fitHazard,
  type HazardLearner,
  hazardFromJson,
  ipcwBrier,
} from "./index.ts";

/** Monthly members: voluntary churn (1) falls with activity, involuntary (2) rises with declines. */
function world(seed: number, n: number) {
  const rng = createRng(seed);
  const x = Array.from({ length: n }, () => [normal(rng), normal(rng)]);
  const period = new Int32Array(n);
  const cause = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const [activity, declines] = x[i]! as [number, number];
    const last = 1 + Math.floor(12 * rng());
    for (let t = 1; t <= last && cause[i] === 0; t++) {
      period[i] = t;
      const odds1 = Math.exp(-2.5 - 0.3 * Math.log(t) - 0.8 * activity);
      const odds2 = Math.exp(-3.5 + 0.7 * declines);
      const u = rng() * (1 + odds1 + odds2);
      if (u < odds1) cause[i] = 1;
      else if (u < odds1 + odds2) cause[i] = 2;
    }
  }
  return { x: matrixOf(x, ["activity", "declines"]), period, cause };
}

const train = world(3, 4000);
const test = world(4, 4000);
const learners: Record<string, HazardLearner> = {
  "one model a cause": { each: logistic({ l2: 0 }) },
  "one model of all": { together: multinomial({ l2: 0 }) },
};

describe("person-period rows", () => {
  it("are one for each period watched, the cause on the last", () => {
    const rows = expandPeriods(matrixOf([[7], [8]]), {
      period: Int32Array.of(3, 2),
      cause: [2, 0],
      firstPeriod: Int32Array.of(2, 1),
      weight: Float64Array.of(1, 5),
    });
    expect([...rows.member]).toEqual([0, 0, 1, 1]);
    expect([...rows.period]).toEqual([2, 3, 1, 2]);
    expect([...rows.cause]).toEqual([0, 2, 0, 0]);
    expect([...rows.x.values]).toEqual([7, 7, 8, 8]);
    expect([...rows.weight!]).toEqual([1, 1, 5, 5]);
  });

  it("refuse periods that nobody could have been watched in", () => {
    const x = matrixOf([[1]]);
    const of = (period: number, firstPeriod?: number) =>
      expandPeriods(x, {
        period: Int32Array.of(period),
        cause: [0],
        ...(firstPeriod !== undefined && { firstPeriod: Int32Array.of(firstPeriod) }),
      });
    expect(() => of(0)).toThrow(/period, row 0 is 0/);
    expect(() => of(2, 3)).toThrow(/period, row 0 is 2 with a first period of 3/);
    expect(() => of(2, 0)).toThrow(/must be at least/);
    expect(() => expandPeriods(x, { period: Int32Array.of(1, 2), cause: [0, 0] })).toThrow(
      /2 rows/,
    );
  });
});

describe.each(Object.entries(learners))("discrete hazards by %s", (_, learner) => {
  const rows = expandPeriods(train.x, train);

  it("without covariates are the Aalen–Johansen curves", () => {
    const flat = expandPeriods(matrixOf(Array.from(train.period, () => [0])), train);
    const model = fitHazard(flat, learner, { basis: { kind: "each", last: 12 } });
    const curves = model.curves(matrixOf([[0]]), 12);
    const { causes, survival } = aalenJohansen({
      time: Float64Array.from(train.period),
      cause: train.cause,
    });
    for (let t = 0; t < 12; t++) {
      expect(curves.survival[t]).toBeCloseTo(survival[t]!, 6);
      for (const c of [0, 1]) {
        expect(curves.incidence[t * 2 + c]).toBeCloseTo(causes[c]!.incidence[t]!, 6);
      }
    }
  });

  it("are calibrated by cause on other members, and beat the curves of all", () => {
    const model = fitHazard(rows, learner);
    const horizon = 6;
    const curves = model.curves(test.x, horizon);
    const { causes } = aalenJohansen({ time: Float64Array.from(train.period), cause: train.cause });
    const fresh = expandPeriods(test.x, test);
    const hazard = model.hazard(fresh.x, fresh.period);
    for (const cause of [1, 2]) {
      const came = fresh.cause.map((c) => Number(c === cause));
      const own = hazard.filter((_, at) => at % 2 === cause - 1);
      const { slope, intercept } = calibrationSlope(came, own, { cluster: fresh.member });
      expect(slope.value).toBeGreaterThan(0.85);
      expect(slope.value).toBeLessThan(1.15);
      expect(Math.abs(intercept.value)).toBeLessThan(0.15);
      const times = { time: Float64Array.from(test.period), cause: test.cause };
      const predicted = Float64Array.from(
        { length: test.x.rows },
        (_, i) => curves.incidence[(i * horizon + horizon - 1) * 2 + cause - 1]!,
      );
      const flat = new Float64Array(test.x.rows).fill(causes[cause - 1]!.incidence[horizon - 1]!);
      const score = (p: Float64Array) => ipcwBrier(times, p, horizon, { cause }).value;
      expect(score(predicted)).toBeLessThan(score(flat));
    }
  });

  it("start anew for members who have come some way", () => {
    const model = fitHazard(rows, learner);
    const one = matrixOf([[0.5, -0.2]], ["activity", "declines"]);
    const whole = model.curves(one, 8);
    const rest = model.curves(one, 5, Int32Array.of(4));
    for (let t = 0; t < 5; t++) {
      expect(rest.survival[t]! * whole.survival[2]!).toBeCloseTo(whole.survival[3 + t]!, 12);
    }
    // A covariate that changes is a row of its own each period.
    const changing = matrixOf(
      [
        [0.5, 0],
        [-2, 0],
      ],
      ["activity", "declines"],
    );
    const hazard = model.hazard(changing, Int32Array.of(1, 2));
    const curve = accumulate(hazard, 1, 2, 2);
    expect(curve.survival[1]).toBeLessThan(model.curves(one, 2).survival[1]!);
    expect(curve.survival[1]! + curve.incidence[2]! + curve.incidence[3]!).toBeCloseTo(1, 12);
  });

  it("comes back from JSON", () => {
    const model = fitHazard(rows, learner);
    const json = JSON.parse(JSON.stringify(model));
    const back = hazardFromJson(
      json,
      "each" in learner ? { each: LinearModel.fromJson } : { together: MultinomialModel.fromJson },
    );
    expect(back.curves(test.x, 4)).toEqual(model.curves(test.x, 4));
    const other =
      "each" in learner ? { together: MultinomialModel.fromJson } : { each: LinearModel.fromJson };
    expect(() => hazardFromJson(json, other)).toThrow(/not a written hazard model of that/);
  });

  it("is refused where a cause never comes", () => {
    const without = { ...rows, cause: rows.cause.map((c) => (c === 1 ? 0 : c)) };
    expect(() => fitHazard(without, learner)).toThrow(/cause 1 never comes/);
    expect(() => fitHazard({ ...rows, cause: rows.cause.map(() => 0) }, learner)).toThrow(
      /cause 1/,
    );
  });
});

it("hazards of models that claim too much share what there is", () => {
  const greedy: Learner = {
    fit: () => ({ predict: (x) => new Float64Array(x.rows).fill(0.9) }),
  };
  const rows = expandPeriods(matrixOf([[1], [1], [1]]), {
    period: Int32Array.of(1, 1, 1),
    cause: [1, 2, 0],
  });
  const model = fitHazard(rows, { each: greedy });
  expect([...model.hazard(matrixOf([[1]]), Int32Array.of(1))]).toEqual([0.5, 0.5]);
  expect(model.curves(matrixOf([[1]]), 2).survival[0]).toBe(0);
  expect(() => model.toJSON()).toThrow(/cannot be written down/);
});
