// The npm client of Strava's API, pointed at a server of ours: it uploads a FIT file, waits for it, and
// reads, changes and lists the activity and its streams.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ride } from "../../src/geo/track/decode/fit-bytes.fixture.ts";
import { startWorkers, type Workers } from "../../src/jobs/start-workers.ts";
import { SCOPES } from "../../src/schema/account.ts";
import {
  stravaActivitySchema,
  stravaAthleteSchema,
  stravaFaultSchema,
  stravaStreamSchema,
  stravaSummarySchema,
  stravaUploadSchema,
} from "../../src/schema/strava.ts";
import { walkGpx, walkTcx } from "../cli/gpx.ts";
import { openTestServer, type TestServer, withToken } from "../server.ts";

/** The parts of the client that we call; its own types say nothing of its answers. */
interface StravaClient {
  readonly uploads: { post(args: object): Promise<Record<string, unknown>> };
  readonly activities: {
    get(args: object): Promise<unknown>;
    update(args: object): Promise<unknown>;
  };
  readonly athlete: {
    get(args: object): Promise<unknown>;
    listActivities(args: object): Promise<unknown>;
  };
  readonly streams: { activity(args: object): Promise<unknown> };
}

const require = createRequire(import.meta.url);
const strava = require("strava-v3") as StravaClient;
const { axiosInstance } = require("strava-v3/axiosUtility") as {
  axiosInstance: { defaults: { baseURL: string } };
};

let harness: TestServer;
let workers: Workers;
let folder: string;
let url: string;
let token: string;
let bearer: Record<string, string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-strava-"));
  harness = await openTestServer();
  const { store, queue } = harness;
  workers = await startWorkers({ store, queue, mapFolder: join(folder, "map"), threads: 1 });
  const { id } = await store.athletes.create({ name: "Ann Lee Alder" }, Date.now());
  bearer = await withToken(harness, id, SCOPES);
  token = bearer.authorization!.replace("Bearer ", "");
  url = await harness.server.start(0);
  // The client's address is written into it; this is the way that its tests take.
  axiosInstance.defaults.baseURL = `${url}/api/v3/`;
});
afterAll(async () => {
  await harness.server.stop();
  await harness.queue.stop(0);
  await workers.close();
  await harness.store.close();
  rmSync(folder, { recursive: true });
});

