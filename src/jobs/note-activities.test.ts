import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { emptyDatabase, openMemoryStore } from "../../test/memory-store.ts";
import { encodePolyline } from "../geo/polyline.ts";
import type { RecordedActivity } from "../schema/member-event.ts";
import type { Store } from "../store/store.ts";
import { cellsOf, type NotedActivity, noteActivities, noteDefaults } from "./note-activities.ts";

const NOW = Date.UTC(2026, 6, 1);
const HOUR_MS = 3_600_000;

let store: Store;
let athleteId: number;
beforeAll(async () => {
  store = await openMemoryStore();
});
beforeEach(async () => {
  await emptyDatabase(store.database);
  athleteId = (await store.athletes.local("Ada", NOW - 1e9)).id;
});
afterAll(() => store.close());

/** Eastwards along a parallel, in kilometres. */
const line = (fromKm: number, toKm: number, lat = 47): string => {
  const degrees = (km: number) => 8 + km / (111.195 * Math.cos((lat * Math.PI) / 180));
  return encodePolyline([degrees(fromKm), degrees(toKm)], [lat, lat], 6);
};

const activity = (id: number, over: Partial<NotedActivity> = {}): NotedActivity => ({
  id,
  sport: "run",
  startMs: NOW - 2 * HOUR_MS,
  elapsedS: 3600,
  distanceM: 10_000.4,
  movingS: 3500.2,
  gainM: null,
  line: line(0, 10),
  ...over,
});

const note = (...activities: NotedActivity[]) =>
  store.database.transaction((tx) => noteActivities(store, tx, athleteId, activities, NOW));

describe("an activity in the log", () => {
  it("is of the member who is the athlete, with sums and no place", async () => {
    await note(activity(7));
    const [event] = await store.events.read(0, 10);
    expect(event).toMatchObject({
      source: "recording",
      messageId: "activity:7",
      kind: "activity",
      eventMs: NOW - 2 * HOUR_MS,
      createdMs: NOW,
      value: 10_000,
    });
    expect(event!.payload).toEqual({
      activityId: 7,
      sport: "run",
      distanceM: 10_000,
      movingS: 3500,
      gainM: 0,
      newCells: cellsOf(line(0, 10)).length,
    });
    expect(await store.members.identities(event!.memberId)).toEqual([
      { kind: "athlete", value: String(athleteId) },
    ]);
    expect((await store.members.get(event!.memberId)).name).toBe("Ada");
  });

  it("counts places where the athlete had not been", async () => {
    await note(activity(1), activity(2), activity(3, { line: line(5, 15) }));
    await note(activity(4, { line: line(10, 20) }), activity(5, { line: "" }));
    const events = await store.events.read(0, 10);
    const found = events.map(({ payload }) => (payload as RecordedActivity).newCells);
    expect(found[0]).toBeGreaterThanOrEqual(20);
    expect(found[1]).toBe(0);
    expect(found[2]).toBeGreaterThanOrEqual(9);
    expect(found[2]).toBeLessThanOrEqual(11);
    expect(found[3]).toBeGreaterThanOrEqual(9);
    expect(found[3]).toBeLessThanOrEqual(11);
    expect(found[4]).toBe(0);
  });

  it("was known when it ended, where it is brought along later", async () => {
    const startMs = NOW - noteDefaults.historyMs - 3 * HOUR_MS;
    await note(activity(1, { startMs }), activity(2, { startMs: NOW + HOUR_MS }));
    const [old, future] = await store.events.read(0, 10);
    expect(old!.createdMs).toBe(startMs + HOUR_MS);
    expect(future).toMatchObject({ eventMs: NOW, createdMs: NOW });
  });

  it("is there once, and not for somebody who was erased", async () => {
    await note(activity(1));
    await note(activity(1));
    const [event] = await store.events.read(0, 10);
    expect(await store.events.read(0, 10)).toHaveLength(1);
    await store.members.erase(event!.memberId, NOW);
    await note(activity(2));
    expect(await store.events.read(0, 10)).toEqual([]);
  });
});

it("cells are about 500 m wide at every latitude", () => {
  for (const lat of [-60, 0, 47, 70]) {
    const count = cellsOf(line(0, 50, lat)).length;
    expect(count).toBeGreaterThan(95);
    expect(count).toBeLessThan(106);
  }
  expect(Math.max(...cellsOf(encodePolyline([179.99, -180], [84.9, -90], 6)))).toBeLessThan(
    2 ** 32,
  );
});
