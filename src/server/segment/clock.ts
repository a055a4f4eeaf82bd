/**
 * When an event happened, by our clock. A device's clock may be wrong by years, but it is wrong alike
 * when the event happens and when it is sent a little later: timestamp = receivedAt − (sentAt −
 * originalTimestamp), as Segment's specification says.
 */
import type { DoorKind } from "../../store/member-table.ts";

export interface SaidTime {
  /** The message's `timestamp`, as it came. */
  readonly timestamp: unknown;
  /** Of the message, or else of its batch, as it came. */
  readonly sentAt: unknown;
}

export interface KnownTime {
  readonly eventMs: number;
  readonly createdMs: number;
  /**
   * Why eventMs is not what was said: "future": it would lie after the arrival. "clock": the device's
   * clock went back between the event and its sending.
   */
  readonly note: "future" | "clock" | undefined;
}

/** Nothing that is tracked happened before: a clock that was never set says 1970 or 1980. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);

/** @returns undefined where a time cannot be read or lies before the year 2000 */
export function placeInTime(
  { timestamp, sentAt }: SaidTime,
  receivedMs: number,
  door: DoorKind,
): KnownTime | undefined {
  const said = timestamp === undefined || timestamp === null ? undefined : readTime(timestamp);
  if (Number.isNaN(said)) return undefined;
  // One that cannot be read only corrects nothing.
  const sentMs = sentAt === undefined || sentAt === null ? Number.NaN : readTime(sentAt);
  if (door === "history") return ofHistory(said, sentMs, receivedMs);
  if (said === undefined) return { eventMs: receivedMs, createdMs: receivedMs, note: undefined };
  const eventMs = Number.isNaN(sentMs) ? said : receivedMs - (sentMs - said);
  if (eventMs > receivedMs) {
    const note = said > sentMs ? "clock" : "future";
    return { eventMs: receivedMs, createdMs: receivedMs, note };
  }
  if (eventMs < EARLIEST_MS) return undefined;
  return { eventMs, createdMs: receivedMs, note: undefined };
}

/** What is brought along was known when its own system sent it, by clocks that were put right there. */
function ofHistory(
  said: number | undefined,
  sentMs: number,
  receivedMs: number,
): KnownTime | undefined {
  const knownMs = Number.isNaN(sentMs) ? (said ?? receivedMs) : sentMs;
  const createdMs = Math.min(knownMs, receivedMs);
  const eventMs = Math.min(said ?? createdMs, createdMs);
  if (eventMs < EARLIEST_MS) return undefined;
  return { eventMs, createdMs, note: (said ?? eventMs) > eventMs ? "future" : undefined };
}

const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** @returns epoch milliseconds of ISO 8601 text (UTC where it names no zone) or a number; NaN */
export function readTime(value: unknown): number {
  if (typeof value === "number") return inRange(Math.round(value));
  if (typeof value !== "string") return Number.NaN;
  const parts = ISO.exec(value);
  if (!parts) return Number.NaN;
  return inRange(
    Date.parse(parts[1] === undefined || parts[4] !== undefined ? value : `${value}Z`),
  );
}

function inRange(ms: number): number {
  return Math.abs(ms) <= 8.64e15 ? ms : Number.NaN;
}
