/**
 * Says what happens to members as their app and their payment processor would: messages of Segment's
 * tracking API and events of Stripe's webhooks. Phones without a network send hours or days later, some
 * things are sent twice. Before the app begins to tell, only the processor does. Ids are made of the
 * member, the day and a count, so that the same world says the same again.
 */
import { DAY_MS } from "./date.ts";
import { DRAW, draw } from "./draw.ts";
import { type Charge, DECLINE, type Life, type Mail, STATUS, type Witness } from "./life.ts";
import {
  API_VERSIONS,
  chargeOf,
  customerOf,
  invoiceOf,
  paymentMethodOf,
  type StripeEvent,
  type StripeJson,
  secondsOf,
  subscriptionOf,
} from "./stripe-object.ts";

/** A message of Segment's tracking API. */
export interface SegmentMessage {
  readonly type: "track" | "identify";
  readonly messageId: string;
  readonly userId: string;
  readonly event?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly traits?: Readonly<Record<string, unknown>>;
  /** ISO 8601, as every time on the wire. */
  readonly timestamp: string;
  readonly sentAt: string;
}

/** What arrives on one day, in the order of arrival. */
export interface WorldDay {
  /** Days since 1970. */
  readonly day: number;
  readonly messages: readonly SegmentMessage[];
  readonly webhooks: readonly StripeEvent[];
}

export const reporterDefaults = {
  /** Share of messages that wait for a network, and for how long on average. */
  lateShare: 0.03,
  lateHours: 9,
  /** Share that is sent, or delivered, twice. */
  twiceShare: 0.005,
  /** Days of the telling after which the account's webhooks speak the newer generation. */
  newGenerationAfter: 45,
} as const;

interface Arriving<T> {
  readonly atMs: number;
  readonly what: T;
}

export interface ReporterOptions {
  readonly firstDay: number;
  /** From here on declines have other codes. */
  readonly codesDay: number;
  /** Nothing that arrives later is said. */
  readonly until: number;
}

