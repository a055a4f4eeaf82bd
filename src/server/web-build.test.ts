import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureWebBuilt } from "./web-build.ts";

const MODULE = new URL("./web-build.ts", import.meta.url).href;
let webRoot: string;
const messages: string[] = [];
const build = () => ensureWebBuilt({ webRoot, onMessage: (message) => messages.push(message) });

beforeAll(() => {
  webRoot = mkdtempSync(join(tmpdir(), "waymark-web-"));
  mkdirSync(join(webRoot, "src"));
  writeFileSync(join(webRoot, "vite.config.ts"), "export default {};\n");
  writeFileSync(
    join(webRoot, "index.html"),
    '<!doctype html><script type="module" src="/src/main.ts"></script>',
  );
  writeFileSync(join(webRoot, "src", "main.ts"), 'document.title = "first";\n');
});
afterAll(() => rmSync(webRoot, { recursive: true }));

test("builds once, then again only when a source is newer", async () => {
  const dist = await build();
  const page = join(dist, "index.html");
  expect(readFileSync(page, "utf8")).toContain("/assets/");
  expect(messages.length).toBe(2);

  const { mtimeMs } = statSync(page);
  await build();
  expect(statSync(page).mtimeMs).toBe(mtimeMs);
  expect(messages.length).toBe(2);

  const later = new Date(Date.now() + 5000);
  writeFileSync(join(webRoot, "src", "main.ts"), 'document.title = "second";\n');
  utimesSync(join(webRoot, "src", "main.ts"), later, later);
  await build();
  expect(messages.length).toBe(4);
});

test("programs that start together all have a whole app", async () => {
  writeFileSync(join(webRoot, "src", "main.ts"), 'document.title = "third";\n');
  utimesSync(join(webRoot, "src", "main.ts"), new Date(), new Date());
  utimesSync(join(webRoot, "dist", "index.html"), new Date(0), new Date(0));
  const script = `
    import { readFileSync } from "node:fs";
    const { ensureWebBuilt } = await import(${JSON.stringify(MODULE)});
    const dist = await ensureWebBuilt({
      webRoot: ${JSON.stringify(webRoot)},
      onMessage: (message) => console.log(message),
    });
    const page = readFileSync(dist + "/index.html", "utf8");
    console.log(readFileSync(dist + page.match("/assets/[^.]+.js")[0], "utf8"));`;
  const start = (): Promise<string> =>
    new Promise((resolve, reject) =>
      execFile(process.execPath, ["--input-type=module", "-e", script], (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      ),
    );
  const said = await Promise.all([start(), start(), start()]);
  for (const text of said) expect(text).toMatch(/title=.third/);
  // Usually all of them build; one that came late may have found the result.
  expect(said.filter((text) => text.includes("built the web app")).length).toBeGreaterThan(0);
  expect(readdirSync(webRoot).filter((name) => name.startsWith(".dist-"))).toEqual([]);
}, 60_000);

test("says what to do when the sources do not build", async () => {
  writeFileSync(join(webRoot, "src", "main.ts"), "export const = broken\n");
  const later = new Date(Date.now() + 60_000);
  utimesSync(join(webRoot, "src", "main.ts"), later, later);
  const before = readFileSync(join(webRoot, "dist", "index.html"), "utf8");
  await expect(build()).rejects.toMatchObject({
    code: "FILE_READ",
    message: expect.stringContaining("npm run web"),
  });
  // The app that stood there still does, and nothing is left lying about.
  expect(readFileSync(join(webRoot, "dist", "index.html"), "utf8")).toBe(before);
  expect(readdirSync(webRoot).filter((name) => name.startsWith(".dist-"))).toEqual([]);
});
