/**
 * An activity as a file for other tools: GPX 1.1 with Garmin's TrackPointExtension v1 (the cleaned
 * track), and GeoJSON (RFC 7946: the track and every piece of the match as features).
 */
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { decodePolyline } from "../../geo/polyline.ts";
import { type ActivityDetail, type ActivityStreams, errorSchema } from "../../schema/activity.ts";
import type { Context } from "../app.ts";
import { viewerOf } from "../auth/access.ts";
import { documented, file } from "../openapi.ts";
import { shownWithStreams } from "../shown.ts";
import { idOf, paramsSchema, READ } from "./activity.ts";

export function exportRoutes(http: FastifyInstance, { store }: Context): void {
  const shown = (request: FastifyRequest, id: number) =>
    shownWithStreams(store, id, viewerOf(request));
  http.get(
    "/api/activities/:id(^[A-Za-z0-9_-]+).geojson",
    documented(geojsonDocument, READ),
    async (request, reply) => {
      const id = idOf(request);
      const { detail, streams } = await shown(request, id);
      reply.header("content-disposition", `attachment; filename="${fileName(detail)}.geojson"`);
      return reply.type("application/geo+json").send(JSON.stringify(toGeojson(detail, streams)));
    },
  );

  http.get(
    "/api/activities/:id(^[A-Za-z0-9_-]+).gpx",
    documented(gpxDocument, READ),
    async (request, reply) => {
      const id = idOf(request);
      const { detail, streams } = await shown(request, id);
      reply.header("content-disposition", `attachment; filename="${fileName(detail)}.gpx"`);
      return reply.type("application/gpx+xml").send(Readable.from(gpxOf(detail, streams)));
    },
  );
}

const geojsonDocument = {
  tags: ["Activities"],
  summary: "Track and match as GeoJSON",
  params: paramsSchema,
  response: { 200: file("application/geo+json", "a FeatureCollection"), 404: errorSchema },
};
const gpxDocument = {
  tags: ["Activities"],
  summary: "The cleaned track as GPX 1.1",
  params: paramsSchema,
  response: { 200: file("application/gpx+xml", "a GPX file"), 404: errorSchema },
};

/** "2026-11-15-roots-and-rocks": day and title in letters that every file system takes. */
export function fileName({ id, title, startMs }: ActivityDetail): string {
  const plain = title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.replace(/[^a-z0-9]+/g, "-").slice(0, 60);
  return [iso(startMs).slice(0, 10), words.replace(/^-+|-+$/g, "") || id].join("-");
}

/** The track as one feature, then the pieces of the match; distances in metres. */
export function toGeojson(detail: ActivityDetail, streams: ActivityStreams): object {
  const track: number[][] = [];
  for (let i = 0; i < streams.timeS.length; i++) {
    const lon = streams.lon[i];
    const lat = streams.lat[i];
    if (typeof lon !== "number" || typeof lat !== "number") continue;
    const altitude = streams.altitudeM?.[i];
    track.push(typeof altitude === "number" ? [lon, lat, altitude] : [lon, lat]);
  }
  const features: object[] = [];
  if (track.length >= 2) {
    features.push({
      type: "Feature",
      properties: {
        kind: "track",
        id: detail.id,
        title: detail.title,
        sport: detail.sport,
        start: new Date(detail.startMs).toISOString(),
        distanceM: detail.distanceM,
        movingS: detail.movingS,
      },
      geometry: { type: "LineString", coordinates: track },
    });
  }
  for (const piece of detail.match?.pieces ?? []) {
    const { lon, lat } = decodePolyline(piece.line, 6);
    if (lon.length < 2) continue;
    features.push({
      type: "Feature",
      properties: {
        kind: piece.kind,
        reason: piece.reason,
        lengthM: piece.lengthM,
        confidence: piece.confidence,
        names: piece.names,
      },
      geometry: {
        type: "LineString",
        coordinates: Array.from(lon, (x, i) => [x, lat[i]!]),
      },
    });
  }
  return { type: "FeatureCollection", features };
}

/** A pause of more than this many seconds begins a new segment, as devices write it. */
const SEGMENT_GAP_S = 60;

/** Rows of a piece: some milliseconds of work, after which others have their turn. */
const PIECE_ROWS = 1000;

/** GPX in pieces, as they are taken: a million points are 200 MB and seconds of work. */
export async function* gpxOf(
  detail: ActivityDetail,
  streams: ActivityStreams,
): AsyncGenerator<string> {
  let lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<gpx version="1.1" creator="Waymark" xmlns="http://www.topografix.com/GPX/1/1"' +
      ' xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v1">',
    `<metadata><time>${iso(detail.startMs)}</time></metadata>`,
    `<trk><name>${escapeXml(detail.title)}</name><type>${escapeXml(detail.sport)}</type>`,
    "<trkseg>",
  ];
  let lastS = streams.timeS[0] ?? 0;
  for (let i = 0; i < streams.timeS.length; i++) {
    if (lines.length > PIECE_ROWS) {
      yield `${lines.join("\n")}\n`;
      lines = [];
      await setImmediate();
    }
    const lon = streams.lon[i];
    const lat = streams.lat[i];
    if (typeof lon !== "number" || typeof lat !== "number") continue;
    const timeS = streams.timeS[i]!;
    if (timeS - lastS > SEGMENT_GAP_S) lines.push("</trkseg>", "<trkseg>");
    lastS = timeS;
    const altitude = streams.altitudeM?.[i];
    const ele = typeof altitude === "number" ? `<ele>${altitude.toFixed(1)}</ele>` : "";
    const time = `<time>${iso(detail.startMs + timeS * 1000)}</time>`;
    lines.push(
      `<trkpt lat="${lat.toFixed(7)}" lon="${lon.toFixed(7)}">${ele}${time}${extensions(streams, i)}</trkpt>`,
    );
  }
  lines.push("</trkseg></trk></gpx>", "");
  yield lines.join("\n");
}

function extensions(streams: ActivityStreams, i: number): string {
  let text = "";
  const add = (tag: string, value: number | null | undefined): void => {
    if (typeof value === "number") text += `<gpxtpx:${tag}>${Math.round(value)}</gpxtpx:${tag}>`;
  };
  // The schema's order: temperature, heart rate, cadence.
  add("atemp", streams.temperatureC?.[i]);
  add("hr", streams.heartRateBpm?.[i]);
  add("cad", streams.cadenceRpm?.[i]);
  if (text === "") return "";
  return `<extensions><gpxtpx:TrackPointExtension>${text}</gpxtpx:TrackPointExtension></extensions>`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Text for XML 1.0: characters that it forbids are dropped, the five marks are escaped. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;");
}
