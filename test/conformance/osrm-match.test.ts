// What OSRM promises of /match, on drawn towns through the real server. The scenarios follow OSRM's
// features/testbot/matching.feature; where Waymark differs, the test's name says so.
import polyline from "@mapbox/polyline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OsrmMatchAnswer } from "../../src/schema/osrm.ts";
import { type Town, town } from "../town.ts";
import { type Options, type OsrmTown, osrmTown } from "./osrm.ts";

/** Runs the scenarios against one town. */
function inTown(t: Town, scenarios: (osrm: () => OsrmTown) => void): void {
  let osrm: OsrmTown;
  beforeAll(async () => {
    osrm = await osrmTown(t);
  });
  afterAll(() => osrm.close());
  scenarios(() => osrm);
}

const STREET = town(
  `
   a b c d

       1
   e`,
  ["abcd"],
  { grid: 50 },
);

describe("a straight street", () => {
  inTown(STREET, (osrm) => {
    it("gives a matching with a leg between each two fixes", async () => {
      const answer = await osrm().match("abcd");
      expect(answer.code).toBe("Ok");
      expect(osrm().story(answer)).toBe("abcd");
      const [matching, ...others] = answer.matchings;
      expect(others).toEqual([]);
      expect(matching!.legs.map((leg) => leg.distance)).toEqual([100, 100, 100]);
      expect(matching!.distance).toBeCloseTo(300, 0);
      expect(matching!.weight_name).toBe("duration");
      expect(matching!.weight).toBe(matching!.duration);
      // 5 km/h.
      expect(matching!.duration).toBeCloseTo(300 / (5 / 3.6), 0);
      expect(answer.tracepoints!.map((p) => p!.waypoint_index)).toEqual([0, 1, 2, 3]);
      expect(answer.tracepoints!.map((p) => p!.name)).toEqual(["abcd", "abcd", "abcd", "abcd"]);
    });

    it("leaves out an outlier that has no candidate", async () => {
      const answer = await osrm().match("ab1d", { timestamps: "0;70;100;210", gaps: "ignore" });
      expect(osrm().story(answer)).toBe("ab_d");
      expect(answer.matchings).toHaveLength(1);
      expect(answer.matchings[0]!.legs).toHaveLength(2);
      expect(answer.matchings[0]!.distance).toBeCloseTo(300, 0);
    });

    it("splits at a silence of a minute and of ten usual intervals", async () => {
      const answer = await osrm().match("abcd", { timestamps: "0;20;320;340" });
      expect(osrm().story(answer)).toBe("ab,cd");
      expect(answer.tracepoints!.map((p) => p!.matchings_index)).toEqual([0, 0, 1, 1]);
      expect(answer.tracepoints!.map((p) => p!.waypoint_index)).toEqual([0, 1, 0, 1]);
    });

    it("does not split with gaps=ignore", async () => {
      const answer = await osrm().match("abcd", { timestamps: "0;20;320;340", gaps: "ignore" });
      expect(osrm().story(answer)).toBe("abcd");
    });

    it("does not split a sparse trace whose every interval is more than a minute", async () => {
      const answer = await osrm().match("abcd", { timestamps: "0;80;160;240" });
      expect(osrm().story(answer)).toBe("abcd");
    });

    it("tidies a fix that comes back too soon", async () => {
      const options = { timestamps: "0;20;22;60;80", tidy: true };
      const answer = await osrm().match("abacd", options);
      expect(osrm().story(answer)).toBe("ab_cd");
      expect(answer.matchings[0]!.distance).toBeCloseTo(300, 0);
    });

    it("leaves a clean trace as it is when it tidies", async () => {
      const answer = await osrm().match("abcd", { timestamps: "0;20;40;60", tidy: true });
      expect(osrm().story(answer)).toBe("abcd");
    });

    it("answers NoSegment when nothing is near, NoMatch when one fix alone is", async () => {
      const { coordinates } = osrm();
      expect((await osrm().refused(`/match/v1/foot/7.5,46;7.5,46.001`)).code).toBe("NoSegment");
      const far = `${coordinates("a")};7.5,46;7.5,46.001`;
      expect((await osrm().refused(`/match/v1/foot/${far}`)).code).toBe("NoMatch");
    });

    it("turns back where the trace does, in one matching", async () => {
      const answer = await osrm().match("abcba", {
        timestamps: "0;70;140;210;280",
        gaps: "ignore",
      });
      expect(osrm().story(answer)).toBe("abcba");
      expect(answer.matchings[0]!.legs.map((leg) => leg.distance)).toEqual([100, 100, 100, 100]);
    });

    it("goes out and back for a single fix of a sparse trace", async () => {
      const answer = await osrm().match("aba", { timestamps: "0;90;180" });
      expect(osrm().story(answer)).toBe("aba");
      expect(answer.matchings[0]!.distance).toBeCloseTo(200, 0);
    });

    it("gives the leg of two fixes at one place two positions and no length", async () => {
      const answer = await osrm().match("abbc", { annotations: true, geometries: "geojson" });
      expect(osrm().story(answer)).toBe("abbc");
      const leg = answer.matchings[0]!.legs[1]!;
      expect(leg.distance).toBe(0);
      expect(leg.annotation!.distance).toEqual([0]);
    });

    it("simplifies a straight line to its ends unless all of it is asked for", async () => {
      const geometryOf = async (options: Options) =>
        (await osrm().match("abcd", { geometries: "geojson", ...options })).matchings[0]!.geometry;
      expect(await geometryOf({})).toMatchObject({ coordinates: { length: 2 } });
      expect(await geometryOf({ overview: "full" })).toMatchObject({ coordinates: { length: 4 } });
      expect(await geometryOf({ overview: "false" })).toBeUndefined();
    });

    it("is sure of the only street there is", async () => {
      const [matching] = (await osrm().match("abcd")).matchings;
      expect(matching!.confidence).toBeGreaterThan(0.95);
      expect(matching!.confidence).toBeLessThanOrEqual(1);
    });

    it("leaves out tracepoints with skip_waypoints", async () => {
      const answer = await osrm().match("abcd", { skip_waypoints: true });
      expect(answer.tracepoints).toBeUndefined();
      expect(answer.matchings).toHaveLength(1);
    });

    it.each(["walking", "foot", "hike", "bike", "cycling", "bicycle", "gravel", "mtb", "driving"])(
      "knows the profile %s",
      async (profile) => {
        expect((await osrm().match("abcd", {}, profile)).code).toBe("Ok");
      },
    );
  });
});

