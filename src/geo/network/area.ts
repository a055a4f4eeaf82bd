/**
 * Open areas that walkers cross where they like: squares (pedestrian areas, place=square, platforms)
 * and greens (parks, commons, village greens), from closed ways and multipolygons. `crossAreas` draws edges
 * between their entries; this file finds them, their rings and what stands in the way.
 */
import { assembleRings } from "../basemap/ring.ts";
import { permission } from "./access.ts";
import { MEMBER_WAY, MISSING_NODE, type OsmData } from "./osm/osm-data.ts";
import { isSet, type Tags, tagsOf } from "./tags.ts";
import { wayClassOf } from "./way-class.ts";

export interface OpenArea {
  readonly kind: "square" | "green";
  /** OSM way, or minus the OSM relation. */
  readonly wayId: number;
  readonly name: string;
  /** Indices into `osm.node`, first = last; holes are told apart by the even-odd rule. */
  readonly rings: readonly (readonly number[])[];
  /** Indices of the ways that are the outline. */
  readonly outline: ReadonlySet<number>;
}

const SQUARE_HIGHWAYS = ["pedestrian", "footway", "path", "living_street"];
const GREEN_LEISURE = ["park", "common", "village_green", "recreation_ground"];
const GREEN_LANDUSE = ["village_green", "recreation_ground"];

/** @returns undefined when one may not, or would not, walk across */
export function areaKind(tags: Tags, isMultipolygon: boolean): OpenArea["kind"] | undefined {
  if (isSet(tags.get("indoor")) || isSet(tags.get("building"))) return undefined;
  const foot = permission(tags, "foot", true);
  if (foot === "none" || foot === "private") return undefined;
  const isArea = isMultipolygon || tags.get("area") === "yes";
  if (isArea && SQUARE_HIGHWAYS.includes(tags.get("highway") ?? "")) return "square";
  if (isArea && wayClassOf(tags) === "platform") return "square";
  if (tags.get("place") === "square") return "square";
  if (GREEN_LEISURE.includes(tags.get("leisure") ?? "")) return "green";
  if (GREEN_LANDUSE.includes(tags.get("landuse") ?? "")) return "green";
  return undefined;
}

export function findOpenAreas(osm: OsmData): OpenArea[] {
  const areas: OpenArea[] = [];
  for (let w = 0; w < osm.way.id.length; w++) {
    const first = osm.way.firstRef[w]!;
    const last = osm.way.firstRef[w + 1]! - 1;
    if (last - first < 3 || osm.way.ref[first] !== osm.way.ref[last]) continue;
    const tags = tagsOf(osm.strings, osm.way, w);
    const kind = areaKind(tags, false);
    if (!kind) continue;
    const line = lineOf(osm, w);
    if (line.includes(MISSING_NODE)) continue;
    areas.push({
      kind,
      wayId: osm.way.id[w]!,
      name: tags.get("name") ?? "",
      rings: [line],
      outline: new Set([w]),
    });
  }
  let wayRow: Map<number, number> | undefined;
  for (let r = 0; r < osm.relation.id.length; r++) {
    const tags = tagsOf(osm.strings, osm.relation, r);
    if (tags.get("type") !== "multipolygon") continue;
    const kind = areaKind(tags, true);
    if (!kind) continue;
    wayRow ??= new Map(Array.from(osm.way.id, (id, w) => [id, w] as const));
    const outline = new Set<number>();
    for (let m = osm.relation.firstMember[r]!; m < osm.relation.firstMember[r + 1]!; m++) {
      const row = wayRow.get(osm.relation.memberId[m]!);
      if (osm.relation.memberType[m] === MEMBER_WAY && row !== undefined) outline.add(row);
    }
    // A ring that the extract does not close could hide a hole: such an area is not crossed.
    const { rings, open } = assembleRings([...outline].map((w) => lineOf(osm, w)));
    if (open.length > 0 || rings.length === 0) continue;
    if (rings.some((ring) => ring.includes(MISSING_NODE))) continue;
    areas.push({
      kind,
      wayId: -osm.relation.id[r]!,
      name: tags.get("name") ?? "",
      rings,
      outline,
    });
  }
  return areas;
}

/**
 * Nodes of the outlines where a way comes in from elsewhere: the network must have a node there. A way
 * that follows an outline does not come in.
 *
 * @param kept indices of the ways that become edges
 */
export function entryNodes(
  osm: OsmData,
  kept: Uint32Array,
  areas: readonly OpenArea[],
): Set<number> {
  const isOnRing = new Uint8Array(osm.node.id.length);
  for (const area of areas) for (const ring of area.rings) for (const n of ring) isOnRing[n] = 1;
  const entries = new Set<number>();
  if (areas.length === 0) return entries;
  const { firstRef, ref } = osm.way;
  const isElsewhere = (n: number | undefined): boolean =>
    n !== undefined && n !== MISSING_NODE && !isOnRing[n];
  for (const w of kept) {
    const first = firstRef[w]!;
    const last = firstRef[w + 1]! - 1;
    for (let r = first; r <= last; r++) {
      const n = ref[r]!;
      if (n === MISSING_NODE || !isOnRing[n]) continue;
      const before = r > first ? ref[r - 1] : undefined;
      const after = r < last ? ref[r + 1] : undefined;
      if (isElsewhere(before) || isElsewhere(after)) entries.add(n);
    }
  }
  return entries;
}

const OBSTACLE_BARRIERS = /^(fence|wall|hedge|retaining_wall|city_wall|guard_rail)$/;
const OBSTACLE_NATURAL = /^(water|wetland|cliff|wood|scrub)$/;
const OBSTACLE_WATERWAYS = /^(river|stream|canal|ditch|drain|riverbank)$/;
const OBSTACLE_LANDUSE = /^(forest|basin|reservoir|railway|construction)$/;
const OBSTACLE_HIGHWAYS = /^(motorway|trunk|primary)(_link)?$/;
const OBSTACLE_RAILWAYS = /^(rail|light_rail|narrow_gauge)$/;

/** Whether a walker on open ground is stopped by this way, or would have to go round it. */
export function isObstacle(tags: Tags): boolean {
  if (isSet(tags.get("tunnel"))) return false;
  return (
    isSet(tags.get("building")) ||
    OBSTACLE_BARRIERS.test(tags.get("barrier") ?? "") ||
    OBSTACLE_NATURAL.test(tags.get("natural") ?? "") ||
    OBSTACLE_WATERWAYS.test(tags.get("waterway") ?? "") ||
    OBSTACLE_LANDUSE.test(tags.get("landuse") ?? "") ||
    OBSTACLE_HIGHWAYS.test(tags.get("highway") ?? "") ||
    OBSTACLE_RAILWAYS.test(tags.get("railway") ?? "") ||
    tags.get("leisure") === "swimming_pool"
  );
}

function lineOf(osm: OsmData, way: number): number[] {
  return Array.from(osm.way.ref.subarray(osm.way.firstRef[way]!, osm.way.firstRef[way + 1]!));
}
