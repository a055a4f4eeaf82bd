// Files on disk: what readers make of each form, the real extracts, and what is refused.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { SHARED, shared } from "../../test/shared.ts";
import { buildNetwork } from "../geo/network/build.ts";
import { type PbfBlock, pbfFile } from "../geo/network/osm/pbf.fixture.ts";
import { plainOf } from "../geo/network/osm/plain.fixture.ts";
import { tagsOf } from "../geo/network/tags.ts";
import { readOsmFile } from "./read-osm.ts";

const folder = mkdtempSync(join(tmpdir(), "waymark-read-osm-"));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (name: string, content: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const BLOCK: PbfBlock = {
  nodes: [
    { id: 1, lon: 80_000_000, lat: 470_000_000 },
    { id: 2, lon: 80_001_000, lat: 470_000_000, tags: { barrier: "gate" } },
  ],
  ways: [{ id: 10, refs: [1, 2], tags: { highway: "path", name: "Höhenweg" } }],
  relations: [
    { id: 20, members: [{ type: 1, id: 10, role: "" }], tags: { type: "route", route: "hiking" } },
  ],
};
const XML = `<?xml version="1.0"?>
<osm version="0.6"><node id="1" lat="47" lon="8"/><node id="2" lat="47" lon="8.0001">
<tag k="barrier" v="gate"/></node><way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/>
<tag k="name" v="Höhenweg"/></way><relation id="20"><member type="way" ref="10" role=""/>
<tag k="type" v="route"/><tag k="route" v="hiking"/></relation></osm>`;

/** Bytes of a bzip2 file; undefined where the machine has no bzip2 to make them. */
const bzip2 = (text: string): Uint8Array | undefined => {
  const { status, stdout } = spawnSync("bzip2", ["-c"], { input: text });
  return status === 0 ? new Uint8Array(stdout) : undefined;
};

describe("the same map in every form", () => {
  const forms: [string, Uint8Array | string | undefined][] = [
    ["map.osm.pbf", pbfFile([BLOCK])],
    ["raw.osm.pbf", pbfFile([BLOCK], { raw: true })],
    ["map.osm", XML],
    ["map.osm.gz", gzipSync(XML)],
    ["map.osm.pbf.gz", gzipSync(pbfFile([BLOCK]))],
    ["map.osm.bz2", bzip2(XML)],
    ["no-ending", pbfFile([BLOCK])],
    ["wrong-ending.osm.pbf", XML],
    ["wrong-ending.osm", gzipSync(XML)],
  ];
  it.each(forms.filter(([, content]) => content !== undefined))("%s", async (name, content) => {
    const osm = await readOsmFile(put(name, content!), { threads: 1 });
    expect(plainOf(osm)).toEqual({
      nodes: [
        { id: 1, lon: 80_000_000, lat: 470_000_000, tags: {} },
        { id: 2, lon: 80_001_000, lat: 470_000_000, tags: { barrier: "gate" } },
      ],
      ways: [{ id: 10, refs: [1, 2], tags: { highway: "path", name: "Höhenweg" } }],
      relations: [{ id: 20, members: [[1, 10, ""]], tags: { type: "route", route: "hiking" } }],
    });
    expect(osm.repairs).toEqual([]);
  });

  /** Large enough for threads; every second block is large, so that its neighbours overtake it. */
  const large = pbfFile(
    Array.from(
      { length: 40 },
      (_, i): PbfBlock => ({
        nodes: Array.from({ length: i % 2 === 0 ? 8000 : 1 }, (_, n) => ({
          id: i * 10_000 + n + 1,
          lon: (n * 7_919_321) % 1_000_000_000,
          lat: (n * 7_919_317) % 500_000_000,
        })),
      }),
    ),
    { raw: true },
  );

  it("is joined in the order of the file, whichever thread is first", async () => {
    expect(large.length).toBeGreaterThan(2 ** 20);
    const osm = await readOsmFile(put("order.osm.pbf", large), { threads: 2 });
    expect(osm.node.id.length).toBe(20 * 8000 + 20);
    // Joined in another order, ids would come unsorted.
    expect(osm.repairs).toEqual([]);
  });

  it("damaged where a thread decodes it is refused with the place", async () => {
    const damaged = large.slice();
    damaged.fill(0xff, 600_000, 600_200);
    await expect(
      readOsmFile(put("damaged.osm.pbf", damaged), { threads: 2 }),
    ).rejects.toMatchObject({
      code: "OSM_FORMAT",
      message: expect.stringMatching(/damaged\.osm\.pbf: .*block at byte \d+/),
    });
  });

  it("tells how far it is", async () => {
    const seen: number[] = [];
    const path = put("progress.osm.pbf", pbfFile([BLOCK]));
    await readOsmFile(path, {
      threads: 1,
      onProgress: (done, all) => seen.push(done / all),
    });
    expect(seen.at(-1)).toBe(1);
  });
});

describe("what is no extract", () => {
  const refused = async (path: string): Promise<{ code: string; message: string }> => {
    const error = await readOsmFile(path, { threads: 1 }).then(
      () => undefined,
      (e: unknown) => e as { code: string; message: string },
    );
    expect(error, "it was read").toBeDefined();
    return error!;
  };
  const whole = pbfFile([BLOCK, BLOCK, BLOCK]);
  const flipped = whole.slice();
  flipped[whole.length - 40]! ^= 0xff;

  it.each<[string, Uint8Array | string, string]>([
    ["empty.osm.pbf", "", "is empty"],
    ["text.osm", "some words, no map", "none that Waymark knows"],
    ["page.osm.pbf", "<!DOCTYPE html><title>404</title>", "a web page"],
    ["track.osm", "<?xml version='1.0'?><gpx></gpx>", "XML of another kind (<gpx>)"],
    ["cut.osm.pbf", whole.slice(0, -30), "cut off"],
    ["cut.osm", XML.slice(0, -30), "cut off"],
    ["cut.osm.gz", gzipSync(XML).subarray(0, -12), "broken or cut off"],
    ["flipped.osm.pbf", flipped, "damaged"],
    ["tail.osm.pbf", Buffer.concat([whole, Buffer.from("tail!")]), "a block header claims"],
    ["twice.osm.gz", gzipSync(gzipSync(XML)), "packed twice"],
    ["packed.osm.zst", zstdCompressSync(XML), "zstd-packed; unpack it first"],
    ["entities.osm", '<!DOCTYPE x [<!ENTITY a "aaaa">]><osm/>', "declares a document type"],
    ["external.osm", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><osm/>', "declares a document type"],
  ])("%s", async (name, content, message) => {
    const path = put(name, content);
    const error = await refused(path);
    expect(error.code).toBe("OSM_FORMAT");
    expect(error.message).toContain(message);
    expect(error.message).toContain(path);
  });

  it("a bzip2 file that is cut off, or whose sum is wrong", async () => {
    const packed = bzip2(XML);
    if (!packed) return;
    for (let length = 4; length < packed.length; length += 1) {
      const cut = put("cut.osm.bz2", packed.slice(0, length));
      expect((await refused(cut)).message, `${length} bytes`).toContain("cut off");
    }
    // Two streams in a row are one file, as pbzip2 writes them.
    const halves = [XML.slice(0, 200), XML.slice(200)].map((text) => bzip2(text)!);
    const joined = await readOsmFile(put("two.osm.bz2", Buffer.concat(halves)));
    expect(joined.way.id.length).toBe(1);
    const wrong = packed.slice();
    wrong[20]! ^= 1;
    expect((await refused(put("wrong.osm.bz2", wrong))).code).toBe("OSM_FORMAT");
  });

  it("a block that unpacks to more than it says", async () => {
    // 30 MiB of zeros in a few kilobytes, claimed to be 100 bytes.
    const { deflateSync } = await import("node:zlib");
    const content = deflateSync(Buffer.alloc(30 << 20));
    const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)]);
    const blob = Buffer.concat([
      Buffer.from([0x10, 100, 0x1a, ...varint(content.length)]),
      content,
    ]);
    const head = Buffer.from([0x0a, 7, ...Buffer.from("OSMData"), 0x18, ...varint(blob.length)]);
    const file = Buffer.concat([pbfFile([BLOCK]), Buffer.from([0, 0, 0, head.length]), head, blob]);
    const error = await refused(put("bomb.osm.pbf", file));
    expect(error.code).toBe("OSM_FORMAT");
    expect(error.message).toContain("does not unpack");
  });

  it("a gzip bomb of white space ends early", async () => {
    const bombed = gzipSync(`<osm>${" ".repeat(64 << 20)}</osm>`);
    const error = await refused(put("bomb.osm.gz", bombed));
    expect(error.message).toContain("characters stand between two elements");
  });

  it("a file that is not there, and a folder", async () => {
    expect((await refused(join(folder, "absent.osm.pbf"))).code).toBe("FILE_READ");
    expect((await refused(folder)).code).toBe("FILE_READ");
  });
});

