/**
 * Sends a simulated world of members to a running server, by the front door: messages to Segment's
 * `/v1/batch` with a write key, webhooks of Stripe with its signature, both to doors for history. A note
 * of the day reached makes it go on after an interruption; what was sent twice is kept once. The truth
 * is not sent.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { WaymarkError } from "../base/index.ts";
import {
  eventIdPrefix,
  type MemberWorldOptions,
  memberWorldDefaults,
  reportWorld,
  type SegmentMessage,
  type StripeEvent,
  userIdOf,
} from "../sim/member/index.ts";
import { holdLog, raiseMemberEpoch } from "../store/log-lock.ts";
import type { Store } from "../store/store.ts";
import { createJsonPoster, type JsonPoster } from "./post-json.ts";
import { writeWhole } from "./write-town.ts";

export const sendDefaults = {
  /** Messages of one request: well below the 500 KB that a request may have. */
  batch: 500,
  /** Requests that are on their way at once: batches, and webhooks, which are written together. */
  batches: 3,
  webhooks: 256,
  /** Days between two notes of the day reached. */
  noteDays: 30,
  /** Tries of one request, and milliseconds before the second; they double. */
  tries: 8,
  waitMs: 250,
} as const;

/** Doors for history of a running server. */
export interface MemberDoors {
  /** http://127.0.0.1:9696, without a slash at the end. */
  readonly url: string;
  readonly writeKey: string;
  /** Of the Stripe endpoint: /webhooks/stripe/3, or /webhooks/stripe where it is the only one. */
  readonly webhookPath: string;
  readonly webhookSecret: string;
}

export interface SendMembersOptions {
  readonly doors: MemberDoors;
  readonly world: MemberWorldOptions;
  readonly signal: AbortSignal;
  /** Days of the world that arrived, and in all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Where the day reached is noted; absent: the world is sent from its first day. */
  readonly noteFile?: string | undefined;
  /** Seconds since 1970, for signatures; the clock's by default. */
  readonly nowS?: () => number;
  /** Called after the last message of each day, before the next one is lived. */
  readonly onDay?: (world: ReturnType<typeof reportWorld>["world"]) => void;
}

export interface Sent {
  readonly messages: number;
  readonly webhooks: number;
  /** False when the signal ended it. */
  readonly isComplete: boolean;
}

/**
 * @throws WaymarkError USAGE when the server refuses a request, JOB_FAILED when no try of one succeeds
 */
export async function simulateMembers(options: SendMembersOptions): Promise<Sent> {
  const poster = createJsonPoster();
  const stop = (): void => poster.close();
  options.signal.addEventListener("abort", stop, { once: true });
  try {
    return await sendWorld(options, poster);
  } finally {
    options.signal.removeEventListener("abort", stop);
    poster.close();
  }
}

async function sendWorld(options: SendMembersOptions, poster: JsonPoster): Promise<Sent> {
  const { doors, signal, onProgress, noteFile, onDay } = options;
  const way = { poster, signal };
  const nowS = options.nowS ?? (() => Math.floor(Date.now() / 1000));
  const key = worldKey(options.world);
  const reached = noteFile === undefined ? undefined : await readNote(noteFile, key);
  const { world, days } = reportWorld(options.world);
  const firstDay = world.day;
  const batches = createLane(sendDefaults.batches);
  const webhooks = createLane(sendDefaults.webhooks);
  const sent = { messages: 0, webhooks: 0 };
  let waiting: SegmentMessage[] = [];
  const sendWaiting = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    sent.messages += batch.length;
    await batches.add(() => postBatch(doors, batch, way));
  };
  for (const { day, messages, webhooks: events } of days) {
    if (signal.aborted) break;
    onDay?.(world);
    if (reached !== undefined && day <= reached) {
      // Lived again, but told already.
      if (day % 30 === 0) await setImmediate();
      continue;
    }
    for (const event of events) {
      sent.webhooks++;
      await webhooks.add(() => postWebhook(doors, event, nowS(), way));
    }
    for (const message of messages) {
      waiting.push(message);
      if (waiting.length >= sendDefaults.batch) await sendWaiting();
    }
    onProgress?.(day - firstDay + 1, world.lastDay - firstDay + 1);
    if (noteFile !== undefined && (day - firstDay) % sendDefaults.noteDays === 0) {
      await sendWaiting();
      await Promise.all([batches.done(), webhooks.done()]);
      if (!signal.aborted) await writeNote(noteFile, key, day);
    }
  }
  await sendWaiting();
  await Promise.all([batches.done(), webhooks.done()]);
  const isComplete = !signal.aborted;
  if (isComplete && noteFile !== undefined) await writeNote(noteFile, key, world.lastDay);
  return { ...sent, isComplete };
}

