// The frames and blocks of .osm.pbf, written by an encoder that shares no code with the reader.
import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { BLOB_BYTES_MAX, type Blob, createBlobSplitter, HEADER_BYTES_MAX } from "./blob.ts";
import { createCollector } from "./collect.ts";
import type { OsmData } from "./osm-data.ts";
import { concat, frame, type PbfBlock, pbfFile, primitiveBlock } from "./pbf.fixture.ts";
import { decodeHeaderBlock, decodePrimitiveBlock } from "./pbf-block.ts";
import { plainOf } from "./plain.fixture.ts";

const BLOCK: PbfBlock = {
  nodes: [
    { id: 1, lon: 80_000_000, lat: 470_000_000 },
    { id: 2, lon: 80_000_100, lat: -470_000_100, tags: { highway: "crossing", crossing: "zebra" } },
    { id: 9_000_000_000, lon: -1_800_000_000, lat: 900_000_000, tags: { name: "Ort Ü" } },
  ],
  plainNodes: [{ id: 20, lon: 5, lat: 6, tags: { natural: "peak" } }],
  ways: [
    { id: 10, refs: [1, 2, 9_000_000_000, 1], tags: { highway: "path", name: "Weg" } },
    { id: 11, refs: [], tags: {} },
  ],
  relations: [
    {
      id: 30,
      members: [
        { type: 1, id: 10, role: "outer" },
        { type: 0, id: 2, role: "" },
        { type: 2, id: 31, role: "sub" },
      ],
      tags: { type: "route", route: "hiking" },
    },
  ],
};

const EXPECTED = {
  nodes: [
    { id: 1, lon: 80_000_000, lat: 470_000_000, tags: {} },
    { id: 2, lon: 80_000_100, lat: -470_000_100, tags: { highway: "crossing", crossing: "zebra" } },
    { id: 20, lon: 5, lat: 6, tags: { natural: "peak" } },
    { id: 9_000_000_000, lon: -1_800_000_000, lat: 900_000_000, tags: { name: "Ort Ü" } },
  ],
  ways: [
    { id: 10, refs: [1, 2, 9_000_000_000, 1], tags: { highway: "path", name: "Weg" } },
    { id: 11, refs: [], tags: {} },
  ],
  relations: [
    {
      id: 30,
      members: [
        [1, 10, "outer"],
        [0, 2, ""],
        [2, 31, "sub"],
      ],
      tags: { type: "route", route: "hiking" },
    },
  ],
};

const collect = (...blocks: PbfBlock[]): OsmData => {
  const collector = createCollector();
  for (const block of blocks) collector.add(decodePrimitiveBlock(primitiveBlock(block)));
  return collector.finish();
};

