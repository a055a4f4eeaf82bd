/**
 * Churn as a kind of training: rows are members at landmarks, labels what became of them after the gap
 * within the window, the model hazards of two causes, the baselines those that it must beat. What is
 * known of churn is in lifecycle/churn and of training in platform/train; here they meet.
 */
import { createRng } from "../base/index.ts";
import {
  atHorizon,
  type EventTimes,
  expandPeriods,
  groupFolds,
  type HazardCurves,
  logLoss,
  type Matrix,
  type Parallel,
  type PersonPeriods,
  PlattCalibrator,
  permutationImportance,
  takeRows,
} from "../learn/index.ts";
import { type ChurnArtifact, usualValues, writeArtifact } from "../lifecycle/churn/artifact.ts";
import {
  asLinear,
  constantCurves,
  constantHazards,
  fitLogistic,
  fitTenureBaseline,
  linearColumns,
  type Spell,
  type TenureBaseline,
} from "../lifecycle/churn/baseline.ts";
import {
  ChurnModel,
  fitTrees,
  incidenceBy,
  treeRows,
  uncalibrated,
} from "../lifecycle/churn/hazard.ts";
import {
  type Change,
  inPeriods,
  type Outcome,
  outcomeAfter,
  type PeriodOutcome,
  type Snapshot,
  spellsOf,
} from "../lifecycle/churn/label.ts";
import {
  CAUSES,
  type Cause,
  churnDefaults,
  daysOf,
  msOfDays,
  PERIODS,
} from "../lifecycle/churn/period.ts";
import { asItIs, chooseCalibration } from "../platform/train/calibrate.ts";
import { whereItExists } from "../platform/train/measure.ts";
import type { TrainingData, TrainingTask } from "../platform/train/run.ts";
import type { Space } from "../platform/train/search.ts";
import { fitShrunkPlatt, levelledPlatt } from "../platform/train/shrink-platt.ts";
import type { TimeWindow } from "../platform/train/window.ts";

export const CHURN = "churn";

/** Parts of feature names that speak of an end of membership. */
export const CHURN_PROXIES = ["churn", "cancel", "refund", "expired", "renewal_off"] as const;

/** Settings of the trees of one cause. */
type TreeSetting = {
  readonly learningRate: number;
  readonly leaves: number;
  readonly minDataInLeaf: number;
  readonly lambdaL2: number;
  readonly featureFraction: number;
  /** Of the rows, anew for each tree. */
  readonly baggingFraction: number;
  /** In the search the most that there may be. */
  readonly trees: number;
};

/** Each cause has its own: choices show in many weak signs, failures to pay in few strong ones. */
export type ChurnParameters = {
  readonly [K in keyof TreeSetting as `${Cause}${Capitalize<K>}`]: number;
};

export const churnTaskDefaults = {
  /**
   * Person-period rows that a fit sees. Of 30,000 members in twelve months there are twice as many:
   * half of this is nearly as good, with 60,000 the AUC is .002 lower.
   */
  fitRows: 400_000,
  searchRows: 10_000,
  /**
   * Trees for each that the search found, by cause: it fits on less than half of what is fitted in the
   * end. Strong signs bear more where few have left, and none where thousands have: by these slopes are
   * about 1 on worlds of 2,000 members, and on those of 30,000.
   */
  treesMore: {
    voluntary: { few: 1.5, many: 1.5 },
    involuntary: { few: 2, many: 1 },
  } satisfies Record<Cause, { readonly few: number; readonly many: number }>,
  /** Ends that are few; the more beyond them, the nearer to many. */
  fewEnds: 150,
  /** Parts of the members, each held out once, by which the last fit is put right. */
  refitFolds: 3,
  /** Columns that a tree may choose from at least: a share of few may hold none that says anything. */
  leastColumns: 12,
  /** Snapshots on which shuffling shows what a feature is worth. */
  importanceRows: 3000,
  /** A plan, country or platform with fewer members is "other". */
  leastSlice: 50,
} as const;

export interface ChurnData {
  readonly data: TrainingData;
  /** One a row. */
  readonly snapshots: readonly Snapshot[];
  readonly changes: ReadonlyMap<number, readonly Change[]>;
  /** Columns that hold codes. */
  readonly categorical: readonly number[];
  readonly windows: readonly [TimeWindow, TimeWindow, TimeWindow];
  /** Further slices, by member: platform, country. */
  readonly memberSlices?: Readonly<Record<string, ReadonlyMap<number, string>>> | undefined;
  /** Threads to grow trees on beside the caller's; the model is the same without. */
  readonly parallel?: Parallel | undefined;
}

