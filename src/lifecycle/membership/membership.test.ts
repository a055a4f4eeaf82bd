// Histories drawn by hand, every cell of the table of transitions, and what holds for any history.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SubscriptionObservation } from "../../schema/billing.ts";
import type { MemberEvent } from "../../schema/member-event.ts";
import { DAY_0, DAY_MS, drawEvents, readChanges } from "./drawn.fixture.ts";
import { type FoldOptions, foldMembership, membershipAt } from "./fold-membership.ts";
import { PHASES, type Phase, TRANSITIONS, WORDS, type Word } from "./transition.ts";

const fold = (lives: Parameters<typeof drawEvents>[0], options?: FoldOptions) =>
  readChanges(foldMembership(drawEvents(lives), options));
const day = (n: number): number => DAY_0 + n * DAY_MS;
/** Before silence says anything. */
const soon = (n: number): FoldOptions => ({ asOf: day(n) });

describe("a membership", () => {
  it("is free while nothing was said", () => {
    expect(foldMembership([])).toEqual([]);
    expect(fold("3 paid · 4 failed")).toBe("");
  });

  it("begins with a trial that is paid for", () => {
    expect(fold("0 trial14 · 14 active · 44 active", soon(50))).toBe(
      "0 trialing/basic · 14 active/basic",
    );
  });

  it("of a trial that nobody paid for is free again, never an expiry", () => {
    expect(fold("0 trial14 · 3 trial11off · 14 left")).toBe("0 trialing/basic · 14 free");
    expect(fold("0 trial14 · 14 failed · 20 failed · 28 dropped")).toBe(
      "0 trialing/basic · 14 grace/basic · 28 free",
    );
  });

  it("knows renewal off, on again, and off until the end", () => {
    expect(fold("0 active · 5 off · 9 active · 30 active · 40 off · 60 left")).toBe(
      [
        "0 active/basic",
        "5 auto_renew_off/basic",
        "9 active/basic",
        "40 auto_renew_off/basic",
        "60 expired_voluntary",
      ].join(" · "),
    );
  });

  it("that fails to pay is in grace, on hold, and recovers by a payment or by the processor's word", () => {
    const told = "0 active · 30 grace16 · 46 hold · 50 paid";
    const recovered = "0 active/basic · 30 grace/basic · 46 hold/basic · 50 active/basic";
    expect(fold(told, soon(60))).toBe(recovered);
    expect(fold("0 active · 30 failed · 46 hold · 50 active", soon(60))).toBe(recovered);
  });

  it("ends for want of payment where a try had failed, whatever reason is given", () => {
    for (const end of ["ended", "dropped", "left", "refunded"]) {
      expect(fold(`0 active · 30 failed · 44 ${end}`)).toBe(
        "0 active/basic · 30 grace/basic · 44 expired_involuntary",
      );
    }
  });

  it("ends by choice where renewal was off before a try failed, and where the money was asked back", () => {
    expect(fold("0 active · 20 off · 25 failed · 30 ended")).toContain("30 expired_voluntary");
    expect(fold("0 active · 12 refunded")).toBe("0 active/basic · 12 expired_voluntary");
    expect(fold("0 active · 30 failed · 33 paid · 60 ended")).toContain("60 expired_voluntary");
  });

  it("is not failed by a customer who mistypes a card", () => {
    expect(fold("0 active · 12 mistyped · 30 active", soon(40))).toBe("0 active/basic");
  });

  it("pauses and goes on", () => {
    expect(fold("0 active · 30 paused · 90 active", soon(100))).toBe(
      "0 active/basic · 30 paused/basic · 90 active/basic",
    );
  });

  it("is won back after an expiry, until the next change", () => {
    expect(fold({ A: "0 active · 30 left", B: "70 active · 80 active/plus" }, soon(100))).toBe(
      "0 active/basic · 30 expired_voluntary · 70 won_back/basic · 80 active/plus",
    );
    expect(fold({ A: "0 active · 30 left", B: "70 trial14 · 84 left" })).toBe(
      "0 active/basic · 30 expired_voluntary · 70 trialing/basic · 84 expired_voluntary",
    );
  });

  it("changes plan in place, and by another subscription without an expiry between", () => {
    expect(fold("0 active · 30 active/plus · 60 active/year", soon(70))).toBe(
      "0 active/basic · 30 active/plus · 60 active/year",
    );
    expect(fold({ A: "0 active · 30 left", B: "30.5 active/plus" }, soon(40))).toBe(
      "0 active/basic · 30.5 active/plus",
    );
  });

  it("of several subscriptions is that of the best", () => {
    const lives = { A: "0 active · 30 failed · 50 dropped", B: "40 active/year" };
    expect(fold(lives, soon(60))).toBe("0 active/basic · 30 grace/basic · 40 active/year");
    expect(fold({ A: "0 active", B: "5 trial14/plus · 19 left" }, soon(25))).toBe("0 active/basic");
  });

  it("that is heard of late began when its processor says", () => {
    const events = drawEvents("0 trial14 · 14 active · 40 off").slice(2);
    expect(readChanges(foldMembership(events, soon(44)))).toBe(
      "0 trialing/basic · 14 active/basic · 40 auto_renew_off/basic",
    );
    expect(foldMembership(events).every(({ knownMs }) => knownMs >= day(40))).toBe(true);
    const end = drawEvents("0 active · 44 ended").slice(1);
    expect(readChanges(foldMembership(end))).toBe("0 active/basic · 44 expired_voluntary");
    // The id of a store's subscription outlives gaps.
    const store = drawEvents("0 active · 400 active", "app_store").slice(1);
    expect(readChanges(foldMembership(store, soon(410)))).toBe("400 active/basic");
  });

  it("keeps a price that a word leaves out", () => {
    const [first, second] = drawEvents("0 active · 30 active");
    const payload = { ...(second!.payload as SubscriptionObservation), priceMinor: null };
    const changes = foldMembership([first!, { ...second!, payload }], soon(40));
    expect(changes).toHaveLength(1);
    expect(changes[0]!.priceMinor).toBe(500);
  });

  it("gives a payment without a subscription to the only one, and to none of several", () => {
    const bare = (events: MemberEvent[]) =>
      events.map((event) =>
        event.kind === "payment"
          ? { ...event, payload: { ...event.payload, subscriptionId: null } }
          : event,
      );
    const one = bare(drawEvents("0 active · 30 failed"));
    expect(readChanges(foldMembership(one, soon(40)))).toContain("30 grace/basic");
    const two = bare(drawEvents({ A: "0 active · 10 failed", B: "0 active" }));
    expect(readChanges(foldMembership(two, soon(20)))).toBe("0 active/basic");
  });
});

