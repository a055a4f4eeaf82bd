// Webhooks through the front door: signed by the real SDK of Stripe, by a chain of certificates as
// Apple's, with the secrets of Google's push and RevenueCat. Who does not prove to be the processor is
// refused and leaves nothing; what is genuine is kept once, whatever it says.
import Stripe from "stripe";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { emptyDatabase } from "../memory-store.ts";
import { LOCAL, openTestServer, signedIn, type TestServer } from "../server.ts";
import { makeAppleChain } from "./apple-chain.ts";
import {
  billingStory,
  event,
  failedCharge,
  invoice,
  NEW,
  OLD,
  paidCharge,
  subscription,
  T0,
} from "./stripe-world.ts";

const SECRET = "whsec_test_secret_of_this_file";
const stripe = new Stripe("sk_test_nobody");
/** An hour after the half year of the story. */
const NOW = (T0 + 200 * 86_400) * 1000;

let harness: TestServer;
let now = NOW;
let admin: Record<string, string>;

beforeAll(async () => {
  harness = await openTestServer({ now: () => now });
});
afterAll(() => harness.close());
beforeEach(async () => {
  await emptyDatabase(harness.store.database);
  // Far from the endpoints that were remembered.
  now += 60_000;
  admin = (await signedIn(harness, { name: "Ada", role: "admin" })).headers;
});

const ask = async (method: string, url: string, payload?: object) =>
  await harness.server.http.inject({
    method: method as "GET",
    url,
    headers: admin,
    ...(payload ? { payload } : {}),
  });

async function open(wish: object): Promise<{ id: string; path: string; secret: string | null }> {
  const answer = await ask("POST", "/api/webhook-endpoints", { name: "test", ...wish });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}
const openStripe = (more: object = {}) => open({ processor: "stripe", secret: SECRET, ...more });

interface Sending {
  readonly secret?: string;
  /** Epoch seconds of the signature. */
  readonly at?: number;
  readonly url?: string;
  /** Sent instead of what was signed. */
  readonly tampered?: string;
}

async function send(body: unknown, sending: Sending = {}) {
  const { secret = SECRET, at = Math.floor(now / 1000), url = "/webhooks/stripe" } = sending;
  const payload = typeof body === "string" ? body : JSON.stringify(body, null, 2);
  const header = stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: at });
  return await harness.server.http.inject({
    method: "POST",
    url,
    headers: { ...LOCAL, "stripe-signature": header, "content-type": "application/json" },
    payload: sending.tampered ?? payload,
  });
}

const one = (id = "evt_1", more: object = {}) =>
  event(NEW, {
    id,
    type: "customer.subscription.updated",
    created: Math.floor(NOW / 1000) - 3600,
    object: subscription(NEW, more as Record<string, unknown>),
  });
const rows = async () =>
  await harness.store.database.sql
    .selectFrom("webhook")
    .selectAll()
    .orderBy("external_id")
    .execute();
const logged = async () => await harness.store.events.read(0, 1000);

