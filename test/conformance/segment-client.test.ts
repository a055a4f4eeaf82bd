// Segment's own Node SDK against a server over HTTP, on every engine: what an app tracks is there, once,
// also when the server was away or busy meanwhile.
import { createServer, type Server } from "node:http";
import { Analytics } from "@segment/analytics-node";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { hashSecret } from "../../src/server/auth/secret.ts";
import type { Store } from "../../src/store/store.ts";
import { openTestServer, type TestServer } from "../server.ts";
import { describeStores } from "./store-kinds.ts";

describeStores("Segment's SDK", (kind) => {
  let store: Store;
  let test: TestServer;
  let url: string;
  beforeAll(() => kind.begin());
  afterAll(() => kind.end());
  beforeEach(async () => {
    store = await kind.open();
    test = await openTestServer({ store });
    const key = { hash: hashSecret("wk_sdk"), name: "sdk", kind: "live", isTrusted: true } as const;
    await store.writeKeys.create(key, Date.now());
    url = await test.server.start(0);
  });
  afterEach(() => test.close());

  const sdk = (host: string, more: object = {}): Analytics =>
    new Analytics({ writeKey: "wk_sdk", host, flushAt: 15, flushInterval: 50, ...more });

  it("tracks, identifies, pages, screens, groups and aliases", async () => {
    const failures: unknown[] = [];
    const analytics = sdk(url);
    analytics.on("error", (error) => failures.push(error));
    const context = { device: { type: "android" }, app: { version: "3.1" }, locale: "de-DE" };
    const timestamp = new Date(Date.now() - 3_600_000);
    analytics.track({ anonymousId: "tab", event: "Signed Up" });
    analytics.identify({
      userId: "ann",
      anonymousId: "tab",
      traits: { name: "Ann", email: "ann@x.y", createdAt: "2026-01-02T03:04:05Z" },
      context,
    });
    analytics.track({
      userId: "ann",
      event: "Route Planned",
      properties: { sport: "bike", distance_m: 12_345.6 },
      context,
      timestamp,
    });
    analytics.page({ userId: "ann", name: "Pricing", properties: { url: "https://x.y/p" } });
    analytics.screen({ userId: "ann", name: "Home" });
    analytics.group({ userId: "ann", groupId: "club", traits: { size: 9 } });
    analytics.track({ userId: "annie", event: "Application Opened" });
    analytics.alias({ userId: "ann", previousId: "annie" });
    await analytics.closeAndFlush();

    expect(failures).toEqual([]);
    expect(await store.members.count()).toBe(1);
    const { members } = await store.members.list({ search: "ann@" });
    expect(members[0]).toMatchObject({
      name: "Ann",
      email: "ann@x.y",
      platform: "android",
      signedUpMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    });
    const events = await store.events.ofMember(members[0]!.id);
    expect(events.map((event) => event.kind).sort()).toEqual([
      "alias",
      "group",
      "identify",
      "page:Pricing",
      "screen:Home",
      "track:Application Opened",
      "track:Route Planned",
      "track:Signed Up",
    ]);
    const planned = events.find((event) => event.kind === "track:Route Planned")!;
    expect(planned.payload).toEqual({
      sport: "bike",
      distance_m: 12_345.6,
      $context: { device: "android", app: "3.1", locale: "de-DE" },
    });
    expect(Math.abs(planned.eventMs - timestamp.getTime())).toBeLessThan(2000);
    expect(planned.createdMs).toBeGreaterThan(planned.eventMs);
    expect(await store.quarantine.list()).toEqual([]);
  });

  it("sends again what a server that was away, busy or cut off did not acknowledge; it is there once", async () => {
    // In front of the server: the first three answers are lost, after the events were kept.
    let count = 0;
    const front: Server = createServer(async (request, reply) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      count++;
      if (count === 1) return void reply.writeHead(429, { "retry-after": "0" }).end();
      const headers = { authorization: request.headers.authorization ?? "" };
      const answer = await fetch(url + request.url, {
        method: "POST",
        headers,
        body: Buffer.concat(chunks),
      });
      if (count === 2) return void reply.writeHead(503).end();
      if (count === 3) return void request.socket.destroy();
      return void reply.writeHead(answer.status).end(await answer.text());
    });
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
    const { port } = front.address() as { port: number };
    const analytics = sdk(`http://127.0.0.1:${port}`, { maxRetries: 10 });
    for (let i = 0; i < 40; i++) analytics.track({ userId: `u${i % 7}`, event: `Event ${i}` });
    await analytics.closeAndFlush({ timeout: 20_000 });
    front.close();
    front.closeAllConnections();
    const kinds = (await store.events.read(0, 100)).map((event) => event.kind);
    expect(kinds).toHaveLength(40);
    expect(new Set(kinds).size).toBe(40);
    expect(count).toBeGreaterThan(4);
  }, 30_000);

  it("is told when its key is unknown", async () => {
    const failures: { code?: string; reason?: unknown }[] = [];
    const analytics = sdk(url, { writeKey: "wk_other", maxRetries: 0 });
    analytics.on("error", (error) => failures.push(error));
    analytics.track({ userId: "ann", event: "X" });
    await analytics.closeAndFlush();
    expect(failures.length).toBeGreaterThan(0);
    expect(await store.events.lastSeq()).toBe(0);
  });
});
