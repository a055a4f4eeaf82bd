/**
 * One day of a member: billing at the hour of the subscription's anchor, use, messages, and at the end of
 * the day the decisions to come, to leave, to pay. The same step makes the world and, under other keys,
 * the futures that its truth is computed of (truth.ts). About 0.15 µs a day.
 */
import type { BillingInterval } from "../../schema/billing.ts";
import { addMonths, lastDayOf, monthIndexOf } from "./date.ts";
import { DRAW, draw } from "./draw.ts";
import { usesApp } from "./engagement.ts";
import { fundedChance, isFunded } from "./funds.ts";
import { voluntaryChance } from "./hazard.ts";
import { DECLINE, type Life, STATUS, type Surroundings, type Witness } from "./life.ts";
import type { Scenario } from "./scenario.ts";

const FAST = 0.5 ** (1 / 5);
const SLOW = 0.5 ** (1 / 25);
const FORGET = 0.5 ** (1 / 60);

/** @param witness told what happens; imagined futures have none */
export function stepDay(life: Life, day: number, world: Surroundings, witness?: Witness): void {
  life.leaving = 0;
  if (day < life.signUpDay) return;
  if (life.status === STATUS.NOBODY) {
    life.status = STATUS.FREE;
    witness?.signedUp(life, day);
  }
  meetExpiry(life, day, world.scenario, witness);
  bill(life, day, world, witness);
  const isUsed = usesApp(life, day, world);
  if (isUsed) witness?.used(life, day);
  receive(life, day, isUsed, world, witness);
  decide(life, day, world, witness);
  life.fast = life.fast * FAST + (isUsed ? 1 - FAST : 0);
  life.slow = life.slow * SLOW + (isUsed ? 1 - SLOW : 0);
  life.failures *= FORGET;
  if (isUsed) life.usedDay = day;
}

/** Whether the first attempt of an invoice is due on a day. */
export function isChargeDue({ status, periodEnd }: Life, day: number): boolean {
  return (status === STATUS.ACTIVE || status === STATUS.TRIALING) && periodEnd === day;
}

/** A card's month is over: the processor learns the new number, the member enters it, or nobody does. */
function meetExpiry(
  life: Life,
  day: number,
  scenario: Scenario,
  witness: Witness | undefined,
): void {
  const { funding } = life.person.instrument;
  if (day <= life.expiryDay || life.isExpiryMet || funding === "bank" || funding === "wallet")
    return;
  life.isExpiryMet = true;
  const u = draw(life.key, DRAW.CARD, day);
  const isKnown = life.isTokenised && u < scenario.updater;
  if (!isKnown && draw(life.key, DRAW.CARD, day, 1) >= scenario.ownUpdate) return;
  renewCard(life, day);
  witness?.cardRenewed(life, day, isKnown);
}

function renewCard(life: Life, day: number): void {
  life.card++;
  life.expiryMonth = monthIndexOf(day) + 24 + Math.floor(24 * draw(life.key, DRAW.CARD, day, 2));
  life.expiryDay = lastDayOf(life.expiryMonth);
  life.isExpiryMet = false;
}

function bill(life: Life, day: number, world: Surroundings, witness: Witness | undefined): void {
  if (life.status === STATUS.LEAVING && life.periodEnd === day) {
    end(life, day, "voluntary", witness);
  } else if (isChargeDue(life, day)) {
    if (life.status === STATUS.ACTIVE && day >= world.priceRiseDay) {
      life.priceMinor = priceOf(life.interval, day, world);
    }
    nextPeriod(life);
    life.invoice++;
    life.dryDay = -1;
    const decline = firstAttempt(life, day, world);
    life.attempts = 1;
    if (decline === DECLINE.NONE) {
      life.status = STATUS.ACTIVE;
      life.paid++;
      witness?.charged(life, day, {
        decline,
        attempt: 1,
        isByMember: false,
        isLast: false,
        nextDay: -1,
      });
    } else {
      life.status = STATUS.ARREARS;
      life.caseDay = day;
      life.retry = 0;
      fail(life, day, decline, false, world, witness);
    }
  } else if (life.status === STATUS.ARREARS) {
    const days = retryDaysOf(life, world.scenario);
    if (day !== life.caseDay + days[life.retry]!) return;
    life.retry++;
    // What the bank has closed is not tried again; the schedule runs out all the same.
    if (life.decline === DECLINE.HARD) {
      if (life.retry >= days.length) end(life, day, "involuntary", witness);
      return;
    }
    life.attempts++;
    const decline = again(life, day, world.scenario);
    if (decline === DECLINE.NONE) recover(life, day, false, witness);
    else fail(life, day, decline, false, world, witness);
  }
}