describe("silence", () => {
  // Day 30 is the end of what was paid; a renewal may be one period (31) and three days late.
  it("ends what should have renewed, once a whole period passed without word", () => {
    expect(fold("0 active", soon(63.9))).toBe("0 active/basic");
    expect(fold("0 active", soon(64))).toBe("0 active/basic · 64 expired_voluntary");
    expect(fold("0 active/year")).toBe("0 active/year · 410 expired_voluntary");
    expect(fold("0 active/week")).toBe("0 active/week · 17 expired_voluntary");
    // One lost renewal is no end.
    expect(fold("0 active · 60 active", soon(70))).toBe("0 active/basic");
    expect(fold("0 active · 30 paid", soon(90))).toBe("0 active/basic");
  });

  it("ends what was switched off a day after it was over", () => {
    expect(fold("0 active · 10 off")).toContain("10 auto_renew_off/basic · 31 expired_voluntary");
    expect(fold("0 trial14off")).toBe("0 trialing/basic · 15 free");
    expect(fold("0 trial14")).toBe("0 trialing/basic · 48 free");
  });

  it("ends a grace of a given length in hold, and a case after 60 days", () => {
    expect(fold("0 active · 30 grace16")).toBe(
      "0 active/basic · 30 grace/basic · 47 hold/basic · 90 expired_involuntary",
    );
    expect(fold("0 active · 30 failed · 33 failed")).toBe(
      "0 active/basic · 30 grace/basic · 90 expired_involuntary",
    );
  });

  it("is taken back by a word of the same period, and by the end itself", () => {
    const events = drawEvents("0 active · 66 dropped");
    expect(readChanges(foldMembership(events, soon(65)))).toContain("64 expired_voluntary");
    expect(readChanges(foldMembership(events))).toBe("0 active/basic · 66 expired_involuntary");
    expect(fold("0 active · 66 hold", soon(70))).toBe("0 active/basic · 66 hold/basic");
    // A new period after a gap is a return.
    expect(fold("0 active · 80 active", soon(90))).toBe(
      "0 active/basic · 64 expired_voluntary · 80 won_back/basic",
    );
  });
});

