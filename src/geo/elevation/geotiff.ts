/**
 * Elevations from a GeoTIFF in geographic coordinates (Copernicus DEM, SRTM re-issues, national
 * grids): the first band, in metres. Projected grids are refused rather than guessed at; they are
 * warped once with GDAL: `gdalwarp -t_srs EPSG:4326 in.tif out.tif`. O(samples).
 *
 * @see OGC GeoTIFF Standard 1.1 (19-008r4)
 */
import { WaymarkError } from "../../base/index.ts";
import { createGrid, type ElevationGrid } from "./grid.ts";
import { openTiff, type TiffImage } from "./tiff.ts";

export const geoTiffDefaults = {
  /** Samples of one file, 400 MB as float32: a 10,000 × 10,000 grid. */
  mostSamples: 100_000_000,
} as const;

/** Geographic systems that agree with WGS 84 within two metres: WGS 84 (2D, 3D), NAD 83, ETRS 89. */
const GEOGRAPHIC = [4326, 4979, 4269, 4258];
const MODEL_GEOGRAPHIC = 2;
const RASTER_PIXEL_IS_POINT = 2;
/** The file describes the system in other keys. */
const USER_DEFINED = 32767;

const TAG = { scale: 33550, tiePoint: 33922, geoKeys: 34735, noData: 42113 } as const;
const KEY = { model: 1024, raster: 1025, geographic: 2048, projected: 3072 } as const;

/**
 * @param fileName for messages only
 * @throws WaymarkError ELEVATION_FORMAT when it is no GeoTIFF, or projected, rotated or too large
 */
export function readGeoTiff(bytes: Uint8Array, fileName = "the GeoTIFF"): ElevationGrid {
  try {
    const image = openTiff(bytes, geoTiffDefaults.mostSamples);
    const keys = geoKeysOf(image);
    checkSystem(keys);
    const frame = frameOf(image, keys.get(KEY.raster) === RASTER_PIXEL_IS_POINT);
    const { width, height } = image;
    const metres = image.readBand();
    const noData = Number.parseFloat(image.text(TAG.noData) ?? "");
    for (let k = 0; k < metres.length; k++) {
      const value = metres[k]!;
      const isVoid = value === noData || !(value > -500 && value < 9000);
      if (isVoid) metres[k] = Number.NaN;
    }
    return createGrid({ width, height, ...frame, metres });
  } catch (cause) {
    if (!(cause instanceof WaymarkError)) throw cause;
    throw new WaymarkError("ELEVATION_FORMAT", `${fileName}: ${cause.message}`, { cause });
  }
}

function refuse(why: string): WaymarkError {
  return new WaymarkError("ELEVATION_FORMAT", why);
}

/** The short keys by number; keys whose value lies in another tag are not needed. */
function geoKeysOf(image: TiffImage): Map<number, number> {
  const directory = image.numbers(TAG.geoKeys);
  if (!directory) throw refuse("the TIFF has no geographic keys; expected a GeoTIFF in EPSG:4326");
  const keys = new Map<number, number>();
  for (let k = 4; k + 3 < directory.length; k += 4) {
    if (directory[k + 1] === 0) keys.set(directory[k]!, directory[k + 3]!);
  }
  return keys;
}

function checkSystem(keys: ReadonlyMap<number, number>): void {
  const projected = keys.get(KEY.projected);
  if (projected !== undefined && projected !== USER_DEFINED) {
    throw refuse(`the grid is projected (EPSG:${projected}); expected EPSG:4326`);
  }
  const model = keys.get(KEY.model);
  if (model !== undefined && model !== MODEL_GEOGRAPHIC) {
    throw refuse(`the grid's model type is ${model}, not geographic; expected EPSG:4326`);
  }
  const system = keys.get(KEY.geographic);
  if (system !== undefined && system !== USER_DEFINED && !GEOGRAPHIC.includes(system)) {
    throw refuse(`the grid is in EPSG:${system}; expected EPSG:4326`);
  }
}

/** Centre of the north-west sample and the degrees between samples. */
function frameOf(
  image: TiffImage,
  isPoint: boolean,
): { west: number; north: number; stepLon: number; stepLat: number } {
  const scale = image.numbers(TAG.scale);
  const tie = image.numbers(TAG.tiePoint);
  if (!scale || !tie || tie.length < 6) {
    throw refuse("the grid has no tie point and scale, or is rotated; expected rows due east");
  }
  const stepLon = scale[0]!;
  const stepLat = scale[1]!;
  if (!(stepLon > 0 && stepLat > 0)) throw refuse("the grid's scale is not positive");
  // The tie point names the corner of a sample, or its centre where samples are points.
  const half = isPoint ? 0 : 0.5;
  const west = tie[3]! + (half - tie[0]!) * stepLon;
  const north = tie[4]! - (half - tie[1]!) * stepLat;
  if (!(west >= -181 && west <= 181 && north >= -91 && north <= 91)) {
    throw refuse(`the grid's corner is ${west}, ${north}; expected degrees`);
  }
  return { west, north, stepLon, stepLat };
}
