// Recordings through the front door: streamed, bounded, counted once, and nothing left of one that broke off.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorkers, type Workers } from "../../src/jobs/start-workers.ts";
import { errorSchema } from "../../src/schema/activity.ts";
import { type UploadAnswer, uploadListSchema, uploadSchema } from "../../src/schema/upload.ts";
import { openFolderBlobStore } from "../../src/store/folder-blob-store.ts";
import { createStore } from "../../src/store/open-store.ts";
import { walkGpx } from "../cli/gpx.ts";
import { openMemoryDatabase } from "../memory-store.ts";
import { multipart, openTestServer, signedIn, type TestServer, withToken } from "../server.ts";

const MAX_BYTES = 3_000_000;
let harness: TestServer;
let workers: Workers;
let folder: string;
let url: string;
let ann: Awaited<ReturnType<typeof signedIn>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-upload-"));
  const store = createStore(await openMemoryDatabase(), openFolderBlobStore(join(folder, "blob")));
  harness = await openTestServer({ store, uploadMaxBytes: MAX_BYTES });
  const { queue } = harness;
  workers = await startWorkers({ store, queue, mapFolder: join(folder, "map"), threads: 1 });
  ann = await signedIn(harness, { name: "Ann" });
  url = await harness.server.start(0);
});
afterAll(async () => {
  await harness.close();
  await harness.queue.stop(0);
  await workers.close();
  await harness.store.close();
  rmSync(folder, { recursive: true });
});

const send = (
  name: string,
  bytes: Uint8Array | string,
  fields: Record<string, string> = {},
  headers = ann.headers,
) => {
  const body = multipart(fields, { name, bytes });
  return harness.server.http.inject({
    method: "POST",
    url: "/api/uploads",
    payload: body.payload as Buffer,
    headers: { ...headers, ...body.headers },
  });
};
const get = (path: string, headers: Record<string, string> = ann.headers) =>
  harness.server.http.inject({ url: path, headers });

