/**
 * What a member's billing events come to: dated changes of state, as lifecycle/membership folds them and
 * the table `membership_change` keeps them. docs/guide/retention.md defines the states.
 */
import type { BillingInterval, MembershipState, Processor } from "./billing.ts";

/** One change of a member's state or terms. Before the first one a member is free. */
export interface MembershipChange {
  readonly state: MembershipState;
  /** When it happened. */
  readonly atMs: number;
  /**
   * When we knew, or shall know: a change that silence makes (a period that ends without word) is known
   * only after an allowance, and until then is a forecast that any word replaces. Whoever asks about a
   * moment t takes the changes with `atMs` and `knownMs` ≤ t.
   */
  readonly knownMs: number;
  /** The subscription that counts from here on; null where none does. */
  readonly subscriptionId: string | null;
  readonly processor: Processor | null;
  readonly plan: string | null;
  readonly billingInterval: BillingInterval | null;
  readonly intervalCount: number | null;
  /** Of one interval, in minor units of `currency`; null where the processor does not say. */
  readonly priceMinor: number | null;
  readonly currency: string | null;
  /** Until when it was paid for at that moment; renewals are no changes and do not move it. */
  readonly periodEndMs: number | null;
}
