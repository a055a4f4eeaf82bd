import { gunzipSync } from "fflate";
import { PbfReader } from "pbf";
import { PMTiles } from "pmtiles";
import { describe, expect, test } from "vitest";
import { osmOf, villageOsm } from "../../../test/e2e/small-world.ts";
import { tileAt } from "../tile.ts";
import { cutBasemap } from "./cut.ts";
import { mapFeatures } from "./feature.ts";

/** Layer → features as tag records with their geometry type, by reading the protocol buffer alone. */
function readTile(mvt: Uint8Array): Map<string, Record<string, unknown>[]> {
  const layers = new Map<string, Record<string, unknown>[]>();
  new PbfReader(mvt).readFields<null>((field, _none, pbf) => {
    if (field !== 3) return;
    let name = "";
    const keys: string[] = [];
    const values: unknown[] = [];
    const features: { type: number; tags: number[] }[] = [];
    pbf.readMessage<null>((inner, _, layer) => {
      if (inner === 1) name = layer.readString();
      else if (inner === 2) {
        const feature = { type: 0, tags: [] as number[] };
        layer.readMessage<null>((part, __, message) => {
          if (part === 2) feature.tags = message.readPackedVarint([]);
          else if (part === 3) feature.type = message.readVarint();
        }, null);
        features.push(feature);
      } else if (inner === 3) keys.push(layer.readString());
      else if (inner === 4) {
        let value: unknown;
        layer.readMessage<null>((part, __, message) => {
          if (part === 1) value = message.readString();
          else if (part === 2) value = message.readFloat();
          else if (part === 3) value = message.readDouble();
          else if (part === 4 || part === 5) value = message.readVarint();
          else if (part === 6) value = message.readSVarint();
          else if (part === 7) value = message.readBoolean();
        }, null);
        values.push(value);
      }
    }, null);
    layers.set(
      name,
      features.map(({ type, tags }) => {
        const record: Record<string, unknown> = { geometryType: type };
        for (let i = 0; i < tags.length; i += 2) record[keys[tags[i]!]!] = values[tags[i + 1]!];
        return record;
      }),
    );
  }, null);
  return layers;
}

function open(bytes: Uint8Array): PMTiles {
  return new PMTiles(
    {
      getKey: () => "memory",
      getBytes: async (offset, length) => ({
        data: bytes.slice(offset, offset + length).buffer as ArrayBuffer,
      }),
    },
    undefined,
    // The reader's own decompression needs a browser stream; ours shows that the bytes are gzip.
    async (data) => gunzipSync(new Uint8Array(data)).buffer as ArrayBuffer,
  );
}

describe("a village", () => {
  const archive = open(cutBasemap(villageOsm()));
  const tile = async (lon: number, lat: number, z: number) => {
    const at = tileAt(lon, lat, z);
    const answer = await archive.getZxy(at.z, at.x, at.y);
    return readTile(new Uint8Array(answer!.data));
  };

  test("has a tile at every zoom from its first road to 14", async () => {
    for (let z = 7; z <= 14; z++) {
      const { x, y } = tileAt(8.7, 49.4135, z);
      expect(await archive.getZxy(z, x, y), `zoom ${z}`).toBeDefined();
    }
    expect((await archive.getHeader()).maxZoom).toBe(14);
  });

  test("shows the trail with its difficulty, the lake and its name", async () => {
    const { x: lon, y: lat } = { x: 8.7, y: 49.4 };
    const layers = await tile(lon, lat, 14);
    expect(layers.get("water")).toContainEqual(expect.objectContaining({ class: "lake" }));
    expect(layers.get("label")).toContainEqual(
      expect.objectContaining({ class: "water", name: "Mirror Lake" }),
    );
    const trail = layers.get("road")!.filter((road) => road.class === "path");
    expect(trail.length).toBeGreaterThan(0);
    expect(trail[0]).toMatchObject({ name: "Lake Trail", sac: 1, unpaved: true });
  });

  test("keeps buildings and lanes out of tiles that are looked at from afar", async () => {
    const far = await tile(8.7, 49.4135, 10);
    expect(far.has("building")).toBe(false);
    expect(far.get("road")!.map((road) => road.class)).not.toContain("minor");
    const near = await tile(8.7, 49.4139, 14);
    expect(near.get("building")!.length).toBeGreaterThan(0);
    expect(near.get("road")!.map((road) => road.class)).toContain("minor");
  });

  test("draws the wood with its clearing and puts nothing of our own words into a tile", async () => {
    const { layers } = mapFeatures(villageOsm());
    const wood = layers.landcover.find((feature) => feature.properties.class === "wood")!;
    expect(wood.geometry.type === "Polygon" && wood.geometry.coordinates.length).toBe(2);
    const drawn = await tile(8.682, 49.3874, 14);
    for (const features of drawn.values()) {
      for (const feature of features) expect(feature).not.toHaveProperty("minZoom");
    }
  });

  test("names the village and the summit with its height", async () => {
    const { layers } = mapFeatures(villageOsm());
    expect(layers.place[0]!.properties).toMatchObject({ class: "village", name: "Alderbrook" });
    expect(layers.peak[0]!.properties).toMatchObject({ name: "Crow Top", ele: 812 });
  });

  test("gives the same bytes each time", () => {
    expect(cutBasemap(villageOsm())).toEqual(cutBasemap(villageOsm()));
  });
});

describe("broken data", () => {
  const square = { 1: [0, 0], 2: [0.01, 0], 3: [0.01, 0.01], 4: [0, 0.01] } as const;

  test("counts a multipolygon that never closes and draws the rest", () => {
    const { layers, repairs } = mapFeatures(
      osmOf({
        nodes: square,
        ways: [
          { id: 1, refs: [1, 2, 3], tags: {} },
          { id: 2, refs: [1, 2, 3, 4, 1], tags: { landuse: "residential" } },
        ],
        relations: [
          {
            id: 1,
            tags: { type: "multipolygon", natural: "wood" },
            members: [
              { way: 1, role: "outer" },
              { way: 77, role: "outer" },
            ],
          },
        ],
      }),
    );
    expect(repairs).toEqual([expect.objectContaining({ code: "map-open-ring", count: 1 })]);
    expect(layers.landcover).toEqual([]);
    expect(layers.landuse.length).toBe(1);
  });

  test("passes over ways without nodes, areas without size and words of Object.prototype", () => {
    const osm = osmOf({
      nodes: square,
      ways: [
        { id: 1, refs: [], tags: { highway: "path" } },
        { id: 2, refs: [404, 405], tags: { highway: "path" } },
        { id: 3, refs: [1, 2, 1, 2, 1], tags: { building: "yes" } },
        { id: 4, refs: [1, 2], tags: { highway: "constructor", railway: "__proto__" } },
        { id: 5, refs: [1, 404, 3], tags: { highway: "track" } },
      ],
    });
    const { layers } = mapFeatures(osm);
    expect(layers.building).toEqual([]);
    expect(layers.road.map((road) => road.properties.class)).toEqual(["track"]);
    expect(cutBasemap(osm).length).toBeGreaterThan(127);
  });

  test("makes an archive without tiles of an extract that shows nothing", async () => {
    const archive = open(cutBasemap(osmOf({ nodes: square })));
    expect((await archive.getHeader()).numAddressedTiles).toBe(0);
    expect(await archive.getZxy(0, 0, 0)).toBeUndefined();
  });
});
