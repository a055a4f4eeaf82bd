/**
 * Every number of the simulated members' lives, for a world in which money comes back seldom (low), as
 * often as the median (mid) or most often (high). They were chosen so that the moments of calibration.ts
 * come out; none of them is known to code under test.
 */
import type { BillingInterval } from "../../schema/billing.ts";

export const SCENARIOS = ["low", "mid", "high"] as const;
export type ScenarioName = (typeof SCENARIOS)[number];

/**
 * W0: as it is. W4: nothing that the app sends has an effect on anything. W5: in mid-run the price
 * rises, a holiday keeps people away, and banks send other codes for the same declines.
 */
export const LOGGING_WORLDS = ["W0", "W4", "W5"] as const;
export type LoggingWorld = (typeof LOGGING_WORLDS)[number];

export const FUNDINGS = ["credit", "debit", "prepaid", "bank", "wallet"] as const;
export type Funding = (typeof FUNDINGS)[number];

export interface FundingParameters {
  /** Share of members who pay with it. */
  readonly share: number;
  /** Chance that the first charge ends in a hard decline, an ambiguous one, a technical one. */
  readonly hard: number;
  readonly ambiguous: number;
  readonly technical: number;
  /** Chance that a payday fills the account, and the rate a day at which it runs dry again. */
  readonly fillChance: number;
  readonly dryRate: number;
}

export interface PlanParameters {
  readonly share: number;
  readonly priceMinor: number;
  /** Days of the trial. */
  readonly trialDays: number;
  /** Log-odds a day of switching renewal off, before everything that shifts them. */
  readonly voluntary: number;
}

export interface Scenario {
  readonly plans: Readonly<Record<BillingInterval, PlanParameters>>;
  readonly fundings: Readonly<Record<Funding, FundingParameters>>;
  /** Of the chances of the first charge, at every later one: the instrument has proven itself. */
  readonly provenFactor: number;
  /** A year lies between two charges of an annual plan. */
  readonly annualFactor: number;
  readonly isTokenised: number;
  /** Chance that the processor gets to know the new card of a tokenised one. */
  readonly updater: number;
  /** Chance that the member enters the new card before the old one has expired. */
  readonly ownUpdate: number;
  /** Chance that a charge on an expired card is declined. */
  readonly expiredDeclined: number;
  /** Chances that one more try succeeds, by what stood in the way. */
  readonly retry: {
    readonly funded: number;
    /** Chance a day that an empty account is filled from elsewhere. */
    readonly topUp: number;
    readonly ambiguous: number;
    readonly technical: number;
    readonly expired: number;
  };
  /** Chance a day that a member in arrears enters another instrument. */
  readonly update: number;
  /** Days after the first failure on which the processor tries again; Stripe's default is 8 in 14 days. */
  readonly retryDays: readonly number[];
  /** Of members: try premium at sign-up, after some days, and the share with a trial. */
  readonly startAtOnce: number;
  readonly startLater: number;
  readonly hasTrial: number;
  /** Chance of switching a trial's renewal off on its first day, and on each later one. */
  readonly trialOffFirstDay: number;
  readonly trialOff: number;
  /** Chance a day of coming back, in the first month after the end; falls with the months. */
  readonly comeBack: number;
  readonly voluntary: VoluntaryParameters;
  readonly engagement: EngagementParameters;
  readonly message: MessageParameters;
}

/** Shifts of the log-odds. Those that nothing emitted shows are the last one, and small. */
export interface VoluntaryParameters {
  readonly use: number;
  readonly trend: number;
  /** No use for `dormantDays`: a payer who has forgotten. */
  readonly dormant: number;
  readonly dormantDays: number;
  readonly tenure: number;
  readonly firstPeriod: number;
  readonly unsubscribed: number;
  readonly failedLately: number;
  readonly inArrears: number;
  readonly priceShock: number;
  /** Days for which a price rise is felt. */
  readonly priceShockDays: number;
  readonly latent: number;
}

export interface EngagementParameters {
  /** Mean and spread over members of the log-odds of a day's use. */
  readonly level: number;
  readonly levelSd: number;
  readonly weekend: number;
  readonly season: number;
  /** Day-to-day correlation and spread of moods, in log-odds. */
  readonly shockRho: number;
  readonly shockSd: number;
  /** Log-odds for each unit of the last weeks' share of days with use, less the usual share. */
  readonly habit: number;
  /** Chance a day that life changes, and by how much. */
  readonly changeRate: number;
  readonly changeDown: number;
  readonly changeUp: number;
  readonly changeDownShare: number;
  /** Log-odds on top in the first weeks, halved every `honeymoonDays`. */
  readonly honeymoon: number;
  readonly honeymoonDays: number;
  /** Without premium, and after it ended. */
  readonly free: number;
  readonly lapsed: number;
}

