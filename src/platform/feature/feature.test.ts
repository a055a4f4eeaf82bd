import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRng } from "../../base/rng.ts";
import type { MemberEvent } from "../../schema/member-event.ts";
import { type Duckdb, openDuckdb } from "../../store/lake/index.ts";
import { LAKE_COLUMNS } from "../../store/lake/lake.ts";
import { DAY_MS } from "./definition.ts";
import { featurePage } from "./document.ts";
import { drawLog, FROM_MS, SPAN_DAYS } from "./feature.fixture.ts";
import { defineFeatures, featureIndex } from "./feature-set.ts";
import { applyEvents } from "./fold.ts";
import { memberFeatures } from "./member-features.ts";
import { onlineValues } from "./online.ts";
import { decodeState, emptyState, encodeState } from "./state.ts";
import { featureValues } from "./training-rows.ts";

let duckdb: Duckdb;
beforeAll(async () => {
  duckdb = await openDuckdb({ spillFolder: "/tmp" });
});
afterAll(() => duckdb.close());

const set = memberFeatures;
const width = set.names.length;

async function loadEvents(events: readonly MemberEvent[]): Promise<void> {
  await duckdb.connection.run(`create or replace table event (${LAKE_COLUMNS})`);
  const appender = await duckdb.connection.createAppender("event");
  for (const event of events) {
    appender.appendBigInt(BigInt(event.seq));
    appender.appendVarchar(event.source);
    appender.appendBigInt(BigInt(event.memberId));
    appender.appendVarchar(event.kind);
    appender.appendBigInt(BigInt(event.eventMs));
    appender.appendBigInt(BigInt(event.createdMs));
    if (event.value === undefined) appender.appendNull();
    else appender.appendDouble(event.value);
    appender.appendVarchar(JSON.stringify(event.payload));
    appender.endRow();
  }
  appender.closeSync();
}

/** The state of a member as the follower would have it after each batch, written and read in between. */
function foldThrough(events: readonly MemberEvent[], memberId: number, upToSeq: number) {
  let state = emptyState(set);
  const own = events.filter((event) => event.memberId === memberId && event.seq <= upToSeq);
  for (let i = 0; i < own.length; i += 7) {
    applyEvents(set, state, own.slice(i, i + 7));
    state = decodeState(set, encodeState(set, state))!;
  }
  return state;
}

it("the drawn logs reach every feature, and every feature two values or more", async () => {
  const drawn = drawLog(1, 12, 2500);
  await loadEvents(drawn);
  const looks = drawn.filter(({ seq }) => seq % 6 === 0);
  const memberIds = looks.map(({ memberId }) => memberId);
  const atMs = looks.map(({ createdMs }) => createdMs + 3_600_000);
  const values = await featureValues(duckdb.connection, set, { memberIds, atMs });
  for (const [f, name] of set.names.entries()) {
    const column = memberIds.map((_, i) => values[i * width + f]!);
    const different = new Set(column.filter((value) => !Number.isNaN(value))).size;
    expect(different, name).toBeGreaterThan(1);
  }
  // What each was when it was last looked at: a change of a feature shows here, with its name.
  const golden = memberIds
    .map((memberId, i) => ({ memberId, atMs: atMs[i]!, row: i }))
    .filter(({ row }) => row % 80 === 79)
    .map(({ memberId, atMs: at, row }) => ({
      memberId,
      at: new Date(at).toISOString(),
      values: Object.fromEntries(
        set.names.map((name, f) => {
          const value = values[row * width + f]!;
          return [name, Number.isNaN(value) ? null : value];
        }),
      ),
    }));
  await expect(`${JSON.stringify(golden, null, 1)}\n`).toMatchFileSnapshot(
    "../../../test/golden/feature/drawn-log.json",
  );
});

it("the page in the reference says what the definitions say", async () => {
  await expect(featurePage(set)).toMatchFileSnapshot("../../../docs/reference/features.md");
});

