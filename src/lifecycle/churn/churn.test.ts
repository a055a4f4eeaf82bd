import { describe, expect, it } from "vitest";
import { WaymarkError } from "../../base/index.ts";
import { createRng } from "../../base/rng.ts";
import { expandPeriods, matrixOf, PlattCalibrator } from "../../learn/index.ts";
import { readArtifact, usualValues, writeArtifact } from "./artifact.ts";
import { constantHazards, fitTenureBaseline, type Spell } from "./baseline.ts";
import { ChurnModel, chancesOf, fitTrees, treeRows, uncalibrated } from "./hazard.ts";
import type { Snapshot } from "./label.ts";
import { BOUNDS_DAYS, msOfDays, PERIODS } from "./period.ts";
import { bindReasons } from "./reason.ts";
import { withTime } from "./renewal.ts";
import { createChurnScorer, priorScore, riskOf } from "./score.ts";
import { monthlyPriceMinor, valueAtRiskMinor } from "./value.ts";
import { type FeatureWords, reasonsInWords } from "./words.ts";

const NAMES = ["routes_90d", "days_since_route", "card_months", "interval"];

/** Members who plan routes stay; those whose card is about to expire are lost. */
function world(n: number) {
  const rng = createRng(3);
  const rows = Array.from({ length: n }, () => {
    const routes = Math.floor(20 * rng());
    return [
      routes,
      routes < 4 ? Number.NaN : 40 * rng(),
      Math.floor(24 * rng()),
      rng() < 0.5 ? 0 : 1,
    ];
  });
  const period = new Int32Array(n);
  const cause = new Int32Array(n);
  rows.forEach(([routes, , card], i) => {
    do {
      const chance = rng();
      period[i]!++;
      if (chance < 0.12 * Math.exp(-0.15 * routes!)) cause[i] = 1;
      else if (chance > 1 - (card! < 3 ? 0.08 : 0.01)) cause[i] = 2;
    } while (cause[i] === 0 && period[i]! < PERIODS);
  });
  const x = matrixOf(rows, NAMES);
  return { x, rows: expandPeriods(x, { period, cause }) };
}

const { x, rows } = world(1500);
const shape = { iterations: 25, leaves: 6, learningRate: 0.1, minDataInLeaf: 30 };
const fitted = fitTrees(treeRows(rows), { categorical: [3], options: [shape, shape], seed: 1 });
const model = new ChurnModel({
  features: NAMES,
  featureSet: "test",
  causes: fitted.trees.map((trees, c) => ({
    trees,
    calibrator: c === 0 ? new PlattCalibrator(0.9, -0.2, "probability") : uncalibrated,
  })),
});
const spells: Spell[] = Array.from({ length: 200 }, (_, i) => ({
  interval: "month",
  days: 20 + ((i * 37) % 300),
  cause: i % 3 === 0 ? 0 : i % 3 === 1 ? 1 : 2,
  watchedDays: 330,
}));
const artifact = {
  model,
  tenure: fitTenureBaseline(spells),
  constant: constantHazards(rows),
  usual: usualValues(x),
};
const rowAt = (i: number): Float64Array => x.values.slice(i * 4, i * 4 + 4);
const snapshot: Snapshot = {
  memberId: 1,
  atMs: msOfDays(400),
  paidSinceMs: msOfDays(310),
  membership: {
    state: "active",
    atMs: msOfDays(310),
    knownMs: msOfDays(310),
    plan: "plus",
    billingInterval: "month",
    intervalCount: 1,
    priceMinor: 999,
    currency: "EUR",
  },
};

