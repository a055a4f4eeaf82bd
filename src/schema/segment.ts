/**
 * Segment's HTTP tracking API on the wire (segment.com/docs/connections/sources/catalog/libraries/server/http-api):
 * what its SDKs send, and the limits that they keep. Messages themselves are read by hand
 * (server/segment/read-message.ts), because twenty thousand come a second.
 */
import { z } from "zod";

export const SEGMENT_TYPES = ["track", "identify", "page", "screen", "group", "alias"] as const;
export type SegmentType = (typeof SEGMENT_TYPES)[number];

export const segmentLimits = {
  /** Bytes of one event. */
  eventBytes: 32 * 1024,
  /** Bytes of a request, unpacked. */
  batchBytes: 500 * 1024,
  /** Events of a batch. */
  batchEvents: 2500,
} as const;

const time = z.union([z.string(), z.number()]).nullish();
const json = z.record(z.string(), z.unknown());

export const segmentMessageSchema = z.looseObject({
  writeKey: z.string().optional().describe("or in the header Authorization, as Basic or Bearer"),
  messageId: z.string().optional().describe("a second message with the same one is not kept"),
  userId: z.string().nullish(),
  anonymousId: z.string().nullish().describe("one of userId and anonymousId is needed"),
  timestamp: time.describe("when it happened, ISO 8601"),
  sentAt: time.describe("when it was sent, by the same clock"),
  context: json.optional(),
  event: z.string().optional().describe("track: what was done"),
  name: z.string().nullish().describe("page, screen"),
  properties: json.optional().describe("track, page, screen"),
  traits: json.optional().describe("identify, group"),
  groupId: z.string().optional().describe("group"),
  previousId: z.string().optional().describe("alias: becomes the one that userId names"),
});

export const segmentBatchSchema = z.looseObject({
  writeKey: z.string().optional().describe("or in the header Authorization, as Basic or Bearer"),
  sentAt: time,
  batch: z.array(z.unknown()).describe("messages, each with its type; 2,500 at most"),
});

export const segmentAnswerSchema = z.object({ success: z.literal(true) });
