/**
 * The roads between places and the ways up the hills: traced over the terrain from gates to edges,
 * village to village, village to summit. Trails of the kind `unmapped` exist in the world but are
 * left out of the written map.
 */
import { createRng } from "../../base/rng.ts";
import { relax, resample, type SketchLine, type Tags, thin } from "./line.ts";
import type { Names } from "./name.ts";
import type { Site } from "./site.ts";
import type { Point } from "./terrain.ts";
import { Tracer, type TraceStyle } from "./trace.ts";

/** Kinds in the order in which they win a shared stretch. */
export const KIND = {
  PRIMARY: 0,
  SECONDARY: 1,
  TERTIARY: 2,
  LANE: 3,
  TRACK: 4,
  TRAIL: 5,
  UNMAPPED: 6,
} as const;

/** Marks a stroke that the written map leaves out; never an OSM tag of the file. */
export const UNMAPPED_TAG = "sim:unmapped";

export interface Roads {
  readonly lines: SketchLine[];
  /** The round of points where main roads enter the old town. */
  readonly gates: readonly Point[];
  /** Ends of long trails, for the hiking routes' names. */
  readonly summits: readonly Point[];
}

export function traceRoads(seed: number, site: Site, names: Names): Roads {
  const rng = createRng(seed, 31);
  const { box, terrain, villages, peaks } = site;
  const tracer = new Tracer(terrain, box);
  for (const x of site.bridges) {
    const slope = (terrain.riverY(x + 5) - terrain.riverY(x - 5)) / 10;
    const half = terrain.riverHalfWidth(x) + 48;
    const norm = Math.sqrt(1 + slope * slope);
    const nx = -slope / norm;
    const ny = 1 / norm;
    const y = terrain.riverY(x);
    tracer.link({ x: x + nx * half, y: y + ny * half }, { x: x - nx * half, y: y - ny * half });
  }
  const closed = (x: number, y: number): boolean =>
    site.oldTown(x, y) < 0.93 ||
    site.park(x, y) < 1.06 ||
    terrain.lake(x, y) > -0.07 ||
    Math.abs(terrain.riverOffset(x, y)) < terrain.riverHalfWidth(x) + 40;
  const road: TraceStyle = {
    gradeLimit: 0.055,
    reuse: 0.4,
    cost: (x, y) => {
      if (closed(x, y)) return 6;
      const rail = Math.abs(site.railOffset(x, y)) < 60 ? 1.2 : 0;
      return rail + (site.forest(x, y) > 0 ? 0.25 : 0);
    },
  };
  const lane: TraceStyle = { ...road, gradeLimit: 0.085, reuse: 0.5 };
  const trail: TraceStyle = {
    gradeLimit: 0.2,
    reuse: 0.62,
    cost: (x, y) => (closed(x, y) ? 4 : site.urban(x, y) > 0.05 ? 0.6 : 0),
  };
  const apart: TraceStyle = { gradeLimit: 0.2, reuse: 3.2, cost: trail.cost };

  const centre = terrain.oldTown;
  const gate = (angle: number): Point => {
    const r = site.ringRadiusM(angle);
    return { x: centre.x + Math.cos(angle) * r, y: centre.y + Math.sin(angle) * r };
  };
  const gates = [0.12, Math.PI * 0.42, Math.PI * 0.97, Math.PI * 1.5].map(gate);
  for (const g of gates) tracer.pin(g);
  const [east, north, west, south] = gates as [Point, Point, Point, Point];
  const edge = (x: number, y: number): Point => ({ x, y });
  const lakeNorth = { x: terrain.lakeCentre.x, y: terrain.lakeCentre.y + 1050 };

  tracer.trace(edge(box.west, terrain.axisY(box.west) + 420), lakeNorth, road, KIND.PRIMARY);
  tracer.trace(lakeNorth, west, road, KIND.PRIMARY);
  tracer.trace(east, edge(box.east, terrain.axisY(box.east) + 460), road, KIND.PRIMARY);
  const pass = lowest(site, box.north - 40);
  tracer.trace(north, edge(pass, box.north - 40), road, KIND.SECONDARY);
  const saddle = lowest(site, box.south + 40);
  tracer.trace(south, edge(saddle, box.south + 40), road, KIND.SECONDARY);
  tracer.trace(
    { x: 640, y: terrain.riverY(640) - 120 },
    edge(box.east, terrain.axisY(box.east) - 520),
    road,
    KIND.TERTIARY,
  );
  for (const v of villages) {
    const nearest = gates.slice().sort((a, b) => distance(a, v) - distance(b, v));
    tracer.trace(v, nearest[0]!, road, KIND.TERTIARY);
  }
  villages.forEach((v, i) => {
    const others = villages
      .map((o, j) => ({ o, j, d: distance(o, v) }))
      .filter(({ j }) => j !== i)
      .sort((a, b) => a.d - b.d);
    for (const { o, j, d } of others.slice(0, 2))
      if (j > i || d < 3200) tracer.trace(v, o, lane, KIND.LANE);
  });
  for (let k = 0, found = 0; k < 400 && found < 16; k++) {
    const x = box.west + 300 + rng() * (box.east - box.west - 600);
    const y = box.south + 300 + rng() * (box.north - box.south - 600);
    if (terrain.slopeAt(x, y) > 0.2 || site.urban(x, y) > -0.3 || terrain.lake(x, y) > -0.1)
      continue;
    if (site.forest(x, y) > 0.1 || Math.abs(terrain.riverOffset(x, y)) < 150) continue;
    const goal = villages.slice().sort((a, b) => distance(a, { x, y }) - distance(b, { x, y }))[0]!;
    tracer.trace({ x, y }, goal, lane, rng() < 0.5 ? KIND.LANE : KIND.TRACK);
    found++;
  }

  drawForestRoads(tracer, site, rng, heads(site, gates));

  // Trails: every summit from its two nearest villages or the town, then from summit to summit.
  const starts = heads(site, []);
  const summits = peaks.filter((p, i) => peaks.findIndex((q) => distance(p, q) < 700) === i);
  for (const peak of summits) {
    const near = starts.slice().sort((a, b) => distance(a, peak) - distance(b, peak));
    tracer.trace(near[0]!, peak, trail, KIND.TRAIL);
    if (rng() < 0.7) tracer.trace(near[1]!, peak, { ...trail, reuse: 1.3 }, KIND.TRAIL);
  }
  for (let i = 0; i < summits.length; i++) {
    for (let j = i + 1; j < summits.length; j++) {
      if (distance(summits[i]!, summits[j]!) < 2300)
        tracer.trace(summits[i]!, summits[j]!, trail, KIND.TRAIL);
    }
  }
  // Round the lake.
  const shore: Point[] = [];
  for (let a = 0; a < 14; a++) {
    const angle = (a / 14) * 2 * Math.PI;
    let r = 100;
    while (
      r < 3000 &&
      terrain.lake(
        terrain.lakeCentre.x + Math.cos(angle) * r,
        terrain.lakeCentre.y + Math.sin(angle) * r,
      ) > -0.085
    )
      r += 10;
    shore.push({
      x: terrain.lakeCentre.x + Math.cos(angle) * r,
      y: terrain.lakeCentre.y + Math.sin(angle) * r,
    });
  }
  const byLake: TraceStyle = {
    gradeLimit: 0.15,
    reuse: 0.8,
    cost: (x, y) => (terrain.lake(x, y) < -0.2 ? 0.8 : 0),
  };
  for (let a = 0; a < shore.length; a++)
    tracer.trace(shore[a]!, shore[(a + 1) % shore.length]!, byLake, KIND.TRAIL);

  // Trails that walkers know and the map does not.
  for (let k = 0, found = 0; k < 200 && found < 9; k++) {
    const a = {
      x: box.west + 500 + rng() * (box.east - box.west - 1000),
      y: box.south + 400 + rng() * (box.north - box.south - 800),
    };
    const angle = rng() * 2 * Math.PI;
    const d = 700 + rng() * 900;
    const b = { x: a.x + Math.cos(angle) * d, y: a.y + Math.sin(angle) * d };
    if (
      site.urban(a.x, a.y) > -0.35 ||
      terrain.lake(a.x, a.y) > -0.2 ||
      site.urban(b.x, b.y) > -0.35
    )
      continue;
    if (terrain.slopeAt(a.x, a.y) < 0.06 || Math.abs(terrain.riverOffset(a.x, a.y)) < 300) continue;
    if (tracer.trace(a, b, apart, KIND.UNMAPPED).length > 0) found++;
  }

  const roadName = new Map<number, string>();
  const lines = tracer.chains().map(({ points, kind }): SketchLine => {
    const isTrail = kind >= KIND.TRAIL;
    const rounds = kind <= KIND.TERTIARY ? 26 : kind <= KIND.TRACK ? 14 : 6;
    const smooth = relax(resample(points, isTrail ? 14 : 20), rounds);
    const shaken = isTrail ? shake(smooth, rng, 2.2) : smooth;
    return {
      points: thin(shaken, isTrail ? 0.7 : 0.9),
      tags: tagsOf(kind, shaken, site, rng, names, roadName),
      layer: 0,
      reachM: kind === KIND.UNMAPPED ? 120 : kind === KIND.TRAIL ? 180 : 60,
      rank: 10 - kind,
    };
  });
  return { lines, gates, summits };
}

