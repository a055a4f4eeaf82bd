// The simulated members: the same twice, counterfactuals that pair, and the published figures.
import { describe, expect, it } from "vitest";
import {
  MemberWorld,
  type MemberWorldOptions,
  Moments,
  reportWorld,
  SCENARIOS,
  type ScenarioName,
  TARGETS,
} from "./index.ts";
import type { Life, Witness } from "./life.ts";

const UNTIL = Date.UTC(2026, 10, 20, 12);
const small: MemberWorldOptions = { seed: 5, members: 120, until: UNTIL, days: 120 };

/** What happens, by member, one line each. */
class Diary implements Witness {
  readonly days = new Map<number, string[]>();
  readonly billed = new Map<number, string[]>();
  readonly left: { member: number; day: number; cause: "voluntary" | "involuntary" }[] = [];

  signedUp(): void {}
  mailed(): void {}
  pushed(): void {}
  cardRenewed(life: Life, day: number): void {
    this.#note(this.billed, life, `${day} card`);
  }
  subscribed(life: Life, day: number): void {
    this.#note(this.billed, life, `${day} subscribed ${life.subscription}`);
  }
  charged(life: Life, day: number, charge: { decline: number }): void {
    this.#note(this.billed, life, `${day} charge ${charge.decline}`);
  }
  used(life: Life, day: number): void {
    this.#note(this.days, life, String(day));
  }
  renewalOff({ person }: Life, day: number): void {
    this.left.push({ member: person.index, day, cause: "voluntary" });
  }
  ended(life: Life, day: number, cause: "voluntary" | "involuntary"): void {
    this.#note(this.billed, life, `${day} ended ${cause}`);
    const isFirstWord = cause === "involuntary" || life.caseDay >= 0;
    // Who gives up on an unpaid bill is lost to it.
    if (isFirstWord) this.left.push({ member: life.person.index, day, cause: "involuntary" });
  }

  #note(diary: Map<number, string[]>, { person }: Life, line: string): void {
    const lines = diary.get(person.index);
    if (lines) lines.push(line);
    else diary.set(person.index, [line]);
  }
}

function live(options: MemberWorldOptions): Diary {
  const diary = new Diary();
  const world = new MemberWorld(options, diary);
  while (world.step());
  return diary;
}

