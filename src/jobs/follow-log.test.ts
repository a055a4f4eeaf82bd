import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { emptyDatabase, openMemoryStore } from "../../test/memory-store.ts";
import { createLog } from "../base/index.ts";
import { drawEvents } from "../lifecycle/membership/drawn.fixture.ts";
import { dayOf } from "../platform/feature/definition.ts";
import { drawLog } from "../platform/feature/feature.fixture.ts";
import {
  ACTIVE,
  askedAt,
  decodeState,
  featureIndex,
  featureReader,
  memberFeatures,
  onlineValues,
  selects,
  trainingRows,
} from "../platform/feature/index.ts";
import { logFeatures } from "../platform/feature/log-features.ts";
import type { SubscriptionObservation } from "../schema/billing.ts";
import type { MemberEvent, NewMemberEvent } from "../schema/member-event.ts";
import { type Lake, openLake } from "../store/lake/index.ts";
import type { Store } from "../store/store.ts";
import { exportLake } from "./export-lake.ts";
import { createLogFollower } from "./follow-log.ts";
import { replayFeatures } from "./replay-features.ts";
import { reportFeatures } from "./report-features.ts";

const NOW = Date.UTC(2026, 6, 1);
const now = (): number => NOW;
const set = memberFeatures;
const folder = mkdtempSync(join(tmpdir(), "waymark-follow-"));

