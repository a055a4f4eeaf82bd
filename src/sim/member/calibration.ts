/**
 * What the simulated members are held to: published figures, each with the tolerance to which its
 * scenario must come and its source. Vendors made most of them, and they contradict each other; low and
 * high are worlds at the two ends of what is claimed, so nothing that is measured on one of them is a
 * forecast of the real world.
 */
import { DECLINE } from "./life.ts";
import type { Moments } from "./moments.ts";
import type { ScenarioName } from "./scenario.ts";

export interface Target {
  readonly name: string;
  readonly scenario: ScenarioName;
  readonly value: number;
  readonly tolerance: number;
  readonly source: string;
  readonly of: (moments: Moments) => number;
}

const share = ({ hits, of }: { readonly hits: number; readonly of: number }): number => hits / of;
const codeShare = (decline: number) => (moments: Moments) =>
  moments.declines[decline]! / moments.cases;
const recoveredBy = (retry: number) => (moments: Moments) =>
  moments.recoveredAt.slice(1, retry + 1).reduce((sum, n) => sum + n, 0) / moments.cases;
const recovered = (moments: Moments): number => moments.recovered / moments.cases;
const kept =
  (interval: "week" | "month" | "year") =>
  ({ cohorts }: Moments) =>
    cohorts[interval].kept / cohorts[interval].begun;

const RECURLY = "Recurly benchmarks 2019–2022";
const REVENUECAT = "RevenueCat, State of Subscription Apps 2026";

export const TARGETS: readonly Target[] = [
  {
    name: "first charge declined, credit cards",
    scenario: "mid",
    value: 0.06,
    tolerance: 0.015,
    source: RECURLY,
    of: ({ first }) => share(first.credit),
  },
  {
    name: "first charge declined, debit cards",
    scenario: "mid",
    value: 0.13,
    tolerance: 0.025,
    source: RECURLY,
    of: ({ first }) => share(first.debit),
  },
  {
    name: "first charge declined, banks and wallets",
    scenario: "mid",
    value: 0.07,
    tolerance: 0.02,
    source: RECURLY,
    of: ({ first: { bank, wallet } }) =>
      share({ hits: bank.hits + wallet.hits, of: bank.of + wallet.of }),
  },
  {
    // A third of them says "do not honor": of what is reported it is 30–38 %.
    name: "declined for funds, said or not",
    scenario: "mid",
    value: 0.45,
    tolerance: 0.06,
    source: "30–38 % said (churnward), half of 'do not honor' besides (Adyen)",
    of: codeShare(DECLINE.FUNDS),
  },
  {
    name: "declined for an expired card",
    scenario: "mid",
    value: 0.15,
    tolerance: 0.05,
    source: "15–24 % with cancelled cards (vendors)",
    of: codeShare(DECLINE.EXPIRED),
  },
  {
    name: "declined for technical reasons",
    scenario: "mid",
    value: 0.1,
    tolerance: 0.05,
    source: "5–21 % (vendors)",
    of: codeShare(DECLINE.TECHNICAL),
  },
  {
    name: "recovered after 1 retry",
    scenario: "mid",
    value: 0.24,
    // Many empty accounts are filled on a payday only: the first day brings less than is claimed.
    tolerance: 0.11,
    source: "churnward",
    of: recoveredBy(1),
  },
  {
    name: "recovered after 3 retries",
    scenario: "mid",
    value: 0.35,
    tolerance: 0.05,
    source: "churnward",
    of: recoveredBy(3),
  },
  {
    name: "recovered after 5 retries",
    scenario: "mid",
    value: 0.5,
    tolerance: 0.05,
    source: "churnward",
    of: recoveredBy(5),
  },
  {
    name: "cases recovered",
    scenario: "low",
    value: 0.35,
    tolerance: 0.08,
    source: "25–35 % in audits of consumer apps (bleedpoint)",
    of: recovered,
  },
  {
    name: "cases recovered",
    scenario: "mid",
    value: 0.57,
    tolerance: 0.08,
    source: "57 % on average with Stripe; 47.6 % median (Slicker)",
    of: recovered,
  },
  {
    name: "cases recovered",
    scenario: "high",
    value: 0.71,
    tolerance: 0.06,
    source: "70–71 % (GoCardless Success+; Recurly after tuning)",
    of: recovered,
  },
  {
    name: "of those, within ten days",
    scenario: "mid",
    value: 0.9,
    tolerance: 0.06,
    source: "Recurly",
    of: (moments) => moments.recoveredInTenDays / moments.recovered,
  },
  {
    name: "monthly voluntary churn",
    scenario: "mid",
    value: 0.0395,
    tolerance: 0.006,
    source: RECURLY,
    of: (moments) => moments.voluntaryEnds / moments.months,
  },
  {
    name: "monthly involuntary churn",
    scenario: "mid",
    value: 0.0138,
    tolerance: 0.003,
    source: RECURLY,
    of: (moments) => moments.involuntaryEnds / moments.months,
  },
  {
    name: "involuntary share of churn",
    scenario: "mid",
    value: 0.28,
    tolerance: 0.08,
    source: "20–40 % on cards (ProfitWell)",
    of: ({ voluntaryEnds, involuntaryEnds }) => involuntaryEnds / (voluntaryEnds + involuntaryEnds),
  },
  {
    name: "12-month retention, monthly plan",
    scenario: "low",
    value: 0.095,
    tolerance: 0.045,
    source: REVENUECAT,
    of: kept("month"),
  },
  {
    name: "12-month retention, annual plan",
    scenario: "low",
    value: 0.307,
    tolerance: 0.05,
    source: REVENUECAT,
    of: kept("year"),
  },
  {
    name: "12-month retention, weekly plan",
    scenario: "low",
    value: 0.017,
    tolerance: 0.02,
    source: REVENUECAT,
    of: kept("week"),
  },
  {
    name: "12-month retention, monthly plan",
    scenario: "mid",
    value: 0.5,
    tolerance: 0.08,
    source: "(1 − .0533)¹² = .52, of Recurly's monthly churn",
    of: kept("month"),
  },
  {
    name: "renewal switched off in the first month, monthly plan",
    scenario: "low",
    value: 0.4,
    tolerance: 0.1,
    source: `more than a third (${REVENUECAT})`,
    of: ({ cohorts }) => cohorts.month.offInMonth / cohorts.month.begun,
  },
  {
    name: "cancelled trials that were cancelled on their first day",
    scenario: "mid",
    value: 0.55,
    tolerance: 0.06,
    source: REVENUECAT,
    of: ({ trialOff }) => share(trialOff),
  },
  {
    name: "monthly members back within a year",
    scenario: "mid",
    value: 0.2,
    tolerance: 0.04,
    source: REVENUECAT,
    of: ({ back }) => share(back),
  },
];
