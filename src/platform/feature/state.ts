/**
 * What is kept of one member so that every feature can be told at any later moment: counts and sums by
 * UTC day as far back as windows reach, first and last times, the last day of each text of a field, and
 * the latest events by the total order. A few hundred bytes; folded by fold.ts, asked by online.ts.
 */
import { WaymarkError } from "../../base/error.ts";
import { dayOf } from "./definition.ts";
import type { FeatureSet } from "./feature-set.ts";

export interface MemberState {
  /** The newest moment at which an event was known or happened; 0 without events. Nothing may be asked before it. */
  knownMs: number;
  /** As `plan.tallies`. */
  readonly tallies: readonly Tally[];
  /** As `plan.distincts`: text → last day. */
  readonly distincts: readonly Map<string, number>[];
  /** As `plan.latests`: by key. */
  readonly latests: readonly Map<string, LatestEvent>[];
}

export interface Tally {
  count: number;
  firstMs: number;
  lastMs: number;
  /** Of all time, one a quantity. */
  readonly sums: number[];
  /** Oldest first; days without events have none. */
  readonly buckets: Bucket[];
}

export interface Bucket {
  /** Days since 1970, UTC. */
  readonly day: number;
  count: number;
  readonly sums: number[];
}

export interface LatestEvent {
  readonly eventMs: number;
  readonly createdMs: number;
  readonly seq: number;
  readonly isLive: boolean;
  /** As `readings` of the plan; NaN is missing. */
  readonly captured: Float64Array;
}

export function emptyState({ plan }: FeatureSet): MemberState {
  return {
    knownMs: 0,
    tallies: plan.tallies.map(({ quantities }) => ({
      count: 0,
      firstMs: 0,
      lastMs: 0,
      sums: quantities.map(() => 0),
      buckets: [],
    })),
    distincts: plan.distincts.map(() => new Map()),
    latests: plan.latests.map(() => new Map()),
  };
}

const VERSION = 1;

/** Buckets and texts that no later window can reach are left out. */
export function encodeState({ plan }: FeatureSet, state: MemberState): Uint8Array {
  const out = writer;
  out.begin();
  out.byte(VERSION);
  for (let i = 0; i < 8; i += 2) out.byte(Number.parseInt(plan.layout.slice(i, i + 2), 16));
  out.whole(state.knownMs);
  const today = dayOf(state.knownMs);
  state.tallies.forEach((tally, i) => {
    out.whole(tally.count);
    if (tally.count === 0) return;
    out.whole(tally.firstMs);
    out.whole(tally.lastMs);
    for (const sum of tally.sums) out.double(sum);
    const from = firstAfter(tally.buckets, today - plan.tallies[i]!.days);
    out.whole(tally.buckets.length - from);
    let before = 0;
    for (let b = from; b < tally.buckets.length; b++) {
      const { day, count, sums } = tally.buckets[b]!;
      out.whole(day - before);
      out.whole(count);
      for (const sum of sums) out.double(sum);
      before = day;
    }
  });
  state.distincts.forEach((lastDays, i) => {
    const oldest = today - plan.distincts[i]!.days;
    const kept = [...lastDays].filter(([, day]) => day > oldest);
    out.whole(kept.length);
    for (const [value, day] of kept) {
      out.text(value);
      out.whole(day);
    }
  });
  for (const latest of state.latests) {
    out.whole(latest.size);
    for (const [key, { eventMs, createdMs, seq, isLive, captured }] of latest) {
      out.text(key);
      out.whole(eventMs);
      out.whole(createdMs);
      out.whole(seq);
      out.byte(Number(isLive));
      for (const value of captured) out.double(value);
    }
  }
  return out.end();
}

/**
 * @returns undefined for a state of another layout: features changed, it is built again from the log
 * @throws WaymarkError STORE_DAMAGED
 */
