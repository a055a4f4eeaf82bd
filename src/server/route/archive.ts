/**
 * `GET /api/export`: everything that an athlete owns as one zip: the original files, each activity as
 * GPX and JSON, the account, its uploads and tokens. It is made while it is sent: one file is in memory
 * at a time, and a client that goes away ends the work.
 */
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { ZipFile } from "yazl";
import { errorSchema } from "../../schema/activity.ts";
import type { Athlete } from "../../store/athletes.ts";
import type { Store } from "../../store/store.ts";
import type { Upload } from "../../store/uploads.ts";
import type { Context } from "../app.ts";
import { callerOf } from "../auth/access.ts";
import { documented, file } from "../openapi.ts";
import { gpxOf } from "./export.ts";
import { toMe } from "./me.ts";
import { toToken } from "./token.ts";
import { toUpload } from "./upload.ts";

export function archiveRoutes(http: FastifyInstance, context: Context): void {
  const { store, now, onFault } = context;
  http.get(
    "/api/export",
    // A HEAD would make the whole archive, for nobody.
    { ...documented(exportDocument, { scopes: ["activity:read_all"] }), exposeHeadRoute: false },
    async (request, reply) => {
      const { athlete } = callerOf(request);
      const entries = await archiveEntries(store, athlete);
      const entry = { atMs: now(), athleteId: athlete.id, subject: `account ${athlete.id}` };
      await store.audit.add({ ...entry, action: "account.export" });
      const day = new Date(now()).toISOString().slice(0, 10);
      reply.header("content-disposition", `attachment; filename="waymark-${day}.zip"`);
      reply.header("cache-control", "no-store");
      return reply
        .type("application/zip")
        .send(zip(entries, now(), (error) => onFault(error, "/api/export")));
    },
  );
}

interface Entry {
  readonly path: string;
  /** Called when its turn has come. */
  readonly bytes: () => Promise<Uint8Array | AsyncIterable<string>>;
  /** Compressed already. */
  readonly isPacked?: boolean;
}

async function archiveEntries(store: Store, athlete: Athlete): Promise<Entry[]> {
  const entries: Entry[] = [
    { path: "account.json", bytes: async () => toJson(await accountOf(store, athlete)) },
  ];
  const originals = new Map<string, string>();
  for await (const upload of uploadsOf(store, athlete.id)) {
    if (upload.sha256 !== null) originals.set(upload.sha256, upload.fileName);
  }
  const viewer = { athleteId: athlete.id };
  for await (const { number, sha256 } of store.activities.all(athlete.id)) {
    if (!originals.has(sha256)) {
      const { detail } = await store.activities.get(number, viewer);
      originals.set(sha256, detail.file);
    }
    entries.push({
      path: `activities/${number}.json`,
      bytes: async () => toJson(await activityOf(store, number, athlete.id)),
    });
    entries.push({
      path: `activities/${number}.gpx`,
      async bytes() {
        const { detail } = await store.activities.get(number, viewer);
        return gpxOf(detail, await store.activities.streams(number, viewer));
      },
    });
  }
  for (const [sha256, name] of originals) {
    // Two files may have one name; their hashes differ.
    const path = `originals/${sha256.slice(0, 12)}-${safeName(name)}`;
    entries.push({
      path,
      bytes: () => store.blobs.get(sha256),
      isPacked: /\.(gz|zip)$/i.test(name),
    });
  }
  return entries;
}

async function accountOf(store: Store, athlete: Athlete): Promise<object> {
  const uploads: object[] = [];
  for await (const upload of uploadsOf(store, athlete.id)) uploads.push(toUpload(upload));
  const tokens = (await store.tokens.list(athlete.id)).map(toToken);
  return { ...toMe(athlete), tokens, uploads };
}

async function activityOf(store: Store, id: number, athleteId: number): Promise<object> {
  const { detail, ...ownership } = await store.activities.get(id, { athleteId });
  return { ...ownership, ...detail, streams: await store.activities.streams(id, { athleteId }) };
}

async function* uploadsOf({ uploads }: Store, athleteId: number): AsyncIterable<Upload> {
  let before: number | undefined;
  do {
    const page = await uploads.list(athleteId, { limit: 200, before });
    yield* page.uploads;
    before = page.next ?? undefined;
  } while (before !== undefined);
}

/** Names come from strangers: no folders, no control characters, no leading dots. */
function safeName(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}._ ()-]/gu, "_").replace(/^\.+/, "_");
  return safe.slice(-120) || "recording";
}

function zip(entries: readonly Entry[], now: number, onFault: (error: unknown) => void): Readable {
  const archive = new ZipFile();
  for (const { path, bytes, isPacked = false } of entries) {
    const options = { mtime: new Date(now), compress: !isPacked };
    archive.addReadStreamLazy(path, options, (done) => {
      bytes()
        .catch((error: unknown) => {
          // One damaged file must not keep the others back; what it was is said in its place.
          onFault(error);
          return Buffer.from("Waymark could not read this file of its store.\n");
        })
        .then((content) =>
          done(null, Readable.from(content instanceof Uint8Array ? [content] : content)),
        );
    });
  }
  archive.end();
  return Readable.from(archive.outputStream);
}

function toJson(value: object): Buffer {
  return Buffer.from(JSON.stringify(value, null, 1));
}

const exportDocument = {
  tags: ["Accounts"],
  summary: "Everything that the athlete owns, as one zip",
  response: { 200: file("application/zip", "an archive"), 401: errorSchema, 403: errorSchema },
};
