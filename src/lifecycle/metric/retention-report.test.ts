// Every figure of the Retention page counted by hand on seven members over a quarter, and identities that
// hold for any members.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MEMBERSHIP_STATES } from "../../schema/billing.ts";
import { retentionReportSchema } from "../../schema/retention.ts";
import { DAY_0, DAY_MS } from "../membership/drawn.fixture.ts";
import { type DrawnMember, drawLives } from "./lives.fixture.ts";
import { shareOf } from "./proportion.ts";
import type { RateTable } from "./recurring-revenue.ts";
import { firstSpellTimes } from "./retention-curve.ts";
import { prepareLives, retentionReport } from "./retention-report.ts";
import { choicesOf, segmentsOf } from "./segment.ts";

/*
 * day   0        10        20        30        40        50        60        70        80       89
 *       January                       |February                   |March
 * Ann   =5.00==========================grace==5.00============================================
 * Bea        trial14.......=9.00===========================left
 * Cem             =$6.00========================grace......dropped
 * Dia   =5.00==========================9.00===========================paused..........=9.00===
 * Eli      (joined on day 3, never paid)
 * Fay     =5.00=============off========left                            =9.00=(won back)========
 * Gus                                                                                 trial14..
 */
const SEVEN: readonly DrawnMember[] = [
  {
    joined: 0,
    lives: "0 active · 30 failed · 33 paid · 60 active",
    active: [0, 1, 40],
    isActivated: true,
    platform: "ios",
  },
  { joined: 5, lives: "5 trial14 · 19 active/plus · 49 left", active: [5], isActivated: true },
  { joined: 8, lives: "10 active/dollar · 40 failed · 54 dropped" },
  { joined: 0, lives: "0 active · 31 active/plus · 61 paused · 80 active" },
  { joined: 3 },
  { joined: 2, lives: { A: "2 active · 20 off · 32 left", B: "62 active/plus" } },
  { joined: 80, lives: "82 trial14", active: [89] },
];

function reportOf(members: readonly DrawnMember[], morning: number, rates?: RateTable) {
  const lives = drawLives(members, morning);
  const prepared = prepareLives(lives, DAY_0 + morning * DAY_MS, rates);
  return retentionReport(prepared, Array.from(members.keys()));
}

/** [day, value] wherever a series changes. */
function steps(series: readonly number[]): readonly (readonly [number, number])[] {
  return series.flatMap((value, i) => (value === series[i - 1] ? [] : [[i, value] as const]));
}