describe("Stripe's webhooks", () => {
  it("signed by the SDK become events of their member", async () => {
    const { id, path } = await openStripe();
    const answer = await send(one(), { url: path });
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.json()).toEqual({ status: "taken" });
    const [told] = await logged();
    expect(told).toMatchObject({
      source: "stripe",
      kind: "subscription",
      messageId: "evt_1:sub_1",
      eventMs: NOW - 3_600_000,
      createdMs: now,
      payload: { status: "active", plan: "premium_month" },
    });
    expect(await harness.store.members.identities(told!.memberId)).toEqual([
      { kind: "stripe_customer", value: "cus_1" },
      { kind: "user", value: "u-1" },
    ]);
    expect(await rows()).toMatchObject([
      { external_id: "evt_1", endpoint_id: Number(id), status: "taken", member_id: told!.memberId },
    ]);
  });

  it("are refused with another secret, other bytes, no signature, an old one, and leave nothing", async () => {
    await openStripe();
    const body = JSON.stringify(one());
    const refusals = [
      await send(body, { secret: "whsec_other" }),
      await send(body, { tampered: body.replace("cus_1", "cus_2") }),
      await send(body, { at: Math.floor(now / 1000) - 301 }),
      await send(body, { at: Math.floor(now / 1000) + 400 }),
      await harness.server.http.inject({
        method: "POST",
        url: "/webhooks/stripe",
        headers: { ...LOCAL, "stripe-signature": "t=1,v1=zz,v0=00" },
        payload: body,
      }),
      await harness.server.http.inject({ method: "POST", url: "/webhooks/stripe", headers: LOCAL }),
    ];
    for (const refusal of refusals) {
      expect(refusal.statusCode, refusal.body).toBe(401);
      expect(refusal.json().code).toBe("WEBHOOK_FORGED");
    }
    expect(await rows()).toEqual([]);
    expect(await logged()).toEqual([]);
    const metrics = await harness.server.http.inject({ url: "/metrics", headers: LOCAL });
    expect(metrics.body).toMatch(
      /waymark_webhooks_total\{processor="stripe",outcome="refused"\} \d/,
    );
  });

  it("may carry several signatures while a secret is rolled", async () => {
    await openStripe();
    const payload = JSON.stringify(one());
    const timestamp = Math.floor(now / 1000);
    const [, old] = stripe.webhooks
      .generateTestHeaderString({ payload, secret: "whsec_old", timestamp })
      .split(",");
    const header = stripe.webhooks
      .generateTestHeaderString({ payload, secret: SECRET, timestamp })
      .replace(",", `,${old},`);
    const answer = await harness.server.http.inject({
      method: "POST",
      url: "/webhooks/stripe",
      headers: { ...LOCAL, "stripe-signature": header },
      payload,
    });
    expect(answer.statusCode, answer.body).toBe(200);
  });

  it("without an id go to the endpoint whose secret signed them", async () => {
    await openStripe({ secret: "whsec_first" });
    const second = await openStripe();
    await send(one());
    expect(await rows()).toMatchObject([{ endpoint_id: Number(second.id) }]);
  });

  it("that come again change nothing, also with another count of deliveries", async () => {
    await openStripe();
    await send(one());
    const again = await send({ ...one(), pending_webhooks: 0 });
    expect(again.json()).toEqual({ status: "repeated" });
    expect(await logged()).toHaveLength(1);
    expect(await rows()).toHaveLength(1);
  });

  it("whose id comes back with other words are set aside", async () => {
    await openStripe();
    await send(one());
    expect((await send(one("evt_1", { status: "canceled" }))).json()).toEqual({
      status: "quarantined",
    });
    expect((await send(one("evt_1", { status: "canceled" }))).json()).toEqual({
      status: "repeated",
    });
    expect(await logged()).toHaveLength(1);
    const [, reused] = await rows();
    expect(reused).toMatchObject({
      status: "quarantined",
      reason: "the id 'evt_1' came before with other words",
    });
  });

  it("of unknown types are noted, and what they say is not kept", async () => {
    await openStripe();
    const answer = await send(
      event(NEW, { id: "evt_9", type: "tax.settings.updated", object: {} }),
    );
    expect(answer.json()).toEqual({ status: "ignored" });
    expect(await logged()).toEqual([]);
    expect(await rows()).toMatchObject([{ external_id: "evt_9", status: "ignored", body: "" }]);
  });

  const hour = Math.floor(NOW / 1000) - 3600;
  it.each([
    ["no JSON", "nonsense", "the body is no JSON"],
    [
      "a negative amount",
      event(NEW, {
        id: "evt_n",
        type: "charge.failed",
        created: hour,
        object: failedCharge(NEW, { amount: -5 }),
      }),
      "'data.object.amount' is -5; an amount is a whole number from 0",
    ],
    [
      "two currencies",
      one("evt_m", { currency: "usd" }),
      "'data.object' is in USD and EUR; a subscription has one currency",
    ],
    [
      "the future",
      event(NEW, {
        id: "evt_f",
        type: "invoice.paid",
        created: hour + 30 * 86_400,
        object: invoice(NEW),
      }),
      "after it came",
    ],
    [
      "nobody",
      event(NEW, {
        id: "evt_x",
        type: "charge.failed",
        created: hour,
        object: failedCharge(NEW, { customer: null }),
      }),
      "it names no customer, so nobody knows whose it is",
    ],
  ])("that speak of %s are answered 200 and set aside with the reason", async (_, body, reason) => {
    await openStripe();
    const answer = await send(body);
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.json()).toEqual({ status: "quarantined" });
    expect(await logged()).toEqual([]);
    expect((await rows())[0]!.reason).toContain(reason);
  });

  it("that change the currency of a subscription are set aside, in one group and later", async () => {
    await openStripe();
    const inDollars = (id: string) =>
      event(NEW, {
        id,
        type: "invoice.paid",
        created: hour,
        object: invoice(NEW, { id: `in_${id}`, currency: "usd", amount_paid: 799 }),
      });
    await send(one());
    const answers = await Promise.all([
      send(one("evt_2")),
      send(inDollars("evt_3")),
      send(inDollars("evt_4")),
    ]);
    expect(answers.map((answer) => answer.json().status)).toEqual([
      "taken",
      "quarantined",
      "quarantined",
    ]);
    expect((await rows())[2]!.reason).toBe("subscription sub_1 was in EUR and comes in USD");
  });

  it("of a history were known when they happened", async () => {
    await openStripe({ kind: "history" });
    for (const body of billingStory(OLD)) expect((await send(body)).statusCode).toBe(200);
    const all = await logged();
    expect(all.length).toBeGreaterThan(15);
    for (const told of all) {
      expect(told.createdMs).toBeLessThan(NOW - 86_400_000);
      expect(told.eventMs).toBeLessThanOrEqual(told.createdMs);
    }
  });

  it("in any order and repeated come to the same log, in both generations", async () => {
    for (const version of [OLD, NEW]) {
      const story = billingStory(version);
      const outcomes: unknown[] = [];
      for (const seed of [1, 2, 3]) {
        await emptyDatabase(harness.store.database);
        now += 60_000;
        admin = (await signedIn(harness, { name: "Ada", role: "admin" })).headers;
        await openStripe({ kind: "history" });
        const mixed = shuffled([...story, ...story.slice(seed)], seed);
        // Some at once, so that groups form, some alone.
        for (let i = 0; i < mixed.length; i += seed * 4) {
          await Promise.all(mixed.slice(i, i + seed * 4).map((body) => send(body)));
        }
        const members = await harness.store.members.list();
        expect(members.members).toHaveLength(1);
        const told = (await logged()).map(({ seq: _, memberId: __, payload, ...rest }) => ({
          ...rest,
          // The first teller of an attempt may know its invoice, the other not.
          payload: { ...(payload as object), invoiceId: undefined },
        }));
        outcomes.push(told.sort((a, b) => (a.messageId < b.messageId ? -1 : 1)));
      }
      expect(outcomes[1]).toEqual(outcomes[0]);
      expect(outcomes[2]).toEqual(outcomes[0]);
    }
  }, 60_000);

  it("of a dispute wait for their charge, and are read again when asked", async () => {
    await openStripe();
    const dispute = {
      id: "dp_1",
      amount: 799,
      charge: "ch_2",
      created: hour,
      currency: "eur",
      status: "needs_response",
    };
    const body = event(NEW, {
      id: "evt_d",
      type: "charge.dispute.created",
      created: hour,
      object: dispute,
    });
    expect((await send(body)).json().status).toBe("quarantined");
    const list = (await ask("GET", "/api/webhooks?status=quarantined")).json();
    expect(list).toMatchObject({
      counts: { quarantined: 1 },
      webhooks: [{ id: "evt_d", reason: "it is about ch_2, of which nothing has come yet" }],
    });
    const charge = paidCharge(NEW, { created: hour - 60 });
    await send(
      event(NEW, { id: "evt_c", type: "charge.succeeded", created: hour, object: charge }),
    );
    const retried = await ask("POST", "/api/webhooks/stripe/evt_d/retry");
    expect(retried.json()).toMatchObject({ status: "taken", reason: null });
    expect((await logged()).map(({ messageId }) => messageId)).toEqual(["ch_2:succeeded", "dp_1"]);
    expect((await ask("POST", "/api/webhooks/stripe/evt_d/retry")).statusCode).toBe(400);
    expect((await ask("POST", "/api/webhooks/stripe/evt_none/retry")).statusCode).toBe(404);
  });

  it("of an erased member leave that something came, and nothing else", async () => {
    await openStripe();
    await send(one());
    const [told] = await logged();
    await harness.store.members.erase(told!.memberId, now);
    const answer = await send(one("evt_2"));
    expect(answer.json()).toEqual({ status: "ignored" });
    expect(await logged()).toEqual([]);
    expect((await rows()).map(({ body, reason }) => [body, reason])).toEqual([
      ["", "of a member who was erased"],
    ]);
  });

  it("find no door that was closed, or is another processor's", async () => {
    const { id, path } = await openStripe();
    expect((await send(one(), { url: `/webhooks/revenuecat/${id}` })).statusCode).toBe(404);
    expect((await ask("DELETE", `/api/webhook-endpoints/${id}`)).statusCode).toBe(204);
    expect((await send(one(), { url: path })).statusCode).toBe(404);
    expect((await send(one())).statusCode).toBe(404);
    expect((await ask("GET", "/api/webhook-endpoints")).json()).toEqual({ endpoints: [] });
  });

  it("larger than a megabyte are refused", async () => {
    await openStripe();
    expect((await send(" ".repeat(1024 * 1024 + 1))).statusCode).toBe(413);
  });
});

