// The server as whoever runs it sees it: health, metrics, logs without secrets, limits, slow clients, and
// an end in good order.
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyDatabase } from "../../test/memory-store.ts";
import {
  LOCAL,
  multipart,
  openTestServer,
  signedIn,
  type TestServer,
  withToken,
} from "../../test/server.ts";
import { WaymarkError } from "../base/error.ts";
import { REMATCH, REMATCH_PHASE } from "../platform/job/kinds.ts";
import { statusSchema } from "../schema/map.ts";
import type { Store } from "../store/store.ts";
import { hashPassword } from "./auth/password.ts";
import { createRequestLog } from "./log.ts";

let harness: TestServer;
beforeAll(async () => {
  harness = await openTestServer();
});
afterAll(() => harness.close());

/** Another server on the same store. */
const serverOf = (options: Parameters<typeof openTestServer>[0] = {}) =>
  openTestServer({ store: harness.store, queue: harness.queue, ...options });

test("metrics count requests by route, and never by address", async () => {
  const { headers, athlete } = await signedIn(harness, { name: "Ann" });
  const get = (url: string) => harness.server.http.inject({ url, headers });
  await get("/api/activities/12345678");
  await get("/api/activities/87654321");
  await get("/nothing/secret-place.txt");
  await harness.queue.send(
    { name: "test", tries: 1, backoffMs: 1, backoffMaxMs: 1, limitMs: 1 },
    {},
  );
  const answer = await get("/metrics");
  expect(answer.headers["content-type"]).toContain("text/plain");
  expect(answer.body).toMatch(
    /waymark_http_request_duration_seconds_count\{method="GET",route="\/api\/activities\/:id",status="404"\} 2/,
  );
  expect(answer.body).toMatch(/waymark_jobs\{kind="test",state="waiting"\} 1/);
  expect(answer.body).toContain('waymark_match_questions{state="running"} 0');
  expect(answer.body).toContain("process_resident_memory_bytes");
  expect(answer.body).not.toMatch(/12345678|secret-place/);
  // Prometheus's text format: a name, labels, a number.
  for (const line of answer.body.split("\n")) {
    expect(line).toMatch(/^(#.*|[a-z_][a-z_\d]*(\{[^}]*\})? -?[\d.e+-]+(Inf|NaN)?|)$/i);
  }
  await harness.store.athletes.remove(athlete.id, Date.now());
});

test("no secret is in a log: not a token, cookie, password, code, query or coordinate", async () => {
  const lines: string[] = [];
  const log = createRequestLog({ write: (line) => lines.push(line) }, "info");
  const { server, close } = await serverOf({ log });
  const password = "swordfish swordfish";
  const passwordHash = await hashPassword(password);
  const person = { name: "Ann", email: "ann@example.org", passwordHash };
  const { athlete, headers } = await signedIn(harness, person);
  const bearer = await withToken(harness, athlete.id, ["profile:read"]);
  const ask = (method: "GET" | "POST", url: string, more: object, payload?: object) =>
    server.http.inject({
      method,
      url,
      headers: { ...LOCAL, ...more },
      ...(payload ? { payload } : {}),
    });
  const signedInAnswer = await ask("POST", "/api/session", {}, { email: person.email, password });
  await ask("POST", "/api/session", {}, { email: person.email, password: "wrong swordfish" });
  await ask("GET", "/api/me", bearer);
  const made = await ask("POST", "/api/tokens", headers, { name: "x", scopes: ["profile:read"] });
  await ask("GET", "/enter?code=the-printed-code", {});
  await ask("GET", "/api/activities?q=clinic", headers);
  await ask("GET", "/match/v1/foot/8.12345,47.12345;8.2,47.2", {});
  // Senders of events and webhooks: keys in the body and in headers, signatures, secrets of an address.
  for (const url of [
    "/v1/batch",
    "/v1/track",
    "/webhooks/stripe",
    "/webhooks/google_play/1?token=in-a-push",
  ]) {
    const payload = { writeKey: "wk_in-a-body", batch: [{ type: "track", userId: "of-a-member" }] };
    await ask("POST", url, { "stripe-signature": "t=1,v1=a-signature" }, payload);
    await ask("POST", url, { authorization: "Bearer wk_in-a-header" }, payload);
  }
  const broken = {
    ...harness.store,
    tokens: { ...harness.store.tokens },
    writeKeys: { ...harness.store.writeKeys },
  } as Store;
  broken.tokens.find = () => Promise.reject(new Error("statement failed"));
  broken.writeKeys.find = () => Promise.reject(new Error("statement failed"));
  const failing = await openTestServer({ store: broken, queue: harness.queue, log });
  const fault = await failing.server.http.inject({
    url: "/api/me?token=in-a-query",
    headers: bearer,
  });
  expect(fault.statusCode).toBe(500);
  const events = await failing.server.http.inject({
    method: "POST",
    url: "/v1/batch",
    headers: LOCAL,
    payload: { writeKey: "wk_in-a-body", batch: [] },
  });
  expect(events.statusCode).toBe(500);
  await Promise.all([close(), failing.close()]);

  expect(lines.length).toBeGreaterThan(7);
  const all = lines.join("");
  const secrets = [
    password,
    "swordfish",
    bearer.authorization!.split(" ")[1]!,
    headers.cookie!.split("=")[1]!,
    signedInAnswer.cookies[0]!.value,
    made.json().token,
    "the-printed-code",
    "clinic",
    "47.12345",
    "in-a-query",
    "ann@example.org",
    "wk_",
    "a-signature",
    "in-a-push",
    "of-a-member",
    "scrypt",
  ];
  for (const secret of secrets) expect(all.includes(secret), secret).toBe(false);
  // And what there is, is of use.
  expect(JSON.parse(lines[0]!)).toMatchObject({
    method: "POST",
    path: "/api/session",
    status: 200,
  });
  expect(all).toContain("statement failed");
  expect(all).toContain('"path":"/match/v1/foot/…"');
  await harness.store.athletes.remove(athlete.id, Date.now());
});

test("a client that sends its headers drop by drop is let go, and others are served meanwhile", async () => {
  const { server, close } = await serverOf({ headersMs: 300 });
  const address = await server.start(0);
  const started = performance.now();
  const slow = Array.from({ length: 20 }, () => {
    const socket = connect(Number(new URL(address).port), "127.0.0.1");
    let text = "";
    socket.on("data", (part) => {
      text += part;
    });
    socket.on("error", () => {});
    socket.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
    const drops = setInterval(() => socket.write("x: y\r\n"), 100);
    return new Promise<string>((resolve) =>
      socket.on("close", () => {
        clearInterval(drops);
        resolve(text);
      }),
    );
  });
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  for (const text of await Promise.all(slow)) expect(text).toMatch(/^(HTTP\/1\.1 408 |$)/);
  expect(performance.now() - started).toBeLessThan(5000);
  await close();
});

test("a client that stops in the middle of a body is let go", async () => {
  const { server, close } = await serverOf({ idleMs: 300 });
  const address = await server.start(0);
  const socket = connect(Number(new URL(address).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  socket.write(
    "POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
  );
  const closed = new Promise<boolean>((resolve) => socket.on("close", () => resolve(true)));
  expect(await Promise.race([closed, sleep(3000).then(() => false)])).toBe(true);
  await close();
});

test.each([
  ["an address of 70 kB", `GET /${"x".repeat(70_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, "431"],
  [
    "a header of 70 kB",
    `GET / HTTP/1.1\r\nHost: localhost\r\nx: ${"y".repeat(70_000)}\r\n\r\n`,
    "431",
  ],
  ["no HTTP", "\x16\x03\x01 hello\r\n\r\n", "400"],
  [
    "two lengths",
    "POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "400",
  ],
  [
    "a length and chunks",
    "POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "400",
  ],
])("%s is refused in our shape", async (_what, bytes, status) => {
  const { server, close } = await serverOf();
  const socket = connect(Number(new URL(await server.start(0)).port), "127.0.0.1");
  socket.on("error", () => {});
  let text = "";
  socket.on("data", (part) => {
    text += part;
  });
  socket.write(bytes);
  await new Promise((resolve) => socket.once("close", resolve));
  expect(text.split("\r\n")[0]).toContain(status);
  expect(JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4))).toMatchObject({ code: "USAGE" });
  await close();
});

test("one caller's haste is told when to come back, and is not another's", async () => {
  const { server, close } = await serverOf({ requestsPerMinute: 5 });
  const ann = await signedIn(harness, { name: "Anna" });
  const ben = await signedIn(harness, { name: "Ben" });
  const ask = (headers: Record<string, string>) => server.http.inject({ url: "/api/me", headers });
  const answers = [];
  for (let i = 0; i < 7; i++) answers.push(await ask(ann.headers));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200, 429, 429]);
  const late = answers.at(-1)!;
  expect(late.json().code).toBe("TOO_MANY_REQUESTS");
  expect(Number(late.headers["retry-after"])).toBeGreaterThan(0);
  expect((await ask(ben.headers)).statusCode).toBe(200);
  const strava = await server.http.inject({ url: "/api/v3/athlete", headers: ann.headers });
  expect(strava.statusCode).toBe(429);
  expect(strava.json()).toMatchObject({ errors: [{ code: "exceeded" }] });
  await close();
});

test("a database that is away is said so without its address, and the process lives", async () => {
  const away = new WaymarkError("STORE_UNAVAILABLE", "connect ECONNREFUSED 10.1.2.3:5432");
  const { store } = harness;
  const database = { ...store.database, ping: () => Promise.reject(away) };
  const sessions = { ...store.sessions, find: () => Promise.reject(away) };
  const { server, close } = await serverOf({ store: { ...store, database, sessions } });
  const { headers } = await signedIn(harness, { name: "Cid" });
  for (const url of ["/readyz", "/api/me", "/api/v3/athlete"]) {
    const answer = await server.http.inject({ url, headers });
    expect(answer.statusCode, url).toBe(503);
    expect(answer.headers["retry-after"]).toBe("5");
    expect(answer.body).not.toContain("10.1.2.3");
    expect(answer.json().code).toBe("STORE_UNAVAILABLE");
  }
  expect((await server.http.inject({ url: "/healthz", headers })).statusCode).toBe(200);
  await close();
});

test("a stop lets what runs end, and takes nothing new", async () => {
  const { store } = harness;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const list: Store["activities"]["list"] = async (query, viewer) => {
    await held;
    return await store.activities.list(query, viewer);
  };
  const slow = await serverOf({ store: { ...store, activities: { ...store.activities, list } } });
  const address = await slow.server.start(0);
  const { headers } = await signedIn(harness, { name: "Dan" });
  const running = fetch(`${address}/api/activities`, { headers: { cookie: headers.cookie! } });
  await sleep(200);
  const stopped = slow.server.stop();
  await sleep(100);
  await expect(fetch(`${address}/healthz`)).rejects.toThrow();
  release();
  expect((await running).status).toBe(200);
  const begun = performance.now();
  await stopped;
  expect(performance.now() - begun).toBeLessThan(2000);
  await emptyDatabase(store.database);
});

test("a stop waits for the upload that is on its way, and keeps it", async () => {
  const slow = await serverOf();
  const { port } = new URL(await slow.server.start(0));
  const { headers, athlete } = await signedIn(harness, { name: "Eve" });
  const body = multipart({}, { name: "walk.gpx", bytes: Buffer.alloc(300_000, "x") });
  const bytes = body.payload as Buffer;
  const head = { ...headers, ...body.headers, "content-length": String(bytes.length) };
  const lines = Object.entries({ ...head, origin: `http://localhost:${port}` })
    .filter(([name]) => name !== "host")
    .map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(Number(port), "127.0.0.1");
  let text = "";
  socket.on("data", (part) => {
    text += part;
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.write(`POST /api/uploads HTTP/1.1\r\nhost: localhost:${port}\r\n${lines.join("")}\r\n`);
  socket.write(bytes.subarray(0, 100_000));
  await sleep(200);
  const stopped = slow.server.stop();
  await sleep(200);
  expect(text).toBe("");
  socket.write(bytes.subarray(100_000));
  await Promise.all([stopped, closed]);
  expect(text.split("\r\n")[0]).toBe("HTTP/1.1 201 Created");
  const { uploads } = await harness.store.uploads.list(athlete.id);
  expect(uploads).toMatchObject([{ fileName: "walk.gpx", byteLength: 300_000 }]);
  expect(await harness.store.blobs.has(uploads[0]!.sha256!)).toBe(true);
  await emptyDatabase(harness.store.database);
});

test("the matching to a new map is told with its progress, and the server is ready meanwhile", async () => {
  const status = async () => {
    const answer = await harness.server.http.inject({ url: "/api/status", headers: LOCAL });
    return statusSchema.parse(answer.json());
  };
  expect((await status()).phase).toBe("ready");
  let finish = (): void => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  await harness.queue.send(REMATCH, {}, { key: "all" });
  expect(await status()).toMatchObject({ phase: REMATCH_PHASE, done: 0, total: 0 });
  harness.queue.work(REMATCH, 1, {
    async run({ progress }) {
      progress({ phase: REMATCH_PHASE, done: 3, total: 9 });
      await held;
    },
  });
  await expect
    .poll(status, { timeout: 10_000 })
    .toMatchObject({ phase: REMATCH_PHASE, done: 3, total: 9, startedMs: expect.any(Number) });
  const ready = await harness.server.http.inject({ url: "/readyz", headers: LOCAL });
  expect(ready.statusCode).toBe(200);
  finish();
  await expect.poll(async () => (await status()).phase, { timeout: 10_000 }).toBe("ready");
});
