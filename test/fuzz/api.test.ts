// What strangers send: every operation of /openapi.json with wrong types, unknown fields, huge and odd
// strings, made from the contract's own schemas. Whatever comes, the answer is what the contract says or
// a refusal in its one shape, never a fault. A failure prints its seed.
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { errorSchema } from "../../src/schema/activity.ts";
import { osrmProblemSchema } from "../../src/schema/osrm.ts";
import { storedActivity } from "../conformance/stored-activity.ts";
import { LOCAL, openTestServer, seedActivities, signedIn, type TestServer } from "../server.ts";

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
}
interface Operation {
  readonly parameters?: readonly { name: string; in: string; schema?: Schema }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
}

const RUNS = 60;
let harness: TestServer;
let headers: Record<string, string>;
let id: string;
let operations: { method: string; path: string; operation: Operation }[];
const faults: string[] = [];

beforeAll(async () => {
  harness = await openTestServer({
    onFault: (error, url) => faults.push(`${url}: ${String(error)}`),
  });
  const admin = await signedIn(harness, { name: "Ada", role: "admin" });
  headers = admin.headers;
  [id = ""] = await seedActivities(harness.store, admin.athlete.id, [storedActivity("a")]);
  const answer = await harness.server.http.inject({ url: "/openapi.json", headers: LOCAL });
  const { paths } = answer.json() as { paths: Record<string, Record<string, Operation>> };
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
});
afterAll(() => harness.close());

const odd = fc.constantFrom<unknown>(
  null,
  true,
  -1,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  "",
  "\u0000",
  "\ud800",
  "'; drop table athlete; --",
  "../../../etc/passwd",
  "<script>",
  "x".repeat(5000),
  "١٢٣",
  [],
  {},
  [[[]]],
);
const anything: fc.Arbitrary<unknown> = fc.oneof(odd, fc.jsonValue({ maxDepth: 3 }), fc.string());

/** Mostly what the schema says, so that deeper checks are reached, and sometimes anything. */
function valuesOf(schema: Schema | undefined): fc.Arbitrary<unknown> {
  if (schema?.enum) return mostly(fc.constantFrom(...schema.enum));
  const type = Array.isArray(schema?.type) ? schema.type[0] : schema?.type;
  if (schema?.properties) return objectOf(schema.properties);
  if (type === "integer") return mostly(fc.integer());
  if (type === "number") return mostly(fc.double());
  if (type === "boolean") return mostly(fc.boolean());
  if (type === "array") return mostly(fc.array(valuesOf(schema?.items), { maxLength: 4 }));
  return mostly(fc.oneof(fc.string(), fc.string({ unit: "grapheme", maxLength: 300 })));
}
function mostly(arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 3, arbitrary }, { weight: 1, arbitrary: anything });
}
function objectOf(properties: Readonly<Record<string, Schema>>): fc.Arbitrary<unknown> {
  const known = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, valuesOf(schema)]),
  );
  const record = fc.record(known, { requiredKeys: [] });
  const more = fc.dictionary(fc.string({ maxLength: 20 }), anything, { maxKeys: 2 });
  return fc.oneof(
    { weight: 4, arbitrary: record },
    { weight: 1, arbitrary: fc.tuple(record, more).map(([a, b]) => ({ ...a, ...b })) },
    { weight: 1, arbitrary: anything },
  );
}

const text = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? "");
const encode = (value: unknown): string => encodeURIComponent(text(value).toWellFormed());

interface Question {
  readonly url: string;
  readonly body: unknown;
  readonly type: string;
}

