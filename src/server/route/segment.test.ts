// Segment's API over HTTP: who may send, what is refused, what is set aside, and what is kept once.
import { randomBytes } from "node:crypto";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { sql as dbSql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { emptyDatabase } from "../../../test/memory-store.ts";
import { LOCAL, openTestServer, signedIn, type TestServer } from "../../../test/server.ts";
import { hashSecret } from "../auth/secret.ts";
import { createIntake } from "../segment/intake.ts";
import { readMessage } from "../segment/read-message.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
let now = NOW;
let test: TestServer;
beforeAll(async () => {
  test = await openTestServer({ now: () => now });
});
afterAll(() => test.close());
beforeEach(async () => {
  // A minute later, so that keys of the test before are not remembered.
  now += 60_000;
  await emptyDatabase(test.store.database);
  for (const kind of ["live", "history"] as const) {
    await test.store.writeKeys.create({ hash: hashSecret(kind), name: kind, kind }, now);
  }
  const backend = { hash: hashSecret("backend"), name: "backend", kind: "live" } as const;
  await test.store.writeKeys.create({ ...backend, isTrusted: true }, now);
});

const post = (
  path: string,
  payload: unknown,
  headers: Record<string, string> = { authorization: "Bearer live" },
) =>
  test.server.http.inject({
    method: "POST",
    url: path,
    headers: { ...LOCAL, "content-type": "application/json", ...headers },
    payload:
      typeof payload === "string" || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
  });
const track = (messageId: string, more: object = {}) => ({
  type: "track",
  event: "Route Planned",
  userId: "ann",
  messageId,
  ...more,
});
const LIVE = { door: "live", isTrusted: false, sentAt: undefined, type: undefined } as const;
const all = () => test.store.events.read(0, 1000);
const reasons = async () => (await test.store.quarantine.list()).map(({ reason }) => reason).sort();

it("takes the key from the body, from Basic and from Bearer, and knows no other", async () => {
  const basic = (key: string) => ({ authorization: `Basic ${btoa(`${key}:`)}` });
  const tries: [unknown, Record<string, string>, number][] = [
    [{ ...track("1"), writeKey: "live" }, {}, 200],
    [track("2"), basic("live"), 200],
    [track("3"), { authorization: "Bearer live" }, 200],
    [track("4"), { authorization: "bearer  live" }, 200],
    [track("5"), {}, 401],
    [track("6"), basic("other"), 401],
    [track("7"), { authorization: "Bearer wm_token" }, 401],
    [{ ...track("8"), writeKey: { $ne: "" } }, {}, 401],
    [{ ...track("9"), writeKey: "x".repeat(5000) }, {}, 401],
    [{ ...track("10"), writeKey: "other" }, basic(""), 401],
  ];
  for (const [body, headers, status] of tries) {
    const answer = await post("/v1/track", body, headers);
    expect([answer.statusCode, JSON.stringify(body).slice(0, 80)]).toContain(status);
    expect(answer.json()).toEqual(
      status === 200 ? { success: true } : { code: "SIGN_IN_NEEDED", message: expect.any(String) },
    );
  }
  expect((await all()).map(({ messageId }) => messageId)).toEqual(["1", "2", "3", "4"]);
});

it("ends with its key: at once where it is removed, in ten seconds elsewhere", async () => {
  const ada = await signedIn(test, { name: "Ada", role: "admin" });
  const { http } = test.server;
  const made = await http.inject({
    method: "POST",
    url: "/api/write-keys",
    headers: ada.headers,
    payload: { name: "page" },
  });
  expect(made.statusCode).toBe(201);
  const { id, writeKey } = made.json();
  const send = () =>
    post("/v1/track", track(`${randomBytes(8).toString("hex")}`), {
      authorization: `Bearer ${writeKey}`,
    });
  expect((await send()).statusCode).toBe(200);
  const listed = await http.inject({ url: "/api/write-keys", headers: ada.headers });
  expect(listed.json().writeKeys[0]).toMatchObject({ id, name: "page", kind: "live", usedMs: now });
  expect(listed.body).not.toContain(writeKey);
  const url = `/api/write-keys/${id}`;
  const removed = await http.inject({ method: "DELETE", url, headers: ada.headers });
  expect(removed.statusCode).toBe(204);
  expect((await send()).statusCode).toBe(401);
  const other = await test.store.writeKeys.create(
    { hash: hashSecret("k"), name: "k", kind: "live" },
    now,
  );
  const sendOther = () =>
    post("/v1/track", track(`${Math.round(performance.now() * 1e6)}`), {
      authorization: "Bearer k",
    });
  expect((await sendOther()).statusCode).toBe(200);
  await test.store.writeKeys.remove(other.id);
  now += 10_001;
  expect((await sendOther()).statusCode).toBe(401);
});

it("keeps an event once: repeated in a batch, in another, and by many at once", async () => {
  const batch = { batch: [track("1"), track("2"), track("1")] };
  for (let i = 0; i < 2; i++) expect((await post("/v1/batch", batch)).statusCode).toBe(200);
  const many = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      post("/v1/batch", { batch: [track("3"), track(`own-${i}`), track("1")] }),
    ),
  );
  expect(many.every(({ statusCode }) => statusCode === 200)).toBe(true);
  const ids = (await all()).map(({ messageId }) => messageId);
  expect(ids).toHaveLength(23);
  expect(new Set(ids).size).toBe(23);
  expect((await post("/v1/batch", { batch: [] })).statusCode).toBe(200);
});

