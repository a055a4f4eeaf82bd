import { expect, test } from "vitest";
import type { MembershipState } from "../../schema/billing.ts";
import {
  type Change,
  inPeriods,
  landmarks,
  landmarkTimes,
  outcomeAfter,
  snapshotAt,
} from "./label.ts";
import { daysOf, horizonPeriod, msOfDays, periodOf } from "./period.ts";

const LETTERS: Record<string, MembershipState> = {
  f: "free",
  t: "trialing",
  A: "active",
  o: "auto_renew_off",
  g: "grace",
  h: "hold",
  p: "paused",
  v: "expired_voluntary",
  i: "expired_involuntary",
  w: "won_back",
};

/** A drawn timeline: a letter a day at which the state changes, a dot where it does not. */
function drawn(line: string, knownLate: Readonly<Record<number, number>> = {}): Change[] {
  return [...line].flatMap((letter, day) =>
    letter === "."
      ? []
      : [
          {
            state: LETTERS[letter]!,
            atMs: msOfDays(day),
            knownMs: msOfDays(knownLate[day] ?? day),
            billingInterval: "month" as const,
            intervalCount: 1,
            priceMinor: 999,
            currency: "EUR",
            plan: "monthly",
          },
        ],
  );
}

const day = (days: number): number => msOfDays(days);

test("at risk is who pays and renews, or whose payment failed and who has access", () => {
  const line = drawn("f..t..A..g..A..o..v..w..p..h..i");
  const isAtRisk = (at: number): boolean => snapshotAt(1, line, day(at)) !== undefined;
  expect([0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30].filter(isAtRisk)).toEqual([6, 9, 12, 21]);
});

test("a snapshot sees only what was known at its time", () => {
  const late = drawn("A....o", { 5: 9 });
  expect(snapshotAt(1, late, day(7))?.membership.state).toBe("active");
  expect(snapshotAt(1, late, day(9))).toBeUndefined();
});

test("payment goes on through grace and a renewal that was off, and begins anew after an end", () => {
  expect(snapshotAt(1, drawn("..A.g.A.o.A"), day(12))?.paidSinceMs).toBe(day(2));
  expect(snapshotAt(1, drawn("..A...v..w"), day(12))?.paidSinceMs).toBe(day(9));
});

test("switching renewal off is voluntary on that day, not when access ends", () => {
  const outcome = outcomeAfter(drawn("A.........o.......v"), day(2), day(30));
  expect(outcome).toEqual({ days: 5, cause: 1 });
});

test("lost access for failure to pay is involuntary on that day, through grace", () => {
  const outcome = outcomeAfter(drawn("A.........g....h.........i"), day(2), day(30));
  expect(outcome).toEqual({ days: 10, cause: 2 });
});

test("grace that ends well is no churn", () => {
  const outcome = outcomeAfter(drawn("A......g..A"), day(2), day(30));
  expect(outcome).toEqual({ days: 25, cause: 0 });
});

test("who leaves within the gap is not labelled: nothing could have been done", () => {
  expect(outcomeAfter(drawn("A...o"), day(2), day(30))).toBeUndefined();
  expect(outcomeAfter(drawn("A....o"), day(2), day(30))).toBeUndefined();
  expect(outcomeAfter(drawn("A.....o"), day(2), day(30))).toEqual({ days: 1, cause: 1 });
});

test("a pause ends watching without a label", () => {
  expect(outcomeAfter(drawn("A.........p"), day(2), day(30))).toEqual({ days: 5, cause: 0 });
});

test("nothing after the end of knowledge is known", () => {
  expect(outcomeAfter(drawn("A.........o"), day(2), day(8))).toEqual({ days: 3, cause: 0 });
  expect(outcomeAfter(drawn("A"), day(2), day(5))).toBeUndefined();
});

test("the periods meet at their bounds, and 7, 30 and 90 days are among them", () => {
  expect([0.1, 7, 7.01, 14, 30, 31, 90, 91].map(periodOf)).toEqual([1, 1, 2, 2, 4, 5, 8, 9]);
  expect(([7, 30, 90] as const).map(horizonPeriod)).toEqual([1, 4, 8]);
});

test("an event in a period that could not be watched to its end does not count", () => {
  // Else of the ninth to the twelfth day only those who left would be seen.
  expect(inPeriods({ days: 9, cause: 1 }, 12)).toEqual({ period: 1, cause: 0 });
  expect(inPeriods({ days: 9, cause: 1 }, 14)).toEqual({ period: 2, cause: 1 });
  expect(inPeriods({ days: 12, cause: 0 }, 12)).toEqual({ period: 1, cause: 0 });
  expect(inPeriods({ days: 3, cause: 2 }, 5)).toBeUndefined();
  expect(inPeriods({ days: 400, cause: 1 }, 500)).toEqual({ period: 8, cause: 0 });
  // Paused on the tenth day of many.
  expect(inPeriods({ days: 10, cause: 0 }, 90)).toEqual({ period: 1, cause: 0 });
});

test("landmarks are every so many days up to the last, of those at risk then", () => {
  const times = landmarkTimes(day(1), day(22), 7);
  expect(times.map(daysOf)).toEqual([1, 8, 15, 22]);
  const members = [
    { memberId: 4, changes: drawn("f.....A") },
    { memberId: 9, changes: drawn("A.........o") },
  ];
  expect(landmarks(members, times).map(({ memberId, atMs }) => [memberId, daysOf(atMs)])).toEqual([
    [4, 8],
    [4, 15],
    [4, 22],
    [9, 1],
    [9, 8],
  ]);
});
