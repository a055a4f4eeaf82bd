/**
 * Tiles of the XYZ scheme: which tile holds a place, what a tile covers, and the number of a tile on
 * the Hilbert curve by which PMTiles orders its archive (PMTiles specification v3, §4.1). Pure
 * arithmetic; every function is O(1) or O(zoom).
 */
import { mercatorLat, mercatorLon, mercatorX, mercatorY } from "./mercator.ts";

export interface Tile {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/** [west, south, east, north] in degrees. */
export type Bbox = readonly [number, number, number, number];

/** Hilbert numbers stay exact doubles up to this zoom. */
export const MAX_TILE_ZOOM = 26;

/** The tile of zoom z that holds a place; places on the far edge belong to the last tile. */
export function tileAt(lon: number, lat: number, z: number): Tile {
  const side = 2 ** z;
  const clamp = (value: number): number =>
    Math.max(0, Math.min(side - 1, Math.floor(value * side)));
  return { z, x: clamp(mercatorX(lon)), y: clamp(mercatorY(lat)) };
}

/** What a tile covers, in degrees. */
export function tileBbox({ z, x, y }: Tile): Bbox {
  const side = 2 ** z;
  return [
    mercatorLon(x / side),
    mercatorLat((y + 1) / side),
    mercatorLon((x + 1) / side),
    mercatorLat(y / side),
  ];
}

/** Whether z, x and y name a tile of the world: integers, 0 ≤ x, y < 2^z. */
export function isTile(z: number, x: number, y: number): boolean {
  if (!Number.isInteger(z) || z < 0 || z > MAX_TILE_ZOOM) return false;
  const side = 2 ** z;
  return Number.isInteger(x) && Number.isInteger(y) && x >= 0 && y >= 0 && x < side && y < side;
}

/** Place of a tile in the PMTiles order: all tiles of lower zooms first, then along the curve. */
export function hilbertNumber({ z, x, y }: Tile): number {
  let number = (4 ** z - 1) / 3;
  let tx = x;
  let ty = y;
  for (let side = 2 ** (z - 1); side >= 1; side /= 2) {
    const rx = tx >= side ? 1 : 0;
    const ry = ty >= side ? 1 : 0;
    number += side * side * ((3 * rx) ^ ry);
    tx -= rx * side;
    ty -= ry * side;
    if (ry === 0) {
      if (rx === 1) {
        tx = side - 1 - tx;
        ty = side - 1 - ty;
      }
      const swap = tx;
      tx = ty;
      ty = swap;
    }
  }
  return number;
}