it("keeps what can be kept of a batch, and sets the rest aside with the reason", async () => {
  const batch = [
    track("1"),
    null,
    7,
    [],
    track("2", { userId: undefined }),
    track("3", { type: "purchase" }),
    track("4", { timestamp: "1970-01-01T00:00:00Z" }),
    track("5", { properties: { x: "x".repeat(40_000) } }),
    track("6", { userId: "null" }),
    { ...track("7"), writeKey: "secret-key", userId: [] },
    track("8", { timestamp: new Date(now + 99_999).toISOString() }),
  ];
  const answer = await post("/v1/batch", { batch, writeKey: "live" }, {});
  expect([answer.statusCode, answer.json()]).toEqual([200, { success: true }]);
  const events = await all();
  expect(events.map(({ messageId }) => messageId)).toEqual(["1", "8"]);
  expect(events[1]).toMatchObject({ eventMs: now, payload: { $time: { note: "future" } } });
  expect(await reasons()).toEqual([
    "bad_field",
    "bad_time",
    "no_identity",
    "not_an_object",
    "not_an_object",
    "not_an_object",
    "placeholder_identity",
    "too_large",
    "unknown_type",
  ]);
  const ada = await signedIn(test, { name: "Ada", role: "admin" });
  const shown = await test.server.http.inject({
    url: "/api/quarantine?limit=5",
    headers: ada.headers,
  });
  expect(shown.json().counts[0]).toEqual({ source: "segment", reason: "not_an_object", count: 3 });
  expect(shown.json().rows).toHaveLength(5);
  expect(shown.body).not.toContain("secret-key");
  const one = await test.server.http.inject({
    url: "/api/quarantine?reason=too_large",
    headers: ada.headers,
  });
  expect(one.json().rows).toMatchObject([{ body: expect.stringMatching(/^.{4000}$/) }]);
  const metrics = await test.server.http.inject({ url: "/metrics", headers: LOCAL });
  expect(metrics.body).toMatch(/waymark_events_total\{outcome="quarantined"\} [1-9]/);
});

it("refuses what it cannot read with what came", async () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  const tries: [string | Buffer, Record<string, string>, RegExp][] = [
    ['{"batch":[{"type":"track"', {}, /not JSON/],
    ["", {}, /not JSON/],
    ["null", {}, /not a JSON object/],
    ["[]", {}, /not a JSON object/],
    ["{}", {}, /batch/],
    ['{"batch":{}}', {}, /batch/],
    [JSON.stringify({ batch: Array.from({ length: 2501 }, () => 1) }), {}, /2501 events/],
    [JSON.stringify({ batch: [], x: "x".repeat(512_001) }), {}, /500 KB/],
    [`{"batch":[${"9".repeat(600_000)}]}`, {}, /500 KB/],
    [gzipSync(Buffer.alloc(50_000_000)), { "content-encoding": "gzip" }, /500 KB/],
    [brotliCompressSync(Buffer.alloc(50_000_000)), { "content-encoding": "br" }, /500 KB/],
    [Buffer.from("no gzip"), { "content-encoding": "gzip" }, /not gzip/],
    [gzipSync("{}").subarray(0, 15), { "content-encoding": "gzip" }, /not gzip/],
    [Buffer.from("{}"), { "content-encoding": "zip" }, /unknown/],
    [Buffer.from("{}"), { "content-encoding": "constructor" }, /unknown/],
    [randomBytes(1000), {}, /not JSON/],
    [`{"batch":[${deep}]}`, {}, /./],
  ];
  for (const [body, headers, message] of tries) {
    const answer = await post("/v1/batch", body, { authorization: "Bearer live", ...headers });
    const what = typeof body === "string" ? body.slice(0, 60) : "bytes";
    if (answer.statusCode !== 200) {
      expect([answer.statusCode, answer.json().code], what).toEqual([400, "USAGE"]);
      expect(answer.json().message, what).toMatch(message);
    } else expect(await reasons(), what).toEqual(["too_deep"]);
  }
  const large = await post("/v1/track", track("1", { properties: { x: "x".repeat(33_000) } }));
  expect([large.statusCode, large.json().message]).toEqual([400, expect.stringMatching(/32 KB/)]);
  expect(await all()).toEqual([]);
});

