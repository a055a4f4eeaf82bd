import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { MAP_REPAIRS, mapRepairs } from "./repair.ts";

it("has the codes that its page explains, in the same order", () => {
  const page = readFileSync("docs/reference/repairs.md", "utf8");
  const section = /^## Maps\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(page)?.[1] ?? "";
  const rows = [...section.matchAll(/^\| `([a-z-]+)` \| record \|/gm)].map((row) => row[1]);
  expect(rows.slice(0, Object.keys(MAP_REPAIRS).length)).toEqual(Object.keys(MAP_REPAIRS));
});

it("gives no repair for what did not happen", () => {
  expect(
    mapRepairs([
      ["clipped-way", 0],
      ["missing-node", 3],
    ]),
  ).toEqual([
    { code: "missing-node", count: 3, unit: "record", message: MAP_REPAIRS["missing-node"] },
  ]);
});
