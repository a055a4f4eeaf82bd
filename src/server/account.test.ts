// Accounts as people and strangers meet them: signing in, up and out, tokens, roles, and leaving.
import { scryptSync } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { emptyDatabase } from "../../test/memory-store.ts";
import { LOCAL, openTestServer, signedIn, type TestServer, withToken } from "../../test/server.ts";
import { addressKey, createAttempts } from "./auth/attempts.ts";
import { createDoor, doorDefaults } from "./auth/door.ts";
import { hashPassword, isPassword } from "./auth/password.ts";

const OWN = { ...LOCAL, origin: "http://localhost" };
const PASSWORD = "correct horse battery";
let harness: TestServer;
/** As the server makes it: a check costs 0.3 s of a core. */
let passwordHash: string;
/** Of an account of long ago, when hashes were cheap: a check costs 2 ms. */
const quickHash = (() => {
  const key = scryptSync(PASSWORD, "salt", 32, { N: 2 ** 10, r: 8, p: 1 }).toString("base64");
  return `$scrypt$ln=10,r=8,p=1$${btoa("salt")}$${key}`.replace(/=+(?=\$|$)/g, "");
})();
let nowMs = Date.now();

beforeAll(async () => {
  harness = await openTestServer({ now: () => nowMs });
  passwordHash = await hashPassword(PASSWORD);
});
afterAll(() => harness.close());
beforeEach(async () => {
  await emptyDatabase(harness.store.database);
  // A quarter of an hour on, tries of the test before are forgotten.
  nowMs += 3_600_000;
});

type Method = "GET" | "POST" | "PATCH" | "DELETE";
async function ask(
  method: Method,
  url: string,
  { headers = OWN, body }: { headers?: Record<string, string>; body?: unknown } = {},
) {
  return await harness.server.http.inject({
    method,
    url,
    headers,
    ...(body === undefined ? {} : { payload: body as object }),
  });
}
const signIn = (email: string, password = PASSWORD, headers: Record<string, string> = OWN) =>
  ask("POST", "/api/session", { body: { email, password }, headers });
const cookieOf = (answer: Awaited<ReturnType<typeof ask>>): string => {
  const { name, value } = answer.cookies[0] as { name: string; value: string };
  return `${name}=${value}`;
};
const ann = (hash = quickHash) =>
  harness.store.athletes.create(
    { name: "Ann", email: "ann@example.org", passwordHash: hash },
    nowMs,
  );

describe("a password", () => {
  test("is kept as a salted hash that says its cost, and another is not taken for it", async () => {
    expect(passwordHash).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/);
    expect(await hashPassword(PASSWORD)).not.toBe(passwordHash);
    expect(await isPassword(PASSWORD, passwordHash)).toBe(true);
    expect(await isPassword(`${PASSWORD} `, passwordHash)).toBe(false);
    expect(await isPassword(PASSWORD, null)).toBe(false);
    expect(await isPassword(PASSWORD, "$2b$10$another.library")).toBe(false);
  });

  test("is the same whichever way its letters are composed", async () => {
    expect(
      await isPassword("stra\u00dfe caf\u00e9", await hashPassword("stra\u00dfe cafe\u0301")),
    ).toBe(true);
  });
});