export type ChurnTask = TrainingTask<ChurnParameters, ChurnArtifact>;

export function createChurnTask(given: ChurnData): ChurnTask {
  const { data, snapshots, changes, categorical, windows, parallel } = given;
  const outcomesOf = (ends: readonly TimeWindow[]): readonly (Outcome | undefined)[] =>
    snapshots.map(({ memberId, atMs }) =>
      outcomeAfter(changes.get(memberId) ?? [], atMs, endOf(ends, atMs)),
    );
  const periodsOf = (
    of: readonly (Outcome | undefined)[],
    ends: readonly TimeWindow[],
  ): readonly (PeriodOutcome | undefined)[] =>
    of.map((outcome, i) => outcome && inPeriods(outcome, watchedDays(ends, snapshots[i]!.atMs)));
  const outcomes = outcomesOf(windows);
  const periods = periodsOf(outcomes, windows);
  const spells = (untilMs: number): readonly Spell[] =>
    [...changes.values()].flatMap((of) => spellsOf(of, untilMs));
  const expand = (rows: Int32Array, most: number, seed: number, of = periods): PersonPeriods => {
    const known = rows.filter((i) => of[i] !== undefined);
    // The features follow when it is known whose are needed: all of them would fill the memory.
    const none = { rows: known.length, columns: 0, values: new Float64Array(0) };
    const all = expandPeriods(none, {
      period: Int32Array.from(known, (i) => of[i]!.period),
      cause: Int32Array.from(known, (i) => of[i]!.cause),
    });
    const kept = thinned(all, most, seed);
    const row = kept.member.map((k) => known[k]!);
    return { ...kept, x: takeRows(data.x, row), member: row.map((i) => data.group[i]!) };
  };
  const tenureOf = (i: number): number => {
    const { atMs, paidSinceMs } = snapshots[i]!;
    return daysOf(atMs - paidSinceMs) + churnDefaults.gapDays;
  };
  const within30 = (curves: HazardCurves): readonly Float64Array[] =>
    CAUSES.map((_, c) => incidenceBy(curves, 30, c));

  const treesOf = (
    parameters: ChurnParameters,
    rows: PersonPeriods,
    seed: number,
    more: (c: number) => number = () => 1,
  ): ChurnModel => {
    const options = optionsOf(parameters, data.x.columns).map(({ iterations, ...of }, c) => ({
      ...of,
      iterations: Math.round(more(c) * iterations),
    }));
    const { trees } = fitTrees(treeRows(rows), { options, categorical, seed, parallel });
    return new ChurnModel({
      features: data.x.names ?? [],
      featureSet: data.featureSet,
      causes: trees.map((of) => ({ trees: of, calibrator: uncalibrated })),
    });
  };
  const artifactOf = (
    parameters: ChurnParameters,
    rows: Int32Array,
    expanded: PersonPeriods,
    seed: number,
  ): ChurnArtifact => {
    const more = (c: number): number => {
      const { few, many } = churnTaskDefaults.treesMore[CAUSES[c]!];
      const share = Math.min(1, churnTaskDefaults.fewEnds / leaversOf(expanded, c));
      return share * few + (1 - share) * many;
    };
    return {
      model: treesOf(parameters, expanded, seed, more),
      tenure: tenureBaseline(spells(windows[1].untilMs)),
      constant: constantHazards(expanded),
      usual: usualValues(takeRows(data.x, rows)),
    };
  };

  /** Hazards of each row by trees that never saw its member. */
  const heldOut = (
    parameters: ChurnParameters,
    rows: PersonPeriods,
    folds: number,
    seed: number,
  ): readonly Float64Array[] => {
    const fold = groupFolds(rows.member, folds, seed);
    const out = CAUSES.map(() => new Float64Array(rows.period.length));
    for (let f = 0; f < folds; f++) {
      const [fit, held] = [false, true].map((isHeld) =>
        partOf(rows, fold, (of) => (of === f) === isHeld),
      ) as [PersonPeriods, PersonPeriods];
      const model = treesOf(parameters, fit, seed);
      model.rawHazards(held.x, held.period).forEach((p, c) => {
        let k = 0;
        fold.forEach((of, i) => {
          if (of === f) out[c]![i] = p[k++]!;
        });
      });
    }
    return out;
  };

  return {
    model: CHURN,
    data,
    windows,
    space: { ...spaceOf("voluntary"), ...spaceOf("involuntary") } as Space<ChurnParameters>,
    first: {
      voluntaryLearningRate: 0.08,
      voluntaryLeaves: 3,
      voluntaryMinDataInLeaf: 60,
      voluntaryLambdaL2: 5,
      voluntaryFeatureFraction: 0.4,
      voluntaryBaggingFraction: 0.7,
      voluntaryTrees: 300,
      involuntaryLearningRate: 0.08,
      involuntaryLeaves: 6,
      involuntaryMinDataInLeaf: 60,
      involuntaryLambdaL2: 2,
      involuntaryFeatureFraction: 0.8,
      involuntaryBaggingFraction: 1,
      involuntaryTrees: 300,
    },
    isLabelled: (row) => periods[row] !== undefined,
    judge(folds, seed) {
      const { searchRows } = churnTaskDefaults;
      const expanded = folds.map(({ fit, held }) => ({
        fit: treeRows(expand(fit, searchRows, seed)),
        held: treeRows(expand(held, searchRows, seed)),
      }));
      return (parameters) => {
        const options = optionsOf(parameters, data.x.columns);
        // The loss of each cause after each tree, over all folds.
        const sums = options.map(({ iterations }) => new Float64Array(iterations));
        for (const { fit, held } of expanded) {
          const { histories } = fitTrees(fit, { options, categorical, seed, held, parallel });
          histories.forEach((history, c) => {
            // Beyond its end a fold's loss is that at its end: it had given up.
            for (let k = 0; k < sums[c]!.length; k++) {
              sums[c]![k]! += history[Math.min(k, history.length - 1)]! / folds.length;
            }
          });
        }
        const least = sums.map((of) => of.indexOf(Math.min(...of)));
        const losses = sums.map((of, c) => of[least[c]!]!);
        const [voluntaryTrees, involuntaryTrees] = least.map((k) => k + 1) as [number, number];
        return {
          parameters: { ...parameters, voluntaryTrees, involuntaryTrees },
          loss: losses.reduce((sum, loss) => sum + loss, 0),
          losses,
        };
      };
    },
    choose(tried) {
      const each = CAUSES.map((cause, c) => {
        const { parameters } = tried.reduce((least, next) =>
          next.losses![c]! < least.losses![c]! ? next : least,
        );
        return Object.entries(parameters).filter(([name]) => name.startsWith(cause));
      });
      return Object.fromEntries(each.flat()) as ChurnParameters;
    },
    fit(parameters, rows, seed) {
      const expanded = expand(rows, churnTaskDefaults.fitRows, seed);
      return artifactOf(parameters, rows, expanded, seed);
    },
    calibrate(artifact, rows, seed) {
      const { x, period, cause, member, weight } = expand(rows, churnTaskDefaults.fitRows, seed);
      const raw = artifact.model.rawHazards(x, period);
      const chosen = CAUSES.map((of, c) => {
        const y = isCause(cause, c);
        return { of, ...chooseCalibration({ y, p: raw[c]!, group: member, weight }, seed) };
      });
      const model = artifact.model.withCalibrators(chosen.map(({ calibrator }) => calibrator));
      return {
        model: { ...artifact, model },
        calibration: chosen.map(({ of, method, losses }) => ({ of, method, losses })),
      };
    },
    // Slopes from all members by trees that never saw them, levels from the latest rows: how steep the
    // chances are is known by many events only, how many come is a matter of the season.
    refit(before, parameters, rows, seed) {
      // One window until the test: those asked late in the first are watched on into the second.
      const [train, calibrate] = windows;
      const joined = [{ ...train, untilMs: calibrate.untilMs }];
      const { fitRows, refitFolds } = churnTaskDefaults;
      const all = expand(rows, fitRows, seed, periodsOf(outcomesOf(joined), joined));
      const artifact = artifactOf(parameters, rows, all, seed);
      const lately = expand(
        rows.filter((i) => data.atMs[i]! >= train.untilMs),
        fitRows,
        seed,
      );
      const raw = artifact.model.rawHazards(lately.x, lately.period);
      const held = heldOut(parameters, all, refitFolds, seed);
      const calibrators = before.model.model.causes.map(({ calibrator }, c) => {
        if (!(calibrator instanceof PlattCalibrator) && calibrator !== asItIs) return calibrator;
        const { slope } = fitShrunkPlatt(isCause(all.cause, c), held[c]!, {
          weight: all.weight,
          repeats: repeatsOf(all, c),
        });
        return levelledPlatt(slope, isCause(lately.cause, c), raw[c]!, {
          weight: lately.weight,
          repeats: repeatsOf(lately, c),
        });
      });
      return {
        model: { ...artifact, model: artifact.model.withCalibrators(calibrators) },
        calibration: before.calibration.map((of, c) => ({
          ...of,
          method: calibrators[c] instanceof PlattCalibrator ? "platt" : of.method,
        })),
      };
    },
    outcomes(rows) {
      const times = eventTimes(rows, outcomes);
      return CAUSES.map((name, c) => {
        const { label, weight } = atHorizon(times, 30, { cause: c + 1 });
        return { name, label: LABELS[name], y: Float64Array.from(label), weight };
      });
    },
    predict: ({ model }, rows) => within30(model.curves(takeRows(data.x, rows))),
    baselines: [
      {
        name: "constant",
        fit(rows) {
          const hazards = constantHazards(expand(rows, Number.POSITIVE_INFINITY, 0));
          return (asked) => within30(constantCurves(hazards, asked.length));
        },
      },
      {
        name: "sBG",
        fit(rows) {
          const tenure = tenureBaseline(spells(windows[1].untilMs));
          const hazards = constantHazards(expand(rows, Number.POSITIVE_INFINITY, 0));
          return (asked) => {
            if (tenure === undefined) return within30(constantCurves(hazards, asked.length));
            const each = Array.from(asked, (i) =>
              within30(tenure.curvesOf(snapshots[i]!.membership.billingInterval, tenureOf(i))),
            );
            return CAUSES.map((_, c) => Float64Array.from(each, (of) => of[c]![0]!));
          };
        },
      },
      {
        name: "logistic",
        fit(rows) {
          const expanded = expand(rows, churnTaskDefaults.searchRows, 0);
          const columns = linearColumns(takeRows(data.x, rows), categorical);
          const fitted = fitLogistic({ ...expanded, x: asLinear(expanded.x, columns) });
          return (asked) =>
            within30(fitted.curves(asLinear(takeRows(data.x, asked), columns), PERIODS));
        },
      },
    ],
    alarmLabels: (rows) => Float64Array.from(rows, (i) => (outcomes[i]!.cause === 0 ? 0 : 1)),
    slices(rows) {
      const of = (name: string, bandOf: (i: number) => string | undefined) => ({
        by: name,
        values: Array.from(rows, bandOf),
      });
      return [
        of("plan", (i) => snapshots[i]!.membership.plan ?? undefined),
        of("interval", (i) => snapshots[i]!.membership.billingInterval ?? undefined),
        of("state", (i) => snapshots[i]!.membership.state),
        of("tenure", (i) => tenureBand(tenureOf(i))),
        ...Object.entries(given.memberSlices ?? {}).map(([name, values]) =>
          of(name, (i) => values.get(snapshots[i]!.memberId)),
        ),
      ];
    },
    importance({ model }, rows, seed) {
      const { importanceRows } = churnTaskDefaults;
      const share = Math.min(1, importanceRows / rows.length);
      const rng = createRng(seed, 0x13a0);
      const some = rows.filter(() => rng() < share);
      // Every end among them, and three others for each.
      const sample = expand(some, 1, seed);
      const labels = CAUSES.map((_, c) =>
        Float64Array.from(sample.cause, (what) => (what === c + 1 ? 1 : 0)),
      );
      const score = (x: Matrix): number => {
        const hazards = model.hazards(x, sample.period);
        return -labels.reduce((sum, y, c) => {
          const p = Float64Array.from(y, (_, i) => hazards[i * CAUSES.length + c]!);
          return sum + logLoss(y, p, sample.weight);
        }, 0);
      };
      const value = permutationImportance(sample.x, score, { seed, repeats: 1 });
      return model.features
        .map((feature, j) => ({ feature, value: value[j]! }))
        .sort((a, b) => b.value - a.value || (a.feature < b.feature ? -1 : 1));
    },
    write: writeArtifact,
  };
}

