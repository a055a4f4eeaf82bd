/**
 * How quickly members are scored: one at a time in process, with features from the store, and over HTTP
 * in lists, on PGlite and on PostgreSQL. Members, memberships and states are as a follower of the log
 * left them.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeMemberLog } from "../../src/jobs/member-log.fixture.ts";
import { runTrainChurn } from "../../src/jobs/train-churn.ts";
import { logFeatures } from "../../src/platform/feature/log-features.ts";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import { createServer } from "../../src/server/app.ts";
import { openChurnScorer } from "../../src/server/score/churn-scorer.ts";
import { openStore } from "../../src/store/open-store.ts";
import type { Store } from "../../src/store/store.ts";
import { NO_POSTGRES, postgresBin, startPostgres } from "../../test/postgres.ts";
import { type Cell, printOnly, report } from "../report.ts";

const OPTIONS = {
  members: { type: "string", default: "1000" },
  /** Seconds of each load. */
  seconds: { type: "string", default: "8" },
  /** Shorter; bench/results stays as it is. */
  quick: { type: "boolean" },
} as const;

/** Members of one request, and requests that are under way at once. */
const LISTS = [1, 100] as const;
const CLIENTS = 8;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.quick) printOnly();
  const members = Number(values.members);
  const seconds = values.quick ? 2 : Number(values.seconds);
  const rows: Cell[][] = [];
  rows.push(...(await measured("PGlite", undefined, members, seconds)));
  if (postgresBin === undefined) console.log(`PostgreSQL is skipped: ${NO_POSTGRES}`);
  else {
    const postgres = await startPostgres();
    try {
      rows.push(
        ...(await measured("PostgreSQL", await postgres.createDatabase(), members, seconds)),
      );
    } finally {
      postgres.remove();
    }
  }
  report({
    suite: "serve",
    title: "Scores of churn",
    columns: [
      "database",
      "asked",
      "reasons",
      { name: "p50, ms", digits: 2 },
      { name: "p99, ms", digits: 2 },
      { name: "scores/s", digits: 0 },
    ],
    rows,
    notes: [
      `${members} members, of whom those who pay are asked for. In process: one question after the other, states and memberships from the store each time. Over HTTP: ${CLIENTS} clients of the same process, each with one request under way; times are of a request, server and clients share the machine.`,
      "What the model is given is logged meanwhile, as when it serves.",
    ],
  });
}

async function measured(
  name: string,
  databaseUrl: string | undefined,
  members: number,
  seconds: number,
): Promise<Cell[][]> {
  const dataFolder = mkdtempSync(join(tmpdir(), "waymark-serve-"));
  const store = await openStore({ dataFolder, databaseUrl });
  try {
    const untilMs = Date.now();
    const ids = await writeMemberLog(store, { members, days: 240, untilMs, seed: 2 });
    await runTrainChurn({
      store,
      lakeFolder: join(dataFolder, "lake"),
      now: () => untilMs,
      tries: 1,
    });
    await makeChampion(store);
    const at = await store.memberships.at(ids, Date.now());
    const asked = ids.filter((id) => at.get(id)?.state === "active");
    return [
      ...(await inProcess(name, store, asked, seconds)),
      ...(await overHttp(name, store, asked, seconds)),
    ];
  } finally {
    await store.close();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

/** Speed is measured of whatever was trained, also where a gate would hold it back. */
async function makeChampion(store: Store): Promise<void> {
  const from = (await store.models.versionOf("churn", "champion")) ?? null;
  if (from !== null) return;
  const move = { model: "churn", alias: "champion", to: 1, byAthleteId: null } as const;
  await store.models.move({ ...move, atMs: Date.now(), reason: "measured" }, from);
}

async function inProcess(
  name: string,
  store: Store,
  ids: readonly number[],
  seconds: number,
): Promise<Cell[][]> {
  const featureLog = logFeatures(store.featureLog);
  const scorer = openChurnScorer({ store, featureLog, now: Date.now });
  const rows: Cell[][] = [];
  for (const hasReasons of [true, false]) {
    for (let i = 0; i < 200; i++) await scorer.score([ids[i % ids.length]!], { hasReasons });
    const times: number[] = [];
    const end = performance.now() + 1000 * seconds;
    for (let i = 0; performance.now() < end; i++) {
      const begin = performance.now();
      await scorer.score([ids[i % ids.length]!], { hasReasons });
      times.push(performance.now() - begin);
    }
    rows.push(rowOf(name, "in process, one", hasReasons, times, times.length, seconds));
  }
  await featureLog.stop();
  return rows;
}

async function overHttp(
  name: string,
  store: Store,
  ids: readonly number[],
  seconds: number,
): Promise<Cell[][]> {
  const queue = await createJobQueue(store.database);
  const server = await createServer({ store, queue, mapFolder: "none", webFolder: "none" });
  const url = await server.start(0);
  const headers = {
    authorization: `Bearer ${server.localToken}`,
    "content-type": "application/json",
  };
  const rows: Cell[][] = [];
  try {
    for (const size of LISTS) {
      for (const reasons of [true, false]) {
        const ask = async (k: number): Promise<number> => {
          const memberIds = Array.from(
            { length: size },
            (_, i) => ids[(k * size + i) % ids.length]!,
          );
          const body = JSON.stringify({ memberIds, reasons });
          const answer = await fetch(`${url}/api/scores/churn`, { method: "POST", headers, body });
          const { members } = (await answer.json()) as { members: { score: unknown }[] };
          if (!members.every(({ score }) => score)) throw new Error("a member was not scored");
          return members.length;
        };
        for (let k = 0; k < 20; k++) await ask(k);
        const times: number[] = [];
        let scores = 0;
        const end = performance.now() + 1000 * seconds;
        await Promise.all(
          Array.from({ length: CLIENTS }, async (_, client) => {
            for (let k = client; performance.now() < end; k += CLIENTS) {
              const begin = performance.now();
              const answered = await ask(k);
              scores += answered;
              times.push(performance.now() - begin);
            }
          }),
        );
        rows.push(rowOf(name, `over HTTP, ${size} a request`, reasons, times, scores, seconds));
      }
    }
  } finally {
    await server.stop();
    await queue.stop(0);
  }
  return rows;
}

function rowOf(
  name: string,
  asked: string,
  hasReasons: boolean,
  times: number[],
  scores: number,
  seconds: number,
): Cell[] {
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(share * times.length)]!;
  return [name, asked, hasReasons ? "with" : "without", at(0.5), at(0.99), scores / seconds];
}
