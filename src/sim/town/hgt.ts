/**
 * The town's ground as an SRTM3 tile: 1201 × 1201 big-endian int16 metres, row by row from the north,
 * columns from the west, edges shared with the neighbours (USGS, "SRTM Topography", 2015).
 */
const SAMPLES = 1201;

/**
 * @param elevationAt metres at lon, lat in degrees
 * @param lat the tile's southern edge, whole degrees @param lon its western edge
 * @returns 2,884,802 bytes, to be named like N47E011.hgt
 */
export function writeHgt(
  elevationAt: (lon: number, lat: number) => number,
  lat: number,
  lon: number,
): Uint8Array {
  const bytes = new Uint8Array(SAMPLES * SAMPLES * 2);
  let at = 0;
  for (let j = 0; j < SAMPLES; j++) {
    const y = lat + 1 - j / (SAMPLES - 1);
    for (let i = 0; i < SAMPLES; i++) {
      const z = Math.round(elevationAt(lon + i / (SAMPLES - 1), y));
      bytes[at++] = (z >> 8) & 0xff;
      bytes[at++] = z & 0xff;
    }
  }
  return bytes;
}

/** The SRTM name of the tile that holds a place: N47E011.hgt. */
export function hgtName(lat: number, lon: number): string {
  const y = Math.floor(lat);
  const x = Math.floor(lon);
  const pad = (n: number, digits: number): string => String(Math.abs(n)).padStart(digits, "0");
  return `${y < 0 ? "S" : "N"}${pad(y, 2)}${x < 0 ? "W" : "E"}${pad(x, 3)}.hgt`;
}
