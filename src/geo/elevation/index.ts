/** What the area offers: ground elevations by position. */
export { createGrid, type ElevationGrid, type GridSamples, mosaic } from "./grid.ts";
