// Killed with SIGKILL at random moments, again and again on one store: no upload that was
// acknowledged is lost, and no activity is there by half.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import { expect, it } from "vitest";
import { createRng, integer } from "../../src/base/index.ts";
import { startWorkers } from "../../src/jobs/start-workers.ts";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import { openStore } from "../../src/store/open-store.ts";
import type { Store } from "../../src/store/store.ts";
import { COMPILE_CACHE } from "../cli/waymark.ts";
import { makeDataFolder } from "../memory-store.ts";
import { NO_POSTGRES, postgresBin, startPostgres } from "../postgres.ts";

const CHILD = join(import.meta.dirname, "upload-child.ts");
const SEED = 20261121;

/** One life of the process. @returns what it acknowledged */
async function liveAndDie(folder: string, url: string, run: number, ms: number): Promise<string[]> {
  const env = { ...process.env, ...COMPILE_CACHE };
  // It dies before better code than the first would pay.
  const child = spawn(process.execPath, ["--liftoff-only", CHILD, folder, url, String(run)], {
    env,
  });
  let said = "";
  let complaint = "";
  child.stdout.on("data", (text) => {
    said += text;
  });
  child.stderr.on("data", (text) => {
    complaint += text;
  });
  while (!said.includes("open\n") && child.exitCode === null) await sleep(5);
  await sleep(ms);
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(complaint).toBe("");
  // The last line may be cut: it was not yet told.
  return said
    .slice(0, said.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => /^\d/.test(line));
}

/** Everything that may not be, whatever was killed when. */
async function checkWhole(store: Store, acknowledged: readonly string[]): Promise<void> {
  const uploads = await store.database.sql.selectFrom("upload").selectAll().execute();
  const byId = new Map(uploads.map((upload) => [upload.id, upload]));
  for (const line of acknowledged) {
    const [id, sha256] = line.split(" ");
    expect(byId.get(Number(id))).toMatchObject({ sha256, status: "ready" });
    expect((await store.blobs.get(sha256!)).length).toBeGreaterThan(1000);
  }
  const { rows } = await sql<{ broken: number }>`
    select count(*) as broken from activity a
    left join activity_stream s on s.activity_id = a.id
    left join recording r on r.athlete_id = a.athlete_id and r.sha256 = a.sha256
    left join upload u on u.athlete_id = a.athlete_id and u.sha256 = a.sha256
      and u.activity_ids @> to_jsonb(array[a.id])
    where s.activity_id is null or r.sha256 is null or u.id is null`.execute(store.database.sql);
  expect(rows[0]!.broken).toBe(0);
  const activities = await store.database.sql.selectFrom("activity").select("id").execute();
  expect(activities).toHaveLength(uploads.length);
  for (const { id } of activities.slice(-20)) {
    const streams = await store.activities.streams(id, { athleteId: null, seesAll: true });
    expect(streams.timeS).toHaveLength(30);
  }
}

async function story(url: string, kills: number, seed = SEED): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "waymark-kill-"));
  try {
    const rng = createRng(seed);
    const acknowledged: string[] = [];
    if (url === "") await makeDataFolder(folder);
    for (let run = 0; run < kills; run++) {
      acknowledged.push(...(await liveAndDie(folder, url, run, integer(rng, 700))));
    }
    expect(acknowledged.length).toBeGreaterThan(kills);
    const store = await openStore({ dataFolder: folder, databaseUrl: url || undefined });
    const queue = await createJobQueue(store.database, { leaseMs: 1000 });
    const mapFolder = join(folder, "map");
    const workers = await startWorkers({ store, queue, mapFolder, threads: 2 });
    const begun = performance.now();
    while ((await store.uploads.unfinished()).length > 0 && performance.now() - begun < 60_000) {
      await sleep(50);
    }
    await queue.stop();
    await workers.close();
    await checkWhole(store, acknowledged);
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

it("50 kills lose nothing on PGlite", async () => {
  // Two stores side by side: most of a life is starting up.
  await Promise.all([story("", 25), story("", 25, SEED + 1)]);
}, 300_000);

it.skipIf(postgresBin === undefined)(
  `10 kills lose nothing on PostgreSQL${postgresBin ? "" : `: ${NO_POSTGRES}`}`,
  async () => {
    const server = await startPostgres();
    try {
      await story(await server.createDatabase(), 10);
    } finally {
      server.remove();
    }
  },
  120_000,
);
