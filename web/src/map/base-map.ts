/**
 * One MapLibre map with our style, signs and controls, from a container to `remove()`. Nothing is
 * asked of another host: style, letters and signs are made here, tiles come from our own server.
 */
import "maplibre-gl/dist/maplibre-gl.css";
import {
  type LngLatBoundsLike,
  Map as MapLibre,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { UnitSystem } from "../unit.ts";
import { DARK, LIGHT } from "./palette.ts";
import { drawSigns } from "./sign.ts";
import { mapStyle } from "./style.ts";

// Without its own address the worker is looked for beside a file that the build has renamed.
setWorkerUrl(workerUrl);

export interface BaseMapOptions {
  readonly container: HTMLElement;
  readonly isDark: boolean;
  readonly units: UnitSystem;
  readonly bounds: LngLatBoundsLike | undefined;
  /** Room around them, pixels; default a tenth of the shorter side. */
  readonly paddingPx?: number;
  /** Runs whenever the style is (again) ready to take layers. */
  readonly onStyle: (map: MapLibre) => void;
}

export interface BaseMap {
  readonly map: MapLibre;
  setTheme(isDark: boolean): void;
  setUnits(units: UnitSystem): void;
  remove(): void;
}

export function createBaseMap(options: BaseMapOptions): BaseMap {
  let isDark = options.isDark;
  const isTouch = matchMedia("(pointer: coarse)").matches;
  const map = new MapLibre({
    container: options.container,
    style: mapStyle(isDark, location.origin),
    ...(options.bounds
      ? {
          bounds: options.bounds,
          fitBoundsOptions: { padding: options.paddingPx ?? paddingOf(options.container) },
        }
      : {}),
    attributionControl: { compact: true },
    maxZoom: 19,
    maxPitch: 60,
    // On a phone one finger scrolls the page and two move the map.
    cooperativeGestures: isTouch,
    fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
    canvasContextAttributes: { antialias: true },
  });
  const scale = new ScaleControl({ unit: options.units });
  // Two fingers turn the map; its buttons are as large there as thumbs.
  const buttons = new NavigationControl({ visualizePitch: true, showCompass: !isTouch });
  map.addControl(buttons, "top-right");
  map.addControl(scale, "bottom-left");
  drawSigns(map, () => (isDark ? DARK : LIGHT));
  map.on("style.load", () => options.onStyle(map));
  // A map in a background tab or before the base map is built says so once, not per tile.
  map.on("error", ({ error }) => {
    if (/404|NOT_FOUND/.test(error.message)) return;
    console.warn(`map: ${error.message}`);
  });
  // The attribution starts folded on narrow maps and open on wide ones.
  map.once("load", () => {
    if (options.container.clientWidth < 640) {
      options.container
        .querySelector(".maplibregl-ctrl-attrib")
        ?.classList.remove("maplibregl-compact-show");
    }
  });
  return {
    map,
    setTheme(next) {
      if (next === isDark) return;
      isDark = next;
      map.setStyle(mapStyle(isDark, location.origin), { diff: false });
    },
    setUnits(units) {
      scale.setUnit(units);
    },
    remove() {
      map.remove();
    },
  };
}

/** Room around what is shown: a tenth of the shorter side. */
export function paddingOf(container: HTMLElement): number {
  return Math.max(24, Math.round(Math.min(container.clientWidth, container.clientHeight) * 0.1));
}
