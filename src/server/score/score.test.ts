import { afterAll, beforeAll, expect, it } from "vitest";
import { LOCAL, openTestServer, signedIn, type TestServer } from "../../../test/server.ts";
import {
  decodeState,
  emptyState,
  encodeState,
  memberFeatures,
} from "../../platform/feature/index.ts";
import type { SubscriptionObservation } from "../../schema/billing.ts";
import type { ScoreAnswer } from "../../schema/score.ts";

let harness: TestServer;
let growth: Record<string, string>;
let athlete: Record<string, string>;
let admin: Record<string, string>;
let payingId: number;

beforeAll(async () => {
  harness = await openTestServer();
  const headersOf = async (role: "growth" | "athlete" | "admin") =>
    (await signedIn(harness, { name: role, email: `${role}@example.org`, role })).headers;
  [growth, athlete, admin] = [
    await headersOf("growth"),
    await headersOf("athlete"),
    await headersOf("admin"),
  ];
  const { store, now } = harness;
  const [paying] = await store.members.resolve([[{ kind: "user", value: "u-1" }]], now());
  payingId = paying as number;
  const change = {
    state: "active" as const,
    atMs: now() - 40 * 86_400_000,
    knownMs: now() - 40 * 86_400_000,
    subscriptionId: "sub_1",
    processor: "stripe" as const,
    plan: "plus",
    billingInterval: "month" as SubscriptionObservation["interval"],
    intervalCount: 1,
    priceMinor: 999,
    currency: "EUR",
    periodEndMs: null,
  };
  await store.memberships.replace(payingId, [change]);
});
afterAll(() => harness.close());

const ask = (headers: Record<string, string>, payload: object) =>
  harness.server.http.inject({
    method: "POST",
    url: "/api/scores/churn",
    headers: { ...LOCAL, ...headers },
    payload,
  });

it("the growth team asks by the app's own id; without a model the answer says so", async () => {
  const answer = await ask(growth, { userIds: ["u-1", "nobody"] });
  expect(answer.statusCode).toBe(200);
  const { version, members } = answer.json<ScoreAnswer>();
  expect(version).toBeNull();
  expect(members[1]).toEqual({ memberId: null, userId: "nobody", score: null });
  expect(members[0]).toMatchObject({ memberId: payingId, score: { fallback: "no-model" } });
  const metrics = await harness.server.http.inject({ url: "/metrics", headers: LOCAL });
  expect(metrics.body).toContain('waymark_scores{model="churn",by="no-model"} 1');
});

it("athletes and strangers learn nothing", async () => {
  expect((await ask(athlete, { userId: "u-1" })).statusCode).toBe(403);
  expect((await ask({}, { userId: "u-1" })).statusCode).toBe(401);
});

it("a question that names nobody, or two ways at once, is refused in words", async () => {
  for (const bad of [{}, { userId: "u-1", memberId: 1 }, { memberIds: [] }, { memberId: "x" }]) {
    const answer = await ask(growth, bad);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().message).toMatch(/the body/);
  }
});

it("models that are not there are not found, and nothing is promoted by the growth team", async () => {
  const { http } = harness.server;
  const list = await http.inject({ url: "/api/models", headers: { ...LOCAL, ...growth } });
  expect(list.json()).toEqual({ models: [] });
  const one = await http.inject({ url: "/api/models/churn/3", headers: { ...LOCAL, ...growth } });
  expect(one.statusCode).toBe(404);
  const move = { method: "POST" as const, payload: { version: 3 } };
  const url = "/api/models/churn/promote?dry";
  expect((await http.inject({ ...move, url, headers: { ...LOCAL, ...growth } })).statusCode).toBe(
    403,
  );
  expect((await http.inject({ ...move, url, headers: { ...LOCAL, ...admin } })).statusCode).toBe(
    404,
  );
});

it("an administrator sends one training at a time, and anybody of growth sees how far it is", async () => {
  const { http } = harness.server;
  const url = "/api/models/churn/train";
  const send = () =>
    http.inject({ method: "POST", url, headers: { ...LOCAL, ...admin }, payload: { seed: 3 } });
  const first = await send();
  expect([first.statusCode, first.json().state]).toEqual([202, "waiting"]);
  expect((await send()).json().jobId).toBe(first.json().jobId);
  const seen = await http.inject({ url, headers: { ...LOCAL, ...growth } });
  expect(seen.json().jobId).toBe(first.json().jobId);
});

it("a state that is damaged is one member's: the others who are asked about get their scores", async () => {
  const { store, now } = harness;
  const [other] = (await store.members.resolve([[{ kind: "user", value: "u-2" }]], now())) as [
    number,
  ];
  const [change] = await store.memberships.ofMember(payingId);
  await store.memberships.replace(other, [{ ...change!, subscriptionId: "sub_2" }]);
  const cut = encodeState(memberFeatures, emptyState(memberFeatures)).slice(0, 9);
  expect(() => decodeState(memberFeatures, cut)).toThrow();
  await store.database.transaction((tx) =>
    store.featureStates.put([{ memberId: payingId, seq: 1, state: cut }], now(), tx),
  );
  const answers = await Promise.all([
    ask(growth, { userId: "u-1" }),
    ask(growth, { userId: "u-2" }),
    ask(growth, { memberIds: [payingId, other] }),
  ]);
  for (const answer of answers) {
    expect(answer.statusCode).toBe(200);
    const { members } = answer.json() as ScoreAnswer;
    for (const { score } of members) expect(score).not.toBeNull();
  }
});
