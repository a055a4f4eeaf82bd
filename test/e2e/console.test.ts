// The console in a real browser, on a small simulated world that came in by the front door: members by
// risk, one member, retention, models with a promotion, features; by mouse and keys, on a desk and a
// phone, without serious faults. Screenshots stay in test/e2e/screenshot/ for people to look at.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, launchBrowser, type PageRecord, seriousFaults, watch } from "./browser.ts";
import { type ConsoleWorld, openConsoleWorld } from "./console-world.ts";

const SCREENSHOTS = join(import.meta.dirname, "screenshot");
const DESK = {
  viewport: { width: 1280, height: 800 },
  locale: "en-GB",
  reducedMotion: "reduce",
} as const;
const PHONE = {
  viewport: { width: 390, height: 844 },
  locale: "en-GB",
  reducedMotion: "reduce",
  isMobile: true,
  hasTouch: true,
} as const;
const SMALL_WORLD = { seed: 5, members: 220, days: 220, historyDays: 200 } as const;

if (!CHROMIUM) console.log("console.test.ts: skipped, no Chromium found; name one in CHROMIUM");

describe.skipIf(!CHROMIUM)("the console", { timeout: 120_000 }, () => {
  let world: ConsoleWorld;
  let origin: string;
  let browser: Browser;
  let desk: { context: BrowserContext; page: Page; record: PageRecord };

  const open = async (options: typeof DESK | typeof PHONE, role: "growth" | "admin" = "admin") => {
    const context = await browser.newContext(options);
    await world.signIn(context, role);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    return { context, page, record: watch(page) };
  };
  const look = async (page: Page, name: string): Promise<void> => {
    await page.screenshot({ path: join(SCREENSHOTS, `console-${name}.png`), fullPage: true });
    expect(await seriousFaults(page)).toEqual([]);
  };

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    world = await openConsoleWorld(SMALL_WORLD);
    origin = world.origin;
    browser = await launchBrowser();
    desk = await open(DESK);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  test("lists members by what is at risk, and finds one by keys", async () => {
    const { page } = desk;
    await page.goto(`${origin}/activities`);
    await page.getByRole("link", { name: "Members" }).first().click();
    await page.getByText(/^220 members/).waitFor();
    await page
      .getByText(/scored/)
      .first()
      .waitFor();
    await look(page, "members");
    await page.getByLabel("State").selectOption("active");
    await page.waitForURL(/state=active/);
    await page.getByText(/ of 220 members/).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await page.goBack();
    expect(page.url()).toContain("state=active");
  });

  test("says why a member is at risk, and what happened", async () => {
    const { page } = desk;
    await page.goto(`${origin}/members`);
    await page.locator("[data-row]").first().click();
    await page.getByRole("heading", { name: "Why" }).waitFor();
    await page.getByRole("button", { name: "Billing", exact: true }).click();
    await page.waitForURL(/show=billing/);
    await page.getByText("Paid").first().waitFor();
    await look(page, "member");
    await page.keyboard.press("u");
    await page.getByRole("heading", { name: "Members" }).waitFor();
  });

  test("shows retention of all, of a plan, and beside another", async () => {
    const { page } = desk;
    await page.goto(`${origin}/retention`);
    await page.getByRole("img", { name: /^What moved monthly recurring revenue/ }).waitFor();
    await look(page, "retention");
    await page.getByLabel("Compare").selectOption("interval:year");
    await page.waitForURL(/compare=/);
    await page.getByText("dashed: By the year").waitFor();
    await page.reload();
    await page.getByText("dashed: By the year").waitFor();
  });

  test("shows a model with its gates, and what a move would do before it does it", async () => {
    const { page } = desk;
    await page.goto(`${origin}/models`);
    await page.getByText("Version 2").click();
    await page.getByRole("heading", { name: "How well it predicts" }).waitFor();
    await page.getByRole("heading", { name: "Slices" }).waitFor();
    await page.getByText("This version has not scored anybody lately.").waitFor();
    await look(page, "model");
    const hasMoved = page.getByRole("button", { name: "Roll back…" });
    await page.getByRole("button", { name: "Promote…" }).click();
    await page.getByRole("dialog").getByText("version 2").first().waitFor();
    await page.getByRole("button", { name: "Leave it" }).click();
    expect(await hasMoved.count()).toBe(0);
    // The champion's members are looked at for drift.
    await page.goto(`${origin}/models/churn/1`);
    await page.getByText(/features (has|have) moved/).waitFor();
  });

  test("lists the features with their distributions", async () => {
    const { page } = desk;
    await page.goto(`${origin}/features`);
    await page.getByText("Routes planned, 28 days").first().waitFor();
    await look(page, "features");
    await page.getByLabel("Search features").fill("expires");
    await page.getByText("Months until the card expires").waitFor();
    expect(desk.record.errors).toEqual([]);
  });

  test("fits a phone, and leads there by its bar", async () => {
    const { page, context, record } = await open(PHONE, "growth");
    await page.goto(`${origin}/members`);
    await page.locator("[data-row]").first().waitFor();
    for (const name of ["members", "retention", "models", "features"] as const) {
      await page.goto(`${origin}/${name}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("networkidle");
      // A page that is too wide is zoomed out by a phone: its own width tells.
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(`${name} ${wide}`).toBe(`${name} ${PHONE.viewport.width}`);
      await look(page, `phone-${name}`);
    }
    const more = page.getByRole("button", { name: "More", exact: true });
    const isHere = async (): Promise<string | null> => await more.getAttribute("aria-current");
    await more.click();
    await page.getByRole("link", { name: "Features" }).waitFor();
    await page.getByRole("link", { name: "Uploads" }).click();
    await page.getByRole("heading", { name: "Uploads" }).waitFor();
    expect(await isHere()).toBe("true");
    await page.getByRole("link", { name: "Members" }).click();
    await page.getByRole("heading", { level: 1, name: "Members" }).waitFor();
    expect(await isHere()).toBe(null);
    // The growth team promotes nothing.
    await page.goto(`${origin}/models/churn/1`);
    await page.getByRole("heading", { name: "Gates" }).waitFor();
    expect(await page.getByRole("button", { name: /^(Promote|Roll back)…$/ }).count()).toBe(0);
    expect(record.errors).toEqual([]);
    await context.close();
  });

  test("is not there for an athlete", async () => {
    const context = await browser.newContext(DESK);
    await world.signIn(context, "athlete");
    const page = await context.newPage();
    await page.goto(`${origin}/members`);
    await page.getByText(/only the growth team/i).waitFor();
    expect(await page.getByRole("link", { name: "Retention" }).count()).toBe(0);
    await context.close();
  });
});
