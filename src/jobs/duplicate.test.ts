import { describe, expect, it } from "vitest";
import { storedActivity } from "../../test/conformance/stored-activity.ts";
import type { ActivitySummary } from "../schema/activity.ts";
import { summaryOf } from "../store/activity-file.ts";
import { createDuplicateIndex, isDuplicate } from "./duplicate.ts";

const HOUR = 3600;
const base: ActivitySummary = {
  ...summaryOf(storedActivity("a").detail),
  sport: "ride",
  startMs: Date.UTC(2024, 4, 4, 8),
  elapsedS: HOUR,
  distanceM: 25_000,
  bbox: [11.5, 47.4, 11.6, 47.5],
};
const other = (change: Partial<ActivitySummary>): ActivitySummary => ({
  ...base,
  id: "b",
  ...change,
});

describe("two recordings of one activity", () => {
  it.each([
    ["the same start and length", {}],
    [
      "a start three minutes late, as of an export from the first fix",
      { startMs: base.startMs + 180_000, elapsedS: HOUR - 180 },
    ],
    ["a distance of GPS and one of a wheel", { distanceM: 25_900 }],
    ["the same moments and a distance from noisy positions", { distanceM: 32_000 }],
    ["a sport that one format does not know", { sport: "other" }],
    ["sports of one family", { sport: "gravel-ride" }],
    ["no position in one of them", { bbox: null }],
  ])("are known by %s", (_, change) => {
    expect(isDuplicate(base, other(change))).toBe(true);
    expect(isDuplicate(other(change), base)).toBe(true);
  });

  it.each([
    ["another athlete, in the same group", { athlete: "Ana" }],
    ["the way back, an hour later", { startMs: base.startMs + HOUR * 1000 }],
    ["one half of it", { elapsedS: HOUR / 2, distanceM: 12_500 }],
    ["another place", { bbox: [1.5, 42.5, 1.6, 42.6] as [number, number, number, number] }],
    ["a run at the same time", { sport: "run" }],
    ["another distance in nearly the same time", { elapsedS: HOUR - 60, distanceM: 20_000 }],
  ])("are not taken for one: %s", (_, change) => {
    expect(isDuplicate(base, other(change))).toBe(false);
    expect(isDuplicate(other(change), base)).toBe(false);
  });
});

describe("the index", () => {
  it("finds across midnight and never the activity itself", () => {
    const late = { ...base, startMs: Date.UTC(2024, 4, 4, 23, 59, 50) };
    const index = createDuplicateIndex([late]);
    expect(index.find(late)).toBeUndefined();
    const next = { ...late, id: "b", startMs: Date.UTC(2024, 4, 5, 0, 0, 10) };
    expect(index.find(next)?.id).toBe("a");
  });

  it("knows what was added, in place of an earlier one of that id", () => {
    const index = createDuplicateIndex([]);
    index.add(base);
    index.add({ ...base, distanceM: 1000, elapsedS: 300 });
    expect(index.find(other({}))).toBeUndefined();
    expect(index.find(other({ distanceM: 1000, elapsedS: 300 }))?.id).toBe("a");
  });
});
