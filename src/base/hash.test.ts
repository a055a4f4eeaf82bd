import fc from "fast-check";
import { expect, it } from "vitest";
import { createHash64 } from "./hash.ts";

const digest = (...parts: readonly Uint8Array[]): string => {
  const hash = createHash64();
  for (const part of parts) hash.update(part);
  return hash.digest();
};

it("sees every flipped bit", () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => i * 7);
  const seen = new Set([digest(bytes)]);
  for (let bit = 0; bit < 64 * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    seen.add(digest(flipped));
  }
  expect(seen.size).toBe(64 * 8 + 1);
});

it("sees length and order, and not where the bytes lie in memory", () => {
  expect(digest(new Uint8Array(4))).not.toBe(digest(new Uint8Array(8)));
  expect(digest(Uint8Array.of(1), Uint8Array.of(2))).not.toBe(
    digest(Uint8Array.of(2), Uint8Array.of(1)),
  );
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.integer({ min: 0, max: 7 }),
      (bytes, shift) => {
        const moved = new Uint8Array(bytes.length + shift);
        moved.set(bytes, shift);
        expect(digest(moved.subarray(shift))).toBe(digest(bytes));
      },
    ),
  );
});

it("keeps its value for ever, since versions stand in stored matches", () => {
  expect(digest(new TextEncoder().encode("waymark"))).toMatchInlineSnapshot(`"d5d32e4871572fd5"`);
});
