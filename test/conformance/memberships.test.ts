// What every engine promises of memberships and reports, and the figures that are built of them.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { buildReports, reportsDefaults, sendReportsWhenDue } from "../../src/jobs/build-reports.ts";
import { DAY_0, DAY_MS, drawEvents } from "../../src/lifecycle/membership/drawn.fixture.ts";
import { foldMembership } from "../../src/lifecycle/membership/index.ts";
import { segmentKey } from "../../src/lifecycle/metric/index.ts";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import { BUILD_REPORTS } from "../../src/platform/job/kinds.ts";
import {
  RATES_SETTING,
  RETENTION,
  type RetentionChoices,
  type RetentionReport,
  retentionChoicesSchema,
  retentionReportSchema,
} from "../../src/schema/retention.ts";
import type { Store } from "../../src/store/store.ts";
import { describeStores } from "./store-kinds.ts";

const day = (n: number): number => DAY_0 + n * DAY_MS;

describeStores("memberships", (kind) => {
  let store: Store;
  beforeAll(() => kind.begin());
  afterAll(() => kind.end());
  beforeEach(async () => {
    store = await kind.open();
  });

  async function addMember(joinedDay: number, platform: string | null = null): Promise<number> {
    const { id } = await store.database.sql
      .insertInto("member")
      .values({
        name: null,
        email: null,
        country: null,
        time_zone: null,
        platform,
        traits: "{}",
        first_ms: day(joinedDay) + 5,
        signed_up_ms: day(joinedDay),
        created_ms: day(joinedDay),
      })
      .returning("id")
      .executeTakeFirstOrThrow();
    return id;
  }
  const active = async (memberId: number, days: readonly number[]): Promise<void> => {
    const values = days.map((n) => ({ member_id: memberId, day: DAY_0 / DAY_MS + n }));
    await store.database.sql.insertInto("active_day").values(values).execute();
  };

  it("replaces a member's changes, and tells them of a moment", async () => {
    const [ann, bob] = [await addMember(0), await addMember(0)];
    const changes = foldMembership(drawEvents("0 trial14 · 14 active · 40 off"));
    await store.memberships.replace(ann, foldMembership(drawEvents("0 active/year")));
    await store.memberships.replace(ann, changes);
    expect(await store.memberships.ofMember(ann)).toEqual(changes);
    expect(await store.memberships.ofMember(bob)).toEqual([]);
    const at = async (n: number) =>
      [...(await store.memberships.at([ann, bob, 99], day(n)))].map(([id, { state }]) => [
        id,
        state,
      ]);
    expect(await at(-1)).toEqual([]);
    expect(await at(14)).toEqual([[ann, "active"]]);
    // What silence will say is kept, and is not yet so.
    expect(changes.at(-1)!.state).toBe("expired_voluntary");
    expect(await at(44)).toEqual([[ann, "auto_renew_off"]]);
    expect(await at(90)).toEqual([[ann, "expired_voluntary"]]);
    await store.memberships.replace(ann, []);
    expect(await store.memberships.ofMember(ann)).toEqual([]);
  });

  it("keeps nothing of a member who is gone, and falls with a transaction", async () => {
    const changes = foldMembership(drawEvents("0 active"));
    await store.memberships.replaceAll(new Map([[77, changes]]));
    expect(await store.memberships.ofMember(77)).toEqual([]);
    const ann = await addMember(0);
    await expect(
      store.database.transaction(async (tx) => {
        await store.memberships.replace(ann, changes, tx);
        throw new Error("no");
      }),
    ).rejects.toThrow("no");
    expect(await store.memberships.ofMember(ann)).toEqual([]);
  });

  it("gives everybody's lives as columns, as far as they are known", async () => {
    const ann = await addMember(0, "ios");
    const bob = await addMember(2);
    await store.memberships.replace(
      ann,
      foldMembership(drawEvents("0 trial14 · 14 active/dollar")),
    );
    await store.memberships.replace(bob, foldMembership(drawEvents("5+20 active/year")));
    await active(ann, [0, 3, 9]);
    await store.events.append(
      [
        { at: 2, kind: "track:Route Planned", memberId: ann },
        { at: 10, kind: "activity", memberId: bob },
      ].map(({ at, kind: what, memberId }) => ({
        source: "segment",
        messageId: `${at}`,
        memberId,
        kind: what,
        eventMs: day(at),
        createdMs: day(at),
        payload: {},
      })),
    );
    const activation = { kinds: ["activity", "track:Route Planned"], withinMs: 7 * DAY_MS };
    const lives = await store.memberships.lives({ asOfMs: day(20), knownMs: day(20), activation });
    expect([...lives.memberId]).toEqual([ann, bob]);
    expect([...lives.joinedMs]).toEqual([day(0), day(2)]);
    expect([...lives.platform].map((code) => lives.platforms[code])).toEqual(["ios", undefined]);
    expect([...lives.isActivated]).toEqual([1, 0]);
    expect([...lives.firstActive]).toEqual([0, 3, 3]);
    expect([...lives.activeDay]).toEqual([0, 3, 9].map((n) => DAY_0 / DAY_MS + n));
    // Bob's year is not known before day 25.
    expect([...lives.changes.firstChange]).toEqual([0, 2, 2]);
    expect([...lives.changes.priceMinor]).toEqual([500, 600]);
    expect([...lives.changes.currency].map((code) => lives.changes.currencies[code])).toEqual([
      "EUR",
      "USD",
    ]);
    const later = await store.memberships.lives({ asOfMs: day(20), knownMs: day(25), activation });
    expect([...later.changes.firstChange]).toEqual([0, 2, 3]);
    expect(later.changes.plans[later.changes.plan[2]!]).toBe("year");
  });

  it("replaces reports together, and never by older ones", async () => {
    const rows = (text: string) =>
      new Map([
        ["a", { text }],
        ["b", { text }],
      ]);
    await store.reports.replace("x", rows("first"), { atMs: 10, seq: 1 });
    await store.reports.replace("y", rows("other"), { atMs: 10, seq: 1 });
    await store.reports.replace("x", new Map([["a", { text: "second\0" }]]), { atMs: 20, seq: 2 });
    expect(await store.reports.keys("x")).toEqual(["a"]);
    await store.reports.replace("x", rows("late"), { atMs: 15, seq: 1 });
    expect(await store.reports.get("x", "a")).toEqual({
      payload: { text: "second" },
      builtMs: 20,
      seq: 2,
    });
    expect([...(await store.reports.getAll("y", ["a", "nothing"])).keys()]).toEqual(["a"]);
  });

  it("builds the same reports again, keeps them when a member is erased, and converts when told", async () => {
    for (let i = 0; i < 24; i++) {
      const id = await addMember(i, i % 2 ? "ios" : "android");
      const drawing =
        i % 3 ? `${i} active/${i % 2 ? "basic" : "dollar"} · ${i + 20} off` : `${i} trial14`;
      await store.memberships.replace(id, foldMembership(drawEvents(drawing)));
      await active(id, [i, i + 1, i + 30]);
    }
    const now = day(40);
    const all = async () =>
      (await store.reports.get(RETENTION, segmentKey({})))?.payload as RetentionReport;
    expect(await buildReports({ store, now })).toEqual({ members: 24, segments: 2 });
    const first = await all();
    expect(retentionReportSchema.parse(first)).toEqual(first);
    const choices = (await store.reports.get(RETENTION, "choices"))?.payload as RetentionChoices;
    expect(retentionChoicesSchema.parse(choices)).toEqual(choices);
    expect(choices.platforms).toEqual([
      { value: "android", members: 12 },
      { value: "ios", members: 12 },
    ]);
    // 16 began to pay and switched renewal off; 30 days and one later those of days 1, 2, 4, 5, 7, 8 are
    // over on day 39. Even days pay in dollars.
    expect(first.subs.value).toBe(10);
    expect(first.mrr.map(({ currency, value }) => [currency, value])).toEqual([
      ["EUR", 5 * 500],
      ["USD", 5 * 600],
    ]);
    await buildReports({ store, now: now + 1 });
    expect(await all()).toEqual(first);

    await store.database.sql.deleteFrom("member").where("id", "=", 24).execute();
    expect(await store.memberships.ofMember(24)).toEqual([]);
    expect(await all()).toEqual(first);

    await store.settings.set(RATES_SETTING, { to: "EUR", rates: { USD: 0.5 } }, now);
    await buildReports({ store, now: now + 2 });
    expect((await all()).mrr).toHaveLength(1);
    await store.settings.set(RATES_SETTING, { to: "EUR", rates: { USD: -1 } }, now);
    await expect(buildReports({ store, now: now + 3 })).rejects.toMatchObject({
      code: "OPTION_INVALID",
    });
  });

  it("are built when the log or the day has moved on, and one at a time", async () => {
    const queue = await createJobQueue(store.database, { pollMs: 50 });
    const sent = async (now: number) => {
      await sendReportsWhenDue(store, queue, now);
      return (await queue.list({ kind: BUILD_REPORTS.name })).length;
    };
    const noon = day(40) + DAY_MS / 2;
    // Nothing was ever followed: nothing is to be counted.
    expect(await sent(noon)).toBe(0);
    await store.events.advance("memberships", 5, noon);
    expect(await sent(noon)).toBe(1);
    expect(await sent(noon)).toBe(1);
    const [job] = await queue.list({ kind: BUILD_REPORTS.name });
    await queue.cancel(job!.id);
    await buildReports({ store, now: noon });
    const later = noon + reportsDefaults.freshMs;
    expect(await sent(later)).toBe(1);
    await store.events.advance("memberships", 6, later);
    expect(await sent(later - 1)).toBe(1);
    expect(await sent(later)).toBe(2);
    await queue.stop(0);
  });

  it("builds a report of nobody", async () => {
    expect(await buildReports({ store, now: day(40) })).toEqual({ members: 0, segments: 1 });
    const report = (await store.reports.get(RETENTION, segmentKey({})))?.payload;
    expect(retentionReportSchema.parse(report)).toMatchObject({ members: 0, mrr: [] });
  });
});