describe("endpoints", () => {
  it("never tell the secret that they were given", async () => {
    const made = await openStripe();
    expect(made.secret).toBeNull();
    const list = await ask("GET", "/api/webhook-endpoints");
    expect(list.body).not.toContain(SECRET);
  });

  it.each([
    [{ processor: "stripe" }, /needs 'secret'/],
    [{ processor: "app_store" }, /needs 'app', the bundle id/],
    [{ processor: "google_play" }, /needs 'app', the package name/],
    [{ processor: "app_store", options: { app: "a" }, secret: "no pem" }, /certificates are PEM/],
    [{ processor: "revenuecat", secret: "guess me" }, /at least 16 characters/],
    [{ processor: "google_play", options: { app: "a" }, secret: "x" }, /at least 16 characters/],
    [{ processor: "paypal" }, /'processor' of the body/],
  ])("%o are refused in words", async (wish, words) => {
    const answer = await ask("POST", "/api/webhook-endpoints", { name: "x", ...wish });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().message).toMatch(words);
  });
});

describe("App Store notifications", () => {
  const chain = makeAppleChain();
  const bundleId = "com.example.app";
  const transaction = {
    bundleId,
    currency: "EUR",
    environment: "Production",
    expiresDate: NOW + 20 * 86_400_000,
    originalPurchaseDate: NOW - 11 * 86_400_000,
    originalTransactionId: "200",
    price: 7990,
    productId: "premium.month",
    purchaseDate: NOW - 11 * 86_400_000,
    signedDate: NOW - 7_200_000,
    transactionId: "201",
    type: "Auto-Renewable Subscription",
    inAppOwnershipType: "PURCHASED",
    transactionReason: "RENEWAL",
    appAccountToken: "0e6e7a0e-0000-4000-8000-000000000001",
  };
  const renewal = {
    autoRenewStatus: 1,
    originalTransactionId: "200",
    currency: "EUR",
    renewalPrice: 7990,
  };
  const notification = (by = chain, more: object = {}, data: object = {}) =>
    by.jws({
      notificationType: "DID_RENEW",
      notificationUUID: "uuid-1",
      version: "2.0",
      signedDate: NOW - 7_200_000,
      data: {
        bundleId,
        environment: "Production",
        status: 1,
        signedTransactionInfo: by.jws(transaction),
        signedRenewalInfo: by.jws(renewal),
        ...data,
      },
      ...more,
    });
  const openApple = () =>
    open({ processor: "app_store", secret: chain.root, options: { app: bundleId } });
  const post = async (path: string, signedPayload: string) =>
    await harness.server.http.inject({
      method: "POST",
      url: path,
      headers: LOCAL,
      payload: { signedPayload },
    });

  it("signed by a chain of Apple's kind become a state and a payment", async () => {
    const { path } = await openApple();
    const answer = await post(path, notification());
    expect(answer.json(), answer.body).toEqual({ status: "taken" });
    const told = await logged();
    expect(told).toMatchObject([
      {
        source: "app_store",
        kind: "subscription",
        payload: { status: "active", isRenewing: true, interval: "month", priceMinor: 799 },
      },
      { kind: "payment", messageId: "201:succeeded", value: 799, payload: { currency: "EUR" } },
    ]);
    expect(await harness.store.members.identities(told[0]!.memberId)).toHaveLength(2);
    // Apple signs anew what it sends again.
    expect((await post(path, notification())).json()).toEqual({ status: "repeated" });
  });

  it.each([
    ["of another root", notification(makeAppleChain())],
    ["of another app", notification(chain, { data: { bundleId: "com.other.app" } })],
    ["of none", "a.b.c"],
  ])("%s are refused", async (_, token) => {
    const { path } = await openApple();
    expect((await post(path, token)).statusCode).toBe(401);
    expect(await rows()).toEqual([]);
  });

  it.each([
    ["without Apple's marks", { isMarked: false }],
    ["that was not yet valid", { from: "340101000000Z" }],
    ["that was not valid any more", { to: "250201000000Z" }],
    ["with a link that is broken", { isBroken: true }],
  ])("by a chain %s are refused", async (_, options) => {
    const other = makeAppleChain(options);
    const { path } = await open({
      processor: "app_store",
      secret: other.root,
      options: { app: bundleId },
    });
    expect((await post(path, notification(other))).statusCode).toBe(401);
  });

  it("with a payload that was changed are refused", async () => {
    const { path } = await openApple();
    const [head, , signature] = notification().split(".");
    const body = notification(chain, { notificationType: "EXPIRED" }).split(".")[1];
    expect((await post(path, `${head}.${body}.${signature}`)).statusCode).toBe(401);
  });

  it("are checked with Apple's own root where none is given", async () => {
    const { path, secret } = await open({ processor: "app_store", options: { app: bundleId } });
    expect(secret).toBeNull();
    const answer = await post(path, notification());
    expect(answer.json().message).toBe("its certificates lead to a root that is not trusted here");
  });
});

