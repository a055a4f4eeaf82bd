/**
 * What the fuzzer starts from: small files made here, and where `../shared` stands the heads and
 * tails of real ones.
 */
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync, zipSync } from "fflate";
import {
  chain,
  fitBytes,
  RECORD_LAYOUT,
  ride,
  SESSION_LAYOUT,
} from "../../src/geo/track/decode/fit-bytes.fixture.ts";
import { SHARED, shared } from "../shared.ts";

export type Target = "fit" | "gpx" | "tcx" | "zip";

/** Small inputs run often; a FIT file needs the room for its definitions. */
const PIECE_BYTES: Readonly<Record<Target, number>> = {
  fit: 6000,
  gpx: 1500,
  tcx: 2500,
  zip: 6000,
};

export function seedsFor(target: Target): readonly Uint8Array[] {
  if (target === "zip") return zipSeeds();
  return [...(target === "fit" ? fitSeeds() : [encode(TEXT_SEEDS[target])]), ...realSeeds(target)];
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function fitSeeds(): readonly Uint8Array[] {
  const compressed = fitBytes().define(RECORD_LAYOUT).data(1, 1_000_000_000, 1, 1, 3000, 99, 1);
  compressed.define({ local: 0, message: 20, fields: [[8, 3, 0x0d]] });
  for (let i = 0; i < 20; i++) compressed.compressed(0, (i * 3) % 32, [i, i * 16, i]);
  const developer = fitBytes()
    .define({
      local: 0,
      message: 206,
      fields: [
        [0, 1, 2],
        [1, 1, 2],
        [2, 1, 2],
        [3, 8, 7],
        [15, 1, 2],
      ],
    })
    .data(0, 0, 0, 0x84, "Power", 7)
    .define({ ...RECORD_LAYOUT, developer: [[0, 2, 0]] })
    .data(1, 1_000_000_000, 1, 1, 3000, 99, 1, 200);
  const multisport = ride(10)
    .define(SESSION_LAYOUT)
    .data(2, 1_000_000_100, 1_000_000_050, 1, 0, 1, 1, 1);
  return [
    ride(10).file(),
    chain(ride(5).file(), ride(5).file({ crc: 1 })),
    compressed.file(),
    developer.file({ headerSize: 12 }),
    multisport.file(),
  ];
}

const TEXT_SEEDS = {
  gpx: `<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="Garmin Connect" xmlns:ns3="x"><metadata><name>a</name></metadata>
<trk><name>b</name><type>running</type><trkseg>
<trkpt lat="49.4" lon="8.7"><ele>100</ele><time>2021-01-01T00:00:00Z</time>
<extensions><ns3:TrackPointExtension><ns3:hr>120</ns3:hr><ns3:cad>80</ns3:cad></ns3:TrackPointExtension>
<power>200</power></extensions></trkpt>
<trkpt lat="49.5" lon="8.8"><time>2021-01-01T00:00:01.5Z</time></trkpt></trkseg><trkseg/></trk>
<rte><rtept lat="1" lon="2"/></rte><wpt lat="3" lon="4"/></gpx>`,
  tcx: `<?xml version="1.0"?><TrainingCenterDatabase><Activities><Activity Sport="Biking">
<Id>x</Id><Lap StartTime="2021-01-01T00:00:00Z"><TotalTimeSeconds>2</TotalTimeSeconds>
<DistanceMeters>5</DistanceMeters><Track><Trackpoint><Time>2021-01-01T00:00:00Z</Time><Position>
<LatitudeDegrees>49.4</LatitudeDegrees><LongitudeDegrees>8.7</LongitudeDegrees></Position>
<HeartRateBpm><Value>99</Value></HeartRateBpm><Extensions><n:TPX><n:Watts>9</n:Watts></n:TPX></Extensions>
</Trackpoint></Track><Track/></Lap><Creator><Name>c</Name></Creator></Activity></Activities>
</TrainingCenterDatabase>`,
} as const;

function zipSeeds(): readonly Uint8Array[] {
  const table =
    'Activity ID,Activity Date,Activity Name,Activity Type,Filename\n1,"a, b","x ""y""",Run,activities/1.gpx.gz\n';
  return [
    zipSync({
      "activities.csv": encode(table),
      "activities/1.gpx.gz": gzipSync(encode(TEXT_SEEDS.gpx)),
      "activities/2.fit": ride(20).file(),
      "__MACOSX/._x": encode("x"),
    }),
    zipSync({
      "a.tcx": [encode(TEXT_SEEDS.tcx), { level: 0 }],
      "../b.gpx": encode(TEXT_SEEDS.gpx),
    }),
    gzipSync(ride(30).file()),
  ];
}

/** Whole where small, else the head and the tail together: the middle of a ride repeats itself. */
function realSeeds(target: "fit" | "gpx" | "tcx"): readonly Uint8Array[] {
  if (SHARED === undefined) return [];
  const pieceBytes = PIECE_BYTES[target];
  const folder = shared("data", "activities", target);
  return readdirSync(folder).map((name) => {
    const bytes = Uint8Array.from(readFileSync(`${folder}/${name}`));
    if (bytes.length <= 2 * pieceBytes) return bytes;
    const joined = new Uint8Array(2 * pieceBytes);
    joined.set(bytes.subarray(0, pieceBytes));
    joined.set(bytes.subarray(bytes.length - pieceBytes), pieceBytes);
    return joined;
  });
}