describe("a long street", () => {
  inTown(town(`a b c d`, ["abcd"], { grid: 200 }), (osrm) => {
    it("splits where one would have been faster than anyone", async () => {
      const answer = await osrm().match("abcd", { timestamps: "0;80;84;164" });
      expect(osrm().story(answer)).toBe("ab,cd");
      expect(answer.matchings.map((m) => m.distance)).toEqual([400, 400]);
      expect(answer.waymark.offNetwork.map((o) => o.reason)).toEqual(["gap"]);
      const slower = await osrm().match("abcd", { timestamps: "0;80;160;240" });
      expect(osrm().story(slower)).toBe("abcd");
    });
  });
});

describe("waypoints", () => {
  const t = town(
    `
     a-----b---c
           |
           |
           d
           |
           |
           e`,
    ["abc", "bde"],
    { grid: 20 },
  );
  inTown(t, (osrm) => {
    it("end legs, the others have no index", async () => {
      const answer = await osrm().match("abde", { waypoints: "0;3" });
      expect(osrm().story(answer)).toBe("abde");
      expect(answer.tracepoints!.map((p) => p!.waypoint_index)).toEqual([0, null, null, 1]);
      expect(answer.matchings[0]!.legs).toHaveLength(1);
      expect(answer.matchings[0]!.legs[0]!.distance).toBeCloseTo(240, 0);
    });

    it("are not tidied away", async () => {
      const options = { waypoints: "0;2;4", tidy: true };
      const answer = await osrm().match("abbde", options);
      expect(answer.tracepoints!.map((p) => p?.waypoint_index)).toEqual([0, null, 1, null, 2]);
    });

    it("are refused when the trace splits", async () => {
      const options = "waypoints=0;3&timestamps=0;60;900;960";
      const path = `/match/v1/foot/${osrm().coordinates("abde")}?${options}`;
      expect((await osrm().refused(path)).code).toBe("NoMatch");
    });

    it.each([
      ["0;4", "InvalidOptions"],
      ["0;0;3", "InvalidOptions"],
      ["0;-1;3", "InvalidOptions"],
      ["0;1.5;3", "InvalidOptions"],
      ["1;3", "InvalidValue"],
      ["0;2", "InvalidValue"],
      ["0;x", "InvalidQuery"],
    ])("%s are %s", async (waypoints, code) => {
      const path = `/match/v1/foot/${osrm().coordinates("abde")}?waypoints=${waypoints}`;
      expect(await osrm().refused(path)).toMatchObject({ status: 400, code });
    });
  });
});

