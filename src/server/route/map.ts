/** `GET /api/map`: what the map covers, whose data it is and which network matches were made on. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { WaymarkError } from "../../base/error.ts";
import { errorSchema } from "../../schema/activity.ts";
import { type MapInfo, mapSchema } from "../../schema/map.ts";
import type { Context } from "../app.ts";
import { documented } from "../openapi.ts";

export function mapRoutes(http: FastifyInstance, { mapFolder }: Context): void {
  http.get("/api/map", documented(mapDocument), async (_request, reply): Promise<MapInfo> => {
    reply.header("cache-control", "no-cache");
    return await readMapInfo(mapFolder);
  });
}

const mapDocument = {
  tags: ["Map"],
  summary: "What the map covers",
  response: { 200: mapSchema, 404: errorSchema },
};

/**
 * @throws WaymarkError NOT_FOUND before a map is built, STORE_DAMAGED when map.json is not one
 */
async function readMapInfo(mapFolder: string): Promise<MapInfo> {
  let text: string;
  try {
    text = await readFile(join(mapFolder, "map.json"), "utf8");
  } catch (cause) {
    throw new WaymarkError(
      "NOT_FOUND",
      "no map is built yet; 'waymark map build FILE.osm.pbf' makes one",
      { cause },
    );
  }
  try {
    return mapSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new WaymarkError("STORE_DAMAGED", "map.json of the map folder cannot be read", { cause });
  }
}