describe("a window", () => {
  const noon = Date.UTC(2026, 2, 15, 12);
  const today = Date.UTC(2026, 2, 15);
  const valueAt = (name: string, times: readonly number[], atMs = noon): number => {
    const state = emptyState(set);
    applyEvents(
      set,
      state,
      times.map((eventMs, i) => ({
        seq: i + 1,
        kind: "track:Route Planned",
        eventMs,
        createdMs: eventMs,
        payload: {},
      })),
    );
    return onlineValues(set, state, atMs)[featureIndex(set, name)]!;
  };

  it("is whole UTC days, that of the question among them", () => {
    const firstMs = today - 6 * DAY_MS;
    expect(valueAt("routes_planned_7d", [firstMs, noon])).toBe(2);
    expect(valueAt("routes_planned_7d", [firstMs - 1, firstMs])).toBe(1);
    expect(valueAt("routes_planned_28d", [firstMs - 1, firstMs])).toBe(2);
    expect(valueAt("routes_planned_90d", [today - 89 * DAY_MS, today - 89 * DAY_MS - 1])).toBe(1);
    // At midnight the oldest day falls out at once.
    expect(valueAt("routes_planned_7d", [firstMs, noon], today + DAY_MS)).toBe(1);
  });

  it("of a trend is 28 days and the 28 before", () => {
    const days = (...ago: number[]): number[] => ago.map((day) => today - day * DAY_MS);
    expect(valueAt("routes_planned_trend", days(0, 27, 28, 55))).toBe(0);
    expect(valueAt("routes_planned_trend", days(28, 55, 56))).toBe(-1);
    expect(valueAt("routes_planned_trend", days(0, 1, 30))).toBe(1 / 3);
    expect(valueAt("routes_planned_trend", [])).toBe(0);
  });

  it("of days since counts fractions from the last event, however late it came", () => {
    expect(valueAt("days_since_route_planned", [noon - 36 * 3_600_000, noon - DAY_MS * 9])).toBe(
      1.5,
    );
    expect(valueAt("days_since_route_planned", [])).toBeNaN();
  });

  it("answers as of what is known where the clock was put back", () => {
    expect(valueAt("routes_planned_7d", [noon], noon - 30 * DAY_MS)).toBe(1);
    expect(valueAt("days_since_route_planned", [noon], noon - 30 * DAY_MS)).toBe(0);
  });
});

describe("the latest subscription", () => {
  const observed = (n: number, createdMs: number, payload: object) => ({
    seq: n,
    kind: "subscription",
    eventMs: FROM_MS,
    createdMs,
    payload: { subscriptionId: "a", status: "active", ...payload },
  });
  const planAt = (...events: readonly ReturnType<typeof observed>[]): number => {
    const state = emptyState(set);
    applyEvents(set, state, events);
    return onlineValues(set, state, FROM_MS)[featureIndex(set, "price_minor")]!;
  };

  it("is decided by event time, then by when it was known, then by seq", () => {
    const first = observed(1, FROM_MS + 5, { priceMinor: 1 });
    const corrected = observed(2, FROM_MS + 9, { priceMinor: 2 });
    const tied = observed(3, FROM_MS + 9, { priceMinor: 3 });
    expect(planAt(first, corrected, tied)).toBe(3);
    expect(planAt(tied, corrected, first)).toBe(3);
    expect(planAt(corrected, { ...tied, seq: 1 })).toBe(2);
  });

  it("is of one that goes on before one that has ended later", () => {
    const live = observed(1, FROM_MS, { priceMinor: 1 });
    const ended = observed(2, FROM_MS, { subscriptionId: "b", status: "ended", priceMinor: 2 });
    expect(planAt(live, ended)).toBe(1);
    expect(planAt(ended, { ...live, payload: { ...live.payload, status: "ended" } })).toBe(2);
  });
});

