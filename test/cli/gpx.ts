// GPX files of walks on a straight line, small and each different, for tests of the import.

export interface WalkOptions {
  /** Seconds, one point each. */
  readonly seconds?: number;
  readonly startMs?: number;
  readonly lon?: number;
  readonly lat?: number;
  readonly type?: string;
}

/** North at 1.5 m/s. */
export function walkGpx({
  seconds = 120,
  startMs = Date.UTC(2024, 4, 4, 8),
  lon = 1.52,
  lat = 42.5,
  type = "walking",
}: WalkOptions = {}): string {
  const points = Array.from({ length: seconds }, (_, i) => {
    const time = new Date(startMs + i * 1000).toISOString();
    const y = (lat + (i * 1.5) / 111_195).toFixed(7);
    return `<trkpt lat="${y}" lon="${lon.toFixed(7)}"><time>${time}</time></trkpt>`;
  });
  return `<?xml version="1.0"?>
<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1"><trk><type>${type}</type>
<trkseg>${points.join("\n")}</trkseg></trk></gpx>`;
}

/** The same walk as TCX, as another service would export it. */
export function walkTcx({
  seconds = 120,
  startMs = Date.UTC(2024, 4, 4, 8),
  lon = 1.52,
  lat = 42.5,
}: WalkOptions = {}): string {
  const id = new Date(startMs).toISOString();
  const points = Array.from({ length: seconds }, (_, i) => {
    const y = (lat + (i * 1.5) / 111_195).toFixed(7);
    return `<Trackpoint><Time>${new Date(startMs + i * 1000).toISOString()}</Time><Position>
<LatitudeDegrees>${y}</LatitudeDegrees><LongitudeDegrees>${lon}</LongitudeDegrees></Position>
<DistanceMeters>${(i * 1.5).toFixed(2)}</DistanceMeters></Trackpoint>`;
  });
  return `<?xml version="1.0"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>
<Activity Sport="Other"><Id>${id}</Id><Lap StartTime="${id}"><Track>${points.join("\n")}</Track></Lap>
</Activity></Activities></TrainingCenterDatabase>`;
}

/** A town of one street from south to north through (lon, lat), and one that crosses it. */
export function streetOsm({ lon = 1.52, lat = 42.5 } = {}): string {
  const nodes: string[] = [];
  for (let i = 0; i <= 10; i++) {
    nodes.push(`<node id="${i + 1}" lat="${(lat - 0.001 + i * 0.0005).toFixed(7)}" lon="${lon}"/>`);
  }
  nodes.push(`<node id="20" lat="${(lat + 0.0005).toFixed(7)}" lon="${lon - 0.002}"/>`);
  nodes.push(`<node id="21" lat="${(lat + 0.0005).toFixed(7)}" lon="${lon + 0.002}"/>`);
  const refs = Array.from({ length: 11 }, (_, i) => `<nd ref="${i + 1}"/>`).join("");
  return `<?xml version="1.0"?><osm version="0.6">${nodes.join("\n")}
<way id="100">${refs}<tag k="highway" v="residential"/><tag k="name" v="Long Street"/></way>
<way id="101"><nd ref="20"/><nd ref="4"/><nd ref="21"/><tag k="highway" v="footway"/></way></osm>`;
}
