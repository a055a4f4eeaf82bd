import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRng, normal } from "../../base/rng.ts";
import { auc } from "../metric/auc.ts";
import { coverageOf } from "../metric/coverage.fixture.ts";
import { censoringShare } from "./censoring.ts";
import {
  aalenJohansen,
  atHorizon,
  censoringCurve,
  dCalibration,
  fitShiftedBetaGeometric,
  harrellConcordance,
  integratedBrier,
  ipcwBrier,
  kaplanMeier,
  restrictedMean,
  ShiftedBetaGeometric,
  stepAt,
  stepBefore,
  survivalAt,
  survivalQuantile,
  tenureOfSurvivors,
  timeDependentAuc,
  unoConcordance,
} from "./index.ts";
import * as rows from "./reference.fixture.ts";

const { risk, reference } = rows;
const time = Float64Array.from(rows.time);
const tiedTime = Float64Array.from(rows.tiedTime);
const weight = Float64Array.from(rows.weight);
const { cause } = rows;
const event = cause.map((c) => Number(c > 0));
const times = { time, cause: event };
const near = (values: readonly number[], digits = 10): unknown[] =>
  values.map((v) => expect.closeTo(v, digits));
/** Predicted chances of an event by t: exponential with the hazard that made the rows. */
const incidence = (t: number): Float64Array =>
  Float64Array.from(risk, (r) => 1 - Math.exp((-Math.exp(0.7 * r) / 12) * t));

/** A random world of members, some of two causes. */
const members = fc.array(
  fc.record({
    t: fc.integer({ min: 1, max: 9 }),
    c: fc.integer({ min: 0, max: 2 }),
    w: fc.integer({ min: 1, max: 3 }),
    r: fc.integer({ min: -3, max: 3 }),
  }),
  { minLength: 1, maxLength: 30 },
);

describe("Kaplan–Meier", () => {
  it("agrees with lifelines: curve, interval, median and restricted mean", () => {
    const curve = kaplanMeier(times);
    expect([...curve.survival]).toEqual(near(reference.kaplanMeier.survival));
    expect([...curve.lower]).toEqual(near(reference.kaplanMeier.lower));
    expect([...curve.upper]).toEqual(near(reference.kaplanMeier.upper));
    expect(survivalQuantile(curve, 0.5)).toBe(reference.median);
    expect(restrictedMean(curve, 15)).toBeCloseTo(reference.restrictedMean, 10);
  });

  it("agrees with lifelines on ties with weights, and on late entries", () => {
    const tied = kaplanMeier({ time: tiedTime, cause: event, weight });
    expect([...tied.survival]).toEqual(near(reference.kaplanMeierTied.survival));
    expect([...tied.lower]).toEqual(near(reference.kaplanMeierTied.lower));
    const entry = Float64Array.from(rows.entry);
    const late = kaplanMeier({ ...times, entry });
    expect([...late.survival]).toEqual(near(reference.kaplanMeierEntry.survival));
  });

  it("counts a member of weight 3 as three members", () => {
    fc.assert(
      fc.property(members, (world) => {
        const repeated = world.flatMap((m) => new Array<typeof m>(m.w).fill(m));
        const heavy = kaplanMeier({
          time: Float64Array.from(world, (m) => m.t),
          cause: world.map((m) => m.c),
          weight: Float64Array.from(world, (m) => m.w),
        });
        const many = kaplanMeier({
          time: Float64Array.from(repeated, (m) => m.t),
          cause: repeated.map((m) => m.c),
        });
        for (const key of ["survival", "lower", "upper", "standardError"] as const) {
          expect([...heavy[key]]).toEqual(near([...many[key]]));
        }
      }),
    );
  });

  it("is the share left where nobody is censored", () => {
    const curve = kaplanMeier({ time: Float64Array.of(1, 2, 2, 4), cause: [1, 1, 1, 1] });
    expect([...curve.survival]).toEqual([0.75, 0.25, 0]);
    expect([...curve.standardError]).toEqual(
      near([Math.sqrt(0.1875 / 4), Math.sqrt(0.1875 / 4), 0]),
    );
    expect(curve.lower[2]).toBe(0);
    expect(curve.upper[2]).toBe(curve.upper[1]);
    expect(survivalAt(curve, 3)).toBe(0.25);
    expect(survivalAt(curve, 30)).toBe(0);
  });

  it("says how far anybody was watched", () => {
    const curve = kaplanMeier({ time: Float64Array.of(1, 2), cause: [1, 0] });
    expect(survivalQuantile(curve, 0.9)).toBeUndefined();
    expect(() => survivalAt(curve, 3)).toThrow(/nobody was watched until 3; the last until 2/);
    expect(() => restrictedMean(curve, 3)).toThrow(/nobody was watched until 3/);
  });
});

