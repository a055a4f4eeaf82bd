// Faults of our own on OSRM's routes: told to the log without the places that were asked for.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { openMemoryStore } from "../../../test/memory-store.ts";
import { openTestServer, type TestServer } from "../../../test/server.ts";
import { createJobQueue } from "../../platform/job/create-queue.ts";
import type { JobQueue } from "../../platform/job/queue.ts";
import type { Store } from "../../store/store.ts";
import type { WaymarkServer } from "../app.ts";
import type { Matching } from "../osrm/matching.ts";
import { OsrmProblem } from "../osrm/problem.ts";

const headers = { host: "localhost" };
const url = "/match/v1/foot/8.12345,47.12345;8.2,47.2?timestamps=1;2";
const faults: string[] = [];
let store: Store;
let queue: JobQueue;
let folder = "";
let test: TestServer;
let server: WaymarkServer;

beforeAll(async () => {
  store = await openMemoryStore();
  queue = await createJobQueue(store.database);
});
afterAll(async () => {
  await queue.stop(0);
  await store.close();
});

/** A server whose every question ends so. */
async function failing(error: unknown): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), "waymark-osrm-route-"));
  const matching: Matching = {
    answer: () => Promise.reject(error),
    networkVersion: undefined,
    load: { running: 0, waiting: 0 },
    close: async () => {},
  };
  test = await openTestServer({
    store,
    queue,
    mapFolder: folder,
    webFolder: folder,
    matching,
    onFault: (fault, where) => faults.push(`${where}: ${String(fault)}`),
  });
  server = test.server;
}

afterEach(async () => {
  await test.close();
  rmSync(folder, { recursive: true });
  faults.length = 0;
});

it("a fault of ours is a 500 without its reason, and no coordinate reaches the log", async () => {
  await failing(new TypeError("a bug"));
  const got = await server.http.inject({ url, headers });
  expect(got.statusCode).toBe(500);
  expect(got.json()).toMatchObject({ code: "ServerFault" });
  expect(got.body).not.toContain("a bug");
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain("a bug");
  expect(faults[0]).not.toContain("47.12345");
});

it("a busy server asks to come back, and tells no log", async () => {
  await failing(new OsrmProblem("Busy", "a hundred questions wait already"));
  const got = await server.http.inject({ url, headers });
  expect(got.statusCode).toBe(503);
  expect(got.headers["retry-after"]).toBe("1");
  expect(got.json()).toMatchObject({ code: "Busy" });
  expect(faults).toEqual([]);
});

it("a server without matching says so", async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-osrm-route-"));
  test = await openTestServer({ store, queue, mapFolder: folder, webFolder: folder });
  server = test.server;
  const got = await server.http.inject({ url, headers });
  expect(got.statusCode).toBe(503);
  expect(got.json()).toMatchObject({ code: "DisabledDataset" });
});

it("any page may ask with a body too, in nobody's name", async () => {
  await failing(new OsrmProblem("NoMatch", "asked"));
  for (const said of [{ origin: "https://map.example" }, { "sec-fetch-site": "cross-site" }]) {
    const got = await server.http.inject({
      method: "POST",
      url: "/match/v1/foot",
      headers: { ...headers, ...said, cookie: "waymark_session=x" },
      payload: { coordinates: "8.1,47.1;8.2,47.2" },
    });
    expect(got.json()).toMatchObject({ code: "NoMatch" });
    expect(got.headers["access-control-allow-origin"]).toBe("*");
  }
  expect(faults).toEqual([]);
});

it("whoever asks too fast is told when to come back", async () => {
  await failing(new OsrmProblem("NoMatch", "asked"));
  const { store, queue } = test;
  const hasty = await openTestServer({ store, queue, requestsPerMinute: 2 });
  const codes: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    const got = await hasty.server.http.inject({ url, headers });
    codes.push([got.statusCode, got.json().code]);
    if (i === 2) expect(Number(got.headers["retry-after"])).toBeGreaterThan(0);
  }
  await hasty.close();
  expect(codes.at(-1)).toEqual([429, "TooManyRequests"]);
});

it("another name of a server on loopback is refused in OSRM's shape", async () => {
  await failing(new Error("not reached"));
  const got = await server.http.inject({ url, headers: { host: "evil.example" } });
  expect(got.statusCode).toBe(400);
  expect(got.json()).toMatchObject({ code: "InvalidUrl" });
});
