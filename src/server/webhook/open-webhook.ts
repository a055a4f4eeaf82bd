/**
 * Whether a request to a webhook's address comes from the processor. Each proves it in its own way: Stripe
 * signs the bytes, Apple signs the payload, Google's Pub/Sub and RevenueCat send a secret along. What was
 * signed for another app is as good as forged: anybody may have an app at the same store.
 */
import type { FastifyRequest } from "fastify";
import { WaymarkError } from "../../base/error.ts";
import { decodeJws } from "../../lifecycle/billing/index.ts";
import type { Processor } from "../../schema/billing.ts";
import type { WebhookEndpoint } from "../../store/webhook-endpoints.ts";
import { openAppleJws, readCertificates } from "./apple-jws.ts";
import { isSameSecret } from "./shared-secret.ts";
import { checkStripeSignature } from "./stripe-signature.ts";

/** What of a request says who sent it. */
export interface Knock extends Pick<FastifyRequest, "headers"> {
  /** `token` of the address. */
  readonly token: string | undefined;
  readonly body: Buffer;
}

/** @throws WaymarkError WEBHOOK_FORGED */
export function checkKnock(
  { processor, secret, options }: WebhookEndpoint,
  { headers, token, body }: Knock,
  now: number,
): void {
  switch (processor) {
    case "stripe":
      checkStripeSignature(single(headers["stripe-signature"]), body, secret, now);
      return;
    case "revenuecat": {
      const given = (headers.authorization ?? "").replace(/^Bearer /, "");
      if (given === "" || !isSameSecret(given, secret)) {
        throw forged("the header 'Authorization' is not the endpoint's secret");
      }
      return;
    }
    case "google_play": {
      if (token === undefined || !isSameSecret(token, secret)) {
        throw forged("'token' of the address is not the endpoint's secret");
      }
      const { message } = (jsonOf(body) ?? {}) as { message?: { data?: unknown } };
      const said = safely(() => decodeText(message?.data)) as { packageName?: unknown } | undefined;
      // What cannot be read is no forgery, and is kept to be looked at.
      if (said !== undefined && said.packageName !== options.app) {
        throw forged(`it is not of the app '${options.app}'`);
      }
      return;
    }
    case "app_store": {
      const payload = openAppleJws(signedPayloadOf(body), readCertificates(secret)) as Signed;
      const about = payload.data ?? payload.summary ?? payload.externalPurchaseToken;
      if (about?.bundleId !== options.app) throw forged(`it is not of the app '${options.app}'`);
    }
  }
}

interface Signed {
  readonly data?: { readonly bundleId?: unknown };
  readonly summary?: { readonly bundleId?: unknown };
  readonly externalPurchaseToken?: { readonly bundleId?: unknown };
}

/**
 * What a body says, for the reader of its processor. Its signature was checked when it came.
 *
 * @throws WaymarkError BILLING_INVALID
 */
export function contentOf(processor: Processor, body: string): unknown {
  const json = jsonOf(body);
  if (json === undefined) {
    throw new WaymarkError("BILLING_INVALID", "the body is no JSON");
  }
  if (processor !== "app_store") return json;
  const { signedPayload } = (json ?? {}) as { signedPayload?: unknown };
  return decodeJws(typeof signedPayload === "string" ? signedPayload : "", "signedPayload").raw;
}

function signedPayloadOf(body: Buffer): string {
  const { signedPayload } = (jsonOf(body) ?? {}) as { signedPayload?: unknown };
  if (typeof signedPayload === "string") return signedPayload;
  throw forged("the body has no 'signedPayload'");
}

function jsonOf(body: Buffer | string): unknown {
  return safely(() => JSON.parse(body.toString("utf8")));
}

function decodeText(data: unknown): unknown {
  return JSON.parse(Buffer.from(String(data), "base64").toString("utf8"));
}

function safely(work: () => unknown): unknown {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.join(",");
}

function forged(message: string): WaymarkError {
  return new WaymarkError("WEBHOOK_FORGED", message);
}