describe("the simulated members", () => {
  it("say the same for the same seed, and something else for another", () => {
    const say = (seed: number) => JSON.stringify([...reportWorld({ ...small, seed }).days]);
    const once = say(5);
    expect(say(5)).toBe(once);
    expect(say(6)).not.toBe(once);
  });

  it("do not depend on how many there are", () => {
    const few = live({ ...small, members: 40 });
    const many = live(small);
    for (let i = 0; i < 40; i++) {
      expect(few.billed.get(i)).toEqual(many.billed.get(i));
      expect(few.days.get(i)).toEqual(many.days.get(i));
    }
  });

  it("pair: banks that behave otherwise leave every day's use as it was while access lasts", () => {
    const harsh = live({
      ...small,
      change: (scenario) => ({
        ...scenario,
        retry: { ...scenario.retry, funded: 0, technical: 0 },
      }),
    });
    const asIs = live(small);
    expect(harsh.left).not.toEqual(asIs.left);
    for (let i = 0; i < small.members; i++) {
      const lost = harsh.left.find(({ member, cause }) => member === i && cause === "involuntary");
      const until = lost?.day ?? Number.POSITIVE_INFINITY;
      const daysOf = (diary: Diary) => diary.days.get(i)?.filter((day) => Number(day) < until);
      expect(daysOf(harsh)).toEqual(daysOf(asIs));
    }
  });

  it("pair: who is never paid for draws nothing from anybody else", () => {
    // Nobody comes back: all that happens before a first end is the same.
    const none = live({ ...small, change: (scenario) => ({ ...scenario, comeBack: 0 }) });
    const asIs = live(small);
    let changed = 0;
    for (let i = 0; i < small.members; i++) {
      const [with_, without] = [asIs.billed.get(i) ?? [], none.billed.get(i) ?? []];
      const back = with_.findIndex((line) => line.endsWith("subscribed 2"));
      if (back >= 0) changed++;
      const until = back < 0 ? Number.POSITIVE_INFINITY : Number.parseInt(with_[back]!, 10);
      const early = (lines: readonly string[]) =>
        lines.filter((line) => Number.parseInt(line, 10) < until);
      expect(early(with_)).toEqual(early(without));
    }
    expect(changed).toBeGreaterThan(2);
  });

  it("tell in order, mostly at once, some late, some twice, nothing from the future", () => {
    const { world, days } = reportWorld({ ...small, members: 400 });
    const ids = new Set<string>();
    let [count, late, twice] = [0, 0, 0];
    for (const { day, messages, webhooks } of days) {
      if (day < world.firstDay) expect(messages).toEqual([]);
      let before = 0;
      for (const { messageId, timestamp, sentAt } of messages) {
        const [said, sent] = [Date.parse(timestamp), Date.parse(sentAt)];
        expect(said).toBeLessThanOrEqual(sent);
        expect(sent).toBeLessThan(UNTIL);
        count++;
        if (ids.has(messageId)) twice++;
        else {
          expect(sent).toBeGreaterThanOrEqual(before);
          before = sent;
        }
        ids.add(messageId);
        if (sent - said > 3_600_000) late++;
      }
      for (const { created } of webhooks) expect(created * 1000).toBeLessThan(UNTIL);
    }
    expect(count).toBeGreaterThan(5000);
    expect(late / count).toBeGreaterThan(0.015);
    expect(late / count).toBeLessThan(0.05);
    expect(twice / count).toBeGreaterThan(0.001);
  });

  it("open the app on the days of their outings", () => {
    const day = Math.floor(UNTIL / 86_400_000) - 10;
    const outingMs = day * 86_400_000 + 9 * 3_600_000;
    const known = [
      { userId: "athlete-01", name: "Lea Moser", athleteId: 7, outingsMs: [outingMs] },
    ];
    const said = [...reportWorld({ ...small, members: 1, known }).days].flatMap((d) => d.messages);
    expect(said.find(({ type }) => type === "identify")).toMatchObject({
      userId: "athlete-01",
      traits: { name: "Lea Moser", athleteId: 7 },
    });
    const opened = said.filter(({ event }) => event === "Application Opened");
    expect(opened.some((m) => Math.floor(Date.parse(m.timestamp) / 86_400_000) === day)).toBe(true);
  });

  it("keep to the null world: messages change nothing", () => {
    const loud = (world: "W0" | "W4") =>
      live({
        ...small,
        world,
        change: (scenario) => ({
          ...scenario,
          message: { ...scenario.message, digestDays: 2, openedBase: 3, unsubscribe: 0 },
        }),
      });
    const quiet = (world: "W0" | "W4") =>
      live({
        ...small,
        world,
        change: (scenario) => ({
          ...scenario,
          message: { ...scenario.message, openedBase: 0, unsubscribe: 0 },
        }),
      });
    expect(loud("W4").days).toEqual(quiet("W4").days);
    expect(loud("W0").days).not.toEqual(quiet("W0").days);
  });

  it("drift in mid-run: a price that rises, a holiday, other codes", () => {
    const { days, world } = reportWorld({ ...small, members: 500, world: "W5" });
    const prices = new Set<number>();
    const reasons = { before: [0, 0], after: [0, 0] };
    for (const { day, webhooks } of days) {
      for (const { type, data } of webhooks) {
        if (type === "charge.succeeded") prices.add(data.object.amount as number);
        if (type !== "charge.failed") continue;
        const { reason } = data.object.outcome as { reason: string };
        const when = day < world.codesDay ? reasons.before : reasons.after;
        if (reason === "insufficient_funds") when[0]!++;
        else if (reason === "do_not_honor") when[1]!++;
      }
    }
    expect(prices).toContain(799);
    expect(prices).toContain(999);
    const said = ([funds, honor]: readonly number[]) => funds! / (funds! + honor!);
    expect(said(reasons.after)).toBeLessThan(0.5 * said(reasons.before));
  });
});

describe("the truth", () => {
  it("adds up to what happens", () => {
    const diary = new Diary();
    const world = new MemberWorld({ seed: 11, members: 2500, until: UNTIL }, diary);
    const snapshot = world.lastDay - 95;
    world.liveUntil(snapshot);
    const truth = world.truth(4);
    while (world.step());
    const from = snapshot + 3;
    const first = new Map<number, (typeof diary.left)[number]>();
    for (const end of diary.left) {
      if (end.day >= snapshot && !first.has(end.member)) first.set(end.member, end);
    }
    for (const cause of ["voluntary", "involuntary"] as const) {
      const expected = truth.reduce((sum, chances) => sum + chances[cause][2]!, 0);
      const came = truth.filter(({ member }) => {
        const end = first.get(member);
        return end?.cause === cause && end.day >= from && end.day < from + 90;
      }).length;
      // Sums of independent chances: four standard deviations of a Poisson number.
      expect(Math.abs(came - expected)).toBeLessThan(4 * Math.sqrt(expected));
      expect(expected).toBeGreaterThan(20);
    }
  }, 60_000);
});

describe("calibration", () => {
  const world: MemberWorldOptions = { seed: 1, members: 10_000, until: UNTIL, days: 365 };
  const moments = new Map<ScenarioName, Moments>();
  const of = (scenario: ScenarioName): Moments => {
    const known = moments.get(scenario);
    if (known) return known;
    const counted = new Moments(Math.floor(UNTIL / 86_400_000));
    const lived = new MemberWorld({ ...world, scenario }, counted);
    while (lived.step());
    counted.close(lived.lives);
    moments.set(scenario, counted);
    return counted;
  };

  for (const { name, scenario, value, tolerance, of: measure } of TARGETS) {
    it(`${scenario}: ${name} is ${value} ± ${tolerance}`, () => {
      const measured = measure(of(scenario));
      expect(measured).toBeGreaterThan(value - tolerance);
      expect(measured).toBeLessThan(value + tolerance);
    }, 60_000);
  }

  it("has targets for every scenario", () => {
    expect([...new Set(TARGETS.map(({ scenario }) => scenario))].sort()).toEqual(
      [...SCENARIOS].sort(),
    );
  });
});