it("reads compressed bodies, of any content type", async () => {
  const body = (id: string) => JSON.stringify({ batch: [track(id, { properties: { id } })] });
  const send = (payload: Buffer, headers: Record<string, string>) =>
    post("/v1/batch", payload, { authorization: "Bearer live", ...headers });
  const answers = [
    await send(gzipSync(body("1")), { "content-encoding": "gzip" }),
    await send(deflateSync(body("2")), { "content-encoding": "deflate" }),
    await send(brotliCompressSync(body("3")), { "content-encoding": "br" }),
    await send(Buffer.from(body("4")), { "content-type": "text/plain" }),
    await send(Buffer.from(body("5")), { "content-type": "application/x-www-form-urlencoded" }),
  ];
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200]);
  expect(await all()).toHaveLength(5);
});

it("may be asked from any page, with no cookie; our own routes may not", async () => {
  const headers = { origin: "https://app.example", "sec-fetch-site": "cross-site" };
  const asked = await test.server.http.inject({
    method: "OPTIONS",
    url: "/v1/batch",
    headers: { ...LOCAL, ...headers, "access-control-request-method": "POST" },
  });
  expect(asked.statusCode).toBe(204);
  expect(asked.headers["access-control-allow-origin"]).toBe("*");
  expect(asked.headers["access-control-allow-headers"]).toContain("authorization");
  const ada = await signedIn(test, { name: "Ada", role: "admin" });
  const { cookie } = ada.headers as { cookie: string };
  const body = { ...track("1"), writeKey: "live" };
  const sent = await post("/v1/track", body, { ...headers, cookie, "content-type": "text/plain" });
  expect(sent.statusCode).toBe(200);
  expect(sent.headers["access-control-allow-origin"]).toBe("*");
  expect(sent.headers["access-control-allow-credentials"]).toBeUndefined();
  expect((await post("/v1/track", track("2"), { ...headers, cookie })).statusCode).toBe(401);
  for (const url of ["/api/write-keys", "/api/write-keys?/v1/track", "/api/session"]) {
    const crossed = await post(url, { name: "x" }, { ...headers, cookie });
    expect([url, crossed.statusCode]).toEqual([url, 403]);
    expect(crossed.headers["access-control-allow-origin"]).toBeUndefined();
  }
});

it("knows members by their ids, joins them by alias and identify, and describes them", async () => {
  const identify = {
    type: "identify",
    userId: "new",
    anonymousId: "phone",
    traits: { name: "Ann", email: "ann@x.y", stripeCustomerId: "cus_1", athleteId: "5" },
  };
  const batch = [
    track("1", { userId: undefined, anonymousId: "phone" }),
    track("2", { userId: "old" }),
    { ...identify, messageId: "3" },
    { type: "alias", userId: "new", previousId: "old", messageId: "4" },
    { type: "alias", userId: "newest", previousId: "new", messageId: "5" },
    track("6", { userId: "old" }),
  ];
  const backend = { authorization: "Bearer backend" };
  expect((await post("/v1/batch", { batch }, backend)).statusCode).toBe(200);
  expect(await test.store.members.count()).toBe(1);
  const { members } = await test.store.members.list();
  expect(members[0]).toMatchObject({ name: "Ann", email: "ann@x.y" });
  const identities = await test.store.members.identities(members[0]!.id);
  expect(identities.map(({ kind, value }) => `${kind} ${value}`).sort()).toEqual([
    "anonymous new",
    "anonymous old",
    "anonymous phone",
    "athlete 5",
    "stripe_customer cus_1",
    "user new",
    "user newest",
    "user old",
  ]);
  expect(await test.store.events.ofMember(members[0]!.id)).toHaveLength(6);
  await post("/v1/alias", { userId: "next day", previousId: "newest", messageId: "7" }, backend);
  expect(await test.store.members.count()).toBe(1);
});

