// Every relative link of every page leads somewhere, headings included; what the walk through the
// files names is there.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";

const pages = [
  ...readdirSync(".").filter((file) => file.endsWith(".md")),
  ...readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join("docs", file)),
  ...readdirSync("bench")
    .filter((file) => file.endsWith(".md"))
    .map((file) => join("bench", file)),
];

/** GitHub's anchor of a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

it("every relative link of a page leads to a file, and to a heading in it", () => {
  const broken: string[] = [];
  for (const page of pages) {
    const text = readFileSync(page, "utf8").replace(/```[\s\S]*?```/g, "");
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", fragment] = target.split("#");
      const file = path === "" ? page : normalize(join(dirname(page), path));
      if (!existsSync(file)) broken.push(`${page} → ${target}`);
      else if (fragment !== undefined && file.endsWith(".md")) {
        const headings = [...readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm)];
        if (!headings.some((h) => anchor(h[1] ?? "") === fragment)) {
          broken.push(`${page} → ${target} (no such heading)`);
        }
      }
    }
  }
  expect(broken).toEqual([]);
});

it.each(["life-of-a-recording", "life-of-an-event"])(
  "the %s names files that exist and what stands in them",
  (page) => {
    const text = readFileSync(`docs/internals/${page}.md`, "utf8");
    const paths = [...text.matchAll(/`((?:src|web)\/[^`]+)`/g)].map((match) => match[1] ?? "");
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
    const named = [...text.matchAll(/((?:`\w+`(?:, | and | or )?)+) \(`([^`]+)`\)/g)];
    expect(named.length).toBeGreaterThan(40);
    const missing = named.flatMap(([, names = "", path = ""]) => {
      const source = readFileSync(path, "utf8");
      return [...names.matchAll(/`(\w+)`/g)]
        .map((match) => match[1] ?? "")
        .filter((name) => !new RegExp(`export (default )?[\\w* ]+ ${name}\\b`).test(source))
        .map((name) => `${path}: ${name}`);
    });
    expect(missing).toEqual([]);
  },
);

it("every decision has a number of its own, and the overview lists it", () => {
  const files = readdirSync("docs/decision").sort();
  expect(files.map((file) => Number(file.slice(0, 4)))).toEqual(files.map((_, i) => i + 1));
  const overview = readFileSync("docs/README.md", "utf8");
  for (const file of files) {
    const title = readFileSync(`docs/decision/${file}`, "utf8").split("\n")[0]!.slice(2);
    expect(overview).toContain(`- [${title}](decision/${file})`);
  }
});
