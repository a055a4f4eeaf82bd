/**
 * What payment processors sent, once each: the webhook, the member it speaks of and the events of the log
 * that follow from it are kept in one transaction, or not at all. Webhooks that come while a transaction
 * runs share the next one: on PGlite 0.5 ms each with 128 in flight, 9 ms alone, HTTP included.
 *
 * Kept is what came, as it came; of what says nothing of memberships, and of a member who was erased,
 * that something came.
 */
import { type Selectable, sql } from "kysely";
import { WaymarkError } from "../base/index.ts";
import type { Processor } from "../schema/billing.ts";
import type { Identity, NewMemberEvent } from "../schema/member-event.ts";
import type { Database, Tx } from "./database.ts";
import { describeMembers, type MemberDescription } from "./describe-members.ts";
import { appendBatches } from "./event-log.ts";
import { createGroupCommit } from "./group-commit.ts";
import { holdLog } from "./log-lock.ts";
import type { WebhookTable } from "./member-table.ts";
import { resolveIdentities } from "./resolve-identities.ts";
import { indexedText, storedJson } from "./stored-json.ts";
import { createSubscriptionCurrencies, type Priced } from "./subscription-currencies.ts";
import { cleanText } from "./text.ts";

export type WebhookStatus = WebhookTable["status"];

export interface NewWebhook {
  readonly processor: Processor;
  readonly endpointId: number;
  /** The processor's id of it. */
  readonly externalId: string;
  readonly type: string;
  readonly eventMs: number;
  readonly receivedMs: number;
  readonly body: string;
  /** What follows from it, or why nothing does. */
  readonly content:
    | WebhookContent
    | { readonly status: "ignored" | "quarantined"; readonly reason: string | null };
  /** Whether a body that came under the same id before says the same. */
  readonly isSame: (body: string) => boolean;
}

export interface WebhookContent {
  readonly identities: readonly Identity[];
  /** Without identities: whose attempt this was. */
  readonly ofAttempt?: string | undefined;
  readonly events: readonly Omit<NewMemberEvent, "memberId">[];
  readonly description?: MemberDescription | undefined;
  /** Of subscriptions: one keeps its currency. */
  readonly prices: readonly Priced[];
}

export interface WebhookOutcome {
  /** repeated: it was here before, and nothing happened. */
  readonly status: WebhookStatus | "repeated";
  readonly reason: string | null;
}

export interface Webhook {
  readonly processor: Processor;
  readonly externalId: string;
  readonly endpointId: number | null;
  readonly type: string;
  readonly eventMs: number;
  readonly receivedMs: number;
  readonly status: WebhookStatus;
  readonly reason: string | null;
  readonly body: string;
}

export interface WebhookQuery {
  readonly status?: WebhookStatus | undefined;
  readonly processor?: Processor | undefined;
  readonly limit: number;
  /** `next` of the page before. */
  readonly before?: string | undefined;
}

export interface WebhookPage {
  /** Newest first. */
  readonly webhooks: readonly Webhook[];
  readonly next: string | null;
}

export interface Webhooks {
  /** Resolves when it is durable. */
  receive(webhook: NewWebhook): Promise<WebhookOutcome>;
  /**
   * What was quarantined, read once more: its row gets what became of it now.
   *
   * @throws WaymarkError NOT_FOUND when it is not there, USAGE when it is not in quarantine
   */
  retake(webhook: NewWebhook): Promise<WebhookOutcome>;
  /** @throws WaymarkError NOT_FOUND */
  get(processor: Processor, externalId: string): Promise<Webhook>;
  list(query: WebhookQuery): Promise<WebhookPage>;
  count(): Promise<Readonly<Record<WebhookStatus, number>>>;
}

export const webhookDefaults = {
  /** Webhooks of one transaction: some 60 ms of PGlite. */
  groupSize: 300,
} as const;

