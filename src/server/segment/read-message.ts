/**
 * One message of Segment's API as an event of the log, or the reason why it cannot be one. Written by
 * hand: some 3 µs a message. What is kept of a message is its properties, and of its context the few
 * fields that features use.
 */
import { createHash } from "node:crypto";
import type { Identity } from "../../schema/member-event.ts";
import { SEGMENT_TYPES, type SegmentType, segmentLimits } from "../../schema/segment.ts";
import type { MemberDescription } from "../../store/describe-members.ts";
import type { DoorKind } from "../../store/member-table.ts";
import type { QuarantineReason } from "../../store/quarantine.ts";
import { type KnownTime, placeInTime } from "./clock.ts";
import { describe } from "./describe.ts";
import { isJson, type Json } from "./json.ts";

/** How a message came. */
export interface Arrival {
  readonly receivedMs: number;
  readonly door: DoorKind;
  /** By a key that is kept on a server: what it says of who is who elsewhere is believed. */
  readonly isTrusted: boolean;
  /** Of the batch, as it came. */
  readonly sentAt: unknown;
  /** Of the address; of a batch each message says its own. */
  readonly type: SegmentType | undefined;
}

export interface ReadMessage {
  readonly messageId: string;
  /** The strongest first; never empty. */
  readonly identities: readonly Identity[];
  /** Of alias: who becomes the one that `identities` name. */
  readonly previousId: string | undefined;
  /** Whether alias may speak of members who are named, and not of anonymous ones alone. */
  readonly isTrusted: boolean;
  /** Says who the member is elsewhere, by a key that is not trusted with it: passed over. */
  readonly isDoubted: boolean;
  readonly kind: string;
  readonly eventMs: number;
  readonly createdMs: number;
  readonly payload: Json;
  /** Of identify. */
  readonly description: MemberDescription | undefined;
}

/** A message that cannot be kept. */
export class Refused {
  readonly reason: QuarantineReason;
  readonly message: string;

  constructor(reason: QuarantineReason, message: string) {
    this.reason = reason;
    this.message = message;
  }
}

export const readDefaults = {
  /** Characters of an id. */
  idChars: 255,
  /** Characters of the name of an event, page or screen. */
  nameChars: 200,
  /** Levels of objects and lists within each other. */
  depth: 20,
} as const;

const TYPES: ReadonlySet<unknown> = new Set(SEGMENT_TYPES);

/** What programs write when they know no id: it would make one member of all their users. */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  "null",
  "undefined",
  "nan",
  "none",
  "nil",
  "true",
  "false",
  "0",
  "-1",
  "anonymous",
  "guest",
  "unknown",
  "[object object]",
  "00000000-0000-0000-0000-000000000000",
]);

export function readMessage(message: unknown, arrival: Arrival): ReadMessage | Refused {
  const size = weigh(message, 0);
  if (size === TOO_DEEP) {
    return new Refused("too_deep", `nested deeper than ${readDefaults.depth} levels`);
  }
  if (!isJson(message)) return new Refused("not_an_object", `a message is ${nameOf(message)}`);
  if (size > segmentLimits.eventBytes / 4) {
    const bytes = Buffer.byteLength(JSON.stringify(message));
    if (bytes > segmentLimits.eventBytes) {
      return new Refused("too_large", `${bytes} bytes; an event has at most 32 KB`);
    }
  }
  const type = arrival.type ?? message.type;
  if (!TYPES.has(type)) {
    return new Refused(
      "unknown_type",
      `type is ${quote(type)}; one of ${SEGMENT_TYPES.join(", ")}`,
    );
  }
  const identities = readIdentities(message);
  if (identities instanceof Refused) return identities;
  const said = {
    timestamp: message.timestamp ?? message.originalTimestamp,
    sentAt: message.sentAt ?? arrival.sentAt,
  };
  const time = placeInTime(said, arrival.receivedMs, arrival.door);
  if (time === undefined) {
    return new Refused(
      "bad_time",
      `timestamp is ${quote(said.timestamp)}, sentAt ${quote(said.sentAt)}`,
    );
  }
  const content = readContent(type as SegmentType, message);
  if (content instanceof Refused) return content;
  const isIdentify = type === "identify";
  const linked = isIdentify ? linkedIdentities(content.payload) : [];
  const { isTrusted } = arrival;
  return {
    messageId: messageIdOf(message, said, arrival),
    identities: isTrusted && linked.length > 0 ? [...identities, ...linked] : identities,
    previousId: content.previousId,
    isTrusted,
    isDoubted: !isTrusted && linked.length > 0,
    kind: content.kind,
    eventMs: time.eventMs,
    createdMs: time.createdMs,
    payload: withContext(content.payload, message.context, time, said.timestamp),
    description: isIdentify
      ? describe(content.payload, isJson(message.context) ? message.context : {}, time.eventMs)
      : undefined,
  };
}

function readIdentities(message: Json): Identity[] | Refused {
  const userId = readId(message.userId, "userId");
  if (userId instanceof Refused) return userId;
  const anonymousId = readId(message.anonymousId, "anonymousId");
  if (anonymousId instanceof Refused) return anonymousId;
  if (userId === undefined) {
    if (anonymousId !== undefined) return [{ kind: "anonymous", value: anonymousId }];
    return new Refused("no_identity", "neither userId nor anonymousId is given");
  }
  const identities: Identity[] = [{ kind: "user", value: userId }];
  if (anonymousId !== undefined) identities.push({ kind: "anonymous", value: anonymousId });
  return identities;
}

