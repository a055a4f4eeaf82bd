import { describe, expect, it } from "vitest";
import { WaymarkError } from "../../../base/index.ts";
import type { DecodedFile, Recording } from "../recording.ts";
import { decodeFile } from "./decode.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (text: string): DecodedFile => decodeFile(encode(text), "x.gpx");
const gpx = (body: string, attributes = 'version="1.1" creator="Test"'): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<gpx ${attributes}>${body}</gpx>`;
const only = (body: string, attributes?: string): Recording => {
  const { recordings } = decode(gpx(body, attributes));
  expect(recordings.length).toBe(1);
  return recordings[0]!;
};
const START = Date.UTC(2021, 0, 1);
const at = (second: number): string => new Date(START + second * 1000).toISOString();
const point = (second: number, extra = ""): string =>
  `<trkpt lat="49.${400 + second}" lon="8.7"><time>${at(second)}</time>${extra}</trkpt>`;
const segment = (...seconds: readonly number[]): string =>
  `<trkseg>${seconds.map((second) => point(second)).join("")}</trkseg>`;
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof WaymarkError) return error.code;
    throw error;
  }
  return "none";
};

describe("a GPX file", () => {
  it("gives positions, altitude, times, name, sport and device", () => {
    const recording = only(
      `<metadata><name>file</name><author><name>who</name></author></metadata>
       <trk><name><![CDATA[Round & round]]></name><type>trail_running</type><trkseg>
       <trkpt lat="49.5" lon="-8.25"><ele>100.5</ele><time>${at(0)}</time></trkpt></trkseg></trk>`,
    );
    expect(recording).toMatchObject({
      name: "Round & round",
      sport: "trail-run",
      statedSport: "trail_running",
      device: { product: "Test" },
      isVirtual: false,
    });
    const { streams } = recording;
    expect([streams.lat[0], streams.lon[0], streams.altitudeM![0]]).toEqual([49.5, -8.25, 100.5]);
    expect(streams.timeMs[0]).toBe(START);
  });

  it.each([
    [
      "gpxtpx:hr and gpxtpx:cad",
      "<gpxtpx:TrackPointExtension><gpxtpx:hr>140</gpxtpx:hr><gpxtpx:cad>80</gpxtpx:cad><gpxtpx:atemp>21.5</gpxtpx:atemp></gpxtpx:TrackPointExtension><power>250</power>",
    ],
    [
      "another prefix",
      "<ns3:TrackPointExtension><ns3:hr>140</ns3:hr><ns3:cad>80</ns3:cad><ns3:atemp>21.5</ns3:atemp></ns3:TrackPointExtension><pwr:PowerInWatts>250</pwr:PowerInWatts>",
    ],
    ["no prefix", "<hr>140</hr><cadence>80</cadence><temp>21.5</temp><power>250</power>"],
    [
      "other words",
      "<heartrate>140</heartrate><cad>80</cad><temperature>21.5</temperature><Watts>250</Watts>",
    ],
  ])("reads extensions with %s", (_name, extensions) => {
    const { streams } = only(
      `<trk><trkseg>${point(0, `<extensions>${extensions}</extensions>`)}</trkseg></trk>`,
    );
    expect(streams.heartRateBpm![0]).toBe(140);
    expect(streams.cadenceRpm![0]).toBe(80);
    expect(streams.temperatureC![0]).toBe(21.5);
    expect(streams.powerW![0]).toBe(250);
  });

  it("reads the speed of GPX 1.0", () => {
    const { streams } = only(
      `<trk><trkseg>${point(0, "<speed>3.5</speed>")}</trkseg></trk>`,
      'version="1.0"',
    );
    expect(streams.speedMps![0]).toBe(3.5);
  });

  it("keeps points without time, position or altitude as unknown", () => {
    const { streams } = only(
      `<trk><trkseg>${point(0)}<trkpt lat="1" lon="2"/><trkpt lat="" lon="x"><time>${at(2)}</time></trkpt></trkseg></trk>`,
    );
    expect(streams.length).toBe(3);
    expect(streams.timeMs[1]).toBeNaN();
    expect(streams.lat[2]).toBeNaN();
    expect(streams.altitudeM).toBeUndefined();
  });

  it("keeps times of a hundredth of a second", () => {
    const point = (time: string) => `<trkpt lat="1" lon="2"><time>${time}</time></trkpt>`;
    const { streams } = only(
      `<trk><trkseg>${point("2021-01-01T00:00:00.03Z")}${point("2021-01-01T00:00:00.06Z")}</trkseg></trk>`,
    );
    expect([...streams.timeMs]).toEqual([START + 30, START + 60]);
  });

  it("takes the break between two segments for a pause", () => {
    const recording = only(`<trk>${segment(0, 1)}<trkseg/>${segment(60, 61)}${segment(62)}</trk>`);
    expect(recording.streams.length).toBe(5);
    expect(recording.timerPauses).toEqual([
      { startMs: START + 1000, endMs: START + 60_000 },
      { startMs: START + 61_000, endMs: START + 62_000 },
    ]);
  });

  it("makes one recording of tracks that continue in time, two of others", () => {
    const tracks = (second: number) =>
      decode(gpx(`<trk>${segment(0, 1)}</trk><trk>${segment(second, second + 1)}</trk>`))
        .recordings;
    expect(tracks(300).length).toBe(1);
    expect(tracks(300)[0]!.timerPauses).toEqual([
      { startMs: START + 1000, endMs: START + 300_000 },
    ]);
    expect(tracks(90_000).length).toBe(2);
    expect(tracks(-90).length).toBe(2);
  });

  it("passes over empty tracks, and over routes beside tracks, and says so", () => {
    const file = decode(gpx(`<trk/><rte><rtept lat="1" lon="2"/></rte><trk>${segment(0)}</trk>`));
    expect(file.recordings.length).toBe(1);
    expect(file.repairs).toMatchObject([
      { code: "empty-track", count: 1 },
      { code: "route-passed-over", count: 1 },
    ]);
  });

  it("draws a lone route as a line without times", () => {
    const file = decode(
      gpx(`<rte><name>r</name><rtept lat="1" lon="2"><time>${at(0)}</time></rtept></rte>`),
    );
    expect(file.recordings[0]!.streams.timeMs[0]).toBeNaN();
    expect(file.recordings[0]!.name).toBe("r");
    expect(file.repairs).toMatchObject([{ code: "planned-route", count: 1 }]);
  });

  it("does not take the name of a waypoint or of a point for the track's", () => {
    const recording = only(
      `<wpt lat="1" lon="2"><name>w</name><type>running</type></wpt>
       <trk><name>t</name><trkseg>${point(0, "<name>p</name><type>cycling</type>")}</trkseg></trk>`,
    );
    expect([recording.name, recording.sport]).toEqual(["t", "other"]);
  });

  it("reads Strava's numbers as sports, and only Strava's", () => {
    const track = `<trk><type>9</type>${segment(0)}</trk>`;
    expect(only(track, 'creator="StravaGPX"').sport).toBe("run");
    expect(only(track).sport).toBe("other");
  });

  it.each(["Zwift", "ROUVY"])("is virtual when %s made it", (creator) => {
    expect(only(`<trk>${segment(0)}</trk>`, `creator="${creator}"`).isVirtual).toBe(true);
  });

  it("counts numbers and times that cannot be read", () => {
    const file = decode(
      gpx(
        `<trk><trkseg><trkpt lat="a" lon="2"><ele>high</ele><time>noon</time></trkpt></trkseg></trk>`,
      ),
    );
    expect(file.repairs).toMatchObject([{ code: "unreadable-value", count: 3 }]);
  });

  it("keeps the coordinates that cannot be for cleaning to judge", () => {
    const { streams } = only('<trk><trkseg><trkpt lat="91" lon="-181"/></trkseg></trk>');
    expect([streams.lat[0], streams.lon[0]]).toEqual([91, -181]);
  });
});

describe("a GPX file that holds no recording", () => {
  it.each([
    ["only waypoints", '<wpt lat="1" lon="2"/>', /1 waypoints but no track/],
    ["only metadata", "<metadata/>", /no track point/],
    ["an empty track", "<trk><trkseg/></trk>", /no track point/],
  ])("with %s is refused", (_name, body, message) => {
    expect(codeOf(() => decode(gpx(body)))).toBe("TRACK_NO_RECORD");
    expect(() => decode(gpx(body))).toThrow(message);
  });
});

describe("a broken GPX file", () => {
  const whole = gpx(`<trk>${segment(0, 1, 2, 3, 4, 5)}</trk>`);

  it("keeps the points before it breaks off", () => {
    const cut = whole.indexOf(at(4));
    const file = decode(whole.slice(0, cut));
    expect(file.recordings[0]!.streams.length).toBe(5);
    expect(file.repairs).toMatchObject([{ code: "truncated-file", count: 1 }]);
  });

  it("loses no point of any prefix, and never throws anything but a WaymarkError", () => {
    let last = 0;
    for (let length = 0; length <= whole.length; length++) {
      let rows = 0;
      try {
        rows = decode(whole.slice(0, length)).recordings[0]!.streams.length;
      } catch (error) {
        expect(error).toBeInstanceOf(WaymarkError);
      }
      expect(rows, `cut at ${length}`).toBeGreaterThanOrEqual(last);
      last = rows;
    }
    expect(last).toBe(6);
  });

  it("goes on behind tags that do not match, a bare ampersand and stray bytes", () => {
    const file = decode(
      gpx(
        `<trk><name>Tom & Jerry</name><trkseg>${point(0)}<trkpt lat="1" lon="2"><ele>5</trkpt>` +
          `\u0001\u0002${point(2)}</b></trkseg></trk>`,
      ),
    );
    expect(file.recordings[0]!.streams.length).toBe(3);
    expect(file.recordings[0]!.name).toBe("Tom & Jerry");
    expect(file.repairs.map((repair) => repair.code)).toEqual(["xml-fault"]);
  });

  it("counts a bare ampersand once, wherever a piece of the file ends", () => {
    for (let length = 262_100; length < 262_150; length++) {
      const filler = "x".repeat(length);
      const file = decode(
        gpx(`<desc>${filler}&amp;a & b &nbsp; &#x41;</desc><trk>${segment(0)}</trk>`),
      );
      expect(file.recordings[0]!.streams.length).toBe(1);
      expect(file.repairs[0]!.message).toContain("2 places, first: a bare ampersand");
    }
    const plain = decode(gpx(`<trk><name><![CDATA[a & b]]></name><!-- & -->${segment(0)}</trk>`));
    expect([plain.recordings[0]!.name, plain.repairs.length]).toEqual(["a & b", 0]);
  });

  it("is refused as XML when it breaks before the first point", () => {
    expect(codeOf(() => decode('<gpx version="1.1"><trk><trks'))).toBe("TRACK_XML");
    expect(codeOf(() => decode("<gpx><<<<<<>>>></gpx>"))).toBe("TRACK_XML");
  });
});

