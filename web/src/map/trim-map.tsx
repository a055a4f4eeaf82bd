/** The line as others see it when its ends are hidden; what is hidden is dotted and pale. */
import type { Feature, FeatureCollection } from "geojson";
import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import { useEffect, useRef } from "react";
import { useTheme, useUnits } from "../preference.ts";
import type { Track } from "../track.ts";
import { type BaseMap, createBaseMap } from "./base-map.ts";
import { FIRST_LABEL_LAYER } from "./style.ts";

export interface TrimMapProps {
  readonly track: Track;
  readonly bbox: readonly [number, number, number, number];
  /** Metres that are hidden at the ends. */
  readonly startM: number;
  readonly endM: number;
}

export default function TrimMap(props: TrimMapProps) {
  const { bbox, track, startM, endM } = props;
  const { isDark } = useTheme();
  const { units } = useUnits();
  const container = useRef<HTMLDivElement>(null);
  const base = useRef<BaseMap>(undefined);
  const latest = useRef(props);
  latest.current = props;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a map is made once for each place
  useEffect(() => {
    if (!container.current) return;
    const made = createBaseMap({
      container: container.current,
      isDark,
      units,
      bounds: [bbox[0], bbox[1], bbox[2], bbox[3]],
      onStyle(map) {
        addLayers(map, isDark);
        draw(map, latest.current);
      },
    });
    base.current = made;
    // Tests ask the map what it drew.
    (container.current as HTMLDivElement & { map?: MapLibre }).map = made.map;
    return () => {
      made.remove();
      base.current = undefined;
    };
  }, [bbox, isDark]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `draw` reads the latest props
  useEffect(() => {
    const map = base.current?.map;
    if (map?.getLayer("trim-seen")) draw(map, latest.current);
  }, [track, startM, endM]);

  return <div ref={container} data-testid="trim-map" className="size-full" />;
}

/** Rows that others see: first … last, none when last < first. */
export function seenRows(track: Track, startM: number, endM: number): readonly [number, number] {
  const { distanceM, n } = track.rows;
  const from = (distanceM[0] ?? 0) + startM;
  const to = (distanceM[n - 1] ?? 0) - endM;
  let first = 0;
  while (first < n && distanceM[first]! < from) first++;
  let last = n - 1;
  while (last >= 0 && distanceM[last]! > to) last--;
  return [first, last];
}

function draw(map: MapLibre, { track, startM, endM }: TrimMapProps): void {
  const [first, last] = seenRows(track, startM, endM);
  const line = (from: number, to: number, isSeen: boolean): Feature[] => {
    const coordinates: [number, number][] = [];
    for (let row = from; row <= to; row++) {
      const lon = track.shownLon[row]!;
      if (!Number.isNaN(lon)) coordinates.push([lon, track.shownLat[row]!]);
    }
    if (coordinates.length < 2) return [];
    return [
      { type: "Feature", properties: { isSeen }, geometry: { type: "LineString", coordinates } },
    ];
  };
  const end = track.rows.n - 1;
  const features =
    last > first
      ? [...line(0, first, false), ...line(first, last, true), ...line(last, end, false)]
      : line(0, end, false);
  map.getSource<GeoJSONSource>("trim")?.setData({ type: "FeatureCollection", features });
}

function addLayers(map: MapLibre, isDark: boolean): void {
  const css = getComputedStyle(document.documentElement);
  const token = (name: string): string => css.getPropertyValue(name).trim();
  const empty: FeatureCollection = { type: "FeatureCollection", features: [] };
  map.addSource("trim", { type: "geojson", data: empty });
  const stroke = (id: string, isSeen: boolean, cap: "round" | "butt", paint: object): void => {
    map.addLayer(
      {
        id,
        type: "line",
        source: "trim",
        filter: ["==", ["get", "isSeen"], isSeen],
        layout: { "line-cap": cap, "line-join": "round" },
        paint: { ...paint },
      },
      FIRST_LABEL_LAYER,
    );
  };
  stroke("trim-hidden", false, "butt", {
    "line-color": token("--off"),
    "line-width": 2.5,
    "line-opacity": 0.75,
    "line-dasharray": [0.8, 1.4],
  });
  stroke("trim-casing", true, "round", {
    "line-color": isDark ? "#0b0d0c" : "#ffffff",
    "line-width": 7,
  });
  stroke("trim-seen", true, "round", { "line-color": token("--line"), "line-width": 4 });
}
