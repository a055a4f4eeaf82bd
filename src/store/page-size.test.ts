import { expect, it } from "vitest";
import { createPageSize, pageSizeDefaults } from "./page-size.ts";

const events = (count: number, chars: number) =>
  Array.from({ length: count }, () => ({ payload: { text: "x".repeat(chars) } }));

it("grows to the most while events are small, and shrinks at once when they are not", () => {
  const size = createPageSize(20_000);
  const limits = [size.limit];
  for (let i = 0; i < 4; i++) {
    size.learn(events(size.limit, 100));
    limits.push(size.limit);
  }
  expect(limits).toEqual([1000, 4000, 16_000, 20_000, 20_000]);
  size.learn(events(size.limit, 3000));
  expect(size.limit * 3000).toBeLessThanOrEqual(pageSizeDefaults.bytes);
  size.learn(events(100, 1_000_000));
  expect(size.limit).toBe(500);
  size.learn([]);
  expect(size.limit).toBe(500);
});

it("is never more than is asked for", () => {
  const size = createPageSize(10);
  size.learn(events(10, 1));
  expect(size.limit).toBe(10);
});