describe("seven members over a quarter", () => {
  const report = reportOf(SEVEN, 90);

  it("is a report of whole days", () => {
    expect(retentionReportSchema.parse(report)).toEqual(report);
    expect(report.days).toEqual({ fromMs: DAY_0, toMs: DAY_0 + 90 * DAY_MS, count: 90 });
    expect(report.members).toBe(7);
  });

  it("SUBS: who pays or owes at the end of each day", () => {
    expect(steps(report.subs.series)).toEqual([
      [0, 2],
      [2, 3],
      [10, 4],
      [19, 5],
      [32, 4],
      [49, 3],
      [54, 2],
      [61, 1],
      [62, 2],
      [80, 3],
    ]);
    expect(report.subs).toMatchObject({ value: 3, before: 1 });
  });

  it("MAU, WAU, DAU: active on one of 28, 7, 1 days", () => {
    expect(steps(report.mau.series)).toEqual([
      [0, 1],
      [5, 2],
      [29, 1],
      [33, 0],
      [40, 1],
      [68, 0],
      [89, 1],
    ]);
    expect(steps(report.wau.series)).toEqual([
      [0, 1],
      [5, 2],
      [8, 1],
      [12, 0],
      [40, 1],
      [47, 0],
      [89, 1],
    ]);
    expect(report.dau.value).toBe(1);
  });

  it("churn: who was in a paid spell 30 days before, and is out of it, by cause", () => {
    // On day 60: five at risk at the end of day 30; Bea and Fay left, Cem was dropped.
    expect(report.churn.series.voluntary[60]).toBe(0.4);
    expect(report.churn.series.involuntary[60]).toBe(0.2);
    // Nobody before the first could be at risk.
    expect(report.churn.series.voluntary[29]).toBe(null);
    // On day 89: Ann and Dia, of whom none went.
    expect(report.churn.all).toMatchObject({ count: 0, n: 2, value: 0, low: 0 });
    expect(report.churn.window.fromMs).toBe(DAY_0 + 60 * DAY_MS);
  });

  it("states: everybody in one", () => {
    const seen = report.states.filter(({ count }) => count > 0);
    expect(Object.fromEntries(seen.map(({ state, count }) => [state, count]))).toEqual({
      free: 1,
      trialing: 1,
      active: 2,
      won_back: 1,
      expired_voluntary: 1,
      expired_involuntary: 1,
    });
  });

  it("MRR and what moved it, each currency apart", () => {
    const zero = {
      new: 0,
      reactivated: 0,
      expansion: 0,
      resumed: 0,
      contraction: 0,
      paused: 0,
      churnedVoluntary: 0,
      churnedInvoluntary: 0,
    };
    const of = (currency: string) =>
      report.movements
        .filter((month) => month.currency === currency)
        .map(({ month, startMinor, endMinor, moved }) => [month, startMinor, moved, endMinor]);
    expect(of("EUR")).toEqual([
      ["2026-01", 0, { ...zero, new: 2400 }, 2400],
      ["2026-02", 2400, { ...zero, expansion: 400, churnedVoluntary: -1400 }, 1400],
      ["2026-03", 1400, { ...zero, paused: -900, reactivated: 900, resumed: 900 }, 2300],
    ]);
    expect(of("USD")).toEqual([
      ["2026-01", 0, { ...zero, new: 600 }, 600],
      ["2026-02", 600, { ...zero, churnedInvoluntary: -600 }, 0],
      ["2026-03", 0, zero, 0],
    ]);
    expect(report.movements.every(({ isPartial }) => !isPartial)).toBe(true);
  });

  it("MRR in one currency by given rates, and never without one", () => {
    const euros = reportOf(SEVEN, 50, { to: "EUR", rates: { USD: 0.9 } });
    expect(euros.mrr.map(({ currency, value, unpriced }) => [currency, value, unpriced])).toEqual([
      // Ann 500, Dia 900, Cem $6.00 at 0.9.
      ["EUR", 1940, 0],
    ]);
    const apart = reportOf(SEVEN, 50, { to: "EUR", rates: {} });
    expect(apart.mrr.map(({ value, unpriced }) => [value, unpriced])).toEqual([[1400, 1]]);
    expect(() => reportOf(SEVEN, 50, { to: "EUR", rates: { USD: 0 } })).toThrow(/above 0/);
  });

  it("activation and conversion: of those whose days are over", () => {
    expect(report.activation.share).toMatchObject({ count: 2, n: 7 });
    expect(
      report.activation.byCohort.map(({ month, share }) => [month, share.count, share.n]),
    ).toEqual([
      ["2026-01", 2, 6],
      ["2026-03", 0, 1],
    ]);
    // Gus joined less than 30 days ago.
    expect(report.conversion.freeToPaid.share).toMatchObject({ count: 5, n: 6 });
    expect(report.conversion.trialToPaid).toMatchObject({ open: 1, share: { count: 1, n: 1 } });
  });

  it("survival of first paid spells, by cause", () => {
    // 30 days: Bea and Fay of five; 44 days: Cem of three; Ann and Dia go on at 90.
    const { curve, medianDays, causes } = report.survival;
    const at = (days: number) => curve.value[curve.days.indexOf(days)];
    expect([at(24), at(30), at(42), at(48)]).toEqual([1, 0.6, 0.6, 0.4]);
    expect(curve.atRisk[curve.days.indexOf(36)]).toBe(3);
    expect(medianDays).toBe(44);
    const ends = causes.map(({ cause, curve: by }) => [cause, by.value.at(-1)]);
    expect(ends).toEqual([
      ["voluntary", 0.4],
      ["involuntary", 0.2],
    ]);
  });

  it("retention by cohort, classic periods too: won back counts, what is to come does not", () => {
    expect(report.cohorts).toHaveLength(1);
    const [january] = report.cohorts;
    expect(january).toMatchObject({ month: "2026-01", members: 5 });
    expect(january!.periods.map(({ period, share }) => [period, share.count, share.n])).toEqual([
      [1, 3, 5],
      [2, 3, 5],
    ]);
  });

  it("failed payments: share of ends, and cases made good", () => {
    expect(report.involuntary.share).toMatchObject({ count: 1, n: 3 });
    // Ann's case was paid after 3 days, Cem's never.
    expect(report.recovery.share).toMatchObject({ count: 1, n: 2 });
  });

  it("segments are settled once: the cohort, the plan first paid for, the platform", () => {
    const lives = drawLives(SEVEN, 90);
    const { spells } = prepareLives(lives, DAY_0 + 90 * DAY_MS);
    const choices = choicesOf(lives, spells);
    expect(choices.cohorts).toEqual([
      { value: "2026-01", members: 6 },
      { value: "2026-03", members: 1 },
    ]);
    expect(choices.plans.map(({ value, members }) => [value, members])).toEqual([
      ["basic", 3],
      ["dollar", 1],
      ["plus", 1],
    ]);
    const found = segmentsOf(lives, spells, 3).map(({ segment, members }) => [
      segment,
      members.length,
    ]);
    expect(found).toContainEqual([{}, 7]);
    expect(found).toContainEqual([{ plan: "basic" }, 3]);
    expect(found).toContainEqual([{ cohort: "2026-01", interval: "month" }, 5]);
    expect(found.every(([, members]) => Number(members) >= 3)).toBe(true);
  });
});

