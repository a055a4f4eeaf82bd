// Scenarios that OSRM's features/testbot/matching.feature keeps because they once went wrong there,
// drawn to the same scale: five metres a column, ten a row of OSRM's, which is two rows here.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OsrmMatchAnswer } from "../../src/schema/osrm.ts";
import { type Town, town } from "../town.ts";
import { type OsrmTown, osrmTown } from "./osrm.ts";

function inTown(t: Town, scenarios: (osrm: () => OsrmTown) => void): void {
  let osrm: OsrmTown;
  beforeAll(async () => {
    osrm = await osrmTown(t);
  });
  afterAll(() => osrm.close());
  scenarios(() => osrm);
}

/** OSRM's drawing: rows as far apart as two columns. */
function osrmMap(drawing: string, ways: Parameters<typeof town>[1], grid = 10): Town {
  return town(drawing.split("\n").join("\n\n"), ways, { grid: grid / 2 });
}

/** Letters of the full geometry of the first matching. */
function lineOf(osrm: OsrmTown, answer: OsrmMatchAnswer): string {
  const { coordinates } = answer.matchings[0]!.geometry as { coordinates: number[][] };
  return coordinates.map((place) => osrm.letterAt(place)).join("");
}

const FULL = { overview: "full", geometries: "geojson" } as const;
const oneway = { oneway: "yes" };

describe("a small distortion", () => {
  const t = osrmMap(
    `
a b c d e
  f



  h     k`,
    ["abcde", "bfhke"],
  );
  inTown(t, (osrm) => {
    it("does not lead into the side street", async () => {
      expect(osrm().story(await osrm().match("afcde"))).toBe("abcde");
    });
  });
});

describe("an overview of one-way streets (3037)", () => {
  const t = osrmMap(
    `
a--->---b--->---c
|       |       |
|       ^       |
|       |       |
e--->---f--->---g`,
    { abc: oneway, efg: oneway, ae: oneway, cg: oneway, fb: oneway },
  );
  inTown(t, (osrm) => {
    it("keeps its corners when it is simplified", async () => {
      const answer = await osrm().match("efbc", { geometries: "geojson" }, "car");
      expect(osrm().story(answer)).toBe("efbc");
      expect(lineOf(osrm(), answer)).toBe("efbc");
    });
  });
});

describe("one leg over several fixes", () => {
  const corner = osrmMap(
    `
ad
|
|
|
|
|e   g
b--------------c
f              h`,
    ["ab", "bc"],
  );
  inTown(corner, (osrm) => {
    it("keeps the corner of the line", async () => {
      const answer = await osrm().match("defgh", { waypoints: "0;4", ...FULL });
      expect(lineOf(osrm(), answer)).toBe("abc");
      expect(answer.matchings[0]!.legs).toHaveLength(1);
    });
  });

  const bend = osrmMap(
    `
 bh
  |
  |
  |
  c
  g\\
    \\k
     \\
      \\
       \\
      j f`,
    ["hc", "cf"],
  );
  inTown(bend, (osrm) => {
    it("keeps the bend of the line", async () => {
      const answer = await osrm().match("bgkj", { waypoints: "0;3", ...FULL });
      expect(lineOf(osrm(), answer)).toMatch(/^h.*c/);
      const { coordinates } = answer.matchings[0]!.geometry as { coordinates: number[][] };
      expect(coordinates).toHaveLength(3);
    });
  });
});

describe("turning rather than turning back (4919)", () => {
  const t = osrmMap(
    `
      e
      ;
      ;
a----hb-----c
      ;
      ;
      d`,
    ["ahbc", "dbe"],
  );
  inTown(t, (osrm) => {
    it.each([
      ["abc", "abc", "depart,arrive"],
      ["abd", "abd", "depart,turn right,arrive"],
      ["abe", "abe", "depart,turn left,arrive"],
      ["ahd", "abd", "depart,turn right,arrive"],
      ["ahe", "abe", "depart,turn left,arrive"],
    ])("%s goes %s: %s", async (trace, line, turns) => {
      const answer = await osrm().match(trace, { waypoints: "0;2", steps: true, ...FULL });
      // h is a bend of the way, which the full line may show.
      expect(lineOf(osrm(), answer).replace("h", "")).toBe(line);
      const steps = answer.matchings[0]!.legs.flatMap((leg) => leg.steps);
      const spoken = steps.map(({ maneuver: { type, modifier } }) =>
        modifier === undefined ? type : `${type} ${modifier}`,
      );
      expect(spoken.join(",")).toBe(turns);
    });
  });
});

describe("fixes within edges", () => {
  const apart = osrmMap(`a--1-b2-cd3--e`, ["ab", "bcd", "de"]);
  inTown(apart, (osrm) => {
    it("have the same legs in both directions", async () => {
      const options = { waypoints: "0;2", annotations: "distance,duration,nodes" };
      const there = (await osrm().match("123", options)).matchings[0]!;
      const back = (await osrm().match("321", options)).matchings[0]!;
      // 1 to b 10 m, b to c 15, c to d 5, d to 3 5.
      const metres = there.legs[0]!.annotation!.distance!;
      expect(metres.map(Math.round)).toEqual([10, 15, 5, 5]);
      expect(back.legs[0]!.annotation!.distance!.map(Math.round)).toEqual([5, 5, 15, 10]);
      expect(back.duration).toBeCloseTo(there.duration, 1);
      const ids = (letters: string): number[] => [...letters].map((c) => c.charCodeAt(0));
      // c is a bend of way bcd.
      expect(there.legs[0]!.annotation!.nodes).toEqual([...ids("ab"), 0, ...ids("de")]);
      expect(back.legs[0]!.annotation!.nodes).toEqual([...ids("ed"), 0, ...ids("ba")]);
    });
  });

  const together = osrmMap(`a--12345-b`, ["ab"]);
  inTown(together, (osrm) => {
    it("of one edge are one segment", async () => {
      const options = { waypoints: "0;3", annotations: "distance,nodes" };
      for (const trace of ["2345", "4321"]) {
        const [leg] = (await osrm().match(trace, options)).matchings[0]!.legs;
        expect(leg!.annotation!.distance!.map(Math.round)).toEqual([15]);
        expect(leg!.annotation!.nodes).toHaveLength(2);
      }
    });
  });
});

describe("a tidied trace that splits", () => {
  const t = osrmMap(
    `
a--b--f
   |
   |
   e--c---d--g`,
    ["abf", "be", "ecdg"],
    40,
  );
  inTown(t, (osrm) => {
    it("keeps the legs of its parts", async () => {
      const timestamps = "10;21;37;1516914902;1516914913;1516914952";
      const answer = await osrm().match("abbecd", { tidy: true, timestamps });
      expect(osrm().story(answer).replaceAll("_", "")).toBe("ab,ecd");
      expect(answer.matchings.map((m) => m.legs.length)).toEqual([
        answer.tracepoints!.filter((p) => p?.matchings_index === 0).length - 1,
        2,
      ]);
    });
  });
});