const api = (path: string, init: RequestInit = {}) =>
  fetch(`${url}/api/v3${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
  });

it("uploads a FIT file, waits for it and reads what became of it", async () => {
  const file = join(folder, "evening.fit");
  writeFileSync(file, ride(600).file());
  const sent = {
    file,
    data_type: "fit",
    name: "Round the lake",
    description: "Windy",
    access_token: token,
  };
  const upload = stravaUploadSchema.parse(
    await strava.uploads.post({ ...sent, sport_type: "GravelRide", maxStatusChecks: 60 }),
  );
  expect(upload).toMatchObject({
    status: "Your activity is ready.",
    error: null,
    external_id: "evening.fit",
  });
  const id = upload.activity_id!;
  const activity = stravaActivitySchema.parse(
    await strava.activities.get({ id, access_token: token }),
  );
  expect(activity).toMatchObject({
    id,
    upload_id: upload.id,
    external_id: "evening.fit",
    name: "Round the lake",
    description: "Windy",
    sport_type: "GravelRide",
    type: "Ride",
    private: true,
    visibility: "only_me",
  });
  expect(activity.distance).toBeGreaterThan(100);
  expect(activity.map.polyline!.length).toBeGreaterThan(activity.map.summary_polyline.length - 1);

  const keys = ["time", "latlng", "altitude"];
  const columns = (await strava.streams.activity({ id, keys, access_token: token })) as unknown[];
  const streams = columns.map((stream) => stravaStreamSchema.parse(stream));
  // Strava sends the distance along, whatever was asked.
  expect(streams.map(({ type }) => type)).toEqual(["time", "distance", "latlng", "altitude"]);
  expect(new Set(streams.map(({ data }) => data.length)).size).toBe(1);
  expect(streams[2]!.data[0]).toEqual(activity.start_latlng);

  // The same bytes again are the same activity; the client may have missed the first answer.
  const again = stravaUploadSchema.parse(
    await strava.uploads.post({ ...sent, maxStatusChecks: 60 }),
  );
  expect(again).toMatchObject({ activity_id: id, error: null });
});

it("knows whose token it is, lists activities by pages and times, and changes one", async () => {
  const day = 86_400_000;
  for (let i = 0; i < 3; i++) {
    const file = join(folder, `walk-${i}.gpx`);
    writeFileSync(file, walkGpx({ startMs: Date.UTC(2024, 4, 1) + i * day }));
    await strava.uploads.post({ file, data_type: "gpx", access_token: token, maxStatusChecks: 60 });
  }
  const copy = join(folder, "copy.tcx");
  writeFileSync(copy, walkTcx({ startMs: Date.UTC(2024, 4, 1) }));
  const copied = { file: copy, data_type: "tcx", access_token: token, maxStatusChecks: 60 };
  const { error } = stravaUploadSchema.parse(await strava.uploads.post(copied));
  expect(error).toMatch(/^copy\.tcx duplicate of activity \d+$/);
  const athlete = stravaAthleteSchema.parse(await strava.athlete.get({ access_token: token }));
  expect(athlete).toMatchObject({ firstname: "Ann", lastname: "Lee Alder" });
  const list = async (args: object) => {
    const said = await strava.athlete.listActivities({ access_token: token, ...args });
    return (said as unknown[]).map((summary) => stravaSummarySchema.parse(summary));
  };
  const before = Date.UTC(2024, 5, 1) / 1000;
  const all = await list({ before, after: Date.UTC(2024, 0, 1) / 1000 });
  expect(all.map(({ start_date }) => start_date.slice(0, 10))).toEqual([
    "2024-05-03",
    "2024-05-02",
    "2024-05-01",
  ]);
  const page = await list({ before, per_page: 2, page: 2 });
  expect(page[0]!.id).toBe(all[2]!.id);
  const after = await list({ after: Date.UTC(2024, 4, 2) / 1000 - 1, before });
  expect(after.map(({ id }) => id)).toEqual([all[0]!.id, all[1]!.id]);
  const id = all[0]!.id;
  const changed = await strava.activities.update({
    id,
    access_token: token,
    name: "Dawn walk",
    sport_type: "Hike",
    description: "Mist",
  });
  expect(stravaActivitySchema.parse(changed)).toMatchObject({
    name: "Dawn walk",
    sport_type: "Hike",
    description: "Mist",
  });
});

it("gives streams by type, thinned, and in the older form of the address", async () => {
  const [{ id }] = (await (await api("/athlete/activities")).json()) as [{ id: number }];
  const get = async <T>(path: string) =>
    (await (await api(`/activities/${id}${path}`)).json()) as T;
  const byType = await get<
    Record<string, { data: unknown[]; original_size: number; resolution: string }>
  >("/streams?keys=time,latlng&key_by_type=true&resolution=low");
  expect(Object.keys(byType)).toEqual(["time", "distance", "latlng"]);
  expect(byType.time!.data.length).toBe(Math.min(100, byType.time!.original_size));
  expect(byType.time!.resolution).toBe("low");
  const older = await get<{ type: string }[]>("/streams/time,distance");
  expect(older.map(({ type }) => type)).toEqual(["time", "distance"]);
  const timed = await get<{ type: string; series_type: string }[]>(
    "/streams/altitude?series_type=time",
  );
  expect(timed.every(({ series_type }) => series_type === "time")).toBe(true);
});

it("says in Strava's shape why a file became nothing", async () => {
  const file = join(folder, "poem.gpx");
  writeFileSync(file, "Whose woods these are");
  const upload = await strava.uploads.post({
    file,
    data_type: "gpx",
    access_token: token,
    maxStatusChecks: 60,
  });
  expect(upload).toMatchObject({
    status: "There was an error processing your activity.",
    activity_id: null,
  });
  expect(upload.error).toContain("the file is a text file");
});

it.each([
  ["/athlete", {}, 401, "access_token"],
  ["/activities/999999999", undefined, 404, ""],
  ["/activities/abc", undefined, 400, "id"],
  ["/uploads/999999999", undefined, 404, ""],
  ["/athlete/activities?per_page=9999", undefined, 400, "per_page"],
  ["/nothing", undefined, 404, ""],
])("refuses %s in Strava's shape with our code beside", async (path, headers, status, field) => {
  const answer = await fetch(`${url}/api/v3${path}`, { headers: headers ?? bearer });
  expect(answer.status).toBe(status);
  const fault = stravaFaultSchema.parse(await answer.json());
  expect(fault.errors[0]!.field).toBe(field);
  expect(fault.code).toMatch(/^(SIGN_IN_NEEDED|NOT_FOUND|USAGE)$/);
});

it("refuses unknown streams and sports with the choices", async () => {
  const [{ id }] = (await (await api("/athlete/activities")).json()) as [{ id: number }];
  const streams = stravaFaultSchema.parse(
    await (await api(`/activities/${id}/streams?keys=time,mood`)).json(),
  );
  expect(streams.choices).toContain("latlng");
  const change = await api(`/activities/${id}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sport_type: "Quidditch" }),
  });
  expect(stravaFaultSchema.parse(await change.json()).choices).toContain("trail-run");
});
