import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rank, reference } from "../metric/reference.fixture.ts";
import { meanAveragePrecision } from "./average-precision.ts";
import { ndcg } from "./ndcg.ts";
import { meanReciprocalRank } from "./reciprocal-rank.ts";

const { relevance, score, firstOut } = rank;
const metrics = { ndcg, meanReciprocalRank, meanAveragePrecision };

describe("ranking metrics", () => {
  it("agree with scikit-learn on NDCG, ties averaged", () => {
    const value = (at: number | undefined, gain: "linear" | "exponential") =>
      ndcg(relevance, score, firstOut, { gain, ...(at && { at }) }).value;
    expect([
      value(undefined, "exponential"),
      value(3, "exponential"),
      value(undefined, "linear"),
      value(3, "linear"),
    ]).toEqual(reference.ndcg.map((v) => expect.closeTo(v, 12)));
  });

  it("agree with the mean over all orders of tied documents", () => {
    const mrr = (at: number) => meanReciprocalRank(relevance, score, firstOut, { at }).value;
    const map = (at: number) => meanAveragePrecision(relevance, score, firstOut, { at }).value;
    expect([mrr(99), mrr(2)]).toEqual(
      reference.meanReciprocalRank.map((v) => expect.closeTo(v, 12)),
    );
    expect([map(99), map(3)]).toEqual(
      reference.meanAveragePrecision.map((v) => expect.closeTo(v, 12)),
    );
  });

  it.each(Object.entries(metrics))(
    "%s is 1 for the best order, whatever the grades",
    (_, metric) => {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2 }), (grades) => {
          const all = [...grades, 1, 1, 0];
          const lists = [0, all.length - 2, all.length];
          // Two lists, each ranked by its own grades.
          const value = metric(
            all,
            all.map((g) => 10 * g + 1),
            lists,
            { empty: 1 },
          ).value;
          expect(value).toBeCloseTo(1, 12);
        }),
      );
    },
  );

  it.each(Object.entries(metrics))("%s does not see the order of rows", (_, metric) => {
    const flip = (values: readonly number[]) =>
      firstOut.slice(1).flatMap((end, q) => values.slice(firstOut[q], end).reverse());
    const plain = metric(relevance, score, firstOut);
    const flipped = metric(flip(relevance), flip(score), firstOut);
    expect(flipped.value).toBeCloseTo(plain.value, 12);
    expect(flipped.standardError).toBeCloseTo(plain.standardError, 12);
  });

  it.each(Object.entries(metrics))("%s counts a query of weight 2 as two", (_, metric) => {
    const once = metric(
      [...relevance, ...relevance.slice(0, 6)],
      [...score, ...score.slice(0, 6)],
      [...firstOut, 28],
    );
    const weight = Float64Array.of(2, 1, 1, 1);
    expect(metric(relevance, score, firstOut, { weight }).value).toBeCloseTo(once.value, 12);
  });

  it("leave out, or count, queries without a relevant document", () => {
    const lists = [0, 2, 4, 6];
    const grades = [1, 0, 0, 0, 0, 1];
    const scores = [2, 1, 2, 1, 2, 1];
    expect(meanReciprocalRank(grades, scores, lists).value).toBe(0.75);
    expect(meanReciprocalRank(grades, scores, lists, { empty: 0 }).value).toBe(0.5);
    expect(meanReciprocalRank(grades, scores, lists, { empty: 1 }).value).toBeCloseTo(2.5 / 3, 12);
  });

  it("refuse negative grades, and lists with nothing to find", () => {
    expect(() => ndcg([-1, 1], [1, 2], [0, 2])).toThrow(/relevance, row 0 is -1/);
    expect(() => ndcg([0, 0], [1, 2], [0, 2])).toThrow(/no query has a document/);
    expect(() => ndcg([1, Number.NaN], [1, 2], [0, 2])).toThrow(/relevance, row 1/);
    expect(() => ndcg([1, 0], [1], [0, 2])).toThrow(/score has 1 rows/);
    expect(() => ndcg([1, 0], [1, 2], [0, 2], { at: 0 })).toThrow(/at is 0/);
  });
});