describe("Aalen–Johansen", () => {
  it("agrees with lifelines: incidence, variance and interval of both causes", () => {
    const { causes } = aalenJohansen({ time, cause });
    causes.forEach((curve, k) => {
      const wanted = reference.aalenJohansen[k]!;
      expect([...curve.incidence]).toEqual(near(wanted.incidence));
      expect([...curve.standardError].map((s) => s * s)).toEqual(near(wanted.variance));
      // lifelines gives no bounds while the incidence is 0; both are 0 here.
      expect([...curve.lower]).toEqual(near(wanted.lower.map((v) => v ?? 0)));
      expect([...curve.upper]).toEqual(near(wanted.upper.map((v) => v ?? 0)));
    });
  });

  it("sums with survival to 1, whatever comes", () => {
    fc.assert(
      fc.property(members, (world) => {
        const { causes, survival } = aalenJohansen({
          time: Float64Array.from(world, (m) => m.t),
          cause: world.map((m) => m.c),
          weight: Float64Array.from(world, (m) => m.w),
        });
        survival.forEach((s, k) => {
          expect(causes.reduce((sum, curve) => sum + curve.incidence[k]!, s)).toBeCloseTo(1, 10);
          for (const curve of causes) {
            expect(curve.lower[k]).toBeLessThanOrEqual(curve.incidence[k]! + 1e-12);
            expect(curve.upper[k]).toBeGreaterThanOrEqual(curve.incidence[k]! - 1e-12);
          }
        });
      }),
    );
  });

  it("is 1 − Kaplan–Meier with one cause, and below it with two", () => {
    const one = aalenJohansen(times).causes[0]!;
    const curve = kaplanMeier(times);
    expect([...one.incidence]).toEqual(near([...curve.survival].map((s) => 1 - s)));
    expect([...one.standardError]).toEqual(near([...curve.standardError], 8));
    const { causes } = aalenJohansen({ time, cause });
    const naive = kaplanMeier({ time, cause: cause.map((c) => Number(c === 1)) });
    expect(causes[0]!.incidence.at(-1)!).toBeLessThan(1 - naive.survival.at(-1)!);
  });

  it("gives a curve at 0 to a cause that did not come", () => {
    const { causes } = aalenJohansen(times, { causes: 3 });
    expect(causes).toHaveLength(3);
    expect(causes[2]!.incidence.every((f) => f === 0)).toBe(true);
    expect(() => aalenJohansen({ time, cause }, { causes: 1 })).toThrow(/causes is 1/);
  });
});