/** Where walks begin: villages, and the town's edge all round. */
function heads(site: Site, gates: readonly Point[]): Point[] {
  const centre = site.terrain.oldTown;
  const out: Point[] = [...site.villages, ...gates];
  for (let a = 0; a < 12; a++) {
    const angle = (a / 12) * 2 * Math.PI;
    for (let r = 600; r < 3200; r += 30) {
      const p = { x: centre.x + Math.cos(angle) * r, y: centre.y - 260 + Math.sin(angle) * r };
      if (site.urban(p.x, p.y) > 0.02) continue;
      if (!site.terrain.isWater(p.x, p.y) && Math.abs(site.terrain.riverOffset(p.x, p.y)) > 90)
        out.push(p);
      break;
    }
  }
  return out;
}

/** Forest roads: scattered landings, each joined to what is there and to its neighbours. */
function drawForestRoads(
  tracer: Tracer,
  site: Site,
  rng: () => number,
  starts: readonly Point[],
): void {
  const { box, terrain } = site;
  const style: TraceStyle = {
    gradeLimit: 0.07,
    reuse: 0.42,
    cost: (x, y) =>
      (site.urban(x, y) > 0 ? 1.5 : site.forest(x, y) > 0 ? 0 : 0.3) +
      (terrain.lake(x, y) > -0.08 ? 4 : 0),
  };
  const landings: Point[] = [];
  for (let tries = 0; tries < 3000 && landings.length < 64; tries++) {
    const x = box.west + 150 + rng() * (box.east - box.west - 300);
    const y = box.south + 150 + rng() * (box.north - box.south - 300);
    if (site.forest(x, y) < 0.05 || terrain.slopeAt(x, y) > 0.55) continue;
    if (landings.some((p) => distance(p, { x, y }) < 560)) continue;
    landings.push({ x, y });
  }
  landings.sort((a, b) => Math.abs(a.y - terrain.axisY(a.x)) - Math.abs(b.y - terrain.axisY(b.x)));
  const reached: Point[] = [...starts];
  for (const p of landings) {
    const near = reached.slice().sort((a, b) => distance(a, p) - distance(b, p));
    tracer.trace(p, near[0]!, style, KIND.TRACK);
    if (rng() < 0.6) tracer.trace(p, near[1]!, style, KIND.TRACK);
    reached.push(p);
  }
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** x of the lowest ground along a border away from its corners: where a pass road leaves. */
function lowest(site: Site, y: number): number {
  let best = 0;
  let bestZ = Infinity;
  for (let x = site.box.west + 3000; x < site.box.east - 2500; x += 100) {
    const z = site.terrain.heightAt(x, y);
    if (z < bestZ) {
      bestZ = z;
      best = x;
    }
  }
  return best;
}

/** A trodden line is never quite smooth. */
function shake(points: readonly Point[], rng: () => number, amountM: number): Point[] {
  return points.map((p, i) =>
    i === 0 || i === points.length - 1
      ? p
      : { x: p.x + (rng() - 0.5) * 2 * amountM, y: p.y + (rng() - 0.5) * 2 * amountM },
  );
}

function tagsOf(
  kind: number,
  points: readonly Point[],
  site: Site,
  rng: () => number,
  names: Names,
  roadName: Map<number, string>,
): Tags {
  const middle = points[points.length >> 1]!;
  const inTown = site.urban(middle.x, middle.y) > 0 || site.rural(middle.x, middle.y) > 0;
  const { terrain } = site;
  let steepest = 0;
  for (let i = 2; i < points.length; i++) {
    const a = points[i - 2]!;
    const b = points[i]!;
    const grade =
      Math.abs(terrain.heightAt(b.x, b.y) - terrain.heightAt(a.x, a.y)) / (distance(a, b) || 1);
    if (grade > steepest) steepest = grade;
  }
  switch (kind) {
    case KIND.PRIMARY:
      return {
        highway: "primary",
        ref: "B 171a",
        name: inTown
          ? named(roadName, middle.x < terrain.oldTown.x ? 1 : 2, () =>
              names.keep(middle.x < terrain.oldTown.x ? "Seestraße" : "Talstraße"),
            )
          : "",
        surface: "asphalt",
        maxspeed: inTown ? "50" : "80",
        ...(inTown ? { lit: "yes", sidewalk: "both", cycleway: "lane" } : {}),
      };
    case KIND.SECONDARY: {
      const isNorth = middle.y > terrain.oldTown.y;
      return {
        highway: "secondary",
        ref: isNorth ? "L 38" : "L 40",
        name: named(roadName, isNorth ? 3 : 4, () =>
          names.keep(isNorth ? "Passstraße" : "Bahnhofstraße"),
        ),
        surface: "asphalt",
        maxspeed: inTown ? "50" : "80",
        ...(inTown ? { lit: "yes", sidewalk: "both" } : {}),
      };
    }
    case KIND.TERTIARY:
      return {
        highway: "tertiary",
        name: names.suburbStreet(),
        surface: "asphalt",
        ...(inTown ? { lit: "yes" } : {}),
      };
    case KIND.LANE:
      return {
        highway: "unclassified",
        surface: rng() < 0.8 ? "asphalt" : "compacted",
        ...(inTown ? { name: names.suburbStreet() } : {}),
      };
    case KIND.TRACK:
      return rng() < 0.45
        ? { highway: "track", tracktype: "grade2", surface: "gravel" }
        : rng() < 0.6
          ? { highway: "track", tracktype: "grade3", surface: "compacted" }
          : { highway: "track", tracktype: "grade4", surface: "ground" };
    default: {
      const sac =
        steepest > 0.42
          ? "demanding_mountain_hiking"
          : steepest > 0.2
            ? "mountain_hiking"
            : "hiking";
      const tags: Tags = {
        highway: "path",
        surface: rng() < 0.8 ? "ground" : "gravel",
        sac_scale: sac,
        "mtb:scale": String(Math.min(4, Math.floor(steepest * 8))),
        trail_visibility: rng() < 0.7 ? "good" : "intermediate",
      };
      if (kind === KIND.UNMAPPED) tags[UNMAPPED_TAG] = "yes";
      return tags;
    }
  }
}

function named(taken: Map<number, string>, key: number, make: () => string): string {
  const known = taken.get(key);
  if (known !== undefined) return known;
  const name = make();
  taken.set(key, name);
  return name;
}
