/**
 * What can be done about a failed payment, by processor. Stores collect by themselves: whoever decides
 * about grace or messages masks what is not there.
 */
import type { Processor, ProcessorCapability } from "../../schema/billing.ts";

export const CAPABILITIES: Readonly<Record<Processor, ProcessorCapability>> = {
  /** Own retries by `invoices.pay`; grace, messages and access are the app's. */
  stripe: { canRetry: true, canChooseGrace: true, canMessage: true, canChangeAccess: true },
  /** Apple tries for 60 days; its grace period is chosen once for all, in App Store Connect. */
  app_store: { canRetry: false, canChooseGrace: false, canMessage: true, canChangeAccess: true },
  /** Google tries through grace and hold; both lengths are settings of the product. */
  google_play: { canRetry: false, canChooseGrace: false, canMessage: true, canChangeAccess: true },
  /** Stands before the stores. */
  revenuecat: { canRetry: false, canChooseGrace: false, canMessage: true, canChangeAccess: true },
};
