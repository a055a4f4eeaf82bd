import { describe, expect, it } from "vitest";
import { type Town, town } from "../../../test/town.ts";
import { ACCESS, FLAG, ROAD_CLASSES } from "./attribute.ts";
import { areaDefaults } from "./cross-area.ts";
import { nameOf } from "./network.ts";
import { compileProfile } from "./profile.ts";

/** Edges across areas as letters of their ends and bends, sorted in themselves and together. */
function crossings(t: Town): string[] {
  return Array.from({ length: t.network.edgeCount }, (_, e) => e)
    .filter((e) => (t.network.flag[e]! & FLAG.AREA_CROSSING) !== 0)
    .map((e) => {
      const letters = t.lettersOf(2 * e);
      const back = t.lettersOf(2 * e + 1);
      return [letters, back].sort()[0]!;
    })
    .sort();
}

const SQUARE = `
e--A--------B--f
   |        |
   |        |
   |        |
h--D--------C--g`;
const STREETS = { eA: {}, Bf: {}, Dh: {}, Cg: {} };

describe("squares", () => {
  it("are crossed from corner to corner, and walked along their sides", () => {
    const t = town(SQUARE, { ABCDA: { highway: "pedestrian", area: "yes" }, ...STREETS });
    expect(crossings(t)).toEqual(["AC", "BD"]);
    const e = t.arcOf("AC") >>> 1;
    expect(ROAD_CLASSES[t.network.roadClass[e]!]).toBe("area");
    expect(nameOf(t.network, e)).toBe("ABCDA");
    expect(t.wayOf(t.network.wayId[e]!)).toBe("ABCDA");
    expect(t.network.access[e]).toBe(ACCESS.FOOT_FORWARD | ACCESS.FOOT_BACKWARD | ACCESS.BIKE_PUSH);
    expect(compileProfile(t.network, "foot").isOpen[2 * e]).toBe(1);
    expect(compileProfile(t.network, "car").isOpen[2 * e]).toBe(0);
  });

  it("may be platforms", () => {
    const t = town(SQUARE, { ABCDA: { railway: "platform", area: "yes" }, ...STREETS });
    expect(crossings(t)).toEqual(["AC", "BD"]);
  });

  it("that are no ways themselves get their sides, too", () => {
    const t = town(SQUARE, { ABCDA: { place: "square" }, ...STREETS });
    expect(crossings(t)).toEqual(["AC", "AD", "BC", "BD"].concat("AB", "CD").sort());
  });

  it("are not crossed through their holes", () => {
    const t = town(
      `
e--A--------------B--f
   |              |
   |  P--------Q  |
   |  |        |  |
   |  S--------R  |
   |              |
h--D--------------C--g`,
      { ABCDA: {}, PQRSP: {}, ...STREETS },
      {
        relations: [
          {
            tags: { type: "multipolygon", highway: "pedestrian", name: "Marktplatz" },
            members: [
              ["ABCDA", "outer"],
              ["PQRSP", "inner"],
            ],
          },
        ],
      },
    );
    for (const letters of crossings(t)) expect(letters).not.toMatch(/^(AC|BD)$/);
    // Round the fountain: A over Q or S to C.
    expect(crossings(t).some((l) => /^A[QS]C$/.test(l))).toBe(true);
  });

  it("bend round their own corners", () => {
    const t = town(
      `
e--A-----B
   |     |
   |     |
   |     C-----D--f
   |           |
   F-----------E`,
      { ABCDEFA: { place: "square" }, eA: {}, Df: {} },
    );
    expect(crossings(t)).toEqual(["ACD"]);
  });

  it("closed to walkers are not crossed, nor without two entries", () => {
    expect(
      crossings(town(SQUARE, { ABCDA: { place: "square", access: "no" }, ...STREETS })),
    ).toEqual([]);
    expect(
      crossings(town(SQUARE, { ABCDA: { highway: "pedestrian", area: "yes" }, eA: {} })),
    ).toEqual([]);
  });

  it("are entered where a street ends on their side, not where a path follows it", () => {
    const t = town(
      `
   e
   |
A--P--B
|     M
|     N
D--Q--C
   |
   f`,
      { APBMNCQDA: { place: "square" }, eP: {}, Qf: {}, BMNC: { highway: "footway" } },
    );
    expect(crossings(t)).toContain("PQ");
    expect(crossings(t).join("")).not.toMatch(/[MN]/);
  });

  it("with a building in the middle are crossed beside it", () => {
    const t = town(
      `
e--A--------B--f
   |  P--Q  |
   |  |  |  |
   |  S--R  |
h--D--------C--g`,
      { ABCDA: { place: "square" }, PQRSP: { building: "yes" }, ...STREETS },
    );
    expect(crossings(t)).not.toContain("AC");
    expect(crossings(t)).not.toContain("BD");
  });
});

