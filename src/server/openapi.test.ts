// The contract at /openapi.json: every route that answers is in it, with what it takes.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestServer, type TestServer } from "../../test/server.ts";

interface Contract {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
}
interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { name: string; in: string }[];
  readonly requestBody?: unknown;
  readonly responses: Record<string, unknown>;
}

let folder: string;
let test: TestServer;
let contract: Contract;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-openapi-"));
  test = await openTestServer({ mapFolder: folder, webFolder: folder });
  const headers = { host: "localhost" };
  contract = (await test.server.http.inject({ url: "/openapi.json", headers })).json();
});
afterAll(async () => {
  await test.close();
  rmSync(folder, { recursive: true });
});

it("is OpenAPI 3.1", () => {
  expect(contract.openapi).toBe("3.1.0");
});

it("is a page to read, of this server's own files", async () => {
  const headers = { host: "localhost" };
  const { http } = test.server;
  const page = await http.inject({ url: "/docs", headers });
  expect(page.statusCode).toBe(200);
  expect(page.headers["content-security-policy"]).toContain("default-src 'self'");
  const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
  expect(files.length).toBeGreaterThan(4);
  for (const path of files) {
    const answer = await http.inject({
      url: new URL(path, "http://localhost/docs").pathname,
      headers,
    });
    expect([path, answer.statusCode]).toEqual([path, 200]);
  }
  const said = await http.inject({ url: "/docs/json", headers });
  expect(Object.keys(said.json().paths)).toEqual(Object.keys(contract.paths));
});

it("lists what the server answers", () => {
  expect(Object.keys(contract.paths)).toEqual(
    expect.arrayContaining([
      "/api/activities",
      "/api/activities/{id}",
      "/api/activities/{id}/streams",
      "/api/activities/{id}.geojson",
      "/api/activities/{id}.gpx",
      "/api/map",
      "/api/status",
      "/healthz",
      "/match/v1/{profile}",
      "/match/v1/{profile}/{coordinates}",
      "/nearest/v1/{profile}/{coordinates}",
      "/readyz",
      "/tiles/base.json",
      "/tiles/base/{z}/{x}/{y}.mvt",
    ]),
  );
});

it("is described in the reference, all of it", () => {
  const page = readFileSync("docs/reference/api.md", "utf8");
  const described = new Set(
    [...page.matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) \/[^`]*)`/g)].map(([, what]) =>
      // Parameters have names of their own for people.
      what!.replace(/\{\w+\}/g, "{}").replace("{},{}", "{}"),
    ),
  );
  const missing = Object.entries(contract.paths).flatMap(([path, operations]) =>
    Object.keys(operations)
      .map((method) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, "{}")}`)
      .filter((what) => !described.has(what)),
  );
  expect(missing).toEqual([]);
});

it("says of every operation what it is, where its parameters stand and what it answers", () => {
  for (const [path, operations] of Object.entries(contract.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const what = `${method} ${path}`;
      expect(operation.summary, what).toBeTruthy();
      expect(operation.tags, what).toHaveLength(1);
      expect(Object.keys(operation.responses).length, what).toBeGreaterThan(0);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const described = (operation.parameters ?? []).filter((p) => p.in === "path");
      expect(described.map((p) => p.name).sort(), what).toEqual(inPath.sort());
      if (method === "post") expect(operation.requestBody, what).toBeDefined();
    }
  }
});
