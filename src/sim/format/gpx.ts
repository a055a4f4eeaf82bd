/**
 * GPX 1.1 with Garmin's track point extension (topografix.com/GPX/1/1, TrackPointExtensionv1), a
 * segment per stretch of running timer, as Garmin Connect and Strava export it.
 */
import type { SimSport } from "../athlete/athlete.ts";
import type { Recorded } from "../device/sensor.ts";
import { escapeXml } from "../town/osm-xml.ts";
import { type ActivityInfo, isoWriter } from "./summary.ts";

const TYPE: Readonly<Record<SimSport, string>> = {
  run: "running",
  "trail-run": "trail_running",
  walk: "walking",
  hike: "hiking",
  ride: "cycling",
  "gravel-ride": "gravel_cycling",
  "mountain-bike": "mountain_biking",
  "indoor-ride": "indoor_cycling",
};

/** Rows without a position are left out: GPX has no point without one. */
export function writeGpx(recorded: Recorded, info: ActivityInfo): Uint8Array {
  const iso = isoWriter();
  const out: string[] = [
    `<?xml version="1.0" encoding="UTF-8"?>
<gpx creator="${escapeXml(info.device.creator)}" version="1.1" xsi:schemaLocation="http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/11.xsd" xmlns="http://www.topografix.com/GPX/1/1" xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<metadata><time>${iso(recorded.timeMs[0]!)}</time></metadata>
<trk><name>${escapeXml(info.title)}</name><type>${TYPE[info.sport]}</type>
<trkseg>
`,
  ];
  const pauses = new Set(recorded.pauseAfter);
  const { heartRateBpm, cadenceRpm, temperatureC, powerW } = recorded;
  const hasExtension = heartRateBpm || cadenceRpm || temperatureC || powerW;
  for (let r = 0; r < recorded.length; r++) {
    const lat = recorded.lat[r]!;
    if (!Number.isNaN(lat)) {
      let point = `<trkpt lat="${lat.toFixed(7)}" lon="${recorded.lon[r]!.toFixed(7)}">${elevation(recorded.altitudeM[r]!)}<time>${iso(recorded.timeMs[r]!)}</time>`;
      if (hasExtension) {
        let inner = "";
        if (temperatureC) inner += `<gpxtpx:atemp>${temperatureC[r]!}</gpxtpx:atemp>`;
        if (heartRateBpm && !Number.isNaN(heartRateBpm[r]!))
          inner += `<gpxtpx:hr>${heartRateBpm[r]!}</gpxtpx:hr>`;
        if (cadenceRpm) inner += `<gpxtpx:cad>${cadenceRpm[r]!}</gpxtpx:cad>`;
        const watts = powerW ? `<power>${powerW[r]!}</power>` : "";
        if (inner !== "" || watts !== "") {
          point += `<extensions>${watts}${inner === "" ? "" : `<gpxtpx:TrackPointExtension>${inner}</gpxtpx:TrackPointExtension>`}</extensions>`;
        }
      }
      out.push(point, "</trkpt>\n");
    }
    if (pauses.has(r) && r + 1 < recorded.length) out.push("</trkseg>\n<trkseg>\n");
  }
  out.push("</trkseg></trk></gpx>\n");
  return new TextEncoder().encode(out.join(""));
}

function elevation(altitudeM: number): string {
  return Number.isNaN(altitudeM) ? "" : `<ele>${altitudeM.toFixed(1)}</ele>`;
}
