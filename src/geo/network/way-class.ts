/**
 * Which ways become edges, and of which class: `highway=*`, ferries, platforms, piers and running
 * tracks. Ways that are planned, being built or gone are not in the network. Source: taginfo and
 * wiki.openstreetmap.org/wiki/Key:highway.
 */
import { ROAD_CLASSES, type RoadClass } from "./attribute.ts";
import type { Tags } from "./tags.ts";

/** Words for a class that has another name in the network. */
const SYNONYM: Readonly<Record<string, RoadClass>> = {
  bus_guideway: "busway",
  byway: "track",
  crossing: "footway",
  ladder: "steps",
  minor: "unclassified",
  unsurfaced: "track",
};

const HIGHWAYS = new Set<string>(ROAD_CLASSES);
for (const word of ["unknown", "ferry", "area"]) HIGHWAYS.delete(word);

/** @returns undefined when nobody moves on this way */
export function wayClassOf(tags: Tags): RoadClass | undefined {
  const highway = tags.get("highway");
  if (highway !== undefined) return highwayClass(highway);
  if (tags.get("route") === "ferry") return "ferry";
  if (tags.get("railway") === "platform" || tags.get("public_transport") === "platform") {
    return "platform";
  }
  if (tags.get("man_made") === "pier") return "footway";
  // People run on them, and their laps should be found there.
  if (tags.get("leisure") === "track" && /running|athletics/.test(tags.get("sport") ?? "")) {
    return "footway";
  }
  return undefined;
}

/** The first known word of "cycleway;footway" counts. */
function highwayClass(value: string): RoadClass | undefined {
  for (const word of value.split(";")) {
    const known = SYNONYM[word.trim()] ?? (HIGHWAYS.has(word.trim()) ? word.trim() : undefined);
    if (known) return known as RoadClass;
  }
  return undefined;
}
