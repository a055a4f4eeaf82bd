// The first page in a real browser, from a real server with a base map of its own: the list, one
// activity, its map, charts and tabs, by mouse and by keys, on a desk and on a phone. Screenshots stay
// in test/e2e/screenshot/ for people to look at.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cutBasemap } from "../../src/geo/basemap/index.ts";
import { openOwner } from "../../src/server/auth/owner.ts";
import { ensureWebBuilt } from "../../src/server/web-build.ts";
import type { StoredActivity } from "../../src/store/activity-row.ts";
import { openTestServer, seedActivities, type TestServer } from "../server.ts";
import { CHROMIUM, launchBrowser, type PageRecord, seriousFaults, watch } from "./browser.ts";
import { lakeActivity, villageOsm } from "./small-world.ts";

const SCREENSHOTS = join(import.meta.dirname, "screenshot");
const DAY = 86_400_000;
const DESK = { viewport: { width: 1440, height: 900 }, colorScheme: "light" } as const;
/** Smaller and without motion, where nobody looks at a picture: software draws the map. */
const DESK_SMALL = {
  viewport: { width: 1080, height: 700 },
  colorScheme: "light",
  reducedMotion: "reduce",
} as const;
const PHONE = {
  viewport: { width: 390, height: 844 },
  colorScheme: "light",
  isMobile: true,
  hasTouch: true,
} as const;

/** The parts of MapLibre's map that the tests ask. */
interface MapHandle {
  loaded(): boolean;
  areTilesLoaded(): boolean;
  queryRenderedFeatures(options: { layers: string[] }): { properties: Record<string, unknown> }[];
  queryRenderedFeatures(point: [number, number], options: { layers: string[] }): unknown[];
  getLayoutProperty(layer: string, name: string): unknown;
}

if (!CHROMIUM) console.log("first-page.test.ts: skipped, no Chromium found; name one in CHROMIUM");

