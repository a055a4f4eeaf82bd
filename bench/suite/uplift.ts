/** Uplift beside scikit-uplift: a real trial, worlds with known effects, and the speed of metrics. */
import { parseArgs } from "node:util";
import { createRng } from "../../src/base/rng.ts";
import { logistic, ridge } from "../../src/learn/linear/index.ts";
import { treeLearner } from "../../src/learn/tree/index.ts";
import {
  againstControl,
  HILLSTROM_KINDS,
  halves,
  hillstromRows,
  readIhdp,
} from "../../src/learn/uplift/hillstrom.fixture.ts";
import type { UpliftRows } from "../../src/learn/uplift/index.ts";
import {
  auucScore,
  drLearner,
  qiniScore,
  randomReference,
  rLearner,
  sLearner,
  tLearner,
  type UpliftLearner,
  upliftAtK,
  xLearner,
} from "../../src/learn/uplift/index.ts";
import {
  LASSO_LEARNERS,
  medianPehe,
  PEHE_PUBLISHED,
  SETUPS,
} from "../../src/learn/uplift/nie-wager.fixture.ts";
import { tableFromFile } from "../../src/platform/table/table-from-file.ts";
import { SHARED, shared } from "../../test/shared.ts";
import { type Python, python } from "../peer/python.ts";
import { type Cell, printOnly, report } from "../report.ts";

const OPTIONS = {
  /** A trial of one's own with the columns of Hillstrom's, as CSV, Parquet or Arrow; bench/results stays as it is. */
  data: { type: "string" },
  /** Fewer splits and draws; bench/results stays as it is. */
  quick: { type: "boolean" },
} as const;

const outcome = logistic({ errors: "none" });
const line = ridge({ errors: "none" });
const trees = { iterations: 100, learningRate: 0.05, leaves: 8 } as const;
const classTrees = treeLearner({ ...trees, objective: "binary" });
const effectTrees = treeLearner({ ...trees, iterations: 50, minDataInLeaf: 200 });
const even = { known: Float64Array.of(0.5, 0.5) };

const MODELS: Readonly<Record<string, UpliftLearner>> = {
  "T, logistic": tLearner(outcome),
  "S crossed, logistic": sLearner(outcome, { interactions: true }),
  "X, logistic and ridge": xLearner({ outcome, effect: line, propensity: even }),
  "DR, logistic and ridge": drLearner({ outcome, effect: line, propensity: even }),
  "R, logistic and ridge": rLearner({ outcome, effect: line, propensity: even }),
  "T, trees": tLearner(classTrees),
  "S, trees": sLearner(classTrees),
  "X, trees": xLearner({ outcome: classTrees, effect: effectTrees, propensity: even }),
  "DR, trees": drLearner({ outcome: classTrees, effect: effectTrees, propensity: even }),
};

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.quick || values.data) printOnly();
  const peer = python(["scikit-uplift", "scikit-learn"]);
  const splits = values.quick ? 2 : 8;
  if (values.data) {
    await trial(values.data, splits, peer);
    return;
  }
  if (SHARED === undefined) {
    console.log("Hillstrom's trial and IHDP left out: ../shared is missing");
  } else {
    await trial(shared("data", "ml", "uplift", "hillstrom.share.csv.gz"), splits, peer);
    ihdp();
  }
  worlds(values.quick ? 4 : 40);
  speed(values.quick ? 100_000 : 1_000_000, peer);
}

type Metrics = readonly [qini: number, auuc: number, atK: number];

interface Found {
  readonly metrics: Metrics[];
  seconds: number;
}

