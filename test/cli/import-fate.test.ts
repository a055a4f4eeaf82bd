// What an import through a running server leaves in its athlete's list of uploads: a row for every file,
// archive member and path that could not be read, with its reason, and no more of them the next time.
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { importThroughServer } from "../../src/cli/import-through-server.ts";
import { connect } from "../../src/cli/server-client.ts";
import { announceServer } from "../../src/cli/server-file.ts";
import { startWorkers, type Workers } from "../../src/jobs/start-workers.ts";
import type { ImportedFile } from "../../src/schema/import.ts";
import { type UploadAnswer, uploadListSchema } from "../../src/schema/upload.ts";
import { openOwner } from "../../src/server/auth/owner.ts";
import { openTestServer, signedIn, type TestServer } from "../server.ts";
import { SHARED, shared } from "../shared.ts";
import { walkGpx } from "./gpx.ts";

const DAY = 86_400_000;
const START = Date.UTC(2024, 4, 4, 8);
let folder: string;
let harness: TestServer;
let workers: Workers;
let owner: Record<string, string>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-fate-"));
  mkdirSync(join(folder, "in"));
  harness = await openTestServer();
  const { store, queue, server } = harness;
  workers = await startWorkers({ store, queue, mapFolder: join(folder, "map"), threads: 2 });
  announceServer(folder, { url: await server.start(0), token: server.localToken });
  owner = (await signedIn(harness, await openOwner(store, Date.now()))).headers;
});
afterEach(async () => {
  await harness.server.stop();
  await harness.queue.stop(0);
  await workers.close();
  await harness.close();
  rmSync(folder, { recursive: true });
});

async function imported(...paths: string[]): Promise<ImportedFile[]> {
  const files: ImportedFile[] = [];
  const { signal } = new AbortController();
  const server = connect(folder)!;
  await importThroughServer({
    paths,
    server,
    signal,
    onFile: (file) => files.push(file),
    onProgress: () => {},
  });
  return files;
}

/** The list as the page asks for it, page by page, oldest first. */
async function listed(): Promise<UploadAnswer[]> {
  const uploads: UploadAnswer[] = [];
  let before = "";
  do {
    const url = `/api/uploads?limit=7${before}`;
    const answer = await harness.server.http.inject({ url, headers: owner });
    const page = uploadListSchema.parse(answer.json());
    uploads.push(...page.uploads);
    before = page.next === null ? "" : `&before=${page.next}`;
  } while (before !== "");
  return uploads.reverse();
}

it("every file, member of an archive and path that cannot be read has a row with its reason", async () => {
  const write = (name: string, content: string | Uint8Array): void =>
    writeFileSync(join(folder, "in", name), content);
  write("a.gpx", walkGpx());
  write("b-copy.gpx", walkGpx());
  write("c-empty.fit", "");
  write("d-poem.gpx", "Whose woods these are");
  const members = {
    "walks/e.gpx": strToU8(walkGpx({ startMs: START + DAY })),
    "../../out.gpx": strToU8(walkGpx({ startMs: START + 2 * DAY })),
    "f.fit": strToU8("no fit"),
  };
  write("g.zip", zipSync(members));
  write("h.zip", zipSync({ "x.gpx": strToU8("x") }).subarray(0, 30));
  symlinkSync("nowhere", join(folder, "in/i-broken-link.gpx"));

  const files = await imported(join(folder, "in"), join(folder, "missing.gpx"));
  const uploads = await listed();
  const fates = new Map(uploads.map((upload) => [upload.externalId, upload]));
  expect(fates.size).toBe(uploads.length);
  expect([...fates.keys()].sort()).toEqual(files.map(({ file }) => file).sort());
  const said = uploads.map(({ externalId, status, error }) => [
    externalId!.slice(folder.length + 1),
    error?.code ?? status,
  ]);
  expect(Object.fromEntries(said)).toEqual({
    "in/a.gpx": "ready",
    // The same bytes and the same activity: nothing was added.
    "in/b-copy.gpx": expect.stringMatching(/^(ready|duplicate)$/),
    "in/c-empty.fit": "TRACK_EMPTY",
    "in/d-poem.gpx": "TRACK_FORMAT",
    "in/g.zip/../../out.gpx": "ZIP_UNSAFE",
    "in/g.zip/walks/e.gpx": "ready",
    "in/g.zip/f.fit": expect.stringMatching(/^TRACK_/),
    "in/h.zip": expect.stringMatching(/^(ZIP|TRACK)_/),
    "in/i-broken-link.gpx": "FILE_READ",
    "missing.gpx": "FILE_READ",
  });
  for (const { fileName, externalId, status, error, activityIds } of uploads) {
    expect(fileName).toBe(basename(externalId!));
    if (status === "failed") expect(error?.message.length).toBeGreaterThan(10);
    else expect(activityIds).toHaveLength(1);
  }

  // Again: the same files, the same rows.
  const again = await imported(join(folder, "in"), join(folder, "missing.gpx"));
  expect(again.filter(({ isKnown }) => isKnown)).toHaveLength(3);
  expect(again.map(({ file, status }) => [file, status])).toEqual(
    files.map(({ file, status }) => [file, status]),
  );
  const ids = (all: UploadAnswer[]) => all.map(({ id, status }) => [id, status]);
  expect(ids(await listed())).toEqual(ids(uploads));

  // What was deleted comes again, and says so.
  const gone = fates.get(join(folder, "in/g.zip/walks/e.gpx"))!;
  const url = `/api/activities/${gone.activityIds[0]}`;
  await harness.server.http.inject({ method: "DELETE", url, headers: owner });
  const [anew] = (await imported(join(folder, "in/g.zip"))).filter(({ status }) => status === "ok");
  expect(anew?.activities).toHaveLength(1);
  expect(anew?.isKnown).toBeUndefined();
}, 60_000);

describe.skipIf(SHARED === undefined || !existsSync(shared("data/activities")))(
  "real files (needs ../shared)",
  () => {
    it("every one of them has its row, and every refusal its reason", async () => {
      const files = await imported(shared("data/activities"));
      const uploads = await listed();
      expect(files.length).toBeGreaterThan(150);
      expect(uploads.map(({ externalId }) => externalId).sort()).toEqual(
        files.map(({ file }) => file.slice(-300)).sort(),
      );
      const refused = files.filter(({ status }) => status === "refused");
      expect(refused.length).toBeGreaterThan(0);
      const failed = uploads.filter(({ status }) => status === "failed");
      expect(new Map(failed.map(({ externalId, error }) => [externalId, error?.code]))).toEqual(
        new Map(refused.map(({ file, error }) => [file, error?.code])),
      );
      for (const { error } of failed) expect(error?.message).toMatch(/\w+ \w+/);
      expect(uploads.every(({ status }) => /^(ready|duplicate|failed)$/.test(status))).toBe(true);
    }, 300_000);
  },
);