let store: Store;
let lake: Lake;
let lakes = 0;
beforeAll(async () => {
  store = await openMemoryStore();
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function begin(): Promise<void> {
  await emptyDatabase(store.database);
  lake = openLake(join(folder, String(++lakes)));
}

/** Members 1 to n of a drawn log, in this store. */
async function fill(seed: number, members: number, count: number): Promise<readonly number[]> {
  const ids = await membersNamed(Array.from({ length: members }, (_, i) => `u${i}`));
  const events = drawLog(seed, members, count, 0);
  await store.events.append(
    events.map(({ seq: _, ...event }) => ({ ...event, memberId: ids[event.memberId - 1]! })),
  );
  return ids;
}

async function membersNamed(names: readonly string[]): Promise<number[]> {
  const found = await store.members.resolve(
    names.map((value) => [{ kind: "user", value }]),
    1,
  );
  return found as number[];
}

const follower = () => createLogFollower({ store, now });

/** What serving would give now. */
async function served(memberIds: readonly number[]): Promise<Map<number, Float64Array>> {
  const states = await store.featureStates.get(memberIds);
  return new Map(
    Array.from(states.values(), ({ memberId, state }) => [
      memberId,
      onlineValues(set, decodeState(set, state)!, NOW),
    ]),
  );
}

/** The same from the lake. */
async function told(memberIds: readonly number[]): Promise<Map<number, Float64Array>> {
  await exportLake({ store, lake, now });
  const { matrix } = await trainingRows(lake, set, {
    memberIds,
    atMs: memberIds.map(() => NOW),
  });
  return new Map(
    memberIds.map((id, i) => [
      id,
      matrix.values.slice(i * matrix.columns, (i + 1) * matrix.columns),
    ]),
  );
}

async function activeDays(): Promise<string[]> {
  const rows = await store.database.sql.selectFrom("active_day").selectAll().execute();
  return rows.map(({ member_id, day }) => `${member_id} ${day}`).sort();
}

function activeDaysOf(events: readonly MemberEvent[]): string[] {
  const days = events
    .filter((event) => selects(ACTIVE, event))
    .map(({ memberId, eventMs }) => `${memberId} ${dayOf(eventMs)}`);
  return [...new Set(days)].sort();
}

describe("the follower of the log", () => {
  beforeEach(begin);

  it("gives served values that equal those of the lake, and every active day", async () => {
    const ids = await fill(1, 10, 1500);
    expect(await follower().catchUp()).toBe(1500);
    expect(await served(ids)).toEqual(await told(ids));
    expect(await activeDays()).toEqual(activeDaysOf(await store.events.read(0, 2000)));
    expect(await store.memberships.ofMember(ids[0]!)).not.toEqual([]);
    expect((await store.featureStates.lags(NOW)).map(({ events }) => events)).toEqual([0, 0]);
    expect(await follower().catchUp()).toBe(0);
  });

  it("counts each event once, wherever it fails and begins again", async () => {
    const ids = await fill(2, 5, 600);
    const steps = ["hold", "unsettled", "get", "put", "addActiveDays", "membersBetween"] as const;
    for (const step of steps) {
      const broken = {
        ...store,
        featureStates: {
          ...store.featureStates,
          [step]: () => Promise.reject(new Error(`broken at ${step}`)),
        },
      };
      await expect(createLogFollower({ store: broken, now }).catchUp()).rejects.toThrow(step);
    }
    await follower().catchUp();
    // Again from the first event: states know what they hold.
    await sql`update log_reader set seq = 0`.execute(store.database.sql);
    await follower().catchUp();
    expect(await served(ids)).toEqual(await told(ids));
  });

  it("lets one of two followers go on at a time, and neither counts twice", async () => {
    const ids = await fill(3, 5, 600);
    await Promise.all([follower().catchUp(), follower().catchUp()]);
    expect(await served(ids)).toEqual(await told(ids));
  });

  it("builds members who were merged anew, and the lake has them as one", async () => {
    const ids = await fill(4, 6, 900);
    await follower().catchUp();
    await exportLake({ store, lake, now });
    await store.members.merge(ids[0]!, ids[1]!, NOW);
    await store.members.merge(ids[2]!, ids[1]!, NOW);
    expect((await served([ids[1]!])).size).toBe(0);
    await follower().catchUp();
    const left = [1, 3, 4, 5].map((i) => ids[i]!);
    expect(await served(left)).toEqual(await told(left));
    expect(await activeDays()).toEqual(activeDaysOf(await store.events.read(0, 2000)));
    expect(await store.featureStates.refolds(1)).toEqual([]);
    await lake.query(async (db) => {
      const rows = await db.runAndReadAll("select distinct member_id from event order by 1");
      expect(rows.getRows().map(([id]) => Number(id))).toEqual(left);
    });
  });

  it("forgets a member who was erased, in the states and in every file of the lake", async () => {
    const ids = await fill(5, 4, 400);
    await follower().catchUp();
    await exportLake({ store, lake, now });
    await store.members.erase(ids[1]!, NOW);
    const { rewritten } = await exportLake({ store, lake, now });
    expect(rewritten).toBeGreaterThan(0);
    await follower().catchUp();
    expect((await served(ids)).has(ids[1]!)).toBe(false);
    await lake.query(async (db) => {
      const rows = await db.runAndReadAll(`select 1 from event where member_id = ${ids[1]}`);
      expect(rows.getRows()).toEqual([]);
    });
  });

  it("builds a damaged state, or one of another layout, anew", async () => {
    const ids = await fill(6, 3, 300);
    await follower().catchUp();
    await sql`update feature_state set state = decode('ff', 'hex')`.execute(store.database.sql);
    await store.events.append(ids.map((memberId) => opened(memberId, NOW - 1000)));
    await follower().catchUp();
    await follower().catchUp();
    expect(await served(ids)).toEqual(await told(ids));
    await sql`update feature_state set state = decode('01deadbeef00', 'hex')`.execute(
      store.database.sql,
    );
    await sql`update log_reader set name = 'features:deadbeef' where name = ${featureReader()}`.execute(
      store.database.sql,
    );
    await follower().catchUp();
    expect(await served(ids)).toEqual(await told(ids));
  });
});

describe("what cannot be read", () => {
  beforeEach(begin);

  it("is told and passed over: nobody else waits for it, and the follower comes to the end", async () => {
    const [odd, other] = (await membersNamed(["odd", "other"])) as [number, number];
    const [start, end] = drawEvents("0 active · 40 left");
    const at = (memberId: number, n: number, event: MemberEvent, payload: unknown) =>
      ({ ...event, memberId, messageId: `${memberId} ${n}`, payload }) as NewMemberEvent;
    const said = start!.payload as SubscriptionObservation;
    await store.events.append([
      at(odd, 1, start!, { ...said, status: "grace", graceEndMs: undefined }),
      at(odd, 2, start!, []),
      at(odd, 3, start!, { ...said, plan: 7 }),
      at(odd, 4, { ...start!, kind: "payment" }, "paid"),
      at(other, 1, start!, start!.payload),
      at(other, 2, end!, end!.payload),
    ]);
    const lines: string[] = [];
    const log = createLog((line) => lines.push(line));
    expect(await createLogFollower({ store, now, log }).catchUp()).toBe(6);
    expect(lines).toEqual([
      `warn: billing events cannot be read and are passed over member=${odd} unreadable=3`,
    ]);
    const states = async (id: number) =>
      (await store.memberships.ofMember(id)).map(({ state }) => state);
    expect(await states(odd)).toContain("grace");
    expect(await states(other)).toEqual(["active", "expired_voluntary"]);
    expect(await served([odd, other])).toEqual(await told([odd, other]));
  });
});

function opened(memberId: number, eventMs: number): NewMemberEvent {
  return {
    source: "segment",
    messageId: `open ${memberId} ${eventMs}`,
    memberId,
    kind: "track:Application Opened",
    eventMs,
    createdMs: eventMs,
    payload: {},
  };
}

describe("the lake's export", () => {
  beforeEach(begin);

  it("goes on where it was, and does nothing twice", async () => {
    await fill(7, 4, 300);
    expect((await exportLake({ store, lake, now })).events).toBe(300);
    expect((await exportLake({ store, lake, now })).events).toBe(0);
    const [id] = await membersNamed(["u0"]);
    await store.events.append([opened(id!, NOW)]);
    const { events, seq } = await exportLake({ store, lake, now });
    expect([events, seq]).toEqual([1, await store.events.lastSeq()]);
    expect((await exportLake({ store, lake, now, anew: true })).events).toBe(301);
  });
});

describe("the feature log", () => {
  /** Serves everybody through the log, at moments between which events arrive. */
  async function serve(skew?: { readonly feature: string; readonly by: number }): Promise<void> {
    const ids = await fill(8, 8, 600);
    const logger = logFeatures(store.featureLog, { everyMs: 1e9 });
    const follow = follower();
    for (let round = 0; round < 4; round++) {
      await follow.catchUp();
      const seq = await store.events.position(featureReader());
      for (const { memberId, state } of (await store.featureStates.get(ids)).values()) {
        const decoded = decodeState(set, state)!;
        const atMs = askedAt(decoded, NOW + round * 86_400_000);
        const values = onlineValues(set, decoded, atMs);
        if (skew) values[featureIndex(set, skew.feature)]! += skew.by;
        logger.log({
          memberId,
          atMs,
          seq,
          model: "churn",
          version: 1,
          featureSet: set.id,
          values,
          fallback: null,
          score: { risk: 0.1 },
        });
      }
      // A history that is brought along afterwards: known long ago, and not in what was served.
      await store.events.append(
        ids.map((memberId) => opened(memberId, NOW - (round + 1) * 86_400_000)),
      );
    }
    await logger.stop();
    expect(logger.dropped).toBe(0);
  }
  const replay = (sample = 1) =>
    replayFeatures({ store, lake, now, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, sample });

  describe("that was served as it is told", () => {
    beforeAll(async () => {
      await begin();
      await serve();
    });

    it("equals what is told again from the lake", async () => {
      const found = await replay();
      expect(found).toMatchObject({ rows: 32, mismatches: 0, foreign: 0, merged: 0 });
      expect(found.features).toHaveLength(set.names.length);
      expect(found.features.every(({ compared }) => compared === 32)).toBe(true);
      const report = await store.reports.get("feature-replay", "all");
      expect(report?.payload).toMatchObject({ rows: 32 });
    });

    it("takes whole members where it samples", async () => {
      const half = await replay(0.5);
      expect(half.rows % 4).toBe(0);
      expect(half.rows).toBeGreaterThan(0);
      expect(half.rows).toBeLessThan(32);
    });

    it("is not compared for who was merged since, nor with another set of features", async () => {
      const ids = await membersNamed(["u0", "u1"]);
      await store.members.merge(ids[0]!, ids[1]!, NOW + 9e9);
      await sql`update feature_log set feature_set = 'other' where member_id > ${ids[1]!} + 1`.execute(
        store.database.sql,
      );
      expect(await replay()).toMatchObject({ merged: 4, foreign: 20, rows: 4, mismatches: 0 });
    });
  });

  it("shows which feature was served with a skew, and how large it is", async () => {
    await begin();
    await serve({ feature: "opens_28d", by: 2 });
    const { mismatches, features, examples } = await replay();
    expect(mismatches).toBe(32);
    expect(features.filter((feature) => feature.mismatches > 0)).toMatchObject([
      { name: "opens_28d", mismatches: 32, missing: 0, maxDifference: 2 },
    ]);
    expect(examples[0]).toMatchObject({ feature: "opens_28d" });
  });
});

describe("the report of features", () => {
  beforeEach(begin);

  it("counts what is missing and how values are distributed", async () => {
    await fill(9, 20, 1200);
    await follower().catchUp();
    const { members, features } = await reportFeatures({ store, now });
    expect(members).toBe(20);
    const named = new Map(features.map((feature) => [feature.name, feature]));
    const opens = named.get("opens_90d")!;
    expect(opens.missing).toBe(0);
    expect(opens.histogram!.counts.reduce((a, b) => a + b)).toBe(20);
    expect(opens.histogram!.edges).toHaveLength(opens.histogram!.counts.length + 1);
    expect(named.get("platform")!.categories.map(({ value }) => value)).toContain("android");
    expect((await store.reports.get("features", "all"))?.payload).toMatchObject({ members: 20 });
  });

  it("has nothing to count where nobody is", async () => {
    const { members, features } = await reportFeatures({ store, now });
    expect(members).toBe(0);
    expect(features[0]).toMatchObject({ members: 0, missing: 0, histogram: null, mean: null });
  });
});
