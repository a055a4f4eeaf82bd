// Pictures of every page for docs/images, wide and on a phone, light and dark, and what axe says of each.
// Asked for by WAYMARK_PICTURES=1; otherwise the pages are looked at and no file is written.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { receiveUpload } from "../../src/platform/job/receive-upload.ts";
import { hashPassword } from "../../src/server/auth/password.ts";
import { CHROMIUM, launchBrowser, seriousFaults } from "./browser.ts";
import { type Club, mapIdle, openClub } from "./club.ts";

const IS_ASKED = process.env.WAYMARK_PICTURES === "1";
const FOLDER = join(import.meta.dirname, "../../docs/images");
const BYTES_MAX = 150_000;
const EMAIL = "robin@club.example";
const PASSWORD = "a long walk before breakfast";

const WIDE = { viewport: { width: 1440, height: 900 } } as const;
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;
const LOOKS = [
  ["wide-light", { ...WIDE, colorScheme: "light" }],
  ["wide-dark", { ...WIDE, colorScheme: "dark" }],
  ["phone-light", { ...PHONE, colorScheme: "light" }],
  ["phone-dark", { ...PHONE, colorScheme: "dark" }],
] as const;

if (!IS_ASKED) console.log("pictures.test.ts: skipped, WAYMARK_PICTURES=1 takes them");

