// What the network makes of drawn streets: junctions, clipped ways, loops, barriers, routes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { town } from "../../../test/town.ts";
import { shapeLengthM } from "./assemble.ts";
import { ACCESS, FLAG, NODE_FLAG } from "./attribute.ts";
import { buildNetwork } from "./build.ts";
import { componentsOf, largestComponent } from "./component.ts";
import { nameOf } from "./network.ts";
import { OsmBlockBuilder } from "./osm/block-builder.ts";
import { createCollector } from "./osm/collect.ts";
import { compileProfile } from "./profile.ts";
import { isTurnForbidden, TURN_MODE } from "./turn.ts";
import { wayClassOf } from "./way-class.ts";

const codes = (repairs: readonly { code: string; count: number }[]): Record<string, number> =>
  Object.fromEntries(repairs.map((r) => [r.code, r.count]));

describe("ways become edges", () => {
  it("cuts them where others meet them, and nowhere else", () => {
    const t = town(
      `
A--B--C--D
      |
      E
      |
      F`,
      ["ABCD", "CEF"],
    );
    const edges = Array.from({ length: t.network.edgeCount }, (_, e) => t.lettersOf(2 * e)).sort();
    expect(edges).toEqual(["ABC", "CD", "CEF"]);
    expect(t.network.lengthM[t.arcOf("ABC") >>> 1]).toBeCloseTo(60, 1);
  });

  it("makes no junction where ways cross without a common node", () => {
    const t = town(
      `
  C
A---B
  D`,
      ["AB", "CD"],
    );
    expect(t.network.edgeCount).toBe(2);
    expect(t.network.nodeCount).toBe(4);
  });

  it("joins ways that meet end to end", () => {
    const t = town("A-B-C", ["AB", "BC"]);
    expect(t.network.nodeCount).toBe(3);
    expect(t.network.head[t.network.firstOut[t.nodeOf("A")]!]).toBe(t.nodeOf("B"));
  });

  it("cuts a closed way in two, so that no edge begins and ends at one node", () => {
    const t = town(
      `
A---B
|   |
D---C`,
      ["ABCDA"],
    );
    expect(t.network.edgeCount).toBe(2);
    expect(t.hasArc("ABC")).toBe(true);
    expect(t.hasArc("CDA")).toBe(true);
  });

  it("keeps a lollipop's stick and halves its loop", () => {
    const t = town(
      `
A---B---C
    |   |
    E---D`,
      ["ABCDEB"],
    );
    const edges = Array.from({ length: t.network.edgeCount }, (_, e) => t.lettersOf(2 * e)).sort();
    expect(edges).toEqual(["AB", "BCD", "DEB"]);
  });

  it("follows a way out and back over itself", () => {
    const t = town("A---B---C", ["ABCB"]);
    expect(t.network.edgeCount).toBe(3);
    for (let e = 0; e < 3; e++) expect(t.network.source[e]).not.toBe(t.network.target[e]);
  });

  it("cuts a way where the extract lacks a node, and marks the ends", () => {
    const t = town("A--B--C--D--E", ["AB?CDE"]);
    const edges = Array.from({ length: t.network.edgeCount }, (_, e) => t.lettersOf(2 * e)).sort();
    expect(edges).toEqual(["AB", "CDE"]);
    const flags = ["A", "B", "C", "E"].map((l) => t.network.nodeFlag[t.nodeOf(l)]);
    expect(flags).toEqual([0, NODE_FLAG.CLIPPED, NODE_FLAG.CLIPPED, 0]);
    expect(codes(t.repairs)).toMatchObject({ "missing-node": 1, "clipped-way": 1 });
  });

  it("passes over missing nodes at the ends and ways that are nothing else", () => {
    const t = town("A--B  C", { "?AB?": {}, "C?": {}, "??": {} });
    expect(t.network.edgeCount).toBe(1);
    expect(codes(t.repairs)).toMatchObject({ "clipped-way": 3, "empty-way": 2 });
  });

  it("drops doubled nodes and takes nodes at one place for one", () => {
    const block = new OsmBlockBuilder();
    block.strings.push("highway", "path");
    // 2 and 3 lie on each other; 4 continues from 3, a second way from 2.
    for (const [id, lon] of [
      [1, 0],
      [2, 1000],
      [3, 1000],
      [4, 2000],
      [5, 3000],
    ] as const) {
      block.addNode(id, lon, 0);
    }
    for (const [id, refs] of [
      [10, [1, 1, 2, 3, 3, 4]],
      [11, [2, 5]],
      [12, [1, 1]],
    ] as const) {
      for (const ref of refs) block.addRef(ref);
      block.addTag(0, 1);
      block.closeWay(id);
    }
    const collector = createCollector();
    collector.add(block.finish());
    const { network, repairs } = buildNetwork(collector.finish());
    expect(network.edgeCount).toBe(3);
    expect(Math.min(...network.lengthM)).toBeGreaterThan(0);
    expect(codes(repairs)).toEqual({ "welded-node": 1, "empty-way": 1 });
  });

  it("leaves out what nobody may use, and says when that is all", () => {
    const t = town("A--B--C", { AB: {}, BC: { access: "no" } });
    expect(t.network.edgeCount).toBe(1);
    expect(() => town("A--B", { AB: { highway: "proposed" } })).toThrow(
      expect.objectContaining({ code: "OSM_EMPTY" }),
    );
  });

  it("carries name, class and tags to every edge of the way", () => {
    const t = town("A--B--C\n   |\n   D", { ABC: { highway: "track", name: "Forstweg" }, BD: {} });
    for (const arc of [t.arcOf("AB"), t.arcOf("BC")]) {
      expect(nameOf(t.network, arc >>> 1)).toBe("Forstweg");
      expect(t.wayOf(t.network.wayId[arc >>> 1]!)).toBe("ABC");
    }
  });

  it("notes a ford on the edge that holds its node", () => {
    const t = town("A-B-C-D", ["ABC", "CD"], { nodes: { B: { ford: "yes" } } });
    expect(t.network.flag[t.arcOf("AC") >>> 1]! & FLAG.FORD).toBe(FLAG.FORD);
    expect(t.network.flag[t.arcOf("CD") >>> 1]! & FLAG.FORD).toBe(0);
  });

  it("counts access that changes with the hour", () => {
    const t = town("A-B", { AB: { "access:conditional": "no @ (20:00-06:00)" } });
    expect(codes(t.repairs)).toEqual({ "conditional-access": 1 });
  });
});

