/** Survival models beside lifelines and scikit-survival: predictions out of fold, and estimates of many rows. */
import { parseArgs } from "node:util";
import { createRng, normal } from "../../src/base/rng.ts";
import type { Estimate } from "../../src/learn/metric/estimate.ts";
import {
  aalenJohansen,
  harrellConcordance,
  integratedBrier,
  ipcwBrier,
  kaplanMeier,
  survivalAt,
  timeDependentAuc,
  unoConcordance,
} from "../../src/learn/survival/index.ts";
import { type Python, python } from "../peer/python.ts";
import { type Cell, printOnly, report } from "../report.ts";
import { type Cohort, cohortFromFile, ownCohorts } from "../survival/cohort.ts";
import { gridOf, outOfFold } from "../survival/out-of-fold.ts";

const OPTIONS = {
  /** A CSV, Parquet or Arrow file of one's own instead of the cohorts; bench/results stays as it is. */
  data: { type: "string" },
  time: { type: "string", default: "time" },
  event: { type: "string", default: "event" },
  /** A tenth of the rows for the speeds; bench/results stays as it is. */
  quick: { type: "boolean" },
} as const;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.quick || values.data) printOnly();
  const peers = python(["lifelines", "scikit-survival"]);
  const cohorts = values.data
    ? [await cohortFromFile(values.data, values.time, values.event)]
    : await ownCohorts();
  for (const cohort of cohorts) compare(cohort, peers);
  if (!values.data) speeds(values.quick ? 5000 : 50_000, peers);
}

function compare(cohort: Cohort, peers: Python | undefined): void {
  const grid = gridOf(cohort);
  const horizons = [0.2, 0.4, 0.6, 0.8, 1].map((share) =>
    Math.max(0, Math.round(share * grid.length) - 1),
  );
  const times = { time: cohort.time, cause: cohort.event };
  const at = horizons.map((k) => grid[k]!);
  const middle = at[2]!;
  const rows = outOfFold(cohort, grid, horizons, peers).map(
    ({ model, incidence, seconds }): Cell[] => {
      const column = (k: number) =>
        Float64Array.from(cohort.time, (_, i) => incidence[i * at.length + k]!);
      return [
        model,
        shown(integratedBrier(times, incidence, at)),
        shown(timeDependentAuc(times, column(2), middle)),
        shown(unoConcordance(times, column(4), { horizon: at[4]! })),
        seconds,
      ];
    },
  );
  const events = cohort.event.reduce((sum, e) => sum + e, 0);
  report({
    suite: "survival",
    title: `${cohort.name}: ${cohort.time.length} members, ${events} events, out of fold`,
    columns: [
      "model",
      "integrated Brier",
      `AUC by ${Number(middle.toPrecision(3))}`,
      "Uno's concordance",
      { name: "fit + predict, s", digits: 2 },
    ],
    rows,
    notes: [
      "Five folds, the same for all; every score by src/learn/survival, ± its standard error. Lower is better for Brier, higher for the others. Kaplan–Meier says one number a fold, so how it ranks means nothing.",
      peers
        ? `Beside ${peers.versions}, one thread each: Cox with penalizer .01, a forest of 200 trees with 15 members in a leaf; nothing was tuned on these data.`
        : "Its peers were not installed.",
    ],
  });
}

function shown({ value, standardError }: Estimate): string {
  return `${value.toFixed(4)} ± ${standardError.toFixed(4)}`;
}

function speeds(members: number, peers: Python | undefined): void {
  const rng = createRng(5);
  const risk = Float64Array.from({ length: members }, () => normal(rng));
  const censored = Float64Array.from({ length: members }, () => 40 * rng());
  const drawn = risk.map((r) => -12 * Math.exp(-0.6 * r) * Math.log(1 - rng()));
  const time = drawn.map((t, i) => Math.min(t, censored[i]!));
  const event = drawn.map((t, i) => (t <= censored[i]! ? 1 : 0));
  const cause = event.map((e) => (e === 1 && rng() < 0.3 ? 2 : e));
  const horizon = 15;
  const incidence = risk.map((r) => 1 - Math.exp((-horizon * Math.exp(0.6 * r)) / 12));
  const times = { time, cause: event };
  const own: Record<string, () => number> = {
    "Kaplan–Meier": () => survivalAt(kaplanMeier(times), horizon),
    "Aalen–Johansen": () => {
      const curve = aalenJohansen({ time, cause }).causes[0]!;
      return curve.incidence[curve.time.findLastIndex((t) => t <= horizon)]!;
    },
    "Harrell's concordance": () => harrellConcordance(times, risk).value,
    "Uno's concordance": () => unoConcordance(times, risk, { horizon }).value,
    "IPCW Brier score": () => ipcwBrier(times, incidence, horizon).value,
    "time-dependent AUC": () => timeDependentAuc(times, risk, horizon).value,
  };
  const theirs = peers?.run("survival.py", {
    time: [...time],
    cause: [...cause],
    risk: [...risk],
    incidence: [...incidence],
    horizon,
  }) as Record<string, readonly [number, number]> | undefined;
  report({
    suite: "survival",
    title: `Estimates of ${members} members`,
    columns: ["", "value", "difference from peer", "ms", "peer, ms", "times as fast"],
    rows: Object.entries(own).map(([name, work]): Cell[] => {
      let ms = Number.POSITIVE_INFINITY;
      let value = 0;
      for (let round = 0; round < 5; round++) {
        const begun = performance.now();
        value = work();
        ms = Math.min(ms, performance.now() - begun);
      }
      const [theirValue, seconds] = theirs?.[name] ?? [];
      return [
        name,
        value,
        theirValue === undefined ? undefined : Math.abs(value - theirValue).toExponential(0),
        ms,
        seconds === undefined ? undefined : 1000 * seconds,
        seconds === undefined ? undefined : (1000 * seconds) / ms,
      ];
    }),
    notes: [
      "The best of a few rounds on one thread, data in memory. Ours give standard errors with every value; Kaplan–Meier, Aalen–Johansen and Harrell's concordance are beside lifelines, the others beside scikit-survival.",
    ],
  });
}