function questionOf({
  path,
  operation,
}: {
  path: string;
  operation: Operation;
}): fc.Arbitrary<Question> {
  const params = operation.parameters ?? [];
  const inPath = params.filter((p) => p.in === "path");
  const inQuery = params.filter((p) => p.in === "query");
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  return fc
    .record({
      path: fc.tuple(
        ...inPath.map((p) => fc.oneof(fc.constant(p.name === "id" ? id : "0"), anything)),
      ),
      query: fc.tuple(...inQuery.map((p) => fc.option(valuesOf(p.schema)))),
      more: fc.option(fc.tuple(fc.string({ maxLength: 20 }), anything), { freq: 5 }),
      body: body ? valuesOf(body) : anything,
      type: fc.oneof(
        { weight: 8, arbitrary: fc.constant("application/json") },
        {
          weight: 2,
          arbitrary: fc.constantFrom(
            "text/plain",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
            "application/json; charset=utf-16",
          ),
        },
      ),
    })
    .map(({ path: words, query, more, body: value, type }) => {
      let url = path;
      inPath.forEach((p, i) => {
        url = url.replace(`{${p.name}}`, encode(words[i]).replaceAll(".", "%2E"));
      });
      const pairs = inQuery.flatMap((p, i) => {
        const said = query[i];
        return said === null || said === undefined ? [] : `${p.name}=${encode(said)}`;
      });
      if (more) pairs.push(`${encode(more[0])}=${encode(more[1])}`);
      return { url: pairs.length > 0 ? `${url}?${pairs.join("&")}` : url, body: value, type };
    });
}

it("answers whatever comes in the contract's shapes, without a fault of its own", async () => {
  let refused = 0;
  let taken = 0;
  for (const entry of operations) {
    const { method, path } = entry;
    // These end the session that asks.
    if (method === "delete" && /\/api\/(me|session)$/.test(path)) continue;
    await fc.assert(
      fc.asyncProperty(questionOf(entry), async ({ url, body, type }) => {
        const hasBody = method !== "get" && method !== "head";
        const answer = await harness.server.http.inject({
          method: method as "GET",
          url,
          headers: { ...headers, ...(hasBody ? { "content-type": type } : {}) },
          ...(hasBody ? { payload: Buffer.from(JSON.stringify(body) ?? "") } : {}),
        });
        const isOff = answer.statusCode === 503 && /^\/(match|nearest)/.test(path);
        if (answer.statusCode >= 500 && !isOff) {
          throw new Error(`${method} ${url}: ${answer.statusCode} ${answer.body} ${faults.at(-1)}`);
        }
        if (answer.statusCode < 400) {
          taken++;
          return;
        }
        refused++;
        const shape = /^\/(match|nearest|route|table|trip|tile)\//.test(path)
          ? osrmProblemSchema
          : errorSchema;
        const said = answer.json() as { message: string };
        expect(shape.safeParse(said).success, `${method} ${url}: ${answer.body}`).toBe(true);
        expect(said.message.length, answer.body).toBeGreaterThan(3);
        expect(said.message.length, answer.body).toBeLessThan(600);
      }),
      { numRuns: RUNS },
    );
  }
  expect(faults).toEqual([]);
  // Both ways are gone: neither a wall nor an open field.
  expect(refused).toBeGreaterThan(1000);
  expect(taken).toBeGreaterThan(200);
}, 240_000);

it.each(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])(
  "has one shape for addresses that nothing answers, with %s",
  async (method) => {
    for (const url of [
      "/api/nothing",
      "/api/activities/1/2/3",
      "/api/v3/segments/1",
      "/api/%ff",
      "/%zz",
    ]) {
      const answer = await harness.server.http.inject({ method: method as "GET", url, headers });
      expect([400, 404, 405], `${method} ${url}`).toContain(answer.statusCode);
      if (method !== "HEAD")
        expect(errorSchema.safeParse(answer.json()).success, answer.body).toBe(true);
    }
  },
);

it.each([
  ["{", "application/json"],
  ['{"name":"a","name":', "application/json"],
  ['{"__proto__":{"role":"admin"}}', "application/json"],
  ['{"constructor":{"prototype":{"a":1}}}', "application/json"],
  [`{"name":"${"x".repeat(70_000)}"}`, "application/json"],
  ["[".repeat(30_000), "application/json"],
  ["", "application/json"],
  ["name=Mallory", "application/x-www-form-urlencoded"],
  ["<name/>", "application/xml"],
])("refuses the body %.40s", async (payload, type) => {
  const answer = await harness.server.http.inject({
    method: "PATCH",
    url: "/api/me",
    headers: { ...headers, "content-type": type },
    payload,
  });
  expect([400, 413, 415]).toContain(answer.statusCode);
  expect(errorSchema.parse(answer.json()).code).toBe("USAGE");
});
