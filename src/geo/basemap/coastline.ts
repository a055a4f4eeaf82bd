/**
 * The sea from coastlines. OpenStreetMap draws the coast as lines with land on the left and water on
 * the right; the sea itself is no object. We clip the joined lines to the extract's box and close them
 * along its edge, clockwise, keeping the water. Source: wiki "Tag:natural=coastline"; the closing rule
 * is that of osmcoastline. O(n log n) in the points of the coast.
 */
import type { Bbox } from "../tile.ts";
import { isInside, type Polygon, type Ring, ringArea } from "./area.ts";

type Position = [number, number];

/** Share of the box's side within which a coast that ends is taken to reach the edge. */
const NEAR_EDGE = 0.3;

/**
 * @param coast lines in their drawn direction, [lon, lat]
 * @param bbox of the extract; the sea ends here
 * @returns polygons of the sea, and how many lines ended inside the box and were passed over
 */
export function coastlineSea(
  coast: readonly Ring[],
  bbox: Bbox,
): { polygons: Polygon[]; lost: number } {
  const { rings, chains } = joinDirected(coast);
  let lost = 0;
  const arcs: Position[][] = [];
  for (const chain of chains) {
    for (const arc of clipToBox(chain, bbox)) {
      const reached = reachEdge(arc, bbox);
      if (reached) arcs.push(reached);
      else lost++;
    }
  }
  // A closed coast is an island (land inside) when it runs anticlockwise, else a lagoon of the sea.
  const islands: Ring[] = [];
  const seas: Ring[] = closeAlongEdge(arcs, bbox);
  for (const ring of rings) {
    const inBox = clipToBox(ring, bbox);
    if (inBox.length === 0) continue;
    if (inBox.length === 1 && inBox[0]!.length === ring.length) {
      if (signedArea(ring) > 0) islands.push(ring);
      else seas.push(ring);
      continue;
    }
    // The ring leaves the box: its arcs close along the edge like any other coast.
    for (const sea of closeAlongEdge(inBox, bbox)) seas.push(sea);
  }
  if (seas.length === 0 && islands.length > 0 && lost === 0) seas.push(boxRing(bbox));
  const polygons: Polygon[] = seas
    .filter((ring) => ring.length >= 4 && ringArea(ring) > 0)
    .map((ring) => [ring]);
  for (const island of islands) {
    const home = polygons.find((polygon) => isInside(island[0]![0], island[0]![1], polygon[0]!));
    home?.push(island);
  }
  return { polygons, lost };
}

/** Joins lines end to start, never turning one round. */
function joinDirected(lines: readonly Ring[]): { rings: Ring[]; chains: Ring[] } {
  const key = ([lon, lat]: Position): string => `${lon},${lat}`;
  const startAt = new Map<string, number>();
  const endsAt = new Set<string>();
  lines.forEach((line, i) => {
    startAt.set(key(line[0]!), i);
    endsAt.add(key(line.at(-1)!));
  });
  const used = new Uint8Array(lines.length);
  const rings: Ring[] = [];
  const chains: Ring[] = [];
  const follow = (first: number): void => {
    const chain: Ring = [];
    for (let i: number | undefined = first; i !== undefined && !used[i]; ) {
      used[i] = 1;
      const line: Ring = lines[i]!;
      for (const position of chain.length > 0 ? line.slice(1) : line) chain.push(position);
      i = startAt.get(key(line.at(-1)!));
    }
    const isClosed = chain.length >= 4 && key(chain[0]!) === key(chain.at(-1)!);
    (isClosed ? rings : chains).push(chain);
  };
  lines.forEach((line, i) => {
    if (!used[i] && !endsAt.has(key(line[0]!))) follow(i);
  });
  lines.forEach((_, i) => {
    if (!used[i]) follow(i);
  });
  return { rings, chains };
}

