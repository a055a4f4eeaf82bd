/** What to do about a declined payment, by the rules of its day (decline-rule.ts). */
import type { DeclineClass, Processor } from "../../schema/billing.ts";
import { DECLINE_RULES, type DeclineRule, isValidAt } from "./decline-rule.ts";

export interface Decline {
  readonly processor: Processor;
  readonly declineCode: string | null;
  readonly networkCode: string | null;
  /** The network's two digits, or Stripe's word for them. */
  readonly adviceCode: string | null;
  /** Of the card: some codes mean something on one network alone.. */
  readonly brand?: string | null | undefined;
  readonly atMs: number;
}

const ORDER = ["decline", "advice", "network"] as const;

/**
 * "Never" wins, wherever it is said; then the processor's code, the advice, the network's code. A code
 * that nobody listed, and none at all, as with the stores, is "unknown".
 */
export function declineClass(decline: Decline): DeclineClass {
  const held = DECLINE_RULES.filter((rule) => isValidAt(rule, decline.atMs) && says(rule, decline));
  if (held.some((rule) => rule.class === "never_retry")) return "never_retry";
  for (const field of ORDER) {
    const found = held.find((rule) => rule.field === field);
    if (found) return found.class;
  }
  return "unknown";
}

function says(rule: DeclineRule, decline: Decline): boolean {
  const { declineCode, networkCode, adviceCode, brand } = decline;
  // A brand's own rule holds for its cards, and for nobody else's.
  if (rule.brand !== null && rule.brand !== brand?.toLowerCase()) return false;
  const code = { decline: declineCode, network: networkCode, advice: adviceCode }[rule.field];
  return code !== null && rule.codes.includes(code);
}