// Software rendering on a busy machine: a story takes seconds, rarely many.
describe.skipIf(!CHROMIUM)("the first page", { timeout: 120_000 }, () => {
  let browser: Browser;
  let folder: string;
  let webFolder: string;
  let harness: TestServer;
  let origin: string;
  /** Ids of lake-0 … lake-89. */
  let lake: readonly string[];
  const progress = { phase: "ready", done: 0, total: 0, startedMs: 0 };

  /** A server whose owner, who signs in by the printed link, has these activities. */
  const serve = async (activities: readonly StoredActivity[] = []) => {
    const opened = await openTestServer({ mapFolder: folder, webFolder, progress });
    const { id } = await openOwner(opened.store, Date.now());
    await opened.store.athletes.update(id, { name: "Robin Alder" });
    return { ...opened, ids: await seedActivities(opened.store, id, activities) };
  };

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "waymark-e2e-"));
    const osm = villageOsm();
    writeFileSync(join(folder, "basemap.pmtiles"), cutBasemap(osm));
    writeFileSync(
      join(folder, "map.json"),
      JSON.stringify({
        name: "Alderbrook",
        bbox: osm.bbox,
        attribution: "© OpenStreetMap contributors",
        networkVersion: "village-1",
      }),
    );
    webFolder = await ensureWebBuilt();
    const now = Date.now();
    const sports = ["trail-run", "run", "hike", "ride"];
    const opened = await serve(
      Array.from({ length: 90 }, (_, i) =>
        lakeActivity({
          id: `lake-${i}`,
          title: i === 1 ? "Twice round the lake" : `Round Mirror Lake ${i}`,
          sport: sports[i % 4]!,
          startMs: now - i * 2 * DAY - 3_600_000,
          laps: i === 1 ? 2 : 1,
          seed: i,
          speed: i % 4 === 3 ? 7 : 3,
        }),
      ),
    );
    harness = opened;
    lake = opened.ids;
    origin = await harness.server.start(0);
    browser = await launchBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await harness?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const windows = new Map<string, BrowserContext>();

  /** Opens a page, runs the story, and holds it to what every page must keep. */
  async function story(
    context: BrowserContextOptions,
    tell: (page: Page, record: PageRecord) => Promise<void>,
  ): Promise<void> {
    // One window for stories of one kind: the second finds the app in the cache, as people do.
    const key = JSON.stringify(context);
    let opened = windows.get(key);
    if (!opened) {
      opened = await browser.newContext({ locale: "en-GB", ...context });
      windows.set(key, opened);
      const door = await opened.newPage();
      await door.goto(harness.server.enterUrl()!);
      await door.close();
    }
    const page = await opened.newPage();
    page.setDefaultTimeout(45_000);
    const record = watch(page);
    try {
      await tell(page, record);
      expect(record.external).toEqual([]);
    } finally {
      await page.close();
    }
  }

  const screenshot = (page: Page, name: string) =>
    page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });

  const mapIdle = (page: Page) =>
    page.waitForFunction(() => {
      const place = document.querySelector<HTMLElement & { map?: MapHandle }>(
        "[data-testid=track-map]",
      );
      return place?.map?.loaded() && place.map.areTilesLoaded();
    });

  /** Properties of what the map has drawn in some layers. */
  const drawn = (page: Page, ...layers: string[]) =>
    page.evaluate((names) => {
      const place = document.querySelector<HTMLElement & { map?: MapHandle }>(
        "[data-testid=track-map]",
      );
      return place!.map!.queryRenderedFeatures({ layers: names }).map((f) => f.properties);
    }, layers);

  const visibility = (page: Page, layer: string) =>
    page.evaluate((name) => {
      const place = document.querySelector<HTMLElement & { map?: MapHandle }>(
        "[data-testid=track-map]",
      );
      return place!.map!.getLayoutProperty(name, "visibility");
    }, layer);

  const hasNoSideways = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);

  test("leads from the list to an activity whose map shows land, trail and line", () =>
    story(DESK, async (page, record) => {
      await page.goto(origin);
      await page.getByRole("heading", { name: "Activities", level: 1 }).waitFor();
      expect(page.url()).toBe(`${origin}/activities`);
      await page.locator("[data-row]").first().waitFor();
      expect(await page.locator("[data-row]").count()).toBeGreaterThan(20);
      await page.getByText("90 activities", { exact: true }).waitFor();
      await screenshot(page, "list-light");
      expect(await seriousFaults(page)).toEqual([]);

      await page.getByRole("link", { name: /Twice round the lake/ }).click();
      await page.getByRole("heading", { name: "Twice round the lake", level: 1 }).waitFor();
      await mapIdle(page);
      expect((await drawn(page, "water")).length).toBeGreaterThan(0);
      expect(await drawn(page, "trail")).toContainEqual(
        expect.objectContaining({ class: "path", name: "Lake Trail" }),
      );
      expect((await drawn(page, "track-bits")).length).toBeGreaterThan(50);
      expect(await drawn(page, "track-off")).toContainEqual({ reason: "left" });
      // Names are drawn by letters that came with the page.
      expect((await drawn(page, "place", "water-name", "peak")).length).toBeGreaterThan(0);
      await screenshot(page, "activity-light");
      expect(await seriousFaults(page)).toEqual([]);
      expect(record.errors).toEqual([]);
    }));

  test("moves one cursor through charts and map, both ways", () =>
    story(DESK_SMALL, async (page, record) => {
      await page.goto(`${origin}/activities/${lake[1]}`);
      await mapIdle(page);
      const charts = page.getByTestId("charts");
      await charts.scrollIntoViewIfNeeded();
      const plot = charts.locator(".u-over").first();
      const box = (await plot.boundingBox())!;
      const marker = page.getByTestId("track-cursor");
      expect(await marker.count()).toBe(0);
      await page.mouse.move(box.x + box.width * 0.25, box.y + 20);
      await marker.waitFor();
      const first = (await marker.boundingBox())!;
      const said = await charts.getAttribute("aria-valuetext");
      expect(said).toMatch(/km, Elevation \d+ m, Pace \d+:\d\d \/km, Heart rate \d+ bpm/);
      await page.mouse.move(box.x + box.width * 0.4, box.y + 20);
      await expect
        .poll(async () => {
          const next = (await marker.boundingBox())!;
          return Math.hypot(next.x - first.x, next.y - first.y);
        })
        .toBeGreaterThan(10);

      // And back: the pointer on the map's line moves the charts' cursor.
      const place = (await page.getByTestId("track-map").boundingBox())!;
      const here = (await marker.boundingBox())!;
      await page.mouse.move(place.x + 5, place.y + 5);
      await marker.waitFor({ state: "detached" });
      await page.mouse.move(here.x + here.width / 2, here.y + here.height / 2);
      await marker.waitFor();
      expect(await charts.getAttribute("aria-valuetext")).toMatch(/km, Elevation/);
      expect(record.errors).toEqual([]);
    }));

  test("chooses a part by dragging, keeps it in the address and gives its own numbers", () =>
    story(DESK, async (page, record) => {
      await page.goto(`${origin}/activities/${lake[1]}`);
      const plot = page.getByTestId("charts").locator(".u-over").first();
      await plot.scrollIntoViewIfNeeded();
      const box = (await plot.boundingBox())!;
      await page.mouse.move(box.x + box.width * 0.2, box.y + 30);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.5, box.y + 30, { steps: 6 });
      await page.mouse.up();
      await page.waitForURL(/part=\d+-\d+/);
      const part = new URL(page.url()).searchParams.get("part")!.split("-").map(Number);
      const numbers = page.getByRole("region", { name: "Numbers of the chosen part" });
      await numbers.waitFor();
      const kilometres = ((part[1]! - part[0]!) / 1000).toFixed(2);
      expect(await numbers.locator("dd").first().textContent()).toContain(kilometres);
      await screenshot(page, "activity-part");

      await page.reload();
      await numbers.waitFor();
      await page.keyboard.press("Escape");
      await numbers.waitFor({ state: "detached" });
      expect(page.url()).not.toContain("part=");
      expect(record.errors).toEqual([]);
    }));

  test("shows the recorded line on demand and colours the matched one by choice", () =>
    story({ ...DESK, colorScheme: "dark" }, async (page, record) => {
      await page.goto(`${origin}/activities/${lake[2]}`);
      await mapIdle(page);
      expect(await visibility(page, "track-raw")).toBe("none");
      await page.getByRole("button", { name: "Recorded line" }).click();
      await page.waitForURL(/raw=true/);
      await expect.poll(() => visibility(page, "track-raw")).toBe("visible");
      await page.keyboard.press("r");
      await expect.poll(() => visibility(page, "track-raw")).toBe("none");
      await page.getByLabel("Colour of the line").selectOption("heart");
      await page.waitForURL(/colour=heart/);
      await page.getByText("bpm").first().waitFor();
      await mapIdle(page);
      await screenshot(page, "activity-dark");
      expect(await seriousFaults(page)).toEqual([]);
      expect(record.errors).toEqual([]);
    }));

  test("tells splits, match and repairs in tabs that the address keeps", () =>
    story(DESK_SMALL, async (page, record) => {
      await page.goto(`${origin}/activities/${lake[1]}`);
      await page.getByRole("tab", { name: /Match/ }).click();
      await page.waitForURL(/tab=match/);
      await page.getByRole("cell", { name: "Lake Trail" }).waitFor();
      await page.getByRole("button", { name: "Left the paths" }).click();
      await page.waitForURL(/part=/);
      await page.getByRole("tab", { name: /Repairs/ }).click();
      await page.getByRole("cell", { name: "Position jump" }).waitFor();
      await page.getByRole("tab", { name: /Data/ }).click();
      await page.getByText("Fenwatch 3").waitFor();
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByRole("menuitem", { name: /^GPX/ }).waitFor();
      const answers = await page.evaluate(async () => {
        const links = [...document.querySelectorAll<HTMLAnchorElement>("a[download]")];
        return Promise.all(links.map(async ({ href }) => (await fetch(href)).status));
      });
      expect(answers).toEqual([200, 200]);
      expect(record.errors).toEqual([]);
    }));

  test("is driven by keys alone: search, rows, palette, help, charts", () =>
    story(DESK_SMALL, async (page, record) => {
      await page.goto(`${origin}/activities`);
      await page.locator("[data-row]").first().waitFor();
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
      expect(await focused()).toContain("Twice round the lake");
      await page.keyboard.press("k");
      expect(await focused()).toContain("Round Mirror Lake 0");

      await page.keyboard.press("/");
      await page.keyboard.type("twice");
      await page.waitForURL(/q=twice/);
      await page.getByText("1 of 90").waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keys" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });

      await page.keyboard.press("Control+k");
      await page.keyboard.type("lake 5");
      await page
        .getByRole("option", { name: /Round Mirror Lake 5/ })
        .first()
        .waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: /Round Mirror Lake 5/, level: 1 }).waitFor();

      const charts = page.getByTestId("charts");
      await charts.focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      const before = Number(await charts.getAttribute("aria-valuenow"));
      expect(before).toBeGreaterThan(0);
      await page.keyboard.press("Shift+ArrowRight");
      await page.keyboard.press("Shift+ArrowRight");
      await page.waitForURL(new RegExp(`part=${before}-`));
      await page.keyboard.press("Escape");
      await page.keyboard.press("u");
      await page.waitForURL(/\/activities$/);
      expect(record.errors).toEqual([]);
    }));

  test("fits a phone without scrolling sideways, with targets for thumbs", () =>
    story(PHONE, async (page, record) => {
      await page.goto(`${origin}/activities`);
      await page.locator("[data-row]").first().waitFor();
      expect(await hasNoSideways(page)).toBe(true);
      await screenshot(page, "list-phone");
      await page.locator("[data-row]").nth(1).tap();
      await page.getByRole("heading", { name: "Twice round the lake", level: 1 }).waitFor();
      await mapIdle(page);
      await page.getByTestId("charts").locator(".u-over").first().waitFor();
      expect(await hasNoSideways(page)).toBe(true);
      const small = await page.evaluate(() =>
        [
          ...document.querySelectorAll<HTMLElement>(
            "#content button, #content select, nav a, nav button, #content [role=tab]",
          ),
        ]
          .filter((element) => !element.closest(".maplibregl-map") && element.offsetParent !== null)
          .filter((element) => element.getBoundingClientRect().height < 43.5)
          .map((element) => element.textContent),
      );
      expect(small).toEqual([]);
      await screenshot(page, "activity-phone");
      expect(record.errors).toEqual([]);
    }));

  test("teaches how to import when nothing is there, and shows a world being built", async () => {
    const empty = await serve();
    await empty.server.start(0);
    try {
      await story(DESK_SMALL, async (page, record) => {
        // Another port of the same name shares its cookies: the same browser signs in anew.
        await page.goto(empty.server.enterUrl()!);
        await page.getByRole("heading", { name: "No activities yet" }).waitFor();
        await page.getByText("Drop files of your watch").waitFor();
        await screenshot(page, "empty");
        Object.assign(progress, {
          phase: "matching recordings",
          done: 30,
          total: 120,
          startedMs: Date.now() - 10_000,
        });
        await page.reload();
        await page.getByText("30 of 120").waitFor();
        await page.getByText(/about \d+ s left/).waitFor();
        await screenshot(page, "building");
        // It refreshes itself: nobody reloads.
        progress.done = 90;
        await page.getByText("90 of 120").waitFor();
        progress.phase = "ready";
        await page.getByText("90 of 120").waitFor({ state: "detached" });
        await page.getByRole("heading", { name: "No activities yet" }).waitFor();
        expect(record.errors).toEqual([]);
      });
    } finally {
      progress.phase = "ready";
      await empty.close();
      for (const opened of windows.values()) await opened.close();
      windows.clear();
    }
  });

  test("says what failed, what is safe and what to do", () =>
    story(DESK_SMALL, async (page) => {
      await page.goto(`${origin}/activities/never-was`);
      await page.getByRole("heading", { name: "This activity is not here" }).waitFor();
      let isDown = true;
      await page.route("**/api/activities?*", (route) =>
        isDown ? route.abort("connectionrefused") : route.continue(),
      );
      await page.goto(`${origin}/activities`);
      await page.getByRole("heading", { name: "The list could not be loaded" }).waitFor();
      await page.getByText("Nothing was changed.").waitFor();
      await screenshot(page, "failed");
      isDown = false;
      await page.getByRole("button", { name: "Try again" }).click();
      await page.locator("[data-row]").first().waitFor();
    }));

  test("stays where it is when the server goes before a page's code came", () =>
    story(DESK_SMALL, async (page) => {
      let isGone = false;
      await page.route(/\/assets\/settings-.*\.js$|\/healthz$/, (route) =>
        isGone || route.request().url().endsWith(".js") ? route.abort() : route.continue(),
      );
      await page.goto(`${origin}/activities`);
      await page.locator("[data-row]").first().waitFor();
      isGone = true;
      await page
        .getByRole("button", { name: /^Account of/ })
        .first()
        .click();
      await page.getByRole("menuitem", { name: "Settings" }).click();
      await page.getByRole("heading", { name: "The page could not be loaded" }).waitFor();
      // The rest of the app goes on.
      await page.getByRole("button", { name: "Try again" }).click();
      await page.getByText("The server does not answer yet.").waitFor();
      await page.getByRole("link", { name: "Activities" }).first().click();
      await page.locator("[data-row]").first().waitFor();
      isGone = false;
      await page.unrouteAll({ behavior: "ignoreErrors" });
      await page.goto(`${origin}/settings`);
      await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
    }));

  test("asks a server of its own house without the internet too", () =>
    story(DESK_SMALL, async (page) => {
      // As a browser says it that has lost the internet: this machine is reached all the same.
      await page.addInitScript(() => {
        Object.defineProperty(Navigator.prototype, "onLine", { get: () => false });
        window.addEventListener("load", () => window.dispatchEvent(new Event("offline")));
      });
      await page.goto(`${origin}/activities`);
      await page.locator("[data-row]").first().waitFor();
      await page.getByRole("link", { name: "Uploads" }).first().click();
      await page.getByRole("heading", { name: "Nothing was uploaded yet" }).waitFor();
    }));

  test("shows every line on one map and opens the one that is clicked", () =>
    story(DESK_SMALL, async (page, record) => {
      await page.goto(`${origin}/map`);
      const count = () =>
        page.evaluate(() => {
          const place = document.querySelector<HTMLElement & { map?: MapHandle }>(
            "[data-testid=lines-map]",
          );
          return place?.map?.loaded()
            ? place.map.queryRenderedFeatures({ layers: ["lines"] }).length
            : 0;
        });
      await expect.poll(count, { timeout: 45_000 }).toBeGreaterThanOrEqual(90);
      // A place on the trail round the lake, where all of them were.
      const at = await page.evaluate(() => {
        const place = document.querySelector<HTMLElement & { map?: MapHandle }>(
          "[data-testid=lines-map]",
        )!;
        const box = place.getBoundingClientRect();
        for (let x = 0; x < box.width; x += 4) {
          const point: [number, number] = [x, box.height * 0.62];
          if (place.map!.queryRenderedFeatures(point, { layers: ["lines"] }).length > 0) {
            return { x: box.left + point[0], y: box.top + point[1] };
          }
        }
        return null;
      });
      expect(at).not.toBeNull();
      await page.mouse.move(at!.x, at!.y);
      await page.getByText(/lake/i).first().waitFor();
      await page.mouse.click(at!.x, at!.y);
      await page.waitForURL(/\/activities\/\d+/);
      expect(record.errors).toEqual([]);
    }));

  test("turns dark and imperial, and keeps it", () =>
    story({ ...DESK_SMALL, timezoneId: "Europe/Andorra" }, async (page, record) => {
      await page.goto(`${origin}/activities/${lake[0]}`);
      await mapIdle(page);
      const account = page.getByRole("button", { name: /^Account of/ }).first();
      await account.click();
      await page.getByRole("menuitem", { name: "Switch to imperial units" }).click();
      await page.getByText("mi", { exact: true }).first().waitFor();
      await account.click();
      await page.getByRole("menuitemradio", { name: "Dark" }).click();
      await expect
        .poll(() => page.evaluate(() => document.documentElement.dataset.theme))
        .toBe("dark");
      await page.reload();
      await mapIdle(page);
      expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
      expect(
        await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme),
      ).toBe("dark");
      // The line is drawn again on the new style.
      expect((await drawn(page, "track-bits")).length).toBeGreaterThan(20);
      await page.getByText("mi", { exact: true }).first().waitFor();
      expect(record.errors).toEqual([]);
    }));
});
