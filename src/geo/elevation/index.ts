/** What the area offers: ground elevations by position. */
export { readGeoTiff } from "./geotiff.ts";
export { createGrid, type ElevationGrid, type GridSamples, mosaic } from "./grid.ts";
export { type HgtGrid, readHgt } from "./hgt.ts";
export { readElevation } from "./read.ts";