export interface OpenDoors extends MemberDoors {
  readonly writeKeyId: number;
  readonly endpointId: number;
}

/**
 * Opens doors for history in a store, for whoever runs in its server's process; those of an interrupted
 * run are closed, because their secrets are gone.
 */
export async function openDoors(
  store: Pick<Store, "writeKeys" | "webhookEndpoints">,
  url: string,
  now: number,
): Promise<OpenDoors> {
  for (const { id, name, kind } of await store.writeKeys.list()) {
    if (name === DOOR_NAME && kind === "history") await store.writeKeys.remove(id);
  }
  for (const { id, name, kind } of await store.webhookEndpoints.list("stripe")) {
    if (name === DOOR_NAME && kind === "history") await store.webhookEndpoints.remove(id, now);
  }
  const writeKey = `wk_${randomBytes(32).toString("base64url")}`;
  const hash = createHash("sha256").update(writeKey).digest("hex");
  const key = await store.writeKeys.create({ hash, name: DOOR_NAME, kind: "history" }, now);
  const webhookSecret = `whsec_${randomBytes(24).toString("base64url")}`;
  const endpoint = await store.webhookEndpoints.create(
    { processor: "stripe", name: DOOR_NAME, secret: webhookSecret, kind: "history", options: {} },
    now,
  );
  const webhookPath = `/webhooks/stripe/${endpoint.id}`;
  return {
    url,
    writeKey,
    webhookPath,
    webhookSecret,
    writeKeyId: key.id,
    endpointId: endpoint.id,
  };
}

/** What the doors brought stays. */
export async function closeDoors(
  store: Pick<Store, "writeKeys" | "webhookEndpoints">,
  { writeKeyId, endpointId }: OpenDoors,
  now: number,
): Promise<void> {
  await store.writeKeys.remove(writeKeyId);
  await store.webhookEndpoints.remove(endpointId, now);
}

/**
 * Takes the members of a simulated world out of a store, with their events and webhooks. They are not
 * erased as people are: nobody has to remember that they must not come back.
 */
export async function removeMembers(
  { database }: Pick<Store, "database">,
  seed: number,
  athletes: number,
  members: number,
): Promise<void> {
  const users = Array.from({ length: members }, (_, i) => userIdOf(i, athletes));
  const now = Date.now();
  for (let from = 0; from < users.length; from += 1000) {
    await database.transaction(async (tx) => {
      await holdLog(tx);
      // Whoever remembers who is who would go on writing to members who are gone.
      await raiseMemberEpoch(tx);
      const gone = await tx
        .deleteFrom("member")
        .where("id", "in", (query) =>
          query
            .selectFrom("identity")
            .select("member_id")
            .where("kind", "=", "user")
            .where("value", "in", users.slice(from, from + 1000)),
        )
        .returning("id")
        .execute();
      if (gone.length === 0) return;
      const ids = gone.map(({ id }) => id);
      // Left behind, they would be taken for repetitions when the same world comes again.
      await tx.deleteFrom("event").where("member_id", "in", ids).execute();
      await tx
        .insertInto("erased_member")
        .values(ids.map((id) => ({ member_id: id, erased_ms: now })))
        .execute();
    });
  }
  await database.sql
    .deleteFrom("webhook")
    .where("processor", "=", "stripe")
    .where("external_id", "like", `${eventIdPrefix(seed)}%`)
    .execute();
}