async function settled(id: string): Promise<UploadAnswer> {
  for (;;) {
    const upload = uploadSchema.parse((await get(`/api/uploads/${id}`)).json());
    if (upload.status !== "received" && upload.status !== "processing") return upload;
    await sleep(50);
  }
}
const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");
/** Files that the blob store holds, half-written ones among them. */
const kept = () =>
  readdirSync(join(folder, "blob"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

it("twenty uploads of one file at once become one activity, and every one of them is answered", async () => {
  const bytes = walkGpx();
  const answers = await Promise.all(Array.from({ length: 20 }, () => send("walk.gpx", bytes)));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(
    Array.from({ length: 20 }, () => 201),
  );
  const ends = await Promise.all(answers.map((answer) => settled(answer.json().id)));
  const ids = new Set(ends.flatMap(({ activityIds }) => activityIds));
  expect(ids.size).toBe(1);
  expect(ends.every(({ status }) => status === "ready" || status === "duplicate")).toBe(true);
  expect((await get("/api/activities")).json().total).toBe(1);
  expect(kept()).toEqual([expect.stringContaining(sha256(bytes).slice(4))]);
  const list = uploadListSchema.parse((await get("/api/uploads?limit=5")).json());
  expect(list.uploads).toHaveLength(5);
  expect(list.next).not.toBeNull();
  expect(list.counts.received + list.counts.processing).toBe(0);
}, 60_000);

it("takes title, text, sport and who sees it from the fields", async () => {
  const fields = {
    name: "Über den Grat",
    description: "Föhn",
    sport_type: "TrailRun",
    visibility: "everyone",
    external_id: "watch-7",
  };
  const answer = await send("ridge.gpx", walkGpx({ startMs: Date.UTC(2024, 6, 1) }), fields);
  const { activityIds, externalId } = await settled(answer.json().id);
  expect(externalId).toBe("watch-7");
  expect((await get(`/api/activities/${activityIds[0]}`)).json()).toMatchObject({
    title: "Über den Grat",
    description: "Föhn",
    sport: "trail-run",
    visibility: "everyone",
    isOwn: true,
  });
});

it("follows the account's own choice of who sees what is new", async () => {
  await harness.store.athletes.update(ann.athlete.id, { visibility: "everyone" });
  const answer = await send("open.gpx", walkGpx({ startMs: Date.UTC(2024, 6, 2) }));
  const { activityIds } = await settled(answer.json().id);
  expect((await get(`/api/activities/${activityIds[0]}`)).json().visibility).toBe("everyone");
  await harness.store.athletes.update(ann.athlete.id, { visibility: "only_me" });
});

it.each([
  [{ data_type: "doc" }, "data_type"],
  [{ sport_type: "Quidditch" }, "Quidditch"],
  [{ mood: "good" }, "mood"],
  [{ visibility: "friends" }, "visibility"],
  [{ trainer: "maybe" }, "trainer"],
])("refuses the field %j and says which", async (fields: Record<string, string>, word) => {
  const answer = await send("walk.gpx", walkGpx(), fields);
  expect(answer.statusCode).toBe(400);
  expect(errorSchema.parse(answer.json()).message).toContain(word);
});

it("refuses an upload without a file, with an empty one, with two, and one that is no form", async () => {
  const form = multipart({ name: "x" });
  const ask = (payload: Buffer | string, type: string) =>
    harness.server.http.inject({
      method: "POST",
      url: "/api/uploads",
      payload,
      headers: { ...ann.headers, "content-type": type },
    });
  const type = form.headers["content-type"]!;
  expect((await ask(form.payload as Buffer, type)).json().message).toContain("'file'");
  expect((await send("empty.gpx", "")).json().code).toBe("TRACK_EMPTY");
  const one = (multipart({}, { name: "a.gpx", bytes: walkGpx() }).payload as Buffer).toString();
  const two = await ask(one.replace(/--\r\n$/, "\r\n").concat(one), type);
  expect(two.statusCode).toBeGreaterThanOrEqual(400);
  expect(two.statusCode).toBeLessThan(500);
  expect((await ask("{}", "application/json")).statusCode).toBe(406);
});

it("refuses a file above the limit and keeps nothing of it", async () => {
  const before = kept();
  const answer = await send("long.gpx", Buffer.alloc(MAX_BYTES + 1, "x"));
  expect(answer.statusCode).toBe(413);
  expect(errorSchema.parse(answer.json()).code).toBe("TRACK_TOO_LARGE");
  expect(kept()).toEqual(before);
});

it("keeps nothing of a file whose client goes away in mid-upload", async () => {
  const before = kept();
  const { total } = (await get("/api/activities")).json();
  const { uploads } = (await get("/api/uploads")).json();
  const body = multipart({}, { name: "half.gpx", bytes: Buffer.alloc(2_000_000, "y") });
  const bytes = body.payload as Buffer;
  const head = Object.entries({
    ...ann.headers,
    host: new URL(url).host,
    origin: url,
    ...body.headers,
    "content-length": String(bytes.length),
  })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  for (let i = 0; i < 5; i++) {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("connect", () => resolve(undefined)));
    socket.write(`POST /api/uploads HTTP/1.1\r\n${head}\r\n`);
    socket.write(bytes.subarray(0, 200_000 * (i + 1)));
    await sleep(50);
    socket.destroy();
  }
  await sleep(300);
  expect(kept()).toEqual(before);
  expect((await get("/api/activities")).json().total).toBe(total);
  expect((await get("/api/uploads")).json().uploads).toEqual(uploads);
  expect((await get("/healthz")).statusCode).toBe(200);
});

it("never lets a file's name leave its place", async () => {
  const answer = await send(
    "../../../../etc/cron.d/x.gpx",
    walkGpx({ startMs: Date.UTC(2024, 6, 3) }),
  );
  const upload = await settled(answer.json().id);
  expect(upload).toMatchObject({ fileName: "x.gpx", status: "ready" });
});

it("cuts hidden ends from all that others see, and from nothing of one's own", async () => {
  const startMs = Date.UTC(2024, 6, 4);
  const answer = await send("home.gpx", walkGpx({ seconds: 900, startMs }), {
    visibility: "everyone",
  });
  const { activityIds } = await settled(answer.json().id);
  const at = `/api/activities/${activityIds[0]}`;
  const whole = (await get(`${at}/streams`)).json();
  const changed = await harness.server.http.inject({
    method: "PATCH",
    url: at,
    headers: ann.headers,
    payload: { hiddenStartM: 300, hiddenEndM: 200 },
  });
  expect(changed.json()).toMatchObject({ hiddenStartM: 300, hiddenEndM: 200, isOwn: true });
  const ben = await signedIn(harness, { name: "Ben" });
  const home: number = whole.lat[0];
  const end: number = whole.lat.at(-1);
  const metres = (lat: number, from: number) => Math.abs(lat - from) * 111_195;

  const shown = (await get(`${at}/streams`, ben.headers)).json();
  // A third more at most, by an amount that nobody can guess.
  expect(metres(shown.lat[0], home)).toBeGreaterThan(299);
  expect(metres(shown.lat[0], home)).toBeLessThan(405);
  expect(metres(shown.lat.at(-1), end)).toBeGreaterThan(199);
  expect(shown.timeS[0]).toBe(0);
  expect(shown.distanceM[0]).toBe(0);
  const lats: number[] = [];
  const gpx = (await get(`${at}.gpx`, ben.headers)).body;
  for (const found of gpx.matchAll(/lat="([\d.]+)"/g)) lats.push(Number(found[1]));
  const { features } = (await get(`${at}.geojson`, ben.headers)).json();
  for (const { geometry } of features) for (const [, lat] of geometry.coordinates) lats.push(lat);
  const detail = (await get(at, ben.headers)).json();
  lats.push(detail.bbox[1], detail.bbox[3]);
  const { activities } = (await get("/api/activities", ben.headers)).json();
  const summary = activities.find((activity: { id: string }) => activity.id === activityIds[0]);
  lats.push(summary.bbox[1], summary.bbox[3]);
  const token = await withToken(harness, ben.athlete.id, ["activity:read"]);
  const strava = (await get(`/api/v3/activities/${activityIds[0]}`, token)).json();
  lats.push(strava.start_latlng[0], strava.end_latlng[0]);
  const latlng = (
    await get(`/api/v3/activities/${activityIds[0]}/streams?keys=latlng`, token)
  ).json();
  for (const [lat] of latlng.at(-1).data) lats.push(lat);
  // Nor does a token that may change it, but not read all, see more of its own athlete's.
  const writer = await withToken(harness, ann.athlete.id, ["activity:write"]);
  const touched = async (method: "PATCH" | "PUT", path: string, payload: object) => {
    const { http } = harness.server;
    return (await http.inject({ method, url: path, headers: writer, payload })).json();
  };
  const patched = await touched("PATCH", at, {});
  expect(patched).toMatchObject({ isOwn: false, hiddenStartM: null, uploadId: null, file: "" });
  lats.push(patched.bbox[1], patched.bbox[3]);
  const put = await touched("PUT", `/api/v3/activities/${activityIds[0]}`, {
    visibility: "only_me",
  });
  expect(put).toMatchObject({ visibility: "only_me", upload_id: null });
  lats.push(put.start_latlng[0], put.end_latlng[0]);
  expect(lats.length).toBeGreaterThan(1000);
  expect(Math.min(...lats.map((lat) => metres(lat, home)))).toBeGreaterThan(299);
  expect(Math.min(...lats.map((lat) => metres(lat, end)))).toBeGreaterThan(199);

  expect((await get(`${at}/streams`)).json()).toEqual(whole);
  await harness.server.http.inject({
    method: "PATCH",
    url: at,
    headers: ann.headers,
    payload: { visibility: "everyone" },
  });
  const back = { hiddenStartM: 0, hiddenEndM: 0 };
  await harness.server.http.inject({
    method: "PATCH",
    url: at,
    headers: ann.headers,
    payload: back,
  });
  expect((await get(`${at}/streams`, ben.headers)).json()).toEqual(whole);
  // Two changes of one end each, at once: both hold.
  const ends = [{ hiddenStartM: 300 }, { hiddenEndM: 200 }];
  await Promise.all(
    ends.map((payload) =>
      harness.server.http.inject({ method: "PATCH", url: at, headers: ann.headers, payload }),
    ),
  );
  const cut = (await get(`${at}/streams`, ben.headers)).json();
  expect(metres(cut.lat[0], home)).toBeGreaterThan(299);
  expect(metres(cut.lat.at(-1), end)).toBeGreaterThan(199);
  const twice = (await get("/api/activities", ben.headers)).json().activities;
  const drawn = twice.find((activity: { id: string }) => activity.id === activityIds[0]);
  for (const lat of [drawn.bbox[1], drawn.bbox[3]]) {
    expect(metres(lat, home)).toBeGreaterThan(299);
    expect(metres(lat, end)).toBeGreaterThan(199);
  }
  // Ends that meet leave nothing.
  const all = { hiddenStartM: 5000, hiddenEndM: 5000 };
  await harness.server.http.inject({
    method: "PATCH",
    url: at,
    headers: ann.headers,
    payload: all,
  });
  expect((await get(`${at}/streams`, ben.headers)).json().lat).toEqual([]);
  expect((await get(at, ben.headers)).json()).toMatchObject({ line: "", bbox: null, points: 0 });
});

it("gives everything back as one archive, and nothing of anybody else", async () => {
  const cid = await signedIn(harness, { name: "Cid" });
  const theirs = walkGpx({ startMs: Date.UTC(2024, 7, 1) });
  const answer = await send("cid.gpx", theirs, {}, cid.headers);
  await expect
    .poll(async () => (await get(`/api/uploads/${answer.json().id}`, cid.headers)).json().status, {
      timeout: 10_000,
    })
    .toBe("ready");
  const archive = await fetch(`${url}/api/export`, { headers: { cookie: ann.headers.cookie! } });
  expect(archive.headers.get("content-type")).toBe("application/zip");
  expect(archive.headers.get("content-disposition")).toMatch(/filename="waymark-[\d-]+\.zip"/);
  const files = unzipSync(new Uint8Array(await archive.arrayBuffer()));
  const names = Object.keys(files);
  const originals = names.filter((name) => name.startsWith("originals/"));
  const total = (await get("/api/activities")).json().total as number;
  expect(
    names.filter((name) => name.endsWith(".json") && name.startsWith("activities/")).length,
  ).toBe(
    (await harness.store.activities.page({ athleteId: ann.athlete.id, page: 1, perPage: 200 }))
      .length,
  );
  expect(total).toBeGreaterThan(3);
  // Each of them in every form.
  for await (const { number, sha256: hash } of harness.store.activities.all(ann.athlete.id)) {
    const json = JSON.parse(Buffer.from(files[`activities/${number}.json`]!).toString());
    expect(json.streams.timeS.length).toBe(json.points);
    const gpx = Buffer.from(files[`activities/${number}.gpx`]!).toString();
    expect(gpx.match(/<trkpt /g)).toHaveLength(json.points);
    const original = originals.find((name) => name.startsWith(`originals/${hash.slice(0, 12)}-`));
    expect(sha256(files[original!]!)).toBe(hash);
  }
  const walk = originals.find((name) => name.endsWith("walk.gpx"))!;
  expect(sha256(files[walk]!)).toBe(sha256(walkGpx()));
  expect(Object.values(files).some((bytes) => sha256(bytes) === sha256(theirs))).toBe(false);
  const account = JSON.parse(Buffer.from(files["account.json"]!).toString());
  expect(account).toMatchObject({ name: "Ann", uploads: expect.any(Array) });
  const gpx = Buffer.from(files[names.find((name) => name.endsWith(".gpx"))!]!).toString();
  expect(gpx).toContain("<gpx ");
  expect(names.every((name) => !name.includes(".."))).toBe(true);
});

it("deletes an activity with its bytes, after which the file may come again", async () => {
  const bytes = walkGpx({ startMs: Date.UTC(2024, 6, 9) });
  const first = await settled((await send("gone.gpx", bytes)).json().id);
  const at = `/api/activities/${first.activityIds[0]}`;
  const removed = await harness.server.http.inject({
    method: "DELETE",
    url: at,
    headers: ann.headers,
  });
  expect(removed.statusCode).toBe(204);
  expect((await get(at)).statusCode).toBe(404);
  expect(await harness.store.blobs.has(sha256(bytes))).toBe(false);
  const again = await settled((await send("gone.gpx", bytes)).json().id);
  expect(again.status).toBe("ready");
});
