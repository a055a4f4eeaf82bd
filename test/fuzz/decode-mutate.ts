/**
 * Mutations of recordings: bytes that flip, lengths that lie, chunks that repeat or vanish, two files
 * spliced into one; for XML the same with whole tokens. Everything random comes from the seed.
 */
import { integer, pick, type Rng } from "../../src/base/rng.ts";

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x40, 0x60, 0x20, 0x0e, 0x2e] as const;
const INTERESTING_WIDE = [0, 1, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff] as const;

type Mutation = (rng: Rng, bytes: Uint8Array, other: Uint8Array) => Uint8Array;

const BYTE_MUTATIONS: readonly Mutation[] = [
  (rng, bytes) =>
    edit(bytes, (b) => {
      const at = integer(rng, b.length);
      b[at]! ^= 1 << integer(rng, 8);
    }),
  (rng, bytes) =>
    edit(bytes, (b) => {
      b[integer(rng, b.length)] = pick(rng, INTERESTING);
    }),
  (rng, bytes) =>
    edit(bytes, (b) => {
      b[integer(rng, b.length)] = integer(rng, 256);
    }),
  (rng, bytes) =>
    edit(bytes, (b) => {
      const view = new DataView(b.buffer);
      const value = pick(rng, INTERESTING_WIDE);
      const isLittle = rng() < 0.7;
      if (rng() < 0.5 && b.length >= 2) view.setUint16(integer(rng, b.length - 1), value, isLittle);
      else if (b.length >= 4) view.setUint32(integer(rng, b.length - 3), value, isLittle);
    }),
  // A small number moves up or down by a little: counts and sizes.
  (rng, bytes) =>
    edit(bytes, (b) => {
      const at = integer(rng, b.length);
      b[at] = b[at]! + integer(rng, 9) - 4;
    }),
  // The first bytes hold the sizes of everything.
  (rng, bytes) =>
    edit(bytes, (b) => {
      b[integer(rng, Math.min(64, b.length))] = integer(rng, 256);
    }),
  (rng, bytes) => bytes.slice(0, integer(rng, bytes.length + 1)),
  (rng, bytes) => {
    const [from, to] = range(rng, bytes.length);
    return join(bytes.subarray(0, from), bytes.subarray(to));
  },
  (rng, bytes) => {
    const [from, to] = range(rng, bytes.length);
    const at = integer(rng, bytes.length + 1);
    return join(bytes.subarray(0, at), bytes.subarray(from, to), bytes.subarray(at));
  },
  (rng, bytes) => {
    const at = integer(rng, bytes.length + 1);
    const noise = Uint8Array.from({ length: 1 + integer(rng, 32) }, () => integer(rng, 256));
    return join(bytes.subarray(0, at), noise, bytes.subarray(at));
  },
  (rng, bytes, other) =>
    join(
      bytes.subarray(0, integer(rng, bytes.length + 1)),
      other.subarray(integer(rng, other.length + 1)),
    ),
  (rng, bytes, other) => {
    const [from, to] = range(rng, other.length);
    const at = integer(rng, bytes.length + 1);
    return join(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(at));
  },
  (_rng, bytes, other) => join(bytes, other),
];

function edit(bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  if (copy.length > 0) change(copy);
  return copy;
}

/** A random stretch, short more often than long. */
function range(rng: Rng, length: number): [number, number] {
  const from = integer(rng, length + 1);
  const longest = rng() < 0.8 ? Math.min(64, length - from) : length - from;
  return [from, from + integer(rng, longest + 1)];
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

// XML

const WORDS = [
  "<trkpt lat='1' lon='2'>",
  "</trkpt>",
  "<trkseg>",
  "</trkseg>",
  "<trk>",
  "</trk>",
  "<rte>",
  "<rtept lat='91' lon='181'/>",
  "<wpt lat='0' lon='0'>",
  "<time>2021-01-01T00:00:00Z</time>",
  "<time>2021-13-01T99:00:00+99:99</time>",
  "<time/>",
  "<ele>1e999</ele>",
  "<ele>-0</ele>",
  "<extensions>",
  "<a:hr>300</a:hr>",
  "<Activity Sport='Running'>",
  "</Activity>",
  "<Lap StartTime='2021-01-01T00:00:00Z'>",
  "</Lap>",
  "<Track>",
  "</Track>",
  "<Trackpoint>",
  "</Trackpoint>",
  "<DistanceMeters>NaN</DistanceMeters>",
  "<TotalTimeSeconds>-5</TotalTimeSeconds>",
  "<Course>",
  "<!-- -- -->",
  "<![CDATA[",
  "]]>",
  "<!DOCTYPE gpx [<!ENTITY a 'b'>]>",
  "<!DOCTYPE gpx>",
  "&a;",
  "&#0;",
  "&#x110000;",
  "<?xml version='1.1' encoding='utf-16'?>",
  "\u0000",
  "\uFEFF",
  "\uD800",
] as const;

const TOKEN = /<[^>]*>|[^<]+/g;

function mutateTokens(rng: Rng, bytes: Uint8Array): Uint8Array {
  const tokens = new TextDecoder("latin1").decode(bytes).match(TOKEN) ?? [];
  const at = integer(rng, tokens.length + 1);
  const from = integer(rng, tokens.length + 1);
  const count = 1 + integer(rng, 6);
  switch (integer(rng, 7)) {
    case 0:
      tokens.splice(at, 0, pick(rng, WORDS));
      break;
    case 1:
      tokens.splice(at, count);
      break;
    case 2:
      tokens.splice(at, 0, ...tokens.slice(from, from + count));
      break;
    case 3:
      if (at < tokens.length) tokens[at] = pick(rng, WORDS);
      break;
    case 4: {
      const word = pick(rng, WORDS);
      tokens.splice(at, 0, ...new Array(integer(rng, 300)).fill(word));
      break;
    }
    case 5:
      if (at < tokens.length && from < tokens.length) {
        const kept = tokens[at]!;
        tokens[at] = tokens[from]!;
        tokens[from] = kept;
      }
      break;
    default:
      if (at < tokens.length) {
        tokens[at] = tokens[at]!.replace(/\d+/, () =>
          pick(rng, ["", "-1", "1e400", "99999999999", "0x1", "1,5"]),
        );
      }
  }
  const text = tokens.join("");
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff);
}

/** One to eight mutations on top of each other. */
export function mutate(
  rng: Rng,
  bytes: Uint8Array,
  other: Uint8Array,
  isText: boolean,
): Uint8Array {
  let mutated = bytes;
  for (let n = 1 + integer(rng, rng() < 0.5 ? 2 : 8); n > 0; n--) {
    mutated =
      isText && rng() < 0.7
        ? mutateTokens(rng, mutated)
        : pick(rng, BYTE_MUTATIONS)(rng, mutated, other);
  }
  return mutated;
}
