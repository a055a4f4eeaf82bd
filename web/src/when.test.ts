import { expect, test } from "vitest";
import { dayName, dayStart, fromNow, monthName, monthOf, when } from "./when.ts";

const now = new Date(2026, 10, 19, 20, 15).getTime();

test.each([
  [new Date(2026, 10, 19, 7, 5), "today 07:05"],
  [new Date(2026, 10, 18, 18, 40), "yesterday 18:40"],
  [new Date(2026, 10, 18, 0, 0), "yesterday 00:00"],
  [new Date(2026, 10, 14, 9, 30), "Sat 09:30"],
  [new Date(2026, 10, 12, 9, 30), "12 Nov 09:30"],
  [new Date(2025, 10, 12, 9, 30), "12 Nov 2025 09:30"],
])("says %s as people do", (date, words) => {
  expect(when(date.getTime(), now)).toBe(words);
});

test("names months", () => {
  expect(monthName("2026-05")).toBe("May 2026");
  expect(monthOf(new Date(2026, 0, 31, 23, 59).getTime())).toBe("2026-01");
});

test("a day lasts from its midnight to the next, whatever the clocks do", () => {
  for (const day of ["2026-03-29", "2026-10-25", "2026-12-31"]) {
    expect(dayName(dayStart(day))).toBe(day);
    expect(dayName(dayStart(day, 1) - 1)).toBe(day);
  }
});

test.each([
  [30, "in a moment"],
  [-30, "just now"],
  [-3 * 3600, "3 hours ago"],
  [7 * 86_400, "in 7 days"],
  [-86_400, "yesterday"],
  [400 * 86_400, "next year"],
])("says %s seconds from now as people do", (seconds, words) => {
  expect(fromNow(now + seconds * 1000, now)).toBe(words);
});
