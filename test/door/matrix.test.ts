// Every operation of /openapi.json × everybody × ids of one's own, of another and of nobody: who may is
// let in, who may not learns nothing, and nothing is ever a 500. A new route is in it by itself.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCOPES, type Scope } from "../../src/schema/account.ts";
import { errorSchema } from "../../src/schema/activity.ts";
import { storedActivity } from "../conformance/stored-activity.ts";
import {
  LOCAL,
  openTestServer,
  seedActivities,
  signedIn,
  type TestServer,
  withToken,
} from "../server.ts";

interface Operation {
  readonly security: readonly { readonly session?: []; readonly token?: readonly Scope[] }[];
  readonly "x-role"?: "growth" | "admin";
}
interface Caller {
  readonly name: string;
  readonly headers: Record<string, string>;
  readonly role: "nobody" | "athlete" | "growth" | "admin";
  /** null: a session, which has all. */
  readonly scopes: readonly Scope[] | null;
}
interface Ids {
  readonly activity: string;
  readonly hidden: string;
  readonly upload: string;
  readonly token: string;
}

/** Words that stand in what is the other athlete's alone. */
const SECRETS = ["Secret ascent", "secret-lap", "secret.fit", "Bea Secret", "bea@secret.example"];
const MISSING = "987654321";

let harness: TestServer;
let callers: Caller[];
let own: Ids;
let foreign: Ids;
let operations: { method: string; path: string; operation: Operation }[];

beforeAll(async () => {
  harness = await openTestServer();
  const { store } = harness;
  const ann = await signedIn(harness, { name: "Ann" });
  const bea = await signedIn(harness, { name: "Bea Secret", email: "bea@secret.example" });
  const cid = await signedIn(harness, { name: "Cid" });
  const gro = await signedIn(harness, { name: "Gro", role: "growth" });
  const ada = await signedIn(harness, { name: "Ada", role: "admin" });
  const idsOf = async (athleteId: number, word: string): Promise<Ids> => {
    const shown = storedActivity(`${word}-shown`, { title: `${word} open` });
    const kept = storedActivity(`${word}-lap`, {
      title: word === "secret" ? "Secret ascent" : "Own ascent",
      startMs: 1_710_000_000_000,
    });
    const fields = { visibility: "everyone" } as const;
    const [activity] = await seedActivities(store, athleteId, [shown], { fields });
    const [hidden] = await seedActivities(store, athleteId, [kept]);
    const blob = await store.blobs.put(Buffer.from(`${word} upload`));
    const upload = await store.uploads.receive({ athleteId, blob, fileName: `${word}.fit` }, 1);
    const wish = { hash: word.padEnd(64, "0"), athleteId, name: word, scopes: [], expiresMs: null };
    const token = await store.tokens.create(wish, 1);
    return {
      activity: activity!,
      hidden: hidden!,
      upload: String(upload.id),
      token: String(token.id),
    };
  };
  own = await idsOf(ann.athlete.id, "own");
  foreign = await idsOf(bea.athlete.id, "secret");
  const tokenOf = async (scope: Scope, { athlete }: typeof ann): Promise<Caller> => ({
    name: `token ${scope} of ${athlete.name}`,
    headers: await withToken(harness, athlete.id, [scope]),
    role: athlete.role,
    scopes: [scope],
  });
  callers = [
    { name: "nobody", headers: LOCAL, role: "nobody", scopes: [] },
    { name: "the athlete", headers: ann.headers, role: "athlete", scopes: null },
    { name: "another athlete", headers: cid.headers, role: "athlete", scopes: null },
    { name: "growth", headers: gro.headers, role: "growth", scopes: null },
    { name: "admin", headers: ada.headers, role: "admin", scopes: null },
    ...(await Promise.all(SCOPES.map((scope) => tokenOf(scope, ann)))),
    await tokenOf("admin", ada),
  ];
  const answer = await harness.server.http.inject({ url: "/openapi.json", headers: LOCAL });
  const { paths } = answer.json() as { paths: Record<string, Record<string, Operation>> };
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
});
afterAll(() => harness.close());

/** What the contract says, computed apart from the code that keeps it. */
function mayAsk({ role, scopes }: Caller, { security, "x-role": needed }: Operation): boolean {
  if (security.length === 0) return true;
  if (role === "nobody") return false;
  if (needed === "admin" && role !== "admin") return false;
  if (needed === "growth" && !["growth", "admin"].includes(role)) return false;
  if (scopes === null) return security.some(({ session }) => session !== undefined);
  return security.some(({ token }) => token?.some((scope) => scopes.includes(scope)));
}

function addressOf(path: string, id: string): string {
  return path
    .replace("{id}", id)
    .replace("{keys}", "time,latlng")
    .replace("{processor}", "stripe")
    .replace("{profile}", "foot")
    .replace("{coordinates}", "8.7,49.4;8.71,49.41")
    .replace(/\{[zxy]\}/g, "0");
}

function idsFor(path: string, ids: Ids): string[] {
  if (!path.includes("{id}")) return [""];
  if (path.includes("/uploads/")) return [ids.upload];
  if (path.includes("/tokens/")) return [ids.token];
  if (path.includes("/activities/")) return [ids.activity, ids.hidden];
  return [MISSING];
}

const isChange = (method: string): boolean => !["get", "head"].includes(method);

const ask = (method: string, url: string, { headers }: Caller) =>
  harness.server.http.inject({
    method: method as "GET",
    url,
    headers,
    ...(isChange(method) && method !== "delete" ? { payload: {} } : {}),
  });