/** The parts of a line inside the box, cut exactly on its edge (Liang–Barsky per side). */
function clipToBox(line: Ring, bbox: Bbox): Position[][] {
  const [west, south, east, north] = bbox;
  const parts: Position[][] = [];
  let part: Position[] = [];
  const end = (): void => {
    if (part.length >= 2) parts.push(part);
    part = [];
  };
  for (let i = 1; i < line.length; i++) {
    const [ax, ay] = line[i - 1]!;
    const [bx, by] = line[i]!;
    const dx = bx - ax;
    const dy = by - ay;
    let from = 0;
    let to = 1;
    for (const [p, q] of [
      [-dx, ax - west],
      [dx, east - ax],
      [-dy, ay - south],
      [dy, north - ay],
    ] as const) {
      if (p === 0) {
        if (q < 0) from = 2;
      } else if (p < 0) from = Math.max(from, q / p);
      else to = Math.min(to, q / p);
    }
    if (from > to) {
      end();
      continue;
    }
    const at = (t: number): Position => [
      Math.max(west, Math.min(east, ax + t * dx)),
      Math.max(south, Math.min(north, ay + t * dy)),
    ];
    if (part.length === 0 || from > 0) {
      end();
      part.push(from === 0 ? [ax, ay] : at(from));
    }
    part.push(to === 1 ? [bx, by] : at(to));
    if (to < 1) end();
  }
  end();
  return parts;
}

/**
 * An extract keeps whole ways, so its box is a little larger than its coast is complete: an end that
 * lies near the edge is led straight to it. Undefined when an end lies deep inside.
 */
function reachEdge(arc: Position[], bbox: Bbox): Position[] | undefined {
  const [west, south, east, north] = bbox;
  const led = ([lon, lat]: Position): Position | undefined => {
    if (edgePlace([lon, lat], bbox) >= 0) return [lon, lat];
    const ways = [
      { share: (lon - west) / (east - west), at: [west, lat] },
      { share: (east - lon) / (east - west), at: [east, lat] },
      { share: (lat - south) / (north - south), at: [lon, south] },
      { share: (north - lat) / (north - south), at: [lon, north] },
    ] as const;
    const nearest = ways.reduce((best, way) => (way.share < best.share ? way : best));
    return nearest.share <= NEAR_EDGE ? [nearest.at[0], nearest.at[1]] : undefined;
  };
  const first = led(arc[0]!);
  const last = led(arc.at(-1)!);
  return first && last ? [first, ...arc, last] : undefined;
}

/** How far along the box's edge a place lies, clockwise from the north-west in [0, 4); −1 inside. */
function edgePlace([lon, lat]: Position, [west, south, east, north]: Bbox): number {
  const tolerance = 1e-9;
  if (Math.abs(lat - north) <= tolerance) return (lon - west) / (east - west);
  if (Math.abs(lon - east) <= tolerance) return 1 + (north - lat) / (north - south);
  if (Math.abs(lat - south) <= tolerance) return 2 + (east - lon) / (east - west);
  if (Math.abs(lon - west) <= tolerance) return 3 + (lat - south) / (north - south);
  return -1;
}

/**
 * Closes arcs that run from edge to edge: from each end clockwise along the edge to the next start.
 * Water is on the right of an arc, so the ring made this way, clockwise, is water.
 */
function closeAlongEdge(arcs: readonly Position[][], bbox: Bbox): Ring[] {
  const starts = arcs
    .map((arc, i) => ({ i, place: edgePlace(arc[0]!, bbox) }))
    .sort((a, b) => a.place - b.place);
  const used = new Uint8Array(arcs.length);
  const rings: Ring[] = [];
  for (let first = 0; first < arcs.length; first++) {
    if (used[first]) continue;
    const ring: Ring = [];
    for (let i = first; !used[i]; ) {
      used[i] = 1;
      for (const position of arcs[i]!) ring.push(position);
      const end = edgePlace(arcs[i]!.at(-1)!, bbox);
      const next = starts.find(({ place }) => place >= end) ?? starts[0]!;
      const goal = next.place >= end ? next.place : next.place + 4;
      for (let corner = Math.floor(end) + 1; corner <= goal; corner++) {
        ring.push(cornerAt(corner % 4, bbox));
      }
      i = next.i;
    }
    ring.push(ring[0]!);
    rings.push(ring);
  }
  return rings;
}

function cornerAt(corner: number, [west, south, east, north]: Bbox): Position {
  if (corner === 0) return [west, north];
  if (corner === 1) return [east, north];
  return corner === 2 ? [east, south] : [west, south];
}

function boxRing([west, south, east, north]: Bbox): Ring {
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
}

/** Positive when the ring runs anticlockwise. */
function signedArea(ring: Ring): number {
  let twice = 0;
  for (let i = 1; i < ring.length; i++) {
    const [ax, ay] = ring[i - 1]!;
    const [bx, by] = ring[i]!;
    twice += ax * by - bx * ay;
  }
  return twice;
}
