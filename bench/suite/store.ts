/** The store with many activities: filling it, opening it, and what the pages ask of it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sql } from "kysely";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import { activityQuerySchema } from "../../src/schema/activity-list.ts";
import type { Viewer } from "../../src/store/activities.ts";
import { openStore } from "../../src/store/open-store.ts";
import type { Store } from "../../src/store/store.ts";
import { NO_POSTGRES, postgresBin, startPostgres } from "../../test/postgres.ts";
import { type Cell, printOnly, report } from "../report.ts";
import { fillStore } from "../store/fill.ts";

const OPTIONS = {
  /** A tenth of the activities; bench/results stays as it is. */
  quick: { type: "boolean" },
} as const;

const ROUNDS = 25;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.quick) printOnly();
  const count = values.quick ? 1000 : 10_000;
  const columns: Cell[][] = [await measure(undefined, count)];
  if (postgresBin === undefined) console.log(`PostgreSQL is left out: ${NO_POSTGRES}`);
  else {
    const server = await startPostgres();
    try {
      columns.push(await measure(await server.createDatabase(), count));
    } finally {
      server.remove();
    }
  }
  report({
    suite: "store",
    title: `A store of ${count} activities`,
    columns: ["", "PGlite", "PostgreSQL"],
    rows: ROWS.map((name, i) => [name, ...columns.map((column) => column[i])]),
    notes: [
      "20 athletes, 9 years, streams of 600 rows; a third is visible to everyone. Times in ms, the median of 25 and in brackets the slowest; opening is the median of 3, with the queue and its first look.",
      "Filling writes raw bytes, rows, streams and duplicates' look-up one by one, each durable before the next: on PGlite that is two syncs of files, on PostgreSQL one more of its log.",
    ],
  });
}

const ROWS = [
  "filled, activities/s",
  "database, bytes/activity",
  "open",
  "own first page of 100, with sums",
  "own page in the middle",
  "search for two words",
  "everyone's first page",
  "one activity with its streams",
  "one page of Strava's list",
] as const;

async function measure(databaseUrl: string | undefined, count: number): Promise<Cell[]> {
  const dataFolder = mkdtempSync(join(tmpdir(), "waymark-bench-"));
  try {
    let store = await openStore({ dataFolder, databaseUrl });
    const begun = performance.now();
    const athletes = await fillStore(store, count);
    const perS = Math.round((1000 * count) / (performance.now() - begun));
    await sql`vacuum analyze`.execute(store.database.sql);
    const { rows } = await sql<{ bytes: number }>`
      select pg_database_size(current_database()) as bytes`.execute(store.database.sql);
    await store.close();

    const opened: number[] = [];
    for (let i = 0; i < 3; i++) {
      const from = performance.now();
      store = await openStore({ dataFolder, databaseUrl });
      const queue = await createJobQueue(store.database);
      await store.uploads.unfinished();
      opened.push(performance.now() - from);
      await queue.stop();
      if (i < 2) await store.close();
    }
    const cells = await asked(store, athletes[3]!);
    await store.close();
    return [
      perS,
      Math.round(rows[0]!.bytes / count),
      Math.round(opened.sort((a, b) => a - b)[1]!),
      ...cells,
    ];
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

async function asked({ activities }: Store, athleteId: number): Promise<Cell[]> {
  const own: Viewer = { athleteId };
  const list = (query: object, viewer: Viewer = own) =>
    activities.list(activityQuerySchema.parse(query), viewer);
  const first = await list({ limit: 250 });
  const id = Number(first.activities.find(({ athlete }) => athlete === "Athlete 3")!.id);
  return [
    await timed(() => list({})),
    await timed(() => list({ cursor: first.next })),
    await timed(() => list({ q: "long ride" })),
    await timed(() => list({}, { athleteId: null })),
    await timed(async () => {
      await activities.get(id, own);
      await activities.streams(id, own);
    }),
    await timed(() => activities.page({ athleteId, page: 1, perPage: 30 })),
  ];
}

async function timed(work: () => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS + 3; i++) {
    const from = performance.now();
    await work();
    if (i >= 3) times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  return `${times[ROUNDS >> 1]!.toFixed(1)} (${times.at(-1)!.toFixed(0)})`;
}