describe("nodes on the way", () => {
  const STREET = "A---B---C";
  const at = (tags: Record<string, string>) => town(STREET, ["ABC"], { nodes: { B: tags } });
  const passes = (t: ReturnType<typeof at>): string => {
    // A wall leaves two nodes at B; what does not pass at all cannot be turned.
    if (t.network.nodeCount === 4) return "";
    if (t.network.edgeCount === 1) return "foot bike motor";
    const [ab, bc] = [t.arcOf("AB"), t.arcOf("BC")];
    const both = (mode: number): boolean =>
      !isTurnForbidden(t.network, ab, bc, mode) &&
      !isTurnForbidden(t.network, bc ^ 1, ab ^ 1, mode);
    return ["foot", both(TURN_MODE.BIKE) && "bike", both(TURN_MODE.MOTOR) && "motor"]
      .filter(Boolean)
      .join(" ");
  };

  it.each([
    [{ barrier: "gate" }, "foot bike motor"],
    [{ barrier: "gate", locked: "yes" }, ""],
    [{ barrier: "gate", access: "no", foot: "yes" }, "foot bike"],
    [{ barrier: "gate", access: "private" }, "foot bike motor"],
    [{ barrier: "gate", access: "no" }, ""],
    [{ barrier: "bollard" }, "foot bike"],
    [{ barrier: "bollard", motor_vehicle: "yes" }, "foot bike motor"],
    [{ barrier: "bollard", bicycle: "no" }, "foot"],
    [{ barrier: "cycle_barrier" }, "foot bike"],
    [{ barrier: "kissing_gate" }, "foot bike"],
    [{ barrier: "stile" }, "foot bike"],
    [{ barrier: "turnstile" }, "foot"],
    [{ barrier: "block" }, "foot bike"],
    [{ barrier: "cattle_grid" }, "foot bike motor"],
    [{ barrier: "wall" }, ""],
    [{ barrier: "wall", foot: "yes" }, "foot"],
    [{ barrier: "something_new" }, "foot bike"],
    [{ barrier: "no" }, "foot bike motor"],
    [{ highway: "traffic_signals" }, "foot bike motor"],
  ] as const)("%j lets pass: %s", (tags, expected) => {
    expect(passes(at({ ...tags }))).toBe(expected);
  });

  it("turning round at a barrier stays allowed", () => {
    const t = at({ barrier: "bollard" });
    expect(isTurnForbidden(t.network, t.arcOf("AB"), t.arcOf("BA"), TURN_MODE.MOTOR)).toBe(false);
  });

  it("a wall parts the sides for everyone", () => {
    const t = at({ barrier: "wall" });
    const { size } = componentsOf(t.network, compileProfile(t.network, "foot"));
    expect(Array.from(size)).toEqual([2, 2]);
  });

  it("notes signals, crossings and barriers of junctions", () => {
    const t = town("A--B--C\n   |\n   D", ["ABC", "BD"], {
      nodes: {
        A: { barrier: "gate" },
        B: { highway: "traffic_signals" },
        D: { highway: "crossing", crossing: "traffic_signals" },
        C: { barrier: "bollard" },
      },
    });
    const flags = ["A", "B", "D", "C"].map((l) => t.network.nodeFlag[t.nodeOf(l)]);
    expect(flags).toEqual([
      NODE_FLAG.BARRIER,
      NODE_FLAG.SIGNAL,
      NODE_FLAG.SIGNAL | NODE_FLAG.CROSSING,
      0,
    ]);
  });
});