export class Reporter implements Witness {
  readonly #options: ReporterOptions;
  readonly #messages = new Map<number, Arriving<SegmentMessage>[]>();
  readonly #webhooks = new Map<number, Arriving<StripeEvent>[]>();
  /** Events of Stripe so far, by member. */
  readonly #said = new Map<number, number>();
  readonly #identified = new Set<number>();
  /** Whose day it is, how many messages it has, and the last second at which something happened. */
  #member = -1;
  #day = -1;
  #count = 0;
  #second = 0;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** What arrived on a day that is over. */
  take(day: number): WorldDay {
    const messages = arrived(this.#messages, day);
    const webhooks = arrived(this.#webhooks, day);
    return { day, messages, webhooks };
  }

  signedUp(life: Life, day: number): void {
    this.#turnTo(life, day);
    const second = signUpSecond(life);
    if (day < this.#options.firstDay) return;
    this.#identify(life, day * DAY_MS + second * 1000, second);
    this.#track(life, day, second + 2, "Signed Up");
  }

  used(life: Life, day: number): void {
    this.#turnTo(life, day);
    if (day < this.#options.firstDay) return;
    const { person, key } = life;
    const u = (k: number): number => draw(key, DRAW.ACTION, day, k);
    const outingMs = person.outings?.get(day);
    let second: number;
    if (outingMs === undefined) {
      const local = person.hour + 3.5 * (u(0) + u(1) - 1) - person.clockMs / 3_600_000;
      second = Math.floor((((local % 24) + 24) % 24) * 3600);
    } else second = Math.floor((outingMs - day * DAY_MS) / 1000) + 4200;
    second = Math.min(82_000, day === life.signUpDay ? Math.max(second, 29_600) : second);
    const hasPremium = life.status >= STATUS.TRIALING && life.status <= STATUS.ARREARS;
    const open = (at: number): void => this.#track(life, day, at, "Application Opened");
    open(second);
    if (u(2) < person.plans) {
      const distanceKm = Math.round(30 + 500 * u(3) ** 2) / 10;
      this.#track(life, day, second + 60 + Math.floor(240 * u(4)), "Route Planned", { distanceKm });
      if (u(5) < 0.3) this.#track(life, day, second + 420, "Route Planned", { distanceKm });
    }
    if (u(6) < person.downloads * (hasPremium ? 1 : 0.2)) {
      this.#track(life, day, second + 500, "Map Downloaded");
    }
    if (u(7) < person.tries) this.#track(life, day, second + 530, "Segment Tried");
    if (u(8) < (outingMs === undefined ? person.shares : 0.4)) {
      this.#track(life, day, second + 560, "Activity Shared");
    }
    if (u(9) < (hasPremium ? 0.015 : 0.13)) {
      this.#track(life, day, second + 590, "Premium Viewed");
    }
    if (u(10) < 0.22) open(Math.min(84_000, second + 3600 + Math.floor(9000 * u(11))));
  }

  mailed(life: Life, day: number, mail: Mail): void {
    this.#turnTo(life, day);
    if (day < this.#options.firstDay) return;
    const properties = { campaign: mail.campaign };
    const second =
      mail.campaign === "digest" ? 25_200 + (life.person.index % 1800) : life.anchorSecond + 1800;
    const open = second + 300 + Math.floor(7200 * draw(life.key, DRAW.TIME, day, 0));
    this.#track(life, day, second, "Email Delivered", properties);
    if (mail.isOpened) this.#track(life, day, open, "Email Opened", properties);
    if (mail.isTapped) this.#track(life, day, open + 20, "Email Link Clicked", properties);
    if (mail.isUnsubscribed) this.#track(life, day, open + 40, "Unsubscribed", properties);
  }

  pushed(life: Life, day: number, isTapped: boolean): void {
    this.#turnTo(life, day);
    if (day < this.#options.firstDay) return;
    const second = 61_200 + (life.person.index % 3600);
    this.#track(life, day, second, "Push Notification Received");
    if (isTapped) this.#track(life, day, second + 400, "Push Notification Tapped");
  }

  subscribed(life: Life, day: number): void {
    this.#turnTo(life, day);
    const { anchorSecond: second } = life;
    if (life.subscription === 1) {
      this.#webhook(life, day, second - 5, "customer.created", customerOf(life), true);
      this.#instrument(life, day, second - 4, "payment_method.attached");
    } else if (life.isExpiryMet || life.card > 0) {
      this.#instrument(life, day, second - 4, "payment_method.attached");
    }
    if (life.trialEndDay < 0) {
      const charge = { decline: DECLINE.NONE, attempt: 1, isByMember: true, isLast: false };
      this.#collect(life, day, second - 3, { ...charge, nextDay: -1 });
    }
    this.#subscription(life, day, second, "customer.subscription.created", undefined, true);
  }

  charged(life: Life, day: number, charge: Charge): void {
    this.#turnTo(life, day);
    const { isByMember, attempt, decline } = charge;
    // Renewals come at the anchor, retries some minutes after it, members in the evening.
    const second = isByMember
      ? Math.min(86_200, Math.max(this.#second, life.anchorSecond, 68_000) + 200)
      : life.anchorSecond + (attempt > 1 ? 600 : 0);
    if (isByMember) this.#instrument(life, day, second - 3, "payment_method.attached");
    this.#collect(life, day, second + 1, charge);
    const isFailed = decline !== DECLINE.NONE;
    if (attempt === 1 || !isFailed) {
      const previous =
        attempt > 1
          ? { status: "past_due" }
          : { status: life.periods === 1 && life.trialEndDay >= 0 ? "trialing" : "active" };
      this.#subscription(life, day, second + 4, "customer.subscription.updated", previous, false);
    }
  }

  renewalOff(life: Life, day: number): void {
    this.#turnTo(life, day);
    const second = Math.min(86_380, Math.max(this.#second, life.anchorSecond) + 120);
    const previous = { cancel_at_period_end: false };
    this.#subscription(life, day, second, "customer.subscription.updated", previous, true);
  }

  ended(life: Life, day: number, cause: "voluntary" | "involuntary"): void {
    this.#turnTo(life, day);
    // In arrears nothing is left to wait for: it ends at once, by the member's hand.
    const isAsked = cause === "voluntary" && life.caseDay >= 0;
    const second = isAsked
      ? Math.min(86_380, Math.max(this.#second, life.anchorSecond) + 120)
      : life.anchorSecond + (cause === "involuntary" ? 700 : 0);
    this.#subscription(life, day, second, "customer.subscription.deleted", undefined, isAsked);
  }

  cardRenewed(life: Life, day: number, isByNetwork: boolean): void {
    if (life.subscription === 0) return;
    this.#turnTo(life, day);
    const type = isByNetwork ? "payment_method.automatically_updated" : "payment_method.attached";
    this.#instrument(life, day, 18_000, type);
  }

  #instrument(life: Life, day: number, second: number, type: string): void {
    const object = paymentMethodOf(life, secondsOf(day, second));
    this.#webhook(life, day, second, type, object, true);
  }

  #collect(life: Life, day: number, second: number, charge: Charge): void {
    const isOld = this.#isOld(day);
    const atS = secondsOf(day, second);
    const changed = day >= this.#options.codesDay;
    const isPaid = charge.decline === DECLINE.NONE;
    const type = isPaid ? "charge.succeeded" : "charge.failed";
    const object = chargeOf(life, charge, isOld, atS, changed);
    this.#webhook(life, day, second, type, object, charge.isByMember);
    const invoice = invoiceOf(life, charge, isOld, atS + 1);
    const invoiceType = isPaid ? "invoice.paid" : "invoice.payment_failed";
    this.#webhook(life, day, second + 1, invoiceType, invoice, charge.isByMember);
  }

  #subscription(
    life: Life,
    day: number,
    second: number,
    type: string,
    previous: StripeJson | undefined,
    isAsked: boolean,
  ): void {
    const object = subscriptionOf(life, this.#isOld(day), secondsOf(day, second));
    this.#webhook(life, day, second, type, object, isAsked, previous);
  }

  #isOld(day: number): boolean {
    return day < this.#options.firstDay + reporterDefaults.newGenerationAfter;
  }

  #turnTo(life: Life, day: number): void {
    if (this.#member === life.person.index && this.#day === day) return;
    this.#member = life.person.index;
    this.#day = day;
    this.#count = 0;
    this.#second = 0;
    // Who was there before the app began to tell is told of on its first days, when seen first.
    if (day >= this.#options.firstDay && life.signUpDay < this.#options.firstDay) {
      this.#identify(life, day * DAY_MS + (life.person.index % 900) * 1000, 0);
    }
  }

  #identify(life: Life, atMs: number, second: number): void {
    const { person } = life;
    if (this.#identified.has(person.index)) return;
    this.#identified.add(person.index);
    const createdMs = life.signUpDay * DAY_MS + signUpSecond(life) * 1000;
    const timestamp = new Date(atMs).toISOString();
    const traits = {
      name: person.name,
      email: person.email,
      country: person.country,
      timezone: person.timeZone,
      platform: person.platform,
      createdAt: new Date(createdMs).toISOString(),
      ...(person.athleteId === undefined ? {} : { athleteId: person.athleteId }),
    };
    const messageId = `i-${person.customerId.slice(4)}`;
    const { userId } = person;
    const sentAt = timestamp;
    const what: SegmentMessage = { type: "identify", messageId, userId, traits, timestamp, sentAt };
    this.#arrive(this.#messages, atMs, what);
    this.#second = Math.max(this.#second, second);
  }

  #track(
    life: Life,
    day: number,
    second: number,
    event: string,
    properties?: Readonly<Record<string, unknown>>,
  ): void {
    const { person, key } = life;
    const count = this.#count++;
    const u = draw(key, DRAW.DELIVERY, day, 2 * count);
    const atMs =
      day * DAY_MS + second * 1000 + Math.floor(1000 * draw(key, DRAW.TIME, day, 20 + count));
    const { lateShare, lateHours, twiceShare } = reporterDefaults;
    let delayMs = 1500;
    if (u < lateShare) {
      const hours = -lateHours * Math.log(1 - draw(key, DRAW.DELIVERY, day, 2 * count + 1));
      delayMs = Math.floor(Math.min(96, hours) * 3_600_000) + 60_000;
    }
    const what: SegmentMessage = {
      type: "track",
      messageId: `t-${person.customerId.slice(4)}-${day}-${count}`,
      userId: person.userId,
      event,
      ...(properties ? { properties } : {}),
      timestamp: new Date(atMs).toISOString(),
      sentAt: new Date(atMs + delayMs).toISOString(),
    };
    this.#arrive(this.#messages, atMs + delayMs, what);
    if (u > 1 - twiceShare) this.#arrive(this.#messages, atMs + delayMs + 45_000, what);
    this.#second = Math.max(this.#second, second);
  }

  #webhook(
    life: Life,
    day: number,
    second: number,
    type: string,
    object: StripeJson,
    isAsked: boolean,
    previous?: StripeJson,
  ): void {
    const { index, customerId } = life.person;
    const n = (this.#said.get(index) ?? 0) + 1;
    this.#said.set(index, n);
    const created = secondsOf(day, second);
    const what: StripeEvent = {
      id: `evt_${customerId.slice(4)}e${n}`,
      object: "event",
      api_version: this.#isOld(day) ? API_VERSIONS.old : API_VERSIONS.new,
      created,
      data: previous ? { object, previous_attributes: previous } : { object },
      livemode: false,
      pending_webhooks: 1,
      request: { id: isAsked ? `req_${n}${customerId.slice(4)}` : null, idempotency_key: null },
      type,
    };
    // Deliveries overtake each other by seconds, and some are repeated.
    const u = draw(life.key, DRAW.DELIVERY, day, 1000 + n);
    this.#arrive(this.#webhooks, created * 1000 + Math.floor(9000 * u), what);
    if (u > 1 - reporterDefaults.twiceShare) {
      this.#arrive(this.#webhooks, created * 1000 + 3_600_000, what);
    }
    this.#second = Math.max(this.#second, second);
  }

  #arrive<T>(bins: Map<number, Arriving<T>[]>, atMs: number, what: T): void {
    if (atMs >= this.#options.until) return;
    const day = Math.floor(atMs / DAY_MS);
    const bin = bins.get(day);
    if (bin) bin.push({ atMs, what });
    else bins.set(day, [{ atMs, what }]);
  }
}

function arrived<T>(bins: Map<number, Arriving<T>[]>, day: number): readonly T[] {
  const bin = bins.get(day) ?? [];
  bins.delete(day);
  bin.sort((a, b) => a.atMs - b.atMs);
  return bin.map(({ what }) => what);
}

/** Of the day on which the account was made: before anything can be bought. */
function signUpSecond({ key, signUpDay }: Life): number {
  return 20_000 + Math.floor(9000 * draw(key, DRAW.SIGN_UP, signUpDay, 2));
}