describe("annotations", () => {
  // The fixes 1 and 2 lie within the first and the last edge.
  const t = town(`a-1-b--c--d--e--f-2-g`, ["ab", "bc", "cd", "de", "ef", "fg"], { grid: 10 });
  const code = (letter: string): number => letter.charCodeAt(0);
  inTown(t, (osrm) => {
    const nodesOf = (answer: OsrmMatchAnswer): string =>
      answer.matchings
        .flatMap((m) => m.legs.map((leg) => leg.annotation!.nodes!))
        .map((ids) => String.fromCharCode(...ids))
        .join(",");

    it("name the nodes around and between the fixes", async () => {
      expect(nodesOf(await osrm().match("12", { annotations: "nodes" }))).toBe("abcdefg");
      expect(nodesOf(await osrm().match("21", { annotations: "nodes" }))).toBe("gfedcba");
      expect(nodesOf(await osrm().match("bdf", { annotations: "nodes" }))).toBe("bcd,def");
    });

    it("count one value per segment and one node more", async () => {
      const answer = await osrm().match("1cf2", {
        annotations: true,
        overview: "full",
        geometries: "geojson",
      });
      let segments = 0;
      for (const { annotation, distance, duration } of answer.matchings[0]!.legs) {
        const { nodes, ...values } = annotation!;
        const count = values.distance!.length;
        segments += count;
        expect(nodes).toHaveLength(count + 1);
        for (const name of ["duration", "weight", "speed", "datasources"] as const) {
          expect(values[name], name).toHaveLength(count);
        }
        expect(sum(values.distance!)).toBeCloseTo(distance, 0);
        expect(sum(values.duration!)).toBeCloseTo(duration, 0);
        expect(values.metadata!.datasource_names).toHaveLength(1);
      }
      // 1-b-c-d-e-f-2; the fixes at c and f add no vertex.
      expect(segments).toBe(6);
      const { geometry } = answer.matchings[0]!;
      expect(geometry).toMatchObject({ coordinates: { length: segments + 1 } });
    });

    it("are only those asked for", async () => {
      const answer = await osrm().match("12", { annotations: "duration,nodes" });
      const { annotation } = answer.matchings[0]!.legs[0]!;
      expect(Object.keys(annotation!).sort()).toEqual(["duration", "nodes"]);
      expect((await osrm().match("12")).matchings[0]!.legs[0]!.annotation).toBeUndefined();
      expect(
        (await osrm().match("12", { annotations: false })).matchings[0]!.legs[0],
      ).not.toHaveProperty("annotation");
    });

    it("write 0 for a bend, whose id the network does not keep: not as OSRM", async () => {
      const bend = await osrmTown(town(`a-1-b--c-2-d`, ["abcd"]));
      const answer = await bend.match("12", { annotations: "nodes" });
      expect(answer.matchings[0]!.legs[0]!.annotation!.nodes).toEqual([code("a"), 0, 0, code("d")]);
      await bend.close();
    });
  });
});

