/** A map of many activities: each line thin in its sport's colour, the one under the pointer lit. */

import { useNavigate } from "@tanstack/react-router";
import type { Feature } from "geojson";
import { type GeoJSONSource, type Map as MapLibre, MercatorCoordinate, Popup } from "maplibre-gl";
import { useEffect, useMemo, useRef } from "react";
import { mercatorX, mercatorY } from "../../../src/geo/mercator.ts";
import { decodePolyline } from "../../../src/geo/polyline.ts";
import type { ActivitySummary } from "../../../src/schema/activity.ts";
import { useTheme, useUnits } from "../preference.ts";
import { sportLook } from "../sport.tsx";
import { distance } from "../unit.ts";
import { when } from "../when.ts";
import { type BaseMap, createBaseMap } from "./base-map.ts";
import { FIRST_LABEL_LAYER } from "./style.ts";

export default function LinesMap(props: {
  /** What is seen at first, [west, south, east, north]. */
  bbox: readonly [number, number, number, number];
  /** All of the map; beyond it nothing is drawn. */
  whole: readonly [number, number, number, number];
  activities: readonly ActivitySummary[];
}) {
  const { bbox, whole, activities } = props;
  const { isDark } = useTheme();
  const { units } = useUnits();
  const navigate = useNavigate();
  const container = useRef<HTMLDivElement>(null);
  const base = useRef<BaseMap>(undefined);
  const features = useMemo(() => activities.flatMap(featureOf), [activities]);
  const latest = useRef({ features, units });
  latest.current = { features, units };

  // biome-ignore lint/correctness/useExhaustiveDependencies: a map is made once for each place
  useEffect(() => {
    if (!container.current) return;
    const made = createBaseMap({
      container: container.current,
      isDark,
      units,
      bounds: [bbox[0], bbox[1], bbox[2], bbox[3]],
      paddingPx: 8,
      onStyle: (map) => addLines(map, latest.current.features),
    });
    base.current = made;
    const { map } = made;
    // Where all of the map is shown, some of it may be off the screen.
    fillScreen(map, bbox, bbox === whole ? 0.75 : 0.5);
    keepInside(map, whole);
    // Tests ask the map what it drew.
    (container.current as HTMLDivElement & { map?: MapLibre }).map = map;
    const popup = new Popup({
      closeButton: false,
      closeOnClick: false,
      offset: 12,
      className: "line-note",
    });
    let litId: number | undefined;
    const light = (id: number | undefined): void => {
      if (litId !== undefined)
        map.setFeatureState({ source: "lines", id: litId }, { isLit: false });
      litId = id;
      if (id !== undefined) map.setFeatureState({ source: "lines", id }, { isLit: true });
      map.getCanvas().style.cursor = id === undefined ? "" : "pointer";
    };
    map.on("mousemove", "lines-touch", ({ features: found, lngLat }) => {
      const feature = found?.[0];
      if (!feature) return;
      light(feature.id as number);
      const { title, metres, startMs } = feature.properties as Record<string, string & number>;
      const far = distance(Number(metres), latest.current.units);
      const note = document.createElement("p");
      const name = document.createElement("b");
      name.textContent = String(title);
      note.append(name, ` ${far.value} ${far.unit} · ${when(Number(startMs), Date.now())}`);
      popup.setLngLat(lngLat).setDOMContent(note).addTo(map);
    });
    map.on("mouseleave", "lines-touch", () => {
      light(undefined);
      popup.remove();
    });
    map.on("click", "lines-touch", ({ features: found }) => {
      const id = found?.[0]?.properties.activity as string | undefined;
      if (id) void navigate({ to: "/activities/$id", params: { id }, search: {} });
    });
    return () => {
      made.remove();
      base.current = undefined;
    };
  }, [bbox[0], bbox[1], bbox[2], bbox[3]]);

  useEffect(() => base.current?.setTheme(isDark), [isDark]);
  useEffect(() => base.current?.setUnits(units), [units]);
  useEffect(() => {
    base.current?.map
      .getSource<GeoJSONSource>("lines")
      ?.setData({ type: "FeatureCollection", features });
  }, [features]);
  return <div ref={container} data-testid="lines-map" className="size-full" />;
}

/**
 * Between seeing all of the box and filling the screen with it: a wide world on a tall phone would
 * otherwise be a stamp on an empty sheet.
 *
 * @param share how far from the one towards the other, 0 to 1
 */
function fillScreen(
  map: MapLibre,
  bbox: readonly [number, number, number, number],
  share: number,
): void {
  const [west, south, east, north] = bbox;
  const { clientWidth, clientHeight } = map.getContainer();
  const wide = mercatorX(east) - mercatorX(west);
  const high = mercatorY(south) - mercatorY(north);
  const mismatch = Math.abs(Math.log2(wide / high / (clientWidth / clientHeight)));
  if (Number.isFinite(mismatch)) map.setZoom(map.getZoom() + share * mismatch);
}

/** Moves a map that shows emptiness beyond its edge as far inside as it goes. */
function keepInside(map: MapLibre, whole: readonly [number, number, number, number]): void {
  const [west, south, east, north] = whole;
  const { clientWidth, clientHeight } = map.getContainer();
  const { lng, lat } = map.getCenter();
  // MapLibre's world is 512 px wide at zoom 0.
  const worldPx = 512 * 2 ** map.getZoom();
  const inside = (at: number, low: number, high: number, screen: number): number =>
    high - low <= screen
      ? (low + high) / 2
      : Math.max(low + screen / 2, Math.min(high - screen / 2, at));
  const x = inside(mercatorX(lng), mercatorX(west), mercatorX(east), clientWidth / worldPx);
  const y = inside(mercatorY(lat), mercatorY(north), mercatorY(south), clientHeight / worldPx);
  map.setCenter(new MercatorCoordinate(x, y).toLngLat());
}

function featureOf(activity: ActivitySummary, i: number): Feature[] {
  const { lon, lat } = decodePolyline(activity.line, 6);
  if (lon.length < 2) return [];
  return [
    {
      type: "Feature",
      id: i + 1,
      properties: {
        activity: activity.id,
        title: activity.title,
        metres: activity.distanceM,
        startMs: activity.startMs,
        colour: sportLook(activity.sport).colour,
      },
      geometry: { type: "LineString", coordinates: Array.from(lon, (x, k) => [x, lat[k]!]) },
    },
  ];
}

function addLines(map: MapLibre, features: Feature[]): void {
  map.addSource("lines", { type: "geojson", data: { type: "FeatureCollection", features } });
  map.addLayer(
    {
      id: "lines",
      type: "line",
      source: "lines",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": ["get", "colour"],
        "line-width": ["case", ["boolean", ["feature-state", "isLit"], false], 5, 1.5],
        "line-opacity": ["case", ["boolean", ["feature-state", "isLit"], false], 1, 0.5],
      },
    },
    FIRST_LABEL_LAYER,
  );
  map.addLayer({
    id: "lines-touch",
    type: "line",
    source: "lines",
    paint: { "line-width": 14, "line-opacity": 0 },
  });
}