describe("greens", () => {
  // The street goes round three sides of the park, about 300 m; the grass is 80 m wide.
  const PARK = `
e--A---------B--f
|  |         |  |
|  |         |  |
|  D---------C  |
|               |
g---------------h`;
  it("are crossed where the paths are a large detour", () => {
    const ways = { ABCDA: { leisure: "park" }, eA: {}, Bf: {}, eg: {}, gh: {}, fh: {} };
    expect(crossings(town(PARK, ways))).toEqual(["AB"]);
  });

  it("are not crossed where a path already leads across", () => {
    const ways = { ABCDA: { leisure: "park" }, eA: {}, Bf: {}, AB: { highway: "path" } };
    expect(crossings(town(PARK, ways))).toEqual([]);
  });

  it("are not crossed through water, a fence or a wood", () => {
    for (const tags of [
      { waterway: "stream" },
      { barrier: "fence" },
      { natural: "water" },
      { railway: "rail" },
    ]) {
      const t = town(
        `
      p
e--A--+------B--f
   |         |
   |         |
   D---------C
      q`,
        { ABCDA: { leisure: "park" }, eA: {}, Bf: {}, pq: tags },
      );
      expect(crossings(t), JSON.stringify(tags)).toEqual([]);
    }
  });

  it("are not crossed over more than their longest line", () => {
    const ways = { ABCDA: { leisure: "park" }, eA: {}, Bf: {} };
    const grid = areaDefaults.green.lengthMaxM / 10;
    expect(crossings(town(PARK, ways, { grid: grid * 0.95 }))).toEqual(["AB"]);
    expect(crossings(town(PARK, ways, { grid: grid * 1.05 }))).toEqual([]);
  });

  it("join path ends that lie on the grass", () => {
    const t = town(
      `
A-----------B
|           |
| p-q   r-s |
|           |
D-----------C`,
      { ABCDA: { leisure: "park" }, pq: { highway: "path" }, rs: { highway: "path" } },
    );
    expect(crossings(t)).toEqual(["qr"]);
  });
});

it("an area with many entries keeps its crossings few", () => {
  // A ring of 52 corners, each with a street of its own.
  const corners = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const n = corners.length;
  const drawing: string[][] = Array.from({ length: 80 }, () => Array<string>(120).fill(" "));
  const place = (letter: string, radius: number, i: number): void => {
    const angle = (2 * Math.PI * i) / n;
    const row = Math.round(40 - radius * Math.sin(angle));
    const column = Math.round(60 + radius * Math.cos(angle));
    drawing[row]![column] = letter;
  };
  const ways: Record<string, Record<string, string>> = {
    [`${corners}A`]: { place: "square" },
  };
  for (let i = 0; i < n; i++) {
    place(corners[i]!, 30, i);
    place(corners[i]!.toLowerCase(), 38, i);
    ways[corners[i]! + corners[i]!.toLowerCase()] = {};
  }
  const t = town(drawing.map((row) => row.join("")).join("\n"), ways, { grid: 4 });
  const count = crossings(t).length;
  expect(count).toBeGreaterThan(n - 1);
  expect(count).toBeLessThan(6 * n);
});