describe("signing in", () => {
  test("sets a cookie that scripts cannot read and other sites cannot send", async () => {
    await ann(passwordHash);
    const answer = await signIn("ANN@example.org");
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ name: "Ann", role: "athlete", hasPassword: true });
    expect(answer.body).not.toContain("scrypt");
    expect(answer.cookies[0]).toMatchObject({
      name: "waymark_session",
      httpOnly: true,
      sameSite: "Lax",
      path: "/",
    });
    const headers = { ...OWN, cookie: cookieOf(answer) };
    expect((await ask("GET", "/api/me", { headers })).json().email).toBe("ann@example.org");
    expect((await ask("GET", "/api/session", { headers })).json()).toMatchObject({
      me: { name: "Ann" },
      signup: "invitation",
      isLocal: true,
    });
    expect((await ask("GET", "/api/session")).json().me).toBeNull();
  });

  test("keeps nothing of the cookie but its hash", async () => {
    await ann();
    const [, token] = cookieOf(await signIn("ann@example.org")).split("=");
    const rows = await harness.store.database.sql.selectFrom("session").selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  test("answers a stranger's email, a wrong password and a closed account alike, in like time", async () => {
    const { id } = await ann(passwordHash);
    await signIn("warm@example.org");
    const times: Record<string, number[]> = { known: [], unknown: [] };
    const bodies = new Set<string>();
    // Without the check of a hash of nobody an unknown email is 50 times as fast.
    const fastest = (kind: string): number => Math.min(...times[kind]!);
    const isAlike = () => Math.abs(Math.log2(fastest("unknown") / fastest("known"))) < 1;
    // A machine with other work may slow one of them four times in a row.
    for (let i = 0; i < 4 || (i < 16 && !isAlike()); i++) {
      nowMs += 3_600_000;
      for (const [kind, email] of [
        ["known", "ann@example.org"],
        ["unknown", `nobody${i}@example.org`],
      ] as const) {
        const start = performance.now();
        const answer = await signIn(email, "wrong password");
        times[kind]!.push(performance.now() - start);
        bodies.add(`${answer.statusCode} ${answer.body}`);
      }
    }
    await harness.store.athletes.update(id, { disabledMs: nowMs });
    const closed = await signIn("ann@example.org");
    bodies.add(`${closed.statusCode} ${closed.body}`);
    expect([...bodies]).toHaveLength(1);
    expect(isAlike(), JSON.stringify(times)).toBe(true);
  });

  test("ends the session before and never takes over a cookie that somebody planted", async () => {
    await ann();
    const planted = "waymark_session=planted-by-a-stranger";
    const first = await signIn("ann@example.org", PASSWORD, { ...OWN, cookie: planted });
    expect(cookieOf(first)).not.toBe(planted);
    expect((await ask("GET", "/api/me", { headers: { ...OWN, cookie: planted } })).statusCode).toBe(
      401,
    );
    const cookie = cookieOf(first);
    const second = await signIn("ann@example.org", PASSWORD, { ...OWN, cookie });
    expect((await ask("GET", "/api/me", { headers: { ...OWN, cookie } })).statusCode).toBe(401);
    const headers = { ...OWN, cookie: cookieOf(second) };
    expect((await ask("GET", "/api/me", { headers })).statusCode).toBe(200);
  });

  test("is refused after ten wrong passwords, for that account from that address alone", async () => {
    await ann();
    const tries = await Promise.all(
      Array.from({ length: 12 }, () => signIn("ann@example.org", "wrong password")),
    );
    expect(tries.map(({ statusCode }) => statusCode).sort()).toEqual([
      ...Array.from({ length: 10 }, () => 401),
      429,
      429,
    ]);
    const late = await signIn("ann@example.org");
    expect(late.statusCode).toBe(429);
    expect(Number(late.headers["retry-after"])).toBeGreaterThan(60);
    expect((await signIn("ben@example.org", "wrong password")).statusCode).toBe(401);
    nowMs += 16 * 60_000;
    expect((await signIn("ann@example.org")).statusCode).toBe(200);
  });

  test("lives on in the browser too while it is used", async () => {
    await ann();
    const signed = await signIn("ann@example.org");
    const headers = { ...OWN, cookie: cookieOf(signed) };
    const at = (url: string) => ask("GET", url, { headers });
    expect((await at("/api/me")).headers["set-cookie"]).toBeUndefined();
    for (const url of ["/api/me", "/api/session"]) {
      nowMs += 86_400_000;
      const used = await at(url);
      expect(cookieOf(used)).toBe(headers.cookie);
      expect(used.cookies[0]).toMatchObject({ maxAge: 30 * 86_400, httpOnly: true });
    }
  });

  test("lasts thirty days from its last use, and ends with signing out", async () => {
    await ann();
    const headers = { ...OWN, cookie: cookieOf(await signIn("ann@example.org")) };
    const day = 86_400_000;
    nowMs += 29 * day;
    expect((await ask("GET", "/api/me", { headers })).statusCode).toBe(200);
    nowMs += 29 * day;
    expect((await ask("GET", "/api/me", { headers })).statusCode).toBe(200);
    expect((await ask("DELETE", "/api/session", { headers })).statusCode).toBe(204);
    expect((await ask("GET", "/api/me", { headers })).statusCode).toBe(401);
    const late = { ...OWN, cookie: cookieOf(await signIn("ann@example.org")) };
    nowMs += 31 * day;
    expect((await ask("GET", "/api/me", { headers: late })).statusCode).toBe(401);
  });
});