/** Nodes, ways, relations of ../shared/data/MANIFEST.md; undefined where it gives no figure. */
const EXTRACTS: [string, number, number, number | undefined][] = [
  ["andorra-2025-01-19.osm.pbf", 471_006, 24_607, 614],
  ["andorra-2023-05-02.osm.pbf", 370_798, 18_909, 496],
  ["andorra-2013-05-28.osm.pbf", 69_644, 2_725, 74],
  ["heidelberg-2024-09-08.osm.pbf", 221_009, 31_619, 1_700],
  ["liechtenstein-2015-07-27.osm.pbf", 142_832, 15_247, undefined],
  ["liechtenstein-2013-08-03.osm.bz2", 65_733, 7_121, 113],
  ["monaco-2016-03-05.osm.pbf", 180_118, 27_377, undefined],
  ["helsinki-centre-2019.osm.pbf", 55_746, 11_529, 1_047],
  ["north-bayreuth-2014.osm.gz", 58_631, 7_801, undefined],
  ["krems-2013.osm.gz", 15_042, 2_402, undefined],
  ["berlin-siegessaeule.osm.gz", 5_117, 418, undefined],
  ["dreieich-2022.osm.pbf", 24_828, 4_627, undefined],
];

describe.skipIf(SHARED === undefined)("real extracts (need ../shared)", () => {
  it.each(EXTRACTS)(
    "%s has %i nodes, %i ways and %s relations",
    async (name, nodes, ways, rels) => {
      const osm = await readOsmFile(shared("data", "osm", name), { threads: 1 });
      expect(osm.node.id.length).toBe(nodes);
      expect(osm.way.id.length).toBe(ways);
      if (rels !== undefined) expect(osm.relation.id.length).toBe(rels);
      const { network } = buildNetwork(osm);
      expect(network.edgeCount).toBeGreaterThan(100);
      for (let e = 0; e < network.edgeCount; e++) {
        if (!(network.lengthM[e]! > 0) || network.source[e] === network.target[e]) {
          expect.fail(`edge ${e} of way ${network.wayId[e]} has length ${network.lengthM[e]}`);
        }
      }
    },
  );

  it("Andorra 2025 has its highways, routes and restrictions", async () => {
    const osm = await readOsmFile(shared("data", "osm", EXTRACTS[0]![0]), { threads: 1 });
    let highways = 0;
    for (let w = 0; w < osm.way.id.length; w++) {
      if (tagsOf(osm.strings, osm.way, w).has("highway")) highways++;
    }
    const relations = { hiking: 0, bicycle: 0, restriction: 0 };
    for (let r = 0; r < osm.relation.id.length; r++) {
      const tags = tagsOf(osm.strings, osm.relation, r);
      const kind = tags.get("type") === "route" ? tags.get("route") : tags.get("type");
      if (kind === "hiking" || kind === "bicycle" || kind === "restriction") relations[kind]++;
    }
    expect(highways).toBe(7_763);
    expect(relations).toEqual({ hiking: 37, bicycle: 16, restriction: 76 });

    const { network, repairs } = buildNetwork(osm);
    const kinds = [0, 0, 0, 0];
    for (const kind of network.routeKind) kinds[kind]!++;
    // One superroute has its parts in the extract, and there is one mountain bike route.
    expect(kinds).toEqual([38, 16, 1, 0]);
    const left = repairs.find((r) => r.code === "broken-restriction")?.count ?? 0;
    expect(left).toBeLessThan(0.2 * 76);
  });

  const edge = SHARED === undefined ? [] : readdirSync(shared("data", "osm", "edge"));
  it.each(edge)("the edge case %s builds", async (name) => {
    const osm = await readOsmFile(shared("data", "osm", "edge", name), { threads: 1 });
    expect(buildNetwork(osm).network.edgeCount).toBeGreaterThan(0);
  });

  it("every truncation of a real file is refused", async () => {
    const bytes = readFileSync(shared("data", "osm", "edge", "roundabout.osm.pbf"));
    for (let length = 0; length < bytes.length; length += 97) {
      const path = put("truncated.osm.pbf", bytes.subarray(0, length));
      await expect(readOsmFile(path, { threads: 1 })).rejects.toMatchObject({ code: "OSM_FORMAT" });
    }
  });
});
