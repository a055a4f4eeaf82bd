import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lakeActivity, villageOsm } from "../../test/e2e/small-world.ts";
import { openTestServer, seedActivities, signedIn, type TestServer } from "../../test/server.ts";
import { cutBasemap } from "../geo/basemap/index.ts";
import { tileAt } from "../geo/tile.ts";
import { activityDetailSchema, activityStreamsSchema, errorSchema } from "../schema/activity.ts";
import { activityListSchema, type Month } from "../schema/activity-list.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 4, 31, 22, 30);

let folder: string;
let harness: TestServer;
let server: TestServer["server"];
/** Ids of act-0 … act-24. */
let ids: string[];
let headers: Record<string, string>;
const progress = { phase: "ready", done: 0, total: 0, startedMs: 0 };
const faults: unknown[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-server-"));
  await mkdir(join(folder, "web", "assets"), { recursive: true });
  writeFileSync(join(folder, "web", "index.html"), "<!doctype html><title>Waymark</title>");
  writeFileSync(join(folder, "web", "assets", "app-1a2b.js"), "export {};");
  writeFileSync(join(folder, "secret.txt"), "secret");
  writeFileSync(join(folder, "basemap.pmtiles"), cutBasemap(villageOsm()));
  writeFileSync(
    join(folder, "map.json"),
    JSON.stringify({
      bbox: [8.6, 49.3, 8.8, 49.5],
      attribution: "© OpenStreetMap contributors",
      networkVersion: "village-1",
    }),
  );
  harness = await openTestServer({
    mapFolder: folder,
    webFolder: join(folder, "web"),
    progress,
    onFault: (error) => faults.push(error),
  });
  server = harness.server;
  const robin = await signedIn(harness, { name: "Robin Alder" });
  headers = robin.headers;
  ids = await seedActivities(
    harness.store,
    robin.athlete.id,
    Array.from({ length: 25 }, (_, i) =>
      lakeActivity({
        id: `act-${i}`,
        title: i === 3 ? "Übergang & <Grat>" : `Lap ${i}`,
        sport: i % 5 === 0 ? "ride" : "run",
        startMs: START - i * DAY,
        speed: 6,
      }),
    ),
  );
});
afterAll(async () => {
  await harness.close();
  rmSync(folder, { recursive: true });
});

const get = (url: string, more: Record<string, string> = {}) =>
  server.http.inject({ method: "GET", url, headers: { ...headers, ...more } });

describe("the list", () => {
  test("answers newest first, page by page, each activity once", async () => {
    const seen: string[] = [];
    let cursor = "";
    for (let page = 0; page < 5; page++) {
      const answer = await get(`/api/activities?limit=10${cursor && `&cursor=${cursor}`}`);
      const list = activityListSchema.parse(answer.json());
      seen.push(...list.activities.map(({ id }) => id));
      expect(list.total).toBe(25);
      if (list.next === null) break;
      cursor = encodeURIComponent(list.next);
    }
    expect(seen).toEqual(ids);
  });

  test("filters by sport, words without accents, and time", async () => {
    const rides = (await get("/api/activities?sport=ride")).json();
    expect(rides.total).toBe(5);
    expect(rides.sports).toEqual(["run", "ride"]);
    const words = (await get(`/api/activities?q=${encodeURIComponent("GRAT uber")}`)).json();
    expect(words.activities.map(({ id }: { id: string }) => id)).toEqual([ids[3]]);
    const recent = (await get(`/api/activities?from=${START - 2 * DAY}&to=${START}`)).json();
    expect(recent.activities.map(({ id }: { id: string }) => id)).toEqual([ids[1], ids[2]]);
  });

  test("sums months in the zone that the person lives in", async () => {
    const counts = async (zone: string) =>
      (await get(`/api/activities?limit=1&zone=${zone}`))
        .json()
        .months.map(({ month, count }: Month) => `${month}: ${count}`);
    expect(await counts("UTC")).toEqual(["2026-05: 25"]);
    expect(await counts("Europe/Paris")).toEqual(["2026-06: 1", "2026-05: 24"]);
  });

  test.each([
    ["limit=0", "limit"],
    ["limit=9999", "limit"],
    ["from=yesterday", "from"],
    ["cursor=%27;drop", "cursor"],
    ["zone=Atlantis/Harbour", "zone"],
    [`q=${"x".repeat(300)}`, "q"],
  ])("refuses ?%s and names what is wrong", async (query, word) => {
    const answer = await get(`/api/activities?${query}`);
    expect(answer.statusCode).toBe(400);
    const error = errorSchema.parse(answer.json());
    expect(error.code).toBe("USAGE");
    expect(error.message).toContain(`'${word}'`);
  });
});

