// Chromium for the end-to-end tests: the one that CHROMIUM names, or where systems put it. Tests skip
// with one line where none is found. Software rendering, so that maps draw without a graphics card.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";

const PLACES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

export const CHROMIUM: string | undefined = PLACES.find((path) => path && existsSync(path));

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM!,
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--use-gl=angle",
      "--use-angle=swiftshader",
      "--enable-unsafe-swiftshader",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** What a page did that no page may do. */
export interface PageRecord {
  readonly errors: string[];
  readonly external: string[];
}

/** Listens for console errors, faults of the page, and requests to any host but ours. */
export function watch(page: Page): PageRecord {
  const record: PageRecord = { errors: [], external: [] };
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    const { url } = message.location();
    record.errors.push(url ? `${message.text()} (${url})` : message.text());
  });
  page.on("pageerror", (error) => record.errors.push(error.message));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^(https?|wss?):$/.test(protocol) && hostname !== "127.0.0.1") {
      record.external.push(request.url());
    }
  });
  return record;
}

interface AxeViolation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

let source: string | undefined;
function axeSource(): string {
  const path = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  source ??= readFileSync(path, "utf8");
  return source;
}

/**
 * What axe finds serious or critical on the page as it stands: rule and the first element.
 *
 * @param only rules to look by; default all
 */
export async function seriousFaults(page: Page, only?: readonly string[]): Promise<string[]> {
  // A document is given axe once: half a megabyte to read each time.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axeSource());
  const violations = await page.evaluate(async (rules) => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: AxeViolation[] }> };
    };
    // What passes is not told: only what does not is asked for.
    return (await axe.run({ ...(rules ? { runOnly: rules } : {}), resultTypes: ["violations"] }))
      .violations;
  }, only);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
}
