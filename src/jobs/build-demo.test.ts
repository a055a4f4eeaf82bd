// A small demo world with a server: its athletes record and subscribe at the same time, and are one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestServer, type TestServer } from "../../test/server.ts";
import { BUILD_REPORTS, TRAIN_CHURN } from "../platform/job/kinds.ts";
import { RETENTION } from "../schema/retention.ts";
import { readDemo } from "./build-demo.ts";
import { prepareWorld } from "./prepare-world.ts";
import { startWorkers, type Workers } from "./start-workers.ts";

let folder: string;
let test: TestServer;
let workers: Workers;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-members-"));
  test = await openTestServer();
  const { store, queue } = test;
  const mapFolder = join(folder, "map");
  const lakeFolder = join(folder, "lake");
  workers = await startWorkers({ store, queue, mapFolder, lakeFolder, threads: 1 });
});
afterAll(async () => {
  await test?.queue.stop();
  await workers?.close();
  await test?.close();
  rmSync(folder, { recursive: true });
});

it("athletes who record are members who subscribe, whichever is heard of first", async () => {
  const { store, queue } = test;
  const phases: string[] = [];
  await prepareWorld({
    store,
    queue,
    workers,
    dataFolder: folder,
    mapFolder: join(folder, "map"),
    isMapNamed: false,
    hasDemo: true,
    serverUrl: await test.server.start(0, "127.0.0.1"),
    threads: 1,
    now: Date.now(),
    signal: new AbortController().signal,
    world: { athletes: 8, days: 12, members: 24 },
    onProgress: (phase) => void phases.push(phase),
  });
  expect(readDemo(folder)).toMatchObject({ isComplete: true, members: 24 });
  const told = phases.findIndex((phase) => phase.startsWith("Learning who leaves"));
  expect(phases.indexOf("A year goes by")).toBeLessThan(told);

  const events = await store.events.read(0, 100_000);
  const recorded = new Set(
    events.flatMap(({ source, memberId }) => (source === "recording" ? [memberId] : [])),
  );
  expect(recorded.size).toBeGreaterThan(2);
  for (const id of recorded) {
    const kinds = (await store.members.identities(id)).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(["athlete", "user"]));
  }
  // The doors for history are shut again.
  expect(await store.writeKeys.list()).toEqual([]);

  // Nothing can be learned of so few, which is told, and is no end of the demo.
  const [training] = await queue.list({ kind: TRAIN_CHURN.name, limit: 1 });
  expect(training!.state === "done" || training!.error?.code === "TABLE_INVALID").toBe(true);
  const [counting] = await queue.list({ kind: BUILD_REPORTS.name, limit: 1 });
  expect(counting!.state).toBe("done");
  expect(await store.reports.get(RETENTION, "choices")).toBeDefined();
}, 120_000);
