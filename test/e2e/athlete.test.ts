// A club's first members in a real browser, on a real server with workers and a map: in by the printed
// link, an invitation, uploads that are read, refused and sent again, edits, hidden ends, what another
// member may see, tokens, and out again.
import { readFileSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeGpx } from "../../src/sim/format/gpx.ts";
import { type Athlete, type SimulatedRecording, worldAthletes } from "../../src/sim/index.ts";
import { CHROMIUM, launchBrowser, type PageRecord, seriousFaults, watch } from "./browser.ts";
import { type Club, mapIdle, openClub } from "./club.ts";

/** Without motion: software draws the map, each step of it. */
const DESK = {
  viewport: { width: 1280, height: 800 },
  locale: "en-GB",
  reducedMotion: "reduce",
} as const;
const PASSWORD = "a long walk before breakfast";

interface Window {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly record: PageRecord;
}

if (!CHROMIUM) console.log("athlete.test.ts: skipped, no Chromium found; name one in CHROMIUM");

describe.skipIf(!CHROMIUM)("an athlete", { timeout: 180_000 }, () => {
  let club: Club;
  let browser: Browser;
  let robin: Window;
  let kim: Window;
  let files: readonly SimulatedRecording[];
  let fit: SimulatedRecording;
  /** Another outing as GPX, and the one of `fit` as GPX. */
  let gpx: FilePayload;
  let again: FilePayload;

  const openWindow = async (): Promise<Window> => {
    const context = await browser.newContext(DESK);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    return { context, page, record: watch(page) };
  };

  beforeAll(async () => {
    club = await openClub();
    browser = await launchBrowser();
    robin = await openWindow();
    kim = await openWindow();
    files = club.recordings({ athletes: 6, days: 30 }).filter(({ quirks, fileName, truth }) => {
      return quirks.length === 0 && fileName.endsWith(".fit") && truth !== undefined;
    });
    fit = files.at(-1)!;
    const other = files.at(-2)!;
    const [athlete] = worldAthletes({ seed: 1, athletes: 1, until: Date.now(), region: club.town });
    gpx = asGpx("morning.gpx", other, athlete!.device);
    again = asGpx("the-same-outing.gpx", fit, athlete!.device);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await club?.close();
  });

  const pick = (page: Page, ...chosen: FilePayload[]) =>
    page.getByTestId("pick-files").first().setInputFiles(chosen);
  const menu = async (page: Page, opener: string | RegExp, item: string | RegExp) => {
    await page.getByRole("button", { name: opener }).first().click();
    await page.getByRole("menuitem", { name: item }).click();
  };

  test("comes in by the printed link, and sees how to begin", async () => {
    const { page } = robin;
    await page.goto(`${club.origin}/activities`);
    await page.waitForURL(/\/sign-in/);
    await page.getByRole("heading", { name: "Sign in", level: 1 }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.goto(club.server.enterUrl()!);
    await page.getByRole("heading", { name: "No activities yet" }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });

  test("gives the account a name, an email and a password", async () => {
    const { page, record } = robin;
    await menu(page, /^Account of/, "Settings");
    await page.getByLabel("Name", { exact: true }).fill("Robin Alder");
    await page.getByLabel("Email").fill("robin@club.example");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Your profile is saved.").waitFor();
    await page.getByLabel("New password").fill("short");
    await page.getByText("5 more characters are needed.").waitFor();
    await page.getByLabel("New password").fill(PASSWORD);
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByText("Your password is changed.").waitFor();
    await page.getByRole("button", { name: "Account of Robin" }).first().waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(record.errors).toEqual([]);
  });

  test("invites a member, who opens an account by the link", async () => {
    await menu(robin.page, /^Account of/, "Members");
    await robin.page.getByRole("button", { name: "Invite…" }).click();
    await robin.page.getByRole("button", { name: "Make the link" }).click();
    const link = await robin.page.getByLabel("Link of the invitation").inputValue();
    expect(await seriousFaults(robin.page)).toEqual([]);
    await robin.page.getByRole("button", { name: "Done" }).click();

    const { page } = kim;
    // Without it nobody gets in, and is told why.
    await page.goto(`${club.origin}/sign-up`);
    await page.getByRole("heading", { name: "By invitation" }).waitFor();
    await page.goto(link);
    await page.getByRole("button", { name: "Open the account" }).click();
    await page.getByText("A name is needed.").waitFor();
    await page.getByLabel("Name").fill("Kim Birch");
    await page.getByLabel("Email").fill("robin@club.example");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Open the account" }).click();
    await page.getByText(/exists/).waitFor();
    // The form keeps its words.
    expect(await page.getByLabel("Name").inputValue()).toBe("Kim Birch");
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByLabel("Email").fill("kim@club.example");
    await page.getByRole("button", { name: "Open the account" }).click();
    await page.getByRole("heading", { name: "No activities yet" }).waitFor();

    await robin.page.reload();
    await robin.page.getByRole("cell", { name: /^Kim Birch/ }).waitFor();
    expect(await seriousFaults(robin.page)).toEqual([]);
    expect(robin.record.errors).toEqual([]);
  });

  test("uploads a FIT and a GPX, is told what became of each, and why one was refused", async () => {
    const { page } = robin;
    await page.goto(`${club.origin}/activities`);
    const tray = page.getByTestId("upload-tray");
    await pick(page, asFile(fit), gpx, {
      name: "shopping.txt",
      mimeType: "text/plain",
      buffer: Buffer.from("milk, bread"),
    });
    await tray.getByText("3 files done, 1 refused").waitFor();
    await tray.getByText("Export it from the device or service").waitFor();
    expect(await tray.getByRole("link", { name: /^Open the activity of/ }).count()).toBe(2);
    expect(await page.locator("[data-row]").count()).toBe(2);
    expect(await seriousFaults(page)).toEqual([]);
    await tray.getByRole("link", { name: `Open the activity of ${fit.fileName}` }).click();
    await page.waitForURL(/\/activities\/\d+$/);
    await mapIdle(page);
    await page.getByText("Matched", { exact: true }).first().waitFor();
    await tray.getByRole("button", { name: "Close the list of uploads" }).click();

    await page.getByRole("link", { name: "Uploads" }).first().click();
    await page.getByText("3 files", { exact: true }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("button", { name: /^Refused 1/ }).click();
    await page.waitForURL(/show=failed/);
    await page.getByText("shopping.txt").waitFor();
    expect(await page.getByText("morning.gpx").count()).toBe(0);
  });

  test("knows an outing that was here already, from another file", async () => {
    const { page } = robin;
    await pick(page, again);
    const tray = page.getByTestId("upload-tray");
    await tray.getByText("Was here already").waitFor();
    await tray.getByRole("link", { name: /^Open/ }).waitFor();
    await tray.getByRole("button", { name: "Close the list of uploads" }).click();
  });

  test("sends a file again that could not be sent, and asks after one over a reload", async () => {
    const { page } = robin;
    const tray = page.getByTestId("upload-tray");
    await page.route("**/api/uploads", (route) => route.abort("connectionrefused"));
    await pick(page, asFile(files.at(-3)!));
    await tray.getByRole("button", { name: /^Send again/ }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.unroute("**/api/uploads");
    // What the server still reads is known after a reload: the first answers say so.
    let answersHeld = 2;
    await page.route("**/api/uploads?*", async (route) => {
      const answer = await route.fetch();
      const body = (await answer.json()) as {
        uploads: { status: string; activityIds: string[] }[];
      };
      if (answersHeld-- > 0) {
        for (const upload of body.uploads) Object.assign(upload, { status: "processing" });
      }
      await route.fulfill({ response: answer, json: body });
    });
    await tray.getByRole("button", { name: /^Send again/ }).click();
    await tray.getByText("Received · reading").waitFor();
    await page.reload();
    await tray.getByText("1 file done").waitFor();
    // An asking that is under way when this ends gets the server's own answer.
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await tray.getByRole("button", { name: "Close the list of uploads" }).click();
  });

  test("takes files that are dropped on the page", async () => {
    const { page } = robin;
    const { fileName, bytes } = files.at(-4)!;
    const transfer = await page.evaluateHandle(
      ({ name, data }) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name));
        return transfer;
      },
      { name: fileName, data: Buffer.from(bytes).toString("base64") },
    );
    await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
    await page.getByText("Drop to upload").waitFor();
    await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
    await page.getByText("Drop to upload").waitFor({ state: "detached" });
    const tray = page.getByTestId("upload-tray");
    await tray.getByText("1 file done").waitFor();
    await tray.getByRole("link", { name: /^Open/ }).click();
    await page.waitForURL(/\/activities\/\d+$/);
    await tray.getByRole("button", { name: "Close the list of uploads" }).click();
  });

  test("edits words where they stand", async () => {
    const { page, record } = robin;
    await mapIdle(page);
    await page.keyboard.press("e");
    await page.getByLabel("Title").fill("Over the pass");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Over the pass", level: 1 }).waitFor();
    await menu(page, /^More of this/, "Add a description");
    await page.getByLabel("Description").fill("Wind from the west,\nbread at the top.");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("bread at the top.").waitFor();
    await page.getByLabel("Sport", { exact: true }).selectOption("hike");
    await page.reload();
    await page.getByRole("heading", { name: "Over the pass", level: 1 }).waitFor();
    await page.getByText("bread at the top.").waitFor();
    expect(await page.getByLabel("Sport", { exact: true }).inputValue()).toBe("hike");
    await mapIdle(page);
    expect(await seriousFaults(page)).toEqual([]);
    expect(record.errors.filter((text) => !text.includes("ERR_CONNECTION_REFUSED"))).toEqual([]);
  });

  test("shows it to the others without its ends, and then to nobody", async () => {
    const { page } = robin;
    const address = page.url();
    await kim.page.goto(address);
    await kim.page.getByRole("heading", { name: "This activity is not here" }).waitFor();

    await page.getByRole("button", { name: /^Who sees it/ }).click();
    await page.getByRole("menuitemradio", { name: /^Everyone/ }).click();
    await page.getByRole("button", { name: "Who sees it: everyone" }).click();
    await page.getByRole("menuitem", { name: "Hide the ends…" }).click();
    await mapIdle(page, "trim-map");
    const slider = page.getByLabel(/^From the start/);
    for (let i = 0; i < 10; i++) await slider.press("ArrowRight");
    expect(await slider.getAttribute("aria-valuetext")).toBe("500 m");
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The ends are hidden from others.").waitFor();

    const own = await pointsOf(page, address);
    await kim.page.reload();
    await kim.page.getByRole("heading", { name: "Over the pass", level: 1 }).waitFor();
    expect(await kim.page.getByRole("button", { name: /^Who sees it/ }).count()).toBe(0);
    expect(await seriousFaults(kim.page)).toEqual([]);
    const seen = await pointsOf(kim.page, address);
    expect(seen.count).toBeLessThan(own.count);
    expect(distanceM(seen.first, own.first)).toBeGreaterThan(100);

    await page.getByRole("button", { name: /^Who sees it/ }).click();
    await page.getByRole("menuitemradio", { name: /^Only me/ }).click();
    await page.getByRole("button", { name: "Who sees it: only me" }).waitFor();
    await expect.poll(async () => (await kim.page.request.get(apiOf(address))).status()).toBe(404);
    await kim.page.reload();
    await kim.page.getByRole("heading", { name: "This activity is not here" }).waitFor();
  });

  test("deletes with a way back, and then for good", async () => {
    const { page } = robin;
    const address = page.url();
    await menu(page, /^More of this/, "Delete");
    await page.waitForURL(/\/activities$/);
    expect(await page.getByRole("link", { name: /Over the pass/ }).count()).toBe(0);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.waitForURL(address);
    await page.getByRole("heading", { name: "Over the pass", level: 1 }).waitFor();
    await menu(page, /^More of this/, "Delete");
    await page.getByRole("button", { name: "Close this note" }).click();
    await expect.poll(async () => (await page.request.get(apiOf(address))).status()).toBe(404);
    await page.goto(address);
    await page.getByRole("heading", { name: "This activity is not here" }).waitFor();
  });

  test("filters the list by days", async () => {
    const { page } = robin;
    await page.goto(`${club.origin}/activities`);
    await page.locator("[data-row]").first().waitFor();
    const count = await page.locator("[data-row]").count();
    await page.getByRole("button", { name: "Any time" }).click();
    await page.getByRole("button", { name: `${new Date().getFullYear() - 2}` }).click();
    await page.waitForURL(/from=/);
    await page.getByRole("heading", { name: "No activity matches" }).waitFor();
    await page.getByRole("button", { name: "Show all activities" }).click();
    await expect.poll(() => page.locator("[data-row]").count()).toBe(count);
  });

  test("makes a token that works, and revokes it", async () => {
    const { page } = robin;
    await page.goto(`${club.origin}/settings#tokens`);
    await page.getByRole("button", { name: "New token…" }).click();
    await page.getByRole("button", { name: "Make the token" }).click();
    await page.getByText("A name tells you later").waitFor();
    await page.getByLabel("Name", { exact: true }).last().fill("script");
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Make the token" }).click();
    const token = await page.getByLabel("Token", { exact: true }).inputValue();
    await page.getByRole("button", { name: "Done" }).click();
    const ask = () =>
      fetch(`${club.origin}/api/activities`, { headers: { authorization: `Bearer ${token}` } });
    expect((await ask()).status).toBe(200);
    await page.getByRole("button", { name: "Revoke script" }).click();
    await page.getByText("works no more").waitFor();
    expect((await ask()).status).toBe(401);
  });

  test("takes everything out", async () => {
    const { page } = robin;
    const arriving = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export everything" }).click();
    const bytes = readFileSync(await (await arriving).path());
    expect(bytes.subarray(0, 2).toString()).toBe("PK");
  });

  test("signs out, is led back after signing in, and is told of a wrong password", async () => {
    const { page } = robin;
    await menu(page, /^Account of/, "Sign out");
    await page.waitForURL(/\/sign-in$/);
    await page.goto(`${club.origin}/uploads?show=failed`);
    await page.waitForURL(/sign-in\?next=/);
    await page.getByLabel("Email").fill("robin@club.example");
    await page.getByLabel("Password").fill("not this one");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    expect(await page.getByLabel("Email").inputValue()).toBe("robin@club.example");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(/\/uploads\?show=failed/);
    await page.getByText("shopping.txt").waitFor();
  });

  test("tries a file again that the server could not read", async () => {
    const { page } = robin;
    const { sql } = club.store.database;
    const { id, file_name } = await sql
      .selectFrom("upload")
      .innerJoin("athlete", "athlete.id", "upload.athlete_id")
      .select(["upload.id", "upload.file_name"])
      .where("athlete.email", "=", "robin@club.example")
      .where("upload.status", "=", "ready")
      .where("upload.sha256", "is not", null)
      .executeTakeFirstOrThrow();
    await sql
      .updateTable("upload")
      .set({ status: "failed", error_code: "TRACK_FAILED", error_message: "the reader broke" })
      .where("id", "=", id)
      .execute();
    await page.goto(`${club.origin}/uploads?show=failed`);
    const again = page.getByRole("button", { name: `Try again to read ${file_name}` });
    await again.click();
    await again.waitFor({ state: "detached" });
    const status = async (): Promise<string> => (await club.store.uploads.get(id)).status;
    await expect.poll(status).toBe("ready");
  });

  test("leaves for good when the account is deleted", async () => {
    const { page } = kim;
    await page.goto(`${club.origin}/settings`);
    await page.getByRole("button", { name: "Delete the account…" }).click();
    const act = page.getByRole("button", { name: "Delete everything" });
    expect(await act.isDisabled()).toBe(true);
    await page.getByLabel(/^Type/).fill("kim@club.example");
    await page.getByLabel("Your password", { exact: true }).fill(PASSWORD);
    await act.click();
    await page.waitForURL(/\/sign-in/);
    await page.getByLabel("Email").fill("kim@club.example");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    expect(robin.record.external).toEqual([]);
    expect(kim.record.external).toEqual([]);
  });
});

interface FilePayload {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer<ArrayBuffer>;
}

function asFile({ fileName, bytes }: SimulatedRecording): FilePayload {
  return { name: fileName, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) };
}

function asGpx(
  name: string,
  recording: SimulatedRecording,
  device: Athlete["device"],
): FilePayload {
  const { recorded, sport } = recording;
  const info = { title: "Morning out", sport, isVirtual: false, device, serial: 1 };
  return { name, mimeType: "application/gpx+xml", buffer: Buffer.from(writeGpx(recorded, info)) };
}

function apiOf(address: string): string {
  return address.replace("/activities/", "/api/activities/").replace(/[?#].*$/, "");
}

type Place = readonly [lon: number, lat: number];

/** How many places of an activity a page's athlete is told, and the first of them. */
async function pointsOf(
  page: Page,
  address: string,
): Promise<{ readonly count: number; readonly first: Place }> {
  const answer = await page.request.get(`${apiOf(address)}/streams`);
  const { lon, lat } = (await answer.json()) as { lon: (number | null)[]; lat: number[] };
  const at = lon.findIndex((value) => value !== null);
  return { count: lon.length, first: [lon[at]!, lat[at]!] };
}

function distanceM([ax, ay]: Place, [bx, by]: Place): number {
  const metres = 111_195;
  return Math.hypot((ax - bx) * metres * Math.cos((ay * Math.PI) / 180), (ay - by) * metres);
}
