/**
 * Who may go which way along a way: the defaults of its class, then the access tags from general to
 * particular (access → vehicle → bicycle), then one-way rules with their exceptions for bicycles.
 * Source: wiki.openstreetmap.org/wiki/Key:access and Key:oneway.
 */
import { ACCESS, type RoadClass } from "./attribute.ts";
import { isYes, type Tags } from "./tags.ts";

/** Modes that may use a class when no tag says otherwise. */
const DEFAULTS: Readonly<Record<RoadClass, string>> = {
  unknown: "",
  motorway: "motor",
  motorway_link: "motor",
  trunk: "foot bike motor",
  trunk_link: "foot bike motor",
  primary: "foot bike motor",
  primary_link: "foot bike motor",
  secondary: "foot bike motor",
  secondary_link: "foot bike motor",
  tertiary: "foot bike motor",
  tertiary_link: "foot bike motor",
  unclassified: "foot bike motor",
  residential: "foot bike motor",
  living_street: "foot bike motor",
  service: "foot bike motor",
  road: "foot bike motor",
  track: "foot bike motor",
  pedestrian: "foot",
  footway: "foot",
  path: "foot bike",
  cycleway: "foot bike",
  bridleway: "foot",
  steps: "foot",
  corridor: "foot",
  platform: "foot",
  via_ferrata: "foot",
  busway: "",
  ferry: "foot bike motor",
  area: "foot",
};

/** Nobody rides here, whatever `bicycle` says. */
const NEVER_RIDDEN: readonly RoadClass[] = ["steps", "corridor", "via_ferrata"];

/** open: anyone; limited: whoever has business there; private: by leave; none: nobody. */
type Permission = "open" | "limited" | "private" | "none";

const PERMISSION: Readonly<Record<string, Permission>> = {
  yes: "open",
  designated: "open",
  permissive: "open",
  official: "open",
  public: "open",
  discouraged: "open",
  optional_sidepath: "open",
  destination: "limited",
  customers: "limited",
  delivery: "limited",
  residents: "limited",
  permit: "private",
  private: "private",
  agricultural: "private",
  forestry: "private",
  no: "none",
  none: "none",
  emergency: "none",
  military: "none",
  bus: "none",
  psv: "none",
  impassable: "none",
  // The rider must get off, or take the path beside; the walker next to the bicycle may stay.
  dismount: "none",
  use_sidepath: "none",
};
const RANK: readonly Permission[] = ["none", "private", "limited", "open"];

/** The most open word of "agricultural;destination"; unknown words say nothing. */
export function permissionOf(value: string | undefined): Permission | undefined {
  if (value === undefined) return undefined;
  const direct = PERMISSION[value];
  if (direct) return direct;
  let best: Permission | undefined;
  for (const word of value.split(";")) {
    const permission = PERMISSION[word.trim()];
    if (permission && (!best || RANK.indexOf(permission) > RANK.indexOf(best))) best = permission;
  }
  return best;
}

/** Tags that bind a mode, the particular one first. */
const HIERARCHY = {
  foot: ["foot", "access"],
  bike: ["bicycle", "vehicle", "access"],
  motor: ["motorcar", "motor_vehicle", "vehicle", "access"],
} as const;
export type Mode = keyof typeof HIERARCHY;

/**
 * The first tag of the hierarchy that is set decides. A general permission does not open what the
 * class closes (a footway with access=yes is no road); a general prohibition closes.
 */
export function permission(tags: Tags, mode: Mode, isOpenByDefault: boolean): Permission {
  const keys = HIERARCHY[mode];
  for (const key of keys) {
    const found = permissionOf(tags.get(key));
    if (!found) continue;
    const isGeneral = key === "access" || key === "vehicle";
    if (isGeneral && !isOpenByDefault && found !== "none") continue;
    // foot=use_sidepath means a pavement that is drawn on its own; the walker is on this road.
    if (mode === "foot" && tags.get(key) === "use_sidepath") return "open";
    return found;
  }
  return isOpenByDefault ? "open" : "none";
}

const FORWARD = 1;
const BACKWARD = 2;
const BOTH = 3;

