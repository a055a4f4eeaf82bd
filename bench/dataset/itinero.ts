/**
 * Cases of itinero/map-matching (MIT): a track, a map, a profile and the line that is expected. Good
 * tracks, bad coarse ones of four points, and a real ride; none has times.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Feature, FeatureCollection, LineString } from "geojson";
import type { TrackPoints } from "../../src/geo/match/match.ts";
import type { Line } from "../score/line.ts";

export interface ItineroCase {
  /** "bicycle 3" */
  readonly name: string;
  readonly description: string;
  readonly profile: "bike" | "car";
  /** Path of the extract. */
  readonly extract: string;
  readonly points: TrackPoints;
  readonly expected: Line;
}

/** The cases in a folder of `<bicycle|car>-test<n>.json` files with their tracks and extracts. */
export function readItinero(folder: string): ItineroCase[] {
  return readdirSync(folder)
    .map((file) => /^(bicycle|car)-test(\d+)\.json$/.exec(file))
    .filter((match) => match !== null)
    .sort((a, b) => (a[1] === b[1] ? Number(a[2]) - Number(b[2]) : a[1]! < b[1]! ? -1 : 1))
    .map(([file, kind, number]) => {
      const stated = JSON.parse(readFileSync(join(folder, file!), "utf8")) as {
        readonly description: string;
        readonly expected: LineString;
      };
      const track = readFileSync(join(folder, `${kind}-test${number}-track.geojson`), "utf8");
      return {
        name: `${kind} ${number}`,
        description: stated.description,
        profile: kind === "car" ? "car" : "bike",
        extract: extractOf(folder, kind!, Number(number)),
        points: pointsOf(JSON.parse(track)),
        expected: flat(stated.expected.coordinates),
      };
    });
}

/** Upstream repeats one extract under many names; here it lies once, under its first. */
function extractOf(folder: string, kind: string, number: number): string {
  const names = [`${kind}-test${number}`, number < 8 ? "bicycle-test1" : "bicycle-test8"];
  const paths = names.map((name) => join(folder, `${name}-network.osm.pbf`));
  return paths.find((path) => existsSync(path)) ?? paths[0]!;
}

/** All lines of the file one after the other, a position that repeats kept once. */
function pointsOf(track: FeatureCollection | Feature): TrackPoints {
  const features = track.type === "Feature" ? [track] : track.features;
  const positions = features.flatMap(({ geometry }) =>
    geometry.type === "LineString" ? geometry.coordinates : [],
  );
  const moved = positions.filter(
    ([lon, lat], i) => lon !== positions[i - 1]?.[0] || lat !== positions[i - 1]?.[1],
  );
  return {
    lon: Float64Array.from(moved, (position) => position[0]!),
    lat: Float64Array.from(moved, (position) => position[1]!),
  };
}

function flat(coordinates: readonly (readonly number[])[]): Line {
  return Float64Array.from(coordinates.flatMap((position) => [position[0]!, position[1]!]));
}
