/**
 * The map's small signs (summits, passes, huts, springs …), drawn on a canvas when the style first
 * asks for one: no sprite file, crisp on every screen, in the colours of the theme.
 */
import type { Map as MapLibre } from "maplibre-gl";
import type { MapPalette } from "./palette.ts";

type Draw = (pen: CanvasRenderingContext2D, p: MapPalette) => void;

/** Each in a box of 16 × 16. */
const SIGNS: Readonly<Record<string, Draw>> = {
  "peak-peak": (pen, p) => {
    polygon(
      pen,
      [
        [8, 3.5],
        [13, 12.5],
        [3, 12.5],
      ],
      p.trail,
    );
  },
  "peak-pass": (pen, p) => {
    pen.strokeStyle = p.trail;
    for (const side of [-1, 1]) {
      pen.beginPath();
      pen.moveTo(8 + side * 4.5, 3);
      pen.quadraticCurveTo(8 + side * 0.6, 8, 8 + side * 4.5, 13);
      pen.stroke();
    }
  },
  "poi-hut": (pen, p) => {
    polygon(
      pen,
      [
        [8, 2.5],
        [14, 8],
        [12, 8],
        [12, 13],
        [4, 13],
        [4, 8],
        [2, 8],
      ],
      p.trailHard,
    );
  },
  "poi-shelter": (pen, p) => {
    pen.strokeStyle = p.trailHard;
    pen.beginPath();
    pen.moveTo(2.5, 8);
    pen.lineTo(8, 3.5);
    pen.lineTo(13.5, 8);
    pen.moveTo(4.5, 8);
    pen.lineTo(4.5, 12.5);
    pen.moveTo(11.5, 8);
    pen.lineTo(11.5, 12.5);
    pen.stroke();
  },
  "poi-camp": (pen, p) => {
    pen.strokeStyle = p.trailHard;
    pen.beginPath();
    pen.moveTo(8, 3.5);
    pen.lineTo(13, 12.5);
    pen.lineTo(3, 12.5);
    pen.closePath();
    pen.stroke();
  },
  "poi-viewpoint": (pen, p) => {
    pen.strokeStyle = p.textPark;
    for (const angle of [200, 235, 270, 305, 340]) {
      const t = (angle * Math.PI) / 180;
      pen.beginPath();
      pen.moveTo(8 + Math.cos(t) * 2.4, 11 + Math.sin(t) * 2.4);
      pen.lineTo(8 + Math.cos(t) * 6.4, 11 + Math.sin(t) * 6.4);
      pen.stroke();
    }
  },
  "poi-water": (pen, p) => {
    pen.fillStyle = p.textWater;
    pen.beginPath();
    pen.moveTo(8, 2.5);
    pen.bezierCurveTo(12, 7.5, 12, 8.5, 12, 9.5);
    pen.arc(8, 9.5, 4, 0, Math.PI);
    pen.bezierCurveTo(4, 8.5, 4, 7.5, 8, 2.5);
    pen.fill();
  },
  "poi-station": (pen, p) => {
    pen.fillStyle = p.textQuiet;
    pen.fillRect(4, 4, 8, 8);
    pen.fillStyle = p.halo;
    pen.fillRect(6, 6, 4, 4);
  },
};

const BOX = 16;

/** Draws a sign the first time that the style names it; an unknown name becomes an empty one. */
export function drawSigns(map: MapLibre, palette: () => MapPalette): void {
  map.setMissingStyleImageResolver((id) => {
    if (map.hasImage(id)) return;
    const ratio = Math.min(3, Math.max(1, Math.ceil(devicePixelRatio)));
    const canvas = document.createElement("canvas");
    canvas.width = BOX * ratio;
    canvas.height = BOX * ratio;
    const pen = canvas.getContext("2d");
    if (!pen) return;
    pen.scale(ratio, ratio);
    pen.lineWidth = 1.4;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    const draw = Object.hasOwn(SIGNS, id) ? SIGNS[id] : undefined;
    draw?.(pen, palette());
    map.addImage(id, pen.getImageData(0, 0, canvas.width, canvas.height), { pixelRatio: ratio });
  });
}

function polygon(
  pen: CanvasRenderingContext2D,
  corners: readonly (readonly [number, number])[],
  colour: string,
): void {
  pen.fillStyle = colour;
  pen.beginPath();
  for (const [x, y] of corners) pen.lineTo(x, y);
  pen.closePath();
  pen.fill();
}
