export { readAppStoreNotification } from "./app-store.ts";
export { CAPABILITIES } from "./capability.ts";
export { type Decline, declineClass } from "./decline.ts";
export {
  ADVISED_WAIT_HOURS,
  DECLINE_RULES,
  type DeclineRule,
  isValidAt,
  RETRY_CAPS,
  type RetryCap,
  retryCapsAt,
} from "./decline-rule.ts";
export { decodeJws } from "./decode.ts";
export {
  type GoogleSubscription,
  readGoogleNotification,
  readGoogleSubscription,
} from "./google-play.ts";
export {
  type BillingEvent,
  type BillingPolicy,
  type BillingReading,
  type BillingTraits,
  billingDefaults,
} from "./reading.ts";
export { readRevenueCatEvent } from "./revenuecat.ts";
export { readStripeEvent } from "./stripe/read-event.ts";