const DOOR_NAME = "Simulated members";

interface Way {
  readonly poster: JsonPoster;
  readonly signal: AbortSignal;
}

async function postBatch(
  { url, writeKey }: MemberDoors,
  batch: readonly SegmentMessage[],
  way: Way,
): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${writeKey}:`).toString("base64")}`;
  await post(`${url}/v1/batch`, { authorization }, JSON.stringify({ batch }), way);
}

async function postWebhook(
  { url, webhookPath, webhookSecret }: MemberDoors,
  event: StripeEvent,
  nowS: number,
  way: Way,
): Promise<void> {
  const body = JSON.stringify(event);
  const signature = createHmac("sha256", webhookSecret).update(`${nowS}.${body}`).digest("hex");
  const headers = { "stripe-signature": `t=${nowS},v1=${signature}` };
  await post(`${url}${webhookPath}`, headers, body, way);
}

/** As SDKs do: what may pass is tried again, when the server says so or after a while. */
async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  { poster, signal }: Way,
): Promise<void> {
  const { tries, waitMs } = sendDefaults;
  let why = "";
  for (let attempt = 0; attempt < tries; attempt++) {
    if (signal.aborted) return;
    let waitS = (waitMs / 1000) * 2 ** attempt;
    try {
      const answer = await poster.post(url, headers, body);
      const { status } = answer;
      if (status >= 200 && status < 300) return;
      why = `${status} ${answer.text.slice(0, 300)}`;
      if (status !== 429 && status < 500) {
        throw new WaymarkError("USAGE", `${url} refuses the simulated members: ${why}`);
      }
      waitS = Math.min(300, Number(answer.headers["retry-after"]) || waitS);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof WaymarkError) throw error;
      why =
        error instanceof Error ? `${error.message} ${String(error.cause ?? "")}` : String(error);
    }
    await sleep(1000 * waitS, undefined, { signal }).catch(() => {});
  }
  throw new WaymarkError("JOB_FAILED", `${url} does not take the simulated members: ${why}`);
}

/**
 * At most some at once; adding, by one at a time, waits for room, and the first failure ends it. One
 * promise is waited for, not all that run: hundreds of them for each of many thousands would be most of
 * the work.
 */
function createLane(width: number): {
  add(work: () => Promise<void>): Promise<void>;
  done(): Promise<void>;
} {
  let running = 0;
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => {};
  const until = async (isMet: () => boolean): Promise<void> => {
    while (failure === undefined && !isMet()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure !== undefined) throw failure.error;
  };
  return {
    async add(work) {
      await until(() => running < width);
      running++;
      work()
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => {
          running--;
          wake();
        });
    },
    done: () => until(() => running === 0),
  };
}

/** What makes one world another: a note of the one says nothing of the other. */
function worldKey({
  seed,
  members,
  days,
  historyDays,
  until,
  scenario,
  world,
}: MemberWorldOptions) {
  const { days: d, historyDays: h } = memberWorldDefaults;
  return JSON.stringify([seed, members, days ?? d, historyDays ?? h, until, scenario, world]);
}

async function readNote(path: string, key: string): Promise<number | undefined> {
  try {
    const note = JSON.parse(await readFile(path, "utf8")) as { key?: unknown; day?: unknown };
    return note.key === key && typeof note.day === "number" ? note.day : undefined;
  } catch {
    // None, or cut short: everything is sent, and what is there already is kept once.
    return undefined;
  }
}

async function writeNote(path: string, key: string, day: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeWhole(path, JSON.stringify({ key, day }));
}
