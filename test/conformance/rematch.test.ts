// A map is built anew under a running server: what it says meanwhile, what it serves, and the end.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildMapFolder } from "../../src/jobs/ensure-map.ts";
import { importRecordings } from "../../src/jobs/import-recordings.ts";
import { startWorkers, type Workers } from "../../src/jobs/start-workers.ts";
import { REMATCH_PHASE } from "../../src/platform/job/kinds.ts";
import type { ActivitySummary } from "../../src/schema/activity.ts";
import { statusSchema } from "../../src/schema/map.ts";
import { streetOsm, walkGpx } from "../cli/gpx.ts";
import { openTestServer, signedIn, type TestServer } from "../server.ts";

let folder: string;
let harness: TestServer;
let workers: Workers;
let ann: Awaited<ReturnType<typeof signedIn>>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-rematch-"));
  const mapFolder = join(folder, "map");
  harness = await openTestServer({ mapFolder });
  const { store, queue } = harness;
  workers = await startWorkers({ store, queue, mapFolder, threads: 2 });
  ann = await signedIn(harness, { name: "Ann" });
  for (let i = 0; i < 12; i++) {
    const startMs = Date.UTC(2024, 4, 4 + i, 8);
    writeFileSync(join(folder, `${i}.gpx`), walkGpx({ startMs }));
  }
  await importRecordings({ paths: [folder], store, athleteId: ann.athlete.id, threads: 2 });
});
afterAll(async () => {
  await harness.server.stop();
  await harness.queue.stop(0);
  await workers.close();
  await harness.close();
  rmSync(folder, { recursive: true });
});

const get = async (url: string) =>
  (await harness.server.http.inject({ url, headers: ann.headers })).json();

/** Builds a map of a street there, and waits until its matches are served. @returns what was said meanwhile */
async function moveTo(lon: number): Promise<Set<string>> {
  const osmFile = join(folder, `street-${lon}.osm`);
  writeFileSync(osmFile, streetOsm({ lon }));
  await buildMapFolder({ osmFile, outFolder: join(folder, "map"), threads: 1 });
  await workers.mapChanged();
  const phases = new Set<string>();
  for (;;) {
    const { phase } = statusSchema.parse(await get("/api/status"));
    phases.add(phase);
    if (phase === "ready") return phases;
    // Whole matches of one map or the other, at every moment.
    const { activities } = await get("/api/activities");
    const lengths = new Set(activities.map(({ matchedM }: ActivitySummary) => matchedM > 100));
    expect(lengths.size).toBe(1);
  }
}

it("says that it matches anew, serves one map's matches at a time, and is ready in the end", async () => {
  expect((await get("/api/activities")).activities).toHaveLength(12);
  expect([...(await moveTo(1.52))]).toEqual([REMATCH_PHASE, "ready"]);
  const { activities } = await get("/api/activities");
  for (const { matchedM } of activities) expect(matchedM).toBeGreaterThan(150);

  // Far from every walk: the old matches leave together.
  expect([...(await moveTo(2.52))]).toEqual([REMATCH_PHASE, "ready"]);
  for (const { matchedM, id } of (await get("/api/activities")).activities) {
    expect(matchedM).toBe(0);
    const { match } = await get(`/api/activities/${id}`);
    expect(match.pieces).toMatchObject([{ kind: "off-network", reason: "outside" }]);
  }
}, 60_000);
