/**
 * The churn model where its truth is known, over ten simulated worlds: calibration, Brier score against
 * baselines, AUC against an oracle that knows the hazards. And public tables, with and without columns
 * that know the answer.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CHURN_PROXIES, createChurnTask } from "../../src/jobs/churn-task.ts";
import { auc, kaplanMeier, survivalAt, survivalQuantile, takeRows } from "../../src/learn/index.ts";
import { readArtifact } from "../../src/lifecycle/churn/artifact.ts";
import { incidenceBy } from "../../src/lifecycle/churn/hazard.ts";
import { CAUSES } from "../../src/lifecycle/churn/period.ts";
import { runTraining } from "../../src/platform/train/run.ts";
import { SHARED } from "../../test/shared.ts";
import { measurePublic, PUBLIC_SETS, readPublic } from "../churn/public.ts";
import { type SimulatedChurn, simulatedChurn } from "../churn/simulated.ts";
import { type Cell, printOnly, report } from "../report.ts";

const OPTIONS = {
  members: { type: "string", default: "12000" },
  seeds: { type: "string", default: "10" },
  /** Futures of a member that the oracle walks. */
  paths: { type: "string", default: "8" },
  /** Two seeds; bench/results stays as it is. */
  quick: { type: "boolean" },
  /** Public tables alone; bench/results stays as it is. */
  public: { type: "boolean" },
} as const;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.quick || values.public) printOnly();
  if (!values.public) {
    const seeds = values.quick ? 2 : Number(values.seeds);
    await worlds(Number(values.members), seeds, Number(values.paths));
  }
  if (SHARED === undefined) console.log("public tables are skipped: ../shared/data is not here");
  else publicTables(join(SHARED, "data"));
}

async function worlds(members: number, seeds: number, paths: number): Promise<void> {
  const rows: Cell[][] = [];
  const slopes = CAUSES.map((): number[] => []);
  const gaps = CAUSES.map((): number[] => []);
  for (let seed = 1; seed <= seeds; seed++) {
    const world = simulatedChurn(seed, members, paths);
    const begin = performance.now();
    const result = runTraining(createChurnTask(world), {
      seed,
      code: "bench",
      proxies: CHURN_PROXIES,
    });
    const seconds = (performance.now() - begin) / 1000;
    const oracle = againstOracle(world, readArtifact(result.artifact).model);
    result.record.outcomes.forEach((outcome, c) => {
      const model = outcome.scores[0]!;
      const gain = (over: string): string => {
        const { value, lower, upper } = outcome.gains.find((of) => of.over === over)!.brier;
        return `${f4(value)} (${f4(lower)}…${f4(upper)})`;
      };
      if (model.slope) slopes[c]!.push(model.slope.value);
      const of = oracle[c];
      if (of) gaps[c]!.push(of.oracle - of.model);
      rows.push(
        [
          seed,
          outcome.name,
          outcome.rows,
          outcome.events,
          model.slope &&
            `${f2(model.slope.value)} (${f2(model.slope.lower)}–${f2(model.slope.upper)})`,
          model.ece,
          gain("constant"),
          gain("sBG"),
          gain("logistic"),
          model.auc?.value,
          of?.model,
          of?.oracle,
          seconds,
        ].map((cell) => cell ?? undefined),
      );
    });
  }
  for (const [c, cause] of CAUSES.entries()) {
    rows.push([
      "mean",
      cause,
      undefined,
      undefined,
      meanOf(slopes[c]!),
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      `oracle ahead by ${meanOf(gaps[c]!)}`,
      undefined,
    ]);
  }
  report({
    suite: "churn",
    title: `Simulated worlds of ${members} members over twelve months`,
    columns: [
      "seed",
      "cause",
      "rows",
      "events",
      "calibration slope",
      { name: "ECE", digits: 4 },
      "Brier below constant",
      "below sBG",
      "below logistic",
      { name: "AUC", digits: 3 },
      { name: "AUC beside the oracle", digits: 3 },
      { name: "oracle's AUC", digits: 3 },
      { name: "training, s", digits: 1 },
    ],
    rows,
    notes: [
      "Chances within 30 days of the gap, on the latest window, which nothing was fitted on; intervals at 95 % by member, censoring undone by weights. The training trains, searches, calibrates and measures.",
      `The oracle knows every hazard and the member's state, not the account's balance; it walks ${paths} futures of each member at four midnights, and both AUCs beside each other are of the members it was asked about. The rows marked "mean" give mean and standard error over the seeds.`,
    ],
  });
}

