/**
 * The features of members: what they do in the app, what they record, what is sent to them, how they
 * pay. Kinds of events are Segment's semantic events where it has one, and the words of billing.ts. A
 * feature that is added here is computed, served, logged, documented and tested at once.
 */
import type {
  Aggregation,
  FeatureDefinition,
  HalfLifeDays,
  Level,
  Levels,
  PrivacyTag,
  Reading,
  Selection,
  Unit,
  WindowDays,
} from "./definition.ts";
import { defineFeatures, type FeatureSet } from "./feature-set.ts";

/** Of the log's follower: it reads at least once a second, and a batch takes a few. */
const LIVE_S = 10;

interface Noun {
  readonly name: string;
  readonly from: Selection;
  readonly privacy: PrivacyTag;
  /** "Routes planned" */
  readonly label: string;
  /** "planned", "more routes", "fewer routes", "no route" */
  readonly rise: string;
  readonly fall: string;
}

const track = (...events: string[]): Selection => ({
  kinds: events.map((name) => `track:${name}`),
});

/** What comes to a member without the member's doing. */
export const PASSIVE_KINDS: readonly string[] = [
  "track:Email Delivered",
  "track:Email Bounced",
  "track:Push Notification Received",
  "track:Push Notification Bounced",
];

/** A day with one of these is a day on which the member was there. */
export const ACTIVE: Selection = {
  kinds: ["activity"],
  prefixes: ["track:", "screen:", "page:"],
  except: PASSIVE_KINDS,
};

const opens: Noun = {
  name: "opens",
  from: track("Application Opened"),
  privacy: "usage",
  label: "Opens of the app",
  rise: "opened the app more often",
  fall: "opened the app less often",
};
const active: Noun = {
  name: "active",
  from: ACTIVE,
  privacy: "usage",
  label: "Active",
  rise: "was active on more days",
  fall: "was active on fewer days",
};
const routes: Noun = {
  name: "routes_planned",
  from: track("Route Planned"),
  privacy: "usage",
  label: "Routes planned",
  rise: "planned more routes",
  fall: "planned fewer routes",
};
const segments: Noun = {
  name: "segments_tried",
  from: track("Segment Tried"),
  privacy: "usage",
  label: "Segments tried",
  rise: "tried more segments",
  fall: "tried fewer segments",
};
const maps: Noun = {
  name: "maps_downloaded",
  from: track("Map Downloaded"),
  privacy: "usage",
  label: "Maps downloaded",
  rise: "downloaded more maps",
  fall: "downloaded fewer maps",
};
const shares: Noun = {
  name: "shares",
  from: track("Activity Shared"),
  privacy: "usage",
  label: "Activities shared",
  rise: "shared more activities",
  fall: "shared fewer activities",
};
const premium: Noun = {
  name: "premium_views",
  from: track("Premium Viewed"),
  privacy: "usage",
  label: "Looks at premium",
  rise: "looked at premium more often",
  fall: "looked at premium less often",
};
const recordings: Noun = {
  name: "recordings",
  from: { kinds: ["activity"] },
  privacy: "usage",
  label: "Recordings",
  rise: "recorded more activities",
  fall: "recorded fewer activities",
};
const emails: Noun = {
  name: "emails_delivered",
  from: track("Email Delivered"),
  privacy: "messages",
  label: "E-mails delivered",
  rise: "got more e-mails",
  fall: "got fewer e-mails",
};
const pushes: Noun = {
  name: "pushes_received",
  from: track("Push Notification Received"),
  privacy: "messages",
  label: "Push notifications received",
  rise: "got more notifications",
  fall: "got fewer notifications",
};
const unsubscribes: Noun = {
  name: "unsubscribes",
  from: track("Unsubscribed"),
  privacy: "messages",
  label: "Unsubscribed from messages",
  rise: "unsubscribed from messages",
  fall: "unsubscribed from fewer messages",
};
const failures: Noun = {
  name: "failed_payments",
  from: { kinds: ["payment"], where: [{ field: "outcome", isOneOf: ["failed"] }] },
  privacy: "billing",
  label: "Payments that failed",
  rise: "had more payments fail",
  fall: "had fewer payments fail",
};
const payments: Noun = {
  name: "payments",
  from: { kinds: ["payment"], where: [{ field: "outcome", isOneOf: ["succeeded"] }] },
  privacy: "billing",
  label: "Payments",
  rise: "paid more often",
  fall: "paid less often",
};
const refunds: Noun = {
  name: "refunds",
  from: { kinds: ["reversal"] },
  privacy: "billing",
  label: "Refunds and disputes",
  rise: "got more money back",
  fall: "got less money back",
};

