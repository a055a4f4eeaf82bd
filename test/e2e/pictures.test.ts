// Pictures of every page for docs/images, wide and on a phone, light and dark. Asked for by
// WAYMARK_PICTURES=1; every-page.test.ts looks at the same pages each time, and keeps no picture.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, launchBrowser, seriousFaults } from "./browser.ts";
import { type ConsoleWorld, openConsoleWorld, visitConsole } from "./console-world.ts";
import { type Gallery, openGallery, visitEveryPage } from "./every-page.ts";
import { PHONE, WIDE } from "./screen.ts";

const IS_ASKED = process.env.WAYMARK_PICTURES === "1";
const FOLDER = join(import.meta.dirname, "../../docs/images");
const BYTES_MAX = 150_000;

const STILL = { locale: "en-GB", reducedMotion: "reduce" } as const;

const LOOKS = [
  ["wide-light", { ...WIDE, colorScheme: "light" }],
  ["wide-dark", { ...WIDE, colorScheme: "dark" }],
  ["phone-light", { ...PHONE, colorScheme: "light" }],
  ["phone-dark", { ...PHONE, colorScheme: "dark" }],
] as const;

if (!IS_ASKED) console.log("pictures.test.ts: skipped, WAYMARK_PICTURES=1 takes them");

describe.skipIf(!CHROMIUM || !IS_ASKED)("the pictures", { timeout: 300_000 }, () => {
  let gallery: Gallery;
  let browser: Browser;

  beforeAll(async () => {
    gallery = await openGallery({ athletes: 10, days: 75 });
    browser = await launchBrowser();
  }, 280_000);
  afterAll(async () => {
    await browser?.close();
    await gallery?.club.close();
  });

  for (const [look, options] of LOOKS) {
    test(`shows every page ${look.replace("-", ", ")}`, async () => {
      const context = await browser.newContext({ ...options, ...STILL });
      const faults: Record<string, string[]> = {};
      await visitEveryPage(gallery, context, async (page, name, isPictured = true) => {
        if (!isPictured) return;
        await page.evaluate(() => document.fonts.ready);
        const found = await seriousFaults(page);
        if (found.length > 0) faults[name] = found;
        await keep(page, `${name}-${look}`);
      });
      expect(faults).toEqual({});
      await context.close();
    });
  }
});

describe.skipIf(!CHROMIUM || !IS_ASKED)("the console's pictures", { timeout: 300_000 }, () => {
  let world: ConsoleWorld;
  let browser: Browser;

  beforeAll(async () => {
    world = await openConsoleWorld({ seed: 4, members: 2000, days: 365 });
    browser = await launchBrowser();
  }, 280_000);
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  for (const [look, options] of LOOKS) {
    test(`shows every page ${look.replace("-", ", ")}`, async () => {
      const context = await browser.newContext({ ...options, ...STILL });
      await world.signIn(context, "admin");
      const faults: Record<string, string[]> = {};
      await visitConsole(world.origin, await context.newPage(), async (page, name) => {
        await page.evaluate(() => document.fonts.ready);
        await page.waitForLoadState("networkidle");
        const found = await seriousFaults(page);
        if (found.length > 0) faults[name] = found;
        await keep(page, `${name}-${look}`);
      });
      expect(faults).toEqual({});
      await context.close();
    });
  }
});

/** As PNG where that is small, else as JPEG: maps are pictures, words are drawings. */
async function keep(page: Page, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  for (const type of ["png", "jpg"]) rmSync(join(FOLDER, `${name}.${type}`), { force: true });
  const png = await page.screenshot();
  if (png.length <= BYTES_MAX) return writeFileSync(join(FOLDER, `${name}.png`), png);
  for (let quality = 85; quality >= 40; quality -= 9) {
    const jpeg = await page.screenshot({ type: "jpeg", quality });
    if (jpeg.length <= BYTES_MAX) return writeFileSync(join(FOLDER, `${name}.jpg`), jpeg);
  }
  throw new Error(`the picture '${name}' is larger than ${BYTES_MAX} bytes at any quality`);
}
