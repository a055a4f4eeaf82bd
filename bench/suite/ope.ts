/** Off-policy evaluation beside the Open Bandit Pipeline: its published tables, real logs, speed. */
import { parseArgs } from "node:util";
import { createRng } from "../../src/base/rng.ts";
import {
  type BanditLog,
  type Estimator,
  gate,
  intervalOf,
  policyValue,
  termsOf,
  tuneEstimator,
} from "../../src/learn/ope/index.ts";
import {
  NAMES,
  SYNTHETIC_PUBLISHED,
  type SyntheticRun,
  syntheticRun,
} from "../../src/learn/ope/synthetic-run.fixture.ts";
import { SHARED, shared } from "../../test/shared.ts";
import { readOpenBandit } from "../ope/open-bandit.ts";
import { type Python, python } from "../peer/python.ts";
import { type Cell, printOnly, report } from "../report.ts";

const OPTIONS = {
  /** A log of one's own in the form of the Open Bandit Dataset; bench/results stays as it is. */
  data: { type: "string" },
  /** Fewer runs; bench/results stays as it is. */
  quick: { type: "boolean" },
} as const;

type Values = SyntheticRun["value"];

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.quick || values.data) printOnly();
  if (values.data) {
    await realLogs([values.data], false);
    return;
  }
  const peer = python(["obp", "scikit-learn"]);
  synthetic(values.quick ? 2 : 20, peer);
  if (peer) digits(values.quick ? 2 : 30, peer);
  if (SHARED === undefined) console.log("the Open Bandit sample left out: ../shared is missing");
  else
    await realLogs(
      ["bts", "random"].map((p) => shared("data", "ml", "bandit", `obd_${p}_men.csv.gz`)),
      true,
    );
  speed(values.quick ? 20_000 : 200_000, peer);
}

function synthetic(seeds: number, peer: Python | undefined): void {
  const begun = performance.now();
  const ours = Array.from({ length: seeds }, (_, seed) => syntheticRun(seed));
  const seconds = (performance.now() - begun) / 1000;
  const theirs = peer?.run("ope.py", { seeds }) as SyntheticRun[] | undefined;
  report({
    suite: "ope",
    title: `obp's synthetic example: error of an estimate by the true value, ${seeds} seeds`,
    columns: ["estimator", "ours", "obp here", "obp's README", "largest difference of values"],
    rows: NAMES.map((name): Cell[] => [
      name,
      errors(ours, name),
      theirs && errors(theirs, name),
      SYNTHETIC_PUBLISHED[name].map((x) => x.toFixed(4)).join(" ± "),
      theirs && difference(ours, theirs, name),
    ]),
    notes: [
      "10,000 rounds, 30 actions, 5 features, β = −3; mean ± deviation over seeds. World, policy and reward model are made by each side for itself from numpy's seeds; README: 20 seeds.",
      `${peer ? `Beside ${peer.versions}, which stops its logistic regression at a gradient of 1e-4.` : "obp was not installed."} Ours took ${seconds.toFixed(1)} s, models and all.`,
    ],
  });
}

interface DigitsRun extends SyntheticRun {
  readonly action: readonly number[];
  readonly reward: readonly number[];
  readonly propensity: readonly number[];
  readonly policy: readonly number[];
  readonly model: readonly number[];
}

/** obp's README, examples/multiclass: mean and deviation of the relative error over 30 runs. */
const DIGITS_PUBLISHED: Readonly<Record<keyof Values, string>> = {
  dm: "0.4365 ± 0.0176",
  ips: "0.0303 ± 0.0245",
  snips: "0.0228 ± 0.0179",
  dr: "0.0162 ± 0.0127",
  sndr: "0.0221 ± 0.0169",
  "switch-dr": "0.0347 ± 0.0186",
  "dr-os": "0.0159 ± 0.0125",
};

function digits(runs: number, peer: Python): void {
  const theirs = peer.run("ope.py", { digits: runs }) as DigitsRun[];
  const ours = theirs.map((run): SyntheticRun => {
    const log: BanditLog = {
      actions: 10,
      action: Int32Array.from(run.action),
      reward: Float64Array.from(run.reward),
      propensity: Float64Array.from(run.propensity),
    };
    const [policy, model] = [Float64Array.from(run.policy), Float64Array.from(run.model)];
    return { truth: run.truth, value: estimates(log, policy, model) };
  });
  report({
    suite: "ope",
    title: `obp's digits example: error of an estimate by the true value, ${runs} runs`,
    columns: ["estimator", "ours", "obp here", "obp's README", "largest difference of values"],
    rows: NAMES.map((name): Cell[] => [
      name,
      errors(ours, name),
      errors(theirs, name),
      DIGITS_PUBLISHED[name],
      difference(ours, theirs, name),
    ]),
    notes: [
      "Logs, policies and reward models by scikit-learn as the example has them; ours are estimates on the same arrays. README: an older scikit-learn, whose forests differ.",
    ],
  });
}

