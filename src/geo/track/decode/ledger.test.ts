import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createLedger, READING_CODES } from "./ledger.ts";

describe("the ledger of reading", () => {
  it("adds up what has the same code, in the order of first sight", () => {
    const ledger = createLedger();
    ledger.add("unreadable-value", 2);
    ledger.add("wrong-extension", 1, "It is TCX.");
    ledger.add("unreadable-value", 3);
    ledger.add("bad-crc", 0);
    expect(ledger.repairs()).toEqual([
      {
        code: "unreadable-value",
        count: 5,
        unit: "record",
        message: READING_CODES["unreadable-value"].message,
      },
      { code: "wrong-extension", count: 1, unit: "file", message: "It is TCX." },
    ]);
  });

  it("has the codes that its page explains, in the same order and unit", () => {
    const page = readFileSync("docs/reference/repairs.md", "utf8");
    const section = /^## Reading\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(page)?.[1] ?? "";
    const rows = [...section.matchAll(/^\| `([a-z-]+)` \| (\w+) \|/gm)].map((row) => [
      row[1],
      row[2],
    ]);
    expect(rows).toEqual(Object.entries(READING_CODES).map(([code, { unit }]) => [code, unit]));
  });
});