describe("signed routes", () => {
  const routesOf = (t: ReturnType<typeof town>, letters: string): number[] => {
    const e = t.arcOf(letters) >>> 1;
    const { firstEdgeRoute, edgeRoute, routeId } = t.network;
    return Array.from(
      edgeRoute.subarray(firstEdgeRoute[e]!, firstEdgeRoute[e + 1]!),
      (r) => routeId[r]!,
    ).sort();
  };

  it("lie over every edge of their ways, through superroutes one level deep", () => {
    const t = town("A--B--C--D\n   |\n   E", ["ABC", "CD", "BE"], {
      relations: [
        {
          tags: { type: "route", route: "hiking", network: "lwn", name: "Rundweg 3" },
          members: [
            ["ABC", ""],
            ["BE", "forward"],
          ],
        },
        {
          tags: { type: "superroute", route: "hiking", network: "iwn", name: "E1" },
          members: [["#1", ""]],
        },
        {
          tags: { type: "superroute", route: "hiking", network: "iwn", name: "too deep" },
          members: [["#2", ""]],
        },
        { tags: { type: "route", route: "mtb", ref: "M7" }, members: [["CD", ""]] },
        {
          tags: { type: "route", route: "bicycle", network: "ncn", name: "D9" },
          members: [["CD", ""]],
        },
        { tags: { type: "route", route: "bus" }, members: [["CD", ""]] },
      ],
    });
    expect(routesOf(t, "AB")).toEqual([5001, 5002]);
    expect(routesOf(t, "BC")).toEqual([5001, 5002]);
    expect(routesOf(t, "BE")).toEqual([5001, 5002]);
    expect(routesOf(t, "CD")).toEqual([5004, 5005]);
    const { network } = t;
    expect(Array.from(network.routeKind)).toEqual([0, 0, 2, 1]);
    expect(Array.from(network.routeLevel)).toEqual([1, 4, 0, 3]);
    const name = (r: number): string => {
      const i = network.routeName[r]!;
      return new TextDecoder().decode(
        network.nameByte.slice(network.firstNameByte[i]!, network.firstNameByte[i + 1]!),
      );
    };
    expect([0, 1, 2, 3].map(name)).toEqual(["Rundweg 3", "E1", "M7", "D9"]);
  });

  it("survive relations that contain themselves", () => {
    const t = town("A--B", ["AB"], {
      relations: [
        {
          tags: { type: "route", route: "hiking" },
          members: [
            ["#1", ""],
            ["AB", ""],
          ],
        },
      ],
    });
    expect(routesOf(t, "AB")).toEqual([5001]);
  });
});

describe("components", () => {
  it("numbers them by size and finds the largest", () => {
    const t = town(
      `
A--B--C   F--G
|
D--E`,
      ["ABC", "AD", "DE", "FG"],
    );
    const arcs = compileProfile(t.network, "foot");
    const { size, ofNode } = componentsOf(t.network, arcs);
    expect(Array.from(size)).toEqual([4, 2]);
    expect(ofNode[t.nodeOf("F")]).toBe(1);
    const inLargest = largestComponent(t.network, arcs);
    expect(["A", "C", "E", "F"].map((l) => inLargest[t.nodeOf(l)])).toEqual([1, 1, 1, 0]);
  });
});