describe("a block", () => {
  it("gives back every node, way, relation, tag and role", () => {
    expect(plainOf(collect(BLOCK))).toEqual(EXPECTED);
  });

  it("of another granularity and origin lands on the same places", () => {
    const osm = collect({
      granularity: 1000,
      lonOffset: 8_000_000_000,
      latOffset: 47_000_000_000,
      nodes: [{ id: 1, lon: 3, lat: 7 }],
    });
    expect([osm.node.lon[0], osm.node.lat[0]]).toEqual([80_000_030, 470_000_070]);
  });

  it("may have negative ids, as editors make them", () => {
    const osm = collect({
      nodes: [
        { id: -5, lon: 0, lat: 0 },
        { id: -4, lon: 9, lat: 9 },
      ],
      ways: [{ id: -7, refs: [-5, -4] }],
    });
    expect(plainOf(osm).ways).toEqual([{ id: -7, refs: [-5, -4], tags: {} }]);
  });

  it("may write the nodes' places at the ways", () => {
    const osm = collect({
      ways: [
        {
          id: 1,
          refs: [5, 3],
          places: [
            [50, 51],
            [30, 31],
          ],
          tags: { highway: "path" },
        },
        {
          id: 2,
          refs: [3, 4],
          places: [
            [30, 31],
            [40, 41],
          ],
          tags: { highway: "path" },
        },
      ],
    });
    expect(plainOf(osm).nodes).toEqual([
      { id: 3, lon: 30, lat: 31, tags: {} },
      { id: 4, lon: 40, lat: 41, tags: {} },
      { id: 5, lon: 50, lat: 51, tags: {} },
    ]);
    expect(osm.repairs).toEqual([]);
  });

  it("with places that are not on the earth leaves those nodes out and counts them", () => {
    const osm = collect({
      nodes: [
        { id: 1, lon: 1_800_000_001, lat: 0, tags: { name: "nowhere" } },
        { id: 2, lon: 1, lat: 1, tags: { name: "here" } },
        { id: 3, lon: 1, lat: -900_000_001 },
      ],
    });
    expect(plainOf(osm).nodes).toEqual([{ id: 2, lon: 1, lat: 1, tags: { name: "here" } }]);
    expect(osm.repairs).toMatchObject([{ code: "node-out-of-range", count: 2 }]);
  });

  it("refuses every truncation or gives a shorter block, and never reads beyond", () => {
    const bytes = primitiveBlock(BLOCK);
    for (let length = 0; length < bytes.length; length++) {
      try {
        decodePrimitiveBlock(bytes.slice(0, length));
      } catch (error) {
        expect(error).toMatchObject({ code: "OSM_FORMAT" });
      }
    }
  });
});

describe("the collector", () => {
  const codes = (osm: OsmData): Record<string, number> =>
    Object.fromEntries(osm.repairs.map((r) => [r.code, r.count]));

  it("keeps the last of equal ids, tags included, and sorts what is out of order", () => {
    const osm = collect(
      {
        nodes: [
          { id: 7, lon: 70, lat: 0, tags: { name: "old" } },
          { id: 3, lon: 30, lat: 0, tags: { name: "three" } },
        ],
        ways: [{ id: 2, refs: [7, 3], tags: { highway: "path" } }],
      },
      {
        nodes: [{ id: 7, lon: 71, lat: 0 }],
        ways: [
          { id: 1, refs: [3], tags: { name: "first" } },
          { id: 2, refs: [3, 7, 3], tags: { highway: "track" } },
        ],
        relations: [
          { id: 5, members: [{ type: 1, id: 1, role: "a" }], tags: { v: "1" } },
          { id: 5, members: [{ type: 1, id: 2, role: "b" }], tags: { v: "2" } },
        ],
      },
    );
    expect(plainOf(osm)).toEqual({
      nodes: [
        { id: 3, lon: 30, lat: 0, tags: { name: "three" } },
        { id: 7, lon: 71, lat: 0, tags: {} },
      ],
      ways: [
        { id: 1, refs: [3], tags: { name: "first" } },
        { id: 2, refs: [3, 7, 3], tags: { highway: "track" } },
      ],
      relations: [{ id: 5, members: [[1, 2, "b"]], tags: { v: "2" } }],
    });
    expect(codes(osm)).toEqual({ "duplicate-object": 3, "unsorted-object": 2 });
  });

  it("counts what an extract lacks", () => {
    const osm = collect({
      nodes: [{ id: 1, lon: 0, lat: 0 }],
      ways: [
        { id: 1, refs: [1, 2, 3, 1] },
        { id: 2, refs: [1] },
      ],
      relations: [
        {
          id: 1,
          members: [
            { type: 1, id: 1, role: "" },
            { type: 1, id: 9, role: "" },
          ],
        },
        { id: 2, members: [{ type: 0, id: 9, role: "" }] },
        { id: 3, members: [{ type: 2, id: 1, role: "" }] },
        { id: 4, members: [] },
      ],
    });
    expect(codes(osm)).toEqual({
      "missing-node": 2,
      "clipped-way": 1,
      "clipped-relation": 1,
      "broken-relation": 2,
    });
    expect(plainOf(osm).ways[0]).toMatchObject({ refs: [1, "missing", "missing", 1] });
    for (const repair of osm.repairs) expect(repair.message).toMatch(/ /);
  });

  it("gives an empty extract for no blocks", () => {
    const osm = createCollector().finish();
    expect([osm.node.id.length, osm.way.id.length, osm.relation.id.length]).toEqual([0, 0, 0]);
    expect(osm.bbox).toEqual([0, 0, 0, 0]);
  });
});