describe("another site's page", () => {
  test.each([
    [{ origin: "https://evil.example" }],
    [{ origin: "null" }],
    [{ "sec-fetch-site": "cross-site" }],
    [{ "sec-fetch-site": "same-site" }],
    [{ origin: "http://localhost:81" }],
    [{ origin: "http://localhost", "sec-fetch-site": "cross-site" }],
    [{}],
  ])("cannot act in the name of a session with %j", async (said: Record<string, string>) => {
    const { headers, athlete } = await signedIn(harness, { name: "Ann" });
    const { origin: _, ...bare } = headers;
    const answer = await ask("PATCH", "/api/me", {
      headers: { ...bare, ...said },
      body: { name: "Mallory" },
    });
    expect(answer.statusCode).toBe(403);
    expect((await harness.store.athletes.get(athlete.id)).name).toBe("Ann");
  });

  test("cannot sign its visitor in to an account of its own", async () => {
    await ann();
    const headers = { ...LOCAL, origin: "https://evil.example" };
    expect((await signIn("ann@example.org", PASSWORD, headers)).statusCode).toBe(403);
  });

  test("does not stand in the way of our own pages and of programs with tokens", async () => {
    const { headers, athlete } = await signedIn(harness, { name: "Ann" });
    const { origin: _, ...bare } = headers;
    for (const said of [headers, { ...bare, "sec-fetch-site": "same-origin" }]) {
      const answer = await ask("PATCH", "/api/me", { headers: said, body: { name: "Anna" } });
      expect(answer.statusCode).toBe(200);
    }
    const token = await withToken(harness, athlete.id, ["profile:read"]);
    expect((await ask("GET", "/api/me", { headers: token })).statusCode).toBe(200);
  });
});

