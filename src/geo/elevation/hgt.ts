/**
 * SRTM height files (.hgt): one degree square of int16 big-endian metres from the north-west, named
 * by its south-west corner; 1201 × 1201 samples (3″), 3601 × 3601 (1″) or 1801 × 3601 (2″ × 1″ north of
 * 60°). Radar voids are −32768; small ones are filled from their rims. O(samples).
 *
 * @see Farr et al., The Shuttle Radar Topography Mission, Reviews of Geophysics 45, 2007
 */
import { WaymarkError } from "../../base/index.ts";
import { createGrid, type ElevationGrid } from "./grid.ts";

export const hgtDefaults = {
  /** Voids of up to this many samples are filled: 20 × 20, 1.8 km across at 3″. */
  fillSamples: 400,
} as const;

export interface HgtGrid extends ElevationGrid {
  /** South-west corner in whole degrees. */
  readonly lon: number;
  readonly lat: number;
  /** Samples across and down. */
  readonly width: number;
  readonly height: number;
  /** Voids that were filled, and voids too large to be. */
  readonly filledCount: number;
  readonly voidCount: number;
}

const VOID = -32768;
/** Width and height by byte length. */
const SIZES = new Map<number, readonly [number, number]>(
  (
    [
      [1201, 1201],
      [3601, 3601],
      [1801, 3601],
    ] as const
  ).map(([w, h]) => [w * h * 2, [w, h]]),
);

/**
 * @param fileName holds the corner as N42E001, in any folder and with any ending
 * @throws WaymarkError ELEVATION_FORMAT for another size or a name without a corner
 */
export function readHgt(bytes: Uint8Array, fileName: string): HgtGrid {
  const size = SIZES.get(bytes.length);
  if (!size) {
    throw new WaymarkError(
      "ELEVATION_FORMAT",
      `${fileName}: ${bytes.length} bytes are no .hgt grid; expected 1201 × 1201, 3601 × 3601 or 1801 × 3601 samples of two bytes`,
    );
  }
  const corner = cornerOf(fileName);
  if (!corner) {
    throw new WaymarkError(
      "ELEVATION_FORMAT",
      `${fileName}: the name tells no corner; expected one like N42E001.hgt`,
    );
  }
  const [width, height] = size;
  const metres = new Float32Array(width * height);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let k = 0; k < metres.length; k++) {
    const value = view.getInt16(k * 2);
    // Below the Dead Sea or above Everest is a void under another name (0 − 1 wraps in old tools).
    metres[k] = value === VOID || value < -500 || value > 9000 ? Number.NaN : value;
  }
  const { filledCount, voidCount } = fillVoids(metres, width, height, hgtDefaults.fillSamples);
  const grid = createGrid({
    width,
    height,
    west: corner.lon,
    north: corner.lat + 1,
    stepLon: 1 / (width - 1),
    stepLat: 1 / (height - 1),
    metres,
  });
  return { ...grid, ...corner, width, height, filledCount, voidCount };
}

function cornerOf(fileName: string): { lon: number; lat: number } | undefined {
  const base = fileName.slice(Math.max(fileName.lastIndexOf("/"), fileName.lastIndexOf("\\")) + 1);
  const match = /([NS])(\d{2})([EW])(\d{3})/i.exec(base);
  if (!match) return undefined;
  const lat = Number(match[2]) * (match[1]!.toUpperCase() === "S" ? -1 : 1);
  const lon = Number(match[4]) * (match[3]!.toUpperCase() === "W" ? -1 : 1);
  return lat >= -90 && lat < 90 && lon >= -180 && lon < 180 ? { lon, lat } : undefined;
}

/**
 * Fills connected voids (four neighbours) of up to `most` samples in place: ring by ring inwards with
 * the mean of the known neighbours, then smoothed within the void.
 */
export function fillVoids(
  metres: Float32Array,
  width: number,
  height: number,
  most: number,
): { filledCount: number; voidCount: number } {
  const isSeen = new Uint8Array(metres.length);
  let filledCount = 0;
  let voidCount = 0;
  for (let k = 0; k < metres.length; k++) {
    if (!Number.isNaN(metres[k]!) || isSeen[k]) continue;
    const component = componentAt(metres, width, height, k, isSeen);
    if (component.length > most || component.length === metres.length) {
      voidCount += component.length;
      continue;
    }
    fillComponent(metres, width, height, component);
    filledCount += component.length;
  }
  return { filledCount, voidCount };
}

function componentAt(
  metres: Float32Array,
  width: number,
  height: number,
  start: number,
  isSeen: Uint8Array,
): number[] {
  const component = [start];
  isSeen[start] = 1;
  const visit = (k: number): void => {
    if (isSeen[k] || !Number.isNaN(metres[k]!)) return;
    isSeen[k] = 1;
    component.push(k);
  };
  for (let c = 0; c < component.length; c++) {
    const k = component[c]!;
    const x = k % width;
    if (x > 0) visit(k - 1);
    if (x + 1 < width) visit(k + 1);
    if (k >= width) visit(k - width);
    if (k + width < width * height) visit(k + width);
  }
  return component;
}

function fillComponent(
  metres: Float32Array,
  width: number,
  height: number,
  component: readonly number[],
): void {
  let open = [...component];
  while (open.length > 0) {
    const ring: [number, number][] = [];
    const rest: number[] = [];
    for (const k of open) {
      const mean = neighbourMean(metres, width, height, k);
      if (Number.isNaN(mean)) rest.push(k);
      else ring.push([k, mean]);
    }
    for (const [k, mean] of ring) metres[k] = mean;
    if (ring.length === 0) return;
    open = rest;
  }
  // Relaxing towards the mean of the neighbours takes out the seams of the rings.
  for (let sweep = 0; sweep < 8; sweep++) {
    for (const k of component) metres[k] = neighbourMean(metres, width, height, k);
  }
}

/** Mean of the known samples among the eight around `k`; NaN without one. */
function neighbourMean(metres: Float32Array, width: number, height: number, k: number): number {
  const x = k % width;
  const y = (k - x) / width;
  let sum = 0;
  let count = 0;
  for (let dy = -1; dy <= 1; dy++) {
    if (y + dy < 0 || y + dy >= height) continue;
    for (let dx = -1; dx <= 1; dx++) {
      if ((dx === 0 && dy === 0) || x + dx < 0 || x + dx >= width) continue;
      const value = metres[k + dy * width + dx]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
  }
  return count > 0 ? sum / count : Number.NaN;
}
