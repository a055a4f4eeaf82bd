import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { town } from "../../../test/town.ts";
import { ROAD_CLASSES, SAC_SCALES, SMOOTHNESSES, SURFACES, TRACK_TYPES } from "./attribute.ts";
import { compileProfile, PROFILE_NAMES, type ProfileName, profileOf } from "./profile.ts";

/** km/h and cost forward and back of one street, "closed" where one may not go. */
function ride(profile: ProfileName, tags: Record<string, string>): string {
  const t = town("A---B", { AB: tags });
  const arcs = compileProfile(t.network, profile);
  const say = (arc: number): string =>
    arcs.isOpen[arc] ? String(Math.round(arcs.speedMps[arc]! * 36) / 10) : "closed";
  const there = say(t.arcOf("AB"));
  const back = say(t.arcOf("BA"));
  return there === back ? there : `${there} ${back}`;
}

const costOf = (profile: ProfileName, tags: Record<string, string>): number => {
  const t = town("A---B", { AB: tags });
  return compileProfile(t.network, profile).cost[t.arcOf("AB")]!;
};

describe("profiles", () => {
  it("are found by name, and an unknown name lists the choices", () => {
    for (const name of PROFILE_NAMES) expect(profileOf(name).name).toBe(name);
    expect(() => profileOf("gravl")).toThrow(
      expect.objectContaining({
        code: "PROFILE_UNKNOWN",
        message: "profile 'gravl' is unknown; choose one of foot, hike, bike, gravel, mtb, car",
        choices: PROFILE_NAMES,
      }),
    );
  });

  it.each<[ProfileName, Record<string, string>, string]>([
    ["foot", { highway: "residential" }, "5"],
    ["foot", { highway: "residential", oneway: "yes" }, "5"],
    ["foot", { highway: "motorway", foot: "yes" }, "closed"],
    ["foot", { highway: "steps" }, "3"],
    ["foot", { highway: "path", sac_scale: "alpine_hiking" }, "2"],
    ["foot", { highway: "path", sac_scale: "difficult_alpine_hiking" }, "closed"],
    ["hike", { highway: "path", sac_scale: "difficult_alpine_hiking" }, "1.1"],
    ["hike", { highway: "via_ferrata" }, "1"],
    ["foot", { highway: "via_ferrata" }, "closed"],
    ["bike", { highway: "cycleway" }, "20"],
    ["bike", { highway: "residential", oneway: "yes" }, "18 4"],
    ["bike", { highway: "footway" }, "4"],
    ["bike", { highway: "footway", bicycle: "yes" }, "10"],
    ["bike", { highway: "steps" }, "4"],
    ["bike", { highway: "primary", bicycle: "use_sidepath" }, "4"],
    ["bike", { highway: "primary", surface: "cobblestone" }, "10"],
    ["bike", { highway: "track", tracktype: "grade5", surface: "gravel" }, "5.6"],
    ["gravel", { highway: "track", tracktype: "grade3", surface: "gravel" }, "15.3"],
    ["bike", { highway: "path", "mtb:scale": "3" }, "4"],
    ["mtb", { highway: "path", "mtb:scale": "3" }, "9"],
    ["mtb", { highway: "path", "mtb:scale": "6" }, "4"],
    ["car", { highway: "residential" }, "30"],
    ["car", { highway: "motorway" }, "110 closed"],
    ["car", { highway: "footway", bicycle: "yes" }, "closed"],
    ["foot", { route: "ferry" }, "10"],
  ])("%s on %j moves at %s km/h", (profile, tags, expected) => {
    expect(ride(profile, tags)).toBe(expected);
  });

  it("cost at least 1 where open and infinite where closed, for every profile", () => {
    const t = town("A-B-C-D-E-F", {
      AB: { highway: "cycleway" },
      BC: { highway: "motorway" },
      CD: { highway: "steps" },
      DE: { highway: "track", surface: "mud", access: "private" },
      EF: { highway: "path", smoothness: "impassable" },
    });
    for (const name of PROFILE_NAMES) {
      const { isOpen, speedMps, cost } = compileProfile(t.network, name);
      for (let arc = 0; arc < isOpen.length; arc++) {
        if (isOpen[arc]) {
          expect(speedMps[arc], `${name} ${t.lettersOf(arc)}`).toBeGreaterThan(0);
          expect(cost[arc], `${name} ${t.lettersOf(arc)}`).toBeGreaterThanOrEqual(1);
          expect(Number.isFinite(cost[arc])).toBe(true);
        } else {
          expect(speedMps[arc]).toBe(0);
          expect(cost[arc]).toBe(Number.POSITIVE_INFINITY);
        }
      }
    }
  });

  it("like what their people like", () => {
    const trail = { highway: "path" };
    const road = { highway: "secondary" };
    expect(costOf("hike", trail)).toBeLessThan(costOf("hike", road));
    expect(costOf("mtb", trail)).toBeLessThan(costOf("mtb", road));
    expect(costOf("bike", road)).toBeLessThan(costOf("bike", trail));
    expect(costOf("bike", { ...road, cycleway: "track" })).toBeLessThan(costOf("bike", road));
    expect(costOf("foot", { ...road, sidewalk: "both" })).toBeLessThan(costOf("foot", road));
    expect(costOf("foot", { highway: "footway", access: "private" })).toBeGreaterThan(
      costOf("foot", { highway: "footway" }),
    );
    expect(costOf("bike", { highway: "steps" })).toBeGreaterThan(5);
  });

  it("carries the version of the network it was laid over", () => {
    const t = town("A-B", ["AB"]);
    expect(compileProfile(t.network, "foot").networkVersion).toBe(t.network.version);
  });
});