describe("the table of transitions", () => {
  const prelude: Readonly<Record<Exclude<Phase, "unknown">, string>> = {
    trialing: "0 trial14",
    active: "0 active",
    off: "0 active · 10 off",
    grace: "0 active · 12 grace",
    hold: "0 active · 12 hold",
    paused: "0 active · 12 paused",
    lapsed: "0 trial14 · 14 left",
    ended_voluntary: "0 active · 14 left",
    ended_involuntary: "0 active · 14 dropped",
  };
  const drawn: Readonly<Record<Word, string>> = {
    trialing: "trial14",
    active: "active",
    off: "off",
    grace: "grace",
    hold: "hold",
    paused: "paused",
    end_unpaid: "left",
    end_voluntary: "left",
    end_involuntary: "dropped",
    payment_failed: "failed",
    payment_succeeded: "paid",
  };
  const states: Readonly<Record<Phase, string>> = {
    unknown: "free",
    trialing: "trialing",
    active: "active",
    off: "auto_renew_off",
    grace: "grace",
    hold: "hold",
    paused: "paused",
    lapsed: "free",
    ended_voluntary: "expired_voluntary",
    ended_involuntary: "expired_involuntary",
  };

  const cells = Object.entries(prelude).flatMap(([from, history]) =>
    WORDS.map((word) => [from as Phase, word, history] as const),
  );
  it.each(cells)("from %s by %s", (from, word, history) => {
    // An end is unpaid where nothing was paid, and only there; with a case open it is involuntary.
    const isPaid = !["trialing", "lapsed"].includes(from);
    if (word.startsWith("end_") && (word === "end_unpaid") === isPaid) return;
    if ((from === "grace" || from === "hold") && word === "end_voluntary") return;
    const changes = foldMembership(drawEvents(`${history} · 16 ${drawn[word]}`), soon(16));
    const { state } = membershipAt(changes, day(16)) ?? { state: "free" };
    const wanted = states[TRANSITIONS[from][word]];
    const isReturn = from.startsWith("ended_") && wanted === "active";
    expect(state).toBe(isReturn ? "won_back" : wanted);
  });

  it("is the one of the guide", () => {
    const guide = readFileSync(
      new URL("../../../docs/guide/retention.md", import.meta.url),
      "utf8",
    );
    const table = /<!-- transitions.*-->\n([^<]*)<!-- \/transitions/.exec(guide)![1]!;
    const [head, , ...rows] = table
      .trim()
      .split("\n")
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    expect(head!.slice(1)).toEqual([...WORDS]);
    // A dot: it stays.
    const shown = rows.map(([phase, ...cells]) => [phase, cells]);
    const wanted = PHASES.map((phase) => [
      phase,
      WORDS.map((word) => (TRANSITIONS[phase][word] === phase ? "·" : TRANSITIONS[phase][word])),
    ]);
    expect(shown).toEqual(wanted);
  });

  it("knows every word in every phase", () => {
    for (const phase of PHASES) {
      expect(Object.keys(TRANSITIONS[phase]).sort()).toEqual([...WORDS].sort());
      for (const word of WORDS) expect(PHASES).toContain(TRANSITIONS[phase][word]);
    }
  });
});