export function createWebhooks(database: Database): Webhooks {
  const { sql: db } = database;
  const currencies = createSubscriptionCurrencies();
  const group = createGroupCommit<NewWebhook, WebhookOutcome>(database, {
    weightMax: webhookDefaults.groupSize,
    work: (tx, items) => receiveAll(tx, items),
  });

  const receiveAll = async (
    tx: Tx,
    items: readonly NewWebhook[],
  ): Promise<readonly WebhookOutcome[]> => {
    await holdLog(tx);
    const known = await readKnown(tx, items);
    const outcomes: (WebhookOutcome | undefined)[] = [];
    const fresh: { readonly i: number; readonly webhook: NewWebhook }[] = [];
    const reused: { readonly i: number; readonly webhook: NewWebhook }[] = [];
    const sort = (i: number, webhook: NewWebhook): void => {
      const key = keyOf(webhook);
      const body = known.get(key);
      if (body === undefined) {
        known.set(key, webhook.body);
        fresh.push({ i, webhook });
        // A body that was not kept is of something from which nothing follows.
      } else if (body === "" || body === webhook.body || webhook.isSame(body)) {
        outcomes[i] = { status: "repeated", reason: null };
      } else reused.push({ i, webhook: reusedId(webhook) });
    };
    for (const [i, webhook] of items.entries()) sort(i, webhook);
    const clashes = reused.splice(0);
    if (clashes.length > 0) {
      const before = await readKnown(
        tx,
        clashes.map(({ webhook }) => webhook),
      );
      for (const [key, body] of before) known.set(key, body);
      for (const { i, webhook } of clashes) sort(i, webhook);
    }
    const settled = await settle(
      tx,
      fresh.map(({ webhook }) => webhook),
    );
    for (const [n, { i }] of fresh.entries()) {
      const { status, reason } = settled[n]!;
      outcomes[i] = { status, reason };
    }
    await insertRows(
      tx,
      fresh.map(({ webhook }) => webhook),
      settled,
    );
    return outcomes.map((outcome) => outcome!);
  };

  /** Members, events and descriptions of webhooks that are new. */
  const settle = async (tx: Tx, webhooks: readonly NewWebhook[]): Promise<readonly Settled[]> => {
    const settled: Settled[] = webhooks.map(({ content }) =>
      "status" in content
        ? { status: content.status, reason: content.reason, memberId: null }
        : { status: "taken", reason: null, memberId: null },
    );
    const read = webhooks.flatMap(({ content }, i) =>
      "status" in content ? [] : [{ i, content, processor: webhooks[i]!.processor }],
    );
    const named = read.filter(({ content }) => content.identities.length > 0);
    const members = await resolveIdentities(
      tx,
      named.map(({ content }) => content.identities),
      webhooks[0]?.receivedMs ?? 0,
    );
    for (const [n, { i }] of named.entries()) {
      const member = members[n]!;
      settled[i] =
        member === "erased"
          ? { status: "ignored", reason: "of a member who was erased", memberId: null }
          : { ...settled[i]!, memberId: member };
    }
    const told = read.filter(({ i }) => settled[i]!.memberId !== null);
    const priced = told.map(({ i, content, processor }) => ({
      memberId: settled[i]!.memberId!,
      prices: content.prices.map((price) => ({ ...price, processor })),
    }));
    const conflicts = await currencies.check(tx, priced);
    for (const [n, { i }] of told.entries()) {
      const reason = conflicts[n];
      if (reason) settled[i] = { status: "quarantined", reason, memberId: settled[i]!.memberId };
    }
    const append = async (which: typeof read): Promise<void> => {
      const taken = which.filter(({ i }) => settled[i]!.status === "taken");
      const withMember = taken.filter(({ i }) => settled[i]!.memberId !== null);
      const events = withMember.map(({ i, content }) =>
        content.events.map((event) => ({ ...event, memberId: settled[i]!.memberId! })),
      );
      if (events.some((batch) => batch.length > 0)) await appendBatches(tx, events);
      const described = withMember.flatMap(({ i, content: { description } }) =>
        description ? [{ memberId: settled[i]!.memberId!, description }] : [],
      );
      if (described.length > 0) await describeMembers(tx, described);
    };
    await append(named);
    // After the attempts that came along with it in this group.
    const nameless = read.filter(({ content }) => content.identities.length === 0);
    const owners = await ownersOf(tx, nameless);
    for (const { i, content } of nameless) {
      const attempt = content.ofAttempt;
      const memberId = attempt === undefined ? undefined : owners.get(attempt);
      settled[i] =
        memberId === undefined
          ? { status: "quarantined", reason: namesNobody(attempt), memberId: null }
          : { ...settled[i]!, memberId };
    }
    await append(nameless);
    return settled;
  };

  return {
    async receive(webhook) {
      return await group.add(clean(webhook), 1);
    },
    async retake(given) {
      const webhook = clean(given);
      return await database.transaction(async (tx) => {
        await holdLog(tx);
        const { processor, externalId } = webhook;
        const row = await tx
          .selectFrom("webhook")
          .select("status")
          .where("processor", "=", processor)
          .where("external_id", "=", externalId)
          .executeTakeFirst();
        if (!row) throw new WaymarkError("NOT_FOUND", `there is no webhook '${externalId}'`);
        if (row.status !== "quarantined") {
          throw new WaymarkError("USAGE", `webhook '${externalId}' is not in quarantine`);
        }
        const [settled] = await settle(tx, [webhook]);
        const { status, reason, memberId } = settled!;
        await tx
          .updateTable("webhook")
          .set({
            status,
            reason,
            member_id: memberId,
            type: webhook.type,
            event_ms: webhook.eventMs,
            ...(status === "ignored" ? { body: "" } : {}),
          })
          .where("processor", "=", processor)
          .where("external_id", "=", externalId)
          .execute();
        return { status, reason };
      });
    },
    async get(processor, externalId) {
      const row = await db
        .selectFrom("webhook")
        .selectAll()
        .where("processor", "=", processor)
        .where("external_id", "=", cleanText(externalId))
        .executeTakeFirst();
      if (!row) throw new WaymarkError("NOT_FOUND", `there is no webhook '${externalId}'`);
      return toWebhook(row);
    },
    async list({ status, processor, limit, before }) {
      let query = db.selectFrom("webhook").selectAll();
      if (status) query = query.where("status", "=", status);
      if (processor) query = query.where("processor", "=", processor);
      if (before !== undefined) {
        const dot = before.indexOf(".");
        const ms = Number(before.slice(0, dot));
        const id = before.slice(dot + 1);
        query = query.where(
          sql<boolean>`(received_ms, external_id) < (${ms}::bigint, ${cleanText(id)})`,
        );
      }
      const rows = await query
        .orderBy("received_ms", "desc")
        .orderBy("external_id", "desc")
        .limit(limit + 1)
        .execute();
      const webhooks = rows.slice(0, limit).map(toWebhook);
      const last = webhooks.at(-1);
      const next = rows.length > limit && last ? `${last.receivedMs}.${last.externalId}` : null;
      return { webhooks, next };
    },
    async count() {
      const rows = await db
        .selectFrom("webhook")
        .select(["status", (of) => of.fn.countAll<number>().as("n")])
        .groupBy("status")
        .execute();
      const counts = { taken: 0, ignored: 0, quarantined: 0 };
      for (const { status, n } of rows) counts[status] = Number(n);
      return counts;
    },
  };
}