describe("one activity", () => {
  test("is answered with its streams, in the shapes of the schema", async () => {
    const detail = activityDetailSchema.parse((await get(`/api/activities/${ids[3]}`)).json());
    expect(detail.match?.pieces.map(({ kind }) => kind)).toEqual(["matched", "off-network"]);
    const streams = activityStreamsSchema.parse(
      (await get(`/api/activities/${ids[3]}/streams`)).json(),
    );
    expect(streams.timeS.length).toBe(detail.points);
  });

  test("is exported as GPX that escapes its name and keeps heart rate", async () => {
    const answer = await get(`/api/activities/${ids[3]}.gpx`);
    expect(answer.headers["content-type"]).toContain("application/gpx+xml");
    expect(answer.headers["content-disposition"]).toMatch(
      /^attachment; filename="\d{4}-\d\d-\d\d-ubergang-grat\.gpx"$/,
    );
    expect(answer.body).toContain("<name>Übergang &amp; &lt;Grat&gt;</name>");
    expect(answer.body.match(/<trkpt /g)!.length).toBeGreaterThan(500);
    expect(answer.body).toMatch(/<gpxtpx:hr>\d+<\/gpxtpx:hr>/);
  });

  test("is exported as GeoJSON with the track and each piece", async () => {
    const answer = await get(`/api/activities/${ids[3]}.geojson`);
    expect(answer.headers["content-type"]).toContain("application/geo+json");
    const kinds = answer.json().features.map((f: { properties: { kind: string } }) => f.properties);
    expect(kinds.map(({ kind }: { kind: string }) => kind)).toEqual([
      "track",
      "matched",
      "off-network",
    ]);
  });

  test("is not found under a name that nothing has", async () => {
    const answer = await get("/api/activities/nobody");
    expect(answer.statusCode).toBe(404);
    expect(errorSchema.parse(answer.json()).code).toBe("NOT_FOUND");
  });

  test.each(["..%2F..%2Fetc%2Fpasswd", "%00", "a%20b", "x".repeat(180)])(
    "refuses the id %s before the store sees it",
    async (id) => {
      const answer = await get(`/api/activities/${id}`);
      expect([400, 404]).toContain(answer.statusCode);
      expect(errorSchema.parse(answer.json()).code).toMatch(/USAGE|NOT_FOUND/);
    },
  );

  test("hides the stack of a fault and tells it to the log", async () => {
    const id = Number(ids[24]);
    const { activities } = harness.store;
    const broken = { ...activities, get: () => Promise.reject(new Error("disk on fire")) };
    const other = await openTestServer({
      store: { ...harness.store, activities: broken },
      queue: harness.queue,
      onFault: (error) => faults.push(error),
    });
    const answer = await other.server.http.inject({ url: `/api/activities/${id}`, headers });
    await other.close();
    expect(answer.statusCode).toBe(500);
    expect(errorSchema.parse(answer.json()).code).toBe("SERVER_FAULT");
    expect(answer.body).not.toContain("disk on fire");
    expect(answer.body).not.toContain(".ts");
    expect((faults.at(-1) as Error).message).toBe("disk on fire");
  });
});

describe("the map", () => {
  test("says what it covers and whose data it is", async () => {
    expect((await get("/api/map")).json()).toMatchObject({
      bbox: [8.6, 49.3, 8.8, 49.5],
      attribution: "© OpenStreetMap contributors",
      networkVersion: "village-1",
    });
  });

  test("names its tiles in TileJSON and answers them", async () => {
    const tileJson = (await get("/tiles/base.json")).json();
    expect(tileJson).toMatchObject({ tilejson: "3.0.0", minzoom: 0, maxzoom: 14 });
    const { z, x, y } = tileAt(8.7, 49.4, 14);
    const url = new URL(tileJson.tiles[0].replace("{z}", z).replace("{x}", x).replace("{y}", y));
    const tile = await get(url.pathname + url.search);
    expect(tile.statusCode).toBe(200);
    expect(tile.headers["content-type"]).toBe("application/vnd.mapbox-vector-tile");
    expect(tile.rawPayload.includes("Lake Trail")).toBe(true);
  });

  test("goes on with the archive that it began with while another takes its place", async () => {
    const { z, x, y } = tileAt(8.7, 49.4, 14);
    const path = join(folder, "basemap.pmtiles");
    const codes = new Set<number>();
    for (let i = 1; i <= 40; i++) {
      const asked: ReturnType<typeof get>[] = [];
      for (let j = 1; j <= 10; j++) {
        asked.push(get(`/tiles/base/${z}/${x}/${y}.mvt`));
        // Between two reads of a question, now of this one and now of that.
        for (let k = 0; k < j; k++) await setImmediate();
        utimesSync(path, i, j);
      }
      for (const { statusCode } of await Promise.all(asked)) codes.add(statusCode);
    }
    expect([...codes]).toEqual([200]);
  });

  test("answers 204 for an empty tile and refuses one outside the world", async () => {
    expect((await get("/tiles/base/14/0/0.mvt")).statusCode).toBe(204);
    expect((await get("/tiles/base/2/9/0.mvt")).statusCode).toBe(400);
    expect((await get("/tiles/base/a/b/c.mvt")).statusCode).toBe(400);
  });

  test("says how to build a map where none is", async () => {
    const { store, queue } = harness;
    const bare = (await openTestServer({ store, queue })).server;
    for (const url of ["/api/map", "/tiles/base.json", "/tiles/base/0/0/0.mvt"]) {
      const answer = await bare.http.inject({ url, headers: { host: "localhost" } });
      expect(answer.statusCode).toBe(404);
      expect(answer.json().message).toContain("waymark map build");
    }
    const page = await bare.http.inject({ url: "/", headers: { host: "localhost" } });
    expect(page.statusCode).toBe(404);
    expect(page.json().message).toContain("npm run web");
    await bare.stop();
  });

  test("opens the archive again when a new map replaces it", async () => {
    const first = (await get("/tiles/base.json")).json().tiles[0];
    writeFileSync(join(folder, "basemap.pmtiles"), cutBasemap(villageOsm(), { maxZoom: 12 }));
    const second = (await get("/tiles/base.json")).json();
    expect(second.maxzoom).toBe(12);
    expect(second.tiles[0]).not.toBe(first);
    writeFileSync(join(folder, "basemap.pmtiles"), cutBasemap(villageOsm()));
  });
});

