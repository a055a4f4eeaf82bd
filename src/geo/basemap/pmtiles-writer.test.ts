import { gzipSync, strFromU8, strToU8 } from "fflate";
import { PMTiles, type Source } from "pmtiles";
import { expect, test } from "vitest";
import { createRng, integer } from "../../base/rng.ts";
import { type EncodedTile, writePmtiles } from "./pmtiles-writer.ts";

/** The official reader over bytes in memory. */
function reader(bytes: Uint8Array): PMTiles {
  const source: Source = {
    getKey: () => "memory",
    getBytes: async (offset, length) => ({
      data: bytes.slice(offset, offset + length).buffer as ArrayBuffer,
    }),
  };
  return new PMTiles(source);
}

const tile = (z: number, x: number, y: number, text: string): EncodedTile => ({
  z,
  x,
  y,
  bytes: gzipSync(strToU8(text), { mtime: 0 }),
});

const meta = {
  bbox: [1.4, 42.4, 1.8, 42.7],
  minZoom: 0,
  maxZoom: 14,
  metadata: { name: "test", vector_layers: [{ id: "road" }] },
} as const;

async function textOf(archive: PMTiles, z: number, x: number, y: number): Promise<string | null> {
  const answer = await archive.getZxy(z, x, y);
  return answer ? strFromU8(new Uint8Array(answer.data)) : null;
}

test("is read back by the official reader, tile by tile", async () => {
  const archive = reader(
    writePmtiles([tile(1, 1, 0, "north-east"), tile(0, 0, 0, "world"), tile(1, 0, 1, "sw")], meta),
  );
  expect(await textOf(archive, 0, 0, 0)).toBe("world");
  expect(await textOf(archive, 1, 1, 0)).toBe("north-east");
  expect(await textOf(archive, 1, 0, 1)).toBe("sw");
  expect(await textOf(archive, 1, 1, 1)).toBeNull();
});

test("keeps bounds, zooms and metadata", async () => {
  const archive = reader(writePmtiles([tile(0, 0, 0, "world")], meta));
  const header = await archive.getHeader();
  expect(header).toMatchObject({
    specVersion: 3,
    minZoom: 0,
    maxZoom: 14,
    tileType: 1,
    clustered: true,
  });
  expect([header.minLon, header.minLat, header.maxLon, header.maxLat]).toEqual([...meta.bbox]);
  expect(await archive.getMetadata()).toMatchObject({ name: "test" });
});

test("stores equal tiles once and equal neighbours as one run", async () => {
  const same = Array.from({ length: 16 }, (_, i) => tile(4, i, 7, "sea"));
  const bytes = writePmtiles([...same, tile(4, 3, 3, "island")], meta);
  const header = await reader(bytes).getHeader();
  expect(header.numAddressedTiles).toBe(17);
  expect(header.numTileContents).toBe(2);
  expect(header.numTileEntries).toBeLessThan(17);
  for (let x = 0; x < 16; x++) expect(await textOf(reader(bytes), 4, x, 7)).toBe("sea");
});

test("moves to leaf directories when the root would not fit in 16 KiB", async () => {
  const many: EncodedTile[] = [];
  const rng = createRng(1);
  for (let x = 0; x < 128; x++) {
    // Lengths without a pattern do not compress, so the directory grows.
    for (let y = 0; y < 128; y++) {
      const noise = Uint8Array.from({ length: integer(rng, 600) }, () => 33 + integer(rng, 90));
      const bytes = gzipSync(strToU8(`${x}/${y} ${strFromU8(noise)}`), { level: 0, mtime: 0 });
      many.push({ z: 7, x, y, bytes });
    }
  }
  const archive = reader(writePmtiles(many, meta));
  const header = await archive.getHeader();
  expect(header.leafDirectoryLength ?? 0).toBeGreaterThan(0);
  expect(header.rootDirectoryOffset + header.rootDirectoryLength).toBeLessThanOrEqual(16_384);
  expect(await textOf(archive, 7, 5, 9)).toContain("5/9");
  expect(await textOf(archive, 7, 127, 127)).toContain("127/127");
});

test("gives the same bytes for the same tiles in another order", () => {
  const tiles = [tile(2, 1, 1, "a"), tile(2, 3, 0, "b"), tile(1, 0, 0, "c")];
  expect(writePmtiles([...tiles].reverse(), meta)).toEqual(writePmtiles(tiles, meta));
});
