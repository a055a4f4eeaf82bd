/**
 * The base map's style for MapLibre, drawn from our own tiles (layers and classes of
 * `src/geo/basemap/classify.ts`). Paths show what they are: a trail is dashed brown, a hard one
 * dotted dark, steps are ticked, a track is a long dash, a lift a hairline with knots. Names come
 * where they help and never crowd.
 */
import type {
  ExpressionSpecification as Expression,
  LayerSpecification as Layer,
  StyleSpecification,
} from "maplibre-gl";
import { BOLD, fontFaces, ITALIC, REGULAR } from "./font.ts";
import { DARK, LIGHT, type MapPalette } from "./palette.ts";

/** Where the person's own lines go: right under the names. */
export const FIRST_LABEL_LAYER = "waterway-name";

export function mapStyle(isDark: boolean, origin: string): StyleSpecification {
  const palette = isDark ? DARK : LIGHT;
  return {
    version: 8,
    "font-faces": fontFaces(),
    sources: { base: { type: "vector", url: `${origin}/tiles/base.json` } },
    layers: [
      { id: "land", type: "background", paint: { "background-color": palette.land } },
      ...surfaces(palette),
      ...waters(palette),
      ...buildings(palette),
      ...ways(palette),
      ...rails(palette),
      ...boundaries(palette),
      ...names(palette),
    ],
  };
}

const is = (...classes: string[]): Expression => ["in", ["get", "class"], ["literal", classes]];
const all = (...parts: Expression[]): Expression => ["all", ...parts];
const not = (part: Expression): Expression => ["!", part];
const has = (key: string): Expression => ["==", ["get", key], true];

/** Pixels by zoom, growing as the map does. */
function width(...stops: readonly (readonly [zoom: number, pixels: number])[]): Expression {
  return ["interpolate", ["exponential", 1.5], ["zoom"], ...stops.flat()] as unknown as Expression;
}
function fade(from: number, to: number): Expression {
  return ["interpolate", ["linear"], ["zoom"], from, 0, to, 1];
}

function fill(id: string, layer: string, colour: string, filter: Expression, opacity = 1): Layer {
  return {
    id,
    type: "fill",
    source: "base",
    "source-layer": layer,
    filter,
    paint: { "fill-color": colour, "fill-opacity": opacity, "fill-antialias": true },
  };
}

function surfaces(p: MapPalette): Layer[] {
  const cover = (id: string, colour: string, ...classes: string[]): Layer =>
    fill(id, "landcover", colour, is(...classes));
  const use = (id: string, colour: string, ...classes: string[]): Layer =>
    fill(id, "landuse", colour, is(...classes));
  return [
    use("residential", p.residential, "residential", "commercial"),
    use("industrial", p.industrial, "industrial", "parking", "school"),
    cover("farmland", p.farmland, "farmland"),
    cover("grass", p.grass, "grass"),
    cover("scrub", p.scrub, "scrub"),
    cover("rock", p.rock, "rock", "scree"),
    cover("sand", p.sand, "sand"),
    cover("wetland", p.wetland, "wetland"),
    cover("wood", p.wood, "wood"),
    cover("glacier", p.glacier, "glacier"),
    use("park", p.park, "park", "cemetery"),
    use("pitch", p.pitch, "pitch"),
    use("square", p.road, "pedestrian"),
  ];
}

function waters(p: MapPalette): Layer[] {
  return [
    // Below the surfaces: a river that has banks shows those, not its middle line.
    {
      id: "waterway",
      type: "line",
      source: "base",
      "source-layer": "waterway",
      filter: not(has("tunnel")),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": p.waterEdge,
        "line-width": [
          "interpolate",
          ["exponential", 1.5],
          ["zoom"],
          8,
          ["match", ["get", "class"], ["river", "canal"], 0.7, 0],
          13,
          ["match", ["get", "class"], ["river", "canal"], 2, 0.8],
          17,
          ["match", ["get", "class"], ["river", "canal"], 9, 3],
        ],
      },
    },
    fill("water", "water", p.water, ["!=", ["get", "class"], ""]),
    {
      id: "water-edge",
      type: "line",
      source: "base",
      "source-layer": "water",
      minzoom: 11,
      paint: { "line-color": p.waterEdge, "line-width": width([11, 0.3], [16, 1]) },
    },
  ];
}

