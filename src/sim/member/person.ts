/**
 * Who a member is: country, habits, purse, the instrument that pays. Everything comes from draws of the
 * member's own key, so nobody depends on anybody else or on how many there are.
 */
import type { BillingInterval } from "../../schema/billing.ts";
import { DRAW, type DrawKey, draw, drawNormal, keyOf } from "./draw.ts";
import { FUNDINGS, type Funding, type Scenario } from "./scenario.ts";

export const PAYDAYS = ["first", "fifteenth-and-last", "twenty-fifth", "friday"] as const;
export type Payday = (typeof PAYDAYS)[number];

/** Someone who exists already: in the demo, an athlete whose recordings are uploaded. */
export interface KnownPerson {
  /** The app's own id. */
  readonly userId: string;
  readonly name: string;
  /** Identify trait: the athlete's id in the store. */
  readonly athleteId?: number | undefined;
  /** Epoch milliseconds at which outings began: the app is opened on those days. */
  readonly outingsMs?: readonly number[] | undefined;
}

export interface Person {
  readonly index: number;
  readonly key: DrawKey;
  readonly userId: string;
  readonly customerId: string;
  readonly name: string;
  readonly email: string;
  readonly athleteId: number | undefined;
  /** Days since 1970 with an outing that is uploaded, and when it began; undefined: nobody knows. */
  readonly outings: ReadonlyMap<number, number> | undefined;
  readonly country: string;
  readonly timeZone: string;
  /** Milliseconds by which the wall clock is ahead of UTC, without summer time. */
  readonly clockMs: number;
  readonly isSouthern: boolean;
  readonly platform: "ios" | "android" | "web";
  readonly payday: Payday;
  /** Of the day, −1 … 1: how the chances of use lie over weekdays and weekends. */
  readonly weekendTaste: number;
  /** Log-odds of a day's use. */
  readonly level: number;
  /** Hour of the day at which they like to use the app. */
  readonly hour: number;
  /** Chances on a day of use: a route planned, a segment tried, a map downloaded, an activity shared. */
  readonly plans: number;
  readonly tries: number;
  readonly downloads: number;
  readonly shares: number;
  /** 0 … 1: how readily messages are opened. */
  readonly responsiveness: number;
  readonly priceSensitivity: number;
  /** Added to the log-odds of leaving; nothing shows it. */
  readonly latent: number;
  /** What they buy, if they do. */
  readonly interval: BillingInterval;
  readonly hasTrial: boolean;
  readonly startsAtOnce: boolean;
  readonly instrument: FirstInstrument;
}

export interface FirstInstrument {
  readonly funding: Funding;
  readonly brand: string;
  readonly isTokenised: boolean;
  /** Months of validity that are left at sign-up. */
  readonly monthsLeft: number;
}

interface Place {
  readonly country: string;
  readonly timeZone: string;
  readonly hours: number;
  readonly share: number;
  readonly payday: Payday;
}

const PLACES: readonly Place[] = [
  { country: "CH", timeZone: "Europe/Zurich", hours: 1, share: 0.2, payday: "twenty-fifth" },
  { country: "DE", timeZone: "Europe/Berlin", hours: 1, share: 0.22, payday: "first" },
  { country: "AT", timeZone: "Europe/Vienna", hours: 1, share: 0.08, payday: "first" },
  { country: "FR", timeZone: "Europe/Paris", hours: 1, share: 0.1, payday: "first" },
  { country: "GB", timeZone: "Europe/London", hours: 0, share: 0.14, payday: "twenty-fifth" },
  {
    country: "US",
    timeZone: "America/Denver",
    hours: -7,
    share: 0.2,
    payday: "fifteenth-and-last",
  },
  { country: "AU", timeZone: "Australia/Sydney", hours: 10, share: 0.06, payday: "friday" },
];

const GIVEN =
  "Lea,Nora,Anna,Mia,Elena,Jonas,Luca,Nils,Tim,Felix,Simon,Paul,Emil,Jan,Marco,Livia,Samira,Chiara,Olga,David,Noah,Ines,Clara,Hugo,Louise,Jules,Oscar,Grace,Harry,Ruby,Jack,Ella,Owen,Isla,Ethan,Maya,Liam,Zoe,Caleb,Hannah,Mason,Ava,Logan,Chloe,Lucas,Amelie,Finn,Greta,Karl,Ida".split(
    ",",
  );
