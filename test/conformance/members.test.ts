// What every engine promises of members and of the log of what happens to them.
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Identity, IdentityKind, NewMemberEvent } from "../../src/schema/member-event.ts";
import type { Store } from "../../src/store/store.ts";
import { NOW } from "./kept-recording.ts";
import { describeStores } from "./store-kinds.ts";

describeStores("members", (kind) => {
  let store: Store;
  beforeAll(() => kind.begin());
  afterAll(() => kind.end());
  beforeEach(async () => {
    store = await kind.open();
  });

  const of = (kindOf: IdentityKind, value: string): Identity => ({ kind: kindOf, value });
  const user = (value: string): Identity => of("user", value);
  const anonymous = (value: string): Identity => of("anonymous", value);
  const one = async (...identities: Identity[]): Promise<number> => {
    const [id] = await store.members.resolve([identities], NOW);
    return id as number;
  };
  const event = (memberId: number, messageId: string, more: Partial<NewMemberEvent> = {}) =>
    ({
      source: "segment",
      messageId,
      memberId,
      kind: "track:Route Planned",
      eventMs: NOW,
      createdMs: NOW + 5,
      payload: { sport: "bike" },
      ...more,
    }) satisfies NewMemberEvent;

  it("an identity means one member, in one batch and in the next, and from many callers at once", async () => {
    const ids = await store.members.resolve(
      [[user("a")], [anonymous("x")], [user("a")], [user("b"), anonymous("y")], [anonymous("y")]],
      NOW,
    );
    expect(ids).toEqual([1, 2, 1, 3, 3]);
    const again = await Promise.all(
      Array.from({ length: 6 }, () => store.members.resolve([[user("a")], [user("new")]], NOW)),
    );
    expect(new Set(again.map(String))).toEqual(new Set(["1,4"]));
    expect(await store.members.identities(3)).toEqual([anonymous("y"), user("b")]);
    expect(await store.members.count()).toBe(4);
    expect(await store.members.resolve([], NOW)).toEqual([]);
  });

  it("an anonymous member who signs in becomes the one who was there", async () => {
    const named = await one(user("ann"));
    const stranger = await one(anonymous("x"));
    await store.events.append([event(stranger, "m1", { eventMs: NOW - 1000 }), event(named, "m2")]);
    const db = store.database.sql;
    for (const id of [named, stranger]) {
      await db.insertInto("active_day").values({ member_id: id, day: 1 }).execute();
      await db
        .insertInto("feature_state")
        .values({ member_id: id, seq: 1, state: Buffer.from("x"), updated_ms: NOW })
        .execute();
    }
    expect(await one(user("ann"), anonymous("x"))).toBe(named);
    const events = await store.events.ofMember(named);
    expect(events.map(({ messageId }) => messageId)).toEqual(["m2", "m1"]);
    expect(await store.members.get(stranger)).toMatchObject({ id: named, firstMs: NOW - 1000 });
    expect(await db.selectFrom("active_day").selectAll().execute()).toEqual([]);
    expect(await db.selectFrom("feature_state").selectAll().execute()).toEqual([]);
    expect(await db.selectFrom("refold").selectAll().execute()).toEqual([{ member_id: named }]);
    expect(await db.selectFrom("merged_member").selectAll().execute()).toEqual([
      { member_id: stranger, into_id: named, merged_ms: NOW },
    ]);
    // Whoever still has the old id writes to the new one.
    expect(await store.events.append([event(stranger, "m3")])).toEqual({ kept: 1, repeated: 0 });
    expect(await store.events.ofMember(named)).toHaveLength(3);
  });

  it("an anonymous member who signs up keeps the id; nothing is merged", async () => {
    const stranger = await one(anonymous("x"));
    expect(await one(user("new"), anonymous("x"))).toBe(stranger);
    expect(await store.members.count()).toBe(1);
  });

  it("two people at one device stay two, and what is anonymous there is the first's", async () => {
    const ann = await one(user("ann"), anonymous("device"));
    const bob = await one(user("bob"), anonymous("device"));
    expect(bob).not.toBe(ann);
    expect(await one(anonymous("device"))).toBe(ann);
    expect(await one(user("bob"))).toBe(bob);
  });

  it("what a processor and a recording know becomes the named member's, whoever came first", async () => {
    const customer = await one(of("stripe_customer", "cus_1"));
    const athlete = await one(of("athlete", "7"));
    const ids = await store.members.resolve(
      [
        [user("ann")],
        [user("ann"), of("athlete", "7")],
        [of("stripe_customer", "cus_1"), user("ann"), anonymous("x")],
        [anonymous("x"), of("stripe_customer", "cus_2")],
        [of("stripe_customer", "cus_2")],
      ],
      NOW,
    );
    expect(new Set(ids).size).toBe(1);
    expect(
      (await store.members.identities(ids[0] as number)).map(({ value }) => value).sort(),
    ).toEqual(["7", "ann", "cus_1", "cus_2", "x"]);
    expect(await store.members.count()).toBe(1);
    expect((await store.members.get(customer)).id).toBe(ids[0]);
    expect((await store.members.get(athlete)).id).toBe(ids[0]);
  });

  it("chains of merges end at one member, in one batch or in many", async () => {
    const lists = [
      [anonymous("a")],
      [of("stripe_customer", "c")],
      [of("stripe_customer", "c"), anonymous("a")],
      [of("revenuecat", "r"), of("stripe_customer", "c")],
      [user("u"), of("revenuecat", "r")],
      [user("u"), anonymous("b")],
    ];
    const together = await store.members.resolve(lists, NOW);
    expect(new Set(together).size).toBe(1);
    await store.database.sql.deleteFrom("member").execute();
    for (const list of [...lists].reverse()) await store.members.resolve([list], NOW);
    for (const list of lists) await store.members.resolve([list], NOW);
    expect(await store.members.count()).toBe(1);
  });

  it("an explicit merge joins two named members and what was merged into them", async () => {
    const a = await one(user("old"));
    const x = await one(anonymous("x"));
    await one(user("old"), anonymous("x"));
    const b = await one(user("new"));
    await store.members.describe(a, { name: "Élan", email: "e@x.y", traits: { a: 1, b: 1 } });
    await store.members.describe(b, { name: "New", traits: { b: 2 }, signedUpMs: 9 });
    await store.members.merge(a, b, NOW);
    expect(await store.members.get(x)).toMatchObject({
      id: b,
      name: "New",
      email: "e@x.y",
      traits: { a: 1, b: 2 },
      signedUpMs: 9,
    });
    expect((await store.members.list({ search: "E@X" })).members).toHaveLength(1);
    expect(await one(user("old"))).toBe(b);
    await store.members.merge(b, b, NOW);
    expect(await store.members.count()).toBe(1);
  });

  it("a description that comes late fills gaps alone", async () => {
    const id = await one(user("ann"));
    await store.members.describe(id, { name: "Ann", traits: { plan: "new" }, atMs: 200 });
    await store.members.describe(id, {
      name: "Old",
      country: "IS",
      traits: { plan: "old", age: 3 },
      atMs: 100,
    });
    expect(await store.members.get(id)).toMatchObject({
      name: "Ann",
      country: "IS",
      traits: { plan: "new", age: 3 },
    });
    const change = (name: string, atMs: number) => ({ memberId: id, description: { name, atMs } });
    await store.members.describeAll([change("Third", 400), change("Second", 300)]);
    expect(await store.members.get(id)).toMatchObject({ name: "Third", country: "IS" });
    await store.members.describe(99, { name: "nobody" });
    await store.members.describeAll([]);
  });

  it("members list in pages, found by parts of what they are called", async () => {
    for (const name of ["Ann", "Zoë", "Bob"]) {
      await store.members.describe(await one(user(name)), { name, email: `${name}@x.y` });
    }
    const first = await store.members.list({ limit: 2 });
    expect(first.members.map(({ name }) => name)).toEqual(["Ann", "Zoë"]);
    const second = await store.members.list({ limit: 2, after: first.next! });
    expect(second).toMatchObject({ members: [{ name: "Bob" }], next: null });
    const found = await store.members.list({ search: "ZOE" });
    expect(found.members.map(({ name }) => name)).toEqual(["Zoë"]);
    expect((await store.members.list({ search: "%" })).members).toEqual([]);
    await expect(store.members.get(99)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("an event is kept once, whoever sends it again and however many at once", async () => {
    const id = await one(user("ann"));
    const five = Array.from({ length: 5 }, (_, i) => event(id, `m${i}`));
    expect(await store.events.append([...five, five[0]!])).toEqual({ kept: 5, repeated: 1 });
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        store.events.append([...five, event(id, `n${i}`), event(id, "same")]),
      ),
    );
    expect(results.reduce((sum, { kept }) => sum + kept, 0)).toBe(9);
    expect(results.reduce((sum, { repeated }) => sum + repeated, 0)).toBe(47);
    expect(results.every(({ kept, repeated }) => kept >= 1 && repeated >= 5)).toBe(true);
    expect(await store.events.append([event(id, "m1", { source: "stripe" })])).toEqual({
      kept: 1,
      repeated: 0,
    });
    expect(await store.events.append([])).toEqual({ kept: 0, repeated: 0 });
    expect(await store.events.append([event(99, "of nobody")])).toEqual({ kept: 0, repeated: 0 });
  });

  it("is read in the order of seq, which is the order of the batch", async () => {
    const id = await one(user("ann"));
    expect(await store.events.lastSeq()).toBe(0);
    const times = [5, 3, 9, 1];
    await store.events.append(
      times.map((t, i) => event(id, `m${i}`, { eventMs: t, createdMs: 10, value: i / 3 })),
    );
    const all = await store.events.read(0, 10);
    expect(all.map(({ messageId }) => messageId)).toEqual(["m0", "m1", "m2", "m3"]);
    expect(all[2]).toEqual({
      seq: all[2]!.seq,
      ...event(id, "m2", { eventMs: 9, createdMs: 10, value: 2 / 3 }),
    });
    expect(await store.events.read(all[1]!.seq, 1)).toEqual([all[2]]);
    expect(await store.events.lastSeq()).toBe(all[3]!.seq);
    const newest = await store.events.ofMember(id, { beforeMs: 9, limit: 2 });
    expect(newest.map(({ eventMs }) => eventMs)).toEqual([5, 3]);
    expect(await store.events.ofMember(id, { kinds: ["identify", 'a"b\\'] })).toEqual([]);
    expect(await store.events.ofMember(id, { kinds: ["track:Route Planned"] })).toHaveLength(4);
    expect((await store.members.get(id)).firstMs).toBe(1);
  });

  it("text of every kind is kept as far as a database can", async () => {
    const nasty = "a\0b\ud800c\u{1f6b4}\\u0000 'x' \"y\" {1,2}";
    const id = await one(user(nasty));
    expect(await one(user(nasty))).toBe(id);
    expect(await one(user("x".repeat(5000)))).toBe(await one(user("x".repeat(5000))));
    const payload = { [nasty]: nasty, __proto__: null, deep: [[["\0"]]] };
    const kept = await store.events.append([
      event(id, nasty, { kind: nasty.replaceAll("\0", ""), payload }),
      event(id, "m".repeat(5000)),
      event(id, "m".repeat(5000)),
    ]);
    expect(kept).toEqual({ kept: 2, repeated: 1 });
    const [first] = await store.events.read(0, 1);
    expect(Object.values(first!.payload)).toContain("ab\ufffdc\u{1f6b4}\\u0000 'x' \"y\" {1,2}");
  });

  it("nothing is kept of a transaction that fails, and the log goes on", async () => {
    const failed = store.database.transaction(async (tx) => {
      const [id] = await store.members.resolve([[user("ann")]], NOW, tx);
      await store.events.append([event(id as number, "m1")], tx);
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect(await store.members.count()).toBe(0);
    const id = await one(user("ann"));
    expect(await store.events.append([event(id, "m1")])).toEqual({ kept: 1, repeated: 0 });
  });

  it("a reader keeps its place", async () => {
    expect(await store.events.position("features")).toBe(0);
    await store.events.advance("features", 7, NOW);
    await store.database.transaction((tx) => store.events.advance("features", 9, NOW, tx));
    expect(await store.events.position("features")).toBe(9);
    expect(await store.events.position("lake")).toBe(0);
  });

  it("seq rises in the order of commits: a reader that follows misses nothing", async () => {
    const ids = (await store.members.resolve(
      ["a", "b", "c", "d"].map((name) => [user(name)]),
      NOW,
    )) as number[];
    let isDone = false;
    const seen: number[] = [];
    const follow = (async () => {
      let seq = 0;
      for (;;) {
        const wasDone = isDone;
        const batch = await store.events.read(seq, 50);
        for (const each of batch) seen.push(each.seq);
        seq = batch.at(-1)?.seq ?? seq;
        if (batch.length === 0 && wasDone) return;
      }
    })();
    // Transactions of their own, of several lengths, on several connections of PostgreSQL.
    await Promise.all(
      ids.map(async (id, w) => {
        for (let i = 0; i < 15; i++) {
          await store.database.transaction(async (tx) => {
            await store.events.append([event(id, `${w}-${i}`)], tx);
            if ((i + w) % 3 === 0) await sql`select pg_sleep(0.002)`.execute(tx);
          });
        }
      }),
    );
    isDone = true;
    await follow;
    const all = await store.events.read(0, 1000);
    expect(all).toHaveLength(60);
    expect(seen).toEqual(all.map(({ seq }) => seq));
  });

  it("traits do not grow for ever: beyond 64 KB what was said last stands alone", async () => {
    const id = await one(user("ann"));
    const sizes: number[] = [];
    for (let n = 0; n < 12; n++) {
      const traits = { [`name ${n}`]: "x".repeat(10_000), plan: `${n}` };
      await store.members.describe(id, { name: "Ann", traits, atMs: n });
      sizes.push(JSON.stringify((await store.members.get(id)).traits).length);
    }
    expect(Math.max(...sizes)).toBeLessThan(66_000);
    expect(Math.max(...sizes)).toBeGreaterThan(50_000);
    expect((await store.members.get(id)).traits).toMatchObject({ plan: "11" });
  });

  it("an erased member leaves nothing but hashes, and does not come back", async () => {
    const id = await one(user("ann"), anonymous("x"), of("stripe_customer", "cus_9"));
    const other = await one(user("bob"));
    await store.members.describe(id, { name: "Ann", email: "ann@x.y" });
    await store.events.append([event(id, "m1"), event(other, "m2")]);
    const db = store.database.sql;
    await db
      .insertInto("report")
      .values({ name: "mau", key: "1", built_ms: 1, seq: 1, payload: "{}" })
      .execute();
    for (const body of ['{"userId":"ann"}', '{"userId":"annette"}']) {
      await db
        .insertInto("quarantine")
        .values({ source: "segment", reason: "no_time", message: "", body, received_ms: 1 })
        .execute();
    }
    await store.members.erase(id, NOW);
    expect((await store.events.read(0, 9)).map(({ memberId }) => memberId)).toEqual([other]);
    await expect(store.members.get(id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(store.members.erase(id, NOW)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await db.selectFrom("quarantine").select("body").execute()).toEqual([
      { body: '{"userId":"annette"}' },
    ]);
    expect(await db.selectFrom("report").selectAll().execute()).toHaveLength(1);
    const hashes = await db.selectFrom("erased_identity").select("hash").execute();
    expect(hashes).toHaveLength(3);
    expect(JSON.stringify(hashes)).not.toContain("ann");
    const again = await store.members.resolve(
      [
        [user("ann")],
        [user("ann"), anonymous("new device")],
        [anonymous("x")],
        [user("carl"), anonymous("x")],
        [user("bob")],
      ],
      NOW,
    );
    expect(again.slice(0, 3)).toEqual(["erased", "erased", "erased"]);
    expect(again[3]).toBeTypeOf("number");
    expect(again[4]).toBe(other);
    expect(await store.members.identities(again[3] as number)).toEqual([user("carl")]);
    expect(await store.events.append([event(id, "late")])).toEqual({ kept: 0, repeated: 0 });
    expect(await db.selectFrom("erased_member").select("member_id").execute()).toEqual([
      { member_id: id },
    ]);
  });

  it("erasing who has a number for an id leaves what has that number for another reason", async () => {
    const id = await one(user("42"), of("athlete", "7"));
    const db = store.database.sql;
    const others = [
      '{"type":"track","event":"x","properties":{"price":"42","exp":42,"place":7}}',
      '{"userId":"421"}',
      '{"userId":142}',
      '{"athleteId":"7"}',
    ];
    const own = ['{"userId":"42","event":""}', '{"userId":42}', '{"previousId": "42"}'];
    for (const body of [...others, ...own]) {
      await db
        .insertInto("quarantine")
        .values({ source: "segment", reason: "no_time", message: "", body, received_ms: 1 })
        .execute();
    }
    await store.members.erase(id, NOW);
    const left = await db.selectFrom("quarantine").select("body").orderBy("id").execute();
    expect(left.map(({ body }) => body)).toEqual(others);
  });
});