/** Rows of a cause for each member who left by it: one end is seen from several moments. */
function repeatsOf(rows: PersonPeriods, c: number): number {
  return sum(isCause(rows.cause, c)) / Math.max(1, leaversOf(rows, c));
}

/** Members who left by a cause. */
function leaversOf({ cause, member }: PersonPeriods, c: number): number {
  return new Set(member.filter((_, i) => cause[i] === c + 1)).size;
}

/** The rows of some folds. */
function partOf(
  { x, period, cause, member, weight }: PersonPeriods,
  fold: Int32Array,
  isIn: (fold: number) => boolean,
): PersonPeriods {
  const rows = Int32Array.from(fold.keys()).filter((i) => isIn(fold[i]!));
  return {
    x: takeRows(x, rows),
    period: rows.map((i) => period[i]!),
    cause: rows.map((i) => cause[i]!),
    member: rows.map((i) => member[i]!),
    weight: weight && Float64Array.from(rows, (i) => weight[i]!),
  };
}

const LABELS = {
  voluntary: "renewal switched off, or ended by choice, within 30 days of the gap",
  involuntary: "access lost for failure to pay within 30 days of the gap",
} as const;

/** Days from the gap to what came, of rows whose outcome is known. */
export function eventTimes(
  rows: Int32Array,
  outcomes: readonly (Outcome | undefined)[],
): EventTimes {
  return {
    time: Float64Array.from(rows, (i) => outcomes[i]!.days),
    cause: Int32Array.from(rows, (i) => outcomes[i]!.cause),
  };
}

