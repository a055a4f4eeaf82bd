/**
 * The base map's tiles: `/tiles/base/{z}/{x}/{y}.mvt` out of `basemap.pmtiles`, and the TileJSON 3.0
 * that names them. The archive is opened at the first question and again when the file changes; the
 * version in the tiles' address lets browsers keep them for good.
 */
import { type FileHandle, open, stat } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { PMTiles, type RangeResponse, type Source } from "pmtiles";
import { z } from "zod";
import { WaymarkError } from "../../base/error.ts";
import { isTile } from "../../geo/tile.ts";
import type { Context } from "../app.ts";
import { parse } from "../error-answer.ts";
import { documented, file } from "../openapi.ts";

const digits = z.string().regex(/^\d{1,8}$/, "is not a tile number");
const tileSchema = z.object({ z: digits, x: digits, y: digits });
const YEAR_S = 31_536_000;

const tileJsonDocument = {
  tags: ["Map"],
  summary: "TileJSON 3.0 of the base map",
  response: { 200: z.looseObject({ tilejson: z.string(), tiles: z.array(z.string()) }) },
};
const tileDocument = {
  tags: ["Map"],
  summary: "A vector tile of the base map; 204 where nothing is drawn",
  params: tileSchema,
  response: { 200: file("application/vnd.mapbox-vector-tile", "a tile") },
};

export function tileRoutes(http: FastifyInstance, { mapFolder }: Context): void {
  const archive = createArchive(join(mapFolder, "basemap.pmtiles"));
  http.addHook("onClose", async () => {
    await archive.close();
  });

  http.get("/tiles/base.json", documented(tileJsonDocument), async (request, reply) => {
    const { version, header, metadata } = await archive.use(async ({ tiles, version }) => ({
      version,
      header: await tiles.getHeader(),
      metadata: (await tiles.getMetadata()) as Record<string, unknown>,
    }));
    const origin = `${request.protocol}://${request.host}`;
    reply.header("cache-control", "no-cache");
    return {
      tilejson: "3.0.0",
      name: metadata.name,
      attribution: metadata.attribution,
      tiles: [`${origin}/tiles/base/{z}/{x}/{y}.mvt?v=${version}`],
      minzoom: header.minZoom,
      maxzoom: header.maxZoom,
      bounds: [header.minLon, header.minLat, header.maxLon, header.maxLat],
      vector_layers: metadata.vector_layers,
    };
  });

  http.get("/tiles/base/:z/:x/:y(^[^.]+).mvt", documented(tileDocument), async (request, reply) => {
    const words = parse(tileSchema, request.params, "the tile's address");
    const [zoom, x, y] = [Number(words.z), Number(words.x), Number(words.y)];
    if (!isTile(zoom, x, y)) {
      throw new WaymarkError("USAGE", `${zoom}/${x}/${y} is no tile of the world`);
    }
    const tile = await archive.use(({ tiles }) => tiles.getZxy(zoom, x, y));
    reply.header("cache-control", `public, max-age=${YEAR_S}, immutable`);
    if (!tile) return reply.code(204).send();
    return reply.type("application/vnd.mapbox-vector-tile").send(Buffer.from(tile.data));
  });
}

interface OpenArchive {
  readonly tiles: PMTiles;
  /** Changes with the file. */
  readonly version: string;
}

interface Archive {
  /** The file as it is now; it stays open until the work has ended, though another takes its place. */
  use<T>(work: (archive: OpenArchive) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

function createArchive(path: string): Archive {
  type Held = OpenArchive & { readonly handle: FileHandle; uses: number };
  let current: Held | undefined;
  let opening: Promise<Held> | undefined;
  const openNow = async (): Promise<Held> => {
    const found = await stat(path).catch(() => undefined);
    if (!found) {
      throw new WaymarkError(
        "NOT_FOUND",
        "no base map is built yet; 'waymark map build FILE.osm.pbf' makes one",
      );
    }
    const version = `${found.size.toString(36)}-${Math.round(found.mtimeMs).toString(36)}`;
    if (current?.version === version) return current;
    const handle = await open(path, "r");
    const old = current;
    current = { handle, version, uses: 0, tiles: new PMTiles(fileSource(handle, version)) };
    if (old?.uses === 0) await old.handle.close();
    return current;
  };
  return {
    async use(work) {
      // Questions that come together share one opening.
      opening ??= openNow().finally(() => {
        opening = undefined;
      });
      const held = await opening;
      held.uses++;
      try {
        return await work(held);
      } finally {
        held.uses--;
        if (held !== current && held.uses === 0) await held.handle.close();
      }
    },
    async close() {
      await current?.handle.close();
      current = undefined;
    },
  };
}

function fileSource(handle: FileHandle, key: string): Source {
  return {
    getKey: () => key,
    async getBytes(offset: number, length: number): Promise<RangeResponse> {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      return { data: bytes.buffer.slice(0, bytesRead) };
    },
  };
}
