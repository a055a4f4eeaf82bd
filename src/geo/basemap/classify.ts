/**
 * What the base map shows of OpenStreetMap: tags → layer, class and the first zoom at which it
 * appears. The tables are the map's legend; a tag that stands in none is not drawn. Keys and values
 * are OpenStreetMap's own (wiki "Map features").
 */
import { SAC_SCALES } from "../network/attribute.ts";

export const LAYERS = [
  "landcover",
  "landuse",
  "water",
  "waterway",
  "building",
  "road",
  "rail",
  "aerialway",
  "boundary",
  "place",
  "peak",
  "poi",
  "label",
] as const;
export type LayerName = (typeof LAYERS)[number];

export type Tags = ReadonlyMap<string, string>;
export type Properties = Record<string, string | number | boolean>;

export interface Drawn {
  readonly layer: LayerName;
  readonly minZoom: number;
  readonly properties: Properties;
}

const LANDCOVER: Readonly<Record<string, string>> = {
  "natural=wood": "wood",
  "landuse=forest": "wood",
  "natural=scrub": "scrub",
  "natural=shrubbery": "scrub",
  "natural=heath": "scrub",
  "natural=grassland": "grass",
  "natural=fell": "grass",
  "landuse=grass": "grass",
  "landuse=meadow": "grass",
  "landuse=village_green": "grass",
  "natural=bare_rock": "rock",
  "natural=scree": "scree",
  "natural=shingle": "scree",
  "natural=glacier": "glacier",
  "natural=sand": "sand",
  "natural=beach": "sand",
  "natural=wetland": "wetland",
  "natural=mud": "wetland",
  "landuse=farmland": "farmland",
  "landuse=orchard": "farmland",
  "landuse=vineyard": "farmland",
  "landuse=plant_nursery": "farmland",
};

const LANDUSE: Readonly<Record<string, string>> = {
  "landuse=residential": "residential",
  "landuse=commercial": "commercial",
  "landuse=retail": "commercial",
  "landuse=industrial": "industrial",
  "landuse=railway": "industrial",
  "landuse=quarry": "industrial",
  "landuse=construction": "industrial",
  "landuse=cemetery": "cemetery",
  "amenity=grave_yard": "cemetery",
  "landuse=allotments": "park",
  "landuse=recreation_ground": "park",
  "leisure=park": "park",
  "leisure=garden": "park",
  "leisure=golf_course": "park",
  "leisure=dog_park": "park",
  "leisure=pitch": "pitch",
  "leisure=track": "pitch",
  "leisure=playground": "pitch",
  "leisure=stadium": "pitch",
  "leisure=sports_centre": "pitch",
  "amenity=school": "school",
  "amenity=university": "school",
  "amenity=college": "school",
  "amenity=hospital": "school",
  "amenity=parking": "parking",
  "place=square": "pedestrian",
  "highway=pedestrian": "pedestrian",
  "highway=footway": "pedestrian",
};

const WATER: Readonly<Record<string, string>> = {
  "natural=water": "lake",
  "waterway=riverbank": "river",
  "waterway=dock": "basin",
  "landuse=reservoir": "lake",
  "landuse=basin": "basin",
  "leisure=swimming_pool": "pool",
};

const WATERWAY_ZOOM: Readonly<Record<string, number>> = {
  river: 8,
  canal: 9,
  stream: 12,
  ditch: 14,
  drain: 14,
};

/** highway → class on the map and first zoom. Trails come early: they are what people look for. */
const ROAD: Readonly<Record<string, readonly [string, number]>> = {
  motorway: ["motorway", 5],
  motorway_link: ["motorway", 9],
  trunk: ["trunk", 6],
  trunk_link: ["trunk", 10],
  primary: ["primary", 7],
  primary_link: ["primary", 11],
  secondary: ["secondary", 9],
  secondary_link: ["secondary", 12],
  tertiary: ["tertiary", 10],
  tertiary_link: ["tertiary", 12],
  unclassified: ["minor", 11],
  residential: ["minor", 12],
  living_street: ["minor", 12],
  road: ["minor", 12],
  busway: ["service", 13],
  service: ["service", 13],
  pedestrian: ["pedestrian", 13],
  track: ["track", 11],
  path: ["path", 11],
  bridleway: ["path", 12],
  cycleway: ["cycleway", 12],
  footway: ["footway", 13],
  corridor: ["footway", 14],
  platform: ["footway", 14],
  steps: ["steps", 13],
  via_ferrata: ["via-ferrata", 12],
};