describe("spells that are learned of late", () => {
  it("enter when they are known, and are left out when they were over by then", () => {
    const members = [
      { joined: 0, lives: "0+20 active" },
      { joined: 0, lives: "0+40 active · 10+30 left" },
      { joined: 0, lives: "0 active · 30 left" },
    ];
    const prepared = prepareLives(drawLives(members, 50), DAY_0 + 50 * DAY_MS);
    const times = firstSpellTimes(prepared.spells, [0, 1, 2], prepared.range);
    expect([...times.time]).toEqual([50, 30]);
    expect([...times.entry]).toEqual([20, 0]);
    expect(Array.from(times.cause)).toEqual([0, 1]);
  });
});

describe("a share", () => {
  it("has Wilson's interval as Newcombe published it", () => {
    // Statistics in Medicine 17 (1998), table I, method 3.
    for (const [count, n, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      const share = shareOf(count, n);
      expect(share.low).toBeCloseTo(low, 4);
      expect(share.high).toBeCloseTo(high, 4);
    }
    expect(shareOf(0, 0)).toEqual({ value: null, low: null, high: null, count: 0, n: 0 });
    expect(shareOf(7, 7).high).toBe(1);
  });
});

describe("any members", () => {
  const word = fc.constantFrom(
    ...["trial14", "active", "active/plus", "active/year", "active/dollar", "off", "grace", "hold"],
    ...["paused", "ended", "left", "dropped", "failed", "paid"],
  );
  const life = fc
    .array(fc.record({ gap: fc.integer({ min: 0, max: 40 }), word }), {
      minLength: 1,
      maxLength: 8,
    })
    .map((entries) => {
      let at = 0;
      const drawn = entries.map(({ gap, word: said }) => {
        at += gap;
        return `${at} ${said}`;
      });
      return drawn.join(" · ");
    });
  const member = fc.record({
    joined: fc.integer({ min: 0, max: 90 }),
    lives: fc.array(life, { minLength: 1, maxLength: 2 }).map((drawn) => {
      return Object.fromEntries(drawn.map((drawing, i) => ["AB"[i]!, drawing]));
    }),
    active: fc
      .uniqueArray(fc.integer({ min: 0, max: 119 }), { maxLength: 20 })
      .map((days) => days.sort((a, b) => a - b)),
  });
  const members = fc.array(member, { minLength: 1, maxLength: 6 });

  it("revenue of a month is that before it and what moved it", () => {
    fc.assert(
      fc.property(members, (drawn) => {
        for (const { startMinor, endMinor, moved } of reportOf(drawn, 120).movements) {
          const sum = Object.values(moved).reduce((a, b) => a + b, 0);
          expect(endMinor - startMinor).toBe(sum);
          for (const loss of [moved.contraction, moved.paused, moved.churnedVoluntary]) {
            expect(loss).toBeLessThanOrEqual(0);
          }
        }
      }),
    );
  });

  it("subscribers are those that began less those that ended, and states part the members", () => {
    fc.assert(
      fc.property(members, (drawn) => {
        const lives = drawLives(drawn, 120);
        const prepared = prepareLives(lives, DAY_0 + 120 * DAY_MS);
        const report = retentionReport(prepared, Array.from(drawn.keys()));
        expect(report.subs.series).toEqual(replayed(lives, report.days.fromMs, report.days.count));
        const standing = report.states.reduce((sum, { count }) => sum + count, 0);
        expect(standing).toBe(report.members);
        const { all, voluntary, involuntary } = report.churn;
        expect(voluntary.count + involuntary.count).toBe(all.count);
      }),
    );
  });

  it("active members are those with a day in the window", () => {
    fc.assert(
      fc.property(members, (drawn) => {
        const report = reportOf(drawn, 120);
        const from = (report.days.fromMs - DAY_0) / DAY_MS;
        for (const [width, { series }] of [
          [28, report.mau],
          [7, report.wau],
          [1, report.dau],
        ] as const) {
          const wanted = series.map((_, i) => {
            const to = from + i;
            return drawn.filter(({ active }) => active.some((n) => n <= to && n > to - width))
              .length;
          });
          expect(series).toEqual(wanted);
        }
      }),
    );
  });

  it("survival and the incidences of both causes sum to 1", () => {
    fc.assert(
      fc.property(members, (drawn) => {
        const { curve, causes } = reportOf(drawn, 120).survival;
        for (const [i, survival] of curve.value.entries()) {
          const sum = causes.reduce((total, by) => total + by.curve.value[i]!, survival);
          expect(sum).toBeCloseTo(1, 4);
        }
      }),
    );
  });

  it("segments of one kind sum to everybody", () => {
    fc.assert(
      fc.property(members, (drawn) => {
        const prepared = prepareLives(drawLives(drawn, 120), DAY_0 + 120 * DAY_MS);
        const all = retentionReport(prepared, Array.from(drawn.keys()));
        const cohorts = segmentsOf(prepared.lives, prepared.spells, 1).filter(
          ({ segment }) => segment.cohort && Object.keys(segment).length === 1,
        );
        const reports = cohorts.map((own) => retentionReport(prepared, own.members));
        const summed = all.subs.series.map((_, i) =>
          reports.reduce((sum, { subs }) => sum + subs.series[i]!, 0),
        );
        expect(summed).toEqual(all.subs.series);
      }),
    );
  });
});

/** SUBS by going through each member's changes day by day. */
function replayed(
  { changes }: ReturnType<typeof drawLives>,
  fromMs: number,
  days: number,
): number[] {
  return Array.from({ length: days }, (_, i) => {
    let count = 0;
    for (let member = 0; member + 1 < changes.firstChange.length; member++) {
      let hasPaid = false;
      let state: string = "free";
      for (let row = changes.firstChange[member]!; row < changes.firstChange[member + 1]!; row++) {
        if (changes.atMs[row]! >= fromMs + (i + 1) * DAY_MS) break;
        state = MEMBERSHIP_STATES[changes.state[row]!]!;
        if (/^(active|won_back|auto_renew_off)$/.test(state)) hasPaid = true;
        if (/^(expired|free)/.test(state)) hasPaid = false;
      }
      if (hasPaid && !/^(trialing|paused)$/.test(state)) count++;
    }
    return count;
  });
}
