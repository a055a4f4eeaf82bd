// A map of a phone or a browser that was written for OSRM, against Waymark: geometries are read by
// @mapbox/polyline, steps are spoken by osrm-text-instructions, both as they come from npm.
import polyline from "@mapbox/polyline";
import fc from "fast-check";
import textInstructions from "osrm-text-instructions";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { haversine } from "../../src/geo/lonlat.ts";
import {
  matchAnswerSchema,
  nearestAnswerSchema,
  type OsrmMatchAnswer,
} from "../../src/schema/osrm.ts";
import { town } from "../town.ts";
import { type OsrmTown, osrmTown } from "./osrm.ts";

const t = town(
  `
   a-----b-----c-----d
   |     |     |     |
   |     |     |     |
   e-----f-----g-----h
   |     |     |     |
   |     |     |     |
   i-----j-----k-----l`,
  {
    abcd: { name: "High Street" },
    efgh: { name: "Mill Lane" },
    ijkl: { name: "" },
    aei: { name: "West Gate" },
    bfj: { name: "Church Walk" },
    cgk: { name: "Market Place" },
    dhl: { name: "East Gate" },
  },
  { grid: 25 },
);
let osrm: OsrmTown;
beforeAll(async () => {
  osrm = await osrmTown(t);
});
afterAll(() => osrm.close());

/** Metres between a line and a place. */
function awayM(line: readonly [number, number][], [lon, lat]: readonly [number, number]): number {
  return Math.min(...line.map(([y, x]) => haversine(x, y, lon, lat)));
}

describe("a client", () => {
  it("draws the overview that it decoded, along the streets of the trace", async () => {
    for (const [geometries, digits] of [
      ["polyline", 5],
      ["polyline6", 6],
    ] as const) {
      const answer = await osrm.match("abfgkl", { overview: "full", geometries });
      const [matching] = answer.matchings;
      const line = polyline.decode(matching!.geometry as string, digits);
      for (const letter of "abfgkl") expect(awayM(line, t.at[letter]!)).toBeLessThan(2);
      let length = 0;
      for (let i = 1; i < line.length; i++) {
        length += haversine(line[i - 1]![1], line[i - 1]![0], line[i]![1], line[i]![0]);
      }
      expect(Math.abs(length - matching!.distance)).toBeLessThan(digits === 5 ? 5 : 1);
    }
  });

  it("speaks the steps", async () => {
    const options = { steps: true, waypoints: "0;5", geometries: "polyline6" };
    const answer = await osrm.match("abfgkl", options);
    const speaker = textInstructions("v5");
    const [leg] = answer.matchings[0]!.legs;
    const spoken = leg!.steps.map((step) => speaker.compile("en", step, {}));
    expect(spoken).toEqual([
      "Head east on High Street",
      "Turn right onto Church Walk",
      "Turn left onto Mill Lane",
      "Turn right onto Market Place",
      "Turn left",
      "You have arrived at your destination",
    ]);
    for (const step of leg!.steps) {
      const line = polyline.decode(step.geometry as string, 6);
      expect(line.length).toBeGreaterThanOrEqual(2);
      const [lon, lat] = step.maneuver.location;
      expect(haversine(line[0]![1], line[0]![0], lon, lat)).toBeLessThan(0.5);
    }
  });

  it("of another origin may read the answer, and post", async () => {
    const path = `${osrm.url}/match/v1/foot/${osrm.coordinates("ab")}`;
    const got = await fetch(path, { headers: { origin: "https://map.example" } });
    expect(got.headers.get("access-control-allow-origin")).toBe("*");
    const asked = await fetch(`${osrm.url}/match/v1/foot`, { method: "OPTIONS" });
    expect(asked.status).toBe(204);
    expect(asked.headers.get("access-control-allow-headers")).toContain("content-type");
  });

  it("finds the contract in /openapi.json", async () => {
    const got = await fetch(`${osrm.url}/openapi.json`);
    const contract = (await got.json()) as {
      openapi: string;
      paths: Record<string, Record<string, { parameters?: { name: string; in: string }[] }>>;
    };
    expect(contract.openapi).toBe("3.1.0");
    const match = contract.paths["/match/v1/{profile}/{coordinates}"]!.get!;
    const names = match.parameters!.map((p) => `${p.in} ${p.name}`);
    expect(names).toEqual(
      expect.arrayContaining(["path profile", "path coordinates", "query gaps"]),
    );
    expect(contract.paths["/match/v1/{profile}"]!.post).toBeDefined();
    expect(contract.paths["/nearest/v1/{profile}/{coordinates}"]!.get).toBeDefined();
  });
});