/** AUC of model and oracle on the rows at which the oracle was asked; undefined where only one label came. */
function againstOracle(
  world: SimulatedChurn,
  model: ReturnType<typeof readArtifact>["model"],
): readonly ({ readonly model: number; readonly oracle: number } | undefined)[] {
  const task = createChurnTask(world);
  const asked: number[] = [];
  const truth: (readonly [number, number])[] = [];
  const byMember = new Map(
    [...world.truth].map(([at, all]) => [
      at,
      new Map(all.map((of) => [world.memberOf.get(of.userId), of])),
    ]),
  );
  world.snapshots.forEach(({ atMs, memberId }, i) => {
    const of = byMember.get(atMs)?.get(memberId);
    if (of === undefined || !task.isLabelled(i)) return;
    asked.push(i);
    // Of those who are still there after the gap.
    const there = 1 - of.gapVoluntary - of.gapInvoluntary;
    truth.push([of.voluntary[1]! / there, of.involuntary[1]! / there]);
  });
  const rows = Int32Array.from(asked);
  const curves = model.curves(takeRows(world.data.x, rows));
  return task.outcomes(rows).map(({ y, weight }, c) => {
    const events = y.reduce((sum, label) => sum + label, 0);
    if (events === 0 || events === y.length) return undefined;
    const said = incidenceBy(curves, 30, c);
    const known = Float64Array.from(truth, (of) => of[c]!);
    return { model: auc(y, said, weight), oracle: auc(y, known, weight) };
  });
}

function publicTables(data: string): void {
  const rows: Cell[][] = [];
  for (const set of PUBLIC_SETS) {
    const table = readPublic(data, set);
    for (const without of set.leaking.length > 0 ? [[], set.leaking] : [[]]) {
      const { rows: n, logistic, trees, treesBrier, alarms } = measurePublic(table, set, without);
      const said = alarms.map(({ feature, kind }) => `${feature} (${kind})`).join(", ");
      rows.push([
        set.name,
        without.length > 0 ? `without ${without.join(", ")}` : "all",
        n,
        `${f3(logistic.value)} (${f3(logistic.lower)}–${f3(logistic.upper)})`,
        `${f3(trees.value)} (${f3(trees.lower)}–${f3(trees.upper)})`,
        treesBrier.value,
        set.others,
        said || "none",
      ]);
    }
  }
  report({
    suite: "churn",
    title: "Public tables",
    columns: [
      "set",
      "columns",
      "rows",
      "logistic, AUC",
      "trees, AUC",
      { name: "trees, Brier", digits: 4 },
      "scikit-learn, AUC",
      "alarms",
    ],
    rows,
    notes: [
      "Five stratified folds, predictions out of fold. The rows are a fixed share of seven in ten of each set; the figures of scikit-learn are of the whole sets.",
      "An alarm is a suspicion for a person to look at: a name that speaks of an end, or a gain that stands far above that of any other column.",
    ],
  });
  report({ suite: "churn", ...suspensions(data) });
}

/** How long suspensions of subscriptions last: the only public data near failed payments. */
function suspensions(data: string) {
  const file = join(data, "ml/subscription_events/Suspended.csv");
  const lines = readFileSync(file, "utf8").trim().split(/\r?\n/).slice(1);
  const time: number[] = [];
  const cause: number[] = [];
  const end = Date.UTC(2017, 11, 31);
  for (const line of lines) {
    const [, start, until] = line.split(",");
    const from = Date.parse(start!);
    const to = Date.parse(until!);
    if (Number.isNaN(from)) continue;
    const isOpen = Number.isNaN(to);
    time.push(((isOpen ? end : to) - from) / 86_400_000);
    cause.push(isOpen ? 0 : 1);
  }
  const curve = kaplanMeier({ time: Float64Array.from(time), cause });
  const median = survivalQuantile(curve, 0.5);
  const after = (days: number): string => f3(survivalAt(curve, days));
  return {
    title: "Suspensions of subscriptions",
    columns: [
      "spells",
      "open at the end",
      "median, days",
      "suspended after 15 days",
      "after 30 days",
    ],
    rows: [[time.length, cause.filter((c) => c === 0).length, median, after(15), after(30)]],
    notes: [
      "Kaplan–Meier; published beside the data: median 5 days, 13.8 % of closed spells last 30 days and longer.",
    ],
  };
}

function meanOf(values: readonly number[]): string {
  if (values.length < 2) return values.map(f3).join("");
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return `${f3(mean)} ± ${f3(Math.sqrt(squares / (values.length - 1) / values.length))}`;
}

const f2 = (value: number): string => value.toFixed(2);
const f3 = (value: number): string => value.toFixed(3);
const f4 = (value: number): string => value.toFixed(4);
