// What every engine promises of webhooks: once each, with member and events or not at all, whoever comes
// at the same time; the quarantine is read again in place.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Store } from "../../src/store/store.ts";
import type { NewWebhook, WebhookContent } from "../../src/store/webhooks.ts";
import { NOW } from "./kept-recording.ts";
import { describeStores } from "./store-kinds.ts";

const PRICE = { subscriptionId: "sub_1", currency: "EUR" };

describeStores("webhooks", (kind) => {
  let store: Store;
  let endpointId: number;
  beforeAll(() => kind.begin());
  afterAll(() => kind.end());
  beforeEach(async () => {
    store = await kind.open();
    const wish = {
      processor: "stripe",
      name: "a",
      secret: "s",
      kind: "live",
      options: {},
    } as const;
    ({ id: endpointId } = await store.webhookEndpoints.create(wish, NOW));
  });

  function content(n: number, more: Partial<WebhookContent> = {}): WebhookContent {
    return {
      identities: [{ kind: "stripe_customer", value: `cus_${n}` }],
      events: [
        {
          source: "stripe",
          messageId: `m_${n}`,
          kind: "payment",
          eventMs: NOW,
          createdMs: NOW,
          value: 799,
          payload: { subscriptionId: "sub_1", currency: "EUR" },
        },
      ],
      prices: [],
      ...more,
    };
  }
  function webhook(n: number, more: Partial<NewWebhook> = {}): NewWebhook {
    return {
      processor: "stripe",
      endpointId,
      externalId: `evt_${n}`,
      type: "charge.succeeded",
      eventMs: NOW,
      receivedMs: NOW + n,
      body: `{"n":${n}}`,
      content: content(n),
      isSame: (body) => body === `{"n":${n}}`,
      ...more,
    };
  }
  const counted = async () => ({
    webhooks: (await store.webhooks.count()).taken,
    events: (await store.events.read(0, 10_000)).length,
    members: await store.members.count(),
  });

  it("many at once are each kept once, whatever comes twice", async () => {
    const all = Array.from({ length: 200 }, (_, i) => webhook(i % 100));
    const outcomes = await Promise.all(all.map((one) => store.webhooks.receive(one)));
    const statuses = outcomes.map(({ status }) => status);
    expect(statuses.filter((status) => status === "taken")).toHaveLength(100);
    expect(statuses.filter((status) => status === "repeated")).toHaveLength(100);
    expect(await counted()).toEqual({ webhooks: 100, events: 100, members: 100 });
  });

  it("two that tell of one attempt leave one event", async () => {
    await store.webhooks.receive(webhook(1));
    const other = webhook(2, { content: content(1) });
    expect(await store.webhooks.receive(other)).toEqual({ status: "taken", reason: null });
    expect(await counted()).toEqual({ webhooks: 2, events: 1, members: 1 });
  });

  it("an id with other words is set aside beside the first", async () => {
    await store.webhooks.receive(webhook(1));
    const reused = webhook(1, { body: "{}", isSame: () => false });
    expect((await store.webhooks.receive(reused)).status).toBe("quarantined");
    expect((await store.webhooks.receive(reused)).status).toBe("repeated");
    const { webhooks } = await store.webhooks.list({ limit: 10 });
    expect(webhooks.map(({ externalId, status }) => [externalId.slice(0, 6), status])).toEqual([
      ["evt_1#", "quarantined"],
      ["evt_1", "taken"],
    ]);
  });

  it("a subscription keeps its currency, also for a process that has just begun", async () => {
    await store.webhooks.receive(webhook(1, { content: content(1, { prices: [PRICE] }) }));
    const invoice = { kind: "invoice", messageId: "in" } as const;
    const told = { ...content(1).events[0]!, ...invoice };
    await store.webhooks.receive(
      webhook(2, { content: content(1, { events: [told], prices: [PRICE] }) }),
    );
    const { createStore } = await import("../../src/store/open-store.ts");
    const begun = createStore(store.database, store.blobs);
    const mixed = content(1, { prices: [{ ...PRICE, currency: "USD" }] });
    expect(await begun.webhooks.receive(webhook(3, { content: mixed }))).toEqual({
      status: "quarantined",
      reason: "subscription sub_1 was in EUR and comes in USD",
    });
    expect(await counted()).toEqual({ webhooks: 2, events: 2, members: 1 });
  });

  it("what is read again takes its own place, once", async () => {
    const reason = "'data' is missing";
    const broken = webhook(1, { content: { status: "quarantined", reason } });
    await store.webhooks.receive(broken);
    expect(await counted()).toEqual({ webhooks: 0, events: 0, members: 0 });
    expect(await store.webhooks.get("stripe", "evt_1")).toMatchObject({
      status: "quarantined",
      reason,
    });
    expect(await store.webhooks.retake(webhook(1))).toEqual({ status: "taken", reason: null });
    expect(await counted()).toEqual({ webhooks: 1, events: 1, members: 1 });
    await expect(store.webhooks.retake(webhook(1))).rejects.toThrow(/not in quarantine/);
    await expect(store.webhooks.retake(webhook(9))).rejects.toThrow(/there is no webhook 'evt_9'/);
  });

  it("one that names nobody finds its member by the attempt, in one group too", async () => {
    const nobody = (n: number, attempt: string) =>
      webhook(n, {
        content: content(n, {
          identities: [],
          ofAttempt: attempt,
          events: [{ ...content(n).events[0]!, kind: "reversal", messageId: `dp_${n}` }],
        }),
      });
    const attempt = { ...content(1).events[0]!, messageId: "ch_1:succeeded" };
    const [found, , lost] = await Promise.all([
      store.webhooks.receive(nobody(5, "ch_1")),
      store.webhooks.receive(webhook(1, { content: content(1, { events: [attempt] }) })),
      store.webhooks.receive(nobody(6, "ch_9")),
    ]);
    expect(found).toEqual({ status: "taken", reason: null });
    expect(lost).toEqual({
      status: "quarantined",
      reason: "it is about ch_9, of which nothing has come yet",
    });
    expect(new Set((await store.events.read(0, 10)).map(({ memberId }) => memberId)).size).toBe(1);
  });

  it("go with a member who is erased, and follow one who is merged", async () => {
    await store.webhooks.receive(webhook(1));
    await store.webhooks.receive(webhook(2));
    const both = content(3, {
      identities: [
        { kind: "user", value: "u" },
        { kind: "stripe_customer", value: "cus_1" },
        { kind: "stripe_customer", value: "cus_2" },
      ],
    });
    await store.webhooks.receive(webhook(3, { content: both }));
    expect(await counted()).toEqual({ webhooks: 3, events: 3, members: 1 });
    const [told] = await store.events.read(0, 1);
    await store.members.erase(told!.memberId, NOW);
    expect(await counted()).toEqual({ webhooks: 0, events: 0, members: 0 });
    const late = await store.webhooks.receive(webhook(4, { content: content(1) }));
    expect(late).toEqual({ status: "ignored", reason: "of a member who was erased" });
    expect(await store.webhooks.get("stripe", "evt_4")).toMatchObject({ body: "" });
  });

  it("are listed newest first, page by page", async () => {
    for (let n = 0; n < 7; n++)
      await store.webhooks.receive(webhook(n, { receivedMs: NOW + (n >> 1) }));
    const seen: string[] = [];
    let before: string | undefined;
    for (;;) {
      const page = await store.webhooks.list({ limit: 3, before });
      seen.push(...page.webhooks.map(({ externalId }) => externalId));
      if (page.next === null) break;
      before = page.next;
    }
    expect(seen).toEqual(["evt_6", "evt_5", "evt_4", "evt_3", "evt_2", "evt_1", "evt_0"]);
  });

  it("endpoints are found while they are open, and forget their secret when they close", async () => {
    const { webhookEndpoints } = store;
    const [open] = await webhookEndpoints.list("stripe");
    expect(await webhookEndpoints.find(endpointId)).toEqual(open);
    await webhookEndpoints.touch(open!, NOW);
    expect((await webhookEndpoints.find(endpointId))!.usedMs).toBe(NOW);
    await webhookEndpoints.remove(endpointId, NOW);
    expect(await webhookEndpoints.find(endpointId)).toBeUndefined();
    expect(await webhookEndpoints.get(endpointId)).toMatchObject({
      secret: "",
      processor: "stripe",
    });
    await expect(webhookEndpoints.remove(endpointId, NOW)).rejects.toThrow(
      /there is no webhook endpoint/,
    );
  });
});