describe("the doors", () => {
  it("are all in the contract: every route says who may ask", () => {
    expect(operations.length).toBeGreaterThan(45);
    for (const { path, operation } of operations) {
      expect(operation.security, path).toBeDefined();
      const isOpen = operation.security.length === 0;
      const isPublic =
        /^\/(match|nearest|route|table|trip|v1|webhooks|tile|tiles|healthz|readyz|metrics|enter)(\/|$)/.test(
          path,
        ) ||
        ["/api/map", "/api/status", "/api/session", "/api/account"].includes(path) ||
        path === "/openapi.json";
      expect(isOpen, `${path} is open to everybody`).toBe(isPublic);
    }
  });

  it("let in who may, keep out who may not, and never break", async () => {
    for (const { method, path, operation } of operations) {
      // What deletes an account or a session is tried where it can be made again (account.test.ts).
      if (method === "delete" && /\/api\/(me|session)$/.test(path)) continue;
      for (const caller of callers) {
        const ids = [
          ...idsFor(path, own),
          ...idsFor(path, foreign),
          MISSING,
          "0",
          "x",
          "-1",
          "1e9",
        ];
        for (const id of new Set(path.includes("{id}") ? ids : [""])) {
          // One's own things are kept for the others to ask.
          if (method === "delete" && Object.values(own).includes(id)) continue;
          const what = `${caller.name}: ${method} ${addressOf(path, id)}`;
          const answer = await ask(method, addressOf(path, id), caller);
          // A question for a match that this server does not offer is a refusal, not a fault.
          const isRefusal503 = answer.statusCode === 503 && /^\/(match|nearest)/.test(path);
          expect(answer.statusCode < 500 || isRefusal503, `${what}: ${answer.statusCode}`).toBe(
            true,
          );
          if (!mayAsk(caller, operation)) {
            expect(answer.statusCode, what).toBe(caller.role === "nobody" ? 401 : 403);
          } else if (operation.security.length > 0) {
            expect(answer.statusCode, what).not.toBe(401);
          }
          if (answer.statusCode >= 400 && !path.includes("/v1/")) {
            expect(errorSchema.safeParse(answer.json()).success, `${what}: ${answer.body}`).toBe(
              true,
            );
          }
          const isAdmin = caller.role === "admin" && path.startsWith("/api/users");
          if (!isAdmin) {
            // The open activity of the other says whose it is, and nothing else of theirs.
            const told = answer.body.replaceAll('"athlete":"Bea Secret"', "");
            for (const secret of SECRETS)
              expect(told.includes(secret), `${what}: ${secret}`).toBe(false);
          }
        }
      }
    }
  }, 120_000);

  it("answer a foreign id as a missing one, to the letter but the id", async () => {
    const athlete = callers[1]!;
    let compared = 0;
    for (const { method, path } of operations) {
      if (!path.includes("{id}") || !/activities|uploads|tokens/.test(path)) continue;
      const id = path.includes("/uploads/")
        ? foreign.upload
        : path.includes("/tokens/")
          ? foreign.token
          : foreign.hidden;
      const [theirs, none] = await Promise.all([
        ask(method, addressOf(path, id), athlete),
        ask(method, addressOf(path, MISSING), athlete),
      ]);
      const what = `${method} ${path}`;
      expect(theirs.statusCode, what).toBe(none.statusCode);
      expect(theirs.body.replaceAll(id, "#"), what).toBe(none.body.replaceAll(MISSING, "#"));
      compared++;
    }
    expect(compared).toBeGreaterThan(12);
  });

  it("leave what is another's as it was", async () => {
    const { store } = harness;
    const { detail } = await store.activities.get(Number(foreign.hidden), {
      athleteId: null,
      seesAll: true,
    });
    expect(detail.title).toBe("Secret ascent");
    expect(await store.uploads.get(Number(foreign.upload))).toMatchObject({
      fileName: "secret.fit",
    });
    const athletes = await store.athletes.list();
    expect(athletes.map(({ name }) => name)).toEqual(["Ann", "Bea Secret", "Cid", "Gro", "Ada"]);
    expect(await store.tokens.list(athletes[1]!.id)).toHaveLength(1);
  });

  it("show others' activities without changing hands", async () => {
    const other = callers[2]!;
    const at = `/api/activities/${foreign.activity}`;
    expect((await ask("get", at, other)).json()).toMatchObject({
      isOwn: false,
      hiddenStartM: null,
      uploadId: null,
      file: "",
    });
    expect((await ask("delete", at, other)).statusCode).toBe(404);
    const change = { method: "PATCH", url: at, headers: other.headers, payload: { title: "Mine" } };
    expect((await harness.server.http.inject(change as never)).statusCode).toBe(404);
  });

  it("let a token without read_all see even its own athlete's as others do", async () => {
    const token = callers.find(({ name }) => name === "token activity:read of Ann")!;
    expect((await ask("get", `/api/activities/${own.hidden}`, token)).statusCode).toBe(404);
    expect((await ask("get", `/api/activities/${own.activity}`, token)).json().isOwn).toBe(false);
    const page = (await ask("get", "/api/v3/athlete/activities", token)).json() as { id: number }[];
    expect(page.map(({ id }) => String(id))).toEqual([own.activity]);
    const all = callers.find(({ name }) => name === "token activity:read_all of Ann")!;
    expect((await ask("get", `/api/activities/${own.hidden}`, all)).statusCode).toBe(200);
  });
});
