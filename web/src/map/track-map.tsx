/**
 * The map of one activity: the matched line coloured by a value, stretches off the network dashed,
 * the recorded line on demand, the chosen part lit, and a marker that follows the charts' cursor.
 */
import type { Feature, FeatureCollection } from "geojson";
import { type GeoJSONSource, type Map as MapLibre, Marker } from "maplibre-gl";
import { useEffect, useMemo, useRef } from "react";
import { useTheme, useUnits } from "../preference.ts";
import { type Metric, nearestRow, rawLine, type Track } from "../track.ts";
import { type BaseMap, createBaseMap } from "./base-map.ts";
import { colourExpression } from "./scale.ts";
import { FIRST_LABEL_LAYER } from "./style.ts";

export interface TrackMapProps {
  readonly track: Track;
  readonly bbox: readonly [number, number, number, number];
  readonly colour: Metric | "plain";
  readonly isRawShown: boolean;
  /** Row of the cursor, −1 for none. */
  readonly cursor: number;
  readonly onCursor: (row: number) => void;
  /** Rows of the chosen part. */
  readonly part: readonly [number, number] | undefined;
}

const SOURCES = ["bits", "whole", "off", "raw", "part", "ends"] as const;
type SourceName = (typeof SOURCES)[number];

/** How near the pointer must be to the line to move the cursor, in pixels. */
const REACH_PX = 28;