describe("frames", () => {
  const unpack = (blob: Blob): Uint8Array =>
    blob.compression === "raw" ? blob.packed : new Uint8Array(inflateSync(blob.packed));
  const blobsOf = (bytes: Uint8Array, pieceBytes: number): Blob[] => {
    const splitter = createBlobSplitter();
    const blobs: Blob[] = [];
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      blobs.push(...splitter.push(bytes.slice(at, at + pieceBytes)));
    }
    splitter.finish();
    return blobs;
  };

  it("are found whatever the pieces in which the bytes come", () => {
    const file = pbfFile([BLOCK, BLOCK], { timestampS: 1_700_000_000 });
    const whole = blobsOf(file, file.length);
    expect(whole.map((b) => b.type)).toEqual(["OSMHeader", "OSMData", "OSMData"]);
    expect(decodeHeaderBlock(unpack(whole[0]!)).timestampMs).toBe(1_700_000_000_000);
    expect(decodePrimitiveBlock(unpack(whole[1]!)).node.id.length).toBe(4);
    for (const pieceBytes of [1, 3, 7, 64]) expect(blobsOf(file, pieceBytes)).toEqual(whole);
  });

  it("may be unpacked already, and of a type that is for other readers", () => {
    const file = concat([pbfFile([BLOCK], { raw: true }), frame("Other", new Uint8Array(5))]);
    const blobs = blobsOf(file, 10);
    expect(blobs.map((b) => b.compression)).toEqual(["raw", "raw"]);
    expect(decodePrimitiveBlock(unpack(blobs[1]!)).way.id.length).toBe(2);
  });

  it("that are cut off are refused with the place", () => {
    const file = pbfFile([BLOCK]);
    for (const length of [1, 3, 10, file.length - 1]) {
      expect(() => blobsOf(file.slice(0, length), 16)).toThrow(/cut off: its last \d+ bytes/);
    }
  });

  it("that claim too much are refused before anything is allocated", () => {
    const header = (bytes: number): Uint8Array => {
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, bytes);
      return length;
    };
    for (const claim of [0, HEADER_BYTES_MAX + 1, 0xffffffff]) {
      expect(() => createBlobSplitter().push(header(claim))).toThrow(/header claims/);
    }
    // datasize 2^31 as a varint.
    const huge = Uint8Array.of(0x0a, 1, 0x41, 0x18, 0x80, 0x80, 0x80, 0x80, 0x08);
    expect(() => createBlobSplitter().push(concat([header(huge.length), huge]))).toThrow(
      `expected at most ${BLOB_BYTES_MAX}`,
    );
  });

  it("packed in a way that we do not unpack say so", () => {
    const body = Uint8Array.of((4 << 3) | 2, 1, 0);
    const head = Uint8Array.of(0x0a, 7, ...new TextEncoder().encode("OSMData"), 0x18, body.length);
    const file = concat([Uint8Array.of(0, 0, 0, head.length), head, body]);
    expect(() => createBlobSplitter().push(file)).toThrow(
      "packed with lzma; expected one of raw, zlib, zstd",
    );
  });

  it("of a history file, or one that demands what we lack, are refused", () => {
    const history = pbfFile([], { features: ["OsmSchema-V0.6", "HistoricalInformation"] });
    expect(() => decodeHeaderBlock(unpack(blobsOf(history, 999)[0]!))).toThrow("a history file");
    const future = pbfFile([], { features: ["OsmSchema-V0.7"] });
    expect(() => decodeHeaderBlock(unpack(blobsOf(future, 999)[0]!))).toThrow(
      "demands 'OsmSchema-V0.7'; Waymark knows OsmSchema-V0.6, DenseNodes",
    );
  });
});
