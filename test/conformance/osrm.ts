// A drawn town behind the real server: questions in OSRM's form, answers as JSON. The letters of the
// drawing stand for their places, so that a test reads as OSRM's own features do.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { haversine } from "../../src/geo/lonlat.ts";
import { encodeSnapshot } from "../../src/geo/network/snapshot.ts";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import type { JobQueue } from "../../src/platform/job/queue.ts";
import type {
  OsrmMatchAnswer,
  OsrmNearestAnswer,
  OsrmProblemAnswer,
} from "../../src/schema/osrm.ts";
import {
  type Matching,
  type MatchingOptions,
  openMatching,
} from "../../src/server/osrm/matching.ts";
import type { Store } from "../../src/store/store.ts";
import { openMemoryStore } from "../memory-store.ts";
import { openTestServer } from "../server.ts";
import type { Town } from "../town.ts";

export interface OsrmTown {
  readonly url: string;
  readonly mapFolder: string;
  load(): Matching["load"];
  /** "lon,lat;lon,lat" of the letters. */
  coordinates(letters: string): string;
  match(letters: string, options?: Options, profile?: string): Promise<OsrmMatchAnswer>;
  nearest(letter: string, options?: Options, profile?: string): Promise<OsrmNearestAnswer>;
  refused(path: string, init?: RequestInit): Promise<OsrmProblemAnswer & { status: number }>;
  post(
    body: unknown,
    profile?: string,
    type?: string,
  ): Promise<OsrmMatchAnswer & { status: number }>;
  /** The letter of the drawing nearest to a place, "·" when none is within 2 m. */
  letterAt(place: readonly number[]): string;
  /** Letters of the located tracepoints, "," between matchings, "_" for null. */
  story(answer: OsrmMatchAnswer): string;
  close(): Promise<void>;
}

/** Nothing of OSRM's is stored: all towns of a test file share one empty store. */
let shared: { readonly store: Store; readonly queue: JobQueue } | undefined;
afterAll(async () => {
  await shared?.queue.stop(0);
  await shared?.store.close();
});

export type Options = Readonly<Record<string, string | number | boolean>>;

export async function osrmTown(
  t: Town,
  settings: Omit<MatchingOptions, "mapFolder"> = {},
): Promise<OsrmTown> {
  const mapFolder = mkdtempSync(join(tmpdir(), "waymark-osrm-"));
  writeFileSync(join(mapFolder, "network.wmk"), encodeSnapshot(t.network));
  const faults: unknown[] = [];
  const matching = openMatching({
    mapFolder,
    threads: 1,
    onFault: (error) => faults.push(error),
    ...settings,
  });
  if (!shared) {
    const store = await openMemoryStore();
    shared = { store, queue: await createJobQueue(store.database) };
  }
  const test = await openTestServer({
    ...shared,
    mapFolder,
    webFolder: mapFolder,
    matching,
    onFault: (error) => faults.push(error),
  });
  const url = await test.server.start(0);
  const coordinates = (letters: string): string =>
    [...letters].map((letter) => t.at[letter]!.join(",")).join(";");
  const query = (options: Options): string =>
    new URLSearchParams(Object.entries(options).map(([k, v]) => [k, String(v)])).toString();
  const letterAt = ([lon, lat]: readonly number[]): string => {
    for (const [letter, [x, y]] of Object.entries(t.at)) {
      if (/[A-Za-z]/.test(letter) && haversine(lon!, lat!, x, y) < 2) return letter;
    }
    return "·";
  };
  return {
    url,
    mapFolder,
    load: () => matching.load,
    coordinates,
    letterAt,
    async match(letters, options = {}, profile = "foot") {
      const got = await fetch(
        `${url}/match/v1/${profile}/${coordinates(letters)}?${query(options)}`,
      );
      return (await got.json()) as OsrmMatchAnswer;
    },
    async nearest(letter, options = {}, profile = "foot") {
      const got = await fetch(
        `${url}/nearest/v1/${profile}/${coordinates(letter)}?${query(options)}`,
      );
      return (await got.json()) as OsrmNearestAnswer;
    },
    async refused(path, init) {
      const got = await fetch(`${url}${path}`, init);
      return { ...((await got.json()) as OsrmProblemAnswer), status: got.status };
    },
    async post(body, profile = "foot", type = "application/json") {
      const got = await fetch(`${url}/match/v1/${profile}`, {
        method: "POST",
        headers: { "content-type": type },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      return { ...((await got.json()) as OsrmMatchAnswer), status: got.status };
    },
    story(answer) {
      let story = "";
      let last: number | undefined;
      for (const point of answer.tracepoints!) {
        if (point && last !== undefined && point.matchings_index !== last) story += ",";
        if (point) last = point.matchings_index;
        story += point ? letterAt(point.location) : "_";
      }
      return story;
    },
    async close() {
      await test.close();
      await matching.close();
      rmSync(mapFolder, { recursive: true });
      if (faults.length > 0) throw faults[0];
    },
  };
}