describe("the shifted-beta-geometric model", () => {
  // Fader & Hardie's cohorts of 1000, by yearly renewals.
  const highEnd = [1000, 869, 743, 653, 593, 551, 517, 491];
  const regular = [1000, 631, 468, 382, 326, 289, 262, 241];

  it.each([
    ["highEnd", highEnd, 0.668, 3.806, -1611.2],
    ["regular", regular, 0.704, 1.182, -1680.3],
  ] as const)("has the published maximum on all renewals of %s", (name, survivors, a, b, ll) => {
    const model = fitShiftedBetaGeometric(tenureOfSurvivors(survivors));
    expect(model.alpha).toBeCloseTo(a, 3);
    expect(model.beta).toBeCloseTo(b, 3);
    expect(model.logLikelihood).toBeCloseTo(ll, 0);
    const [alpha, beta, logLikelihood] = reference.shiftedBetaGeometric[name];
    expect(model.alpha).toBeCloseTo(alpha!, 5);
    expect(model.beta).toBeCloseTo(beta!, 5);
    expect(model.logLikelihood).toBeCloseTo(logLikelihood!, 8);
  });

  it.each([
    ["highEnd4", highEnd, 1.281, 7.79],
    ["regular4", regular, 0.764, 1.296],
  ] as const)("has the published maximum on four renewals of %s", (name, survivors, a, b) => {
    const model = fitShiftedBetaGeometric(tenureOfSurvivors(survivors.slice(0, 5)));
    expect(model.alpha).toBeCloseTo(a, 3);
    expect(model.beta).toBeCloseTo(b, 3);
    expect(model.alpha).toBeCloseTo(reference.shiftedBetaGeometric[name][0]!, 5);
  });

  it("has hazards and survival that agree, and payments that sum to a life", () => {
    const model = new ShiftedBetaGeometric(0.7, 1.2);
    let s = 1;
    for (let t = 1; t <= 6; t++) {
      s *= 1 - model.hazard(t);
      expect(model.survival(t)).toBeCloseTo(s, 12);
      if (t >= 2) expect(model.survival(t, 2) * model.survival(2)).toBeCloseTo(s, 12);
    }
    expect(() => model.survival(1, 2)).toThrow(/period is 1; it must be between 2 and 10000000/);
    expect(model.expectedPayments(2, 3)).toBeCloseTo(
      [3, 4, 5].reduce((sum, t) => sum + model.survival(t, 2), 0),
      12,
    );
    expect(model.expectedPayments(5, 12, 0.1)).toBeGreaterThan(model.expectedPayments(0, 12, 0.1));
  });

  it("finds its own parameters again within three errors", () => {
    const truth = new ShiftedBetaGeometric(0.9, 2.5);
    const rng = createRng(12);
    const lost = new Float64Array(10);
    const still = new Float64Array(10);
    for (let i = 0; i < 20_000; i++) {
      const last = 1 + Math.floor(10 * rng());
      let t = 1;
      while (t <= last && rng() >= truth.hazard(t)) t++;
      if (t <= last) lost[t - 1]!++;
      else still[last - 1]!++;
    }
    const model = fitShiftedBetaGeometric({ lost, still });
    const [a, b] = model.standardError!;
    expect(Math.abs(model.alpha - 0.9)).toBeLessThan(3 * a);
    expect(Math.abs(model.beta - 2.5)).toBeLessThan(3 * b);
    expect(ShiftedBetaGeometric.fromJson(JSON.parse(JSON.stringify(model)))).toEqual(model);
  });

  it("says that members do not differ where hazards are level or rise", () => {
    const rising = fitShiftedBetaGeometric(tenureOfSurvivors([1000, 900, 700, 400]));
    expect(rising.standardError).toBeUndefined();
    expect(rising.hazard(1)).toBeCloseTo(rising.hazard(3), 3);
    expect(rising.hazard(1)).toBeCloseTo(600 / 2600, 2);
  });

  it("refuses what two parameters cannot be told from", () => {
    const fitted = (survivors: number[]) => fitShiftedBetaGeometric(tenureOfSurvivors(survivors));
    expect(() => fitted([10, 10, 10])).toThrow(/nobody left/);
    expect(() => fitted([10, 0, 0])).toThrow(/nobody stayed/);
    expect(() => fitted([10, 5])).toThrow(/only one period/);
    expect(() => fitted([10, 11])).toThrow(/row 1 is 11 after 10/);
    expect(() => fitShiftedBetaGeometric({ lost: [1, -1], still: [0, 1] })).toThrow(/lost, row 1/);
    expect(() => fitShiftedBetaGeometric({ lost: [1, 1], still: [0] })).toThrow(/still has 1 rows/);
    expect(() => new ShiftedBetaGeometric(0, 1)).toThrow(/alpha is 0/);
  });
});