describe("geometries", () => {
  const t = town(
    `
     a b c
       d`,
    ["abc", "bd"],
    { grid: 50 },
  );
  inTown(t, (osrm) => {
    const expected = ["a", "b", "d"].map((letter) => t.at[letter]!);
    const near = (got: readonly (readonly number[])[], digits: number): void => {
      expect(got).toHaveLength(3);
      for (const [i, [lon, lat]] of expected.entries()) {
        expect(got[i]![0]).toBeCloseTo(lon, digits);
        expect(got[i]![1]).toBeCloseTo(lat, digits);
      }
    };
    const geometryOf = async (geometries: string) =>
      (await osrm().match("abd", { geometries, overview: "full" })).matchings[0]!.geometry!;
    const flip = ([lat, lon]: number[]): number[] => [lon!, lat!];

    it("are GeoJSON", async () => {
      const line = (await geometryOf("geojson")) as { type: string; coordinates: number[][] };
      expect(line.type).toBe("LineString");
      near(line.coordinates, 5);
    });
    it("are polylines of five digits", async () => {
      near(polyline.decode((await geometryOf("polyline")) as string).map(flip), 4);
      near(
        polyline
          .decode(
            (await osrm().match("abd", { overview: "full" })).matchings[0]!.geometry as string,
          )
          .map(flip),
        4,
      );
    });
    it("are polylines of six digits", async () => {
      near(polyline.decode((await geometryOf("polyline6")) as string, 6).map(flip), 5);
    });

    it("come in as polylines too, with the same answer", async () => {
      const fixes = ["a", "b", "d"].map(
        (letter) => [...t.at[letter]!].reverse() as [number, number],
      );
      const plain = await osrm().match("abd");
      for (const [name, digits] of [
        ["polyline", 5],
        ["polyline6", 6],
      ] as const) {
        const text = encodeURIComponent(`${name}(${polyline.encode(fixes, digits)})`);
        const got = await fetch(`${osrm().url}/match/v1/foot/${text}`);
        const answer = (await got.json()) as OsrmMatchAnswer;
        expect(osrm().story(answer)).toBe("abd");
        expect(answer.matchings[0]!.distance).toBeCloseTo(plain.matchings[0]!.distance, 0);
      }
    });
  });
});

describe("one-way streets", () => {
  const oneway = { oneway: "yes" };
  const t = town(
    `
     a b c d
     e f g h`,
    { abcd: oneway, hgfe: oneway },
  );
  inTown(t, (osrm) => {
    it("are driven the way they go", async () => {
      expect(osrm().story(await osrm().match("dcba", {}, "car"))).toBe("hgfe");
      expect(osrm().story(await osrm().match("efgh", {}, "car"))).toBe("abcd");
    });
    it("do not bind who walks", async () => {
      expect(osrm().story(await osrm().match("dcba", {}, "foot"))).toBe("dcba");
    });
  });
});

describe("a place off the paths", () => {
  const t = town(
    `
     a-----b                    c-----d
            0 1 2 3 4 5 6 7 8 9
     e--------------------------------f`,
    ["ab", "cd"],
    { grid: 20 },
  );
  inTown(t, (osrm) => {
    it("splits the matching, is null in the tracepoints and is named beside them", async () => {
      const answer = await osrm().match("ab0123456789cd", {
        timestamps: [..."ab0123456789cd"].map((_, i) => 40 * i).join(";"),
      });
      const story = osrm().story(answer);
      expect(story).toMatch(/^ab·?_+,?·?/);
      expect(answer.matchings).toHaveLength(2);
      expect(answer.tracepoints!.filter((p) => p === null).length).toBeGreaterThanOrEqual(6);
      const [off, ...others] = answer.waymark.offNetwork;
      expect(others).toEqual([]);
      expect(off!.reason).toBe("left");
      expect(off!.first).toBeGreaterThanOrEqual(2);
      expect(off!.last).toBeLessThanOrEqual(11);
      expect(off!.distance).toBeGreaterThan(300);
    });
  });
});

