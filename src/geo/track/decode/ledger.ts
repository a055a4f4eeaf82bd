/**
 * What was lost or bridged while a file was read, by code. Repairs of one code are added up, so that
 * a file with a thousand faults has one line that says a thousand. Each code stands in
 * docs/reference/repairs.md with its cause; a test holds the two together.
 */
import type { Repair } from "../recording.ts";

interface ReadingKind {
  readonly unit: Repair["unit"];
  /** One sentence for people. */
  readonly message: string;
}

const kind = (unit: Repair["unit"], message: string): ReadingKind => ({ unit, message });

/** Code of reading → what happened. */
export const READING_CODES = {
  // any file
  "wrong-extension": kind("file", "The name of the file does not say what it is."),
  "damaged-gzip": kind(
    "file",
    "The gzip file is cut or damaged; what came before the damage was read.",
  ),
  "damaged-zip-entry": kind(
    "file",
    "The entry of the zip archive is cut or damaged; what could be unpacked was read.",
  ),
  "truncated-file": kind("file", "The file breaks off before its end; what came before was kept."),
  "bad-crc": kind(
    "file",
    "A checksum does not agree with its bytes; every readable record was kept.",
  ),
  "planned-route": kind(
    "record",
    "The file is a planned route; its points have no times of their own.",
  ),
  // FIT
  "wrong-data-size": kind(
    "file",
    "The FIT data does not end where its header says; the messages were read as far as they go.",
  ),
  "unreadable-bytes": kind(
    "byte",
    "Bytes inside the FIT file make no message; reading went on at the next that does.",
  ),
  "trailing-bytes": kind(
    "byte",
    "Bytes between or behind the FIT files belong to none and were passed over.",
  ),
  "empty-record": kind("record", "Records hold no field that Waymark reads."),
  "surplus-messages": kind("record", "More laps, sessions or events than a recording can have."),
  "repeated-session": kind(
    "activity",
    "Two session messages tell of the same activity; the later one stands.",
  ),
  "session-without-start": kind(
    "activity",
    "Sessions do not say when they began; their records went to the others.",
  ),
  "no-recording-in-part": kind(
    "file",
    "Files of the FIT chain hold no recording (settings, workouts, heart-rate downloads).",
  ),
  "pool-lengths": kind(
    "record",
    "The records have no times; the lengths of the pool, which do, stand in their place.",
  ),
  // GPX and TCX
  "xml-fault": kind("file", "The XML is faulty; what could be read was kept."),
  "unknown-encoding": kind("file", "The XML declares an unknown encoding; it was read as UTF-8."),
  "unreadable-value": kind(
    "record",
    "Numbers or times in the XML cannot be read; they count as unknown.",
  ),
  "empty-track": kind("activity", "Tracks without a point were passed over."),
  "route-passed-over": kind(
    "activity",
    "Planned routes beside the recorded tracks were passed over.",
  ),
} as const satisfies Record<string, ReadingKind>;

export type ReadingCode = keyof typeof READING_CODES;

export interface Ledger {
  /** Adds to the count of a code; zero is nothing. A message of its own replaces the code's, once. */
  add(code: ReadingCode, count: number, message?: string): void;
  /** In the order in which each code was first met. */
  repairs(): readonly Repair[];
}

export function createLedger(): Ledger {
  const byCode = new Map<ReadingCode, { count: number; message: string }>();
  return {
    add(code, count, message = READING_CODES[code].message) {
      if (count === 0) return;
      const known = byCode.get(code);
      if (known === undefined) byCode.set(code, { count, message });
      else known.count += count;
    },
    repairs: () =>
      [...byCode].map(([code, { count, message }]) => ({
        code,
        count,
        unit: READING_CODES[code].unit,
        message,
      })),
  };
}