describe("scores under censoring agree with scikit-survival", () => {
  const { horizons } = reference;

  it("Brier at five horizons and its mean", () => {
    expect(horizons.map((h) => ipcwBrier(times, incidence(h), h).value)).toEqual(
      near(reference.brier),
    );
    const all = new Float64Array(time.length * horizons.length);
    horizons.forEach((h, k) => {
      incidence(h).forEach((p, i) => {
        all[i * horizons.length + k] = p;
      });
    });
    const integrated = integratedBrier(times, all, horizons);
    expect(integrated.value).toBeCloseTo(reference.integratedBrier, 10);
    expect(integrated.standardError).toBeGreaterThan(0);
    const first = integratedBrier(times, incidence(3), [3]);
    expect(first.value).toBeCloseTo(reference.brier[0]!, 10);
  });

  it("time-dependent AUC", () => {
    expect(horizons.map((h) => timeDependentAuc(times, risk, h).value)).toEqual(
      near(reference.auc),
    );
  });

  it("Harrell's and Uno's concordance", () => {
    expect(harrellConcordance(times, risk).value).toBeCloseTo(reference.harrell, 12);
    expect(harrellConcordance({ time: tiedTime, cause: event }, risk).value).toBeCloseTo(
      reference.harrellTied,
      12,
    );
    expect(unoConcordance(times, risk).value).toBeCloseTo(reference.uno[0]!, 10);
    expect(unoConcordance(times, risk, { horizon: 12 }).value).toBeCloseTo(reference.uno[1]!, 10);
  });

  it("D-calibration", () => {
    const survival = Float64Array.from(time, (t, i) => 1 - incidence(t)[i]!);
    const { share, statistic, pValue } = dCalibration(times, survival);
    expect([...share]).toEqual(near(reference.dCalibration.share));
    expect(statistic).toBeCloseTo(reference.dCalibration.statistic, 9);
    expect(pValue).toBeCloseTo(reference.dCalibration.pValue, 9);
  });
});

describe("concordance", () => {
  it("is the share over all pairs, counted one by one", () => {
    fc.assert(
      fc.property(
        members,
        fc.boolean(),
        fc.integer({ min: 2, max: 10 }),
        (world, isUno, horizon) => {
          const data = {
            time: Float64Array.from(world, (m) => m.t),
            cause: world.map((m) => m.c),
            weight: Float64Array.from(world, (m) => m.w),
          };
          const scores = world.map((m) => m.r);
          const g = censoringCurve(data);
          const inverse = (t: number) => (isUno ? 1 / stepBefore(g, t) : 1);
          let won = 0;
          let all = 0;
          for (const a of world) {
            for (const b of world) {
              if (a === b || a.c !== 1 || a.t >= horizon) continue;
              const isLater = b.t > a.t || (b.t === a.t && b.c !== 1);
              const isOther = b.c === 2 && b.t < a.t;
              if (!isLater && !isOther) continue;
              const w = a.w * b.w * inverse(a.t) * inverse(isLater ? a.t : b.t);
              all += w;
              won += w * (a.r > b.r ? 1 : a.r === b.r ? 0.5 : 0);
            }
          }
          const concordance = isUno ? unoConcordance : harrellConcordance;
          const work = () => concordance(data, scores, { horizon });
          if (all === 0) expect(work).toThrow(/no two rows can be compared/);
          else expect(work().value).toBeCloseTo(won / all, 9);
        },
      ),
    );
  });

  it("is the AUC where everybody is seen at one of two times", () => {
    const two = { time: Float64Array.from(event, (e) => (e ? 1 : 2)), cause: event };
    expect(harrellConcordance(two, risk).value).toBeCloseTo(auc(event, risk), 12);
    expect(timeDependentAuc(two, risk, 1).value).toBeCloseTo(auc(event, risk), 12);
  });

  it("has intervals that cover the truth, and grow with clusters", () => {
    // T exponential with rate e^x, x ∈ {0, 1}: a pair that differs is in order with chance e / (1 + e).
    const truth = 0.5 * 0.5 + 0.5 * (Math.E / (1 + Math.E));
    const rng = createRng(31);
    let covered = 0;
    let narrow = 0;
    const worlds = 300;
    for (let k = 0; k < worlds; k++) {
      const x = Float64Array.from({ length: 160 }, (_, i) => i % 2);
      const t = x.map((v) => -Math.log(1 - rng()) / Math.exp(v));
      const data = { time: t, cause: new Uint8Array(160).fill(1) };
      const { lower, upper } = harrellConcordance(data, x);
      if (lower <= truth && truth <= upper) covered++;
      narrow += (upper - lower) / worlds;
    }
    expect(covered / worlds).toBeGreaterThan(0.91);
    expect(covered / worlds).toBeLessThan(0.985);
    expect(narrow).toBeLessThan(0.12);
    const pairs = harrellConcordance(times, risk, {
      cluster: Int32Array.from(risk, (_, i) => i >> 1),
    });
    expect(pairs.standardError).not.toBe(harrellConcordance(times, risk).standardError);
  });
});