const UNPAVED = new Set(
  (
    "unpaved compacted fine_gravel gravel pebblestone ground dirt earth grass grass_paver sand mud " +
    "rock snow woodchips"
  ).split(" "),
);

const RAIL_ZOOM: Readonly<Record<string, number>> = {
  rail: 9,
  narrow_gauge: 10,
  funicular: 12,
  light_rail: 11,
  tram: 13,
  subway: 13,
};

const AERIALWAYS = new Set(
  "cable_car gondola mixed_lift chair_lift drag_lift t-bar j-bar platter magic_carpet rope_tow".split(
    " ",
  ),
);

const PLACE_ZOOM: Readonly<Record<string, number>> = {
  city: 4,
  town: 7,
  village: 9,
  suburb: 11,
  quarter: 12,
  hamlet: 11,
  neighbourhood: 13,
  isolated_dwelling: 13,
  locality: 14,
};

/** Whether a closed way with these tags means the surface and not its edge. */
export function isArea(tags: Tags): boolean {
  const area = tags.get("area");
  if (area === "yes") return true;
  if (area === "no") return false;
  if (tags.has("highway") || tags.has("barrier") || tags.has("railway")) return false;
  return drawArea(tags) !== undefined;
}

/** A surface: the first of water, building, land cover, land use that the tags name. */
export function drawArea(tags: Tags): Drawn | undefined {
  const water = lookUp(WATER, tags);
  if (water) {
    const kind = tags.get("water");
    const isRiver = kind === "river" || kind === "canal" || kind === "stream";
    return drawn("water", 4, { class: isRiver ? "river" : water });
  }
  const building = tags.get("building");
  if (building !== undefined && building !== "no") return drawn("building", 13, {});
  const cover = lookUp(LANDCOVER, tags);
  if (cover) return drawn("landcover", 5, { class: cover });
  const use = lookUp(LANDUSE, tags);
  if (use === "pedestrian" && tags.get("place") !== "square" && tags.get("area") !== "yes") {
    return undefined;
  }
  if (use) return drawn("landuse", use === "parking" ? 14 : 9, { class: use });
  return undefined;
}

/** A line: road or path, rail, aerialway, waterway or ferry. */
export function drawLine(tags: Tags): Drawn | undefined {
  const road = own(ROAD, tags.get("highway"));
  if (road) return drawn("road", road[1], roadProperties(road[0], tags));
  if (tags.get("route") === "ferry") return drawn("road", 8, named({ class: "ferry" }, tags));
  const rail = own(RAIL_ZOOM, tags.get("railway"));
  if (rail !== undefined) {
    const isYard = tags.has("service");
    return drawn("rail", isYard ? 13 : rail, {
      class: tags.get("railway")!,
      ...structure(tags),
    });
  }
  if (AERIALWAYS.has(tags.get("aerialway") ?? "")) {
    return drawn("aerialway", 11, named({ class: "lift" }, tags));
  }
  const waterway = own(WATERWAY_ZOOM, tags.get("waterway"));
  if (waterway !== undefined) {
    return drawn(
      "waterway",
      waterway,
      named({ class: tags.get("waterway")!, ...structure(tags) }, tags),
    );
  }
  return undefined;
}

/** A point: a place, a summit, a thing that people on foot or wheels look for. */
export function drawPoint(tags: Tags): Drawn | undefined {
  const name = nameOf(tags);
  const place = tags.get("place") ?? "";
  const placeZoom = own(PLACE_ZOOM, place);
  if (placeZoom !== undefined && name !== undefined) {
    const population = Number(tags.get("population")?.replace(/[ ,.]/g, "") ?? Number.NaN);
    const people = Number.isFinite(population) ? population : 0;
    // Ten times the people is one zoom of rank; the class decides first.
    const rank = Math.round((placeZoom * 10 - Math.log10(1 + people) * 10) * 10) / 10;
    const isCapital = tags.get("capital") === "yes";
    return drawn("place", isCapital ? Math.min(placeZoom, 6) : placeZoom, {
      class: place,
      name,
      rank: isCapital ? -100 : rank,
    });
  }
  const natural = tags.get("natural");
  if (natural === "peak" || natural === "volcano") {
    const ele = Number.parseFloat(tags.get("ele") ?? "");
    const hasEle = Number.isFinite(ele);
    if (name === undefined && !hasEle) return undefined;
    return drawn("peak", name !== undefined && hasEle ? 11 : 13, {
      class: "peak",
      ...(name === undefined ? {} : { name }),
      ...(hasEle ? { ele: Math.round(ele) } : {}),
    });
  }
  if (natural === "saddle" || tags.get("mountain_pass") === "yes") {
    const ele = Number.parseFloat(tags.get("ele") ?? "");
    if (name === undefined) return undefined;
    return drawn("peak", 12, {
      class: "pass",
      name,
      ...(Number.isFinite(ele) ? { ele: Math.round(ele) } : {}),
    });
  }
  const poi = poiOf(tags);
  return poi ? drawn("poi", poi[1], named({ class: poi[0] }, tags)) : undefined;
}