describe("an encoding", () => {
  const body = (encoding: string) =>
    `<?xml version="1.0" encoding="${encoding}"?><gpx><trk><name>Zürich</name>${segment(0)}</trk></gpx>`;

  it("of UTF-8 with a byte order mark, or with no declaration", () => {
    expect(decode(`\uFEFF${body("utf-8")}`).recordings[0]!.name).toBe("Zürich");
    expect(decode(`\n <gpx><trk>${segment(0)}</trk></gpx>`).recordings.length).toBe(1);
  });

  it("of Latin 1 is read as declared", () => {
    const bytes = Uint8Array.from(body("ISO-8859-1"), (letter) => letter.charCodeAt(0));
    expect(decodeFile(bytes, "x.gpx").recordings[0]!.name).toBe("Zürich");
  });

  it.each([true, false])("of UTF-16 is known by its mark (little endian: %s)", (isLittle) => {
    const text = `\uFEFF${body("UTF-16")}`;
    const bytes = new Uint8Array(text.length * 2);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), isLittle);
    expect(decodeFile(bytes, "x.gpx").recordings[0]!.name).toBe("Zürich");
  });

  it("that nobody knows is a repair", () => {
    const file = decode(body("klingon-1"));
    expect(file.recordings[0]!.name).toBe("Zürich");
    expect(file.repairs).toMatchObject([{ code: "unknown-encoding" }]);
  });

  it("that splits a letter between two pieces of the file keeps the letter", () => {
    const filler = "ü€😀".repeat(60_000);
    const file = decode(
      gpx(`<desc>${filler}</desc><trk><name>${"😀".repeat(9)}</name>${segment(0)}</trk>`),
    );
    expect(file.recordings[0]!.name).toBe("😀".repeat(9));
    expect(file.repairs).toEqual([]);
  });
});