describe("Google Play and RevenueCat", () => {
  it("push with the secret of the address, for the app that was named", async () => {
    const { path, secret } = await open({
      processor: "google_play",
      options: { app: "com.example" },
    });
    const push = (packageName: string, data: object = {}) => ({
      message: {
        messageId: `m-${packageName}`,
        data: Buffer.from(
          JSON.stringify({
            version: "1.0",
            packageName,
            eventTimeMillis: String(NOW - 1000),
            subscriptionNotification: {
              notificationType: 6,
              purchaseToken: "tok",
              subscriptionId: "premium",
            },
            ...data,
          }),
        ).toString("base64"),
      },
      subscription: "projects/x/subscriptions/y",
    });
    const post = async (token: string, payload: object) =>
      await harness.server.http.inject({
        method: "POST",
        url: `${path}?token=${token}`,
        headers: LOCAL,
        payload,
      });
    expect((await post("guess", push("com.example"))).statusCode).toBe(401);
    expect((await post(secret!, push("com.other"))).statusCode).toBe(401);
    expect((await post(secret!, push("com.example"))).json()).toEqual({ status: "taken" });
    expect((await post(secret!, push("com.example"))).json()).toEqual({ status: "repeated" });
    expect((await post(secret!, { message: { messageId: "m-2", data: "%%%" } })).json()).toEqual({
      status: "quarantined",
    });
    expect(await logged()).toMatchObject([
      {
        source: "google_play",
        payload: { status: "grace", plan: "premium", subscriptionId: "tok" },
      },
    ]);
  });

  it("RevenueCat sends its secret in a header", async () => {
    const { path, secret } = await open({ processor: "revenuecat" });
    const payload = {
      api_version: "1.0",
      event: {
        id: "rc-1",
        type: "INITIAL_PURCHASE",
        event_timestamp_ms: NOW - 1000,
        app_user_id: "u-1",
        original_app_user_id: "$RCAnonymousID:1",
        aliases: ["$RCAnonymousID:1"],
        product_id: "premium",
        period_type: "NORMAL",
        purchased_at_ms: NOW - 2000,
        expiration_at_ms: NOW - 2000 + 365 * 86_400_000,
        environment: "PRODUCTION",
        store: "APP_STORE",
        price_in_purchased_currency: 59.99,
        currency: "EUR",
        transaction_id: "t1",
        original_transaction_id: "t0",
      },
    };
    const post = async (authorization: string) =>
      await harness.server.http.inject({
        method: "POST",
        url: path,
        headers: { ...LOCAL, authorization },
        payload,
      });
    expect((await post("guess")).statusCode).toBe(401);
    expect((await post(secret!)).json()).toEqual({ status: "taken" });
    expect((await post(`Bearer ${secret}`)).json()).toEqual({ status: "repeated" });
    const told = await logged();
    expect(told).toMatchObject([
      { kind: "subscription", payload: { interval: "year", priceMinor: 5999 } },
      { kind: "payment", messageId: "t1:succeeded", value: 5999 },
    ]);
    expect(await harness.store.members.identities(told[0]!.memberId)).toHaveLength(3);
  });
});

function shuffled<T>(list: readonly T[], seed: number): T[] {
  const mixed = [...list];
  let state = seed * 7919;
  for (let i = mixed.length - 1; i > 0; i--) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    const j = state % (i + 1);
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return mixed;
}