/** Bits of ACCESS; 0 when nobody may use the way. */
export function accessOf(tags: Tags, roadClass: RoadClass): number {
  const defaults = DEFAULTS[roadClass];
  const isMotorroad = tags.get("motorroad") === "yes";
  let foot = permission(tags, "foot", defaults.includes("foot") && !isMotorroad);
  let bike = permission(tags, "bike", defaults.includes("bike") && !isMotorroad);
  let motor = permission(tags, "motor", defaults.includes("motor"));
  if (NEVER_RIDDEN.includes(roadClass)) bike = "none";
  if (isSidewalkForbidden(tags, roadClass)) foot = "none";

  // One bit says "restricted" for all modes of an edge; it is set when no walker or rider is free.
  const isFree = foot === "open" || bike === "open";
  const isRestricted =
    !isFree && [foot, bike, motor].some((p) => p === "limited" || p === "private");
  if (!isRestricted) {
    if (foot === "private" && bike !== "open") foot = "none";
    if (bike === "private") bike = "none";
    if (motor === "private") motor = "none";
  }

  const vehicle = vehicleDirections(tags, roadClass);
  const footWays = foot === "none" ? 0 : footDirections(tags);
  const bikeWays = bike === "none" ? 0 : bikeDirections(tags, vehicle);
  const motorWays = motor === "none" ? 0 : motorDirections(tags, vehicle);
  let access = footWays | (bikeWays << 2) | (motorWays << 4);
  // Whoever gets off is a walker: against a one-way street, on footways, on steps.
  if ((footWays & ~bikeWays) !== 0 && canPush(tags, roadClass)) access |= ACCESS.BIKE_PUSH;
  if (access !== 0 && isRestricted) access |= ACCESS.RESTRICTED;
  return access;
}

function canPush(tags: Tags, roadClass: RoadClass): boolean {
  return roadClass !== "via_ferrata" && tags.get("bicycle:pushed") !== "no";
}

/** sidewalk=no on a trunk road is how mappers say that nobody walks there. */
function isSidewalkForbidden(tags: Tags, roadClass: RoadClass): boolean {
  const isTrunk = roadClass === "trunk" || roadClass === "trunk_link";
  return isTrunk && tags.get("foot") === undefined && tags.get("sidewalk") === "no";
}

/** Directions that the plain `oneway` leaves to vehicles. */
function vehicleDirections(tags: Tags, roadClass: RoadClass): number {
  const stated = statedDirections(tags.get("oneway"));
  if (stated) return stated;
  const junction = tags.get("junction");
  if (junction === "roundabout" || junction === "circular") return FORWARD;
  if (roadClass === "motorway" || roadClass === "motorway_link") return FORWARD;
  return BOTH;
}

/** @returns 0 when the value is absent or unknown */
function statedDirections(value: string | undefined): number {
  if (value === undefined) return 0;
  if (isYes(value)) return FORWARD;
  if (value === "-1" || value === "reverse") return BACKWARD;
  // Changes with the hour or the signal: open both ways to a map that knows no hours.
  if (value === "reversible" || value === "alternating") return BOTH;
  if (value === "no" || value === "false" || value === "0") return BOTH;
  return 0;
}

/** Walkers ignore one-ways, but not their own, nor the way a moving stair runs. */
function footDirections(tags: Tags): number {
  let ways = statedDirections(tags.get("oneway:foot")) || BOTH;
  const conveying = tags.get("conveying");
  if (conveying === "forward") ways &= FORWARD;
  if (conveying === "backward") ways &= BACKWARD;
  return exceptDirections(tags, "foot", ways);
}

function bikeDirections(tags: Tags, vehicle: number): number {
  let ways = statedDirections(tags.get("oneway:bicycle")) || vehicle;
  for (const side of ["cycleway", "cycleway:left", "cycleway:right", "cycleway:both"]) {
    if (tags.get(side)?.startsWith("opposite")) ways = BOTH;
    // "separate" is drawn as a way of its own, with its own direction.
    const isHere = tags.get(side) !== "no" && tags.get(side) !== "separate";
    if (side !== "cycleway" && isHere) ways |= statedDirections(tags.get(`${side}:oneway`));
  }
  return exceptDirections(tags, "bicycle", exceptDirections(tags, "vehicle", ways));
}

function motorDirections(tags: Tags, vehicle: number): number {
  const ways = statedDirections(tags.get("oneway:motor_vehicle")) || vehicle;
  return exceptDirections(tags, "motor_vehicle", exceptDirections(tags, "vehicle", ways));
}

/** `bicycle:backward=no` and its like close a direction; "yes" opens one. */
function exceptDirections(tags: Tags, mode: string, ways: number): number {
  let result = ways;
  for (const [suffix, bit] of [
    ["forward", FORWARD],
    ["backward", BACKWARD],
  ] as const) {
    const stated = permissionOf(tags.get(`${mode}:${suffix}`));
    if (stated === "none") result &= ~bit;
    else if (stated === "open" && mode !== "vehicle") result |= bit;
  }
  return result;
}