describe("radiuses", () => {
  const t = town(
    `
     a------b------c------d
     0      1      2      3
     `,
    ["abcd"],
    { grid: 70 },
  );
  inTown(t, (osrm) => {
    it("widen the search when the receiver was poor", async () => {
      const path = `/match/v1/foot/${osrm().coordinates("0123")}`;
      expect((await osrm().refused(path)).code).toBe("NoSegment");
      const answer = await osrm().match("0123", { radiuses: "60;60;60;60" });
      expect(answer.code).toBe("Ok");
      expect(osrm().story(answer)).toBe("abcd");
      for (const point of answer.tracepoints!) expect(point!.distance).toBeCloseTo(70, 0);
    });
  });
});

describe("a client that goes", () => {
  inTown(STREET, (osrm) => {
    it("leaves nothing behind", async () => {
      await osrm().match("abcd");
      const places = [..."abcd"].flatMap((letter) => Array(2400).fill([...STREET.at[letter]!]));
      const body = JSON.stringify({ coordinates: places, steps: true, annotations: true });
      for (let i = 0; i < 5; i++) {
        const gone = new AbortController();
        const asked = fetch(`${osrm().url}/match/v1/foot`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
          signal: gone.signal,
        });
        setTimeout(() => gone.abort(), 60);
        await expect(asked.then((got) => got.text())).rejects.toThrow();
      }
      await expect.poll(() => osrm().load()).toEqual({ running: 0, waiting: 0 });
      expect((await osrm().match("abcd")).code).toBe("Ok");
    });
  });
});

describe("laps", () => {
  const t = town(
    `
     a---------b
     |         |
     |         |
     |         |
     d---------c`,
    ["abcda"],
    { grid: 20 },
  );
  inTown(t, (osrm) => {
    it("are told apart, each fix in its own", async () => {
      const letters = "abcdabcdabcd";
      const timestamps = [...letters].map((_, i) => 120 * i).join(";");
      const answer = await osrm().match(letters, { timestamps });
      expect(osrm().story(answer)).toBe(letters);
      const lengths = answer.matchings[0]!.legs.map((leg) => Math.round(leg.distance));
      expect(lengths).toEqual([...letters].slice(1).map((_, i) => (i % 2 === 0 ? 200 : 80)));
    });
  });
});

describe("alternatives", () => {
  const t = town(
    `
     a b c d e f
         g h i j`,
    ["abcdef", "ghij"],
    { grid: 4 },
  );
  inTown(t, (osrm) => {
    it("are counted where another street is as near", async () => {
      const answer = await osrm().match("af");
      expect(answer.tracepoints!.map((p) => p!.alternatives_count)).toEqual([0, 1]);
    });
  });
});