function buildings(p: MapPalette): Layer[] {
  return [
    {
      id: "building",
      type: "fill",
      source: "base",
      "source-layer": "building",
      minzoom: 13,
      paint: {
        "fill-color": p.building,
        "fill-outline-color": p.buildingEdge,
        "fill-opacity": fade(13, 14.5),
      },
    },
  ];
}

function road(id: string, filter: Expression, paint: object, minzoom = 0, cap = "round"): Layer {
  return {
    id,
    type: "line",
    source: "base",
    "source-layer": "road",
    minzoom,
    filter,
    layout: { "line-cap": cap as "round" | "butt", "line-join": "round" },
    paint,
  };
}

/** Pixels of each kind of street at zooms 8, 12, 15 and 18; casings add to both sides. */
const STREETS = [
  { id: "service", classes: ["service"], pixels: [0, 0.4, 2.2, 9], minzoom: 13.2 },
  { id: "minor", classes: ["minor", "pedestrian"], pixels: [0, 0.8, 4, 15], minzoom: 11.5 },
  { id: "tertiary", classes: ["tertiary"], pixels: [0.3, 1.4, 5, 17], minzoom: 10 },
  { id: "secondary", classes: ["secondary"], pixels: [0.7, 2, 6, 19], minzoom: 9 },
  { id: "primary", classes: ["primary"], pixels: [1, 2.6, 7, 21], minzoom: 7 },
  { id: "motor", classes: ["motorway", "trunk"], pixels: [1.3, 3, 8, 24], minzoom: 5 },
] as const;

function ways(p: MapPalette): Layer[] {
  const colourOf = (id: string): string => {
    if (id === "motor") return p.roadMotor;
    return id === "primary" || id === "secondary" ? p.roadMajor : p.road;
  };
  const casingOf = (id: string): string =>
    id === "motor" || id === "primary" || id === "secondary" ? p.casingMajor : p.casing;
  const streetWidth = ([a, b, c, d]: readonly number[], extra: number): Expression =>
    width(
      [8, a! + (a! > 0 ? extra / 2 : 0)],
      [12, b! + extra * 0.7],
      [15, c! + extra],
      [18, d! + extra],
    );
  const tunnels = STREETS.map(({ id, classes, pixels, minzoom }) =>
    road(
      `${id}-tunnel`,
      all(is(...classes), has("tunnel")),
      {
        "line-color": casingOf(id),
        "line-width": streetWidth(
          pixels.map((width) => width * 0.62),
          0,
        ),
        "line-dasharray": [2.4, 1.2],
        "line-opacity": 0.55,
      },
      minzoom,
      "butt",
    ),
  );
  const casings = STREETS.map(({ id, classes, pixels, minzoom }) =>
    road(
      `${id}-casing`,
      all(is(...classes), not(has("tunnel"))),
      { "line-color": casingOf(id), "line-width": streetWidth(pixels, 1.4) },
      Math.max(minzoom, 9),
    ),
  );
  const fillings = STREETS.map(({ id, classes, pixels, minzoom }) =>
    road(
      id,
      all(is(...classes), not(has("tunnel"))),
      { "line-color": colourOf(id), "line-width": streetWidth(pixels, 0) },
      minzoom,
    ),
  );
  return [...tunnels, ...casings, ...trails(p), ...fillings, ...bridges(p)];
}

