import { expect, it } from "vitest";
import { textTable } from "./report.ts";

it("aligns text to the left and numbers to the right, with thousands and fixed digits", () => {
  const text = textTable({
    suite: "example",
    title: "Example",
    columns: ["engine", "points", { name: "RMF %", digits: 2 }],
    rows: [
      ["ours", 1234567, 1.5],
      ["a peer", 99, undefined],
    ],
    notes: ["A note."],
  });
  expect(text.split("\n")).toEqual([
    "Example",
    "engine     points  RMF %",
    "──────  ─────────  ─────",
    "ours    1,234,567   1.50",
    "a peer         99      –",
    "  A note.",
  ]);
});

it("prints a table without rows as its heading", () => {
  expect(textTable({ suite: "e", title: "Empty", columns: ["a"], rows: [] })).toBe("Empty\na\n─");
});
