import fc from "fast-check";
import { PbfWriter } from "pbf";
import { expect, it } from "vitest";
import { WireReader } from "./wire.ts";

const reader = (write: (writer: PbfWriter) => void): WireReader => {
  const writer = new PbfWriter();
  write(writer);
  return new WireReader(writer.finish().slice());
};

const whole = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.nat(0xffffffff),
  fc.constantFrom(
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 33 + 5,
    2 ** 52 + 1,
    2 ** 53 - 1,
  ),
  fc.maxSafeNat(),
);

it("reads what another encoder wrote: unsigned, zigzag and two's complement", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(whole, fc.boolean()), { minLength: 1 }), (rows) => {
      const signed = rows.map(([n, isNegative]) => (isNegative && n > 0 ? -n : n));
      // pbf's zigzag doubles in floating point, so half of 2^53 is its limit.
      const halves = signed.map((n) => Math.trunc(n / 2));
      const unsigned = reader((w) => {
        for (const [n] of rows) w.writeVarint(n);
      });
      expect(rows.map(() => unsigned.uint())).toEqual(rows.map(([n]) => n));
      const zigzag = reader((w) => {
        for (const n of halves) w.writeSVarint(n);
      });
      expect(halves.map(() => zigzag.sint())).toEqual(halves.map((n) => n + 0));
      const complement = reader((w) => {
        for (const n of signed) w.writeVarint(n);
      });
      expect(signed.map(() => complement.int())).toEqual(signed);
    }),
  );
});

it("stays inside its end", () => {
  const bytes = Uint8Array.of(0x0a, 0x05, 1, 2);
  const tooLong = new WireReader(bytes);
  expect(tooLong.tag()).toBe(0x0a);
  expect(() => tooLong.message()).toThrow(expect.objectContaining({ code: "OSM_FORMAT" }));

  const inner = new WireReader(Uint8Array.of(0x80, 0x01), 0, 1);
  expect(() => inner.uint()).toThrow("a number is cut off");
  expect(() => new WireReader(new Uint8Array(11).fill(0xff)).uint()).toThrow("more than ten bytes");
  expect(() => new WireReader(Uint8Array.of(0)).skip(3)).toThrow("wire type 3");
  expect(() => new WireReader(Uint8Array.of(1, 2, 3)).skip(1)).toThrow("longer than");
  expect(new WireReader(new Uint8Array(0)).tag()).toBe(0);
});
