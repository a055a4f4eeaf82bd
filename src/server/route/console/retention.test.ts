// The figures of retention through the front door: who may see them, of whom, and before there are any.
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestServer, signedIn, type TestServer } from "../../../../test/server.ts";
import { segmentKey } from "../../../lifecycle/metric/segment.ts";
import { RETENTION, retentionAnswerSchema } from "../../../schema/retention.ts";

let harness: TestServer;
let headers: Record<string, string>;
beforeAll(async () => {
  harness = await openTestServer();
  ({ headers } = await signedIn(harness, { name: "Gro", role: "growth" }));
});
afterAll(() => harness.close());

const ask = (query = "", as = headers) =>
  harness.server.http.inject({ url: `/api/retention${query}`, headers: as });

it("says that nothing was built yet", async () => {
  const answer = await ask();
  expect(answer.headers["cache-control"]).toBe("no-store");
  expect(retentionAnswerSchema.parse(answer.json())).toEqual({
    segment: {},
    status: "unbuilt",
    report: null,
    compared: null,
    choices: null,
    built: null,
  });
});

it("is for the growth team", async () => {
  const { headers: ann } = await signedIn(harness, { name: "Ann" });
  expect((await ask("", ann)).statusCode).toBe(403);
  expect((await ask("", { host: "localhost" })).statusCode).toBe(401);
});

it("answers a segment, and another beside it", async () => {
  const rows = new Map<string, unknown>([
    [
      "choices",
      { cohorts: [], plans: [], intervals: [], platforms: [], fewest: 20, converted: null },
    ],
    [segmentKey({}), { members: 90 }],
    [segmentKey({ plan: "year", cohort: "2026-03" }), { members: 30 }],
    [segmentKey({ platform: "ios" }), { members: 40 }],
  ]);
  await harness.store.reports.replace(RETENTION, rows, { atMs: 5, seq: 7 });
  expect((await ask("?cohort=2026-03&plan=year&comparePlatform=ios")).json()).toMatchObject({
    segment: { cohort: "2026-03", plan: "year" },
    status: "ready",
    report: { members: 30 },
    compared: { segment: { platform: "ios" }, report: { members: 40 } },
    built: { atMs: 5, seq: 7 },
  });
  expect((await ask("?platform=ios&compare=all")).json()).toMatchObject({
    report: { members: 40 },
    compared: { segment: {}, report: { members: 90 } },
  });
  expect((await ask("?plan=nothing%20such")).json()).toMatchObject({ status: "few", report: null });
});

it("refuses what is no segment, in words", async () => {
  for (const [query, words] of [
    ["?cohort=March", "is not a month"],
    ["?plan=year&interval=year", "a plan or for an interval"],
    ["?comparePlan=a&compareInterval=week", "a plan or for an interval"],
    ["?interval=decade", "interval"],
    ["?compare=some", "compare"],
  ] as const) {
    const answer = await ask(query);
    expect([query, answer.statusCode, answer.json().code]).toEqual([query, 400, "USAGE"]);
    expect(answer.json().message).toContain(words);
  }
});
