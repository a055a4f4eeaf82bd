/**
 * A world of members, day by day: who signs up, uses the app, pays, leaves, is lost and comes back. With
 * a reporter it says so as an app and a payment processor would (reporter.ts);
 * its truth can be asked for at any midnight. Seeded; 100,000 members over a year in under a minute.
 */
import { DAY_MS } from "./date.ts";
import { DRAW, draw } from "./draw.ts";
import { Life, STATUS, type Surroundings, type Witness } from "./life.ts";
import { type KnownPerson, personOf } from "./person.ts";
import { type LoggingWorld, type Scenario, type ScenarioName, scenarios } from "./scenario.ts";
import { stepDay } from "./step.ts";
import { isAtRisk, type MemberTruth, truthOf } from "./truth.ts";

export interface MemberWorldOptions {
  /** Any integer. */
  readonly seed: number;
  /** Accounts in all. The first ones are the same for every number. */
  readonly members: number;
  /** Days of which the app tells, 365 by default. */
  readonly days?: number | undefined;
  /** Epoch milliseconds of the end; the last day is the one of this moment. */
  readonly until: number;
  /** Days before those: people signed up and paid then, but only the processor tells of it. 540. */
  readonly historyDays?: number | undefined;
  readonly scenario?: ScenarioName | undefined;
  readonly world?: LoggingWorld | undefined;
  /** The first members, who exist already. */
  readonly known?: readonly KnownPerson[] | undefined;
  /** Changes of the scenario: for counterfactuals. */
  readonly change?: ((scenario: Scenario) => Scenario) | undefined;
}

export const memberWorldDefaults = {
  days: 365,
  /** Long enough that annual plans have been renewed when the app begins to tell. */
  historyDays: 540,
  /** Share of the accounts that are older than the app's telling. */
  olderShare: 0.4,
  /** W5: when the price rises and by how much, a holiday, other codes; as shares of the days told. */
  drift: { priceRiseAt: 0.55, priceRise: 1.25, holidayAt: 0.7, holidayDays: 14, codesAt: 0.5 },
} as const;

export interface MemberEnd {
  readonly member: number;
  /** Days since 1970. */
  readonly day: number;
  readonly cause: "voluntary" | "involuntary";
}

export class MemberWorld {
  readonly lives: readonly Life[];
  readonly surroundings: Surroundings;
  /** First and last day of which the app tells, since 1970. */
  readonly firstDay: number;
  readonly lastDay: number;
  /** From this day on banks send other codes (W5); Infinity: never. */
  readonly codesDay: number;
  /** The next day to be lived. */
  day: number;
  readonly #witness: Witness | undefined;

  constructor(options: MemberWorldOptions, witness?: Witness) {
    const { seed, members, until, known = [], change = (scenario: Scenario) => scenario } = options;
    const { days, historyDays, olderShare, drift } = { ...memberWorldDefaults, ...given(options) };
    const scenario = change(scenarios[options.scenario ?? "mid"]);
    const world = options.world ?? "W0";
    this.lastDay = Math.floor(until / DAY_MS);
    this.firstDay = this.lastDay - days + 1;
    this.day = this.firstDay - historyDays;
    const at = (share: number): number => this.firstDay + Math.floor(days * share);
    const hasDrift = world === "W5";
    this.codesDay = hasDrift ? at(drift.codesAt) : Infinity;
    this.surroundings = {
      scenario,
      priceRiseDay: hasDrift ? at(drift.priceRiseAt) : Infinity,
      priceRise: drift.priceRise,
      holiday: hasDrift
        ? [at(drift.holidayAt), at(drift.holidayAt) + drift.holidayDays]
        : [Infinity, Infinity],
      messageEffect: world === "W4" ? 0 : 1,
    };
    this.lives = Array.from({ length: members }, (_, i) => {
      const person = personOf(seed, i, scenario, known[i]);
      const u = draw(person.key, DRAW.SIGN_UP, 0);
      const isOlder = draw(person.key, DRAW.SIGN_UP, 1) < olderShare || known[i] !== undefined;
      const signUpDay = isOlder
        ? this.firstDay - 1 - Math.floor(historyDays * u)
        : this.firstDay + Math.floor(days * u);
      return new Life(person, signUpDay);
    });
    this.#witness = witness;
  }

  /** Lives one day. @returns false when the last one is over */
  step(): boolean {
    if (this.day > this.lastDay) return false;
    for (const life of this.lives) stepDay(life, this.day, this.surroundings, this.#witness);
    this.day++;
    return true;
  }

  /** Lives on up to the midnight at which `day` begins. */
  liveUntil(day: number): void {
    while (this.day < day && this.step());
  }

  /** Of every member who can leave or be lost, at the midnight before the next day. */
  truth(paths?: number): readonly MemberTruth[] {
    return this.lives
      .filter(isAtRisk)
      .map((life) => truthOf(life, this.day, this.surroundings, paths));
  }

  /** Members whose membership renews; whose access goes on. */
  count(): { readonly renewing: number; readonly paying: number } {
    let renewing = 0;
    let paying = 0;
    for (const life of this.lives) {
      if (isAtRisk(life)) renewing++;
      if (life.status >= STATUS.ACTIVE && life.status <= STATUS.ARREARS) paying++;
    }
    return { renewing, paying };
  }
}

/** Without what is undefined, so that a default can take its place. */
function given({ days, historyDays }: MemberWorldOptions): { days?: number; historyDays?: number } {
  return {
    ...(days === undefined ? {} : { days }),
    ...(historyDays === undefined ? {} : { historyDays }),
  };
}
