import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRng } from "../../base/rng.ts";
import type { MemberEvent } from "../../schema/member-event.ts";
import { type Duckdb, openDuckdb } from "../../store/lake/index.ts";
import { LAKE_COLUMNS } from "../../store/lake/lake.ts";
import { DAY_MS } from "./definition.ts";
import { drawLog, FROM_MS, SPAN_DAYS } from "./feature.fixture.ts";
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

describe.each([1, 2, 3])("a log drawn with seed %i", (seed) => {
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
    await loadEvents(events);
    const all = await featureValues(duckdb.connection, set, spine);
    for (const atMs of asked.slice(0, 8).map((row) => row.atMs)) {
      await loadEvents(events.filter(({ createdMs }) => createdMs <= atMs));
      const then = await featureValues(duckdb.connection, set, {
        memberIds: spine.memberIds,
        atMs: spine.atMs.map(() => atMs),
      });
      await loadEvents(events);
      const now = await featureValues(duckdb.connection, set, {
        memberIds: spine.memberIds,
        atMs: spine.atMs.map(() => atMs),
      });
      expect(now).toEqual(then);
    }
    expect(all.some((value) => value > 0)).toBe(true);
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
