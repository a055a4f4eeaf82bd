// Two processes on one PostgreSQL, one of them killed at work: the other takes up what it held, and
// every upload is read once.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { startWorkers } from "../../src/jobs/start-workers.ts";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import { openStore } from "../../src/store/open-store.ts";
import { NO_POSTGRES, postgresBin, startPostgres } from "../postgres.ts";

const CHILD = join(import.meta.dirname, "upload-child.ts");
const title = "two servers on one PostgreSQL";

describe.skipIf(postgresBin === undefined)(postgresBin ? title : `${title}: ${NO_POSTGRES}`, () => {
  it("read every upload once, also when one of them is killed", async () => {
    const server = await startPostgres();
    const folder = mkdtempSync(join(tmpdir(), "waymark-two-"));
    try {
      const url = await server.createDatabase();
      const children = ["1", "2"].map((run) => {
        const child = spawn(process.execPath, [CHILD, folder, url, run]);
        const life = { child, said: "", complaint: "" };
        child.stdout.on("data", (text) => {
          life.said += text;
        });
        child.stderr.on("data", (text) => {
          life.complaint += text;
        });
        return life;
      });
      const counts = () => children.map(({ said }) => said.split("\n").length - 2);
      for (let i = 0; i < 600 && Math.min(...counts()) < 10; i++) await sleep(50);
      expect(Math.min(...counts())).toBeGreaterThanOrEqual(10);
      // Both have opened one empty database at the same time, and run its migrations once.
      children[0]!.child.kill("SIGKILL");
      await sleep(500);
      children[1]!.child.kill("SIGKILL");
      for (const { child, complaint } of children) {
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
        expect(complaint).toBe("");
      }

      const store = await openStore({ dataFolder: folder, databaseUrl: url });
      const queue = await createJobQueue(store.database, { leaseMs: 2000, heartbeatMs: 500 });
      const mapFolder = join(folder, "map");
      const workers = await startWorkers({ store, queue, mapFolder, threads: 2 });
      for (let i = 0; i < 600 && (await store.uploads.unfinished()).length > 0; i++)
        await sleep(50);
      await queue.stop();
      await workers.close();
      const uploads = await store.database.sql.selectFrom("upload").selectAll().execute();
      expect(uploads.length).toBeGreaterThanOrEqual(counts()[0]! + counts()[1]!);
      expect(new Set(uploads.map(({ status }) => status))).toEqual(new Set(["ready"]));
      // Claimed once: a second try happened only to what a killed process held, two jobs each.
      expect(uploads.filter(({ attempts }) => attempts > 1).length).toBeLessThanOrEqual(4);
      const activities = await store.database.sql.selectFrom("activity").select("id").execute();
      expect(activities).toHaveLength(uploads.length);
      await store.close();
    } finally {
      server.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
});
