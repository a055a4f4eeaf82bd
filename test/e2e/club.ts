// A club's server for the end-to-end tests, as people run it: a store, workers that read what is
// uploaded and match it to the map of a drawn town, and files of its athletes to upload.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { buildMap } from "../../src/jobs/build-map.ts";
import { startWorkers, type Workers } from "../../src/jobs/start-workers.ts";
import { writeTown } from "../../src/jobs/write-town.ts";
import { receiveUpload } from "../../src/platform/job/receive-upload.ts";
import { ensureWebBuilt } from "../../src/server/web-build.ts";
import { drawTown, recordWorld, type SimulatedRecording, type Town } from "../../src/sim/index.ts";
import type { UploadFields } from "../../src/store/table.ts";
import { openTestServer, type TestServer } from "../server.ts";

export interface Club extends TestServer {
  readonly origin: string;
  readonly town: Town;
  /** Recordings of the town, oldest first; asking makes them. */
  recordings(options: { readonly athletes: number; readonly days: number }): SimulatedRecording[];
  /** Uploads files as an account's program would, and waits until they are read. */
  fill(
    athleteId: number,
    files: readonly SimulatedRecording[],
    fields?: UploadFields,
  ): Promise<void>;
}

const SEED = 1;

export async function openClub(): Promise<Club> {
  const folder = mkdtempSync(join(tmpdir(), "waymark-club-"));
  const mapFolder = join(folder, "map");
  const town = drawTown(SEED);
  const [osmFile, demFile] = await writeTown(town, folder);
  await buildMap({ osmFile, demFiles: [demFile], outFolder: mapFolder, name: town.name });
  const harness = await openTestServer({ mapFolder, webFolder: await ensureWebBuilt() });
  const { server, store, queue } = harness;
  const workers: Workers = await startWorkers({ store, queue, mapFolder, threads: 1 });
  const origin = await server.start(0);
  return {
    ...harness,
    origin,
    town,
    recordings: ({ athletes, days }) => [
      ...recordWorld({ seed: SEED, athletes, days, until: Date.now() - 3_600_000, region: town }),
    ],
    async fill(athleteId, files, fields = {}) {
      for (const { bytes, fileName, title } of files) {
        const blob = await store.blobs.put(bytes);
        const upload = { athleteId, blob, fileName, fields: { name: title, ...fields } };
        await receiveUpload(store, queue, upload, Date.now());
      }
      while ((await store.uploads.unfinished()).length > 0) await sleep(50);
    },
    async close() {
      await server.stop();
      await queue.stop();
      await workers.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The parts of MapLibre's map that the tests ask. */
export interface MapHandle {
  loaded(): boolean;
  areTilesLoaded(): boolean;
  queryRenderedFeatures(options: { layers: string[] }): { properties: Record<string, unknown> }[];
}

/** Waits until a map has drawn everything that it shows. */
export async function mapIdle(page: Page, testId = "track-map"): Promise<void> {
  await page.waitForFunction((id) => {
    const place = document.querySelector<HTMLElement & { map?: MapHandle }>(`[data-testid=${id}]`);
    return place?.map?.loaded() && place.map.areTilesLoaded();
  }, testId);
}