/** Ways for feet and tyres, each with a stroke of its own. */
function trails(p: MapPalette): Layer[] {
  const stroke = (
    id: string,
    filter: Expression,
    colour: string,
    pixels: readonly [number, number][],
    dash: number[] | undefined,
    minzoom: number,
    cap = "butt",
  ): Layer =>
    road(
      id,
      filter,
      {
        "line-color": colour,
        "line-width": width(...pixels),
        ...(dash ? { "line-dasharray": dash } : {}),
        "line-opacity": ["interpolate", ["linear"], ["zoom"], minzoom, 0.45, minzoom + 2, 0.95],
      },
      minzoom,
      cap,
    );
  const open = not(has("private"));
  const isHard: Expression = [">=", ["coalesce", ["get", "sac"], 0], 3];
  return [
    road(
      "path-casing",
      is("path", "footway", "cycleway", "steps", "track", "via-ferrata"),
      {
        "line-color": p.halo,
        "line-width": width([13, 1.6], [15, 3.6], [18, 8]),
        "line-opacity": 0.55,
      },
      13,
    ),
    stroke(
      "track",
      is("track"),
      p.track,
      [
        [11, 0.7],
        [14, 1.5],
        [18, 4],
      ],
      [5, 1.6],
      11,
    ),
    stroke(
      "footway",
      all(is("footway"), open),
      p.footway,
      [
        [13, 0.6],
        [15, 1.2],
        [18, 3],
      ],
      [1.6, 1.1],
      13,
    ),
    stroke(
      "cycleway",
      is("cycleway"),
      p.cycleway,
      [
        [12, 0.7],
        [15, 1.4],
        [18, 3.4],
      ],
      undefined,
      12,
      "round",
    ),
    stroke(
      "trail",
      all(is("path"), not(isHard)),
      p.trail,
      [
        [11, 0.6],
        [14, 1.3],
        [18, 3.2],
      ],
      [2.6, 1.5],
      11,
    ),
    stroke(
      "trail-hard",
      all(is("path"), isHard),
      p.trailHard,
      [
        [11, 0.7],
        [14, 1.5],
        [18, 3.4],
      ],
      [0.9, 1.5],
      11,
    ),
    stroke(
      "via-ferrata",
      is("via-ferrata"),
      p.trailHard,
      [
        [12, 1],
        [15, 2.2],
        [18, 4],
      ],
      [0.4, 0.9],
      12,
    ),
    // Ticks across the line: a broad stroke in short pieces looks like treads.
    stroke(
      "steps",
      is("steps"),
      p.footway,
      [
        [13, 1.6],
        [15, 3.4],
        [18, 8],
      ],
      [0.28, 0.36],
      13,
    ),
    road(
      "ferry",
      is("ferry"),
      {
        "line-color": p.waterEdge,
        "line-width": width([8, 0.8], [16, 2]),
        "line-dasharray": [3, 2],
      },
      8,
      "butt",
    ),
  ];
}

/** Dark rails beside a path or street that leaves the ground. */
function bridges(p: MapPalette): Layer[] {
  return [
    {
      id: "bridge-rail",
      type: "line",
      source: "base",
      "source-layer": "road",
      minzoom: 14,
      filter: all(has("bridge"), is("path", "footway", "cycleway", "steps", "track")),
      layout: { "line-join": "round" },
      paint: {
        "line-color": p.textQuiet,
        "line-width": width([14, 0.5], [18, 1.4]),
        "line-gap-width": width([14, 2.4], [18, 7]),
      },
    },
  ];
}

function rails(p: MapPalette): Layer[] {
  const line = (id: string, filter: Expression, paint: object, minzoom: number): Layer => ({
    id,
    type: "line",
    source: "base",
    "source-layer": "rail",
    minzoom,
    filter,
    paint,
  });
  const above = not(has("tunnel"));
  return [
    line(
      "rail",
      above,
      { "line-color": p.rail, "line-width": width([9, 0.5], [14, 1.2], [18, 3]) },
      9,
    ),
    line(
      "rail-ties",
      above,
      {
        "line-color": p.rail,
        "line-width": width([13, 2.6], [18, 8]),
        "line-dasharray": [0.16, 1.6],
      },
      13,
    ),
    {
      id: "lift",
      type: "line",
      source: "base",
      "source-layer": "aerialway",
      minzoom: 11,
      paint: { "line-color": p.lift, "line-width": width([11, 0.5], [15, 1], [18, 1.6]) },
    },
    {
      id: "lift-knots",
      type: "line",
      source: "base",
      "source-layer": "aerialway",
      minzoom: 13,
      paint: {
        "line-color": p.lift,
        "line-width": width([13, 3.4], [18, 7]),
        "line-dasharray": [0.35, 5],
      },
    },
  ];
}

function boundaries(p: MapPalette): Layer[] {
  return [
    {
      id: "boundary",
      type: "line",
      source: "base",
      "source-layer": "boundary",
      filter: ["<=", ["get", "level"], 7],
      layout: { "line-join": "round" },
      paint: {
        "line-color": p.boundary,
        "line-width": ["match", ["get", "level"], [2], 1.6, [3, 4], 1, 0.7],
        "line-dasharray": [4, 2, 1, 2],
        "line-opacity": ["match", ["get", "level"], [2], 0.75, 0.4],
      },
    },
  ];
}

