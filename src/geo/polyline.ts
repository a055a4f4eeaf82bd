/**
 * Google's encoded polyline: deltas of rounded coordinates as base-64 chunks of 5 bits, lat before
 * lon inside the string although our arrays are lon before lat. Precision 5 (Google, Strava) or 6
 * (OSRM, Valhalla). Source: "Encoded Polyline Algorithm Format", developers.google.com.
 */

/**
 * @param lon degrees
 * @param lat degrees, the same length
 * @param precision decimal digits kept, 5 or 6
 */
export function encodePolyline(
  lon: ArrayLike<number>,
  lat: ArrayLike<number>,
  precision: 5 | 6 = 5,
): string {
  const factor = 10 ** precision;
  let out = "";
  let lastLat = 0;
  let lastLon = 0;
  const write = (delta: number): void => {
    let value = delta < 0 ? -2 * delta - 1 : 2 * delta;
    while (value >= 0x20) {
      out += String.fromCharCode((0x20 | (value % 0x20)) + 63);
      value = Math.floor(value / 0x20);
    }
    out += String.fromCharCode(value + 63);
  };
  for (let i = 0; i < lon.length; i++) {
    const y = Math.round(lat[i]! * factor);
    const x = Math.round(lon[i]! * factor);
    write(y - lastLat);
    write(x - lastLon);
    lastLat = y;
    lastLon = x;
  }
  return out;
}

/** The inverse of `encodePolyline`; a truncated tail is dropped. */
export function decodePolyline(
  text: string,
  precision: 5 | 6 = 5,
): { lon: Float64Array; lat: Float64Array } {
  const factor = 10 ** precision;
  const lon: number[] = [];
  const lat: number[] = [];
  let at = 0;
  const read = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      if (at >= text.length) return Number.NaN;
      const chunk = text.charCodeAt(at++) - 63;
      value += (chunk & 0x1f) * scale;
      scale *= 0x20;
      if (chunk < 0x20) break;
    }
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  };
  let x = 0;
  let y = 0;
  while (at < text.length) {
    y += read();
    x += read();
    if (Number.isNaN(x) || Number.isNaN(y)) break;
    lat.push(y / factor);
    lon.push(x / factor);
  }
  return { lon: Float64Array.from(lon), lat: Float64Array.from(lat) };
}
