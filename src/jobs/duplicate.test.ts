import { describe, expect, it } from "vitest";
import { storedActivity } from "../../test/conformance/stored-activity.ts";
import type { ActivitySummary } from "../schema/activity.ts";
import { isDuplicate } from "./duplicate.ts";

const HOUR = 3600;
const base: ActivitySummary = {
  ...storedActivity("a").detail,
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