describe("hostile XML", () => {
  const points = `<trk>${segment(0)}</trk>`;

  it("with a billion laughs is refused before anything is expanded", () => {
    let entities = '<!ENTITY a "ha">';
    for (let i = 0; i < 30; i++) entities += `<!ENTITY a${i} "${"&a;".repeat(10)}">`;
    const bomb = `<!DOCTYPE gpx [${entities}]><gpx>${points}<name>&a29;</name></gpx>`;
    expect(codeOf(() => decode(bomb))).toBe("TRACK_XML");
  });

  it.each([
    '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE gpx SYSTEM "http://127.0.0.1/x.dtd">',
    '<!DOCTYPE gpx PUBLIC "-//x" "http://127.0.0.1/x.dtd">',
    '<!DOCTYPE gpx [<!ENTITY % x "y"> %x;]>',
  ])("with %s is refused", (doctype) => {
    expect(codeOf(() => decode(`${doctype}<gpx>${points}</gpx>`))).toBe("TRACK_XML");
  });

  it("with a document type that declares nothing is read", () => {
    expect(decode(`<!DOCTYPE gpx><gpx>${points}</gpx>`).recordings.length).toBe(1);
  });

  it("that nests without end is read up to the bound", () => {
    const file = decode(`<gpx>${points}${"<a>".repeat(1_000_000)}`);
    expect(file.recordings[0]!.streams.length).toBe(1);
    expect(file.repairs.map((repair) => repair.code)).toEqual(["truncated-file"]);
    const deep = `<gpx>${"<a>".repeat(1_000_000)}`;
    expect(codeOf(() => decode(deep))).toBe("TRACK_XML");
    expect(() => decode(deep)).toThrow(/nested more than 100 deep/);
  });

  it("of more than 10,000 tracks is refused, of a million empty ones is not", () => {
    const many = (count: number, track: string) => gpx(track.repeat(count));
    expect(codeOf(() => decode(many(10_001, `<trk>${segment(0)}</trk>`)))).toBe("TRACK_TOO_LARGE");
    const file = decode(gpx(`${"<trk/>".repeat(1_000_000)}${points}`));
    expect(file.recordings.length).toBe(1);
    expect(file.repairs).toMatchObject([{ code: "empty-track", count: 1_000_000 }]);
  }, 30_000);

  it("of 300,000 segments in two tracks that continue is one recording", () => {
    const track = (second: number) =>
      `<trk>${`<trkseg>${point(second)}</trkseg>`.repeat(150_000)}</trk>`;
    const { recordings } = decode(gpx(track(0) + track(60)));
    expect(recordings.map((part) => part.streams.length)).toEqual([300_000]);
    expect(recordings[0]!.timerPauses.length).toBe(1);
  }, 60_000);

  it("of a million faults, attributes or letters in one name takes no more time than bytes", () => {
    const began = performance.now();
    decode(gpx(`${points}${"&nope;".repeat(300_000)}`));
    decode(
      gpx(`${points}<x ${Array.from({ length: 100_000 }, (_, i) => `a${i}="1"`).join(" ")}/>`),
    );
    decode(gpx(`${points}<${"x".repeat(2_000_000)}/>`));
    decode(gpx(`${points}<x>${"y".repeat(5_000_000)}</x>`));
    // A second on a quiet machine; minutes if any of them were quadratic.
    expect(performance.now() - began).toBeLessThan(20_000);
  }, 30_000);
});

