/**
 * What a member's billing events come to: dated changes of state, as lifecycle/membership folds them and
 * the table `membership_change` keeps them, and the same of all members as columns, for figures.
 * docs/guide/retention.md defines the states.
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

/** All members at once, one typed array a field. Row i is a member; changes and active days are CSR. */
export interface MemberLives {
  /** Float64Array (members): ids, rising. */
  readonly memberId: Float64Array;
  /** Float64Array (members): when the account was made, else the first that is known to have happened. */
  readonly joinedMs: Float64Array;
  /** Int32Array (members): index into `platforms`; −1 where it is not known. */
  readonly platform: Int32Array;
  readonly platforms: readonly string[];
  /** Uint8Array (members): 1 where they recorded or planned within the activation window. */
  readonly isActivated: Uint8Array;
  readonly changes: ChangeColumns;
  /** Uint32Array (members + 1) into `activeDay`. */
  readonly firstActive: Uint32Array;
  /** Int32Array: days since 1970 (UTC) on which the member was active; rising within a member. */
  readonly activeDay: Int32Array;
}

export interface ChangeColumns {
  /** Uint32Array (members + 1) into the columns below; dates rise within a member. */
  readonly firstChange: Uint32Array;
  /** Uint8Array: index into MEMBERSHIP_STATES. */
  readonly state: Uint8Array;
  readonly atMs: Float64Array;
  readonly knownMs: Float64Array;
  /** Int32Array: index into `plans`; −1 where none counts. */
  readonly plan: Int32Array;
  readonly plans: readonly string[];
  /** Int8Array: index into BILLING_INTERVALS; −1 where none counts. */
  readonly interval: Int8Array;
  /** Int32Array; 0 where none counts. */
  readonly intervalCount: Int32Array;
  /** Float64Array: of one interval; NaN where it is not known. */
  readonly priceMinor: Float64Array;
  /** Int32Array: index into `currencies`; −1 where it is not known. */
  readonly currency: Int32Array;
  readonly currencies: readonly string[];
}

export const BILLING_INTERVALS = [
  "week",
  "month",
  "year",
] as const satisfies readonly BillingInterval[];