describe("steps", () => {
  const t = town(
    `
         e
         |
     a---b---c
         |
         d`,
    ["abc", "dbe"],
    { grid: 25 },
  );
  inTown(t, (osrm) => {
    const turns = (answer: OsrmMatchAnswer): string =>
      answer.matchings[0]!.legs.flatMap((leg) =>
        leg.steps.map((s) => [s.maneuver.type, s.maneuver.modifier].join(" ").trim()),
      ).join(",");

    it.each([
      ["abc", "depart,arrive"],
      ["abd", "depart,turn right,arrive"],
      ["abe", "depart,turn left,arrive"],
      ["dbe", "depart,arrive"],
      ["ebc", "depart,turn left,arrive"],
    ])("%s is %s", async (trace, expected) => {
      expect(turns(await osrm().match(trace, { steps: true, waypoints: "0;2" }))).toBe(expected);
    });

    it("add up to the leg, carry names, and pass junctions", async () => {
      const answer = await osrm().match("abd", {
        steps: true,
        waypoints: "0;2",
        geometries: "geojson",
      });
      const [leg] = answer.matchings[0]!.legs;
      expect(sum(leg!.steps.map((s) => s.distance))).toBeCloseTo(leg!.distance, 0);
      expect(leg!.steps.map((s) => s.name)).toEqual(["abc", "dbe", "dbe"]);
      expect(leg!.summary).toBe("abc, dbe");
      const turn = leg!.steps[1]!;
      expect(turn.maneuver).toMatchObject({ bearing_before: 90, bearing_after: 180 });
      expect(osrm().letterAt(turn.maneuver.location)).toBe("b");
      const [crossing] = turn.intersections;
      expect(crossing!.bearings).toEqual([0, 90, 180, 270]);
      expect(crossing!.bearings[crossing!.out!]).toBe(180);
      expect(crossing!.bearings[crossing!.in!]).toBe(270);
      expect(crossing!.entry).toEqual([true, true, true, true]);
      const [straight] = (await osrm().match("abc", { steps: true, waypoints: "0;2" }))
        .matchings[0]!.legs;
      expect(straight!.steps[0]!.intersections).toHaveLength(2);
      expect(leg!.steps.at(-1)!.distance).toBe(0);
    });

    it("are empty unless asked for", async () => {
      const [leg] = (await osrm().match("abd")).matchings[0]!.legs;
      expect(leg!.steps).toEqual([]);
      expect(leg!.summary).toBe("");
    });
  });
});

describe("a POST", () => {
  inTown(STREET, (osrm) => {
    const coordinates = [..."abcd"].map((letter) => [...STREET.at[letter]!]);

    it("of JSON has the answer of the GET", async () => {
      const timestamps = [0, 20, 320, 340];
      const { status, ...answer } = await osrm().post({
        coordinates,
        timestamps,
        radiuses: [5, null, "unlimited", 5],
        hints: [null, "x", null, null],
        annotations: ["distance", "speed"],
        steps: true,
        tidy: false,
        overview: "full",
        geometries: "geojson",
      });
      expect(status).toBe(200);
      const options = {
        timestamps: timestamps.join(";"),
        radiuses: "5;;unlimited;5",
        hints: ";x;;",
        annotations: "distance,speed",
        steps: true,
        tidy: false,
        overview: "full",
        geometries: "geojson",
      };
      expect(answer).toEqual(await osrm().match("abcd", options));
    });

    it("of a form has it too", async () => {
      const form = new URLSearchParams({ coordinates: osrm().coordinates("abcd"), steps: "true" });
      const type = "application/x-www-form-urlencoded";
      const { status, ...answer } = await osrm().post(form.toString(), "walking", type);
      expect(status).toBe(200);
      expect(answer).toEqual(await osrm().match("abcd", { steps: true }));
    });

    it("takes a polyline, and the coordinates of the URL", async () => {
      const fixes = coordinates.map(([lon, lat]) => [lat, lon] as [number, number]);
      const text = `polyline6(${polyline.encode(fixes, 6)})`;
      expect(osrm().story(await osrm().post({ coordinates: text }))).toBe("abcd");
      const path = `/match/v1/foot/${osrm().coordinates("abcd")}`;
      const got = await fetch(osrm().url + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      expect(osrm().story((await got.json()) as OsrmMatchAnswer)).toBe("abcd");
    });

    it("takes more coordinates than a URL", async () => {
      const [from, to] = [STREET.at.a!, STREET.at.d!];
      const many = Array.from({ length: 2000 }, (_, i) => [
        from[0] + ((to[0] - from[0]) * i) / 1999,
        from[1],
      ]);
      const { status, ...answer } = await osrm().post({ coordinates: many });
      expect(status).toBe(200);
      expect(answer.matchings[0]!.legs).toHaveLength(1999);
      expect(answer.matchings[0]!.distance).toBeCloseTo(300, 0);
      expect(
        await osrm().refused(`/match/v1/foot/${Array(1001).fill("8,47").join(";")}`),
      ).toMatchObject({
        status: 400,
        code: "TooBig",
      });
    });
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