describe("weights against censoring", () => {
  it("sum to the number of members where the last is watched", () => {
    const { label, weight: w } = atHorizon(times, 9);
    const sum = w.reduce((a, b) => a + b, 0);
    // In expectation n; of one sample within a few.
    expect(Math.abs(sum - time.length)).toBeLessThan(4);
    expect(label.reduce((a, b) => a + b, 0)).toBe(
      event.filter((e, i) => e === 1 && time[i]! <= 9).length,
    );
  });

  it("estimate with Kaplan–Meier what it does with the rows", () => {
    // The mean of weighted labels is 1 − Kaplan–Meier (Satten & Datta 2001).
    fc.assert(
      fc.property(members, fc.integer({ min: 1, max: 9 }), (world, horizon) => {
        const data = {
          time: Float64Array.from(world, (m) => m.t),
          cause: world.map((m) => m.c),
        };
        const last = Math.max(...world.map((m) => m.t));
        const g = censoringCurve(data);
        if (horizon > last || stepAt(g, horizon) === 0) return;
        const { label, weight: w } = atHorizon(data, horizon);
        const mean = w.reduce((sum, wi, i) => sum + wi * label[i]!, 0) / world.length;
        const curve = aalenJohansen(data).causes[0]!;
        const k = curve.time.findLastIndex((t) => t <= horizon);
        expect(mean).toBeCloseTo(k < 0 ? 0 : curve.incidence[k]!, 9);
      }),
    );
  });

  it("refuse a horizon that nobody was watched to", () => {
    expect(() =>
      ipcwBrier({ time: Float64Array.of(1, 2), cause: [1, 0] }, [0.5, 0.5], 2),
    ).not.toThrow();
    expect(() =>
      ipcwBrier({ time: Float64Array.of(1, 2, 9), cause: [1, 0, 0] }, [0.5, 0.5, 0.5], 10),
    ).not.toThrow();
    const early = { time: Float64Array.of(5, 6), cause: [1, 1] };
    const censoring = censoringCurve({ time: Float64Array.of(1, 2), cause: [0, 0] });
    expect(() => ipcwBrier(early, [0.5, 0.5], 5, { censoring })).toThrow(/everybody is censored/);
    expect(() => unoConcordance(early, [1, 2], { censoring })).toThrow(/give a horizon before/);
  });
});

