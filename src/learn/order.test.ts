import fc from "fast-check";
import { expect, it } from "vitest";
import { orderOf, ranksOf } from "./order.ts";

const numbers = fc.array(
  fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(-0),
  ),
);

it("orders as a stable sort of the indices does", () => {
  fc.assert(
    fc.property(numbers, (values) => {
      const wanted = values.map((_, i) => i);
      wanted.sort((a, b) => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : a - b));
      expect([...orderOf(values)]).toEqual(wanted);
    }),
  );
});

it("ranks by the number of distinct values below", () => {
  fc.assert(
    fc.property(numbers, (values) => {
      const { rank, ranks } = ranksOf(values);
      const distinct = [...new Set(values)];
      expect(ranks).toBe(distinct.length);
      values.forEach((value, i) => {
        expect(rank[i]).toBe(1 + distinct.filter((other) => other < value).length);
      });
    }),
  );
});