const FAMILY =
  "Moser,Rainer,Senn,Kolb,Flor,Hofer,Lanz,Thaler,Ferrari,Egger,Steiner,Rossi,Kaya,Novak,Brunner,Keller,Weber,Fischer,Wagner,Becker,Schulz,Koch,Bauer,Richter,Klein,Wolf,Neumann,Braun,Gruber,Huber,Pichler,Durand,Leroy,Moreau,Simon,Laurent,Garnier,Smith,Jones,Taylor,Brown,Walker,Hughes,Green,Hall,Clarke,Miller,Davis,Wilson,Moore,Clark,Lewis,Young,Hill,Scott,Baker,Nelson,Carter,Reed,Murphy".split(
    ",",
  );

const INTERVALS: readonly BillingInterval[] = ["week", "month", "year"];

export function personOf(
  seed: number,
  index: number,
  scenario: Scenario,
  known?: KnownPerson,
): Person {
  const key = keyOf(seed, index);
  const u = (k: number): number => draw(key, DRAW.PERSON, 0, k);
  const place = chosen(PLACES, u(0));
  const funding = chosen(
    FUNDINGS.map((name) => ({ name, share: scenario.fundings[name].share })),
    u(1),
  ).name;
  const interval = chosen(
    INTERVALS.map((name) => ({ name, share: scenario.plans[name].share })),
    u(2),
  ).name;
  const name = known?.name ?? `${of(GIVEN, u(3))} ${of(FAMILY, u(4))}`;
  const { level, levelSd } = scenario.engagement;
  const isCard = funding === "credit" || funding === "debit" || funding === "prepaid";
  return {
    index,
    key,
    userId: known?.userId ?? userIdOf(index, 0),
    customerId: `cus_${idPrefix(seed)}${index.toString(36).padStart(6, "0")}`,
    name,
    email: emailOf(name, index),
    athleteId: known?.athleteId,
    outings: known?.outingsMs && byDay(known.outingsMs),
    country: place.country,
    timeZone: place.timeZone,
    clockMs: place.hours * 3_600_000,
    isSouthern: place.country === "AU",
    platform: u(5) < 0.45 ? "ios" : u(5) < 0.85 ? "android" : "web",
    payday: u(6) < 0.9 ? place.payday : of(PAYDAYS, u(7)),
    weekendTaste: 0.5 + 0.5 * drawNormal(key, DRAW.PERSON, 1, 0),
    level: level + levelSd * drawNormal(key, DRAW.PERSON, 1, 1),
    hour: [6.5, 7.5, 12, 17.5, 18.5, 20][Math.floor(6 * u(8))]!,
    plans: 0.05 + 0.5 * u(9) ** 1.6,
    tries: 0.05 + 0.4 * u(10) ** 1.6,
    downloads: 0.02 + 0.12 * u(11),
    shares: 0.05 + 0.3 * u(12) ** 2,
    responsiveness: u(13),
    priceSensitivity: 0.3 + 1.4 * u(14),
    latent: scenario.voluntary.latent * drawNormal(key, DRAW.PERSON, 1, 2),
    interval,
    hasTrial: u(15) < scenario.hasTrial,
    // Who records with us has premium more often than not.
    startsAtOnce: u(16) < (known?.outingsMs ? 0.8 : scenario.startAtOnce),
    instrument: {
      funding,
      brand: isCard ? (u(17) < 0.55 ? "visa" : u(17) < 0.93 ? "mastercard" : "amex") : funding,
      isTokenised: isCard && u(18) < scenario.isTokenised,
      monthsLeft: 1 + Math.floor(47 * u(19)),
    },
  };
}

/** The app's own id of a member of a world whose first members are athletes. */
export function userIdOf(index: number, athletes: number): string {
  if (index < athletes) return `athlete-${String(index + 1).padStart(2, "0")}`;
  return `member-${String(index + 1).padStart(6, "0")}`;
}

/** What the ids of all of a world's events of Stripe begin with, and no real one's does. */
export function eventIdPrefix(seed: number): string {
  return `evt_${idPrefix(seed)}`;
}

function idPrefix(seed: number): string {
  return `sim${seed.toString(36)}x`;
}

function byDay(outingsMs: readonly number[]): ReadonlyMap<number, number> {
  return new Map(outingsMs.map((ms) => [Math.floor(ms / 86_400_000), ms]));
}

function emailOf(name: string, index: number): string {
  const plain = name
    .normalize("NFD")
    .replace(/[^a-z ]/gi, "")
    .toLowerCase()
    .replaceAll(" ", ".");
  return `${plain}.${index + 1}@example.org`;
}

function of<T>(items: readonly T[], u: number): T {
  return items[Math.floor(u * items.length)]!;
}

function chosen<T extends { readonly share: number }>(items: readonly T[], u: number): T {
  let left = u;
  for (const item of items) {
    left -= item.share;
    if (left < 0) return item;
  }
  return items.at(-1)!;
}