describe("the interval of a Brier score under censoring", () => {
  /** Events at rate 1, watching lost at rate ½; .6 is predicted for all. */
  const draw = (rng: () => number, n: number) => {
    const time = new Float64Array(n);
    const cause = new Uint8Array(n);
    for (let i = 0; i < n; i++) {
      const event = -Math.log(1 - rng());
      const loss = -2 * Math.log(1 - rng());
      time[i] = Math.min(event, loss);
      cause[i] = event < loss ? 1 : 0;
    }
    return { time, cause };
  };
  const chance = 1 - Math.exp(-1);
  const truth = chance * 0.4 ** 2 + (1 - chance) * 0.6 ** 2;
  const predicted = new Float64Array(120).fill(0.6);

  it("holds the truth as often as it says, its error being the scatter of the score", () => {
    const rng = createRng(12);
    const { kept, errorByScatter } = coverageOf(400, truth, () =>
      ipcwBrier(draw(rng, 120), predicted, 1),
    );
    // A coverage of .95 over 400 draws is known to .011, a deviation to 3.5 %; three of each.
    expect(Math.abs(kept - 0.95)).toBeLessThan(0.033);
    expect(Math.abs(errorByScatter - 1)).toBeLessThan(0.11);
  });

  it("counts weights, and those who come late, as rows", () => {
    const times = draw(createRng(3), 120);
    const entry = times.time.map((t, i) => (i % 3 === 0 ? 0.3 * t : -1));
    const twice = (of: ArrayLike<number>) =>
      Float64Array.from({ length: 240 }, (_, i) => of[i >> 1]!);
    const copies = {
      time: twice(times.time),
      cause: twice(times.cause),
      entry: twice(entry),
    };
    const cluster = Int32Array.from({ length: 240 }, (_, i) => i >> 1);
    const weight = new Float64Array(120).fill(2);
    const counted = ipcwBrier({ ...times, entry, weight }, predicted, 1);
    const copied = ipcwBrier(copies, new Float64Array(240).fill(0.6), 1, { cluster });
    expect(counted.value).toBeCloseTo(copied.value, 12);
    expect(counted.standardError).toBeCloseTo(copied.standardError, 12);
    const share = censoringShare({ ...times, entry, weight }, 1, predicted);
    expect(share.reduce((sum, s) => sum + s, 0)).toBeCloseTo(0, 9);
    expect(Math.max(...share)).toBeGreaterThan(0.01);
  });
});

describe("the interval of the AUC under competing causes and censoring", () => {
  /** Cause 1 at rate e^x, cause 2 at ½, watching lost at .4 and .8; x normal, and the risk. */
  const draw = (rng: () => number, n: number, lossRate: number) => {
    const time = new Float64Array(n);
    const cause = new Uint8Array(n);
    const risk = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      risk[i] = normal(rng);
      const drawn = (rate: number) => -Math.log(1 - rng()) / rate;
      const [one, other, loss] = [drawn(Math.exp(risk[i]!)), drawn(0.5), drawn(lossRate)];
      time[i] = Math.min(one, other, loss);
      cause[i] = time[i] === loss ? 0 : time[i] === one ? 1 : 2;
    }
    return { times: { time, cause }, risk };
  };
  /** Of two rows one with cause 1 by time 1 and one without, the chance that the first's x is higher. */
  const truth = (() => {
    let [below, won, cases] = [0, 0, 0];
    for (let x = -8; x <= 8; x += 1e-3) {
      const mass = Math.exp((-x * x) / 2);
      const rate = Math.exp(x);
      const chance = (rate / (rate + 0.5)) * (1 - Math.exp(-(rate + 0.5)));
      won += mass * chance * (below + (mass * (1 - chance)) / 2);
      below += mass * (1 - chance);
      cases += mass * chance;
    }
    return won / (cases * below);
  })();

  it.each([0.4, 0.8])("holds the truth as often as it says, censored at rate %d", (lossRate) => {
    const rng = createRng(21);
    const { kept, errorByScatter, mean } = coverageOf(1500, truth, () => {
      const { times, risk } = draw(rng, 150, lossRate);
      return timeDependentAuc(times, risk, 1);
    });
    // .95 over 1,500 draws is known to .0056, a deviation to 1.8 %; three of each.
    expect(Math.abs(kept - 0.95)).toBeLessThan(0.017);
    expect(Math.abs(errorByScatter - 1)).toBeLessThan(0.055);
    expect(Math.abs(mean - truth)).toBeLessThan(0.004);
  });
});

