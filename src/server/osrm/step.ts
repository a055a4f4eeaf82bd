/**
 * Turn-by-turn steps of a leg: a step begins where the way's name changes or where one turns at a
 * junction that leaves a choice; junctions passed within a step are its intersections. Angles are
 * taken 12 m from the junction, as the matcher takes them. Source: OSRM's RouteStep and StepManeuver.
 */
import { bearing as bearingBetween } from "../../geo/lonlat.ts";
import type { CandidateIndex } from "../../geo/match/index.ts";
import type { OsrmStep } from "../../schema/osrm.ts";
import { encodeLine, position, tenths } from "./geometry.ts";
import { MODE_OF_PROFILE } from "./profile.ts";
import type { Geometries } from "./question.ts";
import { type Cut, type RouteLine, sum } from "./route-line.ts";

/** Degrees within which one goes straight on; beyond which a turn is plain, then sharp, then back. */
const STRAIGHT = 20;
const SLIGHT = 60;
const PLAIN = 120;
const BACK = 170;
/** The index keeps headings in 256 to the full turn. */
const DEGREES = 360 / 256;

interface Turn {
  readonly type: string;
  readonly modifier?: string;
  readonly before: number;
  readonly after: number;
}

type Intersection = OsrmStep["intersections"][number];

export function stepsOf(
  route: RouteLine,
  index: CandidateIndex,
  cut: Cut,
  geometries: Geometries,
): OsrmStep[] {
  const last = cut.lon.length - 1;
  const leave = headingAt(cut, 0, 1);
  const reach = headingAt(cut, last, -1);
  const steps: OsrmStep[] = [];
  let begin = 0;
  let turn: Turn = { type: "depart", before: 0, after: leave };
  let intersections: Intersection[] = [
    { location: position(cut.lon[0]!, cut.lat[0]!), bearings: [leave], entry: [true], out: 0 },
  ];
  const finish = (end: number): void => {
    const metres = sum(cut.metres.slice(begin, end));
    const seconds = sum(cut.seconds.slice(begin, end));
    steps.push({
      distance: tenths(metres),
      duration: tenths(seconds),
      weight: tenths(seconds),
      name: route.nameOf(cut.arc[Math.min(begin, last - 1)]! >>> 1),
      mode: MODE_OF_PROFILE[route.arcs.profile],
      geometry: encodeLine(
        begin === end ? [cut.lon[end]!, cut.lon[end]!] : cut.lon.slice(begin, end + 1),
        begin === end ? [cut.lat[end]!, cut.lat[end]!] : cut.lat.slice(begin, end + 1),
        geometries,
      ),
      maneuver: {
        type: turn.type,
        ...(turn.modifier !== undefined && { modifier: turn.modifier }),
        location: position(cut.lon[begin]!, cut.lat[begin]!),
        bearing_before: turn.before,
        bearing_after: turn.after,
      },
      intersections,
    });
  };
  for (let v = 1; v < last; v++) {
    const from = cut.arc[v - 1]!;
    const to = cut.arc[v]!;
    if (from === to) continue;
    const crossing = intersectionAt(route, index, cut, v);
    const next = turnAt(route, index, from, to, crossing.isChoice);
    if (next === undefined) {
      if (crossing.isChoice) intersections.push(crossing.intersection);
      continue;
    }
    finish(v);
    begin = v;
    turn = next;
    intersections = [crossing.intersection];
  }
  finish(last);
  begin = last;
  turn = { type: "arrive", before: reach, after: 0 };
  intersections = [
    {
      location: position(cut.lon[last]!, cut.lat[last]!),
      bearings: [(reach + 180) % 360],
      entry: [true],
      in: 0,
    },
  ];
  finish(last);
  return steps;
}

/** undefined: one goes on along the same way. */
function turnAt(
  route: RouteLine,
  index: CandidateIndex,
  from: number,
  to: number,
  isChoice: boolean,
): Turn | undefined {
  const before = Math.round(index.headingEnd[from]! * DEGREES) % 360;
  const after = Math.round(index.headingStart[to]! * DEGREES) % 360;
  const isSame = route.nameOf(from >>> 1) === route.nameOf(to >>> 1);
  if (to === (from ^ 1)) return { type: "continue", modifier: "uturn", before, after };
  const modifier = modifierOf(after - before);
  const isStraight = modifier === "straight";
  if (isSame && (isStraight || !isChoice)) return undefined;
  const isNewName = !isSame && (isStraight || !isChoice);
  if (isNewName) return { type: "new name", modifier, before, after };
  return { type: isSame ? "continue" : "turn", modifier, before, after };
}

/** @param degrees by which one turns, clockwise */
export function modifierOf(degrees: number): string {
  const turn = ((((degrees + 180) % 360) + 360) % 360) - 180;
  const size = Math.abs(turn);
  const side = turn > 0 ? "right" : "left";
  if (size <= STRAIGHT) return "straight";
  if (size <= SLIGHT) return `slight ${side}`;
  if (size <= PLAIN) return side;
  if (size <= BACK) return `sharp ${side}`;
  return "uturn";
}

/** The junction at vertex v: the open ways there, by bearing. */
function intersectionAt(
  { network, arcs }: RouteLine,
  index: CandidateIndex,
  cut: Cut,
  v: number,
): { intersection: Intersection; isChoice: boolean } {
  const node = cut.node[v]!;
  const back = cut.arc[v - 1]! ^ 1;
  const ways: { bearing: number; arc: number; isOpen: boolean }[] = [];
  const add = (arc: number): void => {
    ways.push({
      arc,
      bearing: Math.round(index.headingStart[arc]! * DEGREES) % 360,
      isOpen: arcs.isOpen[arc] === 1,
    });
  };
  if (node >= 0) {
    for (let slot = network.firstOut[node]!; slot < network.firstOut[node + 1]!; slot++) {
      const arc = network.outArc[slot]!;
      if (arcs.isOpen[arc] === 1 || arcs.isOpen[arc ^ 1] === 1) add(arc);
    }
  } else {
    // Turned back between junctions.
    add(back);
  }
  ways.sort((a, b) => a.bearing - b.bearing);
  return {
    isChoice: ways.filter(({ arc, isOpen }) => isOpen && arc !== back).length > 1,
    intersection: {
      location: position(cut.lon[v]!, cut.lat[v]!),
      bearings: ways.map(({ bearing }) => bearing),
      entry: ways.map(({ isOpen }) => isOpen),
      in: ways.findIndex(({ arc }) => arc === back),
      out: ways.findIndex(({ arc }) => arc === cut.arc[v]!),
    },
  };
}

/** Degrees at an end of the cut, along its first or last segment that has a length. */
function headingAt(cut: Cut, from: number, stride: 1 | -1): number {
  const { lon, lat } = cut;
  for (let v = from; v + stride >= 0 && v + stride < lon.length; v += stride) {
    const w = v + stride;
    if (lon[v] === lon[w] && lat[v] === lat[w]) continue;
    const [a, b] = stride === 1 ? [v, w] : [w, v];
    return Math.round(bearingBetween(lon[a]!, lat[a]!, lon[b]!, lat[b]!)) % 360;
  }
  return 0;
}