describe("definitions", () => {
  const feature = set.features[0]!;
  it("refuse names and paths that SQL would not take, and two of one name", () => {
    expect(() => defineFeatures([{ ...feature, name: "A'; drop" }])).toThrow(/lower case/);
    expect(() => defineFeatures([feature, feature])).toThrow(/another feature/);
    const where = [{ field: "a' or 1", isOneOf: ["x"] }];
    expect(() => defineFeatures([{ ...feature, from: { kinds: ["a"], where } }])).toThrow(/path/);
    expect(() => defineFeatures([{ ...feature, from: { kinds: [] } }])).toThrow(/no kind/);
  });

  it("have another id when a value may change, and the same when words do", () => {
    const longer = { ...feature, aggregation: { kind: "count", window: 90 } } as const;
    expect(defineFeatures([longer]).id).not.toBe(defineFeatures([feature]).id);
    expect(defineFeatures([{ ...feature, label: "x" }]).id).toBe(defineFeatures([feature]).id);
  });

  it("read kinds with quotes in them", async () => {
    await loadEvents([{ ...drawLog(1, 1, 1)[0]!, kind: "track:O'Hara", payload: {} }]);
    const odd = defineFeatures([
      {
        ...feature,
        from: { kinds: ["track:O'Hara"] },
        aggregation: { kind: "count", window: "lifetime" },
      },
    ]);
    const values = await featureValues(duckdb.connection, odd, { memberIds: [1], atMs: [9e12] });
    expect([...values]).toEqual([1]);
  });

  it("give no row of a spine that is empty, and a value of a log that is", async () => {
    await loadEvents([]);
    expect(await featureValues(duckdb.connection, set, { memberIds: [], atMs: [] })).toHaveLength(
      0,
    );
    const values = await featureValues(duckdb.connection, set, { memberIds: [1, 1], atMs: [5, 5] });
    expect(values).toEqual(
      Float64Array.from([0, 1].flatMap(() => [...onlineValues(set, emptyState(set), 5)])),
    );
  });
});

describe("a state that is damaged", () => {
  const state = emptyState(set);
  applyEvents(set, state, drawLog(1, 1, 300));
  const bytes = encodeState(set, state);

  it("is refused, wherever it is cut", () => {
    for (let length = 0; length < bytes.length; length += 97) {
      expect(() => decodeState(set, bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: "STORE_DAMAGED" }),
      );
    }
    expect(() => decodeState(set, Uint8Array.of(...bytes, 0))).toThrow(/left over/);
  });

  it("of another layout is no damage: it is built anew", () => {
    const other = bytes.slice();
    other[2]! ^= 1;
    expect(decodeState(set, other)).toBeUndefined();
  });
});

describe.each([1, 2])("a log drawn with seed %i", (seed) => {
  const members = 12;
  const events = drawLog(seed, members, 2500);
  const rng = createRng(seed + 100);
  // Moments after an event became known, and moments of no event at all.
  const asked = Array.from({ length: 150 }, (_, i) => {
    const last = events[Math.floor(rng() * events.length)]!;
    const atMs =
      i % 3 === 0 ? last.createdMs : last.createdMs + Math.floor(rng() * rng() * 200 * DAY_MS);
    const known = events.filter(({ createdMs }) => createdMs <= atMs);
    return {
      memberId: i % 10 === 9 ? 999 : 1 + Math.floor(rng() * members),
      atMs,
      seq: known.at(-1)?.seq ?? 0,
    };
  });
  const spine = {
    memberIds: asked.map(({ memberId }) => memberId),
    atMs: asked.map(({ atMs }) => atMs),
  };

  it("gives the same offline and online, bit for bit", async () => {
    await loadEvents(events);
    const offline = await featureValues(duckdb.connection, set, spine);
    for (const [r, { memberId, atMs, seq }] of asked.entries()) {
      const online = onlineValues(set, foldThrough(events, memberId, seq), atMs);
      for (let f = 0; f < width; f++) {
        const place = `${set.names[f]} of member ${memberId} at ${new Date(atMs).toISOString()}`;
        expect(online[f], place).toBe(offline[r * width + f]);
      }
    }
  });

  it("never changes a feature at t by what comes later", async () => {
    const memberIds = Array.from({ length: members }, (_, i) => i + 1);
    for (const { atMs } of asked.slice(0, 2)) {
      const spineAt = { memberIds, atMs: memberIds.map(() => atMs) };
      await loadEvents(events.filter(({ createdMs }) => createdMs <= atMs));
      const then = await featureValues(duckdb.connection, set, spineAt);
      await loadEvents(events);
      expect(await featureValues(duckdb.connection, set, spineAt)).toEqual(then);
    }
  });

  it("is the same in whatever order events were folded", () => {
    const own = events.filter(({ memberId }) => memberId === 1);
    const atMs = FROM_MS + (SPAN_DAYS + 60) * DAY_MS;
    const inOrder = emptyState(set);
    applyEvents(set, inOrder, own);
    const shuffled = emptyState(set);
    applyEvents(
      set,
      shuffled,
      [...own].sort((a, b) => ((a.seq * 7919) % 1009) - ((b.seq * 7919) % 1009)),
    );
    expect(onlineValues(set, shuffled, atMs)).toEqual(onlineValues(set, inOrder, atMs));
  });
});