function estimates(log: BanditLog, policy: Float64Array, model: Float64Array): Values {
  const value = (name: keyof Values): number => {
    const estimator: Estimator =
      name === "switch-dr" || name === "dr-os"
        ? tuneEstimator(log, policy, name, { model, delta: 0.05 })
        : { kind: name };
    return policyValue(termsOf(log, policy, estimator, model));
  };
  return Object.fromEntries(NAMES.map((name) => [name, value(name)])) as Values;
}

function errors(runs: readonly SyntheticRun[], name: keyof Values): string {
  const error = runs.map(({ truth, value }) => Math.abs(value[name] - truth) / truth);
  const mean = error.reduce((sum, e) => sum + e / error.length, 0);
  const squares = error.reduce((sum, e) => sum + (e - mean) ** 2, 0);
  return `${mean.toFixed(4)} ± ${Math.sqrt(squares / (error.length - 1)).toFixed(4)}`;
}

function difference(
  ours: readonly SyntheticRun[],
  theirs: readonly SyntheticRun[],
  name: keyof Values,
): string {
  const most = ours.reduce(
    (most, run, i) => Math.max(most, Math.abs(run.value[name] - theirs[i]!.value[name])),
    0,
  );
  return most.toExponential(0);
}

/** @param isPublished whether they are the two logs of the same days */
async function realLogs(files: readonly string[], isPublished: boolean): Promise<void> {
  const logs = await Promise.all(files.map(readOpenBandit));
  const rows = files.map((file, k): Cell[] => {
    const log = logs[k]!;
    const rounds = log.action.length;
    const uniform = new Float64Array(rounds * log.actions).fill(1 / log.actions);
    const { verdict, candidate, incumbent, overlap } = gate(log, uniform, { seed: 1 });
    const percent = (x: number): string => `${(100 * x).toFixed(2)} %`;
    return [
      file.replace(/^.*\//, "").replace(/\.[a-z.]+$/, ""),
      rounds,
      percent(incumbent.value),
      percent(policyValue(termsOf(log, uniform, { kind: "ips" }))),
      `${percent(candidate.value)}, ${percent(candidate.lower)} – ${percent(candidate.upper)}`,
      Math.round(overlap.effectiveSize),
      verdict,
    ];
  });
  report({
    suite: "ope",
    title: "Would uniform choice do better? Logs of the Open Bandit Dataset",
    columns: ["log", "rounds", "its clicks", "IPS", "SNIPS, 95 %", "effective rounds", "verdict"],
    rows,
    notes: [
      ...(isPublished
        ? [
            "bts is Thompson sampling, random is uniform itself, whose clicks (.46 %) are the truth of both rows.",
          ]
        : []),
      "The gate asks for 1,000 effective rounds before it believes any estimate.",
    ],
  });
}

function speed(rounds: number, peer: Python | undefined): void {
  const actions = 10;
  const replicates = 100;
  const { log, policy, model } = randomLog(rounds, actions);
  const theirs = peer?.run("ope.py", { rounds, actions, replicates }) as
    | Record<string, number>
    | undefined;
  const dr = termsOf(log, policy, { kind: "dr" }, model);
  const own: Record<string, () => number> = {
    "seven estimates, two of them tuned": () => estimates(log, policy, model).dr,
    "interval of DR": () => intervalOf(dr, { replicates, seed: 1 }).lower,
  };
  let checksum = 0;
  const rows = Object.entries(own).map(([name, work]): Cell[] => {
    let ms = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const begun = performance.now();
      checksum += work();
      ms = Math.min(ms, performance.now() - begun);
    }
    const other = theirs && 1000 * theirs[name]!;
    return [name, ms, other, other && other / ms];
  });
  report({
    suite: "ope",
    title: `Estimates on ${rounds} rounds of ${actions} actions`,
    columns: ["", "ms", "obp, ms", "times as fast"],
    rows,
    notes: [
      `The best of three (obp's interval: one) on one thread; ${replicates} bootstrap draws. Random logs of the same shape on either side; checksum ${checksum.toFixed(3)}.`,
    ],
  });
}

function randomLog(rounds: number, actions: number) {
  const rng = createRng(1);
  const rows = (): Float64Array => {
    const p = new Float64Array(rounds * actions).map(() => -Math.log(1 - rng()));
    for (let from = 0; from < p.length; from += actions) {
      let sum = 0;
      for (let at = from; at < from + actions; at++) sum += p[at]!;
      for (let at = from; at < from + actions; at++) p[at]! /= sum;
    }
    return p;
  };
  const logging = rows();
  const action = new Int32Array(rounds);
  for (let i = 0; i < rounds; i++) {
    let u = rng();
    while (action[i]! < actions - 1 && u >= logging[i * actions + action[i]!]!) {
      u -= logging[i * actions + action[i]!]!;
      action[i]! += 1;
    }
  }
  const log: BanditLog = {
    actions,
    action,
    reward: new Float64Array(rounds).map(() => (rng() < 0.3 ? 1 : 0)),
    propensity: Float64Array.from(action, (a, i) => logging[i * actions + a]!),
  };
  return { log, policy: rows(), model: new Float64Array(rounds * actions).map(() => rng()) };
}
