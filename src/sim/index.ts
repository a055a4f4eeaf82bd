/** The seeded world: a town nobody has been to, or a real one, and a year of its athletes' recordings. */
export {
  type Athlete,
  createAthletes,
  type DeviceModel,
  SIM_SPORTS,
  type SimSport,
} from "./athlete/athlete.ts";
export type { Recorded, Truth } from "./device/sensor.ts";
export { createPlane, type Plane } from "./plane.ts";
export { type Region, type RegionSource, settle } from "./region/region.ts";
export { hgtName, writeHgt } from "./town/hgt.ts";
export type { OsmDraft, OsmMember, OsmRelation, OsmWay } from "./town/osm-draft.ts";
export { writeOsmPbf } from "./town/osm-pbf.ts";
export { writeOsmXml } from "./town/osm-xml.ts";
export {
  EDGE,
  EDGE_KINDS,
  type EdgeDraft,
  type EdgeKind,
  type StreetGraph,
} from "./town/street-graph.ts";
export { drawTown, type Place, type Town, type UnmappedWay } from "./town/town.ts";
export {
  type Quirk,
  recordWorld,
  type SimulatedRecording,
  type WorldOptions,
  worldAthletes,
  worldOutings,
} from "./world.ts";
