/** The line of an activity as a small picture, without a map: north up, true shape, sport's colour. */
import { memo } from "react";
import { mercatorX, mercatorY } from "../../../src/geo/mercator.ts";
import { decodePolyline } from "../../../src/geo/polyline.ts";
import { SportSign, sportLook } from "../sport.tsx";

const WIDTH = 72;
const HEIGHT = 54;
const MARGIN = 6;

export const Thumbnail = memo(function Thumbnail({ line, sport }: { line: string; sport: string }) {
  const path = pathOf(line);
  return (
    <span
      className="grid h-[54px] w-[72px] shrink-0 place-items-center overflow-hidden rounded-[6px] bg-sunken"
      aria-hidden
    >
      {path ? (
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="presentation">
          <path
            d={path}
            fill="none"
            stroke={sportLook(sport).colour}
            strokeWidth="1.9"
            strokeLinejoin="round"
            strokeLinecap="round"
          />
        </svg>
      ) : (
        <SportSign sport={sport} size={22} />
      )}
    </span>
  );
});

/** SVG path of an encoded line, fitted into the picture; undefined when there is nothing to draw. */
export function pathOf(line: string): string | undefined {
  const { lon, lat } = decodePolyline(line, 6);
  if (lon.length < 2) return undefined;
  const x = lon.map(mercatorX);
  const y = lat.map(mercatorY);
  const west = Math.min(...x);
  const north = Math.min(...y);
  const wide = Math.max(...x) - west;
  const high = Math.max(...y) - north;
  const scale = Math.min(
    (WIDTH - 2 * MARGIN) / Math.max(wide, 1e-12),
    (HEIGHT - 2 * MARGIN) / Math.max(high, 1e-12),
  );
  const left = (WIDTH - wide * scale) / 2;
  const top = (HEIGHT - high * scale) / 2;
  let path = "";
  for (let i = 0; i < x.length; i++) {
    const px = (left + (x[i]! - west) * scale).toFixed(1);
    const py = (top + (y[i]! - north) * scale).toFixed(1);
    path += `${i === 0 ? "M" : "L"}${px} ${py}`;
  }
  return path;
}
