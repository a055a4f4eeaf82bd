/** What pays, out of Stripe's payment methods and the details that charges carry. */
import type { Instrument } from "../../../schema/billing.ts";
import { type Fields, number, object, text } from "../field.ts";

const BANK =
  /^(us_bank_account|sepa_debit|bacs_debit|au_becs_debit|nz_bank_account|acss_debit|ach_debit|ach_credit_transfer|customer_balance|bancontact|ideal|eps|p24|fpx|giropay|sofort|pay_by_bank)$/;
const WALLET =
  /^(paypal|link|cashapp|amazon_pay|revolut_pay|alipay|wechat_pay|grabpay|kakao_pay|naver_pay|samsung_pay|payco|mobilepay|twint|swish|pix|klarna|afterpay_clearpay|affirm)$/;
const FUNDINGS = ["credit", "debit", "prepaid"] as const;

/** @param method a payment method, or a charge's `payment_method_details` */
export function instrumentOf(method: Fields | null): Instrument | null {
  const type = method && text(method, "type");
  if (!method || type === null) return null;
  const card = type === "card" || type === "card_present" ? object(method, type) : null;
  if (card) return cardOf(card);
  const details = object(method, type);
  return {
    kind: BANK.test(type) ? "bank" : WALLET.test(type) ? "wallet" : "other",
    brand: type,
    funding: "unknown",
    expiryMonth: null,
    expiryYear: null,
    country: details && text(details, "country"),
    isTokenised: false,
  };
}

function cardOf(card: Fields): Instrument {
  const token = card.raw.network_token;
  const usesToken =
    typeof token === "object" && token !== null && (token as { used?: unknown }).used === true;
  const funding = text(card, "funding");
  return {
    kind: "card",
    brand: text(card, "brand"),
    funding: FUNDINGS.find((known) => known === funding) ?? "unknown",
    expiryMonth: number(card, "exp_month"),
    expiryYear: number(card, "exp_year"),
    country: text(card, "country"),
    // Apple Pay and Google Pay give a token of the network in the place of the card's number.
    isTokenised: usesToken || (card.raw.wallet !== undefined && card.raw.wallet !== null),
  };
}
