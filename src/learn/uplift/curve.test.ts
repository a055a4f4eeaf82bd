import { describe, expect, it } from "vitest";
import { createRng } from "../../base/rng.ts";
import { coverageOf } from "../metric/coverage.fixture.ts";
import { upliftAtK, upliftAtKEstimate } from "./at-k.ts";
import {
  areaDifference,
  areaEstimate,
  auucScore,
  boundArea,
  qiniScore,
  type Trial,
  upliftCurve,
} from "./curve.ts";
import { randomReference } from "./random-reference.ts";

const digits = (text: string) => Float64Array.from(text, Number);

describe("scikit-uplift 0.5.1's figures", () => {
  const trial: Trial = {
    y: digits("001100001000000100000110000000"),
    treated: digits("001100011101110110000110001000"),
  };
  const score = Float64Array.of(
    // biome-ignore lint/suspicious/noApproximativeNumericConstant: a number drawn at random
    ...[0.591, 0.024, 0.559, 0.259, 0.415, 0.284, 0.693, 0.44, 0.157, 0.545],
    ...[0.78, 0.306, 0.222, 0.388, 0.936, 0.976, 0.672, 0.903, 0.846, 0.378],
    ...[0.092, 0.653, 0.558, 0.362, 0.225, 0.407, 0.469, 0.269, 0.292, 0.458],
  );

  it("Qini and AUUC", () => {
    expect(qiniScore(trial, score)).toBeCloseTo(0.1388888888888889, 12);
    expect(auucScore(trial, score)).toBeCloseTo(0.11231955759906058, 12);
  });

  it("curves", () => {
    expect([...upliftCurve(trial, score, "qini").value.slice(0, 8)]).toEqual([
      0, 1, 1, 1, 1, 1, 1, 1,
    ]);
    expect([...upliftCurve(trial, score, "uplift").value.slice(0, 8)]).toEqual([
      0, 1, 2, 3, 4, 5, 6, 3.5,
    ]);
  });

  it("uplift at k, over all and by group", () => {
    expect(upliftAtK(trial, score, { k: 0.3 })).toBeCloseTo(2 / 3, 12);
    expect(upliftAtK(trial, score, { k: 0.5, strategy: "by group" })).toBeCloseTo(2 / 3, 12);
  });

  it("where scores tie", () => {
    const tied: Trial = {
      y: digits("0000101010000010001000010000000010000000"),
      treated: digits("0010111001010110010011111000001110000001"),
    };
    const tenths =
      "9 6 4 6 2 2 7 8 10 9 5 1 5 9 8 5 5 2 2 1 9 6 1 4 0 2 7 7 5 3 7 10 4 1 1 1 10 5 8 2";
    const score = Float64Array.from(tenths.split(" "), (t) => Number(t) / 10);
    expect(qiniScore(tied, score)).toBeCloseTo(-0.056408905072185996, 12);
    expect(auucScore(tied, score)).toBeCloseTo(-0.01683009439300505, 12);
  });
});

/** Effect grows with the score; half treated. */
function world(seed: number, n: number) {
  const rng = createRng(seed);
  const score = new Float64Array(n).map(() => rng());
  const treated = new Float64Array(n).map(() => (rng() < 0.5 ? 1 : 0));
  const y = score.map((s, i) => (rng() < 0.1 + (treated[i] === 1 ? 0.4 * s : 0) ? 1 : 0));
  return { trial: { y, treated }, score, rng };
}