describe("the curves", () => {
  it("fall, and what is lost of them is what left, at every period", () => {
    const curves = model.curves(x);
    for (let i = 0; i < 50; i++) {
      const { chances, survival } = chancesOf(curves, i);
      expect(survival.map(({ days }) => days)).toEqual([0, ...BOUNDS_DAYS]);
      for (let t = 1; t < survival.length; t++) {
        expect(survival[t]!.p).toBeLessThanOrEqual(survival[t - 1]!.p);
      }
      for (const { days, voluntary, involuntary } of chances) {
        const stayed = survival.find((at) => at.days === days)!.p;
        expect(voluntary + involuntary + stayed).toBeCloseTo(1, 12);
      }
    }
  });

  it("tell whose chances are higher by the cause that is theirs", () => {
    const curves = model.curves(
      matrixOf([
        [0, Number.NaN, 20, 0],
        [19, 1, 20, 0],
        [19, 1, 0, 0],
      ]),
    );
    const [idle, busy, expiring] = [0, 1, 2].map((i) => chancesOf(curves, i).chances[1]!);
    expect(idle!.voluntary).toBeGreaterThan(2 * busy!.voluntary);
    expect(expiring!.involuntary).toBeGreaterThan(2 * busy!.involuntary);
  });
});

describe("where a renewal falls in a period", () => {
  const features = ["days_to_period_end", "days_since_period_start", "billing_interval"];
  /** What stands behind the features of one member in each of the given periods. */
  const seen = (row: readonly number[], ...periods: number[]) => {
    const all = matrixOf(
      periods.map(() => [...row]),
      features,
    );
    const { values, columns } = withTime(all, Int32Array.from(periods), features);
    return periods.map((_, i) => [...values.subarray(i * columns + 3, (i + 1) * columns)]);
  };

  it("is told by the days from the period's end to the next one and from the last one", () => {
    // A year's plan that is renewed in 12 days: on the second of the days 10 to 17 after now.
    expect(seen([12, 353.25, 2], 1, 2, 3)).toEqual([
      [2, 363.25, 1],
      [-5, 5, 2],
      [353.25, 12, 3],
    ]);
    // A weekly one falls into every week.
    for (const [to, from] of seen([1, 6, 0], 1, 2, 3, 4)) {
      expect(to!).toBeLessThanOrEqual(0);
      expect(from!).toBeLessThan(9);
    }
  });

  it("is missing where nothing is known of the plan, and for features without dates", () => {
    expect(seen([Number.NaN, 3, 1], 1)).toEqual([[Number.NaN, Number.NaN, 1]]);
    expect(seen([3, 3, Number.NaN], 1)).toEqual([[Number.NaN, Number.NaN, 1]]);
    const { values } = withTime(matrixOf([[1]], ["routes"]), Int32Array.of(4), ["routes"]);
    expect([...values]).toEqual([1, 4]);
  });
});