it("lets nobody take over a member, or payments, with the key of a page", async () => {
  const backend = { authorization: "Bearer backend" };
  const victim = { stripeCustomerId: "cus_1", athleteId: 5 };
  await post("/v1/identify", { userId: "ann", messageId: "1", traits: victim }, backend);
  // Known to Stripe and not yet to the app.
  await test.store.members.resolve([[{ kind: "stripe_customer", value: "cus_2" }]], now);
  const before = await test.store.members.count();
  const doubted = async () =>
    Number(
      /outcome="doubted"} (\d+)/.exec(
        (await test.server.http.inject({ url: "/metrics", headers: LOCAL })).payload,
      )?.[1],
    );
  const doubtedBefore = await doubted();
  const batch = [
    { type: "alias", userId: "eve", previousId: "ann", messageId: "2" },
    { type: "alias", userId: "ann", previousId: "eve", messageId: "3" },
    { type: "alias", anonymousId: "x", previousId: "ann", messageId: "4" },
    { type: "identify", userId: "eve", traits: victim, messageId: "5" },
    { type: "identify", userId: "eve", traits: { stripe_customer_id: "cus_2" }, messageId: "6" },
    { type: "identify", anonymousId: "y", traits: { athleteId: 5 }, messageId: "7" },
    { type: "alias", userId: "eve", previousId: "eve-browser", messageId: "8" },
  ];
  expect((await post("/v1/batch", { batch })).statusCode).toBe(200);
  const { members } = await test.store.members.list();
  const named = new Map<string, string[]>();
  for (const { id } of members) {
    const own = await test.store.members.identities(id);
    const user = own.find(({ kind }) => kind === "user")?.value ?? `member ${id}`;
    named.set(user, own.map(({ kind, value }) => `${kind} ${value}`).sort());
  }
  // Eve with the browser x, and the browser y.
  expect(members).toHaveLength(before + 2);
  expect(named.get("ann")).toEqual([
    "anonymous eve",
    "athlete 5",
    "stripe_customer cus_1",
    "user ann",
  ]);
  expect(named.get("eve")).toEqual([
    "anonymous ann",
    "anonymous eve-browser",
    "anonymous x",
    "user eve",
  ]);
  expect([...named.values()]).toContainEqual(["stripe_customer cus_2"]);
  expect((await doubted()) - doubtedBefore).toBe(6);
  expect(await all()).toHaveLength(8);
});

it("brings a history that was known when it happened", async () => {
  const day = Date.UTC(2025, 5, 1);
  const message = track("1", { timestamp: new Date(day).toISOString() });
  await post("/v1/track", message, { authorization: "Bearer history" });
  await post("/v1/track", { ...message, messageId: "2" });
  expect(await all()).toMatchObject([
    { eventMs: day, createdMs: day },
    { eventMs: day, createdMs: now },
  ]);
});

it("erases a member, keeps nothing that comes later, and says nothing of it to the sender", async () => {
  await post("/v1/batch", { batch: [track("1"), track("2", { userId: "bob" })] });
  await post("/v1/batch", { batch: [track("3", { type: "x" })] });
  const ada = await signedIn(test, { name: "Ada", role: "admin" });
  const gro = await signedIn(test, { name: "Gro", role: "growth" });
  const cid = await signedIn(test, { name: "Cid" });
  const { http } = test.server;
  const url = "/api/members/1";
  const events = (headers: Record<string, string>) =>
    http.inject({ url: `${url}/events?limit=1`, headers });
  expect((await events(cid.headers)).statusCode).toBe(403);
  expect((await events(gro.headers)).json()).toMatchObject({
    events: [{ kind: "track:Route Planned", source: "segment", value: null }],
  });
  const erase = (headers: Record<string, string>) =>
    http.inject({ method: "DELETE", url, headers });
  expect((await erase(gro.headers)).statusCode).toBe(403);
  expect((await erase(ada.headers)).statusCode).toBe(204);
  expect((await erase(ada.headers)).statusCode).toBe(404);
  expect((await events(ada.headers)).statusCode).toBe(404);
  const late = await post("/v1/batch", { batch: [track("4"), track("5", { anonymousId: "x" })] });
  expect([late.statusCode, late.json()]).toEqual([200, { success: true }]);
  expect((await all()).map(({ messageId }) => messageId)).toEqual(["2"]);
  expect(await test.store.quarantine.list()).toEqual([]);
  expect(await test.store.members.count()).toBe(1);
  const audit = await test.store.audit.list({});
  expect(audit[0]).toMatchObject({ action: "member.erase", subject: "member 1" });
});

