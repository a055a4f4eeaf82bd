/**
 * The churn model where its truth is known, over ten simulated worlds: calibration, Brier score against
 * baselines, AUC against an oracle that knows the hazards. And public tables, with and without columns
 * that know the answer.
 */

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { deserialize } from "node:v8";
import { kaplanMeier, survivalAt, survivalQuantile } from "../../src/learn/index.ts";
import { CAUSES } from "../../src/lifecycle/churn/period.ts";
import { startThreads } from "../../src/platform/job/thread-team.ts";
import type { OutcomeRecord } from "../../src/schema/model.ts";
import { SHARED } from "../../test/shared.ts";
import { type AskedMoments, informedAucs } from "../churn/informed.ts";
import type { WorldOrder, WorldResult } from "../churn/one-world.ts";
import { measurePublic, PUBLIC_SETS, readPublic } from "../churn/public.ts";
import { type Cell, printOnly, report } from "../report.ts";

const OPTIONS = {
  members: { type: "string", default: "30000" },
  seeds: { type: "string", default: "10" },
  /** Members at a midnight of whom the oracle is asked, in each world. */
  moments: { type: "string", default: "8000" },
  /** Futures of a member that it walks: with 8 its own noise costs it .01 of AUC. */
  paths: { type: "string", default: "48" },
  /** Trained on so many members of each world, too. */
  sizes: { type: "string", default: "2000,6000" },
  /** Worlds at a time, each in a process of its own. */
  "at-once": { type: "string", default: "2" },
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
    const members = Number(values.members);
    const sizes = values.sizes
      .split(",")
      .map(Number)
      .filter((size) => size > 0 && size < members);
    const [moments, paths] = [Number(values.moments), Number(values.paths)];
    await worlds({ members, sizes, moments, paths }, seeds, Number(values["at-once"]));
  }
  if (SHARED === undefined) console.log("public tables are skipped: ../shared/data is not here");
  else publicTables(join(SHARED, "data"));
}

async function worlds(
  order: Omit<WorldOrder, "seed" | "askedFile">,
  seeds: number,
  atOnce: number,
): Promise<void> {
  const results: WorldResult[] = [];
  const folder = mkdtempSync(join(tmpdir(), "waymark-churn-"));
  const askedFile = (seed: number): string => join(folder, `${seed}.bin`);
  const begin = performance.now();
  let next = 1;
  const work = async (): Promise<void> => {
    while (next <= seeds) {
      const seed = next++;
      const result = await oneWorld({ ...order, seed, askedFile: askedFile(seed) });
      results.push(result);
      const ahead = result.oracle.map((of, c) => (of ?? 0) - (result.trained.at(-1)!.auc[c] ?? 0));
      const minutes = (performance.now() - begin) / 60_000;
      console.log(
        `world ${seed}: simulated in ${f1(result.simulateS)} s of the processor, trained in ${f1(result.trained.at(-1)!.seconds)} s; oracle ahead by ${ahead.map(f3).join(" and ")}; ${results.length} of ${seeds} after ${f1(minutes)} min`,
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, seeds) }, work));
  results.sort((a, b) => a.seed - b.seed);
  reportWorlds(results, order);
  const asked = results.map(
    ({ seed }) => deserialize(readFileSync(askedFile(seed))) as AskedMoments,
  );
  rmSync(folder, { recursive: true });
  const threads = startThreads(availableParallelism());
  try {
    reportNearness(results, informedAucs(asked, threads), order);
  } finally {
    await threads.close();
  }
  reportSizes(results);
}

const runFile = promisify(execFile);

async function oneWorld(order: WorldOrder): Promise<WorldResult> {
  const { stdout } = await runFile(
    process.execPath,
    // Some 100 kB a member of states, rows and trees' bins.
    [
      "--max-old-space-size=7000",
      join(import.meta.dirname, "../churn/one-world.ts"),
      JSON.stringify(order),
    ],
    { maxBuffer: 1 << 28 },
  );
  return JSON.parse(stdout) as WorldResult;
}

