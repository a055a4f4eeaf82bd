// Examples of the guide that say what they print (`// →` behind a console.log) print it. They import as
// a user would, from "waymark/…".
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";

const OUT = "dist/guide";
const FOLDER = "docs/guide";
const SAYS = /^ *\/\/ → (.*)$/gm;

interface Example {
  readonly title: string;
  readonly code: string;
}

function examples(page: string): Example[] {
  const text = readFileSync(join(FOLDER, page), "utf8");
  return [...text.matchAll(/```ts\n([\s\S]*?)```/g)]
    .map((match) => {
      const before = text.slice(0, match.index);
      return { title: before.match(/^#+ .*$/gm)?.at(-1) ?? "", code: match[1]! };
    })
    .filter(({ code }) => code.search(SAYS) >= 0);
}

afterAll(() => rmSync(OUT, { recursive: true, force: true }));

const pages = readdirSync(FOLDER).filter(
  (page) => page.endsWith(".md") && examples(page).length > 0,
);

it("there are such pages", () => {
  expect(pages).toContain("experiment-statistics.md");
});

describe.each(pages)("%s", (page) => {
  it.each(examples(page))("$title", async ({ title, code }) => {
    mkdirSync(OUT, { recursive: true });
    const name = `${page}-${title}`.replace(/[^a-zA-Z]+/g, "-");
    const file = resolve(OUT, `${name}.ts`);
    const source = (area: string): string => pathToFileURL(resolve("src", area, "index.ts")).href;
    writeFileSync(
      file,
      code.replace(/from "waymark\/(\w+)"/g, (_, area: string) => `from "${source(area)}"`),
    );
    const printed: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((...values: unknown[]) => {
      printed.push(values.map(String).join(" "));
    });
    try {
      await import(pathToFileURL(file).href);
    } finally {
      log.mockRestore();
    }
    expect(printed).toEqual([...code.matchAll(SAYS)].map((match) => match[1]));
  });
});