export default function TrackMap(props: TrackMapProps) {
  const { track, bbox, colour, isRawShown, cursor, part } = props;
  const { isDark } = useTheme();
  const { units } = useUnits();
  const container = useRef<HTMLDivElement>(null);
  const base = useRef<BaseMap>(undefined);
  const marker = useRef<Marker>(undefined);
  const latest = useRef({ ...props, isDark });
  latest.current = { ...props, isDark };
  const data = useMemo(() => featuresOf(track), [track]);
  const dataRef = useRef(data);
  dataRef.current = data;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a map is made once for each place
  useEffect(() => {
    if (!container.current) return;
    const made = createBaseMap({
      container: container.current,
      isDark,
      units,
      bounds: [bbox[0], bbox[1], bbox[2], bbox[3]],
      onStyle(map) {
        addLayers(map, dataRef.current, latest.current.isDark);
        show(map, latest.current);
      },
    });
    base.current = made;
    const dot = document.createElement("div");
    dot.className = "track-cursor";
    dot.dataset.testid = "track-cursor";
    marker.current = new Marker({ element: dot });
    made.map.on("mousemove", ({ lngLat, point }) => {
      const { track, onCursor } = latest.current;
      const side = made.map.unproject([point.x + REACH_PX, point.y]);
      const reachM = lngLat.distanceTo(side);
      onCursor(nearestRow(track, lngLat.lng, lngLat.lat, reachM));
    });
    made.map.on("mouseout", () => latest.current.onCursor(-1));
    // Tests ask the map what it drew.
    (container.current as HTMLDivElement & { map?: MapLibre }).map = made.map;
    return () => {
      made.remove();
      base.current = undefined;
    };
  }, [bbox]);

  useEffect(() => base.current?.setTheme(isDark), [isDark]);
  useEffect(() => base.current?.setUnits(units), [units]);
  useEffect(() => {
    const map = base.current?.map;
    if (!map?.getSource("bits")) return;
    setData(map, data);
  }, [data]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `show` reads the latest props
  useEffect(() => {
    const map = base.current?.map;
    if (map?.getLayer("track-bits")) show(map, latest.current);
  }, [colour, isRawShown, part, track, isDark]);
  useEffect(() => {
    const map = base.current?.map;
    if (!map || !marker.current) return;
    const lon = track.shownLon[cursor];
    const lat = track.shownLat[cursor];
    if (lon === undefined || lat === undefined || Number.isNaN(lon)) marker.current.remove();
    else marker.current.setLngLat([lon, lat]).addTo(map);
  }, [cursor, track]);

  return <div ref={container} data-testid="track-map" className="size-full" />;
}

type TrackData = Readonly<Record<Exclude<SourceName, "part">, FeatureCollection>>;

function line(coordinates: readonly (readonly [number, number])[], properties: object): Feature {
  return {
    type: "Feature",
    properties: { ...properties },
    geometry: { type: "LineString", coordinates: coordinates.map(([lon, lat]) => [lon, lat]) },
  };
}
const collection = (features: Feature[]): FeatureCollection => ({
  type: "FeatureCollection",
  features,
});

function featuresOf(track: Track): TrackData {
  const onPaths = track.pieces.filter(({ kind }) => kind !== "off-network");
  const offPaths = track.pieces.filter(({ kind }) => kind === "off-network");
  const raw = rawLine(track.rows);
  const ends = raw.length > 0 ? [raw[0]!, raw.at(-1)!] : [];
  return {
    bits: collection(track.bits.map(({ line: part, share }) => line(part, share))),
    whole: collection(onPaths.map(({ line: part }) => line(part, {}))),
    off: collection(offPaths.map(({ line: part, reason }) => line(part, { reason }))),
    raw: collection(raw.length >= 2 ? [line(raw, {})] : []),
    ends: collection(
      ends.map((coordinates, i) => ({
        type: "Feature",
        properties: { kind: i === 0 ? "start" : "finish" },
        geometry: { type: "Point", coordinates },
      })),
    ),
  };
}

function setData(map: MapLibre, data: TrackData): void {
  for (const [name, features] of Object.entries(data)) {
    map.getSource<GeoJSONSource>(name)?.setData(features);
  }
}

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function addLayers(map: MapLibre, data: TrackData, isDark: boolean): void {
  for (const name of SOURCES) {
    map.addSource(name, {
      type: "geojson",
      data: name === "part" ? collection([]) : data[name],
      // Bits are short already; simplifying would open gaps between them.
      tolerance: name === "bits" ? 0 : 0.2,
    });
  }
  const casing = isDark ? "#0b0d0c" : "#ffffff";
  const wide = (low: number, high: number): [string, ...unknown[]] => [
    "interpolate",
    ["linear"],
    ["zoom"],
    10,
    low,
    16,
    high,
  ];
  const stroke = (
    id: string,
    source: SourceName,
    paint: Record<string, unknown>,
    cap: "round" | "butt" = "round",
  ): void => {
    map.addLayer(
      { id, type: "line", source, layout: { "line-cap": cap, "line-join": "round" }, paint },
      FIRST_LABEL_LAYER,
    );
  };
  stroke("track-part", "part", {
    "line-color": token("--accent"),
    "line-width": wide(14, 22),
    "line-opacity": 0.38,
  });
  stroke("track-casing", "whole", { "line-color": casing, "line-width": wide(5.5, 9) });
  stroke("track-off-casing", "off", {
    "line-color": casing,
    "line-width": wide(4.5, 7),
    "line-opacity": 0.85,
  });
  stroke("track-bits", "bits", { "line-width": wide(3.2, 5.4) });
  stroke(
    "track-off",
    "off",
    {
      "line-color": token("--off"),
      "line-width": wide(2.2, 3.4),
      "line-dasharray": [
        "match",
        ["get", "reason"],
        "gap",
        ["literal", [0.6, 2.2]],
        ["literal", [1.8, 1.3]],
      ],
    },
    "butt",
  );
  // Over the matched line, where the two lie on each other, thin blue alone is lost.
  stroke("track-raw-casing", "raw", { "line-color": casing, "line-width": wide(2.6, 4.2) });
  stroke("track-raw", "raw", { "line-color": token("--raw"), "line-width": wide(1.2, 2.2) });
  map.addLayer({
    id: "track-ends",
    type: "circle",
    source: "ends",
    paint: {
      "circle-radius": 5.5,
      "circle-color": ["match", ["get", "kind"], "start", token("--accent"), token("--ink")],
      "circle-stroke-color": casing,
      "circle-stroke-width": 2,
    },
  });
}

/** Puts what the person chose on the map: the colour, the recorded line, the part. */
function show(
  map: MapLibre,
  { track, colour, isRawShown, part, isDark }: TrackMapProps & { isDark: boolean },
): void {
  map.setPaintProperty(
    "track-bits",
    "line-color",
    colour === "plain" ? token("--line") : colourExpression(colour, isDark),
  );
  for (const layer of ["track-raw-casing", "track-raw"]) {
    map.setLayoutProperty(layer, "visibility", isRawShown ? "visible" : "none");
  }
  const lit: [number, number][] = [];
  for (let row = part?.[0] ?? 0; part && row <= part[1]; row++) {
    const lon = track.shownLon[row]!;
    if (!Number.isNaN(lon)) lit.push([lon, track.shownLat[row]!]);
  }
  map.getSource<GeoJSONSource>("part")?.setData(collection(lit.length >= 2 ? [line(lit, {})] : []));
}
