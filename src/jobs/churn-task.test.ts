import { describe, expect, it } from "vitest";
import { readArtifact } from "../lifecycle/churn/artifact.ts";
import { isThrough, judge } from "../platform/registry/gates.ts";
import { cardHtml } from "../platform/train/card/html.ts";
import { cardMarkdown } from "../platform/train/card/markdown.ts";
import { runTraining } from "../platform/train/run.ts";
import { drawnWorld } from "./churn.fixture.ts";
import { CHURN_CARD } from "./churn-card.ts";
import { createChurnTask, thinned } from "./churn-task.ts";

const world = drawnWorld(1200, 4, 28);
const train = (seed: number, tries = 2) =>
  runTraining(createChurnTask(world), { seed, code: "test", tries });
const first = train(1);

describe("a churn training", () => {
  it("comes to the same bytes with the same data and seed, and to others with another", () => {
    const again = train(1);
    expect(Buffer.from(again.artifact).equals(Buffer.from(first.artifact))).toBe(true);
    expect(again.record).toEqual(first.record);
    expect(Buffer.from(train(2, 1).artifact).equals(Buffer.from(first.artifact))).toBe(false);
  });

  it("asks each window about its own time, and tests on the latest", () => {
    const [before, put, test] = first.record.windows;
    expect(before!.untilMs).toBe(put!.fromMs);
    expect(put!.untilMs).toBe(test!.fromMs);
    for (const row of first.testRows) {
      expect(world.data.atMs[row]!).toBeGreaterThanOrEqual(test!.fromMs);
    }
  });

  it("ranks members by the hazards that the world gave them", () => {
    const rows = first.testRows;
    const { model } = readArtifact(first.artifact);
    const columns = world.data.x.columns;
    const values = new Float64Array(rows.length * columns);
    rows.forEach((row, i) => {
      values.set(world.data.x.values.subarray(row * columns, (row + 1) * columns), i * columns);
    });
    const { incidence, horizon } = model.curves({ rows: rows.length, columns, values });
    for (const cause of [0, 1]) {
      const said = Array.from(rows, (_, i) => incidence[(i * horizon + 3) * 2 + cause]!);
      const real = Array.from(rows, (row) => world.daily.get(world.data.group[row]!)![cause]!);
      expect(rankCorrelation(said, real)).toBeGreaterThan(0.8);
    }
  });

  it("is better than a constant and is let through by its gates", () => {
    const gates = judge(first.record);
    expect(gates.filter(({ verdict }) => verdict === "failed")).toEqual([]);
    expect(isThrough(gates)).toBe(true);
  });

  it("is not told by labels that lie beyond the end of a window", () => {
    // The world after the training window may change as it likes: trees stay the same.
    const { untilMs } = first.record.windows[0]!;
    const changes = new Map(
      [...world.changes].map(([id, of]) => [
        id,
        of.filter(({ atMs, state }) => state === "active" || atMs <= untilMs),
      ]),
    );
    const other = createChurnTask({ ...world, changes });
    const task = createChurnTask(world);
    const rows = Int32Array.from(world.data.atMs.keys()).filter(
      (i) => world.data.atMs[i]! < untilMs && task.isLabelled(i),
    );
    const { best } = { best: first.record.parameters as typeof task.first };
    const [a, b] = [task, other].map((of) => of.fit(best, rows, 1).model.toJSON());
    expect(a).toEqual(b);
  });

  it("has a card with its figures, and a page with its pictures that runs no script", () => {
    const record = { ...first.record, gates: [...judge(first.record)] };
    const card = cardMarkdown(record, CHURN_CARD, 3);
    expect(card).toContain("# Churn of subscribers (churn v3)");
    expect(card).toContain(record.data.content);
    const page = cardHtml(record, { ...CHURN_CARD, title: "<script>" }, 3);
    expect(page.match(/<svg /g)!.length).toBeGreaterThanOrEqual(6);
    expect(page).not.toContain("<script");
    expect(page).not.toContain("NaN");
  });
});

describe("thinned rows", () => {
  it("keep every event and the sum of all others", () => {
    const n = 10_000;
    const rows = {
      x: { rows: n, columns: 1, values: new Float64Array(n) },
      period: new Int32Array(n).fill(1),
      cause: Int32Array.from({ length: n }, (_, i) => (i % 50 === 0 ? 1 : 0)),
      member: Int32Array.from({ length: n }, (_, i) => i),
    };
    const { cause, weight } = thinned(rows, 2000, 3);
    expect(cause.filter((c) => c === 1)).toHaveLength(200);
    const others = weight!.reduce((sum, w, i) => sum + (cause[i] === 0 ? w : 0), 0);
    expect(Math.abs(others / 9800 - 1)).toBeLessThan(0.05);
  });
});

it("a world too small to say anything is refused, naming the window", () => {
  const small = createChurnTask(drawnWorld(12, 1, 28));
  expect(() => runTraining(small, { seed: 1, code: "test", tries: 1 })).toThrow(
    /the window to \w+ has \d+ rows with a known outcome/,
  );
});

/** Spearman's: ranks without ties. */
function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const ranks = (of: readonly number[]): Float64Array => {
    const rank = new Float64Array(of.length);
    Array.from(of.keys())
      .sort((i, j) => of[i]! - of[j]!)
      .forEach((i, r) => {
        rank[i] = r;
      });
    return rank;
  };
  const [x, y] = [ranks(a), ranks(b)];
  const mean = (a.length - 1) / 2;
  let xy = 0;
  let xx = 0;
  for (let i = 0; i < a.length; i++) {
    xy += (x[i]! - mean) * (y[i]! - mean);
    xx += (x[i]! - mean) ** 2;
  }
  return xy / xx;
}