async function trial(file: string, splits: number, peer: Python | undefined): Promise<void> {
  const table = await tableFromFile(file, { kinds: HILLSTROM_KINDS });
  const rows = againstControl(hillstromRows(table), 1);
  const found = new Map<string, Found>();
  const sent: object[] = [];
  const ofTLogistic: Metrics[] = [];
  let chance: Metrics = [0, 0, 0];
  for (let seed = 0; seed < splits; seed++) {
    const { train, test } = halves(rows, 0.3, seed);
    const measured = (score: Float64Array): Metrics => {
      const trial = { y: test.y, treated: test.arm };
      return [qiniScore(trial, score), auucScore(trial, score), upliftAtK(trial, score)];
    };
    const keep = (name: string, score: Float64Array, seconds: number): void => {
      const of = found.get(name) ?? { metrics: [], seconds: 0 };
      of.metrics.push(measured(score));
      of.seconds += seconds;
      found.set(name, of);
    };
    let shown: Float64Array | undefined;
    for (const [name, learner] of Object.entries(MODELS)) {
      const begun = performance.now();
      const score = learner.fit(train, { seed }).effect(test.x);
      keep(name, score, (performance.now() - begun) / 1000);
      shown ??= score;
    }
    const begun = performance.now();
    const response = outcome.fit(train.x, train.y).predict(test.x);
    keep("response alone", response, (performance.now() - begun) / 1000);
    ofTLogistic.push(measured(shown!));
    sent.push({ train: part(train), test: part(test), score: [...shown!] });
    if (seed === 0) {
      const of = (k: 0 | 1 | 2): number =>
        randomReference((score) => measured(score)[k], test.y.length, { draws: 30 }).value;
      chance = [of(0), of(1), of(2)];
    }
  }
  const theirs = peer?.run("uplift.py", { splits: sent }) as
    | { models: Record<string, Found>; agreement: Metrics[] }
    | undefined;
  for (const [name, of] of Object.entries(theirs?.models ?? {})) {
    found.set(`scikit-uplift ${name}`, of);
  }
  const sorted = [...found].sort((a, b) => mean(b[1], 0) - mean(a[1], 0));
  report({
    suite: "uplift",
    title: `Womens' mail against none, visits: ${rows.y.length} customers, ${splits} splits of 70/30`,
    columns: ["model", "Qini", "AUUC", "uplift at 30 %", { name: "fit + predict, s", digits: 2 }],
    rows: [
      ...sorted.map(([name, of]): Cell[] => [
        name,
        `${mean(of, 0).toFixed(4)} ± ${deviation(of).toFixed(4)}`,
        mean(of, 1).toFixed(4),
        mean(of, 2).toFixed(4),
        of.seconds / splits,
      ]),
      ["chance, 30 random orders", ...chance.map((value) => value.toFixed(4)), undefined],
    ],
    notes: [
      "Hillstrom's trial; mean ± deviation over stratified splits, the same for all. Trees everywhere are 100 of 8 leaves at rate .05, nothing was tuned. Areas as scikit-uplift normalises them.",
      theirs
        ? `Beside ${peer!.versions}. Its metrics and ours on the same scores differ by at most ${agreement(ofTLogistic, theirs.agreement)}.`
        : "scikit-uplift was not installed.",
    ],
  });
}

function part({ x, y, arm }: UpliftRows): object {
  const rows = Array.from({ length: x.rows }, (_, i) => [
    ...x.values.subarray(i * x.columns, (i + 1) * x.columns),
  ]);
  return { x: rows, y: [...y], treated: [...arm] };
}

function mean({ metrics }: Found, k: 0 | 1 | 2): number {
  return metrics.reduce((sum, m) => sum + m[k] / metrics.length, 0);
}

function deviation(found: Found): number {
  const centre = mean(found, 0);
  const squares = found.metrics.reduce((sum, m) => sum + (m[0] - centre) ** 2, 0);
  return Math.sqrt(squares / (found.metrics.length - 1));
}

function agreement(ours: readonly Metrics[], theirs: readonly Metrics[]): string {
  let most = 0;
  ours.forEach((of, i) => {
    of.forEach((value, k) => {
      most = Math.max(most, Math.abs(value - theirs[i]![k]!));
    });
  });
  return most.toExponential(0);
}

