import fc from "fast-check";
import { zxyToTileId } from "pmtiles";
import { expect, test } from "vitest";
import { hilbertNumber, isTile, tileAt, tileBbox } from "./tile.ts";

const anyTile = fc.integer({ min: 0, max: 20 }).chain((z) =>
  fc.record({
    z: fc.constant(z),
    x: fc.integer({ min: 0, max: 2 ** z - 1 }),
    y: fc.integer({ min: 0, max: 2 ** z - 1 }),
  }),
);

test("numbers tiles along the Hilbert curve as the PMTiles reader does", () => {
  fc.assert(
    fc.property(anyTile, (tile) => {
      expect(hilbertNumber(tile)).toBe(zxyToTileId(tile.z, tile.x, tile.y));
    }),
    { numRuns: 500 },
  );
});

test("finds a tile again from the middle of what it covers", () => {
  fc.assert(
    fc.property(anyTile, (tile) => {
      const [west, south, east, north] = tileBbox(tile);
      expect(tileAt((west + east) / 2, (south + north) / 2, tile.z)).toEqual(tile);
    }),
  );
});

test("keeps places on the edge of the world inside the last tile", () => {
  expect(tileAt(180, -90, 3)).toEqual({ z: 3, x: 7, y: 7 });
  expect(tileAt(-180, 90, 3)).toEqual({ z: 3, x: 0, y: 0 });
});

test("tells a tile of the world from numbers that name none", () => {
  expect(isTile(14, 8256, 6081)).toBe(true);
  expect(isTile(2, 4, 0)).toBe(false);
  expect(isTile(2, -1, 0)).toBe(false);
  expect(isTile(2.5, 0, 0)).toBe(false);
  expect(isTile(99, 0, 0)).toBe(false);
});
