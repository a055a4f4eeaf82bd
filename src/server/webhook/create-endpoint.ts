/** Opens a door for a payment processor: for the API and for the command line. */

import type { z } from "zod";
import { WaymarkError } from "../../base/error.ts";
import type { Processor } from "../../schema/billing.ts";
import type { newWebhookEndpointSchema, WebhookEndpointAnswer } from "../../schema/webhook.ts";
import type { WebhookEndpoint, WebhookEndpoints } from "../../store/webhook-endpoints.ts";
import { newSecret } from "../auth/secret.ts";
import { readCertificates } from "./apple-jws.ts";
import { APPLE_ROOT } from "./apple-root.ts";

/** Characters of a secret that is sent along as it is. */
const SECRET_CHARS = 16;

export type EndpointWish = z.output<typeof newWebhookEndpointSchema>;

/**
 * @returns the endpoint, and its secret where that was made here
 * @throws WaymarkError USAGE when something is missing that the processor's webhooks are checked with
 */
export async function createEndpoint(
  endpoints: WebhookEndpoints,
  { processor, name, kind, secret: given, options }: EndpointWish,
  now: number,
): Promise<{ readonly endpoint: WebhookEndpoint; readonly secret: string | null }> {
  if ((processor === "app_store" || processor === "google_play") && options.app === undefined) {
    const what = processor === "app_store" ? "bundle id" : "package name";
    throw new WaymarkError(
      "USAGE",
      `an endpoint of ${processor} needs 'app', the ${what} of the app`,
    );
  }
  if ((processor === "google_play" || processor === "revenuecat") && given !== undefined) {
    // It is all that proves who sends, and anybody may try.
    if (given.length < SECRET_CHARS) {
      throw new WaymarkError(
        "USAGE",
        `a secret of ${processor} has at least ${SECRET_CHARS} characters; leave it out, and one is made`,
      );
    }
  }
  const made = given === undefined ? secretFor(processor) : null;
  const secret = given ?? made ?? APPLE_ROOT;
  if (processor === "app_store") readCertificates(secret);
  const endpoint = await endpoints.create({ processor, name, kind, secret, options }, now);
  return { endpoint, secret: made };
}

/** @returns null where none is needed. @throws WaymarkError USAGE where the processor makes it */
function secretFor(processor: Processor): string | null {
  switch (processor) {
    case "stripe":
      throw new WaymarkError(
        "USAGE",
        "an endpoint of stripe needs 'secret', the signing secret (whsec_…) that Stripe shows for it",
      );
    case "app_store":
      return null;
    case "google_play":
    case "revenuecat":
      return newSecret("ww_");
  }
}

export function toEndpointAnswer(endpoint: WebhookEndpoint): WebhookEndpointAnswer {
  const { id, processor, name, kind, options, createdMs, usedMs } = endpoint;
  const path = `/webhooks/${processor}/${id}`;
  return { id: String(id), processor, name, kind, options, path, createdMs, usedMs };
}