describe("D-calibration", () => {
  const rng = createRng(17);
  const n = 4000;
  const t = Float64Array.from({ length: n }, () => -10 * Math.log(1 - rng()));
  const c = Float64Array.from({ length: n }, () => 25 * rng());
  const data = {
    time: t.map((v, i) => Math.min(v, c[i]!)),
    cause: Array.from(t, (v, i) => Number(v <= c[i]!)),
  };

  it("passes the curves that made the data, and not others", () => {
    const curve = (scale: number) => data.time.map((v) => Math.exp(-v / scale));
    expect(dCalibration(data, curve(10)).pValue).toBeGreaterThan(0.01);
    expect(dCalibration(data, curve(13)).pValue).toBeLessThan(1e-6);
  });

  it("is fair to curves that step, when told the step's two ends", () => {
    const period = Float64Array.from(data.time, (v, i) =>
      data.cause[i] ? Math.ceil(v) : Math.floor(v),
    );
    const at = period.map((p) => Math.exp(-p / 10));
    const before = period.map((p) => Math.exp(-Math.max(0, p - 1) / 10));
    const stepped = { time: period, cause: data.cause };
    expect(dCalibration(stepped, at, before).pValue).toBeGreaterThan(0.01);
    expect(dCalibration(stepped, at).pValue).toBeLessThan(1e-6);
    expect(() => dCalibration(stepped, before, at)).toThrow(/must not be below the survival/);
  });
});

describe("bad input to a survival estimate", () => {
  const good = { time: Float64Array.of(1, 2, 3), cause: [1, 0, 2] };
  it.each<[string, () => unknown, RegExp]>([
    ["no rows", () => kaplanMeier({ time: new Float64Array(), cause: [] }), /no rows/],
    [
      "a negative time",
      () => kaplanMeier({ ...good, time: Float64Array.of(1, -2, 3) }),
      /time, row 1 is -2/,
    ],
    [
      "a missing time",
      () => kaplanMeier({ ...good, time: Float64Array.of(1, Number.NaN, 3) }),
      /time, row 1 is NaN/,
    ],
    ["half a cause", () => aalenJohansen({ ...good, cause: [1, 0.5, 0] }), /cause, row 1 is 0.5/],
    ["fewer causes", () => aalenJohansen({ ...good, cause: [1] }), /cause has 1 rows where 3/],
    [
      "an entry after the end",
      () => kaplanMeier({ ...good, entry: Float64Array.of(0, 2, 0) }),
      /entry, row 1 is 2/,
    ],
    [
      "a negative weight",
      () => kaplanMeier({ ...good, weight: Float64Array.of(1, -1, 1) }),
      /weight, row 1/,
    ],
    [
      "no weight",
      () => kaplanMeier({ ...good, weight: new Float64Array(3) }),
      /weight is 0 on every/,
    ],
    ["no event", () => harrellConcordance({ ...good, cause: [0, 0, 0] }, [1, 2, 3]), /no two rows/],
    ["a missing risk", () => harrellConcordance(good, [1, Number.NaN, 3]), /risk, row 1/],
    ["a chance above 1", () => ipcwBrier(good, [1, 2, 0], 2), /incidence, row 1 is 2/],
    ["no case by then", () => timeDependentAuc(good, [1, 2, 3], 0.5), /no row of 1/],
    [
      "horizons that fall",
      () => integratedBrier(good, new Float64Array(6), [2, 1]),
      /horizons, row 1/,
    ],
    ["no horizons", () => integratedBrier(good, new Float64Array(), []), /no horizons/],
    ["survival above 1", () => dCalibration(good, [1, 2, 0]), /survival, row 1/],
    ["one bin", () => dCalibration(good, [1, 1, 0], [1, 1, 0], { bins: 1 }), /bins is 1/],
  ])("%s is refused", (_, work, message) => {
    expect(work).toThrow(message);
  });
});