describe("the web app", () => {
  test("answers every address of the app with its page, never cached", async () => {
    for (const url of ["/", "/activities", "/activities/act-3?metric=pace"]) {
      const answer = await get(url);
      expect(answer.statusCode, url).toBe(200);
      expect(answer.body).toContain("<title>Waymark</title>");
      expect(answer.headers["cache-control"]).toBe("no-cache");
    }
  });

  test("lets browsers keep hashed assets", async () => {
    const answer = await get("/assets/app-1a2b.js");
    expect(answer.headers["content-type"]).toContain("javascript");
    expect(answer.headers["cache-control"]).toContain("immutable");
  });

  test("answers with what was compressed beforehand, to those who take it", async () => {
    writeFileSync(
      join(folder, "web", "assets", "app-1a2b.js.br"),
      brotliCompressSync("export {};"),
    );
    const packed = await get("/assets/app-1a2b.js", { "accept-encoding": "gzip, br" });
    expect(packed.headers["content-encoding"]).toBe("br");
    expect(packed.headers["content-type"]).toContain("javascript");
    expect(packed.headers["cache-control"]).toContain("immutable");
    expect(packed.headers.vary).toContain("accept-encoding");
    expect(brotliDecompressSync(packed.rawPayload).toString()).toBe("export {};");
    const plain = await get("/assets/app-1a2b.js", { "accept-encoding": "identity" });
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(plain.body).toBe("export {};");
  });

  test.each(["/api/nothing", "/assets/gone.js", "/tiles/other.json", "/favicon.png"])(
    "does not answer %s with a page",
    async (url) => {
      const answer = await get(url);
      expect(answer.statusCode).toBe(404);
      expect(errorSchema.parse(answer.json()).code).toBe("NOT_FOUND");
    },
  );

  test("never leaves its folder, whatever the path says", async () => {
    const address = await server.start(0);
    const port = Number(new URL(address).port);
    for (const path of [
      "/../secret.txt",
      "/..%2fsecret.txt",
      "/assets/..%5c..%5csecret.txt",
      "/%2e%2e/secret.txt",
    ]) {
      // A raw request: URL parsers would tidy the path first.
      const body = await new Promise<string>((resolve, reject) => {
        httpRequest({ port, path, host: "127.0.0.1" }, (answer) => {
          let text = "";
          answer.on("data", (part) => {
            text += part;
          });
          answer.on("end", () => resolve(text));
        })
          .on("error", reject)
          .end();
      });
      expect(body, path).not.toBe("secret");
    }
  });
});

describe("every answer", () => {
  test("lets the page load from its own origin alone", async () => {
    for (const url of ["/", "/api/map", "/api/nothing", "/tiles/base.json"]) {
      const { headers } = await get(url);
      expect(headers["content-security-policy"], url).toContain("default-src 'self'");
      expect(headers["content-security-policy"]).not.toMatch(/https?:/);
      expect(headers["x-content-type-options"]).toBe("nosniff");
    }
  });

  test("refuses a foreign name on loopback", async () => {
    const answer = await get("/api/activities", { host: "evil.example:9696" });
    expect(answer.statusCode).toBe(400);
    expect(answer.body).not.toContain("Lap 1");
    expect((await get("/api/map", { host: "127.0.0.1:9696" })).statusCode).toBe(200);
    expect((await get("/api/map", { host: "[::1]:9696" })).statusCode).toBe(200);
  });
});

test("tells how far the demo world is, and is ready when it is", async () => {
  expect((await get("/healthz")).json()).toEqual({ ok: true });
  Object.assign(progress, { phase: "matching recordings", done: 30, total: 120, startedMs: 5 });
  expect((await get("/api/status")).json()).toEqual(progress);
  expect((await get("/readyz")).statusCode).toBe(503);
  progress.phase = "ready";
  expect((await get("/readyz")).statusCode).toBe(200);
});
