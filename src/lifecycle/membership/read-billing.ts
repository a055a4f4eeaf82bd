/**
 * Whether a billing event of the log can be folded. Our readers write what billing.ts says, but the log
 * is older than any version of them, and others may write to it: what a fold reads is checked here, what
 * is merely missing becomes null, and the rest is passed over by whoever asked. O(1) an event.
 */
import { PROCESSORS } from "../../schema/billing.ts";
import type { MemberEvent } from "../../schema/member-event.ts";

type Fields = Readonly<Record<string, unknown>>;

/** @returns the event with every field that a fold reads; undefined where one cannot be read */
export function readBilling(event: MemberEvent): MemberEvent | undefined {
  const { kind, payload } = event;
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return undefined;
  const said = payload as Fields;
  const checks = CHECKS[kind];
  if (checks === undefined) return undefined;
  let repaired: Record<string, unknown> | undefined;
  for (const [name, check] of checks) {
    const value = said[name];
    if (check(value)) continue;
    if (value !== undefined || !check(null)) return undefined;
    repaired ??= { ...said };
    repaired[name] = null;
  }
  return repaired === undefined ? event : { ...event, payload: repaired };
}

type Check = (value: unknown) => boolean;

/** Of one period: some hundreds of years at most. */
const INTERVALS_MAX = 1000;
/** The range of a Date; a database keeps whole ones. */
const MS_MAX = 8.64e15;

const oneOf = (choices: readonly string[]): Check => {
  const set: ReadonlySet<unknown> = new Set(choices);
  return (value) => set.has(value);
};
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const isText: Check = (value) => typeof value === "string";
const isName: Check = (value) => typeof value === "string" && value !== "";
const isFlag: Check = (value) => typeof value === "boolean";
const isAmount: Check = (value) => Number.isSafeInteger(value);
const isMoment: Check = (value) => Number.isInteger(value) && Math.abs(value as number) <= MS_MAX;
const isCount: Check = (value) =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= INTERVALS_MAX;

const CHECKS: Readonly<Record<string, readonly (readonly [string, Check])[]>> = {
  subscription: [
    ["processor", oneOf(PROCESSORS)],
    ["subscriptionId", isName],
    ["status", oneOf(["trialing", "active", "grace", "hold", "paused", "ended"])],
    ["isRenewing", isFlag],
    ["endReason", orNull(isText)],
    ["plan", isText],
    ["interval", oneOf(["week", "month", "year"])],
    ["intervalCount", isCount],
    ["priceMinor", orNull(isAmount)],
    ["currency", orNull(isText)],
    ["startedMs", orNull(isMoment)],
    ["periodStartMs", orNull(isMoment)],
    ["periodEndMs", orNull(isMoment)],
    ["trialEndMs", orNull(isMoment)],
    ["endedMs", orNull(isMoment)],
    ["graceEndMs", orNull(isMoment)],
  ],
  payment: [
    ["processor", oneOf(PROCESSORS)],
    ["subscriptionId", orNull(isName)],
    ["invoiceId", orNull(isText)],
    ["amountMinor", isAmount],
    ["outcome", oneOf(["succeeded", "failed", "pending"])],
    ["initiatedBy", orNull(isText)],
  ],
  invoice: [
    ["processor", oneOf(PROCESSORS)],
    ["subscriptionId", orNull(isName)],
    ["invoiceId", orNull(isText)],
    ["amountMinor", isAmount],
    ["status", oneOf(["failed", "needs_action", "paid", "uncollectible", "void"])],
  ],
};