it("pages through a member's events without losing any of one moment", async () => {
  const timestamp = new Date(now - 5000).toISOString();
  await post("/v1/batch", {
    batch: Array.from({ length: 7 }, (_, i) => track(`${i}`, { timestamp })),
  });
  const gro = await signedIn(test, { name: "Gro", role: "growth" });
  const seen: number[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const url: string = `/api/members/1/events?limit=3${cursor && `&cursor=${cursor}`}`;
    const answer = await test.server.http.inject({ url, headers: gro.headers });
    const page = answer.json() as { events: { seq: number }[]; next: string | null };
    seen.push(...page.events.map(({ seq }) => seq));
    cursor = page.next;
  }
  expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
});

it("tells senders to come back when too much waits, and loses nothing it has taken", async () => {
  const intake = createIntake(test.store, 10);
  const arrival = { ...LIVE, receivedMs: now };
  const parcel = (i: number) => ({
    messages: [0, 1, 2, 3].map((k) => readMessage(track(`${i}-${k}`), arrival) as never),
    refused: [],
    receivedMs: now,
  });
  const results = await Promise.allSettled(
    Array.from({ length: 6 }, (_, i) => intake.add(parcel(i))),
  );
  const states = results.map(({ status }) => status);
  expect(states).toEqual([
    "fulfilled",
    "fulfilled",
    "rejected",
    "rejected",
    "rejected",
    "rejected",
  ]);
  expect((results[5] as PromiseRejectedResult).reason).toMatchObject({
    code: "TOO_MANY_REQUESTS",
    retryS: 1,
  });
  expect(await all()).toHaveLength(8);
  expect(intake.waiting).toBe(0);
  expect(await intake.add(parcel(9))).toMatchObject({ kept: 4, repeated: 0 });
  expect(intake.totals).toMatchObject({ kept: 12, repeated: 0, erased: 0, quarantined: 0 });
});

it("remembers who is who only as long as it is so", async () => {
  const send = (id: string, ids: object) =>
    post("/v1/track", track(id, { userId: undefined, ...ids }));
  await send("1", { anonymousId: "tab" });
  await send("2", { userId: "ann" });
  await send("3", { anonymousId: "tab" });
  const [tab, ann] = (await test.store.members.list()).members.map(({ id }) => id);
  // Behind the server's back, as another process would.
  await test.store.members.resolve(
    [
      [
        { kind: "user", value: "ann" },
        { kind: "anonymous", value: "tab" },
      ],
    ],
    now,
  );
  await send("4", { anonymousId: "tab" });
  expect(await test.store.events.ofMember(ann!)).toHaveLength(4);
  expect(await test.store.events.ofMember(tab!)).toEqual([]);
  await test.store.members.erase(ann!, now);
  await send("5", { anonymousId: "tab" });
  await send("6", { userId: "bob", timestamp: new Date(now - 9000).toISOString() });
  await send("7", { userId: "bob", timestamp: new Date(now - 99_000).toISOString() });
  expect((await all()).map(({ messageId }) => messageId)).toEqual(["6", "7"]);
  const { members } = await test.store.members.list();
  expect(members.map(({ firstMs }) => firstMs)).toEqual([now - 99_000]);
});

it("forgets what it learned in a transaction that failed", async () => {
  const sql = test.store.database.sql;
  await post("/v1/track", track("1"));
  const intake = createIntake(test.store);
  const arrival = { ...LIVE, receivedMs: now };
  const parcel = (id: string, userId: string) => ({
    messages: [readMessage(track(id, { userId }), arrival) as never],
    refused: [{ source: id, reason: "x", message: "", body: "" }],
    receivedMs: now,
  });
  await sql.schema
    .alterTable("quarantine")
    .addCheckConstraint("broken", dbSql`source <> '2'`)
    .execute();
  await expect(intake.add(parcel("2", "new"))).rejects.toThrow("broken");
  await sql.schema.alterTable("quarantine").dropConstraint("broken").execute();
  expect(await intake.add(parcel("3", "new"))).toMatchObject({ kept: 1 });
  const kept = (await all()).map(({ messageId, memberId }) => [messageId, memberId]);
  const { members } = await test.store.members.list();
  expect(kept).toEqual([
    ["1", members[0]!.id],
    ["3", members[1]!.id],
  ]);
});