/**
 * All rows in which something came, and of the others as many as fit, each standing for those left
 * out: the hazards stay the same, and the fit is as quick as the rows are few. Others are three for
 * each event at least: fewer would stand for so many that they are noise.
 */
export function thinned(rows: PersonPeriods, most: number, seed: number): PersonPeriods {
  const total = rows.period.length;
  if (total <= most) return rows;
  let events = 0;
  for (const cause of rows.cause) if (cause !== 0) events++;
  const share = Math.max(0.02, Math.max(most - events, 3 * events) / (total - events));
  if (share >= 1) return rows;
  const rng = createRng(seed, 0x7417);
  const kept: number[] = [];
  for (let i = 0; i < total; i++) if (rng() < share || rows.cause[i] !== 0) kept.push(i);
  const take = (values: Int32Array): Int32Array => Int32Array.from(kept, (i) => values[i]!);
  return {
    x: takeRows(rows.x, kept),
    period: take(rows.period),
    cause: take(rows.cause),
    member: take(rows.member),
    weight: Float64Array.from(
      kept,
      (i) => (rows.weight?.[i] ?? 1) * (rows.cause[i] === 0 ? 1 / share : 1),
    ),
  };
}

/** Values that the settings of a cause may take. */
function spaceOf(cause: Cause): Readonly<Record<string, readonly number[]>> {
  const space: Space<TreeSetting> = {
    learningRate: [0.05, 0.08],
    leaves: [3, 4, 6, 8],
    minDataInLeaf: [60, 100, 200],
    lambdaL2: [2, 5, 20],
    featureFraction: [0.25, 0.4, 0.8],
    baggingFraction: [0.5, 0.7, 1],
    trees: [300],
  };
  return Object.fromEntries(
    Object.entries(space).map(([name, values]) => [settingName(cause, name), values]),
  );
}