describe("every answer", () => {
  const fix = fc.record({
    lon: fc.double({ min: 7.9995, max: 8.0075, noNaN: true }),
    lat: fc.double({ min: 46.9955, max: 47.0005, noNaN: true }),
  });

  it("adds up, and has the shape of the contract", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fix, { minLength: 2, maxLength: 25 }),
        fc.constantFrom("foot", "bike", "car"),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 0, max: 100 }),
        async (fixes, profile, tidy, isTimed, stepS) => {
          const coordinates = fixes.map((f) => [f.lon, f.lat]);
          const body = {
            coordinates,
            tidy,
            annotations: true,
            steps: true,
            overview: "full",
            geometries: "geojson",
            ...(isTimed && { timestamps: fixes.map((_, i) => i * stepS) }),
          };
          const { status, ...answer } = await osrm.post(body, profile);
          if (status === 400) {
            expect(["NoMatch", "NoSegment"]).toContain(answer.code);
            return;
          }
          expect(status).toBe(200);
          matchAnswerSchema.strict().parse(answer);
          addsUp(answer, coordinates);
        },
      ),
      { numRuns: 150, seed: 4 },
    );
  });

  it("of nearest has it too", async () => {
    await fc.assert(
      fc.asyncProperty(fix, fc.integer({ min: 1, max: 20 }), async ({ lon, lat }, number) => {
        const got = await fetch(`${osrm.url}/nearest/v1/foot/${lon},${lat}?number=${number}`);
        const { waypoints } = nearestAnswerSchema.strict().parse(await got.json());
        for (const { distance, location } of waypoints!) {
          expect(Math.abs(haversine(lon, lat, ...location) - distance)).toBeLessThan(0.2);
        }
      }),
      { numRuns: 60, seed: 5 },
    );
  });
});

function addsUp(answer: OsrmMatchAnswer, coordinates: readonly number[][]): void {
  const tracepoints = answer.tracepoints!;
  expect(tracepoints).toHaveLength(coordinates.length);
  for (const [m, matching] of answer.matchings.entries()) {
    const points = tracepoints.filter((p) => p?.matchings_index === m);
    expect(points.map((p) => p!.waypoint_index)).toEqual(points.map((_, i) => i));
    expect(matching.legs).toHaveLength(points.length - 1);
    expect(matching.confidence).toBeGreaterThan(0);
    expect(matching.confidence).toBeLessThanOrEqual(1);
    const total = sum(matching.legs.map((leg) => leg.distance));
    expect(Math.abs(total - matching.distance)).toBeLessThan(0.06 * matching.legs.length + 0.06);
    const { coordinates: line } = matching.geometry as { coordinates: [number, number][] };
    expect(line[0]).toEqual(points[0]!.location);
    expect(line.at(-1)).toEqual(points.at(-1)!.location);
    for (const { annotation, distance, duration, steps } of matching.legs) {
      expect(annotation!.nodes).toHaveLength(annotation!.distance!.length + 1);
      expect(Math.abs(sum(annotation!.distance!) - distance)).toBeLessThan(0.1);
      expect(Math.abs(sum(annotation!.duration!) - duration)).toBeLessThan(0.1);
      expect(Math.abs(sum(steps.map((s) => s.distance)) - distance)).toBeLessThan(
        0.06 * steps.length + 0.06,
      );
      expect(steps[0]!.maneuver.type).toBe("depart");
      expect(steps.at(-1)!.maneuver.type).toBe("arrive");
    }
  }
  for (const [i, point] of tracepoints.entries()) {
    if (!point) continue;
    const [lon, lat] = coordinates[i]!;
    expect(Math.abs(haversine(lon!, lat!, ...point.location) - point.distance)).toBeLessThan(0.2);
    // Half as much again as a car's search radius.
    expect(point.distance).toBeLessThan(120.5);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
