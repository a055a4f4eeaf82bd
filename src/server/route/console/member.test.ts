// The console's members on a store in memory: order, filters, pages, one member and its days.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestServer, signedIn, type TestServer } from "../../../../test/server.ts";
import type { MembershipState } from "../../../schema/billing.ts";
import type { MemberDetail, MemberList, Timeline } from "../../../schema/console/member.ts";
import type { MembershipChange } from "../../../schema/membership.ts";
import type { ModelRecord } from "../../../schema/model.ts";
import type { ChurnScore } from "../../../schema/score.ts";

const DAY = 86_400_000;
const NOW = 20_400 * DAY + DAY / 2;

let harness: TestServer;
let headers: Record<string, string>;
let athlete: Record<string, string>;
/** Ids by user: ann, bob, cyd. */
const id: Record<string, number> = {};

beforeAll(async () => {
  harness = await openTestServer({ now: () => NOW });
  const { store } = harness;
  const admin = { name: "Gro", email: "gro@club.example", role: "growth" } as const;
  headers = (await signedIn(harness, { ...admin, search: "gro" } as never)).headers;
  const other = { name: "Ath", email: "ath@club.example", role: "athlete" } as const;
  athlete = (await signedIn(harness, { ...other, search: "ath" } as never)).headers;
  const people = [
    ["ann", "Ann Larch", "ios"],
    ["bob", "Bob Wood", "web"],
    ["cyd", "Cyd Moor", "web"],
  ] as const;
  for (const [user, name, platform] of people) {
    const [found] = await store.members.resolve([[{ kind: "user", value: user }]], NOW - 90 * DAY);
    id[user] = found as number;
    await store.members.describe(id[user], { name, platform });
  }
  await store.memberships.replace(id.ann!, [change("active", 60, "Annual")]);
  await store.memberships.replace(id.bob!, [
    change("active", 50, "Monthly"),
    change("auto_renew_off", 10, "Monthly"),
    // What silence will say is not yet so.
    { ...change("expired_voluntary", -5, "Monthly"), knownMs: NOW + 6 * DAY },
  ]);
  // Version 2 was measured; of what is by choice more left than it says.
  const reliability = [
    { predicted: 0.1, observed: { value: 0.12, lower: 0.09, upper: 0.15 }, rows: 500 },
  ];
  const record = { outcomes: [{ name: "voluntary", reliability }] } as unknown as ModelRecord;
  for (const version of [{ outcomes: [] } as unknown as ModelRecord, record]) {
    const model = { model: "churn", bytes: Uint8Array.of(1), record: version };
    await store.models.add(model, () => "", NOW);
  }
  await store.scores.put("churn", [
    {
      memberId: id.ann!,
      version: 2,
      atMs: NOW,
      risk: 0.1,
      valueMinor: 900,
      result: score(0.1, 0.02),
    },
    {
      memberId: id.bob!,
      version: 2,
      atMs: NOW,
      risk: 0.3,
      valueMinor: 500,
      result: score(0.05, 0.3),
    },
  ]);
  await store.events.append(
    [1, 1, 2, 9].map((days, i) => ({
      source: "segment",
      messageId: `m${i}`,
      memberId: id.ann!,
      kind: "track:Route Planned",
      eventMs: NOW - days * DAY,
      createdMs: NOW - days * DAY,
      payload: {},
    })),
  );
}, 30_000);

afterAll(() => harness.close());

function change(state: MembershipState, daysAgo: number, plan: string): MembershipChange {
  return {
    state,
    atMs: NOW - daysAgo * DAY,
    knownMs: NOW - daysAgo * DAY,
    subscriptionId: "sub",
    processor: "stripe",
    plan,
    billingInterval: "month",
    intervalCount: 1,
    priceMinor: 999,
    currency: "EUR",
    periodEndMs: null,
  };
}

function score(voluntary: number, involuntary: number): ChurnScore {
  return {
    chances: [{ days: 30, voluntary, involuntary }],
    survival: [{ days: 0, p: 1 }],
    typical: 0.05,
    reasons: [{ text: "planned no route for 21 days", cause: "voluntary", points: 4 }],
    valueAtRisk: { minor: 900, currency: "EUR" },
    fallback: null,
  };
}

async function ask<T>(url: string, as = headers): Promise<{ status: number; body: T }> {
  const answer = await harness.server.http.inject({ url, headers: as });
  return { status: answer.statusCode, body: answer.json() as T };
}

const names = ({ members }: MemberList): string[] => members.map(({ name }) => name);

