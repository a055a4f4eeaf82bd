import { describe, expect, it } from "vitest";
import { SPORTS } from "../recording.ts";
import { statedFitSport } from "./fit-profile.ts";
import { sportOfFit, sportOfWords } from "./sport.ts";

describe("a sport", () => {
  it.each([
    ["Running", "run"],
    ["trail_running", "trail-run"],
    ["TrailRun", "trail-run"],
    ["Biking", "ride"],
    ["E-Bike Ride", "e-bike"],
    ["Virtual Ride", "indoor-ride"],
    ["MOUNTAIN BIKE RIDE", "mountain-bike"],
    ["Nordic Ski", "nordic-ski"],
    ["open_water_swimming", "open-water-swim"],
    ["9", "other"],
    ["constructor", "other"],
    ["", "other"],
  ])("said as %j is %s", (words, sport) => {
    expect(sportOfWords(words)).toBe(sport);
  });

  it("of every FIT number is one of ours", () => {
    for (let sport = 0; sport < 256; sport++) {
      for (const subSport of [Number.NaN, ...Array.from({ length: 130 }, (_, i) => i)]) {
        expect(SPORTS).toContain(sportOfFit(sport, subSport));
        expect(statedFitSport(sport, subSport)).not.toBe("");
      }
    }
  });

  it.each([
    [2, 8, "cycling/mountain", "mountain-bike"],
    [2, 46, "cycling/gravel_cycling", "gravel-ride"],
    [1, 3, "running/trail", "trail-run"],
    [5, 17, "swimming/lap_swimming", "swim"],
    [37, 0, "stand_up_paddleboarding/generic", "paddle"],
    [2, 58, "cycling/virtual_activity", "indoor-ride"],
    [17, Number.NaN, "hiking", "hike"],
    [Number.NaN, Number.NaN, "", "other"],
    [200, 201, "sport 200/sub-sport 201", "other"],
  ])("of FIT %i/%i is stated as %j and is %s", (sport, subSport, stated, ours) => {
    expect(statedFitSport(sport, subSport)).toBe(stated);
    expect(sportOfFit(sport, subSport)).toBe(ours);
  });
});
