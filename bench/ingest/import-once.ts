/**
 * One import in a process of its own, so that its peak memory is its own: prints one JSON object.
 * Arguments: folder of recordings, map folder, data folder (created, empty), threads.
 */
import { loadSharedMap } from "../../src/jobs/import-map.ts";
import { importRecordings } from "../../src/jobs/import-recordings.ts";
import { allActivities } from "../../src/store/activity-store.ts";
import { openStore } from "../../src/store/open-store.ts";

export interface ImportOnce {
  readonly files: number;
  readonly refused: number;
  readonly points: number;
  readonly seconds: number;
  readonly peakMiB: number;
  /** Metres of all activities, so that runs can be compared. */
  readonly distanceM: number;
}

const [recordings, mapFolder, dataFolder, threads] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const map = await loadSharedMap(mapFolder);
const store = await openStore({ dataFolder });
const startMs = performance.now();
const { files, refused, points } = await importRecordings({
  paths: [recordings],
  store,
  map,
  threads: Number(threads),
});
const seconds = (performance.now() - startMs) / 1000;
const stored = await allActivities(store.activities).list();
const distanceM = stored.reduce((sum, activity) => sum + activity.distanceM, 0);
await store.close();
const peakMiB = process.resourceUsage().maxRSS / 1024;
const once: ImportOnce = { files, refused, points, seconds, peakMiB, distanceM };
console.log(JSON.stringify(once));
