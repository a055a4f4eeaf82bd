/**
 * What a world comes to, counted the way that those counted who published figures: a witness that keeps
 * numbers only. calibration.ts holds the targets.
 */
import { type Charge, DECLINE, type Life, STATUS, type Witness } from "./life.ts";
import type { Funding } from "./scenario.ts";

interface Rate {
  hits: number;
  of: number;
}

/** Ended subscriptions, from their first paid day. */
interface Cohort {
  /** Subscriptions that began at least a year before the end of the world. */
  begun: number;
  /** Still paid for a year and a few days later. */
  kept: number;
  /** Renewal was switched off in the first 30 days. */
  offInMonth: number;
}

export class Moments implements Witness {
  /** First charges of a membership that failed, by what pays. */
  readonly first: Record<Funding, Rate> = {
    credit: rate(),
    debit: rate(),
    prepaid: rate(),
    bank: rate(),
    wallet: rate(),
  };
  /** First failures of invoices, by what stood in the way. */
  readonly declines = new Float64Array(6);
  cases = 0;
  /** Recovered cases, by the number of the retry (0: by the member's own update). */
  readonly recoveredAt = new Float64Array(10);
  recoveredInTenDays = 0;
  recovered = 0;
  lost = 0;
  quit = 0;
  voluntaryEnds = 0;
  involuntaryEnds = 0;
  /** Member-months of paid access. */
  months = 0;
  trials = 0;
  trialOff: Rate = rate();
  readonly cohorts: Record<"week" | "month" | "year", Cohort> = {
    week: { begun: 0, kept: 0, offInMonth: 0 },
    month: { begun: 0, kept: 0, offInMonth: 0 },
    year: { begun: 0, kept: 0, offInMonth: 0 },
  };
  /** Monthly members that ended at least a year before the end, and came back within the year. */
  readonly back: Rate = rate();
  useDays = 0;
  mails = 0;
  readonly #lastDay: number;
  readonly #ended = new Map<number, number>();
  readonly #paidFrom = new Map<number, { day: number; life: Life; subscription: number }>();

  constructor(lastDay: number) {
    this.#lastDay = lastDay;
  }

  signedUp(): void {}
  pushed(): void {}
  cardRenewed(): void {}
  used(): void {
    this.useDays++;
  }
  mailed(): void {
    this.mails++;
  }

  subscribed(life: Life, day: number): void {
    const end = this.#ended.get(life.person.index);
    if (end !== undefined && day - end <= 365) {
      this.back.hits++;
      this.#ended.delete(life.person.index);
    }
    if (life.status === STATUS.TRIALING) this.trials++;
    else this.#begin(life, day);
  }

  charged(life: Life, day: number, charge: Charge): void {
    const isFirst = life.periods === 1 && charge.attempt === 1 && !charge.isByMember;
    if (isFirst && life.trialEndDay >= 0) {
      const first = this.first[life.person.instrument.funding];
      first.of++;
      if (charge.decline !== DECLINE.NONE) first.hits++;
    }
    if (charge.decline !== DECLINE.NONE) {
      if (charge.attempt !== 1) return;
      this.cases++;
      this.declines[charge.decline]!++;
      return;
    }
    if (life.periods === 1 && life.trialEndDay >= 0) this.#begin(life, day);
    if (charge.attempt === 1) return;
    this.recovered++;
    if (day - life.caseDay <= 10) this.recoveredInTenDays++;
    this.recoveredAt[charge.isByMember ? 0 : Math.min(9, life.retry)]!++;
  }

  renewalOff(life: Life, day: number): void {
    if (day <= life.trialEndDay) {
      this.trialOff.of++;
      if (day === life.startDay) this.trialOff.hits++;
    } else this.voluntaryEnds++;
    if (this.#isOld(life) && day - life.startDay < 30) this.cohorts[life.interval].offInMonth++;
  }

  ended(life: Life, day: number, cause: "voluntary" | "involuntary"): void {
    if (cause === "involuntary") {
      this.lost++;
      this.involuntaryEnds++;
    } else if (life.caseDay >= 0) {
      this.quit++;
      this.voluntaryEnds++;
    }
    if (life.paid > 0 && life.interval === "month" && day + 365 <= this.#lastDay) {
      this.back.of++;
      this.#ended.set(life.person.index, day);
    }
    this.#settle(life, day);
  }

  /** After the last day: those who are still there. */
  close(lives: readonly Life[]): void {
    for (const life of lives) this.#settle(life, this.#lastDay + 1);
  }

  #begin(life: Life, day: number): void {
    this.#paidFrom.set(life.person.index, { day, life, subscription: life.subscription });
    if (this.#isOld(life)) this.cohorts[life.interval].begun++;
  }

  #settle(life: Life, day: number): void {
    const begun = this.#paidFrom.get(life.person.index);
    if (!begun) return;
    this.#paidFrom.delete(life.person.index);
    this.months += (day - begun.day) / 30.44;
    // A year's plan is renewed on the anniversary, and lost some days after it.
    if (this.#isOld(life) && day - begun.day > 365 + 16) this.cohorts[life.interval].kept++;
  }

  #isOld(life: Life): boolean {
    return life.startDay + 400 <= this.#lastDay;
  }
}

function rate(): Rate {
  return { hits: 0, of: 0 };
}