/** Tries that still fall into the period: a weekly plan has fewer. */
function retryDaysOf({ interval }: Life, { retryDays }: Scenario): readonly number[] {
  return interval === "week" ? WEEKLY_RETRIES : retryDays;
}
const WEEKLY_RETRIES = [1, 3, 5, 6] as const;

function nextPeriod(life: Life): void {
  life.periods++;
  life.periodStart = life.periodEnd;
  life.periodEnd = periodEndOf(life);
}

function periodEndOf({ interval, anchorDay, periods }: Life): number {
  if (interval === "week") return anchorDay + 7 * periods;
  return addMonths(anchorDay, interval === "month" ? periods : 12 * periods);
}

function priceOf(interval: BillingInterval, day: number, world: Surroundings): number {
  const { priceMinor } = world.scenario.plans[interval];
  // Prices end in 9.
  return day >= world.priceRiseDay
    ? Math.round((priceMinor * world.priceRise) / 10) * 10 - 1
    : priceMinor;
}

/** Chance of each thing that can stand in the way, one after the other. */
const chances = new Float64Array(6);

/** Fills `chances`. @returns the chance that anything stands in the way */
function weigh(life: Life, funded: number, scenario: Scenario): number {
  const funding = scenario.fundings[life.person.instrument.funding];
  let factor = life.paid > 0 ? scenario.provenFactor : 1;
  if (life.paid > 0 && life.interval === "year") factor *= scenario.annualFactor;
  let left = 1;
  const weighOne = (decline: number, chance: number): void => {
    chances[decline] = left * chance;
    left *= 1 - chance;
  };
  weighOne(DECLINE.HARD, funding.hard * factor);
  weighOne(DECLINE.EXPIRED, life.isExpiryMet ? scenario.expiredDeclined : 0);
  weighOne(DECLINE.FUNDS, 1 - funded);
  weighOne(DECLINE.AMBIGUOUS, funding.ambiguous * factor);
  weighOne(DECLINE.TECHNICAL, funding.technical * factor);
  return 1 - left;
}

function fundsOf(life: Life, day: number, scenario: Scenario): number {
  if (life.isImagined) return fundedChance(life.person, day, life.dryDay, scenario);
  return isFunded(life.person, day, scenario) ? 1 : 0;
}

/** The chance that the first attempt of today's invoice is declined, to whoever does not see the account. */
export function declineChance(life: Life, day: number, scenario: Scenario): number {
  return weigh(life, fundedChance(life.person, day, -1, scenario), scenario);
}

function firstAttempt(life: Life, day: number, { scenario }: Surroundings): number {
  const declined = weigh(life, fundsOf(life, day, scenario), scenario);
  if (life.forced === 0) return DECLINE.NONE;
  let left = draw(life.key, DRAW.CHARGE, day) * (life.forced === 1 ? declined : 1);
  if (left >= declined) return DECLINE.NONE;
  for (let decline = 1; decline <= DECLINE.TECHNICAL; decline++) {
    left -= chances[decline]!;
    if (left < 0) return decline;
  }
  return DECLINE.TECHNICAL;
}

