/**
 * TCX (Garmin TrainingCenterDatabase v2) with the ActivityExtension v2 for speed, watts and running
 * cadence; a Track per stretch of running timer, laps as the device closed them.
 */

import { isRiding } from "../athlete/route.ts";
import type { Recorded } from "../device/sensor.ts";
import { escapeXml } from "../town/osm-xml.ts";
import { type ActivityInfo, isoWriter, lapsOf } from "./summary.ts";

export function writeTcx(recorded: Recorded, info: ActivityInfo): Uint8Array {
  const iso = isoWriter();
  const riding = isRiding(info.sport);
  const sport = riding
    ? "Biking"
    : info.sport === "run" || info.sport === "trail-run"
      ? "Running"
      : "Other";
  const out: string[] = [
    `<?xml version="1.0" encoding="UTF-8"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2" xmlns:ns3="http://www.garmin.com/xmlschemas/ActivityExtension/v2" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<Activities><Activity Sport="${sport}"><Id>${iso(recorded.timeMs[0]!)}</Id>
`,
  ];
  const pauses = new Set(recorded.pauseAfter);
  const { heartRateBpm, cadenceRpm, powerW } = recorded;
  const laps = lapsOf(recorded, info.sport);
  laps.forEach((lap, k) => {
    out.push(
      `<Lap StartTime="${iso(lap.startMs)}"><TotalTimeSeconds>${lap.timerS.toFixed(1)}</TotalTimeSeconds><DistanceMeters>${lap.distanceM.toFixed(1)}</DistanceMeters><Calories>0</Calories><Intensity>Active</Intensity><TriggerMethod>${k === laps.length - 1 ? "Manual" : "Distance"}</TriggerMethod>\n<Track>\n`,
    );
    // A row on the border of two laps belongs to the later one.
    const last = k === laps.length - 1 ? lap.lastRow : lap.lastRow - 1;
    for (let r = lap.firstRow; r <= last; r++) {
      let point = `<Trackpoint><Time>${iso(recorded.timeMs[r]!)}</Time>`;
      const lat = recorded.lat[r]!;
      if (!Number.isNaN(lat)) {
        point += `<Position><LatitudeDegrees>${lat.toFixed(7)}</LatitudeDegrees><LongitudeDegrees>${recorded.lon[r]!.toFixed(7)}</LongitudeDegrees></Position>`;
      }
      const altitude = recorded.altitudeM[r]!;
      if (!Number.isNaN(altitude))
        point += `<AltitudeMeters>${altitude.toFixed(1)}</AltitudeMeters>`;
      point += `<DistanceMeters>${recorded.distanceM[r]!.toFixed(2)}</DistanceMeters>`;
      if (heartRateBpm && !Number.isNaN(heartRateBpm[r]!))
        point += `<HeartRateBpm><Value>${heartRateBpm[r]!}</Value></HeartRateBpm>`;
      if (cadenceRpm && riding) point += `<Cadence>${cadenceRpm[r]!}</Cadence>`;
      let extension = `<ns3:Speed>${recorded.speedMps[r]!.toFixed(3)}</ns3:Speed>`;
      if (cadenceRpm && !riding) extension += `<ns3:RunCadence>${cadenceRpm[r]!}</ns3:RunCadence>`;
      if (powerW) extension += `<ns3:Watts>${powerW[r]!}</ns3:Watts>`;
      out.push(point, `<Extensions><ns3:TPX>${extension}</ns3:TPX></Extensions></Trackpoint>\n`);
      if (pauses.has(r) && r < last) out.push("</Track>\n<Track>\n");
    }
    out.push("</Track></Lap>\n");
  });
  out.push(
    `<Notes>${escapeXml(info.title)}</Notes><Creator xsi:type="Device_t"><Name>${escapeXml(info.device.creator)}</Name><UnitId>${info.serial}</UnitId><ProductID>${info.device.product}</ProductID></Creator>
</Activity></Activities></TrainingCenterDatabase>
`,
  );
  return new TextEncoder().encode(out.join(""));
}
