/** Events in: Segment's batches over HTTP into the log, acknowledged when durable, repetitions dropped. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { sql } from "kysely";
import { assert } from "../../src/base/index.ts";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import { createServer } from "../../src/server/app.ts";
import { createWriteKey } from "../../src/server/segment/create-write-key.ts";
import { openStore } from "../../src/store/open-store.ts";
import { NO_POSTGRES, postgresBin, startPostgres } from "../../test/postgres.ts";
import type { SenderData, SendOrder, SendReport } from "../events/sender.ts";
import { type Cell, printOnly, report } from "../report.ts";

const OPTIONS = {
  /** A fifth of the events; bench/results stays as it is. */
  quick: { type: "boolean" },
} as const;

const BATCH = 500;
const MEMBERS = 10_000;
const WARM = 20;
const ROUNDS = 3;
const CONNECTIONS = 8;
const ALONE = 30;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.quick) printOnly();
  const batches = values.quick ? 40 : 200;
  const columns: Cell[][] = [await measure(undefined, batches)];
  if (postgresBin === undefined) console.log(`PostgreSQL is left out: ${NO_POSTGRES}`);
  else {
    const server = await startPostgres();
    try {
      columns.push(await measure(await server.createDatabase(), batches));
    } finally {
      server.remove();
    }
  }
  report({
    suite: "events",
    title: `Events in batches of ${BATCH} over HTTP`,
    columns: ["", "PGlite", "PostgreSQL"].slice(0, columns.length + 1),
    rows: ROWS.map((name, i) => [name, ...columns.map((column) => column[i])]),
    notes: [
      `${ROUNDS} rounds of ${batches} batches of ${MEMBERS.toLocaleString("en")} members (75 % track, 20 % screen, 5 % identify), ${CONNECTIONS} requests open at a time; the median round and in brackets the slowest and the fastest. The sender is a thread on the same two cores.`,
      "An answer means that the events are durable: on PGlite against a killed process, on PostgreSQL (its defaults, but 32 MB of shared buffers) against a power cut too.",
      "Repeated: the last round's batches again; nothing is kept, and every answer is a success.",
    ],
  });
}

const ROWS = [
  "events/s",
  "a batch, p50 ms",
  "a batch, p99 ms",
  "repeated events/s",
  "a batch alone, p50 ms",
  "a batch alone, p99 ms",
  "bytes of a batch on the wire",
  "bytes of an event in the database",
] as const;

async function measure(databaseUrl: string | undefined, batches: number): Promise<Cell[]> {
  const dataFolder = mkdtempSync(join(tmpdir(), "waymark-bench-"));
  const store = await openStore({ dataFolder, databaseUrl });
  const queue = await createJobQueue(store.database);
  const server = await createServer({
    store,
    queue,
    mapFolder: join(dataFolder, "map"),
    webFolder: join(dataFolder, "web"),
  });
  try {
    const key = { name: "bench", kind: "live", athleteId: null } as const;
    const { writeKey } = await createWriteKey(store, key, Date.now());
    const url = await server.start(0);
    const all = WARM + ROUNDS * batches + ALONE;
    const workerData: SenderData = {
      url,
      writeKey,
      batches: all,
      batchEvents: BATCH,
      members: MEMBERS,
      seed: 20261121,
    };
    const sender = new Worker(new URL("../events/sender.ts", import.meta.url), { workerData });
    const [{ bytes }] = (await once(sender, "message")) as [{ bytes: number }];
    const send = async (from: number, to: number, connections: number): Promise<SendReport> => {
      sender.postMessage({ from, to, connections } satisfies SendOrder);
      const [said] = (await once(sender, "message")) as [SendReport];
      assert(said.refused === 0, `${said.refused} batches were refused`);
      return said;
    };
    await send(0, WARM, CONNECTIONS);
    const before = await databaseBytes(store);
    const rounds: SendReport[] = [];
    for (let r = 0; r < ROUNDS; r++) {
      rounds.push(await send(WARM + r * batches, WARM + (r + 1) * batches, CONNECTIONS));
    }
    const grown = (await databaseBytes(store)) - before;
    const again = await send(WARM + (ROUNDS - 1) * batches, WARM + ROUNDS * batches, CONNECTIONS);
    const alone = await send(all - ALONE, all, 1);
    await sender.terminate();
    const { rows } = await sql<{ n: number }>`select count(*) as n from event`.execute(
      store.database.sql,
    );
    assert(rows[0]!.n === all * BATCH, `${rows[0]!.n} events were kept of ${all * BATCH}`);
    const perS = rounds
      .map(({ ms }) => Math.round((batches * BATCH * 1000) / ms))
      .sort((a, b) => a - b);
    const latencies = rounds.flatMap((round) => round.latencies);
    return [
      `${said(perS[ROUNDS >> 1]!)} (${said(perS[0]!)}–${said(perS.at(-1)!)})`,
      quantile(latencies, 0.5),
      quantile(latencies, 0.99),
      said(Math.round((batches * BATCH * 1000) / again.ms)),
      quantile(alone.latencies, 0.5),
      quantile(alone.latencies, 0.99),
      bytes,
      Math.round(grown / (ROUNDS * batches * BATCH)),
    ];
  } finally {
    await server.stop();
    await queue.stop(0);
    await store.close();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

async function databaseBytes({ database }: Awaited<ReturnType<typeof openStore>>): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    select pg_database_size(current_database()) as bytes`.execute(database.sql);
  return rows[0]!.bytes;
}

function said(count: number): string {
  return count.toLocaleString("en");
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Number(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!.toFixed(1));
}
