/**
 * A grid of ground elevations, asked by position. Bilinear between the four samples around; NaN
 * outside the grid and where a sample is void. Several grids make a mosaic.
 */

export interface ElevationGrid {
  /** Metres above sea level at a position in degrees, NaN outside or void. O(1). */
  at(lon: number, lat: number): number;
}

/** Regular samples in degrees, row 0 in the north. */
export interface GridSamples {
  readonly width: number;
  readonly height: number;
  /** Longitude and latitude of the first sample's centre (north-west). */
  readonly west: number;
  readonly north: number;
  /** Degrees from one sample to the next, both positive. */
  readonly stepLon: number;
  readonly stepLat: number;
  /** Metres, row by row from the north; NaN is void. */
  readonly metres: Float32Array;
}

/** A grid over samples. The outermost half sample answers with the edge, so that tiles join. */
export function createGrid(samples: GridSamples): ElevationGrid {
  const { width, height, west, north, stepLon, stepLat, metres } = samples;
  // Tiles whose samples are pixel centres leave half a step between each other.
  const slack = 0.5 + 1e-9;
  return {
    at(lon, lat) {
      const x = (lon - west) / stepLon;
      const y = (north - lat) / stepLat;
      if (!(x >= -slack && x <= width - 1 + slack && y >= -slack && y <= height - 1 + slack)) {
        return Number.NaN;
      }
      const cx = Math.max(0, Math.min(width - 1, x));
      const cy = Math.max(0, Math.min(height - 1, y));
      const x0 = Math.min(Math.floor(cx), Math.max(0, width - 2));
      const y0 = Math.min(Math.floor(cy), Math.max(0, height - 2));
      const fx = cx - x0;
      const fy = cy - y0;
      const x1 = Math.min(x0 + 1, width - 1);
      const y1 = Math.min(y0 + 1, height - 1);
      // A void corner of no weight does not void the answer.
      let sum = 0;
      if (fx < 1 && fy < 1) sum += (1 - fx) * (1 - fy) * metres[y0 * width + x0]!;
      if (fx > 0 && fy < 1) sum += fx * (1 - fy) * metres[y0 * width + x1]!;
      if (fx < 1 && fy > 0) sum += (1 - fx) * fy * metres[y1 * width + x0]!;
      if (fx > 0 && fy > 0) sum += fx * fy * metres[y1 * width + x1]!;
      return sum;
    },
  };
}

/** Asks the grids in order and gives the first answer. O(grids). */
export function mosaic(grids: readonly ElevationGrid[]): ElevationGrid {
  return {
    at(lon, lat) {
      for (const grid of grids) {
        const z = grid.at(lon, lat);
        if (!Number.isNaN(z)) return z;
      }
      return Number.NaN;
    },
  };
}