describe.skipIf(!CHROMIUM || !IS_ASKED)("the pictures", { timeout: 300_000 }, () => {
  let club: Club;
  let browser: Browser;
  /** Of the activity that is shown, the newest with a trail off the network. */
  let shownId = "";
  /** Of those whose files are here already. */
  let names: ReadonlySet<string>;

  beforeAll(async () => {
    club = await openClub();
    browser = await launchBrowser();
    const now = Date.now();
    const { athletes } = club.store;
    const passwordHash = await hashPassword(PASSWORD);
    const robin = await athletes.create(
      { name: "Robin Alder", email: EMAIL, role: "admin", passwordHash },
      now - 40 * 86_400_000,
    );
    const kim = await athletes.create(
      { name: "Kim Birch", email: "kim@club.example", passwordHash },
      now - 12 * 86_400_000,
    );
    await athletes.create(
      { name: "Ola Rowan", email: "ola@club.example", passwordHash },
      now - 3 * 86_400_000,
    );
    const files = club.recordings({ athletes: 8, days: 75 });
    names = new Set(files.map(({ athlete }) => athlete.name));
    const order = [...names];
    const of = (...indices: number[]) =>
      files.filter(({ athlete }) => indices.includes(order.indexOf(athlete.name)));
    await club.fill(kim.id, of(3), { visibility: "everyone" });
    await club.fill(robin.id, of(0, 1, 2, 4, 5, 6, 7), {});
    const { blobs } = club.store;
    for (const [fileName, text] of [
      ["shopping.txt", "milk, bread"],
      ["route-planned.gpx", "<gpx xmlns='http://www.topografix.com/GPX/1/1'><rte/></gpx>"],
    ] as const) {
      const blob = await blobs.put(Buffer.from(text));
      await receiveUpload(club.store, club.queue, { athleteId: robin.id, blob, fileName }, now);
    }
    while ((await club.store.uploads.unfinished()).length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const page = await club.store.activities.list(
      { limit: 200, zone: "UTC" },
      { athleteId: robin.id },
    );
    const shown =
      page.activities.find(
        ({ offNetworkM, averageHeartRateBpm, gainM, distanceM }) =>
          offNetworkM > 200 && averageHeartRateBpm !== null && gainM !== null && distanceM > 8000,
      ) ?? page.activities[0]!;
    shownId = shown.id;
    await club.store.activities.update(
      Number(shownId),
      { title: "Round the lake and over the top" },
      { athleteId: robin.id },
      now,
    );
  }, 280_000);
  afterAll(async () => {
    await browser?.close();
    await club?.close();
  });

  for (const [look, options] of LOOKS) {
    test(`shows every page ${look.replace("-", ", ")}`, async () => {
      const context = await browser.newContext({
        ...options,
        locale: "en-GB",
        reducedMotion: "reduce",
      });
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      const faults: Record<string, string[]> = {};
      const takeOf = (page: Page) => async (name: string) => {
        await page.evaluate(() => document.fonts.ready);
        const found = await seriousFaults(page);
        const sidewaysPx = await page.evaluate(
          () => document.documentElement.scrollWidth - window.innerWidth,
        );
        if (sidewaysPx > 0) found.push(`scrolls sideways by ${sidewaysPx} px`);
        if (found.length > 0) faults[name] = found;
        await keep(page, `${name}-${look}`);
      };
      const take = takeOf(page);

      await page.goto(`${club.origin}/sign-in`);
      await page.getByLabel("Email").fill(EMAIL);
      await take("sign-in");
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.locator("[data-row]").first().waitFor();
      await take("activities");

      await page.goto(`${club.origin}/activities?q=nothing+has+these+words`);
      await page.getByRole("heading", { name: "No activity matches" }).waitFor();
      await take("activities-none");

      await page.goto(`${club.origin}/activities/${shownId}?colour=grade`);
      await mapIdle(page);
      await page.getByTestId("charts").locator(".u-over").first().waitFor();
      await take("activity");
      await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
      await take("activity-foot");
      await page.evaluate(() => window.scrollTo(0, 0));

      await page.getByRole("button", { name: /^Who sees it/ }).click();
      await page.getByRole("menuitemradio", { name: /^Everyone/ }).waitFor();
      await take("visibility");
      await page.getByRole("menuitem", { name: /ends/ }).click();
      await mapIdle(page, "trim-map");
      for (let i = 0; i < 16; i++) await page.getByLabel(/^From the start/).press("ArrowRight");
      for (let i = 0; i < 8; i++) await page.getByLabel(/^From the finish/).press("ArrowRight");
      await mapIdle(page, "trim-map");
      await take("trim");

      await page.goto(`${club.origin}/map`);
      await mapIdle(page, "lines-map");
      await take("map");

      await page.goto(`${club.origin}/uploads`);
      await page.getByText("shopping.txt").waitFor();
      await take("uploads");

      await page.goto(`${club.origin}/activities`);
      await page.locator("[data-row]").first().waitFor();
      let sent = 0;
      await page.route("**/api/uploads", async (route) => {
        // The first goes through, the second has no answer yet, the third finds nobody.
        sent++;
        if (sent === 1) await route.continue();
        else if (sent === 3) await route.abort("connectionrefused");
      });
      const fresh = club
        .recordings({ athletes: 14, days: 12 })
        .filter(({ athlete }) => !names.has(athlete.name))
        .slice(0, 4);
      await page
        .getByTestId("pick-files")
        .first()
        .setInputFiles(
          fresh.map(({ fileName, bytes }) => {
            return { name: fileName, mimeType: "", buffer: Buffer.from(bytes) };
          }),
        );
      await page.getByTestId("upload-tray").getByRole("link", { name: /^Open/ }).first().waitFor();
      await take("upload-tray");
      await page.unrouteAll({ behavior: "ignoreErrors" });

      const plain = await context.newPage();
      await page.close({ runBeforeUnload: false });
      await pictureRest(plain, takeOf(plain));
      expect(faults).toEqual({});
      await context.close();
    });
  }

  async function pictureRest(page: Page, take: (name: string) => Promise<void>): Promise<void> {
    page.setDefaultTimeout(60_000);
    await page.goto(`${club.origin}/settings`);
    await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
    await page
      .getByText(/No program has|Never used|Used/)
      .first()
      .waitFor();
    await take("settings");
    await page.getByRole("button", { name: "New token…" }).click();
    await page.getByLabel("Name", { exact: true }).last().fill("Sunday script");
    await take("token");
    await page.getByRole("button", { name: "Make the token" }).click();
    await page.getByLabel("Token", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "Delete the account…" }).click();
    await take("delete-account");
    await page.keyboard.press("Escape");

    await page.goto(`${club.origin}/admin`);
    await page.getByRole("cell", { name: /^Kim Birch/ }).waitFor();
    await page.getByRole("heading", { name: "Who may open an account" }).waitFor();
    await take("members");

    await page.goto(`${club.origin}/activities`);
    await page.locator("[data-row]").first().waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("option").first().waitFor();
    await take("palette");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await take("keys");
    await page.keyboard.press("Escape");
    await page
      .getByRole("button", { name: /^Account of/ })
      .locator("visible=true")
      .click();
    await page.getByRole("menuitem", { name: "Settings" }).waitFor();
    await take("account");

    await page.goto(`${club.origin}/no/such/place`);
    await page.getByRole("heading", { name: "No path leads here" }).waitFor();
    await take("lost");

    await page.route("**/api/activities?*", (route) => route.abort("connectionrefused"));
    await page.goto(`${club.origin}/activities`);
    await page.getByRole("heading", { name: "The list could not be loaded" }).waitFor();
    await take("failed");
    await page.unrouteAll({ behavior: "ignoreErrors" });
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
