// A server for tests on a store in memory, with people who have every role and token.
import { createHash } from "node:crypto";
import type { InjectOptions } from "fastify";
import { createJobQueue } from "../src/platform/job/create-queue.ts";
import type { JobQueue } from "../src/platform/job/queue.ts";
import type { Scope } from "../src/schema/account.ts";
import { createServer, type ServerOptions, type WaymarkServer } from "../src/server/app.ts";
import { createToken } from "../src/server/auth/token.ts";
import type { StoredActivity } from "../src/store/activity-row.ts";
import type { Athlete, NewAthlete } from "../src/store/athletes.ts";
import type { KeptRecording } from "../src/store/recordings.ts";
import type { Store } from "../src/store/store.ts";
import { keepFile } from "./conformance/kept-recording.ts";
import { openMemoryStore } from "./memory-store.ts";

export interface TestServer {
  readonly server: WaymarkServer;
  readonly store: Store;
  readonly queue: JobQueue;
  /** The server's clock. */
  readonly now: () => number;
  close(): Promise<void>;
}

/** @param options the store is this test's own unless it is given */
export async function openTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const store = options.store ?? (await openMemoryStore());
  const queue = options.queue ?? (await createJobQueue(store.database, { pollMs: 50 }));
  const server = await createServer({
    mapFolder: "no-such-folder",
    webFolder: "no-such-folder",
    ...options,
    store,
    queue,
  });
  return {
    server,
    store,
    queue,
    now: options.now ?? Date.now,
    async close() {
      await server.stop();
      if (!options.queue) await queue.stop(0);
      if (!options.store) await store.close();
    },
  };
}

export const LOCAL = { host: "localhost" } as const;

/** An account and the cookie header of a browser that is signed in to it. */
export async function signedIn(
  { store, now: clock }: Pick<TestServer, "store" | "now">,
  athlete: Athlete | NewAthlete,
): Promise<{ readonly athlete: Athlete; readonly headers: Record<string, string> }> {
  const now = clock();
  const account = "id" in athlete ? athlete : await store.athletes.create(athlete, now);
  const token = `test-session-${account.id}-${Math.round(performance.now() * 1e3)}`;
  const hash = createHash("sha256").update(token).digest("hex");
  const expiresMs = now + 3_600_000;
  await store.sessions.create({ hash, athleteId: account.id, expiresMs }, now);
  return {
    athlete: account,
    headers: { ...LOCAL, cookie: `waymark_session=${token}`, origin: "http://localhost" },
  };
}

/** The headers of a program with a token of an account. */
export async function withToken(
  { store }: Pick<TestServer, "store">,
  athleteId: number,
  scopes: readonly Scope[],
): Promise<Record<string, string>> {
  const wish = { athleteId, name: "test", scopes, days: null };
  const { token } = await createToken(store, wish, Date.now());
  return { ...LOCAL, authorization: `Bearer ${token}` };
}

/** Activities as if their files had been uploaded. @returns their ids, in the order given */
export async function seedActivities(
  store: Store,
  athleteId: number,
  activities: readonly StoredActivity[],
  more: Partial<KeptRecording> = {},
): Promise<string[]> {
  const ids: string[] = [];
  for (const activity of activities) {
    const file = `${activity.detail.id}.${activity.detail.format}`;
    const kept = await keepFile(store, athleteId, file, [activity], more);
    ids.push(kept.activities[0]!.id);
  }
  return ids;
}

export interface FilePart {
  readonly name: string;
  readonly bytes: Uint8Array | string;
}

/** A multipart body: the fields, then the file. */
export function multipart(
  fields: Readonly<Record<string, string>>,
  file?: FilePart,
): Pick<InjectOptions, "payload"> & { readonly headers: Record<string, string> } {
  const boundary = "----waymark-test-boundary";
  const parts: Buffer[] = Object.entries(fields).map(([name, value]) =>
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    ),
  );
  if (file) {
    const head = `content-disposition: form-data; name="file"; filename="${file.name}"`;
    parts.push(
      Buffer.from(`--${boundary}\r\n${head}\r\ncontent-type: application/octet-stream\r\n\r\n`),
      Buffer.from(file.bytes),
      Buffer.from("\r\n"),
    );
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return {
    payload: Buffer.concat(parts),
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  };
}
