// What OSRM promises of /nearest, on drawn towns through the real server: the scenarios of OSRM's
// features/nearest.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { METRES_PER_DEGREE } from "../../src/geo/lonlat.ts";
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

describe("two ways crossing", () => {
  const t = town(
    `
       0 c 1

     7   n   2

     a k x m b

     6   l   3

       5 d 4`,
    ["akxmb", "cnxld"],
    { grid: 50 },
  );
  inTown(t, (osrm) => {
    it.each(["0c", "1c", "2b", "3b", "4d", "5d", "6a", "7a", "kk", "ll", "mm", "nn"])(
      "%s: the place asked for, the place found",
      async (pair) => {
        const { waypoints } = await osrm().nearest(pair[0]!);
        expect(waypoints).toHaveLength(1);
        expect(osrm().letterAt(waypoints![0]!.location)).toBe(pair[1]);
      },
    );

    it("gives as many edges as are asked for, nearest first", async () => {
      const { waypoints } = await osrm().nearest("0", { number: 3 });
      expect(waypoints).toHaveLength(3);
      const distances = waypoints!.map((w) => w.distance);
      expect(distances).toEqual([...distances].sort((a, b) => a - b));
      expect((await osrm().nearest("0", { number: 100 })).waypoints).toHaveLength(4);
    });

    it("names the way, its nodes and the distance", async () => {
      const [waypoint] = (await osrm().nearest("0")).waypoints!;
      expect(waypoint!.name).toBe("cnxld");
      expect([...waypoint!.nodes].sort()).toEqual(["c", "x"].map((c) => c.charCodeAt(0)).sort());
      expect(waypoint!.distance).toBeCloseTo(100, 0);
    });

    it("keeps to the bearing of travel", async () => {
      // 0 lies nearer to the way that goes north and south.
      const east = (await osrm().nearest("0", { bearings: "90,20" })).waypoints![0]!;
      expect(east.name).toBe("akxmb");
      const south = (await osrm().nearest("0", { bearings: "180,20" })).waypoints![0]!;
      expect(south.name).toBe("cnxld");
      const path = `/nearest/v1/foot/${osrm().coordinates("0")}?bearings=45,10`;
      expect((await osrm().refused(path)).code).toBe("NoSegment");
    });

    it("keeps to the radius", async () => {
      const path = `/nearest/v1/foot/${osrm().coordinates("0")}`;
      expect((await osrm().refused(`${path}?radiuses=99`)).code).toBe("NoSegment");
      expect((await osrm().nearest("0", { radiuses: "101" })).code).toBe("Ok");
      expect((await osrm().nearest("0", { radiuses: "unlimited" })).code).toBe("Ok");
    });

    it("finds the edge of the map from another continent", async () => {
      const got = await fetch(`${osrm().url}/nearest/v1/foot/-70,-30`);
      const { waypoints } = (await got.json()) as Awaited<ReturnType<OsrmTown["nearest"]>>;
      expect(osrm().letterAt(waypoints![0]!.location)).toBe("a");
      expect(waypoints![0]!.distance).toBeGreaterThan(100 * METRES_PER_DEGREE * 0.9);
    });

    it("answers a HEAD, a .json suffix and skip_waypoints", async () => {
      const path = `/nearest/v1/foot/${osrm().coordinates("0")}`;
      expect((await fetch(`${osrm().url}${path}.json`)).status).toBe(200);
      const head = await fetch(`${osrm().url}${path}`, { method: "HEAD" });
      expect(head.status).toBe(200);
      expect(await osrm().nearest("0", { skip_waypoints: true })).toEqual({ code: "Ok" });
    });

    it.each([
      ["/nearest/v1/foot/8,47;8.1,47", "InvalidOptions"],
      ["/nearest/v1/foot/8,47?number=0", "InvalidOptions"],
      ["/nearest/v1/foot/8,47?number=1.5", "InvalidOptions"],
      ["/nearest/v1/foot/8,47?number=x", "InvalidQuery"],
      ["/nearest/v1/foot/8,47?number=", "InvalidQuery"],
      ["/nearest/v1/foot/8,47?number=101", "TooBig"],
      ["/nearest/v1/foot/8,47?steps=true", "InvalidQuery"],
      ["/nearest/v1/foot/8,47?bearings=361,1", "InvalidOptions"],
      ["/nearest/v1/foot/8,47?bearings=1", "InvalidQuery"],
      ["/nearest/v1/foot/8,47?bearings=1,1;1,1", "InvalidOptions"],
      ["/nearest/v1/foot/8,47?radiuses=-1", "InvalidValue"],
      ["/nearest/v1/foot/8,91", "InvalidValue"],
      ["/nearest/v1/foot/8", "InvalidQuery"],
      ["/nearest/v1/foot", "InvalidUrl"],
      ["/nearest/v1/boat/8,47", "InvalidValue"],
    ])("%s is %s", async (path, code) => {
      expect(await osrm().refused(path)).toMatchObject({ status: 400, code });
    });

    it("takes no POST", async () => {
      const init = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
      expect((await osrm().refused("/nearest/v1/foot", init)).code).toBe("NotImplemented");
    });
  });
});

describe("a one-way street", () => {
  const t = town(`0 a x b`, { axb: { oneway: "yes" } }, { grid: 50 });
  inTown(t, (osrm) => {
    it("names its nodes in the direction of travel", async () => {
      const [waypoint] = (await osrm().nearest("0", {}, "car")).waypoints!;
      expect(osrm().letterAt(waypoint!.location)).toBe("a");
      expect(waypoint!.nodes).toEqual([..."ab"].map((c) => c.charCodeAt(0)));
    });
    it("is not found against it", async () => {
      const path = `/nearest/v1/car/${osrm().coordinates("x")}?bearings=270,30`;
      expect((await osrm().refused(path)).code).toBe("NoSegment");
    });
  });
});

describe("what the profile may not use", () => {
  const t = town(
    `
     a---b
     0
     c---d`,
    { ab: { highway: "steps" }, cd: { highway: "residential" } },
    { grid: 30 },
  );
  inTown(t, (osrm) => {
    it("is passed over", async () => {
      expect((await osrm().nearest("a", {}, "foot")).waypoints![0]!.name).toBe("ab");
      expect((await osrm().nearest("a", {}, "car")).waypoints![0]!.name).toBe("cd");
    });
  });
});
