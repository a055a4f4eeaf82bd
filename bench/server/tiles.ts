/** The base map's tiles of a town, one after the other in no order, as many browsers ask for them. */
import { createRng, integer } from "../../src/base/rng.ts";
import { tileAt } from "../../src/geo/tile.ts";
import type { Ask } from "./open-loop.ts";
import type { WholeServer } from "./whole.ts";

interface TileJson {
  readonly tiles: readonly [string];
  readonly bounds: readonly [number, number, number, number];
  readonly minzoom: number;
  readonly maxzoom: number;
}

const LOWEST = 10;

export async function tileAsks(server: WholeServer): Promise<Ask[]> {
  const { bounds, minzoom, maxzoom, tiles } = await server.get<TileJson>("/tiles/base.json");
  const version = new URL(tiles[0]).search;
  const [west, south, east, north] = bounds;
  const asks: Ask[] = [];
  for (let z = Math.max(minzoom, LOWEST); z <= maxzoom; z++) {
    const first = tileAt(west, north, z);
    const last = tileAt(east, south, z);
    for (let x = first.x; x <= last.x; x++) {
      for (let y = first.y; y <= last.y; y++) {
        asks.push({ path: `/tiles/base/${z}/${x}/${y}.mvt${version}` });
      }
    }
  }
  const rng = createRng(3);
  for (let i = asks.length - 1; i > 0; i--) {
    const j = integer(rng, i + 1);
    [asks[i], asks[j]] = [asks[j]!, asks[i]!];
  }
  return asks;
}