function feature(
  noun: Noun,
  name: string,
  aggregation: Aggregation,
  label: string,
  unit: Unit,
  said: Partial<Pick<FeatureDefinition, "rise" | "fall" | "privacy">> = {},
): FeatureDefinition {
  return {
    name,
    entity: "member",
    from: noun.from,
    aggregation,
    freshnessS: LIVE_S,
    owner: "growth",
    privacy: noun.privacy,
    label,
    unit,
    rise: noun.rise,
    fall: noun.fall,
    ...said,
  };
}

const counts = (noun: Noun, ...windows: WindowDays[]): FeatureDefinition[] =>
  windows.map((window) =>
    feature(
      noun,
      `${noun.name}_${window}d`,
      { kind: "count", window },
      `${noun.label}, ${inDays(window)}`,
      "times",
    ),
  );

const activeDays = (...windows: WindowDays[]): FeatureDefinition[] =>
  windows.map((window) =>
    feature(
      active,
      `active_days_${window}d`,
      { kind: "days", window },
      `Active days, ${inDays(window)}`,
      "days",
    ),
  );

const recentDays = (halfLifeDays: HalfLifeDays): FeatureDefinition =>
  feature(
    active,
    `active_share_${halfLifeDays}d`,
    { kind: "recent", halfLifeDays },
    `Share of days active, a day counting half as much every ${halfLifeDays} days`,
    "share",
  );

const sums = (
  name: string,
  label: string,
  unit: Unit,
  quantity: (Aggregation & { kind: "sum" })["quantity"],
  said: Partial<Pick<FeatureDefinition, "rise" | "fall" | "privacy">>,
  ...windows: WindowDays[]
): FeatureDefinition[] =>
  windows.map((window) =>
    feature(
      recordings,
      `${name}_${window}d`,
      { kind: "sum", window, quantity },
      `${label}, ${inDays(window)}`,
      unit,
      said,
    ),
  );

const trend = (noun: Noun): FeatureDefinition =>
  feature(
    noun,
    `${noun.name}_trend`,
    { kind: "trend" },
    `${noun.label}: the last 28 days against the 28 before`,
    "",
  );

const sinceLast = (noun: Noun, name: string, label: string, verb: string): FeatureDefinition =>
  feature(noun, `days_since_${name}`, { kind: "sinceLast" }, label, "days", {
    rise: `${verb} longer ago`,
    fall: `${verb} more lately`,
  });

const share = (
  noun: Noun,
  of: Noun,
  name: string,
  from: Selection,
  label: string,
  verb: string,
  window: WindowDays,
): FeatureDefinition =>
  feature(
    { ...noun, from },
    `${name}_${window}d`,
    { kind: "ratio", window, to: of.from },
    `${label}, ${inDays(window)}`,
    "share",
    { rise: `${verb} a larger share`, fall: `${verb} a smaller share` },
  );

const SUBSCRIPTION: Noun = {
  name: "subscription",
  from: { kinds: ["subscription"] },
  privacy: "billing",
  label: "Subscription",
  rise: "",
  fall: "",
};
/** Of the subscription that goes on, else of the one that ended last. */
const SUBSCRIPTION_LIVES = {
  per: "subscriptionId",
  live: { field: "status", isOneOf: ["trialing", "active", "grace", "hold", "paused"] },
} as const;

const ofSubscription = (
  name: string,
  read: Reading,
  label: string,
  unit: Unit = "",
  rise = "",
  fall = "",
): FeatureDefinition =>
  feature(
    SUBSCRIPTION,
    name,
    { kind: "latest", read, per: SUBSCRIPTION_LIVES.per, live: SUBSCRIPTION_LIVES.live },
    label,
    unit,
    { rise, fall },
  );

/** Of the newest event that says what pays; a card that was taken away pays no more. */
const INSTRUMENT: Selection = {
  kinds: ["subscription", "payment", "instrument"],
  where: [
    { field: "instrument.kind", isOneOf: ["card", "bank", "wallet", "store", "other"] },
    { field: "change", isNoneOf: ["detached"] },
  ],
};

/** What becomes of a bill that could not be collected. */
const INVOICE: Selection = { kinds: ["invoice"] };

const ofLatest = (
  from: Selection,
  privacy: PrivacyTag,
  name: string,
  read: Reading,
  label: string,
  unit: Unit = "",
  rise = "",
  fall = "",
): FeatureDefinition =>
  feature({ ...SUBSCRIPTION, from, privacy }, name, { kind: "latest", read }, label, unit, {
    rise,
    fall,
  });

const named = (...levels: Level[]): Levels => ({ kind: "named", levels });