/** @returns undefined where there is none */
function readId(value: unknown, field: string): string | undefined | Refused {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "number" && !Number.isFinite(value)) {
    return new Refused("bad_field", `${field} is a number that is none`);
  }
  if (typeof value !== "string" && typeof value !== "number") {
    return new Refused("bad_field", `${field} is ${nameOf(value)}; it must be text`);
  }
  const id = String(value).trim();
  if (id === "") return undefined;
  if (id.length > readDefaults.idChars) {
    return new Refused("long_identity", `${field} has ${id.length} characters; at most 255`);
  }
  if (PLACEHOLDERS.has(id.toLowerCase())) {
    return new Refused("placeholder_identity", `${field} is ${quote(id)}, which means nobody`);
  }
  return id;
}

interface Content {
  readonly kind: string;
  readonly payload: Json;
  readonly previousId?: string | undefined;
}

function readContent(type: SegmentType, message: Json): Content | Refused {
  const properties = readObject(message, "properties");
  if (properties instanceof Refused) return properties;
  if (type === "track") {
    const { event } = message;
    if (typeof event !== "string" || event.trim() === "") {
      return new Refused("no_event_name", `event is ${quote(event)}; it must be what was done`);
    }
    return named("track", event.trim(), properties);
  }
  if (type === "page" || type === "screen") {
    const name = [message.name, properties.name, properties.title, properties.path].find(
      (each): each is string => typeof each === "string" && each.trim() !== "",
    );
    return named(type, (name ?? "").trim().slice(0, readDefaults.nameChars), properties);
  }
  if (type === "alias") {
    const previousId = readId(message.previousId, "previousId");
    if (previousId instanceof Refused) return previousId;
    if (previousId === undefined) return new Refused("no_identity", "previousId is not given");
    return { kind: "alias", payload: { previousId }, previousId };
  }
  const traits = readObject(message, "traits");
  if (traits instanceof Refused) return traits;
  if (type === "identify") return { kind: "identify", payload: traits };
  const groupId = readId(message.groupId, "groupId");
  if (groupId instanceof Refused) return groupId;
  if (groupId === undefined) return new Refused("bad_field", "groupId is not given");
  return { kind: "group", payload: { ...traits, groupId } };
}

function named(type: string, name: string, payload: Json): Content | Refused {
  if (name.length <= readDefaults.nameChars) return { kind: `${type}:${name}`, payload };
  return new Refused("long_name", `the name has ${name.length} characters; at most 200`);
}

function readObject(message: Json, field: "properties" | "traits"): Json | Refused {
  const value = message[field];
  if (value === undefined || value === null) return {};
  if (isJson(value)) return value;
  return new Refused("bad_field", `${field} is ${nameOf(value)}; it must be an object`);
}

/** Traits that say who a member is elsewhere. */
function linkedIdentities(traits: Json): Identity[] {
  const linked: Identity[] = [];
  const customer = traits.stripeCustomerId ?? traits.stripe_customer_id;
  if (typeof customer === "string" && /^\w{1,255}$/.test(customer)) {
    linked.push({ kind: "stripe_customer", value: customer });
  }
  const athlete = String(traits.athleteId ?? "");
  if (/^[1-9]\d{0,14}$/.test(athlete)) linked.push({ kind: "athlete", value: athlete });
  return linked;
}

/** `$context` and `$time` cannot be a sender's own names: they are written over. */
function withContext(payload: Json, context: unknown, time: KnownTime, said: unknown): Json {
  const kept = isJson(context) ? keptContext(context) : undefined;
  if (kept === undefined && time.note === undefined) return payload;
  const result: Record<string, unknown> = { ...payload };
  if (kept !== undefined) result.$context = kept;
  if (time.note !== undefined) result.$time = { note: time.note, said };
  return result;
}

function keptContext({ device, os, app, locale }: Json): Json | undefined {
  const kept: Record<string, string> = {};
  let isEmpty = true;
  const keep = (name: string, value: unknown): void => {
    if (typeof value !== "string" || value === "") return;
    kept[name] = value.slice(0, 60);
    isEmpty = false;
  };
  if (isJson(device)) keep("device", device.type);
  if (isJson(os)) keep("os", os.name);
  if (isJson(app)) keep("app", app.version);
  keep("locale", locale);
  return isEmpty ? undefined : kept;
}

/**
 * A message without an id is known by its content: a repetition of the request is one. Where it says no
 * time either, the minute of its arrival is part of it, for the same may be done again later.
 */
function messageIdOf(
  message: Json,
  { timestamp, sentAt }: { timestamp: unknown; sentAt: unknown },
  { receivedMs, type }: Arrival,
): string {
  const { messageId } = message;
  if (typeof messageId === "string" && messageId !== "") return messageId;
  if (typeof messageId === "number") return String(messageId);
  const moment = timestamp ?? sentAt ?? Math.floor(receivedMs / 60_000);
  const content = JSON.stringify([type, moment, { ...message, writeKey: undefined }]);
  return `content:${createHash("sha256").update(content).digest("hex")}`;
}

const TOO_DEEP = Number.POSITIVE_INFINITY;

/** About the characters of a value as JSON, at least a third of them; TOO_DEEP. */
function weigh(value: unknown, depth: number): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 4;
  if (depth > readDefaults.depth) return TOO_DEEP;
  let sum = 2;
  if (Array.isArray(value)) for (const each of value) sum += weigh(each, depth + 1) + 1;
  else {
    const record = value as Json;
    for (const name in record) sum += name.length + weigh(record[name], depth + 1) + 4;
  }
  return sum;
}

function nameOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `of type ${typeof value}`;
}

function quote(value: unknown): string {
  return (JSON.stringify(value) ?? "not given").slice(0, 80);
}
