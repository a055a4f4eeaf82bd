/**
 * Stripe's signature of a webhook: HMAC-SHA-256 over the time and the bytes as they came, in the header
 * `Stripe-Signature: t=1492774577,v1=5257a8…,v1=…`. While a secret is being rolled there are several `v1`.
 *
 * @see docs.stripe.com/webhooks, "Verify webhook signatures manually"
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { WaymarkError } from "../../base/error.ts";

export const stripeSignatureDefaults = {
  /** Seconds that a signature may be old, or ahead of our clock: Stripe's own tolerance. */
  toleranceS: 300,
  /** Signatures of one header that are tried: Stripe sends one for each secret that is good. */
  signatures: 20,
} as const;

/**
 * @param header of the request; absent: not signed
 * @param body the bytes as they came
 * @throws WaymarkError WEBHOOK_FORGED
 */
export function checkStripeSignature(
  header: string | undefined,
  body: Buffer,
  secret: string,
  now: number,
): void {
  const { toleranceS, signatures } = stripeSignatureDefaults;
  const { time, v1 } = parseHeader(header);
  const signed = createHmac("sha256", secret).update(`${time}.`).update(body).digest();
  const isSigned = v1.slice(0, signatures).some((hex) => {
    const given = Buffer.from(hex, "hex");
    return given.length === signed.length && timingSafeEqual(given, signed);
  });
  if (!isSigned) throw forged("no signature in 'Stripe-Signature' fits the secret and the body");
  const ageS = now / 1000 - time;
  if (Math.abs(ageS) > toleranceS) {
    throw forged(
      `it was signed ${Math.round(Math.abs(ageS))} s ${ageS > 0 ? "ago" : "ahead"}; ${toleranceS} s are allowed`,
    );
  }
}

function parseHeader(header = ""): { readonly time: number; readonly v1: readonly string[] } {
  const v1: string[] = [];
  let time = Number.NaN;
  for (const part of header.split(",")) {
    const [name, value = ""] = part.trim().split("=", 2);
    if (name === "t" && /^\d{1,12}$/.test(value)) time = Number(value);
    if (name === "v1") v1.push(value);
  }
  if (Number.isNaN(time) || v1.length === 0) {
    throw forged("the header 'Stripe-Signature' has no time and v1 signature");
  }
  return { time, v1 };
}

function forged(message: string): WaymarkError {
  return new WaymarkError("WEBHOOK_FORGED", message);
}
