import { expect, it } from "vitest";
import { unpackLz4Block, unpackLz4Frame, unpackLz4Hadoop } from "./lz4.ts";

/** "abc" and a match 3 back of 9 bytes, which runs into what it writes, then "xyz12". */
const BLOCK = Uint8Array.of(0x35, 97, 98, 99, 3, 0, 0x50, 120, 121, 122, 49, 50);
const TEXT = "abcabcabcabcxyz12";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function frame(flags: number, ...blocks: readonly (readonly number[])[]): Uint8Array {
  const bytes = [0x04, 0x22, 0x4d, 0x18, flags, 0x40, 0];
  for (const block of blocks) bytes.push(block.length, 0, 0, 0, ...block);
  return Uint8Array.from([...bytes, 0, 0, 0, 0]);
}

it("unpacks a block, Hadoop's wrapping of blocks, and a frame", () => {
  expect(text(unpackLz4Block(BLOCK, TEXT.length))).toBe(TEXT);
  const hadoop = Uint8Array.of(0, 0, 0, TEXT.length, 0, 0, 0, BLOCK.length, ...BLOCK);
  expect(text(unpackLz4Hadoop(hadoop, TEXT.length))).toBe(TEXT);
  expect(text(unpackLz4Hadoop(BLOCK, TEXT.length))).toBe(TEXT);
  expect(text(unpackLz4Frame(frame(0x60, [...BLOCK]), TEXT.length))).toBe(TEXT);
});

it("lets a block of a frame point back into the block before", () => {
  const back = [0x04, 5, 0, 0x10, 33];
  expect(text(unpackLz4Frame(frame(0x40, [...BLOCK], back), 26))).toBe(`${TEXT}xyz12xyz!`);
});

it("refuses what is cut short, reaches back too far, or has another length", () => {
  for (let n = 0; n < BLOCK.length; n++) {
    expect(() => unpackLz4Block(BLOCK.subarray(0, n), TEXT.length)).toThrow(RangeError);
  }
  expect(() => unpackLz4Block(BLOCK, TEXT.length - 1)).toThrow("damaged");
  expect(() => unpackLz4Block(Uint8Array.of(0x10, 97, 2, 0, 0), 5)).toThrow("damaged");
  expect(() => unpackLz4Frame(frame(0x60, [...BLOCK]).subarray(1), TEXT.length)).toThrow(
    RangeError,
  );
});