const category = (field: string | readonly string[], levels: Levels): Reading => ({
  kind: "category",
  fields: typeof field === "string" ? [field] : field,
  levels,
});

/** ISO 3166-1, the officially assigned codes. */
const COUNTRIES =
  "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW".split(
    " ",
  );

const PROFILE: Selection = { kinds: ["identify"] };

export const memberFeatures: FeatureSet = defineFeatures([
  ...counts(opens, 1, 7, 14, 28, 90),
  ...activeDays(7, 14, 28, 90),
  recentDays(7),
  recentDays(28),
  ...counts(routes, 7, 28, 90),
  ...counts(segments, 7, 28, 90),
  ...counts(maps, 28, 90),
  ...counts(shares, 28, 90),
  ...counts(premium, 7, 28, 90),
  trend(opens),
  trend(routes),
  trend(segments),
  trend(recordings),
  sinceLast(opens, "open", "Days since the app was opened", "opened the app"),
  sinceLast(active, "active", "Days since the member was active", "was active"),
  sinceLast(routes, "route_planned", "Days since a route was planned", "planned a route"),
  sinceLast(segments, "segment_tried", "Days since a segment was tried", "tried a segment"),
  sinceLast(premium, "premium_view", "Days since premium was looked at", "looked at premium"),
  sinceLast(recordings, "recording", "Days since a recording", "recorded an activity"),

  ...counts(recordings, 7, 28, 90),
  ...sums(
    "distance_m",
    "Distance recorded",
    "metres",
    { of: "value" },
    { rise: "went farther", fall: "went less far" },
    28,
    90,
  ),
  ...sums(
    "moving_s",
    "Time in motion",
    "seconds",
    { of: "field", field: "movingS" },
    { rise: "moved for longer", fall: "moved for less time" },
    28,
  ),
  ...sums(
    "new_places",
    "New places, cells of 500 m",
    "times",
    { of: "field", field: "newCells" },
    { rise: "saw more new places", fall: "saw fewer new places", privacy: "place" },
    28,
    90,
  ),
  feature(
    recordings,
    "sports_90d",
    { kind: "distinct", window: 90, field: "sport" },
    "Different sports, 90 days",
    "",
    { rise: "did more sports", fall: "did fewer sports" },
  ),

  ...counts(emails, 28),
  ...counts(pushes, 28),
  share(
    emails,
    emails,
    "emails_opened_share",
    track("Email Opened"),
    "E-mails opened for each that was delivered",
    "opened",
    90,
  ),
  share(
    emails,
    emails,
    "emails_tapped_share",
    track("Email Link Clicked"),
    "E-mails with a click for each that was delivered",
    "clicked in",
    90,
  ),
  share(
    pushes,
    pushes,
    "pushes_tapped_share",
    track("Push Notification Tapped"),
    "Notifications tapped for each that was received",
    "tapped",
    90,
  ),
  ...counts(unsubscribes, 90),
  sinceLast(
    unsubscribes,
    "unsubscribed",
    "Days since the member unsubscribed from messages",
    "unsubscribed",
  ),

  ofSubscription(
    "subscription_status",
    category("status", named("trialing", "active", "grace", "hold", "paused", "ended")),
    "Status of the subscription",
  ),
  ofSubscription("plan", category("plan", { kind: "hashed", buckets: 64 }), "Plan"),
  ofSubscription(
    "billing_interval",
    category("interval", named("week", "month", "year")),
    "Billed by",
  ),
  ofSubscription("interval_count", { kind: "number", field: "intervalCount" }, "Intervals a bill"),
  ofSubscription(
    "price_minor",
    { kind: "number", field: "priceMinor" },
    "Price of an interval",
    "minor units",
    "pays a higher price",
    "pays a lower price",
  ),
  ofSubscription(
    "currency",
    category(
      "currency",
      named(
        "EUR",
        "USD",
        "GBP",
        "CHF",
        "SEK",
        "NOK",
        "DKK",
        "PLN",
        "CAD",
        "AUD",
        "JPY",
        "BRL",
        "INR",
      ),
    ),
    "Currency",
  ),
  ofSubscription(
    "processor",
    category("processor", named("stripe", "app_store", "google_play", "revenuecat")),
    "Who collects the money",
  ),
  ofSubscription("is_renewing", { kind: "boolean", field: "isRenewing" }, "Renews by itself"),
  ofSubscription(
    "days_to_period_end",
    { kind: "daysUntil", instant: { of: "field", field: "periodEndMs" } },
    "Days until the billing period ends",
    "days",
    "is billed again later",
    "is billed again sooner",
  ),
  ofSubscription(
    "renewal_day_of_month",
    { kind: "dayOfMonth", instant: { of: "field", field: "periodEndMs" } },
    "Day of the month on which it renews",
    "",
    "renews later in the month",
    "renews earlier in the month",
  ),
  ofSubscription(
    "days_since_period_start",
    { kind: "daysSince", instant: { of: "field", field: "periodStartMs" } },
    "Days since the billing period began",
    "days",
    "was billed longer ago",
    "was billed more lately",
  ),
  ofSubscription(
    "days_to_trial_end",
    { kind: "daysUntil", instant: { of: "field", field: "trialEndMs" } },
    "Days until the trial ends",
    "days",
    "has more of the trial left",
    "has less of the trial left",
  ),
  ofSubscription(
    "subscription_age_days",
    { kind: "daysSince", instant: { of: "field", field: "startedMs" } },
    "Days since the subscription began",
    "days",
    "has subscribed for longer",
    "has subscribed for less time",
  ),
  ...counts(failures, 90, 365),
  sinceLast(failures, "failed_payment", "Days since a payment failed", "had a payment fail"),
  ofLatest(
    { kinds: ["payment"] },
    "billing",
    "last_payment",
    category("outcome", named("succeeded", "failed", "pending")),
    "What became of the last payment",
  ),
  ofLatest(
    failures.from,
    "billing",
    "last_decline",
    category(
      "declineClass",
      named(
        "never_retry",
        "needs_card_data",
        "needs_customer",
        "insufficient_funds",
        "velocity",
        "ambiguous",
        "technical",
        "duplicate",
        "unknown",
      ),
    ),
    "Why the last failed payment was declined",
  ),
  ofLatest(
    INVOICE,
    "billing",
    "last_bill",
    category("status", named("failed", "needs_action", "paid", "uncollectible", "void")),
    "What became of the last bill",
  ),
  ofLatest(
    INVOICE,
    "billing",
    "last_bill_tries",
    { kind: "number", field: "attemptNumber" },
    "Tries to collect the last bill",
    "times",
    "took more tries to pay",
    "took fewer tries to pay",
  ),
  ofLatest(
    INVOICE,
    "billing",
    "days_to_next_try",
    { kind: "daysUntil", instant: { of: "field", field: "nextAttemptMs" } },
    "Days until an unpaid bill is tried again",
    "days",
    "is charged again later",
    "is charged again sooner",
  ),
  ...counts(payments, 365),
  ofLatest(
    INSTRUMENT,
    "billing",
    "instrument_kind",
    category("instrument.kind", named("card", "bank", "wallet", "store")),
    "What pays",
  ),
  ofLatest(
    INSTRUMENT,
    "billing",
    "card_brand",
    category(
      "instrument.brand",
      named("visa", "mastercard", "amex", "discover", "diners", "jcb", "unionpay"),
    ),
    "Brand of the card",
  ),
  ofLatest(
    INSTRUMENT,
    "billing",
    "card_funding",
    category("instrument.funding", named("credit", "debit", "prepaid", "unknown")),
    "Kind of card",
  ),
  ofLatest(
    INSTRUMENT,
    "billing",
    "months_to_card_expiry",
    {
      kind: "monthsUntil",
      year: "instrument.expiryYear",
      month: "instrument.expiryMonth",
    },
    "Months until the card expires",
    "months",
    "has a card that lasts longer",
    "has a card that expires sooner",
  ),
  ofLatest(
    INSTRUMENT,
    "billing",
    "is_tokenised",
    { kind: "boolean", field: "instrument.isTokenised" },
    "The network keeps the card's number up to date",
  ),
  ...counts(refunds, 365),

  feature(
    {
      ...active,
      from: {
        kinds: ["subscription", "payment", "identify", "activity"],
        prefixes: ["track:", "screen:", "page:"],
      },
    },
    "tenure_days",
    { kind: "sinceFirst" },
    "Days since the member was first seen",
    "days",
    { rise: "has been here for longer", fall: "has been here for less time", privacy: "profile" },
  ),
  ofLatest(
    { kinds: ["identify"] },
    "profile",
    "platform",
    category(
      ["platform", "$context.os", "$context.device"],
      named(["ios", "iOS", "iPadOS", "iPhone OS"], ["android", "Android"], ["web", "Web"]),
    ),
    "Platform",
  ),
  ofLatest(
    PROFILE,
    "profile",
    "country",
    category(["address.country", "country"], named(...COUNTRIES)),
    "Country",
  ),
]);

function inDays(window: WindowDays): string {
  return window === 1 ? "today" : `${window} days`;
}