describe("reasons", () => {
  const explain = bindReasons(model);

  it("add up to the chance, from what is typical, to rounding", () => {
    const curves = model.curves(x);
    for (let i = 0; i < 200; i++) {
      const { chance, typical, parts } = explain(rowAt(i));
      const { voluntary, involuntary } = chancesOf(curves, i).chances[1]!;
      expect(chance).toBeCloseTo(voluntary + involuntary, 9);
      expect(typical + parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(chance, 9);
    }
  });

  it("give nothing to a feature that no tree asks for", () => {
    const alone = new ChurnModel({
      ...model,
      features: [...NAMES, "noise"],
      causes: model.causes.map(({ trees, calibrator }) => ({
        calibrator,
        trees: {
          ...trees,
          featureNames: [...NAMES, "noise", "period"],
          trees: trees.trees.map((tree) => ({
            ...tree,
            splitFeature: tree.splitFeature.map((j) => (j >= NAMES.length ? j + 1 : j)),
          })),
        },
      })),
    });
    const { parts } = bindReasons(alone)(Float64Array.of(...rowAt(3), 7));
    expect([parts[4], parts[9]]).toEqual([0, 0]);
  });

  it("speak in the words of features, families together, and still add up", () => {
    const words: FeatureWords[] = [
      {
        name: NAMES[0]!,
        family: "routes",
        label: "Routes planned, 90 days",
        unit: "times",
        rise: "planned more routes",
        fall: "planned fewer routes",
        role: "count",
        windowDays: 90,
      },
      {
        name: NAMES[1]!,
        family: "routes",
        label: "Days since a route was planned",
        unit: "days",
        rise: "",
        fall: "",
        role: "since",
        windowDays: null,
      },
      {
        name: NAMES[2]!,
        family: "card",
        label: "Months until the card expires",
        unit: "months",
        rise: "has a card that lasts longer",
        fall: "has a card that expires sooner",
        role: "other",
        windowDays: null,
      },
      {
        name: NAMES[3]!,
        family: "interval",
        label: "Billed by",
        unit: "",
        rise: "",
        fall: "",
        role: "other",
        windowDays: null,
        levels: ["month", "year"],
      },
    ];
    const row = Float64Array.of(10, 21, 1, 0);
    const why = explain(row);
    const reasons = reasonsInWords(why, row, artifact.usual, words);
    const sum = reasons.reduce((total, { points }) => total + points, 0);
    expect(sum).toBeCloseTo(100 * (why.chance - why.typical), 7);
    const texts = reasons.map(({ text }) => text);
    expect(texts).toContain("planned fewer routes: none for 21 days, used to weekly");
    expect(texts.some((text) => text.startsWith("has a card that expires sooner"))).toBe(true);
    const named = reasonsInWords(why, row, artifact.usual, words, { [NAMES[2]!]: "in May" });
    expect(named.map(({ text }) => text)).toEqual(
      texts.map((text) =>
        text.startsWith("has a card") ? "Months until the card expires: in May" : text,
      ),
    );
    const said = reasons.filter(({ text }) => text !== "everything else");
    expect(new Set(said.map(({ cause, text }) => `${cause} ${text}`)).size).toBe(said.length);
  });
});

describe("a reason's words", () => {
  /** All of the chance is one feature's. */
  const told = (value: number, word: Partial<FeatureWords>, usual = Number.NaN): string => {
    const words: FeatureWords = {
      ...{ name: "f", family: "f", label: "It", unit: "", rise: "", fall: "" },
      ...{ role: "other", windowDays: null, ...word },
    };
    const why = { chance: 0.3, typical: 0.1, parts: Float64Array.of(0.2, 0) };
    return reasonsInWords(why, Float64Array.of(value), Float64Array.of(usual), [words])[0]!.text;
  };

  it("are a person's: yes and no, what is over, amounts with their units, names of codes", () => {
    expect(told(0, { role: "flag" })).toBe("It: no");
    expect(told(1, { role: "flag" }, 1)).toBe("It: yes");
    const months = {
      role: "until",
      unit: "months",
      label: "Months until the card expires",
    } as const;
    expect(told(-1, months, 20)).toBe("Months until the card expires: that was 1 month ago");
    expect(told(2, months, 20)).toBe("Months until the card expires: 2 months, usual 20 months");
    expect(told(2, { ...months, fall: "expires sooner" }, 20)).toBe(
      "expires sooner (months until the card expires: 2 months, usual 20 months)",
    );
    expect(told(1, { levels: ["a", "needs_card_data"] })).toBe("It: needs card data");
    expect(told(9, { levels: ["a"] })).toBe("It: not known");
    expect(told(Number.NaN, { role: "since" })).toBe("It: never yet");
    expect(told(Number.NaN, { role: "flag" })).toBe("It: not known");
    expect(told(5400, { unit: "seconds" }, 7200)).toBe("It: 1.5 hours, usual 2.0 hours");
    expect(told(-0.2, { role: "until", unit: "days" })).toBe("It: 0 days");
  });

  it("say how often it was before, as far as the longest window tells", () => {
    const texts = [60, 30, 8, 5, 1].map((count) => {
      const words = [
        { role: "count", windowDays: 90, fall: "planned fewer routes" },
        { role: "since", windowDays: null },
      ].map(
        (of): FeatureWords => ({
          ...{ name: "f", family: "f", label: "It", unit: "", rise: "", fall: "" },
          ...(of as Pick<FeatureWords, "role" | "windowDays">),
        }),
      );
      const why = { chance: 0.3, typical: 0.1, parts: Float64Array.of(0.2, 0, 0, 0) };
      const row = Float64Array.of(count, 20.5);
      const [reason] = reasonsInWords(why, row, new Float64Array(2).fill(Number.NaN), words);
      return reason!.text.replace("planned fewer routes: none for 20 days, ", "");
    });
    expect(texts).toEqual([
      "used to almost daily",
      "used to several times a week",
      "used to weekly",
      "used to every other week",
      "and seldom before",
    ]);
  });
});

describe("the file", () => {
  it("says the same when it is read again, bit for bit", () => {
    const bytes = writeArtifact(artifact);
    const again = readArtifact(bytes);
    expect([...again.model.curves(x).incidence]).toEqual([...model.curves(x).incidence]);
    expect(Buffer.from(writeArtifact(again)).equals(Buffer.from(bytes))).toBe(true);
  });

  it("is refused when it is cut, changed or another's, with a sentence", () => {
    const bytes = writeArtifact(artifact);
    const text = new TextDecoder().decode(bytes);
    const broken = [
      bytes.subarray(0, 500),
      new Uint8Array(0),
      new TextEncoder().encode("{}"),
      new TextEncoder().encode(text.replace('"waymark-churn"', '"other"')),
      new TextEncoder().encode(text.replace("left_child=", "left_child=9999 ")),
    ];
    for (const of of broken) {
      expect(() => readArtifact(of)).toThrow(WaymarkError);
      expect(() => readArtifact(of)).toThrow(/the model's file cannot be read: .{10}/);
    }
  });
});

describe("a score", () => {
  it("is the same for one as among many, and has a value at risk", () => {
    const scorer = createChurnScorer(artifact, []);
    const all = [0, 1, 2, 3].map(rowAt);
    const many = scorer.scoreAll(
      all,
      all.map(() => snapshot),
      { hasReasons: false },
    );
    expect(scorer.score(rowAt(2), snapshot, { hasReasons: false })).toEqual(many[2]);
    const last = many[2]!.chances.at(-1)!;
    const monthly = monthlyPriceMinor(999, "month", 1);
    const value = valueAtRiskMinor(
      last.voluntary + last.involuntary,
      monthly,
      { interval: "month", days: 90 },
      artifact.tenure,
    );
    expect(many[2]!.valueAtRisk).toEqual({ minor: value, currency: "EUR" });
    expect(value).toBeGreaterThan(0);
  });

  it("falls back to tenure, and without any model to what is published, and says so", () => {
    const scorer = createChurnScorer(artifact, []);
    const old = { ...snapshot, paidSinceMs: msOfDays(0) };
    const [fresh, long] = [snapshot, old].map((of) => scorer.fallback(of, "no-features"));
    expect(fresh!.fallback).toBe("no-features");
    expect(riskOf(long!)).toBeLessThan(riskOf(fresh!));
    const prior = priorScore(snapshot, "no-model");
    expect(riskOf(prior)).toBeCloseTo(0.0395 + 0.0138, 2);
    expect(prior.valueAtRisk).toBeNull();
  });

  it("has no value at risk without a price", () => {
    const scorer = createChurnScorer(artifact, []);
    const free = { ...snapshot, membership: { ...snapshot.membership, priceMinor: null } };
    expect(scorer.score(rowAt(0), free).valueAtRisk).toBeNull();
  });
});

describe("the tenure baseline", () => {
  it("recovers Fader and Hardie's high-end cohort from spells of months", () => {
    const survivors = [1000, 869, 743, 653, 593, 551, 517, 491];
    const drawn: Spell[] = survivors.slice(1).flatMap((left, t) =>
      Array.from(
        { length: survivors[t]! - left },
        (): Spell => ({
          interval: "month",
          days: 30 * t + 10,
          cause: 1,
          watchedDays: 210,
        }),
      ),
    );
    const still: Spell[] = Array.from({ length: 491 }, () => ({
      interval: "month",
      days: 210,
      cause: 0,
      watchedDays: 210,
    }));
    const curve = fitTenureBaseline([...drawn, ...still]).curves.get("month")!;
    // The paper's table: α .668, β 3.806.
    expect(curve.alpha).toBeCloseTo(0.668, 3);
    expect(curve.beta).toBeCloseTo(3.806, 3);
  });
});

it("a hazard that is nowhere to be learned is refused by name", () => {
  const without = (...causes: number[]) =>
    treeRows({ ...rows, cause: rows.cause.map((c) => (causes.includes(c) ? 0 : c)) });
  const fit = { categorical: [], options: [shape, shape], seed: 1 };
  expect(() => fitTrees(without(1, 2), fit)).toThrow(/no voluntary end/);
  expect(() => fitTrees(without(2), fit)).toThrow(/no involuntary end/);
});
