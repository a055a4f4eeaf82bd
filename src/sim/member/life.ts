/**
 * What a member's state is: membership, instrument, use; and the words in which a day speaks of it.
 * Numbers only, so that an imagined future is a cheap copy.
 */
import type { BillingInterval } from "../../schema/billing.ts";
import { lastDayOf, monthIndexOf } from "./date.ts";
import type { DrawKey } from "./draw.ts";
import type { Person } from "./person.ts";
import type { Scenario } from "./scenario.ts";

export const STATUS = {
  NOBODY: 0,
  FREE: 1,
  TRIALING: 2,
  ACTIVE: 3,
  /** Paid until its end, then over. */
  LEAVING: 4,
  /** A charge failed, and the processor tries again. */
  ARREARS: 5,
  ENDED_VOLUNTARY: 6,
  ENDED_INVOLUNTARY: 7,
} as const;

/** What stood in the way of a charge. */
export const DECLINE = {
  NONE: 0,
  HARD: 1,
  EXPIRED: 2,
  FUNDS: 3,
  AMBIGUOUS: 4,
  TECHNICAL: 5,
} as const;

/** What of the world is the same for every member. */
export interface Surroundings {
  readonly scenario: Scenario;
  /** Day of the price rise, and what plans cost from then on; Infinity: never. */
  readonly priceRiseDay: number;
  readonly priceRise: number;
  /** Days [from, to) on which people are away. */
  readonly holiday: readonly [number, number];
  /** What messages do; 0 in the null world. */
  readonly messageEffect: number;
}

/** Told what happens while it happens; the member's state is that of the moment. */
export interface Witness {
  signedUp(life: Life, day: number): void;
  used(life: Life, day: number): void;
  mailed(life: Life, day: number, mail: Mail): void;
  pushed(life: Life, day: number, isTapped: boolean): void;
  subscribed(life: Life, day: number): void;
  /** The card expired, and another has come in its place. @param isByNetwork nobody had to do anything */
  cardRenewed(life: Life, day: number, isByNetwork: boolean): void;
  /** @param decline what stood in the way, `DECLINE.NONE` when the money came */
  charged(life: Life, day: number, charge: Charge): void;
  renewalOff(life: Life, day: number): void;
  ended(life: Life, day: number, cause: "voluntary" | "involuntary"): void;
}

export interface Mail {
  readonly campaign: "digest" | "payment-failed" | "price-change";
  readonly isOpened: boolean;
  readonly isTapped: boolean;
  readonly isUnsubscribed: boolean;
}

export interface Charge {
  readonly decline: number;
  /** 1 at the first try of an invoice. */
  readonly attempt: number;
  readonly isByMember: boolean;
  readonly isLast: boolean;
  /** Where the processor tries again; −1: it does not. */
  readonly nextDay: number;
}

export class Life {
  readonly person: Person;
  key: DrawKey;
  /** Of a future that is only imagined: nothing is drawn of leaving, and funds are not known. */
  isImagined = false;
  /** −1 as drawn, 0 the next first attempt succeeds, 1 it is declined. */
  forced = -1;

  signUpDay: number;
  status: number = STATUS.NOBODY;
  /** Counts subscriptions, from 1. */
  subscription = 0;
  interval: BillingInterval;
  priceMinor = 0;
  startDay = 0;
  trialEndDay = -1;
  /** From which renewals count; equal to the trial's end where there is one. */
  anchorDay = 0;
  /** Second of the day at which it is billed. */
  anchorSecond = 0;
  periods = 0;
  periodStart = 0;
  periodEnd = 0;
  /** Successful charges of this and earlier subscriptions. */
  paid = 0;
  offDay = -1;
  endDay = -1;
  invoice = 0;

  card = 0;
  isTokenised: boolean;
  expiryMonth: number;
  /** The last day of that month. */
  expiryDay: number;
  isExpiryMet = false;

  caseDay = -1;
  attempts = 0;
  decline: number = DECLINE.NONE;
  /** Index into the days of retries. */
  retry = 0;
  dryDay = -1;
  mailDay = -1;
  /** Recent failures, halved every 60 days. */
  failures = 0;

  shock = 0;
  drift = 0;
  /** Shares of days with use, over about the last week and the last five. */
  fast = 0.35;
  slow = 0.35;
  usedDay: number;
  isMailed = true;
  pulledDay = -1;
  /** Today's chance of switching renewal off; 0 where there is nothing to switch. */
  leaving = 0;

  constructor(person: Person, signUpDay: number) {
    this.person = person;
    this.key = person.key;
    this.signUpDay = signUpDay;
    this.interval = person.interval;
    this.isTokenised = person.instrument.isTokenised;
    this.expiryMonth = monthIndexOf(signUpDay) + person.instrument.monthsLeft;
    this.expiryDay = lastDayOf(this.expiryMonth);
    this.usedDay = signUpDay;
  }

  copy(): Life {
    // Into a new one: an object without its class's shape would be slow in every step.
    return Object.assign(new Life(this.person, this.signUpDay), this);
  }
}
