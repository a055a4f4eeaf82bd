/**
 * Which class a decline belongs to, as rows: who says it, since when, until when, and where that is
 * written. Rules of the card networks change on dates; a decline is classed by those of its own day, so
 * that last year's are not judged by this year's.
 */
import type { DeclineClass } from "../../schema/billing.ts";

export interface DeclineRule {
  readonly class: DeclineClass;
  /** Where the code stands: the processor's decline code, the network's response code, or its advice. */
  readonly field: "decline" | "network" | "advice";
  readonly codes: readonly string[];
  /** Brand of the card, lower case; null: any. */
  readonly brand: "visa" | "mastercard" | null;
  /** First day, UTC, "2025-05-25"; null: as long as the code is known. */
  readonly validFrom: string | null;
  /** The first day on which it holds no more; null: it holds. */
  readonly validTo: string | null;
  readonly source: string;
}

const STRIPE = "docs.stripe.com/declines/codes, read 2026-11";
const STRIPE_NEVER = "docs.stripe.com/invoicing/automatic-collection: codes that are not retried";
const VISA = "Visa Core Rules 18 Apr 2026, table 7-2; docs.adyen.com, retry rules of card networks";
const MASTERCARD = "Mastercard Transaction Processing Excellence: merchant advice codes; TabaPay";
const ISO = "ISO 8583 response codes as Visa and Mastercard print them";

type Short = Pick<DeclineRule, "field" | "source"> &
  Partial<Pick<DeclineRule, "brand" | "validFrom" | "validTo">>;

function rule(name: DeclineClass, codes: string, short: Short): DeclineRule {
  return {
    class: name,
    codes: codes.split(" "),
    brand: null,
    validFrom: null,
    validTo: null,
    ...short,
  };
}

/** A row that says "never" wins over any other; else decline codes, then advice, then network codes. */
export const DECLINE_RULES: readonly DeclineRule[] = [
  rule(
    "never_retry",
    "incorrect_number lost_card pickup_card stolen_card revocation_of_authorization revocation_of_all_authorizations highest_risk_level transaction_not_allowed",
    { field: "decline", source: STRIPE_NEVER },
  ),
  rule(
    "never_retry",
    "do_not_try_again stop_payment_order invalid_account invalid_number merchant_blacklist security_violation restricted_card fraudulent previously_declined_do_not_retry rule",
    { field: "decline", source: `${STRIPE}: hard by what they mean` },
  ),
  rule(
    "needs_card_data",
    "expired_card incorrect_cvc invalid_cvc incorrect_zip invalid_expiry_month invalid_expiry_year new_account_information_available",
    { field: "decline", source: STRIPE },
  ),
  rule(
    "needs_customer",
    "authentication_required call_issuer approve_with_id card_not_supported currency_not_supported not_permitted service_not_allowed no_action_taken incorrect_pin invalid_pin pin_try_exceeded offline_pin_required online_or_offline_pin_required",
    { field: "decline", source: STRIPE },
  ),
  rule("insufficient_funds", "insufficient_funds", { field: "decline", source: STRIPE }),
  rule("velocity", "withdrawal_count_limit_exceeded card_velocity_exceeded invalid_amount", {
    field: "decline",
    source: STRIPE,
  }),
  rule("ambiguous", "do_not_honor generic_decline", { field: "decline", source: STRIPE }),
  rule(
    "technical",
    "processing_error issuer_not_available try_again_later reenter_transaction testmode_decline",
    { field: "decline", source: STRIPE },
  ),
  rule("duplicate", "duplicate_transaction", { field: "decline", source: STRIPE }),

  // Stripe's own advice, derived from the network's.
  rule("never_retry", "do_not_try_again", { field: "advice", source: STRIPE }),
  rule("needs_card_data", "confirm_card_data", { field: "advice", source: STRIPE }),
  rule("technical", "try_again_later", { field: "advice", source: STRIPE }),

  // Mastercard's merchant advice codes.
  rule("never_retry", "03 21", { field: "advice", brand: "mastercard", source: MASTERCARD }),
  rule("needs_card_data", "01", { field: "advice", brand: "mastercard", source: MASTERCARD }),
  rule("ambiguous", "02", { field: "advice", brand: "mastercard", source: MASTERCARD }),
  rule("insufficient_funds", "24 25 26 27 28 29 30", {
    field: "advice",
    brand: "mastercard",
    source: `${MASTERCARD}: after 1 h, 24 h, 2, 4, 6, 8, 10 days`,
  }),

  // Visa's category 1: the issuer will never approve.
  rule("never_retry", "04 07 12 14 15 41 43 46 57 R0 R1 R3", {
    field: "network",
    brand: "visa",
    source: VISA,
  }),

  rule("never_retry", "41 43 R0 R1 R3", { field: "network", source: ISO }),
  rule("needs_card_data", "14 54 82 N7", { field: "network", source: ISO }),
  rule("needs_customer", "01 1A 55 70 75", { field: "network", source: ISO }),
  rule("insufficient_funds", "51", { field: "network", source: ISO }),
  rule("velocity", "61 65", { field: "network", source: ISO }),
  rule("ambiguous", "05 59 62", { field: "network", source: ISO }),
  rule("technical", "06 19 91 92 96", { field: "network", source: ISO }),
  rule("duplicate", "94", { field: "network", source: ISO }),
];

/** How often a network lets one payment be tried: for whoever retries; stores let nobody. */
export interface RetryCap {
  readonly brand: "visa" | "mastercard";
  /** What is counted: all tries on a card, or those of one amount at one merchant. */
  readonly per: "card" | "card and merchant and amount";
  readonly attemptsMost: number;
  readonly windowHours: number;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  readonly source: string;
}

export const RETRY_CAPS: readonly RetryCap[] = [
  {
    brand: "visa",
    per: "card and merchant and amount",
    attemptsMost: 15,
    windowHours: 720,
    validFrom: null,
    validTo: "2025-05-25",
    source: "docs.adyen.com: categories 2 to 4, 15 in 30 days",
  },
  {
    brand: "visa",
    per: "card and merchant and amount",
    attemptsMost: 20,
    windowHours: 720,
    validFrom: "2025-05-25",
    validTo: null,
    source: "Visa Core Rules 18 Apr 2026; Cielo's changelog; TabaPay",
  },
  {
    brand: "mastercard",
    per: "card",
    attemptsMost: 10,
    windowHours: 24,
    validFrom: null,
    validTo: null,
    source: "Mastercard Transaction Processing Excellence: Adyen, TabaPay",
  },
  {
    brand: "mastercard",
    per: "card and merchant and amount",
    attemptsMost: 35,
    windowHours: 720,
    validFrom: null,
    validTo: null,
    source: "Mastercard Transaction Processing Excellence: Adyen, TabaPay",
  },
];

/** Hours to wait that Mastercard's advice codes of missing funds give. */
export const ADVISED_WAIT_HOURS: Readonly<Record<string, number>> = {
  "24": 1,
  "25": 24,
  "26": 48,
  "27": 96,
  "28": 144,
  "29": 192,
  "30": 240,
};

/** Whether a row holds on a day. @param atMs epoch milliseconds */
export function isValidAt(
  { validFrom, validTo }: { readonly validFrom: string | null; readonly validTo: string | null },
  atMs: number,
): boolean {
  return (
    (validFrom === null || atMs >= Date.parse(validFrom)) &&
    (validTo === null || atMs < Date.parse(validTo))
  );
}

export function retryCapsAt(brand: string, atMs: number): readonly RetryCap[] {
  return RETRY_CAPS.filter((cap) => cap.brand === brand && isValidAt(cap, atMs));
}
