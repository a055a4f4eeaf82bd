/**
 * Doors at which payment processors knock: one for each account of a processor, with what proves that it
 * is the processor who knocks. That secret is kept as it is, because signatures are computed with it; it
 * never leaves by a route.
 */
import type { Selectable } from "kysely";
import { WaymarkError } from "../base/index.ts";
import type { Processor } from "../schema/billing.ts";
import type { WebhookOptions } from "../schema/webhook.ts";
import type { Database } from "./database.ts";
import type { DoorKind, WebhookEndpointTable } from "./member-table.ts";
import { cleanJson, cleanText } from "./text.ts";

export interface WebhookEndpoint {
  readonly id: number;
  readonly processor: Processor;
  readonly name: string;
  /** Signs or opens what comes: a shared secret, or root certificates as PEM. */
  readonly secret: string;
  readonly kind: DoorKind;
  readonly options: WebhookOptions;
  readonly createdMs: number;
  readonly usedMs: number | null;
}

export interface NewWebhookEndpoint
  extends Pick<WebhookEndpoint, "processor" | "name" | "secret" | "kind" | "options"> {}

export interface WebhookEndpoints {
  create(endpoint: NewWebhookEndpoint, now: number): Promise<WebhookEndpoint>;
  /** Undefined when there is none, or it was closed. */
  find(id: number): Promise<WebhookEndpoint | undefined>;
  /** Also one that was closed: what it brought may be read again. */
  get(id: number): Promise<WebhookEndpoint | undefined>;
  /** Open ones, oldest first. */
  list(processor?: Processor): Promise<readonly WebhookEndpoint[]>;
  /** Closes it: what it brought stays. @throws WaymarkError NOT_FOUND */
  remove(id: number, now: number): Promise<void>;
  /** Notes that something came, once a minute. */
  touch(endpoint: WebhookEndpoint, now: number): Promise<void>;
}

/** Milliseconds by which the note of the last use may be late: no write for each webhook. */
const USED_STEP_MS = 60_000;

export function createWebhookEndpoints({ sql }: Pick<Database, "sql">): WebhookEndpoints {
  const query = () => sql.selectFrom("webhook_endpoint").selectAll();
  return {
    async create({ processor, name, secret, kind, options }, now) {
      const row = await sql
        .insertInto("webhook_endpoint")
        .values({
          processor,
          name: cleanText(name),
          secret: cleanText(secret),
          kind,
          options: cleanJson(options),
          created_ms: now,
          disabled_ms: null,
          used_ms: null,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toEndpoint(row);
    },
    async find(id) {
      const row = await query()
        .where("id", "=", id)
        .where("disabled_ms", "is", null)
        .executeTakeFirst();
      return row && toEndpoint(row);
    },
    async get(id) {
      const row = await query().where("id", "=", id).executeTakeFirst();
      return row && toEndpoint(row);
    },
    async list(processor) {
      let open = query().where("disabled_ms", "is", null);
      if (processor) open = open.where("processor", "=", processor);
      return (await open.orderBy("id").execute()).map(toEndpoint);
    },
    async remove(id, now) {
      const { numUpdatedRows } = await sql
        .updateTable("webhook_endpoint")
        // Nothing is checked with it any more.
        .set({ disabled_ms: now, secret: "" })
        .where("id", "=", id)
        .where("disabled_ms", "is", null)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) {
        throw new WaymarkError("NOT_FOUND", `there is no webhook endpoint ${id}`);
      }
    },
    async touch({ id }, now) {
      await sql
        .updateTable("webhook_endpoint")
        .set({ used_ms: now })
        .where("id", "=", id)
        .where((or) => or.or([or("used_ms", "is", null), or("used_ms", "<", now - USED_STEP_MS)]))
        .execute();
    },
  };
}

function toEndpoint(row: Selectable<WebhookEndpointTable>): WebhookEndpoint {
  return {
    id: row.id,
    processor: row.processor,
    name: row.name,
    secret: row.secret,
    kind: row.kind,
    options: row.options,
    createdMs: row.created_ms,
    usedMs: row.used_ms,
  };
}