interface Settled extends WebhookOutcome {
  readonly status: WebhookStatus;
  readonly memberId: number | null;
}

function namesNobody(attempt: string | undefined): string {
  return attempt === undefined
    ? "it names no customer, so nobody knows whose it is"
    : `it is about ${attempt}, of which nothing has come yet`;
}

/** What came under an id that another came under before. */
function reusedId(webhook: NewWebhook): NewWebhook {
  const externalId = `${webhook.externalId}#${indexedText(webhook.body.padEnd(501)).slice(7, 23)}`;
  const reason = `the id '${webhook.externalId}' came before with other words`;
  return { ...webhook, externalId, content: { status: "quarantined", reason } };
}

function clean(webhook: NewWebhook): NewWebhook {
  return {
    ...webhook,
    externalId: cleanText(indexedText(webhook.externalId)),
    type: cleanText(webhook.type).slice(0, TYPE_LENGTH),
    body: cleanText(webhook.body),
  };
}

/** The longest of Stripe's has 60. */
const TYPE_LENGTH = 200;

function keyOf({ processor, externalId }: Pick<NewWebhook, "processor" | "externalId">): string {
  return `${processor} ${externalId}`;
}

/** Bodies that came before under the ids of a group. */
async function readKnown(tx: Tx, items: readonly NewWebhook[]): Promise<Map<string, string>> {
  const keys = storedJson(
    items.map(({ processor, externalId }) => ({ p: processor, x: externalId })),
  );
  const { rows } = await sql<{ p: Processor; x: string; body: string }>`
    select w.processor as p, w.external_id as x, w.body
    from json_to_recordset(${keys}::json) as r(p text, x text)
    join webhook w on w.processor = r.p and w.external_id = r.x`.execute(tx);
  const known = new Map(
    rows.map(({ p, x, body }) => [keyOf({ processor: p, externalId: x }), body]),
  );
  return known;
}