export interface MessageParameters {
  /** Days from one digest to the next. */
  readonly digestDays: number;
  readonly openedBase: number;
  readonly tapped: number;
  readonly unsubscribe: number;
  /** Chance of a push a day after one without use. */
  readonly push: number;
  /** Log-odds of use on the day after a message was opened. */
  readonly pull: number;
}

const MID: Scenario = {
  plans: {
    week: { share: 0.05, priceMinor: 299, trialDays: 3, voluntary: -5.0 },
    month: { share: 0.6, priceMinor: 799, trialDays: 7, voluntary: -7.35 },
    year: { share: 0.35, priceMinor: 5999, trialDays: 14, voluntary: -7.15 },
  },
  fundings: {
    credit: {
      share: 0.42,
      hard: 0.012,
      ambiguous: 0.022,
      technical: 0.011,
      fillChance: 0.96,
      dryRate: 0.0032,
    },
    debit: {
      share: 0.36,
      hard: 0.02,
      ambiguous: 0.044,
      technical: 0.018,
      fillChance: 0.93,
      dryRate: 0.0064,
    },
    prepaid: {
      share: 0.05,
      hard: 0.03,
      ambiguous: 0.06,
      technical: 0.02,
      fillChance: 0.88,
      dryRate: 0.0095,
    },
    bank: {
      share: 0.07,
      hard: 0.012,
      ambiguous: 0.022,
      technical: 0.013,
      fillChance: 0.95,
      dryRate: 0.0045,
    },
    wallet: {
      share: 0.1,
      hard: 0.012,
      ambiguous: 0.024,
      technical: 0.015,
      fillChance: 0.95,
      dryRate: 0.0042,
    },
  },
  provenFactor: 0.36,
  annualFactor: 1.6,
  isTokenised: 0.5,
  updater: 0.85,
  ownUpdate: 0.3,
  expiredDeclined: 0.8,
  retry: { funded: 0.88, topUp: 0.085, ambiguous: 0.06, technical: 0.8, expired: 0.02 },
  update: 0.005,
  retryDays: [1, 3, 5, 7, 9, 11, 13, 14],
  startAtOnce: 0.62,
  startLater: 0.005,
  hasTrial: 0.75,
  trialOffFirstDay: 0.2,
  trialOff: 0.022,
  comeBack: 0.0021,
  voluntary: {
    use: 1.1,
    trend: 0.9,
    dormant: -0.8,
    dormantDays: 40,
    tenure: 0.3,
    firstPeriod: 0.6,
    unsubscribed: 0.9,
    failedLately: 0.45,
    inArrears: 0.9,
    priceShock: 0.9,
    priceShockDays: 45,
    latent: 0.05,
  },
  engagement: {
    level: -1.75,
    levelSd: 0.95,
    weekend: 0.55,
    season: 0.4,
    shockRho: 0.96,
    shockSd: 0.45,
    habit: 1.6,
    changeRate: 1 / 240,
    changeDown: -1.6,
    changeUp: 0.8,
    changeDownShare: 0.68,
    honeymoon: 1.1,
    honeymoonDays: 18,
    free: -1.2,
    lapsed: -1.6,
  },
  message: {
    digestDays: 14,
    openedBase: 0.22,
    tapped: 0.22,
    unsubscribe: 0.004,
    push: 0.03,
    pull: 0.3,
  },
};

/** Money comes back seldom, and apps are left soon: the medians of RevenueCat's apps. */
const LOW: Scenario = {
  ...MID,
  plans: {
    week: { ...MID.plans.week, voluntary: -4.55 },
    month: { ...MID.plans.month, voluntary: -5.6 },
    year: { ...MID.plans.year, voluntary: -6.35 },
  },
  retry: { funded: 0.62, topUp: 0.012, ambiguous: 0.02, technical: 0.5, expired: 0.01 },
  update: 0.0028,
  trialOffFirstDay: 0.26,
  trialOff: 0.03,
};

const HIGH: Scenario = {
  ...MID,
  plans: {
    week: { ...MID.plans.week, voluntary: -5.45 },
    month: { ...MID.plans.month, voluntary: -7.4 },
    year: { ...MID.plans.year, voluntary: -7.5 },
  },
  retry: { funded: 0.95, topUp: 0.15, ambiguous: 0.1, technical: 0.9, expired: 0.05 },
  update: 0.012,
  trialOffFirstDay: 0.15,
  trialOff: 0.015,
};

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  low: LOW,
  mid: MID,
  high: HIGH,
};
