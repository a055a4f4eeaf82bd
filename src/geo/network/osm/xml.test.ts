import { describe, expect, it } from "vitest";
import { createCollector } from "./collect.ts";
import type { OsmData } from "./osm-data.ts";
import { plainOf } from "./plain.fixture.ts";
import { SNIFF_BYTES, sniffOsm } from "./sniff.ts";
import { createXmlReader } from "./xml.ts";

const read = (text: string, pieceChars = text.length): OsmData => {
  const collector = createCollector();
  const reader = createXmlReader((block) => collector.add(block));
  for (let at = 0; at < text.length; at += pieceChars) reader.push(text.slice(at, at + pieceChars));
  reader.finish();
  collector.timestampMs = reader.timestampMs;
  return collector.finish();
};

const codes = (osm: OsmData): Record<string, number> =>
  Object.fromEntries(osm.repairs.map((r) => [r.code, r.count]));

const FILE = `<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6" generator="by hand">
  <bounds minlat="46" minlon="7" maxlat="48" maxlon="9"/>
  <node id="1" lat="47.0000001" lon="8.1234567" version="3" user="x &amp; y"/>
  <node id="2" lat="-33.5" lon="-70"><tag k="name" v="&lt;Ort&gt; Ü"/><tag k="ele" v="5"/></node>
  <way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way>
  <relation id="20"><member type="way" ref="10" role="outer"/><member type="node" ref="2" role=""/>
    <tag k="type" v="route"/></relation>
</osm>`;

describe("OSM XML", () => {
  it("gives back every object, whatever the pieces in which the text comes", () => {
    const expected = {
      nodes: [
        { id: 1, lon: 81_234_567, lat: 470_000_001, tags: {} },
        { id: 2, lon: -700_000_000, lat: -335_000_000, tags: { name: "<Ort> Ü", ele: "5" } },
      ],
      ways: [{ id: 10, refs: [1, 2], tags: { highway: "path" } }],
      relations: [
        {
          id: 20,
          members: [
            [1, 10, "outer"],
            [0, 2, ""],
          ],
          tags: { type: "route" },
        },
      ],
    };
    expect(plainOf(read(FILE))).toEqual(expected);
    for (const pieceChars of [1, 5, 17]) expect(plainOf(read(FILE, pieceChars))).toEqual(expected);
  });

  it("knows its time when Overpass or Osmosis wrote it", () => {
    const at = Date.parse("2024-05-06T07:08:09Z");
    expect(read(`<osm><meta osm_base="2024-05-06T07:08:09Z"/></osm>`).timestampMs).toBe(at);
    expect(read(`<osm timestamp="2024-05-06T07:08:09Z"></osm>`).timestampMs).toBe(at);
    expect(read("<osm/>").timestampMs).toBe(0);
  });

  it("takes the places of Overpass' 'out geom'", () => {
    const osm = read(
      `<osm><way id="1"><bounds minlat="0" minlon="0" maxlat="1" maxlon="1"/>
       <nd ref="3" lat="1" lon="2"/><nd ref="4" lat="3" lon="4"/><tag k="highway" v="path"/></way></osm>`,
    );
    expect(plainOf(osm).nodes).toEqual([
      { id: 3, lon: 20_000_000, lat: 10_000_000, tags: {} },
      { id: 4, lon: 40_000_000, lat: 30_000_000, tags: {} },
    ]);
  });

  it("counts what it passes over", () => {
    const osm = read(
      `<osm>
      <node id="1" lat="95" lon="0"/> <node id="2" lat="x" lon="0"/> <node id="3"/>
      <node id="abc" lat="1" lon="1"/> <node id="4" lat="1" lon="1" action="delete"/>
      <node id="5" lat="1" lon="1" visible="false"/> <node lat="1" lon="1"/>
      <node id="6" lat="1" lon="1"><tag k="ok" v="1"/><tag k="no value"/></node>
      <way id="9"><nd ref="6"/><nd/><nd ref="z"/></way>
      <relation id="1"><member type="area" ref="1" role=""/><member type="way" ref="9"/></relation>
      </osm>`,
    );
    expect(plainOf(osm)).toEqual({
      nodes: [{ id: 6, lon: 10_000_000, lat: 10_000_000, tags: { ok: "1" } }],
      ways: [{ id: 9, refs: [6], tags: {} }],
      relations: [{ id: 1, members: [[1, 9, ""]], tags: {} }],
    });
    expect(codes(osm)).toEqual({
      "node-out-of-range": 2,
      "node-without-position": 1,
      "object-without-id": 2,
      "deleted-object": 2,
      "reference-without-id": 3,
    });
  });

  it.each([
    ["cut off", FILE.slice(0, -20), "cut off before its end"],
    ["cut off in a tag", FILE.slice(0, 300), "cut off before its end"],
    ["of another kind", "<gpx><trk/></gpx>", "XML of another kind (<gpx>)"],
    ["a change file", "<osmChange/>", "XML of another kind (<osmChange>)"],
    ["not well formed", "<osm><node id=1></osm>", "XML is broken"],
    ["with entities", `<!DOCTYPE osm [<!ENTITY a "b">]><osm/>`, "declares a document type"],
    ["with an unknown entity", `<osm><node id="&x;"/></osm>`, "XML is broken"],
    ["empty", "", "cut off before its end"],
  ])("%s is refused", (_name, text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "OSM_FORMAT" }));
    expect(() => read(text)).toThrow(message);
  });

  it("never lets one element, comment or gap grow without bound", () => {
    const collector = createCollector();
    for (const start of ["<osm>", '<osm><node id="', "<osm><!--"]) {
      const reader = createXmlReader((block) => collector.add(block));
      reader.push(start);
      const piece = " ".repeat(1 << 20);
      expect(() => {
        for (let i = 0; i < 40; i++) reader.push(piece);
      }, start).toThrow("characters stand between two elements");
    }
  });
});

describe("the form of a file", () => {
  const head = (text: string): Uint8Array =>
    Uint8Array.from(text.slice(0, SNIFF_BYTES), (c) => c.charCodeAt(0));

  it.each([
    ["\0\0\0\x0d\x0a\x09OSMHeader\x18\x7f", "pbf"],
    ["<?xml version='1.0'?><osm>", "xml"],
    ["\xef\xbb\xbf  \n<osm>", "xml"],
    ["\x1f\x8b\x08", "gzip"],
    ["BZh91AY", "bzip2"],
  ])("%j is %s", (text, form) => {
    expect(sniffOsm(head(text))).toBe(form);
  });

  it.each([
    ["", "is empty"],
    ["PK\x03\x04", "zip archive; unpack it first"],
    ["<!DOCTYPE html><html>", "a web page"],
    ['{"type":"FeatureCollection"}', "JSON"],
    ["SQLite format 3", "SQLite"],
    ["\xff\xfe<\0o\0", "UTF-16"],
    ["\x89WMK\r\n", "already built"],
    ["\0\0\0\x0d\x0a\x07OSMData\x18\x7f", "without its header"],
    ["some words", "none that Waymark knows"],
  ])("%j is refused by its name", (text, message) => {
    expect(() => sniffOsm(head(text))).toThrow(message);
    expect(() => sniffOsm(head(text))).toThrow(
      "expected an OpenStreetMap extract: .osm.pbf, .osm, .osm.gz or .osm.bz2",
    );
  });
});
