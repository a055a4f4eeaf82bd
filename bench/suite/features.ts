/** Features: told at many points in time from the lake, served from states, and the follower that keeps those. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exportLake } from "../../src/jobs/export-lake.ts";
import { createLogFollower } from "../../src/jobs/follow-log.ts";
import { drawLog, FROM_MS, SPAN_DAYS } from "../../src/platform/feature/feature.fixture.ts";
import {
  decodeState,
  defineFeatures,
  featureValues,
  memberFeatures,
  onlineValues,
} from "../../src/platform/feature/index.ts";
import { asofSql, rejoinSql, unionSql } from "../../src/platform/feature/point-in-time.fixture.ts";
import { type DuckDBConnection, openLake, readNumbers } from "../../src/store/lake/index.ts";
import { openStore } from "../../src/store/open-store.ts";
import type { Store } from "../../src/store/store.ts";
import { NO_POSTGRES, postgresBin, startPostgres } from "../../test/postgres.ts";
import { type Cell, printOnly, report } from "../report.ts";

const OPTIONS = {
  /** A tenth of the events; bench/results stays as it is. */
  quick: { type: "boolean" },
} as const;

const MEMBERS = 2000;
const MONTHS = 12;
const ROUNDS = 5;
const DAY_MS = 86_400_000;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.quick) printOnly();
  const count = values.quick ? 35_000 : 350_000;
  await followAndTell(count);
}

