// What becomes of one message: its clock, its ids, what of it is kept, and why it is refused.
import fc from "fast-check";
import { expect, describe as group, it } from "vitest";
import { placeInTime, readTime } from "./clock.ts";
import { type Arrival, type ReadMessage, Refused, readMessage } from "./read-message.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const MINUTE = 60_000;
const LIVE: Arrival = {
  receivedMs: NOW,
  door: "live",
  isTrusted: true,
  sentAt: undefined,
  type: undefined,
};
const iso = (ms: number): string => new Date(ms).toISOString();

function kept(message: object, arrival: Partial<Arrival> = {}): ReadMessage {
  const read = readMessage(message, { ...LIVE, ...arrival });
  if (read instanceof Refused) expect.fail(`${read.reason}: ${read.message}`);
  return read;
}
function reason(message: unknown, arrival: Partial<Arrival> = {}): string {
  const read = readMessage(message, { ...LIVE, ...arrival });
  return read instanceof Refused ? read.reason : `kept as ${read.kind}`;
}
const track = { type: "track", event: "Route Planned", userId: "ann", messageId: "m" };

group("the clock", () => {
  it("of a device that is wrong is put right by when it sent", () => {
    for (const skewMs of [0, -37 * 365 * 86_400_000, 3_600_000, 12_345_678_901]) {
      const said = { timestamp: iso(NOW + skewMs - 5 * MINUTE), sentAt: iso(NOW + skewMs) };
      expect(placeInTime(said, NOW, "live")).toEqual({
        eventMs: NOW - 5 * MINUTE,
        createdMs: NOW,
        note: undefined,
      });
    }
  });

  it("that went back between event and sending makes it happen at the arrival, with a note", () => {
    const said = { timestamp: iso(NOW), sentAt: iso(NOW - 90 * MINUTE) };
    expect(placeInTime(said, NOW, "live")).toEqual({ eventMs: NOW, createdMs: NOW, note: "clock" });
    const { payload, eventMs } = kept({ ...track, ...said });
    expect(eventMs).toBe(NOW);
    expect(payload).toEqual({ $time: { note: "clock", said: iso(NOW) } });
  });

  it("of the future without a sentAt makes it happen at the arrival", () => {
    const said = { timestamp: iso(NOW + MINUTE), sentAt: undefined };
    expect(placeInTime(said, NOW, "live")).toMatchObject({ eventMs: NOW, note: "future" });
  });

  it("without a timestamp is ours", () => {
    expect(kept(track)).toMatchObject({ eventMs: NOW, createdMs: NOW, payload: {} });
  });

  it("of a history is believed: known when it was sent, or else when it happened", () => {
    const day = Date.UTC(2025, 2, 1);
    const of = (timestamp: unknown, sentAt: unknown) =>
      placeInTime({ timestamp, sentAt }, NOW, "history");
    expect(of(iso(day), undefined)).toMatchObject({ eventMs: day, createdMs: day });
    expect(of(iso(day), iso(day + 9))).toMatchObject({ eventMs: day, createdMs: day + 9 });
    expect(of(iso(day + 9), iso(day))).toEqual({ eventMs: day, createdMs: day, note: "future" });
    expect(of(iso(NOW + 9), undefined)).toEqual({ eventMs: NOW, createdMs: NOW, note: "future" });
    expect(of(undefined, undefined)).toMatchObject({ eventMs: NOW, createdMs: NOW });
  });

  it("never puts an event after it was known, whatever is said", () => {
    const moment = fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.integer(),
      fc.double(),
      fc.string(),
      fc.constant(undefined),
      fc.constant(null),
    );
    fc.assert(
      fc.property(moment, moment, fc.constantFrom("live", "history"), (timestamp, sentAt, door) => {
        const time = placeInTime({ timestamp, sentAt }, NOW, door as "live");
        if (time === undefined) return;
        expect(time.eventMs).toBeLessThanOrEqual(time.createdMs);
        expect(time.createdMs).toBeLessThanOrEqual(NOW);
        expect(time.eventMs).toBeGreaterThanOrEqual(Date.UTC(2000, 0, 1));
        expect(Number.isSafeInteger(time.eventMs) && Number.isSafeInteger(time.createdMs)).toBe(
          true,
        );
      }),
    );
  });

  it("reads ISO 8601, UTC where no zone is named, and nothing that is none", () => {
    expect(readTime("2026-11-21")).toBe(Date.UTC(2026, 10, 21));
    expect(readTime("2026-11-21T12:00")).toBe(NOW);
    expect(readTime("2026-11-21T13:00:00.5+01:00")).toBe(NOW + 500);
    for (const bad of [
      "yesterday",
      "21/11/2026",
      "2026-13-01",
      "",
      {},
      [],
      true,
      Number.NaN,
      1e300,
    ]) {
      expect(readTime(bad), String(bad)).toBeNaN();
    }
  });
});