describe("areas", () => {
  it.each([1, 2, 3])("follow the order alone, and turn their sign with it (seed %d)", (seed) => {
    const { trial, score } = world(seed, 200);
    for (const area of [qiniScore, auucScore]) {
      expect(
        area(
          trial,
          score.map((s) => Math.exp(3 * s)),
        ),
      ).toBe(area(trial, score));
    }
    expect(qiniScore(trial, score)).toBeGreaterThan(0);
    expect(
      qiniScore(
        trial,
        score.map((s) => -s),
      ),
    ).toBeLessThan(0);
    expect(
      qiniScore(
        trial,
        score.map(() => 1),
      ),
    ).toBeCloseTo(0, 12);
  });

  it.each([1, 2, 3])("a perfect order scores 1 (seed %d)", (seed) => {
    const { trial } = world(seed, 200);
    const perfect = trial.y.map((y, i) => y * (trial.treated[i]! === 1 ? 1 : -1));
    expect(qiniScore(trial, perfect)).toBeCloseTo(1, 12);
  });

  it.each([1, 2])("a weight of 2 is the row twice (seed %d)", (seed) => {
    const { trial, score, rng } = world(seed, 60);
    const weight = new Float64Array(60).map(() => Math.floor(3 * rng()));
    const times = [...weight.keys()].flatMap((i) => new Array<number>(weight[i]!).fill(i));
    const twice = {
      y: Float64Array.from(times, (i) => trial.y[i]!),
      treated: Float64Array.from(times, (i) => trial.treated[i]!),
    };
    const scores = Float64Array.from(times, (i) => score[i]!);
    expect(qiniScore(trial, score, weight)).toBeCloseTo(qiniScore(twice, scores), 12);
    expect(auucScore(trial, score, weight)).toBeCloseTo(auucScore(twice, scores), 12);
    for (const strategy of ["overall", "by group"] as const) {
      const k = { k: 0.5, strategy };
      expect(upliftAtK(trial, score, { ...k, weight })).toBeCloseTo(
        upliftAtK(twice, scores, k),
        12,
      );
    }
  });

  it("not normalised they take any outcome, in outcomes a row", () => {
    const { trial, score } = world(4, 300);
    const ten = { ...trial, y: trial.y.map((y) => 10 * y + 3) };
    const ones = new Float64Array(300).fill(1);
    const raw = boundArea(trial, score, "uplift", false)(ones);
    expect(raw).toBeGreaterThan(0);
    expect(boundArea(ten, score, "uplift", false)(ones)).toBeGreaterThan(5 * raw);
    expect(() => boundArea(ten, score, "uplift")).toThrowError(/y, row 0 is \d+: must be 0 or 1/);
  });

  it("intervals hold chance for a random order and not for a good one; the reference agrees", () => {
    const { trial, score, rng } = world(5, 2000);
    const options = { replicates: 200, seed: 3 };
    const noise = score.map(() => rng());
    const good = areaEstimate(trial, score, "qini", options);
    const chance = areaEstimate(trial, noise, "qini", options);
    expect(good.lower).toBeGreaterThan(0.05);
    expect(chance.lower).toBeLessThan(0);
    expect(chance.upper).toBeGreaterThan(0);
    expect(areaDifference(trial, score, noise, "qini", options).lower).toBeGreaterThan(0);
    const reference = randomReference((s) => qiniScore(trial, s), 2000, { draws: 60, seed: 1 });
    expect(Math.abs(reference.value)).toBeLessThan(4 * (reference.standardError / Math.sqrt(60)));
    expect(good.value).toBeGreaterThan(reference.upper);
    const atK = upliftAtKEstimate(trial, score, { ...options, k: 0.2 });
    // The top fifth gains .4 · .9 on average.
    expect(atK.lower).toBeLessThan(0.36);
    expect(atK.upper).toBeGreaterThan(0.36);
  });
});

describe("bootstrap intervals", () => {
  // The effect is .4 s, s uniform: the first share q of an order by s gains .4 q − .2 q² a row.
  it.each([
    [
      "the uplift curve's area",
      1 / 30,
      (trial: Trial, score: Float64Array, seed: number) =>
        areaEstimate(trial, score, "uplift", { normalised: false, replicates: 150, seed }),
    ],
    [
      "the Qini curve's area",
      1 / 60,
      (trial: Trial, score: Float64Array, seed: number) =>
        areaEstimate(trial, score, "qini", { normalised: false, replicates: 150, seed }),
    ],
    [
      "uplift at .3",
      0.34,
      (trial: Trial, score: Float64Array, seed: number) =>
        upliftAtKEstimate(trial, score, { k: 0.3, replicates: 150, seed }),
    ],
  ])("of %s hold the truth as often as they say", (_, truth, estimate) => {
    const { kept, errorByScatter } = coverageOf(300, truth, (k) => {
      const { trial, score } = world(1000 + k, 250);
      return estimate(trial, score, k);
    });
    // .95 over 300 draws is known to .013, a deviation to 4.1 %; three of each.
    expect(Math.abs(kept - 0.95)).toBeLessThan(0.038);
    expect(Math.abs(errorByScatter - 1)).toBeLessThan(0.12);
  });
});

describe("bad input is refused by name", () => {
  const { trial, score } = world(1, 20);
  it.each([
    [() => qiniScore({ y: new Float64Array(), treated: [] }, score), /no rows/],
    [() => qiniScore(trial, score.slice(1)), /score has 19 rows/],
    [
      () => qiniScore({ ...trial, treated: new Float64Array(20) }, score),
      /treated is 0 on every row/,
    ],
    [() => qiniScore({ ...trial, y: trial.y.map(() => Number.NaN) }, score), /y, row 0 is NaN/],
    [() => qiniScore({ ...trial, y: new Float64Array(20) }, score), /same on every row/],
    [() => qiniScore(trial, score, new Float64Array(20)), /weight is 0 on every row/],
    [() => qiniScore(trial, score, Float64Array.from(trial.treated)), /an arm has no row/],
    [() => upliftAtK(trial, score, { k: 0 }), /k is 0/],
    [() => upliftAtK(trial, trial.treated as Float64Array, { k: 0.2 }), /hold no control row/],
  ])("%#", (act, message) => {
    expect(act).toThrowError(message);
  });
});
