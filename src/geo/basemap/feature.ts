/**
 * The features of the base map from an extract: surfaces (closed ways and multipolygon relations),
 * lines, points and names, one list per layer, each feature with the first zoom that shows it. What
 * cannot be drawn (rings that never close, holes outside everything) is counted, never guessed.
 * O(objects + tags); holds all geometry as GeoJSON, about 100 bytes a node.
 */
import type { Feature, Geometry } from "geojson";
import { METRES_PER_DEGREE, UNITS_PER_DEGREE } from "../lonlat.ts";
import {
  MEMBER_WAY,
  MISSING_NODE,
  type OsmData,
  type TagColumns,
} from "../network/osm/osm-data.ts";
import type { Repair } from "../track/recording.ts";
import { labelPoint, nestRings, type Polygon, polygonArea, type Ring, ringArea } from "./area.ts";
import {
  boundaryLevel,
  type Drawn,
  drawArea,
  drawAreaLabel,
  drawLine,
  drawPoint,
  isArea,
  LAYERS,
  type LayerName,
  type Tags,
} from "./classify.ts";
import { coastlineSea } from "./coastline.ts";
import { assembleRings } from "./ring.ts";

/** `minZoom` rides in the properties until the tiles are cut, then it is dropped. */
export type MapFeature = Feature<Geometry, { minZoom: number } & Record<string, unknown>>;

export interface MapFeatures {
  readonly layers: Readonly<Record<LayerName, readonly MapFeature[]>>;
  readonly repairs: readonly Repair[];
}

/** A surface appears when it covers this many pixels of a 512-pixel tile. */
const AREA_PIXELS = 16;
/** A surface's name appears when the surface covers this many. */
const LABEL_PIXELS = 3000;
/** Metres of one pixel of a 512-pixel tile at zoom 0 on the equator. */
const METRES_PER_PIXEL_Z0 = (METRES_PER_DEGREE * 360) / 512;

