// Every real device file: what decodes is cleaned without a throw, keeps the invariants, and the
// known faults of single files come out as the repairs that they need.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SHARED, shared } from "../../../test/shared.ts";
import { WaymarkError } from "../../base/index.ts";
import type { Activity } from "./activity.ts";
import { cleanRecording } from "./clean.ts";
import { decodeFile } from "./decode/index.ts";
import { brokenPromises } from "./invariant.fixture.ts";
import type { Recording } from "./recording.ts";
import { splitRecording } from "./split-recording.ts";

function decodeAll(folder: string, name: string): readonly Recording[] {
  const bytes = readFileSync(shared("data", "activities", folder, name));
  return decodeFile(bytes, name).recordings;
}

describe.skipIf(SHARED === undefined)("real device files (needs ../shared)", () => {
  it("clean without a throw and keep every invariant", { timeout: 120_000 }, () => {
    let activities = 0;
    for (const folder of ["fit", "gpx", "tcx"]) {
      for (const name of readdirSync(shared("data", "activities", folder))) {
        let recordings: readonly Recording[];
        try {
          recordings = decodeAll(folder, name);
        } catch (error) {
          if (error instanceof WaymarkError) continue;
          throw error;
        }
        for (const recording of recordings) {
          for (const part of splitRecording(recording)) {
            expect(brokenPromises(cleanRecording(part), part), `${folder}/${name}`).toEqual([]);
            activities++;
          }
        }
      }
    }
    expect(activities).toBeGreaterThan(200);
  });

  const clean = (path: string, index = 0): Activity => {
    const [folder, name] = path.split("/") as [string, string];
    return cleanRecording(decodeAll(folder, name)[index]!);
  };
  const repairsOf = (activity: Activity): Record<string, number> =>
    Object.fromEntries(activity.repairs.map((repair) => [repair.code, repair.count]));

  it("closes the jump of twenty days of time-jump.fit", () => {
    const activity = clean("fit/runalyze__time-jump.fit");
    expect(repairsOf(activity)["clock-shifted"]).toBe(102);
    expect(activity.measures.elapsedS).toBeCloseTo(3389, -1);
    expect(activity.measures.distanceM).toBeCloseTo(10_500, -2);
  });

  it("follows the rows in the file where only the clock stumbles (sports-tracker.gpx)", () => {
    const activity = clean("gpx/sports-lib__sports-tracker.gpx");
    expect(repairsOf(activity)["time-glitch"]).toBeGreaterThan(3000);
    expect(repairsOf(activity)["track-break"]).toBeUndefined();
    // Sorting those rows by their times would make 28 km of the 12 km.
    expect(activity.measures.distanceM / 12_200).toBeCloseTo(1, 1);
  });

  it("takes Null Island out of an SRM ride, 5,418 km away", () => {
    const activity = clean("fit/elevate__noroeste.fit");
    expect(repairsOf(activity)).toEqual({ "position-null-island": 7 });
    expect(activity.measures.distanceM).toBeCloseTo(54_655, -2);
  });

  it("splits the ride that was left running for 27 days at its nights", () => {
    const [recording] = decodeAll("fit", "sports-lib__27-days-activity.fit");
    const parts = splitRecording(recording!);
    expect(parts.length).toBeGreaterThan(1);
    const rows = parts.reduce((sum, part) => sum + part.streams.length, 0);
    expect(rows).toBe(recording!.streams.length);
    const activities = parts.map((part) => cleanRecording(part));
    const whole = cleanRecording(recording!);
    const distanceM = activities.reduce((sum, { measures }) => sum + measures.distanceM, 0);
    expect(distanceM / whole.measures.distanceM).toBeCloseTo(1, 2);
    for (const { measures } of activities) expect(measures.elapsedS).toBeLessThan(86_400);
  });

  it("keeps an indoor ride's time and power where there are no places", () => {
    const activity = clean("fit/tormoder-fit__sample-activity-indoor-trainer.fit");
    expect(activity.hasPosition).toBe(false);
    expect(activity.measures.movingS).toBeGreaterThan(2200);
  });

  it("keeps a virtual ride's coordinates and says so", () => {
    const activity = clean("fit/elevate__zwift-pschit.fit");
    expect(activity.isVirtual).toBe(true);
    expect(activity.hasPosition).toBe(true);
    expect(activity.measures.distanceM).toBeCloseTo(15_644, -1);
  });
});
