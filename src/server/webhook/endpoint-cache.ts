/**
 * Endpoints that were asked for lately: a webhook need not read its own from the store. One that is
 * closed in this process is forgotten at once, in another within five seconds.
 */

import type { Processor } from "../../schema/billing.ts";
import type { WebhookEndpoint, WebhookEndpoints } from "../../store/webhook-endpoints.ts";

export interface EndpointCache {
  find(id: number, now: number): Promise<WebhookEndpoint | undefined>;
  list(processor: Processor, now: number): Promise<readonly WebhookEndpoint[]>;
  forget(): void;
  /** Notes that something came, at most once a minute. */
  touch(endpoint: WebhookEndpoint, now: number): Promise<void>;
}

const KEPT_MS = 5_000;
const TOUCH_MS = 60_000;

export function createEndpointCache(endpoints: WebhookEndpoints): EndpointCache {
  let readMs = Number.NEGATIVE_INFINITY;
  let open: Promise<readonly WebhookEndpoint[]> = Promise.resolve([]);
  const touched = new Map<number, number>();
  /** Requests that come while it is read wait for the same answer. */
  const read = (now: number): Promise<readonly WebhookEndpoint[]> => {
    if (Math.abs(now - readMs) >= KEPT_MS) {
      readMs = now;
      open = endpoints.list();
      open.catch(() => {
        readMs = Number.NEGATIVE_INFINITY;
      });
    }
    return open;
  };
  return {
    find: async (id, now) => (await read(now)).find((endpoint) => endpoint.id === id),
    list: async (processor, now) =>
      (await read(now)).filter((endpoint) => endpoint.processor === processor),
    forget() {
      readMs = Number.NEGATIVE_INFINITY;
    },
    async touch(endpoint, now) {
      if (now - (touched.get(endpoint.id) ?? 0) < TOUCH_MS) return;
      touched.set(endpoint.id, now);
      await endpoints.touch(endpoint, now);
    },
  };
}