export function decodeState(set: FeatureSet, bytes: Uint8Array): MemberState | undefined {
  const { plan } = set;
  const layout = Array.from(bytes.subarray(1, 5), (byte) => byte.toString(16).padStart(2, "0"));
  if (bytes.length < 6) throw damaged("it is too short");
  if (bytes[0] !== VERSION || layout.join("") !== plan.layout) return undefined;
  const read = createReader(bytes, 5);
  const knownMs = read.whole();
  const tallies = plan.tallies.map(({ quantities }): Tally => {
    const sums = (): number[] => quantities.map(() => read.double());
    const count = read.whole();
    if (count === 0) {
      return { count, firstMs: 0, lastMs: 0, sums: quantities.map(() => 0), buckets: [] };
    }
    const firstMs = read.whole();
    const lastMs = read.whole();
    const total = sums();
    const buckets: Bucket[] = [];
    let day = 0;
    for (let n = read.whole(); n > 0; n--) {
      day += read.whole();
      buckets.push({ day, count: read.whole(), sums: sums() });
    }
    return { count, firstMs, lastMs, sums: total, buckets };
  });
  const distincts = plan.distincts.map(() => {
    const lastDays = new Map<string, number>();
    for (let n = read.whole(); n > 0; n--) lastDays.set(read.text(), read.whole());
    return lastDays;
  });
  const latests = plan.latests.map(({ readings }) => {
    const latest = new Map<string, LatestEvent>();
    for (let n = read.whole(); n > 0; n--) {
      latest.set(read.text(), {
        eventMs: read.whole(),
        createdMs: read.whole(),
        seq: read.whole(),
        isLive: read.byte() === 1,
        captured: Float64Array.from(readings, () => read.double()),
      });
    }
    return latest;
  });
  if (!read.isAtEnd()) throw damaged("bytes are left over");
  return { knownMs, tallies, distincts, latests };
}

/** Index of the first bucket of a later day. */
export function firstAfter(buckets: readonly Bucket[], day: number): number {
  let i = buckets.length;
  while (i > 0 && buckets[i - 1]!.day > day) i--;
  return i;
}

function damaged(why: string): WaymarkError {
  return new WaymarkError("STORE_DAMAGED", `the feature state of a member cannot be read: ${why}`);
}

/** One buffer for all: states are written one after another. */
const writer = (() => {
  let bytes = new Uint8Array(4096);
  let view = new DataView(bytes.buffer);
  let at = 0;
  const encoder = new TextEncoder();
  const room = (n: number): void => {
    if (at + n <= bytes.length) return;
    const larger = new Uint8Array(2 * (at + n));
    larger.set(bytes.subarray(0, at));
    bytes = larger;
    view = new DataView(bytes.buffer);
  };
  const whole = (value: number): void => {
    room(8);
    let rest = value;
    while (rest >= 128) {
      bytes[at++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    bytes[at++] = rest;
  };
  return {
    begin(): void {
      at = 0;
    },
    byte(value: number): void {
      room(1);
      bytes[at++] = value;
    },
    /** From 0 below 2^53, seven bits a byte, the lowest first. */
    whole,
    double(value: number): void {
      room(8);
      view.setFloat64(at, value, true);
      at += 8;
    },
    text(value: string): void {
      const encoded = encoder.encode(value);
      whole(encoded.length);
      room(encoded.length);
      bytes.set(encoded, at);
      at += encoded.length;
    },
    end: (): Uint8Array => bytes.slice(0, at),
  };
})();

interface Reader {
  byte(): number;
  whole(): number;
  double(): number;
  text(): string;
  isAtEnd(): boolean;
}

function createReader(bytes: Uint8Array, from: number): Reader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const decoder = new TextDecoder();
  let at = from;
  const take = (n: number): number => {
    if (at + n > bytes.length) throw damaged("it ends too early");
    at += n;
    return at - n;
  };
  const byte = (): number => bytes[take(1)]!;
  const whole = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (scale > 2 ** 49) throw damaged("a number has no end");
      const next = byte();
      value += (next % 128) * scale;
      if (next < 128) return value;
    }
  };
  return {
    byte,
    whole,
    double: () => view.getFloat64(take(8), true),
    text() {
      const length = whole();
      const start = take(length);
      return decoder.decode(bytes.subarray(start, start + length));
    },
    isAtEnd: () => at === bytes.length,
  };
}
