/**
 * Cuts the base map: an extract becomes Mapbox Vector Tiles (specification 2.1) of zooms 0–14 in one
 * PMTiles archive. Slicing and simplification are geojson-vt's, one index per layer; a tile leaves the
 * index as soon as it is encoded. Seconds for a small country; memory grows with the geometry.
 */
import { fromGeojsonVt } from "@maplibre/vt-pbf";
import { gzipSync } from "fflate";
import type { FeatureCollection } from "geojson";
import GeoJSONVT from "geojson-vt";
import type { OsmData } from "../network/osm/osm-data.ts";
import type { Repair } from "../track/recording.ts";
import { LAYERS, type LayerName } from "./classify.ts";
import { type MapFeature, mapFeatures } from "./feature.ts";
import { type EncodedTile, writePmtiles } from "./pmtiles-writer.ts";

export const MAX_BASEMAP_ZOOM = 14;
/** Coordinates of one tile; 512-pixel tiles show an eighth of a pixel. */
const EXTENT = 4096;
/** Units drawn beyond the edge so that lines and casings meet. */
const BUFFER = 64;

export interface BasemapOptions {
  /** Last zoom with tiles of its own, 0–14; beyond it the page enlarges. Default 14. */
  readonly maxZoom?: number;
  /** Whose data it is, shown on the map. Default OpenStreetMap's. */
  readonly attribution?: string;
  /** Told now and then: tiles written so far, and all of them. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told what could not be drawn. */
  readonly onRepair?: (repair: Repair) => void;
}

/** Attribution that the licence of the data asks for. */
export const OSM_ATTRIBUTION = "© OpenStreetMap contributors";

/**
 * @returns the bytes of a PMTiles v3 archive of gzipped MVT
 */
export function cutBasemap(osm: OsmData, options: BasemapOptions = {}): Uint8Array {
  const maxZoom = options.maxZoom ?? MAX_BASEMAP_ZOOM;
  const { layers, repairs } = mapFeatures(osm);
  for (const repair of repairs) options.onRepair?.(repair);
  const { indexes, tiles } = sliceLayers(layers, maxZoom);

  const encoded: EncodedTile[] = [];
  for (let i = 0; i < tiles.length; i++) {
    const [z, x, y] = tiles[i]!;
    const bytes = encodeTile(indexes, z, x, y);
    if (bytes) encoded.push({ z, x, y, bytes });
    if (i % 64 === 0) options.onProgress?.(i, tiles.length);
  }
  options.onProgress?.(tiles.length, tiles.length);
  return writePmtiles(encoded, {
    bbox: osm.bbox,
    minZoom: 0,
    maxZoom,
    metadata: {
      name: "Waymark base map",
      attribution: options.attribution ?? OSM_ATTRIBUTION,
      type: "baselayer",
      format: "pbf",
      vector_layers: LAYERS.map((id) => ({ id, fields: fieldsOf(layers[id]) })),
      ...(osm.timestampMs > 0 ? { data_timestamp: new Date(osm.timestampMs).toISOString() } : {}),
    },
  });
}

type Index = ReadonlyMap<LayerName, GeoJSONVT>;

/** One sliced index per layer, and every tile that any of them holds. */
function sliceLayers(
  layers: Readonly<Record<LayerName, readonly MapFeature[]>>,
  maxZoom: number,
): { indexes: Index; tiles: (readonly [number, number, number])[] } {
  const indexes = new Map<LayerName, GeoJSONVT>();
  const tiles = new Map<string, readonly [number, number, number]>();
  for (const name of LAYERS) {
    const features = layers[name];
    if (features.length === 0) continue;
    const collection = { type: "FeatureCollection", features: [...features] } as FeatureCollection;
    const index = new GeoJSONVT(collection, {
      maxZoom,
      indexMaxZoom: maxZoom,
      indexMaxPoints: 0,
      extent: EXTENT,
      buffer: BUFFER,
      tolerance: 4,
    });
    indexes.set(name, index);
    for (const { z, x, y } of index.tileCoords) tiles.set(`${z}/${x}/${y}`, [z, x, y]);
  }
  return { indexes, tiles: [...tiles.values()] };
}

function encodeTile(indexes: Index, z: number, x: number, y: number): Uint8Array | undefined {
  const shown: Record<string, { features: unknown[] }> = {};
  for (const [name, index] of indexes) {
    const tile = index.getTile(z, x, y);
    if (!tile) continue;
    const features = [];
    for (const feature of tile.features) {
      const { minZoom, ...tags } = feature.tags as { minZoom: number };
      if (minZoom > z && z < index.options.maxZoom) continue;
      features.push({ ...feature, tags: atZoom(name, tags, z) });
    }
    if (features.length > 0) shown[name] = { features };
  }
  if (Object.keys(shown).length === 0) return undefined;
  const mvt = fromGeojsonVt(shown as Parameters<typeof fromGeojsonVt>[0], {
    version: 2,
    extent: EXTENT,
  });
  return gzipSync(mvt, { mtime: 0, level: 9 });
}

/** Words that no style shows at a low zoom only make its tiles large. */
function atZoom(layer: LayerName, tags: Record<string, unknown>, z: number): object {
  if (layer !== "road" || z >= 12) return tags;
  const { name: _name, mtb: _mtb, private: _private, ...rest } = tags;
  return rest;
}

/** TileJSON's words for what a layer's features say. */
function fieldsOf(features: readonly MapFeature[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { properties } of features) {
    for (const [key, value] of Object.entries(properties)) {
      if (key !== "minZoom") fields[key] ??= capitalised(typeof value);
    }
  }
  return fields;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
