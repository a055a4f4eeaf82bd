/**
 * What comes in of members, on the wire: the events of one, write keys, and what was set aside. Times
 * are epoch milliseconds.
 */
import { z } from "zod";
import { EVENT_SOURCES } from "./member-event.ts";

export const memberEventSchema = z.object({
  seq: z.number(),
  source: z.enum(EVENT_SOURCES),
  kind: z.string(),
  /** When it happened, and when we knew. */
  eventMs: z.number(),
  createdMs: z.number(),
  value: z.number().nullable(),
  payload: z.record(z.string(), z.unknown()),
});
export type MemberEventAnswer = z.infer<typeof memberEventSchema>;

export const memberEventsQuerySchema = z.object({
  /** Of this kind: "track:Route Planned". */
  kind: z.string().max(250).optional(),
  /** `next` of the page before. */
  cursor: z
    .string()
    .regex(/^-?\d{1,16}\.-?\d{1,16}\.\d{1,15}$/, "is not a cursor")
    .optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const memberEventsSchema = z.object({
  /** Newest first. */
  events: z.array(memberEventSchema),
  /** `cursor` of the next page; null after the last. */
  next: z.string().nullable(),
});

export const doorKindSchema = z.enum(["live", "history"]);

export const writeKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  /** history: what it brings was known when it happened. */
  kind: doorKindSchema,
  /** Kept on a server: its alias and traits may join named members, Stripe customers and athletes. */
  isTrusted: z.boolean(),
  createdMs: z.number(),
  /** Last use, at most a minute late; null: never. */
  usedMs: z.number().nullable(),
});
export type WriteKeyAnswer = z.infer<typeof writeKeySchema>;
export const writeKeysSchema = z.object({ writeKeys: z.array(writeKeySchema) });
export const newWriteKeySchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  kind: doorKindSchema.default("live"),
  /** A key for history is, whatever is said. */
  isTrusted: z.boolean().default(false),
});
/** The key itself is answered here and never again. */
export const createdWriteKeySchema = writeKeySchema.extend({ writeKey: z.string() });
export type CreatedWriteKey = z.infer<typeof createdWriteKeySchema>;

export const quarantineQuerySchema = z.object({
  reason: z.string().max(100).optional(),
  /** Ids below this one. */
  before: z.coerce.number().int().min(1).max(1e15).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const quarantineSchema = z.object({
  /** By reason, the most frequent first. */
  counts: z.array(z.object({ source: z.string(), reason: z.string(), count: z.number() })),
  /** Newest first. */
  rows: z.array(
    z.object({
      id: z.string(),
      source: z.string(),
      /** A code; docs/guide/events.md explains each. */
      reason: z.string(),
      message: z.string(),
      /** What came, cut to 4,000 characters. */
      body: z.string(),
      receivedMs: z.number(),
    }),
  ),
});