/** One more try on the same instrument. */
function again(life: Life, day: number, scenario: Scenario): number {
  const { retry } = scenario;
  const u = draw(life.key, DRAW.RETRY, day);
  switch (life.decline) {
    case DECLINE.FUNDS: {
      const funded = fundsOf(life, day, scenario);
      const poor = (1 - retry.topUp) ** (day - life.dryDay);
      const isThere = draw(life.key, DRAW.RETRY, day, 1) < 1 - (1 - funded) * poor;
      if (!isThere) return DECLINE.FUNDS;
      return u < retry.funded ? DECLINE.NONE : DECLINE.TECHNICAL;
    }
    case DECLINE.TECHNICAL:
      return u < retry.technical ? DECLINE.NONE : DECLINE.TECHNICAL;
    case DECLINE.EXPIRED:
      return u < retry.expired ? DECLINE.NONE : DECLINE.EXPIRED;
    default:
      return u < retry.ambiguous ? DECLINE.NONE : DECLINE.AMBIGUOUS;
  }
}

function fail(
  life: Life,
  day: number,
  decline: number,
  isByMember: boolean,
  { scenario }: Surroundings,
  witness: Witness | undefined,
): void {
  life.decline = decline;
  life.failures += 1;
  if (decline === DECLINE.FUNDS) life.dryDay = day;
  const days = retryDaysOf(life, scenario);
  const isLast = life.retry >= days.length;
  // Every second failure is written about.
  const isWritten = life.attempts % 2 === 1;
  if (isWritten) life.mailDay = day;
  if (witness) {
    const nextDay = isLast ? -1 : life.caseDay + days[life.retry]!;
    witness.charged(life, day, { decline, attempt: life.attempts, isByMember, isLast, nextDay });
    if (isWritten) {
      const isOpened =
        draw(life.key, DRAW.MESSAGE, day, 4) < 0.3 + 0.5 * life.person.responsiveness;
      const mail = { campaign: "payment-failed", isOpened, isTapped: false } as const;
      witness.mailed(life, day, { ...mail, isUnsubscribed: false });
    }
  }
  if (isLast) end(life, day, "involuntary", witness);
}

function recover(life: Life, day: number, isByMember: boolean, witness: Witness | undefined): void {
  life.status = STATUS.ACTIVE;
  life.decline = DECLINE.NONE;
  life.paid++;
  const charge = { attempt: life.attempts, isByMember, isLast: false, nextDay: -1 };
  witness?.charged(life, day, { decline: DECLINE.NONE, ...charge });
  life.caseDay = -1;
}

function end(
  life: Life,
  day: number,
  cause: "voluntary" | "involuntary",
  witness: Witness | undefined,
): void {
  life.status = cause === "voluntary" ? STATUS.ENDED_VOLUNTARY : STATUS.ENDED_INVOLUNTARY;
  life.endDay = day;
  witness?.ended(life, day, cause);
  life.caseDay = -1;
}

/** Messages of the day, and whether they are opened. */
function receive(
  life: Life,
  day: number,
  isUsed: boolean,
  world: Surroundings,
  witness: Witness | undefined,
): void {
  const { person, key } = life;
  const { message } = world.scenario;
  if (life.isMailed && (day + person.index) % message.digestDays === 0 && day > life.signUpDay) {
    const interest = Math.min(1, 2.5 * life.slow);
    const opened = message.openedBase * (0.4 + 1.2 * person.responsiveness) * (0.5 + interest);
    const isOpened = draw(key, DRAW.MESSAGE, day, 0) < opened;
    const isTapped = isOpened && draw(key, DRAW.MESSAGE, day, 1) < message.tapped;
    const isUnsubscribed =
      draw(key, DRAW.MESSAGE, day, 2) < message.unsubscribe * (isOpened ? 2.5 : 0.6);
    if (isOpened) life.pulledDay = day;
    if (isUnsubscribed) life.isMailed = false;
    witness?.mailed(life, day, { campaign: "digest", isOpened, isTapped, isUnsubscribed });
  }
  if (day === world.priceRiseDay && life.status >= STATUS.ACTIVE && life.status <= STATUS.ARREARS) {
    const isOpened = draw(key, DRAW.MESSAGE, day, 5) < 0.6;
    const mail = { campaign: "price-change", isOpened, isTapped: false } as const;
    witness?.mailed(life, day, { ...mail, isUnsubscribed: false });
  }
  if (witness && !isUsed && draw(key, DRAW.MESSAGE, day, 6) < message.push) {
    witness.pushed(life, day, draw(key, DRAW.MESSAGE, day, 7) < 0.12 * person.responsiveness);
  }
}