describe("docs/reference/profiles.md", () => {
  const page = readFileSync("docs/reference/profiles.md", "utf8");
  const cell = (value: number | undefined, absent: string): string =>
    value === undefined ? absent : String(value);
  /** A table with one row per word and one column per profile; words that no profile names are left out. */
  const table = (
    words: readonly string[],
    pick: (name: ProfileName) => Readonly<Record<string, number | undefined>>,
    absent: string,
  ): string =>
    [
      `| | ${PROFILE_NAMES.join(" | ")} |`,
      `|---|${PROFILE_NAMES.map(() => "---:|").join("")}`,
      ...words
        .filter((word) => PROFILE_NAMES.some((name) => pick(name)[word] !== undefined))
        .map(
          (word) =>
            `| \`${word}\` | ${PROFILE_NAMES.map((name) => cell(pick(name)[word], absent)).join(" | ")} |`,
        ),
    ].join("\n");
  const mtbScales = ["0", "1", "2", "3", "4", "5", "6"];

  it.each([
    ["Speed by class", table(ROAD_CLASSES, (name) => profileOf(name).speedKmh, "–")],
    ["Surface", table(SURFACES, (name) => profileOf(name).surfaceSpeed, "1")],
    ["Smoothness", table(SMOOTHNESSES, (name) => profileOf(name).smoothnessSpeed, "1")],
    ["Track type", table(TRACK_TYPES, (name) => profileOf(name).trackTypeSpeed, "1")],
    ["Hiking scale", table(SAC_SCALES, (name) => profileOf(name).sacScaleSpeed, "1")],
    [
      "Mountain bike scale",
      table(mtbScales, (name) => Object.fromEntries(profileOf(name).mtbScaleSpeed.entries()), "1"),
    ],
    ["Dislike by class", table(ROAD_CLASSES, (name) => profileOf(name).dislike, "1")],
    ["Dislike by surface", table(SURFACES, (name) => profileOf(name).surfaceDislike, "1")],
  ])("says under '%s' what the profiles say", (title, expected) => {
    const section = page.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
    expect(section.match(/^\|[\s\S]*\|$/m)?.[0]).toBe(expected);
  });
});
