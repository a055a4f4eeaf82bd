/** Memberships and figures: folding billing events, and the job that builds the Retention page's reports. */
import { parseArgs } from "node:util";
import { sql } from "kysely";
import { createRng, type Rng } from "../../src/base/index.ts";
import { buildReports } from "../../src/jobs/build-reports.ts";
import { DAY_0, DAY_MS, drawEvents } from "../../src/lifecycle/membership/drawn.fixture.ts";
import { foldMembership } from "../../src/lifecycle/membership/index.ts";
import type { MembershipChange } from "../../src/schema/membership.ts";
import type { Store } from "../../src/store/store.ts";
import { openMemoryStore } from "../../test/memory-store.ts";
import { type Cell, printOnly, report } from "../report.ts";

const OPTIONS = {
  /** 500 members; bench/results stays as it is. */
  quick: { type: "boolean" },
  members: { type: "string" },
} as const;

const DAYS = 365;
const ROUNDS = 5;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.quick) printOnly();
  const count = Number(values.members ?? (values.quick ? 500 : 2000));
  const store = await openMemoryStore();
  try {
    const made = await makeMembers(store, count);
    const rounds: Round[] = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push(await build(store));
    const of = (read: (round: Round) => number): Cell[] => {
      const sorted = rounds.map(read).sort((a, b) => a - b);
      return [Math.round(sorted[ROUNDS >> 1]!), Math.round(sorted.at(-1)!)];
    };
    report({
      suite: "retention",
      title: `Reports of ${count} members over a year`,
      columns: ["ms", "median", "slowest"],
      rows: [
        ["the whole job, on the clock", ...of((round) => round.wallMs)],
        ["processor time: reading", ...of((round) => round.readMs)],
        ["processor time: counting", ...of((round) => round.countMs)],
        ["processor time: writing", ...of((round) => round.writeMs)],
      ],
      notes: [
        `${made.events} billing events folded to ${made.changes} changes at ${made.foldUs.toFixed(1)} µs an event; ${made.days} active days; ${rounds[0]!.segments} segments. PGlite in memory; processor time is of all threads.`,
      ],
    });
  } finally {
    await store.close();
  }
}

interface Round {
  readonly wallMs: number;
  readonly readMs: number;
  readonly countMs: number;
  readonly writeMs: number;
  readonly segments: number;
}

async function build(store: Store): Promise<Round> {
  const begun = performance.now();
  const atStart = process.cpuUsage();
  let atRead = atStart;
  let atCounted = atStart;
  const { segments } = await buildReports({
    store,
    now: DAY_0 + DAYS * DAY_MS,
    onProgress(phase) {
      if (phase === "Counting") atCounted = process.cpuUsage();
      else atRead = process.cpuUsage();
    },
  });
  const wallMs = performance.now() - begun;
  return {
    wallMs,
    readMs: between(atStart, atRead),
    countMs: between(atRead, atCounted),
    writeMs: between(atCounted, process.cpuUsage()),
    segments,
  };
}

function between(a: NodeJS.CpuUsage, b: NodeJS.CpuUsage): number {
  return (b.user + b.system - a.user - a.system) / 1000;
}

interface Made {
  readonly events: number;
  readonly changes: number;
  readonly days: number;
  readonly foldUs: number;
}

async function makeMembers(store: Store, count: number): Promise<Made> {
  const { sql: db } = store.database;
  const rng = createRng(7);
  const members = Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    at: DAY_0 + Math.floor(rng() * DAYS) * DAY_MS,
    platform: ["ios", "android", "web"][Math.floor(rng() * 3)],
  }));
  await sql`insert into member (id, first_ms, created_ms, platform) overriding system value
    select id, at, at, platform from json_to_recordset(${JSON.stringify(members)}::json)
      as r(id bigint, at bigint, platform text)`.execute(db);
  const drawn = members.map(({ at }) => drawEvents(drawLife(rng, (at - DAY_0) / DAY_MS)));
  const events = drawn.reduce((sum, { length }) => sum + length, 0);
  const before = process.cpuUsage();
  const folded = drawn.map((own) => foldMembership(own));
  const foldUs = (1000 * between(before, process.cpuUsage())) / events;
  const changes = new Map<number, readonly MembershipChange[]>();
  for (const [i, own] of folded.entries()) changes.set(i + 1, own);
  await store.memberships.replaceAll(changes);
  const days = members.flatMap(({ id, at }) => {
    const rate = rng() * 0.7;
    const first = (at - DAY_0) / DAY_MS;
    return Array.from({ length: DAYS - first }, (_, i) => ({ id, day: at / DAY_MS + i })).filter(
      () => rng() < rate,
    );
  });
  await sql`insert into active_day select id, day
    from json_to_recordset(${JSON.stringify(days)}::json) as r(id bigint, day int)`.execute(db);
  // What activation looks through: twenty events of the first days.
  await sql`insert into event (source, message_id, member_id, kind, event_ms, created_ms, payload)
    select 'segment', id || '-' || k, id,
      case when k = 3 then 'track:Route Planned' else 'track:Application Opened' end,
      first_ms + k * 20000000, first_ms + k * 20000000, '{}'
    from member, generate_series(1, 20) k`.execute(db);
  await sql`analyze`.execute(db);
  const total = folded.reduce((sum, { length }) => sum + length, 0);
  return { events, changes: total, days: days.length, foldUs };
}

/** A trial or none, then renewals until they leave, fail to pay, or the year is over. */
function drawLife(rng: Rng, joined: number): string {
  const plan = ["basic", "plus", "year", "week", "dollar"][Math.floor(rng() * 5)]!;
  const period = { year: 365, week: 7 }[plan] ?? 30;
  let at = joined + Math.floor(rng() * 20);
  const words = [`${at} trial14/${plan}`];
  at += 14;
  if (rng() < 0.4) return words.join(" · ");
  while (at < DAYS) {
    words.push(`${at} active/${plan}`);
    const fate = rng();
    if (fate < 0.05) {
      words.push(`${at + 5} off`, `${at + period} left`);
      break;
    }
    at += period;
    if (fate < 0.1) {
      words.push(`${at} failed`, `${at + 2} failed`);
      if (rng() < 0.5) words.push(`${at + 3} paid`);
      else {
        words.push(`${at + 14} dropped`);
        break;
      }
    }
  }
  return words.join(" · ");
}