async function followAndTell(count: number): Promise<void> {
  const columns: Cell[][] = [];
  const folder = mkdtempSync(join(tmpdir(), "waymark-bench-"));
  const told: { rows: readonly (readonly Cell[])[] } = { rows: [] };
  try {
    columns.push(await follow(join(folder, "pglite"), undefined, count));
    told.rows = await tell(join(folder, "pglite"));
    if (postgresBin === undefined) console.log(`PostgreSQL is left out: ${NO_POSTGRES}`);
    else {
      const server = await startPostgres();
      try {
        columns.push(await follow(join(folder, "postgres"), await server.createDatabase(), count));
      } finally {
        server.remove();
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  report({
    suite: "features",
    title: `The follower and the lake: ${count} events of ${MEMBERS} members`,
    columns: ["", "PGlite", "PostgreSQL"],
    rows: FOLLOWED.map((name, i) => [name, ...columns.map((column) => column[i])]),
    notes: [
      `A drawn log of ${SPAN_DAYS} days: two thirds usage, the rest billing, recordings and traits; a fifth comes up to 40 days late. Events lie in the order in which they were known, so each batch concerns nearly every member: the follower's worst case.`,
      "Following: feature states, active days and memberships, from the first event to the last, in transactions of 10,000 events. Export: the same events to Parquet by day. Serving reads a state, decodes it and tells all features; one member after another.",
    ],
  });
  report({
    suite: "features",
    title: `Point in time: ${MEMBERS * MONTHS} rows of a spine on ${count} events`,
    columns: ["", "ms", "rows/s"],
    rows: told.rows,
    notes: [
      `Every member at ${MONTHS} moments a month apart, from Parquet, two threads; the median of ${ROUNDS}. The first row is all ${memberFeatures.names.length} features; the others one feature each, the price in the newest word on a subscription.`,
      "The features' own SQL, the running maximum before an ASOF join, the union and the re-join give the same values (a test holds them to it): of what was known at t, the latest by (event_ms, created_ms, seq). The plain ASOF join is DuckDB's on event_ms, as it is mostly written: it sees what was not known yet, and takes any of those with equal times.",
    ],
  });
}

const FOLLOWED = [
  "appended, events/s",
  "followed, events/s",
  "exported to the lake, events/s",
  "bytes of a state",
  "told from a state, members/s",
  "read and told, members/s",
] as const;

async function follow(
  dataFolder: string,
  databaseUrl: string | undefined,
  count: number,
): Promise<Cell[]> {
  const store = await openStore({ dataFolder, databaseUrl });
  try {
    const ids = (await store.members.resolve(
      Array.from({ length: MEMBERS }, (_, i) => [{ kind: "user", value: `u${i}` }]),
      FROM_MS,
    )) as number[];
    const events = drawLog(1, MEMBERS, count, 0).map(({ seq: _, ...event }) => ({
      ...event,
      memberId: ids[event.memberId - 1]!,
    }));
    const appendS = await seconds(async () => {
      for (let i = 0; i < events.length; i += 500) {
        await store.events.append(events.slice(i, i + 500));
      }
    });
    const now = (): number => FROM_MS + 2 * SPAN_DAYS * DAY_MS;
    const followS = await seconds(() => createLogFollower({ store, now }).catchUp());
    const lake = openLake(join(dataFolder, "lake"));
    const exportS = await seconds(() => exportLake({ store, lake, now }));
    return [
      Math.round(count / appendS),
      Math.round(count / followS),
      Math.round(count / exportS),
      ...(await served(store, ids, now())),
    ];
  } finally {
    await store.close();
  }
}

async function served(store: Store, ids: readonly number[], nowMs: number): Promise<Cell[]> {
  const states = [...(await store.featureStates.get(ids)).values()];
  const bytes = states.reduce((sum, { state }) => sum + state.length, 0) / states.length;
  let sum = 0;
  const tell = (state: Uint8Array): void => {
    sum += onlineValues(memberFeatures, decodeState(memberFeatures, state)!, nowMs)[0]!;
  };
  for (const { state } of states) tell(state);
  const toldS = await seconds(async () => {
    for (const { state } of states) tell(state);
  });
  const some = ids.slice(0, 500);
  const readS = await seconds(async () => {
    for (const id of some) tell((await store.featureStates.get([id])).get(id)!.state);
  });
  console.log(`checksum ${sum}`);
  return [Math.round(bytes), Math.round(states.length / toldS), Math.round(some.length / readS)];
}

async function tell(dataFolder: string): Promise<readonly (readonly Cell[])[]> {
  const lake = openLake(join(dataFolder, "lake"));
  const memberIds: number[] = [];
  const atMs: number[] = [];
  for (let month = 1; month <= MONTHS; month++) {
    for (let member = 1; member <= MEMBERS; member++) {
      memberIds.push(member);
      atMs.push(FROM_MS + Math.round((month * SPAN_DAYS * DAY_MS) / MONTHS));
    }
  }
  const spine = { memberIds, atMs };
  const one = defineFeatures([
    {
      ...memberFeatures.features[0]!,
      from: { kinds: ["subscription"] },
      aggregation: { kind: "latest", read: { kind: "number", field: "priceMinor" } },
    },
  ]);
  return await lake.query(async (db) => {
    const ways: [string, () => Promise<Float64Array>][] = [
      [
        `all ${memberFeatures.names.length} features`,
        () => featureValues(db, memberFeatures, spine),
      ],
      ["one feature, its own SQL", () => featureValues(db, one, spine)],
      ["the same by a running maximum and ASOF", () => columnOf(db, asofSql)],
      ["the same by union and last value", () => columnOf(db, unionSql)],
      ["the same by maximum and re-join", () => columnOf(db, rejoinSql)],
      ["plain ASOF on event_ms: sees what was not known", () => columnOf(db, PLAIN_ASOF)],
    ];
    const rows: Cell[][] = [];
    for (const [name, way] of ways) {
      const times: number[] = [];
      let sum = 0;
      for (let i = 0; i <= ROUNDS; i++) {
        const tookS = await seconds(async () => {
          sum = (await way()).reduce((a, b) => (Number.isNaN(b) ? a : a + b), 0);
        });
        if (i > 0) times.push(tookS);
      }
      const medianS = times.sort((a, b) => a - b)[ROUNDS >> 1]!;
      console.log(`${name}: checksum ${sum}`);
      rows.push([name, Math.round(1000 * medianS), Math.round(memberIds.length / medianS)]);
    }
    return rows;
  });
}

const PLAIN_ASOF = `
  with priced as (
    select member_id, event_ms, json_extract_string(payload, '$.priceMinor')::double as price
    from event where kind = 'subscription')
  select spine.i, priced.price from spine asof left join priced
    on spine.member_id = priced.member_id and spine.at_ms >= priced.event_ms`;

async function columnOf(db: DuckDBConnection, sql: string): Promise<Float64Array> {
  return (await readNumbers(db, sql))[1]!;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
}
