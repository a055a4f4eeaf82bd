import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/rng.ts";
import { fitPlatt, matrixOfColumns } from "../../learn/index.ts";
import { chooseCalibration } from "./calibrate.ts";
import { leakageAlarms } from "./leakage.ts";
import { measureOutcome } from "./measure.ts";
import { searchParameters } from "./search.ts";
import { fitShrunkPlatt } from "./shrink-platt.ts";
import { measureSlices } from "./slice.ts";
import { timeWindows, windowOf } from "./window.ts";

const n = 4000;
const rng = createRng(5);
const truth = Float64Array.from({ length: n }, () => 1 / (1 + Math.exp(1.5 - normal(rng))));
const y = truth.map((p) => (rng() < p ? 1 : 0));
const group = Int32Array.from({ length: n }, (_, i) => Math.floor(i / 4));
const weight = new Float64Array(n).fill(1);

describe("windows", () => {
  it("follow each other without a gap or an overlap", () => {
    const windows = timeWindows(0, 1000, { calibrateShare: 0.2, testShare: 0.3 });
    expect(windows.map(({ name, fromMs, untilMs }) => [name, fromMs, untilMs])).toEqual([
      ["train", 0, 500],
      ["calibrate", 500, 700],
      ["test", 700, 1000],
    ]);
    const at = Float64Array.of(-1, 0, 499, 500, 699, 700, 999, 1000);
    expect([...windowOf(at, windows)]).toEqual([-1, 0, 0, 1, 1, 2, 2, -1]);
  });

  it("refuse shares that leave nothing to train on", () => {
    expect(() => timeWindows(0, 10, { calibrateShare: 0.5, testShare: 0.5 })).toThrow(/leave some/);
  });
});

describe("calibration", () => {
  it("leaves chances that are right as they are", () => {
    expect(chooseCalibration({ y, p: truth, group }, 1).method).toBe("none");
  });

  it("takes back chances that are too sure, by the curve with the least loss held out", () => {
    const sure = truth.map((p) => p ** 2 / (p ** 2 + (1 - p) ** 2));
    const { method, calibrator, losses } = chooseCalibration({ y, p: sure, group }, 1);
    expect(method).toBe("platt");
    expect(losses.platt!).toBeLessThan(losses.none!);
    const put = calibrator.apply(sure);
    const off = put.reduce((sum, p, i) => sum + Math.abs(p - truth[i]!), 0) / n;
    expect(off).toBeLessThan(0.01);
  });

  it("follows a slope of few events less than it follows that of many, and keeps the level", () => {
    const sure = truth.map((p) => p ** 2 / (p ** 2 + (1 - p) ** 2));
    const slopeOf = (rows: number): number => {
      const [some, of] = [sure.subarray(0, rows), y.subarray(0, rows)];
      const calibrator = fitShrunkPlatt(of, some);
      const put = calibrator.apply(some);
      const sum = (values: Float64Array): number => values.reduce((total, v) => total + v, 0);
      expect(Math.abs(sum(put) - sum(of))).toBeLessThan(1e-6 * rows);
      return (calibrator.toJSON() as { slope: number }).slope;
    };
    expect(slopeOf(n)).toBeGreaterThan(0.4);
    expect(slopeOf(n)).toBeLessThan(0.6);
    const slight = fitShrunkPlatt(y.subarray(0, 300), truth.subarray(0, 300));
    const whole = fitPlatt(y.subarray(0, 300), truth.subarray(0, 300), { input: "probability" });
    const { slope } = slight.toJSON() as { slope: number };
    expect(Math.abs(slope - 1)).toBeLessThan(Math.abs(whole.slope - 1));
    // As if each event were seen eight times.
    const seen = fitShrunkPlatt(y.subarray(0, 300), truth.subarray(0, 300), { repeats: 8 });
    expect(seen.toJSON()).toMatchObject({ slope: 1 });
  });

  it("keeps its hands off with too few events", () => {
    const few = y.map((label, i) => (i < 40 ? label : 0));
    expect(chooseCalibration({ y: few, p: truth, group }, 1).method).toBe("none");
  });
});

