/**
 * What an edge is: each attribute a small vocabulary whose index is the stored byte. Index 0 always
 * means "the map does not say". The words are OpenStreetMap's own.
 */

/** Value of `highway` (or `route=ferry`, or a crossing of an open area). */
export const ROAD_CLASSES = [
  "unknown",
  "motorway",
  "motorway_link",
  "trunk",
  "trunk_link",
  "primary",
  "primary_link",
  "secondary",
  "secondary_link",
  "tertiary",
  "tertiary_link",
  "unclassified",
  "residential",
  "living_street",
  "service",
  "pedestrian",
  "track",
  "footway",
  "path",
  "cycleway",
  "bridleway",
  "steps",
  "corridor",
  "platform",
  "via_ferrata",
  "road",
  "busway",
  "ferry",
  "area",
] as const;
export type RoadClass = (typeof ROAD_CLASSES)[number];

export const SURFACES = [
  "unknown",
  "paved",
  "asphalt",
  "concrete",
  "paving_stones",
  "sett",
  "cobblestone",
  "metal",
  "wood",
  "compacted",
  "fine_gravel",
  "gravel",
  "pebblestone",
  "unpaved",
  "ground",
  "dirt",
  "grass",
  "sand",
  "mud",
  "rock",
  "snow",
] as const;
export type Surface = (typeof SURFACES)[number];

export const SMOOTHNESSES = [
  "unknown",
  "excellent",
  "good",
  "intermediate",
  "bad",
  "very_bad",
  "horrible",
  "very_horrible",
  "impassable",
] as const;

/** tracktype: grade1 (solid) … grade5 (soft). */
export const TRACK_TYPES = ["unknown", "grade1", "grade2", "grade3", "grade4", "grade5"] as const;

export const SAC_SCALES = [
  "unknown",
  "hiking",
  "mountain_hiking",
  "demanding_mountain_hiking",
  "alpine_hiking",
  "demanding_alpine_hiking",
  "difficult_alpine_hiking",
] as const;

/** mtb:scale 0–6 stored as value + 1; 0 is unknown. */
export const MTB_SCALE_UNKNOWN = 0;

/** Bits of `Network.access`: who may go which way. Forward is source → target. */
export const ACCESS = {
  FOOT_FORWARD: 1 << 0,
  FOOT_BACKWARD: 1 << 1,
  BIKE_FORWARD: 1 << 2,
  BIKE_BACKWARD: 1 << 3,
  MOTOR_FORWARD: 1 << 4,
  MOTOR_BACKWARD: 1 << 5,
  /** Reached only on foot, pushing the bicycle (bicycle=dismount, footway without bicycle=yes). */
  BIKE_PUSH: 1 << 6,
  /** access=private, destination or customers: passable, dear. */
  RESTRICTED: 1 << 7,
} as const;

/** Bits of `Network.flag`. */
export const FLAG = {
  BRIDGE: 1 << 0,
  TUNNEL: 1 << 1,
  LIT: 1 << 2,
  ROUNDABOUT: 1 << 3,
  /** Drawn by us across a square or park, not a way of the map. */
  AREA_CROSSING: 1 << 4,
  SIDEWALK: 1 << 5,
  /** A cycle lane or track along the way. */
  CYCLEWAY: 1 << 6,
  FORD: 1 << 7,
} as const;

/** Bits of `Network.nodeFlag`. */
export const NODE_FLAG = {
  SIGNAL: 1 << 0,
  /** A gate, stile or block that costs time on a bicycle. */
  BARRIER: 1 << 1,
  CROSSING: 1 << 2,
  /** The way was cut here because the extract ends. */
  CLIPPED: 1 << 3,
} as const;