group("a message", () => {
  it("becomes an event of its kind with its properties and a little of its context", () => {
    const context = {
      library: { name: "x" },
      ip: "10.0.0.1",
      userAgent: "secret",
      device: { type: "ios", id: "secret" },
      os: { name: "iOS", version: "26" },
      app: { version: "1.2", name: "secret" },
      locale: "en-GB",
    };
    expect(kept({ ...track, anonymousId: "x", properties: { sport: "bike" }, context })).toEqual({
      messageId: "m",
      isTrusted: true,
      isDoubted: false,
      identities: [
        { kind: "user", value: "ann" },
        { kind: "anonymous", value: "x" },
      ],
      previousId: undefined,
      kind: "track:Route Planned",
      eventMs: NOW,
      createdMs: NOW,
      payload: {
        sport: "bike",
        $context: { device: "ios", os: "iOS", app: "1.2", locale: "en-GB" },
      },
      description: undefined,
    });
    expect(kept({ type: "page", name: "Pricing", userId: 7 }).kind).toBe("page:Pricing");
    expect(kept({ type: "page", userId: "a", properties: { path: "/x" } }).kind).toBe("page:/x");
    expect(kept({ type: "screen", anonymousId: "a" }).kind).toBe("screen:");
    expect(kept({ type: "group", userId: "a", groupId: "g", traits: { n: 1 } })).toMatchObject({
      kind: "group",
      payload: { n: 1, groupId: "g" },
    });
    expect(kept({ type: "alias", userId: "a", previousId: "b" })).toMatchObject({
      kind: "alias",
      previousId: "b",
    });
    expect(kept({ event: "X", userId: "a" }, { type: "track" }).kind).toBe("track:X");
  });

  it("of identify says who the member is, here and elsewhere", () => {
    const traits = {
      firstName: "Ann",
      lastName: "Lee",
      email: "ann@x.y",
      address: { country: "IS" },
      createdAt: 1_700_000_000,
      timezone: "Atlantic/Reykjavik",
      stripeCustomerId: "cus_1",
      athleteId: 12,
    };
    const { identities, description } = kept({
      type: "identify",
      userId: "ann",
      traits,
      context: { device: { type: "ios" } },
    });
    expect(identities).toEqual([
      { kind: "user", value: "ann" },
      { kind: "stripe_customer", value: "cus_1" },
      { kind: "athlete", value: "12" },
    ]);
    expect(description).toEqual({
      name: "Ann Lee",
      email: "ann@x.y",
      country: "IS",
      timeZone: "Atlantic/Reykjavik",
      platform: "ios",
      signedUpMs: 1_700_000_000_000,
      traits,
      atMs: NOW,
    });
    const doubted = kept({ type: "identify", userId: "ann", traits }, { isTrusted: false });
    expect(doubted).toMatchObject({
      identities: [{ kind: "user", value: "ann" }],
      isDoubted: true,
    });
    const odd = kept({
      type: "identify",
      userId: "a",
      traits: {
        name: 5,
        email: [],
        address: "x",
        createdAt: "soon",
        stripeCustomerId: {},
        athleteId: "0x1",
      },
    });
    expect(odd.identities).toHaveLength(1);
    expect(odd.description).toMatchObject({
      name: undefined,
      email: undefined,
      signedUpMs: undefined,
    });
  });

  it("without an id is known by its content", () => {
    const bare = { type: "track", event: "X", userId: "a" };
    const timed = { ...bare, timestamp: iso(NOW - 5) };
    const idOf = (message: object, receivedMs = NOW) => kept(message, { receivedMs }).messageId;
    expect(idOf(timed)).toMatch(/^content:[0-9a-f]{64}$/);
    expect(idOf(timed, NOW + 5 * MINUTE)).toBe(idOf(timed));
    expect(idOf({ ...timed, userId: "b" })).not.toBe(idOf(timed));
    // The same thing may be done again an hour later by an app that sends no time.
    expect(idOf(bare, NOW + 1000)).toBe(idOf(bare));
    expect(idOf(bare, NOW + 60 * MINUTE)).not.toBe(idOf(bare));
    expect(idOf({ ...bare, writeKey: "k" })).toBe(idOf(bare));
  });

  it("that cannot be kept says why", () => {
    const nested = (n: number): unknown => (n === 0 ? 1 : [nested(n - 1)]);
    const cases: [unknown, string][] = [
      [null, "not_an_object"],
      [[], "not_an_object"],
      ["track", "not_an_object"],
      [{ ...track, type: "purchase" }, "unknown_type"],
      [{ ...track, type: undefined }, "unknown_type"],
      [{ ...track, type: "constructor" }, "unknown_type"],
      [{ ...track, userId: undefined }, "no_identity"],
      [{ ...track, userId: " ", anonymousId: null }, "no_identity"],
      [{ ...track, userId: { id: 1 } }, "bad_field"],
      [{ ...track, userId: true }, "bad_field"],
      [{ ...track, userId: Number.POSITIVE_INFINITY }, "bad_field"],
      [{ ...track, userId: "undefined" }, "placeholder_identity"],
      [{ ...track, userId: "[object Object]" }, "placeholder_identity"],
      [{ ...track, userId: "x".repeat(256) }, "long_identity"],
      [{ ...track, event: undefined }, "no_event_name"],
      [{ ...track, event: 5 }, "no_event_name"],
      [{ ...track, event: "x".repeat(201) }, "long_name"],
      [{ ...track, properties: [] }, "bad_field"],
      [{ ...track, properties: "x" }, "bad_field"],
      [{ ...track, timestamp: "tomorrow" }, "bad_time"],
      [{ ...track, timestamp: "1980-01-06" }, "bad_time"],
      [{ ...track, timestamp: 9e15 }, "bad_time"],
      [{ ...track, properties: { x: "x".repeat(33_000) } }, "too_large"],
      [{ ...track, properties: { x: "\u{1f6b4}".repeat(9000) } }, "too_large"],
      [{ ...track, properties: { x: nested(30) } }, "too_deep"],
      [{ type: "alias", userId: "a" }, "no_identity"],
      [{ type: "alias", userId: "a", previousId: "null" }, "placeholder_identity"],
      [{ type: "group", userId: "a" }, "bad_field"],
      [{ type: "identify", userId: "a", traits: 5 }, "bad_field"],
    ];
    for (const [message, expected] of cases) {
      expect(reason(message), JSON.stringify(message)?.slice(0, 80)).toBe(expected);
    }
    expect(reason({ ...track, properties: { x: nested(15), y: "x".repeat(31_000) } })).toBe(
      "kept as track:Route Planned",
    );
  });

  it("of any shape is read or refused, and never breaks the reader", () => {
    const anything = fc.oneof(
      fc.anything({ withNullPrototype: true }),
      fc.record(
        {
          type: fc.constantFrom("track", "identify", "page", "screen", "group", "alias", "x"),
          event: fc.anything(),
          userId: fc.anything(),
          anonymousId: fc.string(),
          previousId: fc.anything(),
          groupId: fc.anything(),
          messageId: fc.anything(),
          timestamp: fc.anything(),
          sentAt: fc.anything(),
          properties: fc.anything(),
          traits: fc.anything(),
          context: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(anything, (value) => {
        const text = JSON.stringify(value);
        if (text === undefined) return;
        const read = readMessage(JSON.parse(text), LIVE);
        if (read instanceof Refused) return;
        expect(read.identities.length).toBeGreaterThan(0);
        expect(read.messageId).not.toBe("");
        expect(() => JSON.stringify(read.payload)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  it("cannot reach a prototype", () => {
    const text =
      '{"type":"identify","userId":"a","traits":{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}}},"__proto__":{"type":"track"}}';
    const { payload } = kept(JSON.parse(text), { receivedMs: NOW });
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
    expect(JSON.stringify(payload)).toContain("__proto__");
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});
