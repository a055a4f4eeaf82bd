// Every page in every state, wide and on a phone: axe finds nothing serious in the light nor in the
// dark, nothing is wider than the screen, and on a phone every target is a thumb wide.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, launchBrowser, seriousFaults } from "./browser.ts";
import { type Gallery, openGallery, visitEveryPage } from "./every-page.ts";
import { DESK, PHONE } from "./screen.ts";

if (!CHROMIUM) console.log("every-page.test.ts: skipped, no Chromium found; name one in CHROMIUM");

describe.skipIf(!CHROMIUM)("every page in every state", { timeout: 300_000 }, () => {
  let gallery: Gallery;
  let browser: Browser;

  beforeAll(async () => {
    [gallery, browser] = await Promise.all([
      openGallery({ athletes: 6, days: 30 }),
      launchBrowser(),
    ]);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await gallery?.club.close();
  });

  for (const [name, screen] of [
    ["on a wide screen", DESK],
    ["on a phone", PHONE],
  ] as const) {
    test(`is fit for eyes, fingers and readers ${name}`, async () => {
      const context = await browser.newContext({
        ...screen,
        locale: "en-GB",
        colorScheme: "light",
        reducedMotion: "reduce",
      });
      const faults: Record<string, string[]> = {};
      const seen: string[] = [];
      await visitEveryPage(gallery, context, async (page, state) => {
        seen.push(state);
        const found = await seriousFaults(page);
        if ((await sidewaysPx(page)) > 0) found.push(`scrolls by ${await sidewaysPx(page)} px`);
        if ("isMobile" in screen) found.push(...(await smallTargets(page)));
        // What is there is the same in the dark; how it is seen is not.
        await setTheme(page, "dark");
        const inTheDark = await seriousFaults(page, ["color-contrast"]);
        await setTheme(page, undefined);
        found.push(...inTheDark.map((fault) => `in the dark: ${fault}`));
        if (found.length > 0) faults[state] = found;
      });
      expect(faults).toEqual({});
      expect(new Set(seen).size).toBeGreaterThan(40);
      await context.close();
    });
  }
});

/** Of the styles alone: maps would be drawn anew, and hold no words that axe reads. */
function setTheme(page: Page, theme: "dark" | undefined): Promise<void> {
  return page.evaluate((name) => {
    if (name) document.documentElement.dataset.theme = name;
    else delete document.documentElement.dataset.theme;
  }, theme);
}

function sidewaysPx(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/** What can be pressed and is less than 44 px wide or high; links within a sentence are as they are. */
function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const pressed =
      "a[href], button, select, textarea, input, [role=tab], [role^=menuitem], [role=option]";
    return [...document.querySelectorAll<HTMLElement>(pressed)].flatMap((element) => {
      const { display } = getComputedStyle(element);
      // The whole of a label is pressed for what is in it.
      const box = (element.closest("label") ?? element).getBoundingClientRect();
      const isSeen = element.checkVisibility() && box.width > 1 && box.height > 1;
      if (!isSeen || display === "inline" || element.getAttribute("href") === "#content") return [];
      if (box.width > 43.5 && box.height > 43.5) return [];
      const name = element.getAttribute("aria-label") ?? element.textContent;
      return [`${Math.round(box.width)} × ${Math.round(box.height)} px: ${name?.slice(0, 60)}`];
    });
  });
}