describe("a large GPX file", () => {
  const ofPoints = (count: number): Uint8Array => {
    const head = encode("<gpx><trk><trkseg>");
    const row = encode(
      '<trkpt lat="49.4" lon="8.7"><ele>100</ele><time>2021-01-01T00:00:00Z</time></trkpt>\n',
    );
    const tail = encode("</trkseg></trk></gpx>");
    const bytes = new Uint8Array(head.length + row.length * count + tail.length);
    bytes.set(head);
    for (let i = 0; i < count; i++) bytes.set(row, head.length + i * row.length);
    bytes.set(tail, bytes.length - tail.length);
    return bytes;
  };
  const timeOf = (count: number): number => {
    const bytes = ofPoints(count);
    // Of this process alone: a busy machine stretches the clock, and not evenly.
    const began = process.cpuUsage();
    expect(decodeFile(bytes, "x.gpx").recordings[0]!.streams.length).toBe(count);
    return process.cpuUsage(began).user;
  };

  it("of a million points takes ten times as long as one of a hundred thousand", () => {
    timeOf(10_000);
    const heapBefore = process.memoryUsage().heapUsed;
    // Four times that is allowed for caches and collection; a quadratic reader would take a hundred.
    expect(timeOf(1_000_000)).toBeLessThan(timeOf(100_000) * 40);
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(200 * 2 ** 20);
  }, 120_000);
});
