// The reference of learn and stats names everything that can be taken, says of every estimator where it
// comes from, what it assumes and when not to use it, and prints the options that trees really have.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as bandit from "../src/learn/bandit/index.ts";
import * as calibration from "../src/learn/calibration/index.ts";
import * as learn from "../src/learn/index.ts";
import * as linear from "../src/learn/linear/index.ts";
import * as metric from "../src/learn/metric/index.ts";
import * as ope from "../src/learn/ope/index.ts";
import * as rank from "../src/learn/rank/index.ts";
import * as survival from "../src/learn/survival/index.ts";
import * as table from "../src/learn/table/index.ts";
import * as tree from "../src/learn/tree/index.ts";
import * as uplift from "../src/learn/uplift/index.ts";
import * as stats from "../src/stats/index.ts";

const PAGES: Readonly<Record<string, readonly object[]>> = {
  "learn/table.md": [table],
  "learn/tree.md": [tree],
  "learn/linear.md": [linear],
  "learn/survival.md": [survival],
  "learn/uplift.md": [uplift],
  "learn/bandit.md": [bandit],
  "learn/ope.md": [ope],
  "learn/rank-and-metric.md": [rank, metric],
  "learn/calibration.md": [calibration],
  "statistics.md": [stats],
};
const read = (page: string): string => readFileSync(`docs/reference/${page}`, "utf8");
const namedIn = (text: string): Set<string> =>
  new Set([...text.matchAll(/`(\w+)`/g)].map((match) => match[1]!));
const taken = new Set([...Object.keys(learn), ...Object.keys(stats)]);

describe.each(Object.entries(PAGES))("%s", (page, areas) => {
  const text = read(page);
  const sections = text.split(/^## /m).slice(1);

  it("names everything that its area offers", () => {
    const named = namedIn(text);
    const offered = areas.flatMap((area) => Object.keys(area));
    expect(offered.filter((name) => !named.has(name))).toEqual([]);
  });

  it("titles its sections by what can be taken, and ends with the rest", () => {
    for (const section of sections) {
      const title = section.slice(0, section.indexOf("\n"));
      if (title === "Beside them") continue;
      expect(title.split(", ").map((name) => name.replaceAll("`", ""))).toSatisfy(
        (names: string[]) => names.every((name) => taken.has(name)),
        title,
      );
    }
  });

  it("says of each its source, what it assumes, and when not", () => {
    for (const section of sections) {
      const title = section.slice(0, section.indexOf("\n"));
      if (title === "Beside them") continue;
      for (const part of ["**Source.** ", "**Assumes.** ", "**Not** "]) {
        expect(section.split(`\n${part}`).length, `${title}: ${part}`).toBe(2);
      }
    }
  });
});

it("whatever waymark/learn offers stands on a page", () => {
  const named = namedIn(Object.keys(PAGES).map(read).join("\n"));
  expect(Object.keys(learn).filter((name) => !named.has(name))).toEqual([]);
});

it("the options of trees are printed with their defaults", () => {
  const rows = [...read("learn/tree.md").matchAll(/^\| `(\w+)` \| (?:`([^`]+)`|–) \|/gm)];
  const printed = Object.fromEntries(rows.map(([, name, value]) => [name, value]));
  const real = Object.entries(tree.treeDefaults).map(([name, value]) => [
    name,
    value === undefined ? undefined : JSON.stringify(value),
  ]);
  expect(printed).toEqual(Object.fromEntries(real));
});
