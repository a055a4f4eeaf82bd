import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { READING_CODES } from "./decode/ledger.ts";
import { createRepairLog, REPAIR_CODES } from "./repair.ts";
import { isRoutine, ROUTINE_CODES } from "./routine.ts";

/** The sections of the page that cleaning owns. */
const SECTIONS = ["Time", "Position", "Altitude, distance and sensors", "Activity"];

/** Section → its rows: code → what it counts. */
function documented(): Map<string, Map<string, string>> {
  const page = join(import.meta.dirname, "..", "..", "..", "docs", "reference", "repairs.md");
  const sections = readFileSync(page, "utf8").split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const rows = section.matchAll(/^\| `([a-z-]+)` \| (\w+)/gm);
      return [
        section.slice(0, section.indexOf("\n")),
        new Map([...rows].map((r) => [r[1]!, r[2]!])),
      ];
    }),
  );
}

it("documents every repair of cleaning with its unit, and none that does not exist", () => {
  const pages = documented();
  const units = Object.fromEntries(SECTIONS.flatMap((name) => [...pages.get(name)!]));
  const known = Object.fromEntries(Object.entries(REPAIR_CODES).map(([code, k]) => [code, k.unit]));
  expect(units).toEqual(known);
  for (const code of pages.get("Reading")!.keys()) expect(known).not.toHaveProperty(code);
});

it("documents the routine repairs, each of which is a repair", () => {
  const page = join(import.meta.dirname, "..", "..", "..", "docs", "reference", "repairs.md");
  const section = readFileSync(page, "utf8")
    .split(/^## /m)
    .find((part) => part.startsWith("Routine\n"))!;
  const bullets = section.split("\n").filter((line) => line.startsWith("- "));
  const listed = bullets.flatMap((line) => [...line.matchAll(/`([a-z-]+)`/g)].map((m) => m[1]!));
  expect(listed.sort()).toEqual([...ROUTINE_CODES].sort());
  const codes = [...Object.keys(REPAIR_CODES), ...Object.keys(READING_CODES)];
  for (const code of codes) expect(isRoutine(code)).toBe(listed.includes(code));
  expect(ROUTINE_CODES.filter((code) => !codes.includes(code))).toEqual([]);
  expect(isRoutine("constructor")).toBe(false);
});

it("counts by code in the order of first sight and leaves zero out", () => {
  const log = createRepairLog();
  log.add("position-spike", 2);
  log.add("time-none", 0);
  log.add("row-empty", 1);
  log.add("position-spike", 3);
  expect(log.repairs()).toMatchObject([
    { code: "position-spike", count: 5, unit: "record" },
    { code: "row-empty", count: 1 },
  ]);
});