describe("a log that others wrote to", () => {
  const [start, ...rest] = drawEvents("0 active · 30 failed · 33 paid · 60 left");
  const damaged = (payload: unknown, kind = "subscription"): MemberEvent =>
    ({ ...start!, seq: 99, kind, payload }) as MemberEvent;

  it("takes what is missing as not said: a grace without its end is collected for", () => {
    const { graceEndMs: _, ...grace } = drawEvents("0 active · 12 grace")[1]!
      .payload as SubscriptionObservation;
    const late = { ...damaged(grace), seq: 2, eventMs: day(12), createdMs: day(12) };
    expect(readChanges(foldMembership([start!, late]))).toBe(
      "0 active/basic · 12 grace/basic · 72 expired_involuntary",
    );
  });

  it("passes over what it cannot read, tells of it, and folds the rest", () => {
    const wanted = readChanges(foldMembership([start!, ...rest]));
    const said = start!.payload as SubscriptionObservation;
    for (const payload of [
      null,
      "active",
      [],
      {},
      { ...said, status: "sleeping" },
      { ...said, interval: "fortnight" },
      { ...said, intervalCount: 1e15 },
      { ...said, intervalCount: "1" },
      { ...said, subscriptionId: 7 },
      { ...said, graceEndMs: "tomorrow" },
      { ...said, periodEndMs: 1e300 },
      { ...said, priceMinor: 4.5 },
      { ...said, processor: "paypal" },
    ]) {
      const told: number[] = [];
      const events = [start!, ...rest, damaged(payload)];
      const changes = foldMembership(events, { onUnreadable: ({ seq }) => told.push(seq) });
      expect(readChanges(changes)).toBe(wanted);
      expect(told).toEqual([99]);
    }
  });

  it("comes to an end whatever the payloads are, with values that a database can keep", () => {
    const said = fc.constantFrom(
      ...drawEvents("0 trial14 · 3 grace9 · 14 active/year · 20 failed · 21 hold · 30 dropped"),
    );
    const odd = fc.record({
      event: said,
      fields: fc.dictionary(
        fc.constantFrom(
          ...["status", "graceEndMs", "periodEndMs", "trialEndMs", "endedMs", "interval"],
          ...[
            "intervalCount",
            "isRenewing",
            "subscriptionId",
            "priceMinor",
            "outcome",
            "amountMinor",
          ],
        ),
        fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, 0, 1.5, 8.64e15, -8.64e15, "grace")),
      ),
      atMs: fc.integer({ min: 0, max: 8.64e15 }),
    });
    fc.assert(
      fc.property(fc.array(odd, { maxLength: 8 }), (all) => {
        const events = all.map(({ event, fields, atMs }, i) => ({
          ...event,
          payload: { ...event.payload, ...fields },
          eventMs: atMs,
          createdMs: atMs,
          seq: i + 1,
        })) as MemberEvent[];
        for (const change of foldMembership(events)) {
          for (const ms of [change.atMs, change.knownMs, change.periodEndMs ?? 0]) {
            expect(Number.isSafeInteger(ms)).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("any history", () => {
  const word = fc.constantFrom(
    ...["trial7", "trial7off", "active", "active/plus", "active/year", "off", "grace", "grace5"],
    ...["hold", "paused", "ended", "left", "dropped", "refunded", "failed", "mistyped", "paid"],
  );
  const life = fc
    .array(
      fc.record({
        gap: fc.integer({ min: 0, max: 50 }),
        late: fc.integer({ min: 0, max: 9 }),
        word,
      }),
      {
        minLength: 1,
        maxLength: 10,
      },
    )
    .map((entries) => {
      let at = 0;
      return entries
        .map(({ gap, late, word: said }) => {
          at += gap;
          return `${at}+${late} ${said}`;
        })
        .join(" · ");
    });
  const lives = fc
    .array(life, { minLength: 1, maxLength: 3 })
    .map((drawings) => Object.fromEntries(drawings.map((drawing, i) => ["ABC"[i], drawing])));

  it("is folded alike in any order and however often it is told", () => {
    fc.assert(
      fc.property(lives, fc.integer(), (drawing, seed) => {
        const events = drawEvents(drawing);
        const mixed = [...events, ...events.slice(0, 4)].sort(
          (a, b) => ((a.seq * 7919 + seed) % 101) - ((b.seq * 7919 + seed) % 101),
        );
        expect(foldMembership(mixed)).toEqual(foldMembership(events));
      }),
    );
  });

  it("has dates that rise and changes that change something", () => {
    fc.assert(
      fc.property(lives, (drawing) => {
        const changes = foldMembership(drawEvents(drawing));
        for (let i = 1; i < changes.length; i++) {
          const { atMs: _a, knownMs: _k, periodEndMs: _p, ...before } = changes[i - 1]!;
          const { atMs, knownMs, periodEndMs: _, ...after } = changes[i]!;
          expect(atMs).toBeGreaterThan(changes[i - 1]!.atMs);
          expect(knownMs).toBeGreaterThanOrEqual(atMs);
          expect(after).not.toEqual(before);
        }
        expect(changes[0]?.state).not.toBe("free");
      }),
    );
  });

  it("as it was known at a moment never changes by what is known later", () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: 0, max: 300 }), (drawing, n) => {
        const events = drawEvents(drawing);
        const known = events.filter((e) => e.createdMs <= day(n) && e.eventMs <= day(n));
        expect(foldMembership(events, { asOf: day(n) })).toEqual(
          foldMembership(known, { asOf: day(n) }),
        );
      }),
    );
  });

  it("goes on by silence alone as it was foretold", () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: 0, max: 200 }), (drawing, n) => {
        const events = drawEvents(drawing);
        const asOf = Math.max(...events.map(({ createdMs }) => createdMs)) + n * DAY_MS;
        const foretold = foldMembership(events).filter(({ knownMs }) => knownMs <= asOf);
        expect(foldMembership(events, { asOf })).toEqual(foretold);
      }),
    );
  });
});