function reportWorlds(
  results: readonly WorldResult[],
  { members, moments, paths }: Omit<WorldOrder, "seed" | "askedFile">,
): void {
  const gain = (outcome: OutcomeRecord, over: string): string => {
    const { value, lower, upper } = outcome.gains.find((of) => of.over === over)!.brier;
    return `${f4(value)} (${f4(lower)}…${f4(upper)})`;
  };
  const rows = results.flatMap((result) =>
    result.outcomes.map((outcome, c): Cell[] => {
      const { slope, ece, auc } = outcome.scores[0]!;
      return [
        result.seed,
        outcome.name,
        outcome.rows,
        outcome.events,
        slope ? `${f2(slope.value)} (${f2(slope.lower)}–${f2(slope.upper)})` : undefined,
        ece,
        gain(outcome, "constant"),
        gain(outcome, "sBG"),
        gain(outcome, "logistic"),
        auc?.value,
        result.trained.at(-1)!.auc[c] ?? undefined,
        result.oracle[c] ?? undefined,
      ];
    }),
  );
  for (const [c, cause] of CAUSES.entries()) {
    const of = results.map(({ outcomes }) => outcomes[c]!);
    const gains = (over: string): string =>
      meanOf(
        of.map((outcome) => outcome.gains.find((gain) => gain.over === over)!.brier.value),
        f4,
      );
    rows.push([
      "mean",
      cause,
      undefined,
      undefined,
      meanOf(of.flatMap(({ scores }) => scores[0]!.slope?.value ?? [])),
      meanOf(
        of.map(({ scores }) => scores[0]!.ece),
        f4,
      ),
      gains("constant"),
      gains("sBG"),
      gains("logistic"),
      meanOf(of.flatMap(({ scores }) => scores[0]!.auc?.value ?? [])),
      undefined,
      `ahead by ${meanOf(gapsOf(results, c, -1))}`,
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
    ],
    rows,
    notes: [
      "Chances within 30 days of the gap, on the latest window, which nothing was fitted on; intervals at 95 % by member, censoring undone by weights.",
      `The oracle knows the process and each member's state (habits, moods, changes of life, paydays, the instrument, tries to come), not the account's balance and not what will be drawn; it walks ${paths} futures of some ${moments} members at four midnights, and both AUCs beside each other are of those. The rows marked "mean" give mean and standard error over the seeds.`,
    ],
  });
}

/** The model beside both oracles, on the same members. */
function reportNearness(
  results: readonly WorldResult[],
  informed: readonly (readonly (number | null)[])[],
  { members, moments }: Pick<WorldOrder, "members" | "moments">,
): void {
  const rows = CAUSES.map((cause, c): Cell[] => {
    const both = results.flatMap(({ oracle, trained }, w) => {
      const [knows, sees, model] = [oracle[c], informed[w]![c], trained.at(-1)!.auc[c]];
      return knows == null || sees == null || model == null ? [] : [{ knows, sees, model }];
    });
    return [
      cause,
      meanOf(both.map(({ knows }) => knows)),
      meanOf(both.map(({ sees }) => sees)),
      meanOf(both.map(({ model }) => model)),
      meanOf(both.map(({ knows, sees }) => knows - sees)),
      meanOf(both.map(({ sees, model }) => sees - model)),
      meanOf(both.map(({ knows, model }) => knows - model)),
    ];
  });
  report({
    suite: "churn",
    title: `AUC beside two oracles, trained on ${members} members`,
    columns: [
      "cause",
      "who knows all",
      "who knows what the features show",
      "the model",
      "no event shows",
      "what the model could learn yet",
      "behind who knows all",
    ],
    rows,
    notes: [
      `Mean and standard error over the seeds, of some ${moments} members each. Who knows all is the oracle of the table above. Who knows what the features show is taught the oracle's own chances on the members of the other worlds, and sees no more than the model does: what lies between the two is in moods and plans that have not shown yet, and no model can know it.`,
    ],
  });
}

/** What more members are worth, and what the oracle's chances came to. */
function reportSizes(results: readonly WorldResult[]): void {
  const sizes = results[0]!.trained.map(({ members }) => members);
  const share = (c: number): string =>
    meanOf(
      results.map(({ oracleSaid, came }) => oracleSaid[c]! / came[c]!),
      f2,
    );
  report({
    suite: "churn",
    title: "Trained on fewer members, asked about the same ones",
    columns: [
      "members",
      "snapshots",
      "oracle ahead, voluntary",
      "oracle ahead, involuntary",
      { name: "training, s of the processor", digits: 1 },
    ],
    rows: sizes.map((members, k) => [
      members,
      Math.round(average(results.map(({ trained }) => trained[k]!.rows))),
      meanOf(gapsOf(results, 0, k)),
      meanOf(gapsOf(results, 1, k)),
      average(results.map(({ trained }) => trained[k]!.seconds)),
    ]),
    notes: [
      "AUC of the oracle less that of a model trained on so many members of each world, mean and standard error over the seeds. The training searches, fits, calibrates, fits again and measures.",
      `The oracle's chances for each end that came: voluntary ${share(0)}, involuntary ${share(1)}.`,
    ],
  });
}

/** @param size index into what was trained, −1 for all members */
function gapsOf(results: readonly WorldResult[], cause: number, size: number): readonly number[] {
  return results.flatMap(({ oracle, trained }) => {
    const [best, reached] = [oracle[cause], trained.at(size)!.auc[cause]];
    return best == null || reached == null ? [] : [best - reached];
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
        without.length > 0 ? set.othersWithout : set.others,
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

function average(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

/** Mean and its standard error. */
function meanOf(values: readonly number[], as: (value: number) => string = f3): string {
  if (values.length < 2) return values.map(as).join("");
  const mean = average(values);
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return `${as(mean)} ± ${as(Math.sqrt(squares / (values.length - 1) / values.length))}`;
}

const f1 = (value: number): string => value.toFixed(1);
const f2 = (value: number): string => value.toFixed(2);
const f3 = (value: number): string => value.toFixed(3);
const f4 = (value: number): string => value.toFixed(4);