describe("what is measured", () => {
  const outcome = { name: "event", label: "it came", y, weight, group };

  it("stands beside baselines, with gains whose interval tells which is better", () => {
    const constant = new Float64Array(n).fill(y.reduce((sum, label) => sum + label, 0) / n);
    const predictors = [
      { name: "model", p: truth },
      { name: "constant", p: constant },
    ];
    const record = measureOutcome({ ...outcome, predictors }, 1);
    const [model, flat] = record.scores;
    expect(model!.slope!.lower).toBeLessThan(1);
    expect(model!.slope!.upper).toBeGreaterThan(1);
    expect(model!.ece).toBeLessThanOrEqual(model!.eceChance);
    expect([flat!.auc, flat!.slope]).toEqual([null, null]);
    expect(record.gains[0]!.brier.lower).toBeGreaterThan(0);
    expect(record.reliability.reduce((sum, { rows }) => sum + rows, 0)).toBe(n);
    expect(record.lift.at(-1)).toEqual({ share: 1, events: 1 });
  });

  it("leaves rows without weight out, and refuses when none has any", () => {
    const half = weight.map((_, i) => (i < 1000 ? 1 : 0));
    const predictors = [{ name: "model", p: truth }];
    expect(measureOutcome({ ...outcome, weight: half, predictors }, 1).rows).toBe(1000);
    const none = weight.map(() => 0);
    expect(() => measureOutcome({ ...outcome, weight: none, predictors }, 1)).toThrow(/no row/);
  });

  it("of slices is said only where there are members enough", () => {
    const values = Array.from({ length: n }, (_, i) => (i < 40 ? "few" : "many"));
    const rows = { outcome: "event", y, p: truth, weight, group };
    const slices = measureSlices(rows, [{ by: "size", values }]);
    expect(slices.map(({ value }) => value)).toEqual(["many"]);
    const { predicted, observed } = slices[0]!;
    expect(predicted).toBeGreaterThan(observed.lower);
    expect(predicted).toBeLessThan(observed.upper);
  });
});

describe("leakage", () => {
  const honest = truth.map((p) => p + 0.3 * normal(rng));
  const kindsOf = (columns: Record<string, Float64Array>, more = {}): Record<string, string[]> => {
    const alarms = leakageAlarms({ x: matrixOfColumns({ honest, ...columns }), y, ...more });
    const kinds: Record<string, string[]> = {};
    for (const { feature, kind } of alarms) {
      kinds[feature] ??= [];
      kinds[feature].push(kind);
    }
    return kinds;
  };

  it("is not suspected of an honest feature", () => {
    expect(kindsOf({})).toEqual({});
  });

  it("shows in a feature that alone tells nearly everything, either way round", () => {
    const told = y.map((label) => -label + 0.1 * normal(rng));
    expect(kindsOf({ told }).told).toContain("single-feature-auc");
  });

  it("shows in a feature that is there only for those to whom it happened", () => {
    const reason = y.map((label) => (label === 1 ? rng() : Number.NaN));
    expect(kindsOf({ reason }).reason).toContain("present-for-positives");
  });

  it("shows in a name, and in values from the future", () => {
    const noise = () => y.map(() => rng());
    expect(kindsOf({ Lifetime: noise() }).Lifetime).toEqual(["proxy-name"]);
    const atMs = new Float64Array(n).fill(100);
    const newestMs = { late: atMs.map((at, i) => (i === 7 ? at + 1 : at)) };
    expect(kindsOf({ late: noise() }, { atMs, newestMs }).late).toEqual(["future-timestamp"]);
  });

  it("shows in a gain that stands far above all others", () => {
    const weak = y.map((label) => label + 4 * normal(rng));
    const strong = y.map((label) => label + 0.6 * normal(rng));
    const alarms = leakageAlarms({ x: matrixOfColumns({ weak, strong }), y });
    expect(alarms.map(({ feature, kind }) => [feature, kind])).toEqual([
      ["strong", "implausible-gain"],
    ]);
  });
});

describe("the search", () => {
  const space = { a: [1, 2, 3, 4], b: [10, 20] };
  const tryOut = (parameters: { a: number; b: number }) => ({
    parameters,
    loss: Math.abs(parameters.a - 3) + parameters.b / 100,
  });

  it("tries the first setting, no setting twice, and keeps the best", () => {
    const { best, tried } = searchParameters(space, { a: 1, b: 20 }, tryOut, { tries: 8, seed: 2 });
    expect(tried).toHaveLength(8);
    expect(new Set(tried.map(({ parameters }) => JSON.stringify(parameters))).size).toBe(8);
    expect(tried[0]!.parameters).toEqual({ a: 1, b: 20 });
    expect(best).toEqual({ a: 3, b: 10 });
  });

  it("is the same again with the same seed, and ends in a small space", () => {
    const run = (seed: number) =>
      searchParameters(space, { a: 1, b: 20 }, tryOut, { tries: 5, seed });
    expect(run(7)).toEqual(run(7));
    expect(
      searchParameters({ a: [1], b: [20] }, { a: 1, b: 20 }, tryOut, { tries: 9, seed: 1 }).tried,
    ).toHaveLength(1);
  });
});
