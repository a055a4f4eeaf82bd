// 78 real experiments with all their snapshots (ASOS Digital Experiments Dataset, Liu et al. 2021, CC BY
// 4.0): looking at a fixed test at every snapshot doubles its alarms, and a confidence sequence does not.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { SHARED, shared } from "../../../test/shared.ts";
import { createRng, normal, type Rng } from "../../base/rng.ts";
import { type Effect, effectOf } from "./effect.ts";
import { welchTest } from "./fixed.ts";
import { sequentialTest } from "./sequential.ts";
import { srmTest } from "./srm.ts";
import { type MeanSums, meanOfMoments } from "./sums.ts";

interface Snapshot {
  readonly control: MeanSums;
  readonly treatment: MeanSums;
}

/** Per experiment, variant and metric its snapshots in time. */
function readSeries(): Map<string, Snapshot[]> {
  const text = gunzipSync(
    readFileSync(shared("data", "ml", "abtest", "asos.share.csv.gz")),
  ).toString();
  const series = new Map<string, Snapshot[]>();
  for (const line of text.trim().split("\n").slice(1)) {
    const [experiment, variant, metric, , ...rest] = line.split(",");
    const [countC, countT, meanC, meanT, varianceC, varianceT] = rest.map(Number) as number[];
    // Some snapshots have no variance yet, or none recorded.
    if (!rest.every((cell) => cell !== "" && Number.isFinite(Number(cell)))) continue;
    if (!(varianceC! > 0 && varianceT! > 0 && countC! > 1 && countT! > 1)) continue;
    const key = `${experiment} ${variant} ${metric}`;
    const snapshots = series.get(key) ?? [];
    series.set(key, snapshots);
    snapshots.push({
      control: meanOfMoments(countC!, meanC!, varianceC!),
      treatment: meanOfMoments(countT!, meanT!, varianceT!),
    });
  }
  return series;
}

const share = (values: readonly boolean[]): number => values.filter(Boolean).length / values.length;

/** Units at which the sequence is tightest: a tenth of the median experiment's. */
const TIGHTEST_AT = 50_000;
const isFixed = (effect: Effect): boolean => welchTest(effect).isSignificant;
const isSequential = (effect: Effect): boolean =>
  sequentialTest(effect, { tightestAt: TIGHTEST_AT }).isSignificant;

describe.skipIf(SHARED === undefined)("the ASOS experiments (needs ../shared)", () => {
  const series = SHARED === undefined ? new Map<string, Snapshot[]>() : readSeries();
  const effects = [...series.values()].map((snapshots) =>
    snapshots.map(({ control, treatment }) => effectOf(control, treatment)),
  );
  const final = (test: (effect: Effect) => boolean) =>
    share(effects.map((all) => test(all.at(-1)!)));
  const ever = (test: (effect: Effect) => boolean) => share(effects.map((all) => all.some(test)));

  it("peeking at a fixed test doubles its alarms, as published", () => {
    expect(series.size).toBeGreaterThan(150);
    // On all of the data: 26.5 % at the end, 56.8 % at some snapshot. This is half of it.
    expect(final(isFixed)).toBeGreaterThan(0.2);
    expect(final(isFixed)).toBeLessThan(0.33);
    expect(ever(isFixed)).toBeGreaterThan(0.45);
    expect(ever(isFixed)).toBeLessThan(0.68);
  });

  it("a confidence sequence alarms at all snapshots together less than a fixed test at the last", () => {
    expect(ever(isSequential)).toBeLessThan(final(isFixed));
  });

  it("without any effect, on the same schedules, only the peeked test goes beyond alpha", () => {
    const rng = createRng(20);
    const alarms = { fixed: [] as boolean[], sequential: [] as boolean[] };
    for (const all of effects) {
      for (let world = 0; world < 5; world++) {
        const none = withoutEffect(all, rng);
        alarms.fixed.push(none.some(isFixed));
        alarms.sequential.push(none.some(isSequential));
      }
    }
    // 18 % and .3 % over 1,030 worlds; a deviation of the first is 1.2 %.
    expect(share(alarms.fixed)).toBeGreaterThan(0.14);
    expect(share(alarms.sequential)).toBeLessThan(0.05);
  });

  it("one variant in ten or so has arms that do not fit equal weights", () => {
    const last = [...series].filter(([key]) => key.endsWith(" 1")).map(([, all]) => all.at(-1)!);
    const failed = share(
      last.map(
        ({ control, treatment }) => srmTest([control.count, treatment.count], [0.5, 0.5]) < 0.001,
      ),
    );
    expect(failed).toBeGreaterThan(0.05);
    expect(failed).toBeLessThan(0.2);
  });
});

/**
 * The snapshots with estimates of no effect: the score (estimate × information) walks with independent
 * normal steps, whose variance is the information that each snapshot brought.
 */
function withoutEffect(effects: readonly Effect[], rng: Rng): Effect[] {
  let [score, last] = [0, 0];
  return effects.map((effect) => {
    const information = Math.max(last, effect.standardError ** -2);
    score += Math.sqrt(information - last) * normal(rng);
    last = information;
    return { ...effect, estimate: score / information, standardError: information ** -0.5 };
  });
}