describe("signing up", () => {
  const body = { name: "Ben", email: "ben@example.org", password: PASSWORD };

  test("is by invitation unless an administrator says otherwise", async () => {
    const admin = await signedIn(harness, { name: "Ada", role: "admin" });
    const refused = await ask("POST", "/api/account", { body });
    expect(refused.statusCode).toBe(403);
    expect(refused.json().message).toContain("invitation");
    const made = await ask("POST", "/api/invitations", {
      headers: admin.headers,
      body: { email: "Ben@example.org", role: "growth" },
    });
    expect(made.statusCode).toBe(201);
    const { code: invitation, path } = made.json();
    expect(path).toBe(`/sign-up?invitation=${invitation}`);
    const list = await ask("GET", "/api/invitations", { headers: admin.headers });
    expect(list.body).not.toContain(invitation);

    const other = { ...body, email: "eve@example.org", invitation };
    expect((await ask("POST", "/api/account", { body: other })).statusCode).toBe(403);
    const two = await Promise.all([
      ask("POST", "/api/account", { body: { ...body, invitation } }),
      ask("POST", "/api/account", { body: { ...body, invitation } }),
    ]);
    expect(two.map(({ statusCode }) => statusCode).sort()).toEqual([201, 403]);
    const joined = two.find(({ statusCode }) => statusCode === 201)!;
    expect(joined.json()).toMatchObject({ name: "Ben", role: "growth" });
    const headers = { ...OWN, cookie: cookieOf(joined) };
    expect((await ask("GET", "/api/me", { headers })).statusCode).toBe(200);
  });

  test("is open or closed when the setting says so", async () => {
    const { headers } = await signedIn(harness, { name: "Ada", role: "admin" });
    const set = (signup: string) => ask("PATCH", "/api/settings", { headers, body: { signup } });
    expect((await set("open")).json()).toEqual({ signup: "open" });
    expect((await ask("POST", "/api/account", { body })).json()).toMatchObject({ role: "athlete" });
    const again = await ask("POST", "/api/account", {
      body: { ...body, email: "BEN@example.org" },
    });
    expect(again.statusCode).toBe(409);
    expect(again.json().code).toBe("EMAIL_TAKEN");
    await set("closed");
    const late = { ...body, email: "late@example.org" };
    expect((await ask("POST", "/api/account", { body: late })).statusCode).toBe(403);
    expect((await set("ajar")).json().choices).toEqual(["open", "invitation", "closed"]);
  });

  test.each([
    [{ password: "short" }, "password"],
    [{ email: "no address" }, "email"],
    [{ name: "   " }, "name"],
    [{ role: "admin" }, "role"],
  ])("refuses %j and says what is wrong", async (wrong, word) => {
    const answer = await ask("POST", "/api/account", { body: { ...body, ...wrong } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().message).toContain(word);
  });
});

describe("the printed link", () => {
  test("signs in as the owner once, and the owner is one account", async () => {
    const own = await openTestServer({ store: harness.store, queue: harness.queue });
    await own.server.start(0);
    const url = own.server.enterUrl()!;
    const first = await fetch(url, { redirect: "manual" });
    expect(first.status).toBe(303);
    expect(first.headers.get("location")).toBe("/");
    const cookie = first.headers.getSetCookie()[0]!.split(";")[0]!;
    const me = await (await fetch(new URL("/api/me", url), { headers: { cookie } })).json();
    expect(me).toMatchObject({ name: "you", role: "admin", hasPassword: false });
    const again = await fetch(url, { redirect: "manual" });
    expect(again.headers.get("location")).toBe("/sign-in?link=spent");
    expect(again.headers.getSetCookie()).toEqual([]);
    await harness.store.athletes.update(Number((me as { id: string }).id), { name: "Ada" });
    await fetch(own.server.enterUrl()!, { redirect: "manual" });
    expect(await harness.store.athletes.list()).toHaveLength(1);
    await own.close();
  });

  test("is good for ten minutes", () => {
    const door = createDoor();
    const code = door.open(0);
    expect(door.enter(code, doorDefaults.codeMs)).toBe(false);
    expect(door.enter(door.open(0), doorDefaults.codeMs - 1)).toBe(true);
    expect(door.enter("", 0)).toBe(false);
  });

  test("is not there where others may reach the server, and cookies go over TLS alone", async () => {
    const open = await openTestServer({ store: harness.store, queue: harness.queue });
    const address = await open.server.start(0, "0.0.0.0");
    const url = address.replace("0.0.0.0", "127.0.0.1");
    expect(open.server.enterUrl()).toBeUndefined();
    expect((await fetch(`${url}/enter?code=x`)).status).toBe(404);
    await ann();
    const answer = await fetch(`${url}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "ann@example.org", password: PASSWORD }),
    });
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^__Host-waymark_session=[\w-]{43}; .*HttpOnly; Secure; SameSite=Lax/,
    );
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    await open.close();
  });

  test("behind a proxy only its name is answered, and there is no link", async () => {
    const { store, queue } = harness;
    const proxied = await openTestServer({ store, queue, origin: "https://club.example" });
    await proxied.server.start(0);
    expect(proxied.server.enterUrl()).toBeUndefined();
    const at = (host: string) =>
      proxied.server.http.inject({ url: "/api/session", headers: { host } });
    expect((await at("club.example")).json()).toMatchObject({ isLocal: false });
    expect((await at("evil.example")).statusCode).toBe(400);
    await ann();
    // A proxy may name us by our own address; the browser says where its page is from.
    const from = (origin: string) =>
      proxied.server.http.inject({
        method: "POST",
        url: "/api/session",
        headers: { host: "127.0.0.1:9696", origin },
        payload: { email: "ann@example.org", password: PASSWORD },
      });
    expect((await from("https://club.example")).statusCode).toBe(200);
    expect((await from("https://evil.example")).statusCode).toBe(403);
    expect((await from("http://club.example")).statusCode).toBe(403);
    await proxied.close();
  });
});

describe("an account", () => {
  test("changes its password when it knows the old one, and every other session ends", async () => {
    const account = await ann();
    const here = await signedIn(harness, account);
    const there = await signedIn(harness, account);
    const { headers } = here;
    const next = "another horse battery";
    for (const body of [
      { password: next },
      { password: next, currentPassword: "wrong password" },
    ]) {
      const refused = await ask("PATCH", "/api/me", { headers, body });
      expect(refused.json().code).toBe("SIGN_IN_FAILED");
    }
    const body = { password: next, currentPassword: PASSWORD };
    expect((await ask("PATCH", "/api/me", { headers, body })).statusCode).toBe(200);
    expect((await ask("GET", "/api/me", { headers })).statusCode).toBe(200);
    expect((await ask("GET", "/api/me", { headers: there.headers })).statusCode).toBe(401);
    expect((await signIn("ann@example.org", next)).statusCode).toBe(200);
  });

  test("does not take the name by which another is known on this machine", async () => {
    const { headers } = await signedIn(harness, { name: "Ann" });
    await harness.store.athletes.create({ name: "Bea" }, nowMs);
    const answer = await ask("PATCH", "/api/me", { headers, body: { name: "Bea" } });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "USAGE" });
  });

  test("keeps its units and who sees what is new", async () => {
    const { headers } = await signedIn(harness, { name: "Ann" });
    const body = { units: "imperial", visibility: "everyone" };
    await ask("PATCH", "/api/me", { headers, body });
    expect((await ask("GET", "/api/me", { headers })).json()).toMatchObject(body);
  });

  test("is deleted with everything when its password is said again", async () => {
    const account = await ann();
    const { headers } = await signedIn(harness, account);
    const token = await withToken(harness, account.id, ["profile:read"]);
    const blob = await harness.store.blobs.put(Buffer.from("a recording"));
    const upload = { athleteId: account.id, blob, fileName: "a.fit" };
    await harness.store.uploads.receive(upload, nowMs);
    // The member who the account is, known to the app and to Stripe too.
    const { members } = harness.store;
    const [member] = await members.resolve(
      [
        [
          { kind: "athlete", value: String(account.id) },
          { kind: "stripe_customer", value: "cus_1" },
        ],
      ],
      nowMs,
    );
    await members.describe(member as number, { name: "Ann", email: "ann@example.org" });
    expect((await ask("DELETE", "/api/me", { headers, body: {} })).statusCode).toBe(401);
    expect(await members.count()).toBe(1);
    const body = { password: PASSWORD };
    expect((await ask("DELETE", "/api/me", { headers, body })).statusCode).toBe(204);
    expect((await ask("GET", "/api/me", { headers })).statusCode).toBe(401);
    expect((await ask("GET", "/api/me", { headers: token })).statusCode).toBe(401);
    expect(await harness.store.athletes.list()).toEqual([]);
    expect(await harness.store.blobs.has(blob.sha256)).toBe(false);
    expect(await members.count()).toBe(0);
    expect(await members.resolve([[{ kind: "stripe_customer", value: "cus_1" }]], nowMs)).toEqual([
      "erased",
    ]);
    const notes = await harness.store.audit.list();
    expect(JSON.stringify(notes)).not.toMatch(/Ann|ann@example/);
  });
});

describe("a token", () => {
  test("is shown once, works within its scopes, and ends when it is revoked", async () => {
    const { headers } = await signedIn(harness, { name: "Ann" });
    const body = { name: "watch", scopes: ["activity:write"], days: 30 };
    const made = await ask("POST", "/api/tokens", { headers, body });
    const { id, token } = made.json();
    expect(token).toMatch(/^wm_[\w-]{43}$/);
    expect((await ask("GET", "/api/tokens", { headers })).body).not.toContain(token);
    const bearer = { ...LOCAL, authorization: `Bearer ${token}` };
    expect((await ask("GET", "/api/uploads", { headers: bearer })).statusCode).toBe(200);
    const refused = await ask("GET", "/api/me", { headers: bearer });
    expect(refused.statusCode).toBe(403);
    expect(refused.json().choices).toEqual(["profile:read"]);
    // No token makes another.
    expect((await ask("POST", "/api/tokens", { headers: bearer, body })).statusCode).toBe(403);
    nowMs += 31 * 86_400_000;
    expect((await ask("GET", "/api/uploads", { headers: bearer })).statusCode).toBe(401);
    const again = await signedIn(harness, { name: "Ben" });
    expect((await ask("DELETE", `/api/tokens/${id}`, { headers: again.headers })).statusCode).toBe(
      404,
    );
  });

  test("has the scope 'admin' for administrators alone", async () => {
    const { headers } = await signedIn(harness, { name: "Ann" });
    const body = { name: "root", scopes: ["admin"] };
    expect((await ask("POST", "/api/tokens", { headers, body })).statusCode).toBe(403);
  });

  test.each([
    "Basic abc",
    "Bearer",
    "Bearer wm_nothing",
    "Bearer a b",
    `Bearer ${"x".repeat(900)}`,
  ])("'%s' is none, whatever else the request has", async (authorization) => {
    const { headers } = await signedIn(harness, { name: "Ann" });
    const answer = await ask("GET", "/api/me", { headers: { ...headers, authorization } });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers["www-authenticate"]).toBe("Bearer");
  });
});

test("an administrator keeps an account out at once, and not themselves", async () => {
  const admin = await signedIn(harness, { name: "Ada", role: "admin" });
  const account = await ann();
  const { headers } = await signedIn(harness, account);
  const token = await withToken(harness, account.id, ["profile:read"]);
  const url = `/api/users/${account.id}`;
  const done = await ask("PATCH", url, { headers: admin.headers, body: { disabled: true } });
  expect(done.json()).toMatchObject({ name: "Ann", disabledMs: nowMs });
  for (const said of [headers, token]) {
    expect((await ask("GET", "/api/me", { headers: said })).statusCode).toBe(401);
  }
  const own = `/api/users/${admin.athlete.id}`;
  const refused = await ask("PATCH", own, { headers: admin.headers, body: { role: "athlete" } });
  expect(refused.statusCode).toBe(403);
});

test("addresses of one customer count as one, and windows end", () => {
  expect(addressKey("2001:db8:1:2:3::9")).toBe(addressKey("2001:db8:1:2:ffff::1"));
  expect(addressKey("2001:db8::1")).not.toBe(addressKey("2001:db9::1"));
  expect(addressKey("::ffff:10.0.0.1")).toBe("10.0.0.1");
  const attempts = createAttempts(1000);
  attempts.take("a", 1, 0);
  expect(() => attempts.take("a", 1, 999)).toThrow("too many");
  attempts.take("a", 1, 1000);
});