export function mapFeatures(osm: OsmData): MapFeatures {
  const layers = Object.fromEntries(LAYERS.map((name) => [name, []])) as unknown as Record<
    LayerName,
    MapFeature[]
  >;
  const counts = { openRing: 0, lostInner: 0, openCoast: 0 };
  const metresPerPixel0 =
    METRES_PER_PIXEL_Z0 * Math.cos((((osm.bbox[1] + osm.bbox[3]) / 2) * Math.PI) / 180);

  const add = (drawn: Drawn, geometry: Geometry, minZoom = drawn.minZoom): void => {
    layers[drawn.layer].push({
      type: "Feature",
      geometry,
      properties: { ...drawn.properties, minZoom },
    });
  };
  /** First zoom at which an area covers so many pixels, never before the layer's own. */
  const zoomOfArea = (areaM2: number, pixels: number, minZoom: number): number =>
    Math.max(minZoom, Math.ceil(Math.log2(metresPerPixel0 / Math.sqrt(areaM2 / pixels))));
  const addSurface = (tags: Tags, polygons: readonly Polygon[]): void => {
    if (polygons.length === 0) return;
    const areas = polygons.map(polygonArea);
    const drawn = drawArea(tags);
    const largest = areas.indexOf(Math.max(...areas));
    if (drawn) {
      polygons.forEach((coordinates, i) => {
        if (areas[i]! <= 0) return;
        const minZoom = zoomOfArea(areas[i]!, AREA_PIXELS, drawn.minZoom);
        if (minZoom <= 16) add(drawn, { type: "Polygon", coordinates }, minZoom);
      });
    }
    const label = drawAreaLabel(tags);
    if (label && areas[largest]! > 0) {
      const minZoom = Math.min(14, zoomOfArea(areas[largest]!, LABEL_PIXELS, label.minZoom));
      const rank = -Math.round(Math.log2(areas[largest]!) * 10) / 10;
      add(
        { ...label, properties: { ...label.properties, rank } },
        { type: "Point", coordinates: labelPoint(polygons[largest]!) },
        minZoom,
      );
    }
  };

  const wayTags = tagReader(osm.way, osm.strings);
  const relationTags = tagReader(osm.relation, osm.strings);
  const wayOfId = new Map<number, number>();
  for (let i = 0; i < osm.way.id.length; i++) wayOfId.set(osm.way.id[i]!, i);

  // Relations first: a way that only carries the tags of its relation is not drawn twice.
  const isMemberOfArea = new Set<number>();
  const boundary = new Map<number, number>();
  for (let r = 0; r < osm.relation.id.length; r++) {
    const tags = relationTags(r);
    const type = tags.get("type");
    if (type !== "multipolygon" && type !== "boundary") continue;
    const level = boundaryLevel(tags);
    const isDrawn = drawArea(tags) !== undefined || drawAreaLabel(tags) !== undefined;
    if (level === undefined && !isDrawn) continue;
    const outers: number[][] = [];
    const inners: number[][] = [];
    for (let m = osm.relation.firstMember[r]!; m < osm.relation.firstMember[r + 1]!; m++) {
      if (osm.relation.memberType[m] !== MEMBER_WAY) continue;
      const way = wayOfId.get(osm.relation.memberId[m]!);
      if (way === undefined) continue;
      if (level !== undefined) boundary.set(way, Math.min(level, boundary.get(way) ?? level));
      if (!isDrawn) continue;
      const isInner = osm.strings[osm.relation.memberRole[m]!] === "inner";
      if (!isInner) isMemberOfArea.add(way);
      (isInner ? inners : outers).push(refsOf(osm, way));
    }
    if (!isDrawn) continue;
    const outer = assembleRings(outers);
    const inner = assembleRings(inners);
    counts.openRing += outer.open.length + inner.open.length;
    const nested = nestRings(
      outer.rings.map((ring) => coordinatesOf(osm, ring)),
      inner.rings.map((ring) => coordinatesOf(osm, ring)),
    );
    counts.lostInner += nested.lostInners;
    addSurface(tags, nested.polygons);
  }

  const coast: number[][] = [];
  for (let w = 0; w < osm.way.id.length; w++) {
    const tags = wayTags(w);
    const level = boundaryLevel(tags);
    if (level !== undefined) boundary.set(w, Math.min(level, boundary.get(w) ?? level));
    if (tags.size === 0) continue;
    const refs = refsOf(osm, w);
    if (refs.length < 2) continue;
    if (tags.get("natural") === "coastline") coast.push(refs);
    if (refs.length >= 4 && refs[0] === refs.at(-1) && isArea(tags)) {
      const ring = coordinatesOf(osm, refs);
      if (!isMemberOfArea.has(w) && ringArea(ring) > 0) addSurface(tags, [[ring]]);
      continue;
    }
    const line = drawLine(tags);
    if (line) add(line, { type: "LineString", coordinates: coordinatesOf(osm, refs) });
  }
  for (const [way, level] of boundary) {
    const coordinates = coordinatesOf(osm, refsOf(osm, way));
    if (coordinates.length < 2) continue;
    const minZoom = level <= 2 ? 0 : level <= 4 ? 5 : level <= 6 ? 8 : 11;
    add({ layer: "boundary", minZoom, properties: { level } }, { type: "LineString", coordinates });
  }
  const sea = coastlineSea(
    coast.map((refs) => coordinatesOf(osm, refs)),
    osm.bbox,
  );
  counts.openCoast = sea.lost;
  for (const coordinates of sea.polygons) {
    add(
      { layer: "water", minZoom: 0, properties: { class: "sea" } },
      { type: "Polygon", coordinates },
    );
  }

  const nodeTags = tagReader(osm.taggedNode, osm.strings);
  for (let t = 0; t < osm.taggedNode.index.length; t++) {
    const drawn = drawPoint(nodeTags(t));
    if (!drawn) continue;
    const node = osm.taggedNode.index[t]!;
    add(drawn, { type: "Point", coordinates: coordinatesOf(osm, [node])[0]! });
  }

  return { layers, repairs: repairsOf(counts) };
}

function tagReader(columns: TagColumns, strings: readonly string[]): (i: number) => Tags {
  return (i) => {
    const tags = new Map<string, string>();
    for (let t = columns.firstTag[i]!; t < columns.firstTag[i + 1]!; t++) {
      tags.set(strings[columns.tagKey[t]!]!, strings[columns.tagValue[t]!]!);
    }
    return tags;
  };
}

/** Node indices of a way without the nodes that the extract lacks. */
function refsOf(osm: OsmData, way: number): number[] {
  const refs: number[] = [];
  for (let i = osm.way.firstRef[way]!; i < osm.way.firstRef[way + 1]!; i++) {
    if (osm.way.ref[i] !== MISSING_NODE) refs.push(osm.way.ref[i]!);
  }
  return refs;
}

function coordinatesOf(osm: OsmData, nodes: readonly number[]): Ring {
  return nodes.map((node) => [
    osm.node.lon[node]! / UNITS_PER_DEGREE,
    osm.node.lat[node]! / UNITS_PER_DEGREE,
  ]);
}

function repairsOf(counts: {
  openRing: number;
  lostInner: number;
  openCoast: number;
}): readonly Repair[] {
  const repairs: Repair[] = [];
  const note = (code: string, count: number, message: string): void => {
    if (count > 0) repairs.push({ code, count, unit: "record", message });
  };
  note(
    "map-open-ring",
    counts.openRing,
    "Rings of multipolygons that never close, usually cut by the edge of the extract, are not drawn.",
  );
  note("map-lost-hole", counts.lostInner, "Holes that lie in no outer ring are not drawn.");
  note(
    "map-open-coast",
    counts.openCoast,
    "Coastlines that end inside the extract leave the sea beside them undrawn.",
  );
  return repairs;
}