describe("the list of members", () => {
  test("is the growth team's alone", async () => {
    expect((await ask("/api/console/members", athlete)).status).toBe(403);
    expect((await ask("/api/console/members", { host: "localhost" })).status).toBe(401);
  });

  test("puts first with whom most may be lost, and unscored members last", async () => {
    const { body } = await ask<MemberList>("/api/console/members");
    expect(names(body)).toEqual(["Ann Larch", "Bob Wood", "Cyd Moor"]);
    const { low, high, p } = body.members[0]!.risk!.voluntary;
    expect([p, low, high].map((of) => of?.toFixed(6))).toEqual([
      "0.100000",
      "0.090000",
      "0.150000",
    ]);
    expect(body.members[0]?.risk?.involuntary).toEqual({ p: 0.02, low: null, high: null });
    expect(body.members[0]?.reasons[0]?.text).toBe("planned no route for 21 days");
    expect(body.members[2]).toMatchObject({ state: "free", risk: null, plan: null });
    expect(body.scored).toEqual({ atMs: NOW, version: 2 });
    expect(body.states).toContainEqual({ state: "auto_renew_off", count: 1 });
  });

  test("is ordered by each cause, by risk and by name", async () => {
    const by = async (sort: string): Promise<string[]> =>
      names((await ask<MemberList>(`/api/console/members?${sort}`)).body);
    expect(await by("sort=risk")).toEqual(["Bob Wood", "Ann Larch", "Cyd Moor"]);
    expect(await by("sort=risk&cause=voluntary")).toEqual(["Ann Larch", "Bob Wood", "Cyd Moor"]);
    expect(await by("sort=name")).toEqual(["Ann Larch", "Bob Wood", "Cyd Moor"]);
  });

  test("is filtered by state, plan, platform and words, and paged", async () => {
    const found = async (query: string): Promise<string[]> =>
      names((await ask<MemberList>(`/api/console/members?${query}`)).body);
    expect(await found("state=auto_renew_off")).toEqual(["Bob Wood"]);
    expect(await found("plan=Annual")).toEqual(["Ann Larch"]);
    expect(await found("platform=web")).toEqual(["Bob Wood", "Cyd Moor"]);
    expect(await found("q=moor")).toEqual(["Cyd Moor"]);
    expect(await found("q=bob")).toEqual(["Bob Wood"]);
    expect(await found("q=%25")).toEqual([]);
    const first = (await ask<MemberList>("/api/console/members?limit=2")).body;
    expect(names(first)).toEqual(["Ann Larch", "Bob Wood"]);
    const rest = (await ask<MemberList>(`/api/console/members?limit=2&cursor=${first.next}`)).body;
    expect(names(rest)).toEqual(["Cyd Moor"]);
    expect(rest.next).toBeNull();
  });

  test("refuses what is no filter", async () => {
    expect((await ask("/api/console/members?state=gone")).status).toBe(400);
    expect((await ask("/api/console/members?cursor=x")).status).toBe(400);
    expect((await ask("/api/console/members?limit=100000")).status).toBe(400);
  });
});

describe("one member", () => {
  test("stands where the newest known change says", async () => {
    const { body } = await ask<MemberDetail>(`/api/console/members/${id.bob}`);
    expect(body).toMatchObject({
      name: "Bob Wood",
      state: "auto_renew_off",
      stateMs: NOW - 10 * DAY,
      paidSinceMs: NOW - 50 * DAY,
      identities: [{ kind: "user", value: "bob" }],
      subscription: { price: { minor: 999, currency: "EUR" }, interval: "month" },
      model: { version: 2, fallback: null },
    });
    expect(body.weeks).toHaveLength(52);
    expect((await ask(`/api/console/members/99999`)).status).toBe(404);
  });

  test("has a timeline of whole days, page by page", async () => {
    const path = `/api/console/members/${id.ann}/timeline`;
    const { body } = await ask<Timeline>(path);
    expect(body.entries.map(({ title, count }) => [title, count])).toEqual([
      ["Planned a route", 2],
      ["Planned a route", 1],
      ["Planned a route", 1],
      ["Membership active", 1],
    ]);
    const seen: string[] = [];
    for (let next: number | null | undefined; next !== null; ) {
      const page = await ask<Timeline>(`${path}?limit=1${next ? `&before=${next}` : ""}`);
      seen.push(...page.body.entries.map(({ key }) => key));
      next = page.body.next;
    }
    expect(seen).toEqual(body.entries.map(({ key }) => key));
    const only = await ask<Timeline>(`${path}?group=membership`);
    expect(only.body.entries.map(({ title }) => title)).toEqual(["Membership active"]);
  });
});

describe("the features", () => {
  test("are told by their definitions before anything is counted", async () => {
    const { body } = await ask<{ features: { name: string; nullShare: null }[]; lag: object }>(
      "/api/console/features",
    );
    expect(body.features.length).toBeGreaterThan(40);
    expect(body.features.every(({ nullShare }) => nullShare === null)).toBe(true);
    expect(body.lag).toEqual({ events: 4 });
  });
});

test("a day with more events than a page is told and passed, and nothing waits behind it", async () => {
  const { store } = harness;
  const at = (n: number, eventMs: number) =>
    ({
      source: "segment",
      messageId: `busy ${n}`,
      memberId: id.cyd!,
      kind: "track:Route Planned",
      eventMs,
      createdMs: eventMs,
      payload: {},
    }) as const;
  await store.events.append([
    ...Array.from({ length: 1500 }, (_, n) => at(n, NOW - 2 * DAY + n)),
    at(5000, NOW - 20 * DAY),
  ]);
  const days: number[] = [];
  let before = "";
  for (let pages = 0; ; pages++) {
    expect(pages).toBeLessThan(5);
    const url = `/api/console/members/${id.cyd}/timeline${before}`;
    const { entries, next } = (
      await harness.server.http.inject({ url, headers })
    ).json() as Timeline;
    for (const { atMs } of entries) days.push(Math.floor(atMs / DAY));
    if (next === null) break;
    before = `?before=${next}`;
  }
  const today = Math.floor(NOW / DAY);
  expect([...new Set(days)]).toEqual([today - 2, today - 20]);
});
