/** A scalar field sampled once and read bilinearly: noise sums become as cheap as a table. */
import type { Box } from "../plane.ts";

/** @param field called once per cell corner of the box; beyond it the border value holds */
export function rasterise(
  box: Box,
  cellM: number,
  field: (x: number, y: number) => number,
): (x: number, y: number) => number {
  const columns = Math.ceil((box.east - box.west) / cellM) + 1;
  const rows = Math.ceil((box.north - box.south) / cellM) + 1;
  const { west, south } = box;
  const raster = new Float32Array(columns * rows);
  for (let j = 0, at = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++, at++) raster[at] = field(west + i * cellM, south + j * cellM);
  }
  return (x, y) => {
    const fx = Math.min(columns - 1.001, Math.max(0, (x - west) / cellM));
    const fy = Math.min(rows - 1.001, Math.max(0, (y - south) / cellM));
    const i = Math.floor(fx);
    const j = Math.floor(fy);
    const u = fx - i;
    const v = fy - j;
    const at = j * columns + i;
    const low = raster[at]! + u * (raster[at + 1]! - raster[at]!);
    const high = raster[at + columns]! + u * (raster[at + columns + 1]! - raster[at + columns]!);
    return low + v * (high - low);
  };
}