async function ownersOf(
  tx: Tx,
  nameless: readonly { readonly content: WebhookContent; readonly processor: Processor }[],
): Promise<ReadonlyMap<string, number>> {
  const asked = nameless.flatMap(({ content: { ofAttempt }, processor }) =>
    ofAttempt === undefined ? [] : [{ a: ofAttempt, p: processor }],
  );
  if (asked.length === 0) return new Map();
  const { rows } = await sql<{ a: string; member_id: number }>`
    select r.a, e.member_id from json_to_recordset(${storedJson(asked)}::json) as r(a text, p text)
    cross join unnest(array['succeeded', 'pending', 'failed']) as o(outcome)
    join event e on e.source = r.p and e.message_id = r.a || ':' || o.outcome`.execute(tx);
  return new Map(rows.map(({ a, member_id }) => [a, member_id]));
}

async function insertRows(
  tx: Tx,
  webhooks: readonly NewWebhook[],
  settled: readonly Settled[],
): Promise<void> {
  if (webhooks.length === 0) return;
  const rows = webhooks.map((webhook, i) => {
    const { status, reason, memberId } = settled[i]!;
    return {
      p: webhook.processor,
      x: webhook.externalId,
      d: webhook.endpointId,
      i: memberId,
      t: webhook.type,
      e: webhook.eventMs,
      r: webhook.receivedMs,
      s: status,
      w: reason,
      b: status === "ignored" ? "" : webhook.body,
    };
  });
  await sql`insert into webhook
      (processor, external_id, endpoint_id, member_id, type, event_ms, received_ms, status, reason, body)
    select p, x, d, m.id, t, e, r, s, w, b
    from jsonb_to_recordset(${storedJson(rows)}::jsonb) as
      r(p text, x text, d bigint, i bigint, t text, e bigint, r bigint, s text, w text, b text)
    left join member m on m.id = r.i`.execute(tx);
}

function toWebhook(row: Selectable<WebhookTable>): Webhook {
  return {
    processor: row.processor,
    externalId: row.external_id,
    endpointId: row.endpoint_id,
    type: row.type,
    eventMs: row.event_ms,
    receivedMs: row.received_ms,
    status: row.status,
    reason: row.reason,
    body: row.body,
  };
}