function decide(life: Life, day: number, world: Surroundings, witness: Witness | undefined): void {
  const { scenario } = world;
  if (life.status === STATUS.ARREARS && updatesCard(life, day, world)) {
    renewCard(life, day);
    life.attempts++;
    const isPaid = draw(life.key, DRAW.UPDATE, day, 1) < scenario.retry.funded;
    if (isPaid) recover(life, day, true, witness);
    else fail(life, day, DECLINE.AMBIGUOUS, true, world, witness);
  }
  if (!life.isImagined) begin(life, day, world, witness);
  const isPaying =
    life.status === STATUS.ACTIVE ||
    life.status === STATUS.TRIALING ||
    life.status === STATUS.ARREARS;
  if (!isPaying) return;
  life.leaving = voluntaryChance(life, day, world);
  if (life.isImagined || draw(life.key, DRAW.VOLUNTARY, day) >= life.leaving) return;
  life.offDay = day;
  if (life.status === STATUS.ARREARS) end(life, day, "voluntary", witness);
  else {
    life.status = STATUS.LEAVING;
    witness?.renewalOff(life, day);
  }
}

/** Who has no membership may take one: for the first time, or again. */
function begin(life: Life, day: number, world: Surroundings, witness: Witness | undefined): void {
  const { scenario } = world;
  if (life.status === STATUS.FREE) {
    const chance = scenario.startLater * (0.3 + 3 * life.fast);
    const starts =
      day === life.signUpDay
        ? life.person.startsAtOnce
        : draw(life.key, DRAW.CONVERT, day) < chance;
    if (starts) subscribe(life, day, life.person.hasTrial, world, witness);
  } else if (life.status >= STATUS.ENDED_VOLUNTARY && day > life.endDay) {
    const fade = Math.exp(-(day - life.endDay) / 150);
    const wasLost = life.status === STATUS.ENDED_INVOLUNTARY;
    const chance = scenario.comeBack * fade * (wasLost ? 1.6 : 1) * (0.5 + 4 * life.slow);
    if (draw(life.key, DRAW.REACTIVATE, day) >= chance) return;
    if (wasLost) renewCard(life, day);
    subscribe(life, day, false, world, witness);
  }
}

function updatesCard(life: Life, day: number, { scenario, messageEffect }: Surroundings): boolean {
  const interest = Math.min(1, 3.3 * life.slow);
  const asked = life.mailDay < 0 ? 0 : Math.exp(-(day - life.mailDay) / 1.5);
  const need = life.decline === DECLINE.FUNDS || life.decline === DECLINE.TECHNICAL ? 0.3 : 1;
  const chance = scenario.update * need * (0.4 + 1.2 * interest) * (1 + 3 * messageEffect * asked);
  return draw(life.key, DRAW.UPDATE, day) < chance;
}

function subscribe(
  life: Life,
  day: number,
  hasTrial: boolean,
  world: Surroundings,
  witness: Witness | undefined,
): void {
  const plan = world.scenario.plans[life.interval];
  life.subscription++;
  life.priceMinor = priceOf(life.interval, day, world);
  life.startDay = day;
  life.offDay = -1;
  life.endDay = -1;
  life.periods = 0;
  life.periodStart = day;
  // Before ten at night, so that what the evening decides comes after it.
  life.anchorSecond = Math.floor(30_000 + 45_000 * draw(life.key, DRAW.TIME, day, 9));
  life.failures = 0;
  life.status = hasTrial ? STATUS.TRIALING : STATUS.ACTIVE;
  life.anchorDay = hasTrial ? day + plan.trialDays : day;
  life.trialEndDay = hasTrial ? life.anchorDay : -1;
  if (hasTrial) life.periodEnd = life.anchorDay;
  else {
    life.periods = 1;
    life.periodEnd = periodEndOf(life);
    life.paid++;
    life.invoice++;
    life.attempts = 1;
  }
  witness?.subscribed(life, day);
}
