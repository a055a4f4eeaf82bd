/** Reads a quarantined webhook once more: after an update, or when what it waits for has come. */
import { WaymarkError } from "../../base/error.ts";
import type { Processor } from "../../schema/billing.ts";
import type { Store } from "../../store/store.ts";
import type { Webhook } from "../../store/webhooks.ts";
import { readWebhook } from "./read-webhook.ts";

/**
 * @returns what became of it; it may be in quarantine again, with another reason
 * @throws WaymarkError NOT_FOUND, USAGE when it is not in quarantine or came by an endpoint that is gone
 */
export async function retakeWebhook(
  { webhooks, webhookEndpoints }: Pick<Store, "webhooks" | "webhookEndpoints">,
  processor: Processor,
  externalId: string,
  now: number,
): Promise<Webhook> {
  const row = await webhooks.get(processor, externalId);
  if (row.status !== "quarantined") {
    throw new WaymarkError("USAGE", `webhook '${row.externalId}' is not in quarantine`);
  }
  const endpoint = row.endpointId === null ? undefined : await webhookEndpoints.get(row.endpointId);
  if (!endpoint) {
    throw new WaymarkError("USAGE", `the endpoint of webhook '${row.externalId}' is gone`);
  }
  const read = readWebhook(endpoint, row.body, row.receivedMs, now);
  // An id that came before with other words stays so, however well it is read.
  const isReused = /#[0-9a-f]{16}$/.test(row.externalId);
  const content = isReused
    ? ({ status: "quarantined", reason: row.reason } as const)
    : read.content;
  await webhooks.retake({ ...read, externalId: row.externalId, content });
  return await webhooks.get(processor, row.externalId);
}