function names(p: MapPalette): Layer[] {
  const halo = { "text-halo-color": p.halo, "text-halo-width": 1.4, "text-halo-blur": 0.3 };
  const point = (
    id: string,
    layer: string,
    filter: Expression,
    minzoom: number,
    layout: object,
    colour: string,
  ): Layer => ({
    id,
    type: "symbol",
    source: "base",
    "source-layer": layer,
    minzoom,
    filter,
    layout: {
      "text-field": ["get", "name"],
      "text-max-width": 8,
      "text-padding": 6,
      ...layout,
    },
    paint: { "text-color": colour, ...halo },
  });
  const along = (
    id: string,
    layer: string,
    filter: Expression,
    minzoom: number,
    layout: object,
    colour: string,
  ): Layer =>
    point(
      id,
      layer,
      filter,
      minzoom,
      {
        "symbol-placement": "line",
        "symbol-spacing": 380,
        "text-max-angle": 28,
        "text-rotation-alignment": "map",
        ...layout,
      },
      colour,
    );
  const size = (...stops: number[]): Expression =>
    ["interpolate", ["linear"], ["zoom"], ...stops] as unknown as Expression;
  return [
    along(
      FIRST_LABEL_LAYER,
      "waterway",
      ["has", "name"],
      12,
      { "text-font": [ITALIC], "text-size": size(12, 10.5, 16, 13), "text-letter-spacing": 0.06 },
      p.textWater,
    ),
    along(
      "trail-name",
      "road",
      all(["has", "name"], is("path", "track", "footway", "cycleway", "via-ferrata")),
      14,
      { "text-font": [ITALIC], "text-size": size(14, 10, 18, 12.5) },
      p.textQuiet,
    ),
    along(
      "street-name",
      "road",
      all(["has", "name"], is("minor", "tertiary", "secondary", "primary", "pedestrian", "trunk")),
      13.5,
      { "text-font": [REGULAR], "text-size": size(13.5, 10, 18, 13) },
      p.textQuiet,
    ),
    point(
      "area-name",
      "label",
      is("park", "wood", "glacier"),
      10,
      {
        "text-font": [ITALIC],
        "text-size": size(10, 10.5, 15, 12.5),
        "symbol-sort-key": ["get", "rank"],
      },
      p.textPark,
    ),
    point(
      "water-name",
      "label",
      is("water"),
      9,
      {
        "text-font": [ITALIC],
        "text-size": size(9, 10.5, 15, 13),
        "symbol-sort-key": ["get", "rank"],
      },
      p.textWater,
    ),
    point(
      "poi",
      "poi",
      ["!=", ["get", "class"], ""],
      12,
      {
        "icon-image": ["concat", "poi-", ["get", "class"]],
        "icon-size": size(12, 0.7, 17, 1),
        "text-font": [REGULAR],
        "text-size": 10.5,
        "text-anchor": "top",
        "text-offset": [0, 0.7],
        "text-optional": true,
      },
      p.textQuiet,
    ),
    point(
      "peak",
      "peak",
      ["!=", ["get", "class"], ""],
      11,
      {
        "icon-image": ["concat", "peak-", ["get", "class"]],
        "icon-size": size(11, 0.7, 16, 1),
        "text-field": [
          "format",
          ["coalesce", ["get", "name"], ""],
          {},
          ["case", ["has", "ele"], ["concat", "\n", ["to-string", ["get", "ele"]], " m"], ""],
          { "font-scale": 0.86 },
        ],
        "text-font": [REGULAR],
        "text-size": size(11, 10, 16, 12),
        "text-anchor": "top",
        "text-offset": [0, 0.55],
        "text-optional": true,
        // The highest first.
        "symbol-sort-key": ["-", 0, ["coalesce", ["get", "ele"], 0]],
      },
      p.text,
    ),
    point(
      "place-small",
      "place",
      is("hamlet", "isolated_dwelling", "neighbourhood", "locality", "quarter", "suburb"),
      11,
      {
        "text-font": [REGULAR],
        "text-size": size(11, 10.5, 16, 13),
        "symbol-sort-key": ["get", "rank"],
      },
      p.textQuiet,
    ),
    point(
      "place",
      "place",
      is("city", "town", "village"),
      5,
      {
        "text-font": [BOLD],
        "text-size": [
          "interpolate",
          ["linear"],
          ["zoom"],
          8,
          ["match", ["get", "class"], "city", 13, "town", 11.5, 10],
          14,
          ["match", ["get", "class"], "city", 18, "town", 16, 13.5],
        ],
        "symbol-sort-key": ["get", "rank"],
      },
      p.text,
    ),
  ];
}
