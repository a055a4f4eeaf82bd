import { describe, expect, it } from "vitest";
import { DECLINE_CLASSES, PROCESSORS } from "../../schema/billing.ts";
import { CAPABILITIES } from "./capability.ts";
import { type Decline, declineClass } from "./decline.ts";
import {
  ADVISED_WAIT_HOURS,
  DECLINE_RULES,
  isValidAt,
  RETRY_CAPS,
  retryCapsAt,
} from "./decline-rule.ts";

const AT = Date.parse("2026-03-01");
const classOf = (decline: Partial<Decline>): string =>
  declineClass({
    processor: "stripe",
    declineCode: null,
    networkCode: null,
    adviceCode: null,
    atMs: AT,
    ...decline,
  });

describe("a decline", () => {
  it.each([
    ["insufficient_funds", { declineCode: "insufficient_funds", networkCode: "51", brand: "visa" }],
    ["never_retry", { declineCode: "stolen_card" }],
    ["needs_card_data", { declineCode: "expired_card" }],
    ["needs_customer", { declineCode: "authentication_required" }],
    ["ambiguous", { declineCode: "do_not_honor", networkCode: "05", brand: "visa" }],
    ["technical", { declineCode: "processing_error" }],
    ["duplicate", { declineCode: "duplicate_transaction" }],
    ["unknown", { declineCode: "a_code_of_tomorrow" }],
    ["unknown", {}],
  ])("is %s by %o", (expected, decline) => {
    expect(classOf(decline)).toBe(expected);
  });

  it("is never to be tried again when anybody says so, whatever else is said", () => {
    const soft = { declineCode: "generic_decline" };
    expect(classOf({ ...soft, networkCode: "14", brand: "visa" })).toBe("never_retry");
    expect(classOf({ ...soft, adviceCode: "03", brand: "mastercard" })).toBe("never_retry");
    expect(classOf({ ...soft, adviceCode: "do_not_try_again" })).toBe("never_retry");
  });

  it("is judged by the rules of its own network", () => {
    const soft = { declineCode: "generic_decline" };
    expect(classOf({ ...soft, networkCode: "57", brand: "visa" })).toBe("never_retry");
    expect(classOf({ ...soft, networkCode: "57", brand: "mastercard" })).toBe("ambiguous");
    expect(classOf({ ...soft, adviceCode: "21", brand: "visa" })).toBe("ambiguous");
  });

  it("without a decline code is read from the network's advice", () => {
    for (const code of Object.keys(ADVISED_WAIT_HOURS)) {
      expect(classOf({ adviceCode: code, brand: "mastercard" })).toBe("insufficient_funds");
    }
    expect(classOf({ networkCode: "54" })).toBe("needs_card_data");
  });
});

describe("the tables", () => {
  it("name every class but the unknown, a source beside each row, and no code twice", () => {
    const classes = new Set(DECLINE_RULES.map((rule) => rule.class));
    expect([...classes].sort()).toEqual(
      DECLINE_CLASSES.filter((name) => name !== "unknown").toSorted(),
    );
    const seen = new Set<string>();
    for (const { field, brand, codes, source } of DECLINE_RULES) {
      expect(source.length).toBeGreaterThan(20);
      for (const code of codes) {
        const key = `${field} ${brand ?? "any"} ${code}`;
        expect(seen.has(key), key).toBe(false);
        seen.add(key);
      }
    }
  });

  it("raise Visa's cap from 15 to 20 on 2025-05-25, and never hold two at once", () => {
    const capAt = (day: string) =>
      retryCapsAt("visa", Date.parse(day)).map((cap) => cap.attemptsMost);
    expect(capAt("2025-05-24T23:59:59Z")).toEqual([15]);
    expect(capAt("2025-05-25T00:00:00Z")).toEqual([20]);
    expect(RETRY_CAPS.filter((cap) => isValidAt(cap, AT))).toHaveLength(3);
  });

  it("say of each processor what can be done: stores let nobody retry", () => {
    expect(PROCESSORS.filter((processor) => CAPABILITIES[processor].canRetry)).toEqual(["stripe"]);
  });
});