function ihdp(): void {
  const estimated = { learner: outcome };
  const shallow = treeLearner({ iterations: 100, learningRate: 0.1, leaves: 8, minDataInLeaf: 10 });
  const learners: Readonly<Record<string, UpliftLearner>> = {
    "S, ridge": sLearner(line),
    "T, ridge": tLearner(line),
    "X, ridge": xLearner({ outcome: line, effect: line, propensity: estimated }),
    "DR, ridge": drLearner({ outcome: line, effect: line, propensity: estimated }),
    "S, trees": sLearner(shallow),
    "T, trees": tLearner(shallow),
    "X, trees": xLearner({ outcome: shallow, effect: shallow, propensity: estimated }),
  };
  const replicates = [1, 2, 3, 4, 5];
  const sets = replicates.map((k) =>
    readIhdp(shared("data", "ml", "uplift", `ihdp_npci_${k}.csv`)),
  );
  report({
    suite: "uplift",
    title: "IHDP: root mean squared error of the effect, by replicate",
    columns: ["model", ...replicates.map(String), "mean error of the average effect"],
    rows: Object.entries(learners).map(([name, learner]): Cell[] => {
      let ofMean = 0;
      const cells = sets.map(({ rows, effect }) => {
        const found = learner.fit(rows).effect(rows.x);
        let squares = 0;
        let off = 0;
        for (let i = 0; i < effect.length; i++) {
          squares += (found[i]! - effect[i]!) ** 2 / effect.length;
          off += (found[i]! - effect[i]!) / effect.length;
        }
        ofMean += Math.abs(off) / sets.length;
        return Math.sqrt(squares);
      });
      return [name, ...cells, ofMean];
    }),
    notes: [
      "747 children, 139 treated, 25 columns; fitted and measured on all rows of a replicate.",
    ],
  });
}

function worlds(draws: number): void {
  const found = SETUPS.map((setup) => medianPehe(setup, LASSO_LEARNERS, draws, 2));
  report({
    suite: "uplift",
    title: `Nie & Wager's worlds, learners over the lasso: median squared error of the effect`,
    columns: ["learner", ...SETUPS.flatMap((setup) => [setup, `${setup}, published`])],
    rows: Object.keys(LASSO_LEARNERS).map((name): Cell[] => [
      name,
      ...SETUPS.flatMap((setup, k) => [found[k]![name], PEHE_PUBLISHED[name]![setup]]),
    ]),
    notes: [
      `n 100 and 500, p 6 and 12, σ ½ to 4, ${draws} draws of each; published: causalml 0.14's notebook with 100. Its noise and ours are a few percent; that of R in C, which is the propensity's, more.`,
    ],
  });
}

function speed(rows: number, peer: Python | undefined): void {
  const rng = createRng(1);
  const treated = new Uint8Array(rows).map(() => (rng() < 0.5 ? 1 : 0));
  const score = new Float64Array(rows).map(() => rng());
  const y = score.map((s, i) => (rng() < 0.1 + 0.2 * treated[i]! * s ? 1 : 0));
  const theirs = peer?.run("uplift.py", { rows }) as Record<string, number> | undefined;
  const own: Record<string, () => number> = {
    Qini: () => qiniScore({ y, treated }, score),
    AUUC: () => auucScore({ y, treated }, score),
    "uplift at 30 %": () => upliftAtK({ y, treated }, score),
  };
  report({
    suite: "uplift",
    title: `Metrics of ${rows} rows`,
    columns: ["", "value", "ms", "scikit-uplift, ms", "times as fast"],
    rows: Object.entries(own).map(([name, work]): Cell[] => {
      let ms = Number.POSITIVE_INFINITY;
      let value = 0;
      for (let round = 0; round < 3; round++) {
        const begun = performance.now();
        value = work();
        ms = Math.min(ms, performance.now() - begun);
      }
      const other = theirs && 1000 * theirs[name]!;
      return [name, value, ms, other, other && other / ms];
    }),
    notes: ["The best of three on one thread, data in memory; random trials of the same shape."],
  });
}