/** The name of a surface, drawn at a point inside it. */
export function drawAreaLabel(tags: Tags): Drawn | undefined {
  const name = nameOf(tags);
  if (name === undefined) return undefined;
  if (lookUp(WATER, tags) && tags.get("leisure") !== "swimming_pool") {
    return drawn("label", 8, { class: "water", name });
  }
  if (tags.get("natural") === "glacier") return drawn("label", 9, { class: "glacier", name });
  const leisure = tags.get("leisure");
  const boundary = tags.get("boundary");
  if (
    leisure === "park" ||
    leisure === "nature_reserve" ||
    boundary === "national_park" ||
    boundary === "protected_area"
  ) {
    return drawn("label", 9, { class: "park", name });
  }
  if (lookUp(LANDCOVER, tags) === "wood") return drawn("label", 11, { class: "wood", name });
  return undefined;
}

/** admin_level of a drawn boundary, undefined when it is of another kind or too fine. */
export function boundaryLevel(tags: Tags): number | undefined {
  if (tags.get("boundary") !== "administrative") return undefined;
  const level = Number(tags.get("admin_level"));
  return Number.isInteger(level) && level >= 2 && level <= 8 ? level : undefined;
}

function poiOf(tags: Tags): readonly [string, number] | undefined {
  const tourism = tags.get("tourism");
  if (tourism === "alpine_hut" || tourism === "wilderness_hut") return ["hut", 12];
  if (tourism === "viewpoint") return ["viewpoint", 14];
  if (tourism === "camp_site") return ["camp", 14];
  const amenity = tags.get("amenity");
  if (amenity === "drinking_water") return ["water", 14];
  if (amenity === "shelter") return ["shelter", 14];
  if (tags.get("natural") === "spring") return ["water", 14];
  const railway = tags.get("railway");
  if (railway === "station" || railway === "halt") return ["station", 12];
  return undefined;
}

function roadProperties(roadClass: string, tags: Tags): Properties {
  const properties: Properties = { class: roadClass, ...structure(tags) };
  const surface = tags.get("surface");
  const isTrail = roadClass === "path" || roadClass === "track";
  if (surface === undefined ? isTrail : UNPAVED.has(surface)) properties.unpaved = true;
  const tracktype = tags.get("tracktype");
  if (roadClass === "track" && tracktype === "grade1") properties.unpaved = false;
  const sac = SAC_SCALES.indexOf((tags.get("sac_scale") ?? "") as (typeof SAC_SCALES)[number]);
  if (sac > 0) properties.sac = sac;
  const mtb = Number.parseInt(tags.get("mtb:scale") ?? "", 10);
  if (mtb >= 0 && mtb <= 6) properties.mtb = mtb;
  const access = tags.get("access");
  if (access === "private" || access === "no") properties.private = true;
  const ref = tags.get("ref");
  if (ref !== undefined && ref.length <= 12) properties.ref = ref;
  return named(properties, tags);
}

function structure(tags: Tags): Properties {
  const properties: Properties = {};
  const bridge = tags.get("bridge");
  if (bridge !== undefined && bridge !== "no") properties.bridge = true;
  const tunnel = tags.get("tunnel");
  if ((tunnel !== undefined && tunnel !== "no") || tags.get("covered") === "yes") {
    properties.tunnel = true;
  }
  return properties;
}

function named(properties: Properties, tags: Tags): Properties {
  const name = nameOf(tags);
  return name === undefined ? properties : { ...properties, name };
}

function nameOf(tags: Tags): string | undefined {
  const name = tags.get("name")?.trim();
  return name === undefined || name === "" ? undefined : name;
}

function lookUp(table: Readonly<Record<string, string>>, tags: Tags): string | undefined {
  for (const [key, value] of tags) {
    const found = own(table, `${key}=${value}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Never a word of Object.prototype: a tag may well be "constructor". */
function own<T>(table: Readonly<Record<string, T>>, key: string | undefined): T | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}

function drawn(layer: LayerName, minZoom: number, properties: Properties): Drawn {
  return { layer, minZoom, properties };
}