describe("any extract", () => {
  const nodeId = fc.integer({ min: 1, max: 12 });
  const extract = fc.record({
    nodes: fc.array(
      fc.record({
        id: nodeId,
        lon: fc.integer({ min: 80_000_000, max: 80_002_000 }),
        lat: fc.integer({ min: 470_000_000, max: 470_002_000 }),
        barrier: fc.constantFrom(undefined, "gate", "bollard", "wall"),
      }),
      { maxLength: 20 },
    ),
    ways: fc.array(
      fc.record({
        id: fc.integer({ min: 1, max: 6 }),
        refs: fc.array(nodeId, { maxLength: 8 }),
        highway: fc.constantFrom("path", "residential", "pedestrian", "proposed"),
        area: fc.constantFrom("yes", "no"),
      }),
      { maxLength: 8 },
    ),
    members: fc.array(
      fc.record({
        type: fc.integer({ min: 0, max: 2 }),
        id: fc.integer({ min: 1, max: 12 }),
        role: fc.constantFrom("from", "via", "to", "outer", ""),
      }),
      { maxLength: 6 },
    ),
    kind: fc.constantFrom("restriction", "route", "multipolygon"),
  });

  it("builds a sound network or says that it is empty, and loses no metre of a way", () => {
    fc.assert(
      fc.property(extract, ({ nodes, ways, members, kind }) => {
        const block = new OsmBlockBuilder();
        const string = (text: string): number => block.strings.push(text) - 1;
        for (const node of nodes) {
          block.addNode(node.id, node.lon, node.lat);
          if (node.barrier) block.addTag(string("barrier"), string(node.barrier));
          block.closeNode();
        }
        for (const way of ways) {
          for (const ref of way.refs) block.addRef(ref);
          block.addTag(string("highway"), string(way.highway));
          block.addTag(string("area"), string(way.area));
          block.closeWay(way.id);
        }
        for (const m of members) block.addMember(m.type, m.id, string(m.role));
        for (const [key, value] of [
          ["type", kind],
          ["restriction", "no_left_turn"],
          ["route", "hiking"],
          ["highway", "pedestrian"],
        ] as const) {
          block.addTag(string(key), string(value));
        }
        block.closeRelation(1);
        const collector = createCollector();
        collector.add(block.finish());
        const osm = collector.finish();

        // The last of equal ids wins; every stretch between nodes that exist is a part of some edge.
        const place = new Map(nodes.map((n) => [n.id, n]));
        const last = new Map(ways.map((w) => [w.id, w]));
        const expected = new Map<number, number>();
        for (const way of last.values()) {
          if (!wayClassOf(new Map([["highway", way.highway]]))) continue;
          let metres = 0;
          for (let i = 1; i < way.refs.length; i++) {
            const a = place.get(way.refs[i - 1]!);
            const b = place.get(way.refs[i]!);
            if (!a || !b) continue;
            const lon = Int32Array.of(a.lon, b.lon);
            metres += shapeLengthM(lon, Int32Array.of(a.lat, b.lat), 0, 2);
          }
          if (metres > 0) expected.set(way.id, metres);
        }
        if (expected.size === 0) {
          expect(() => buildNetwork(osm)).toThrow(expect.objectContaining({ code: "OSM_EMPTY" }));
          return;
        }
        const { network } = buildNetwork(osm);
        const found = new Map<number, number>();
        for (let e = 0; e < network.edgeCount; e++) {
          expect(network.lengthM[e]).toBeGreaterThan(0);
          expect(network.source[e]).not.toBe(network.target[e]);
          expect(network.access[e]! & (ACCESS.FOOT_FORWARD | ACCESS.BIKE_PUSH)).not.toBe(0);
          if (network.flag[e]! & FLAG.AREA_CROSSING) continue;
          const way = network.wayId[e]!;
          found.set(way, (found.get(way) ?? 0) + network.lengthM[e]!);
        }
        expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
        for (const [way, metres] of expected) expect(found.get(way)).toBeCloseTo(metres, 2);
      }),
      { numRuns: 300 },
    );
  });
});
