/** A leg of a route in OSRM's words: length, time, what was asked about each segment, its steps. */
import type { CandidateIndex } from "../../geo/match/index.ts";
import type { OsrmAnnotation, OsrmLeg } from "../../schema/osrm.ts";
import { tenths } from "./geometry.ts";
import type { AnnotationName, Geometries } from "./question.ts";
import { type Cut, type RouteLine, sum } from "./route-line.ts";
import { stepsOf } from "./step.ts";

export interface LegOptions {
  readonly steps: boolean;
  readonly geometries: Geometries;
  readonly annotations: readonly AnnotationName[];
}

/** Times and speeds come from the profile alone. */
const DATASOURCES = ["waymark profile"];

export function legOf(
  route: RouteLine,
  index: CandidateIndex,
  cut: Cut,
  { steps, geometries, annotations }: LegOptions,
): OsrmLeg {
  const seconds = sum(cut.seconds);
  return {
    distance: tenths(sum(cut.metres)),
    duration: tenths(seconds),
    weight: tenths(seconds),
    summary: steps ? summaryOf(route, cut) : "",
    steps: steps ? stepsOf(route, index, cut, geometries) : [],
    ...(annotations.length > 0 && { annotation: annotationOf(cut, annotations) }),
  };
}

function annotationOf(cut: Cut, names: readonly AnnotationName[]): OsrmAnnotation {
  const has = (name: AnnotationName): boolean => names.includes(name);
  return {
    ...(has("nodes") && { nodes: cut.osmNode }),
    ...(has("distance") && { distance: cut.metres.map(thousandths) }),
    ...(has("duration") && { duration: cut.seconds.map(thousandths) }),
    ...(has("weight") && { weight: cut.seconds.map(thousandths) }),
    ...(has("speed") && {
      speed: cut.metres.map((metres, i) =>
        cut.seconds[i]! > 0 ? tenths(metres / cut.seconds[i]!) : 0,
      ),
    }),
    ...(has("datasources") && {
      datasources: cut.metres.map(() => 0),
      metadata: { datasource_names: DATASOURCES },
    }),
  };
}

/** The names of the two longest roads, in the order of travel. */
function summaryOf(route: RouteLine, cut: Cut): string {
  const lengthOf = new Map<string, number>();
  for (const [i, arc] of cut.arc.entries()) {
    const name = route.nameOf(arc >>> 1);
    if (name !== "") lengthOf.set(name, (lengthOf.get(name) ?? 0) + cut.metres[i]!);
  }
  const longest = [...lengthOf].sort((a, b) => b[1] - a[1]).slice(0, 2);
  const names = new Set(longest.map(([name]) => name));
  return [...lengthOf.keys()].filter((name) => names.has(name)).join(", ");
}

function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}