/** @param columns of the features */
function optionsOf(parameters: ChurnParameters, columns: number) {
  const { leastColumns } = churnTaskDefaults;
  return CAUSES.map((cause) => {
    const of = (name: keyof TreeSetting): number =>
      parameters[settingName(cause, name) as keyof ChurnParameters];
    const baggingFraction = of("baggingFraction");
    return {
      iterations: of("trees"),
      learningRate: of("learningRate"),
      leaves: of("leaves"),
      minDataInLeaf: of("minDataInLeaf"),
      lambdaL2: of("lambdaL2"),
      featureFraction: Math.min(1, Math.max(of("featureFraction"), leastColumns / columns)),
      baggingFraction,
      baggingFreq: baggingFraction < 1 ? 1 : 0,
    };
  });
}

function settingName(cause: Cause, name: string): string {
  return cause + name[0]!.toUpperCase() + name.slice(1);
}

function isCause(cause: Int32Array, c: number): Float64Array {
  return Float64Array.from(cause, (what) => (what === c + 1 ? 1 : 0));
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function tenureBaseline(spells: readonly Spell[]): TenureBaseline | undefined {
  return whereItExists(() => fitTenureBaseline(spells)) ?? undefined;
}

function endOf(windows: readonly TimeWindow[], atMs: number): number {
  const window = windows.find(({ fromMs, untilMs }) => atMs >= fromMs && atMs < untilMs);
  return window?.untilMs ?? windows.at(-1)!.untilMs;
}

function watchedDays(windows: readonly TimeWindow[], atMs: number): number {
  return daysOf(endOf(windows, atMs) - atMs - msOfDays(churnDefaults.gapDays));
}

function tenureBand(days: number): string {
  if (days < 30) return "first month";
  if (days < 90) return "1–3 months";
  return days < 180 ? "3–6 months" : "6 months and more";
}
