// What every engine promises of recordings and activities: kept whole, listed, seen by whom, deleted.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { createLogFollower } from "../../src/jobs/follow-log.ts";
import { decodeState, memberFeatures, onlineValues } from "../../src/platform/feature/index.ts";
import { activityDetailSchema, activityStreamsSchema } from "../../src/schema/activity.ts";
import { activityListSchema, activityQuerySchema } from "../../src/schema/activity-list.ts";
import type { Viewer } from "../../src/store/activities.ts";
import type { Athlete } from "../../src/store/athletes.ts";
import type { Store } from "../../src/store/store.ts";
import { keepFile, NOW, READER, sha256, storedActivity } from "./kept-recording.ts";
import { describeStores } from "./store-kinds.ts";

describeStores("activities", (kind) => {
  let store: Store;
  let ann: Athlete;
  let bob: Athlete;
  const asAnn = (): Viewer => ({ athleteId: ann.id });
  const asBob = (): Viewer => ({ athleteId: bob.id });
  const all: Viewer = { athleteId: null, seesAll: true };
  const list = (viewer: Viewer, query: Record<string, unknown> = {}) =>
    store.activities.list(activityQuerySchema.parse(query), viewer);
  const titles = async (viewer: Viewer, query: Record<string, unknown> = {}) =>
    (await list(viewer, query)).activities.map((activity) => activity.title);
  const keepOne = async (athlete: Athlete, title: string, startMs: number, more = {}) => {
    const kept = await keepFile(
      store,
      athlete.id,
      `${title}.fit`,
      [storedActivity("x", { title, startMs })],
      more,
    );
    return Number(kept.activities[0]!.id);
  };

  beforeAll(() => kind.begin());
  afterAll(() => kind.end());
  beforeEach(async () => {
    store = await kind.open();
    ann = await store.athletes.create({ name: "Ann" }, NOW);
    bob = await store.athletes.create({ name: "Bob" }, NOW);
  });
  afterEach(() => store.close());

  it("gives back what was kept, in the shapes of the wire", async () => {
    const activity = storedActivity("x", { rows: 500 });
    const kept = await keepFile(store, ann.id, "a.fit", [activity]);
    const id = Number(kept.activities[0]!.id);
    const { detail, ...ownership } = await store.activities.get(id, asAnn());
    expect(detail).toEqual({ ...activity.detail, id: String(id), athlete: "Ann" });
    expect(await store.activities.streams(id, asAnn())).toEqual(activity.streams);
    activityDetailSchema.parse(detail);
    activityStreamsSchema.parse(await store.activities.streams(id, asAnn()));
    expect(ownership).toMatchObject({
      number: id,
      athleteId: ann.id,
      visibility: "only_me",
      sha256: sha256("a.fit"),
      uploadId: null,
    });
  });

  it("keeps text that a database refuses, without what it refuses", async () => {
    const activity = storedActivity("x", { title: "a\0b \ud800 c 'quoted' \\ 100 %" });
    const detail = { ...activity.detail, device: "x\0y", file: "\udc00.fit" };
    const kept = await keepFile(store, ann.id, "a\0.fit", [{ ...activity, detail }]);
    const found = await store.activities.get(Number(kept.activities[0]!.id), asAnn());
    expect(found.detail.title).toBe("ab \ufffd c 'quoted' \\ 100 %");
    expect(found.detail.device).toBe("xy");
    expect(await titles(asAnn(), { q: "100 %" })).toHaveLength(1);
    expect(await titles(asAnn(), { q: "_0 \\" })).toHaveLength(0);
    expect(await titles(asAnn(), { q: "\\ 'QUOTED'" })).toHaveLength(1);
  });

  it("keeps unknown values unknown and absent columns absent", async () => {
    const { detail } = storedActivity("x", { rows: 4 });
    const streams = {
      timeS: [0, 1, 2, 3],
      distanceM: [0, 2.5, 5, 7.5],
      lon: [null, null, null, null],
      lat: [null, null, null, null],
      heartRateBpm: [null, 120, null, 131],
      isMoving: [0, 1, 1, 1],
    };
    const indoor = { ...detail, bbox: null, gainM: null, line: "", match: null };
    const kept = await keepFile(store, ann.id, "a.fit", [{ detail: indoor, streams }]);
    const id = Number(kept.activities[0]!.id);
    expect(await store.activities.streams(id, asAnn())).toEqual(streams);
    expect((await store.activities.get(id, asAnn())).detail).toMatchObject({
      bbox: null,
      gainM: null,
      match: null,
    });
  });

  it("lists newest first in pages that stay right when others come and go", async () => {
    const ids: number[] = [];
    for (let i = 0; i < 7; i++) ids.push(await keepOne(ann, `t${i}`, NOW + (i >> 1) * 1e9 + i));
    const first = activityListSchema.parse(await list(asAnn(), { limit: 3 }));
    expect(first.activities.map((a) => a.title)).toEqual(["t6", "t5", "t4"]);
    await keepOne(ann, "newest", NOW + 9e9);
    await store.activities.remove(ids[4]!, asAnn(), 1);
    const second = await list(asAnn(), { limit: 3, cursor: first.next });
    expect(second.activities.map((a) => a.title)).toEqual(["t3", "t2", "t1"]);
    const third = await list(asAnn(), { limit: 3, cursor: second.next });
    expect(third.activities.map((a) => a.title)).toEqual(["t0"]);
    expect(third.next).toBeNull();
    expect(third.total).toBe(7);
    await expect(list(asAnn(), { cursor: "1; drop table" })).rejects.toMatchObject({
      code: "USAGE",
    });
  });

  it("filters by sport, athlete, time and words, and sums what is left by month", async () => {
    const november = Date.UTC(2026, 10, 30, 23, 30);
    await keepOne(ann, "Morgenlauf Schönbrunn", november);
    await keepOne(ann, "Ride home", november + 3_600_000);
    await keepOne(bob, "Bob's run", november - 40 * 86_400_000);
    expect(await titles(all, { q: "SCHONBRUNN ann" })).toEqual(["Morgenlauf Schönbrunn"]);
    expect(await titles(all, { q: "bob" })).toEqual(["Bob's run"]);
    expect(await titles(all, { athlete: "Bob" })).toEqual(["Bob's run"]);
    expect(await titles(all, { sport: "ride" })).toEqual([]);
    expect(await titles(all, { from: november, to: november + 1 })).toHaveLength(1);
    const months = async (zone: string) =>
      (await list(all, { zone })).months.map(({ month, count }) => [month, count]);
    expect(await months("UTC")).toEqual([
      ["2026-12", 1],
      ["2026-11", 1],
      ["2026-10", 1],
    ]);
    expect(await months("Asia/Kolkata")).toEqual([
      ["2026-12", 2],
      ["2026-10", 1],
    ]);
    const { months: sums, sports, stored } = await list(all, { athlete: "Ann" });
    const distances = (await list(all, { athlete: "Ann" })).activities.map((a) => a.distanceM);
    expect(sums.reduce((sum, m) => sum + m.distanceM, 0)).toBeCloseTo(
      distances.reduce((sum, m) => sum + m, 0),
      6,
    );
    expect(sports).toEqual(["run"]);
    expect(stored).toBe(3);
    await expect(list(all, { zone: "Mars/Olympus" })).rejects.toMatchObject({ code: "USAGE" });
  });

  it("sums by month across centuries without walking through them", async () => {
    for (const [title, date] of [
      ["year 100", "0100-03-05"],
      ["autumn", "2025-10-31"],
      ["November", "2025-11-01"],
      ["its end", "2025-11-30"],
      ["far ahead", "9999-02-01"],
    ] as const) {
      await keepOne(ann, title, Date.parse(`${date}T12:00:00Z`));
    }
    const started = performance.now();
    const { months, total } = await list(asAnn());
    expect(performance.now() - started).toBeLessThan(1000);
    expect(total).toBe(5);
    expect(months.map(({ month, count }) => [month, count])).toEqual([
      ["9999-02", 1],
      ["2025-11", 2],
      ["2025-10", 1],
      [expect.stringContaining("100-03"), 1],
    ]);
    const inAuckland = await list(asAnn(), { zone: "Pacific/Auckland" });
    expect(inAuckland.months.map(({ count }) => count)).toEqual([1, 1, 2, 1]);
  });

  it("finds nothing by text that no database holds", async () => {
    await keepOne(ann, "run", NOW);
    for (const name of ["sport", "athlete", "q"]) {
      expect((await list(asAnn(), { [name]: "a\0b" })).total).toBe(0);
    }
  });

  it("shows others only what is visible to everyone, and changes nothing for them", async () => {
    const secret = await keepOne(ann, "secret", NOW);
    const open = await keepOne(ann, "open", NOW + 1e7, { fields: { visibility: "everyone" } });
    for (const viewer of [asBob(), { athleteId: null }]) {
      expect(await titles(viewer)).toEqual(["open"]);
      expect((await list(viewer)).stored).toBe(1);
      expect((await store.activities.get(open, viewer)).athleteId).toBe(ann.id);
      await expect(store.activities.get(secret, viewer)).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
      await expect(store.activities.streams(secret, viewer)).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
      await expect(
        store.activities.update(open, { title: "mine" }, viewer, NOW),
      ).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(store.activities.remove(open, viewer, 1)).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
    }
    expect(await titles(asAnn())).toEqual(["open", "secret"]);
    expect(await titles(all)).toEqual(["open", "secret"]);
  });

  it("shows others the line without its hidden ends", async () => {
    const id = await keepOne(ann, "home", NOW, { fields: { visibility: "everyone" } });
    const shared = { line: "_p~iF", bbox: [1, 2, 3, 4] as const };
    const changed = await store.activities.update(
      id,
      { hiddenStartM: 200, hiddenEndM: 150.5, shared },
      asAnn(),
      NOW + 5,
    );
    expect(changed).toMatchObject({ hiddenStartM: 200, hiddenEndM: 150.5, updatedMs: NOW + 5 });
    expect((await list(asBob())).activities[0]).toMatchObject({
      line: "_p~iF",
      bbox: [1, 2, 3, 4],
    });
    expect((await list(asAnn())).activities[0]!.line).toBe(changed?.detail.line);
    const late = { hiddenStartM: 0, shared: null, hiddenBefore: [0, 150.5] } as const;
    expect(await store.activities.update(id, late, asAnn(), NOW)).toBeUndefined();
    expect(await store.activities.get(id, asAnn())).toMatchObject({ hiddenStartM: 200, shared });
    await store.activities.update(
      id,
      { hiddenStartM: 0, shared: null, hiddenBefore: [200, 150.5] },
      asAnn(),
      NOW,
    );
    expect((await list(asBob())).activities[0]!.line).toBe(changed?.detail.line);
  });

  it("adds nothing when the same bytes come again, and keeps what the athlete chose", async () => {
    const id = await keepOne(ann, "one", NOW);
    await store.activities.update(id, { title: "Mine", visibility: "everyone" }, asAnn(), NOW);
    const again = await keepFile(
      store,
      ann.id,
      "renamed.fit",
      [storedActivity("x", { rows: 20, startMs: NOW })],
      {
        bytes: "one.fit",
        reader: { engine: 2, networkVersion: undefined },
      },
    );
    expect(again.activities.map((a) => a.id)).toEqual([String(id)]);
    const { detail, visibility } = await store.activities.get(id, asAnn());
    expect(detail).toMatchObject({ title: "Mine", points: 20 });
    expect(visibility).toBe("everyone");
    expect((await list(asAnn())).total).toBe(1);
    expect(await store.recordings.known(READER)).toEqual(new Map());
    expect(await store.recordings.known({ engine: 2, networkVersion: undefined })).toEqual(
      new Map([[ann.id, new Set([sha256("one.fit")])]]),
    );
  });

  it("recognises the same activity in another file, of the same athlete alone", async () => {
    const id = await keepOne(ann, "one", NOW);
    const other = await keepFile(store, ann.id, "one.gpx", [storedActivity("y", { startMs: NOW })]);
    expect(other.activities[0]).toMatchObject({ id: String(id), duplicateOf: String(id) });
    const bobs = await keepFile(store, bob.id, "one.gpx", [storedActivity("y", { startMs: NOW })]);
    expect(bobs.activities[0]!.duplicateOf).toBeUndefined();
    expect((await list(all)).total).toBe(2);
  });

  it("keeps one of many that are kept at once", async () => {
    const kept = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        keepFile(store, ann.id, `${i}.fit`, [storedActivity("x", { startMs: NOW })]),
      ),
    );
    expect(new Set(kept.map((file) => file.activities[0]!.id)).size).toBe(1);
    expect((await list(all)).total).toBe(1);
  });

  it("drops what an earlier reading of the same bytes found and this one does not", async () => {
    const day = (i: number) =>
      storedActivity("x", { title: `d${i}`, startMs: NOW + i * 86_400_000 });
    await keepFile(store, ann.id, "a.fit", [day(0), day(1), day(2)]);
    await keepFile(store, ann.id, "a.fit", [day(0), day(2)]);
    expect(await titles(asAnn())).toEqual(["d2", "d0"]);
  });

  it("leaves nothing when keeping fails half-way", async () => {
    const recording = keepFile(store, ann.id, "a.fit", [
      storedActivity("x", { startMs: NOW }),
      // A row that the database refuses.
      {
        ...storedActivity("y", { startMs: NOW + 1e9 }),
        detail: { ...storedActivity("y").detail, points: 1e12 },
      },
    ]);
    await expect(recording).rejects.toThrow();
    expect((await list(all)).total).toBe(0);
    expect(await store.recordings.find(ann.id, sha256("a.fit"))).toBeUndefined();
  });

  it("deletes an activity with its bytes, and takes it again when it is sent again", async () => {
    const id = await keepOne(ann, "one", NOW);
    await keepFile(store, ann.id, "one.gpx", [storedActivity("y", { startMs: NOW })]);
    await store.activities.remove(id, asAnn(), 1);
    expect((await list(all)).stored).toBe(0);
    await expect(store.activities.get(id, all)).rejects.toMatchObject({ code: "NOT_FOUND" });
    for (const table of ["activity_stream", "match", "recording", "blob"] as const) {
      expect(await store.database.sql.selectFrom(table).selectAll().execute()).toEqual([]);
    }
    expect(await store.blobs.has(sha256("one.fit"))).toBe(false);
    expect(await store.blobs.has(sha256("one.gpx"))).toBe(false);
    const again = await keepOne(ann, "one", NOW);
    expect(await titles(asAnn())).toEqual(["one"]);
    expect(again).not.toBe(id);
  });

  it("keeps the bytes of an upload that waits when what it repeats is deleted", async () => {
    const blob = await store.blobs.put(Buffer.from("again.fit"));
    const name = { athleteId: ann.id, blob, fileName: "again.fit" };
    const first = await store.uploads.receive({ ...name, fields: { description: "mine" } }, NOW);
    const id = await keepOne(ann, "again", NOW, { uploadId: first.id });
    const second = await store.uploads.receive(name, NOW);
    await store.activities.remove(id, asAnn(), 1);
    expect(await store.uploads.get(first.id)).toMatchObject({ sha256: null, fields: {} });
    expect((await store.uploads.get(second.id)).sha256).toBe(blob.sha256);
    expect(await store.blobs.has(blob.sha256)).toBe(true);
    // Read now, it is an activity of its own.
    const anew = await keepOne(ann, "again", NOW, { uploadId: second.id });
    expect((await store.uploads.get(second.id)).activityIds).toEqual([anew]);
  });

  it("keeps bytes that another athlete has too, until both are gone", async () => {
    const id = await keepOne(ann, "one", NOW);
    await keepOne(bob, "one", NOW);
    await store.activities.remove(id, asAnn(), 1);
    expect(await store.blobs.has(sha256("one.fit"))).toBe(true);
    await store.athletes.remove(bob.id, 1);
    expect(await store.blobs.has(sha256("one.fit"))).toBe(false);
    expect((await list(all)).total).toBe(0);
  });

  it("takes the event of an activity out of the log with it, and what followed from it", async () => {
    const ids = [await keepOne(ann, "one", NOW), await keepOne(ann, "two", NOW + 1e7)];
    const [member, other] = (await store.members.resolve(
      [[{ kind: "athlete", value: String(ann.id) }], [{ kind: "user", value: "bob" }]],
      NOW,
    )) as [number, number];
    await store.events.append(
      ids.map((id, i) => ({
        source: "recording" as const,
        messageId: `activity:${id}`,
        memberId: member,
        kind: "activity",
        eventMs: NOW + i * 1e7,
        createdMs: NOW + i * 1e7,
        value: 1000,
        payload: { activityId: id },
      })),
    );
    await store.events.append([
      {
        source: "segment",
        messageId: `activity:${ids[0]}`,
        memberId: other,
        kind: "track:Application Opened",
        eventMs: NOW,
        createdMs: NOW,
        payload: {},
      },
    ]);
    const follower = createLogFollower({ store, now: () => NOW + 2e7 });
    const count = async () => {
      await follower.catchUp();
      const { state } = (await store.featureStates.get([member])).get(member)!;
      const values = onlineValues(memberFeatures, decodeState(memberFeatures, state)!, NOW + 2e7);
      return values[memberFeatures.names.indexOf("recordings_7d")];
    };
    expect(await count()).toBe(2);
    await expect(store.activities.remove(ids[0]!, asBob(), NOW)).rejects.toThrow();
    expect(await count()).toBe(2);
    await store.activities.remove(ids[0]!, asAnn(), NOW + 3e7);
    expect(await count()).toBe(1);
    expect((await store.events.read(0, 10)).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(await store.featureStates.changesSince(NOW + 3e7)).toMatchObject({ erasedEvents: [1] });
    expect([...(await store.featureStates.changedLogs(NOW))]).toEqual([[member, NOW + 3e7]]);
    // The account goes, and the member who it is only on request.
    await store.athletes.remove(ann.id, NOW + 4e7);
    expect((await store.events.read(0, 10)).map(({ seq }) => seq)).toEqual([3]);
    expect(await store.members.count()).toBe(2);
  });

  it("pages as Strava does, and walks everything for an export", async () => {
    for (let i = 0; i < 5; i++) await keepOne(ann, `t${i}`, NOW + i * 1e7);
    await keepOne(bob, "bob", NOW);
    const page = async (options: object) =>
      (await store.activities.page({ athleteId: ann.id, page: 1, perPage: 2, ...options })).map(
        ({ summary }) => summary.title,
      );
    expect(await page({})).toEqual(["t4", "t3"]);
    expect(await page({ page: 3 })).toEqual(["t0"]);
    expect(await page({ beforeMs: NOW + 2e7 })).toEqual(["t1", "t0"]);
    expect(await page({ afterMs: NOW })).toEqual(["t1", "t2"]);
    const exported: string[] = [];
    for await (const { summary } of store.activities.all(ann.id)) exported.push(summary.title);
    expect(exported).toEqual(["t0", "t1", "t2", "t3", "t4"]);
  });

  it("serves old matches until the new network's are ready", async () => {
    const activity = storedActivity("x", { startMs: NOW });
    const match = {
      networkVersion: "net-1",
      profile: "foot",
      sigmaM: 4,
      rmsM: 2,
      pieces: [
        {
          kind: "matched" as const,
          reason: null,
          firstPoint: 0,
          lastPoint: 9,
          lengthM: 27,
          confidence: 0.9,
          line: "_p~iF",
          names: ["High Street"],
        },
      ],
    };
    const kept = await keepFile(store, ann.id, "a.fit", [
      { ...activity, detail: { ...activity.detail, match, matchedM: 27, offNetworkM: 3 } },
      {
        ...storedActivity("y", { startMs: NOW + 1e9 }),
        detail: { ...storedActivity("y").detail, startMs: NOW + 1e9, hasPosition: false },
      },
    ]);
    const id = Number(kept.activities[0]!.id);
    const found = async () => (await store.activities.get(id, asAnn())).detail;
    expect((await found()).match).toEqual(match);
    await store.recordings.serveNetwork("net-1", NOW);
    expect(await store.recordings.servedNetwork()).toBe("net-1");

    expect(await store.recordings.unmatched("net-2", { after: 0, limit: 10 })).toEqual([id]);
    expect(await store.recordings.unmatched("net-1", { after: 0, limit: 10 })).toEqual([]);
    const newer = { ...match, networkVersion: "net-2", sigmaM: 5 };
    await store.recordings.keepMatch(
      { activityId: id, networkVersion: "net-2", match: newer, matchedM: 20, offNetworkM: 10 },
      NOW,
    );
    expect(await found()).toMatchObject({ matchedM: 27, match: { networkVersion: "net-1" } });
    expect(await store.recordings.unmatched("net-2", { after: 0, limit: 10 })).toEqual([]);

    await store.recordings.serveNetwork("net-2", NOW + 1);
    expect(await found()).toMatchObject({ matchedM: 20, offNetworkM: 10, match: newer });
    expect(
      await store.database.sql.selectFrom("match").select("network_version").execute(),
    ).toEqual([{ network_version: "net-2" }]);
    expect((await store.recordings.known({ engine: 1, networkVersion: "net-2" })).size).toBe(1);
  });

  it("says STORE_DAMAGED when a stream's bytes are not what was written", async () => {
    const id = await keepOne(ann, "one", NOW);
    await store.database.sql
      .updateTable("activity_stream")
      .set({ columns: new Uint8Array([1, 2, 3]) })
      .execute();
    await expect(store.activities.streams(id, asAnn())).rejects.toMatchObject({
      code: "STORE_DAMAGED",
    });
  });
});
