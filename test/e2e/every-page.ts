// A walk through every page of the web app and every state that it can be in, for those who look at
// each: the one takes pictures, the other holds them to what eyes, fingers and readers need.
import type { BrowserContext, Page, Route } from "playwright-core";
import { receiveUpload } from "../../src/platform/job/receive-upload.ts";
import { hashPassword } from "../../src/server/auth/password.ts";
import { type Club, mapIdle, openClub } from "./club.ts";

const EMAIL = "robin@club.example";
const PASSWORD = "a long walk before breakfast";

/** A club with members, recordings and refusals in it. */
export interface Gallery {
  readonly club: Club;
  /** Of the activity that is shown, the newest with a trail off the network where there is one. */
  readonly shownId: string;
  /** Of one that another member shows. */
  readonly foreignId: string;
  /** Recordings that are not there yet. */
  readonly fresh: readonly { name: string; mimeType: string; buffer: Buffer }[];
}

/** @param name of the state, as its picture is called; `isPictured` false where one is enough without */
export type Look = (page: Page, name: string, isPictured?: boolean) => Promise<void>;

/** @param size how many athletes' recordings of how many days there are */
export async function openGallery(size: { athletes: number; days: number }): Promise<Gallery> {
  const club = await openClub();
  const now = Date.now();
  const { athletes, activities, blobs, uploads } = club.store;
  const passwordHash = await hashPassword(PASSWORD);
  const member = (name: string, email: string, days: number, role: "admin" | "athlete") =>
    athletes.create({ name, email, role, passwordHash }, now - days * 86_400_000);
  const robin = await member("Robin Alder", EMAIL, 40, "admin");
  const kim = await member("Kim Birch", "kim@club.example", 12, "athlete");
  await member("Ola Rowan", "ola@club.example", 3, "athlete");
  const files = club.recordings(size);
  const order = [...new Set(files.map(({ athlete }) => athlete.name))];
  // Kim shows one athlete's; two are not there yet; the rest are Robin's.
  const kimAt = Math.min(3, order.length - 3);
  const freshAt = order.length - 2;
  const where = (test: (at: number) => boolean) =>
    files.filter(({ athlete }) => test(order.indexOf(athlete.name)));
  await club.fill(
    kim.id,
    where((at) => at === kimAt),
    { visibility: "everyone" },
  );
  await club.fill(
    robin.id,
    where((at) => at !== kimAt && at < freshAt),
    {},
  );
  for (const [fileName, text] of [
    ["shopping.txt", "milk, bread"],
    ["route-planned.gpx", "<gpx xmlns='http://www.topografix.com/GPX/1/1'><rte/></gpx>"],
  ] as const) {
    const blob = await blobs.put(Buffer.from(text));
    await receiveUpload(club.store, club.queue, { athleteId: robin.id, blob, fileName }, now);
  }
  while ((await uploads.unfinished()).length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const own = await activities.list({ limit: 200, zone: "UTC" }, { athleteId: robin.id });
  const mine = own.activities.filter(({ athlete }) => athlete === robin.name);
  const shown =
    mine.find(
      ({ offNetworkM, averageHeartRateBpm, gainM, distanceM }) =>
        offNetworkM > 200 && averageHeartRateBpm !== null && gainM !== null && distanceM > 8000,
    ) ?? mine[0]!;
  await activities.update(
    Number(shown.id),
    { title: "Round the lake and over the top" },
    { athleteId: robin.id },
    now,
  );
  return {
    club,
    shownId: shown.id,
    foreignId: own.activities.find(({ athlete }) => athlete === kim.name)!.id,
    fresh: where((at) => at >= freshAt)
      .slice(-4)
      .map(({ fileName, bytes }) => {
        return { name: fileName, mimeType: "", buffer: Buffer.from(bytes) };
      }),
  };
}

/** Everything that the walk adds to the club it takes away again: the next finds the same. */
export async function visitEveryPage(
  gallery: Gallery,
  context: BrowserContext,
  look: Look,
): Promise<void> {
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await visitDoors(gallery, page, look);
  await visitList(gallery, page, look);
  await visitActivity(gallery, page, look);
  await visitUploads(gallery, page, look);
  // What is under way would ask whether to leave.
  const plain = await context.newPage();
  plain.setDefaultTimeout(60_000);
  await page.close({ runBeforeUnload: false });
  await visitSettings(gallery, plain, look);
  await visitMembers(gallery, plain, look);
  await visitShell(gallery, plain, look);
  await visitFailures(gallery, plain, look);
}

async function visitDoors({ club }: Gallery, page: Page, look: Look): Promise<void> {
  await page.goto(`${club.origin}/sign-up`);
  await page.getByRole("heading", { name: "By invitation" }).waitFor();
  await look(page, "sign-up-closed", false);
  await page.goto(`${club.origin}/sign-up?invitation=none`);
  await page.getByRole("button", { name: "Open the account" }).click();
  await page.getByText("A name is needed.").waitFor();
  await look(page, "sign-up", false);
  await page.goto(`${club.origin}/sign-in`);
  await page.getByLabel("Email").fill(EMAIL);
  await look(page, "sign-in");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await look(page, "sign-in-fault", false);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("[data-row]").first().waitFor();
}

async function visitList({ club }: Gallery, page: Page, look: Look): Promise<void> {
  // Nothing lights up under a pointer that nobody moves.
  await page.mouse.move(0, 0);
  await look(page, "activities");
  await page.getByRole("button", { name: "Any time" }).click();
  await page.getByLabel("First day").waitFor();
  await look(page, "days", false);
  await page.goto(`${club.origin}/activities?q=nothing+has+these+words`);
  await page.getByRole("heading", { name: "No activity matches" }).waitFor();
  await look(page, "activities-none");

  await page.route("**/api/activities?*", async (route) => {
    const none = { activities: [], stored: 0, total: 0, months: [], sports: [] };
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), ...none } });
  });
  await page.goto(`${club.origin}/activities`);
  await page.getByRole("heading", { name: "No activities yet" }).waitFor();
  await look(page, "activities-empty", false);
  await page.unrouteAll({ behavior: "ignoreErrors" });
}

async function visitActivity(gallery: Gallery, page: Page, look: Look): Promise<void> {
  const { club, shownId, foreignId } = gallery;
  await page.goto(`${club.origin}/activities/${shownId}?colour=grade`);
  await mapIdle(page);
  await page.getByTestId("charts").locator(".u-over").first().waitFor();
  await look(page, "activity");
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await look(page, "activity-foot");
  for (const name of ["Best efforts", "Match", "Repairs", "Data"]) {
    await page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();
    await look(page, `activity-${name.split(" ").at(-1)!.toLowerCase()}`, false);
  }
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.getByTestId("charts").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+End");
  await page.getByRole("region", { name: "Numbers of the chosen part" }).waitFor();
  await look(page, "part", false);
  await page.keyboard.press("Escape");
  await page.evaluate(() => window.scrollTo(0, 0));

  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: /^GPX/ }).waitFor();
  await look(page, "export", false);
  await page.keyboard.press("Escape");
  const more = page.getByRole("button", { name: /^More of this/ });
  await more.click();
  await look(page, "more", false);
  await page.getByRole("menuitem", { name: /the description$|a description$/ }).click();
  await page.getByLabel("Description").waitFor();
  await look(page, "description", false);
  await page.getByRole("button", { name: "Cancel" }).click();
  await more.click();
  await page.getByRole("menuitem", { name: "Edit the title" }).click();
  await page.getByLabel("Title").waitFor();
  await look(page, "title", false);
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: /^Who sees it/ }).click();
  await page.getByRole("menuitemradio", { name: /^Everyone/ }).waitFor();
  await look(page, "visibility");
  await page.getByRole("menuitem", { name: /ends/ }).click();
  await mapIdle(page, "trim-map");
  await page.getByLabel(/^From the start/).fill("800");
  await page.getByLabel(/^From the finish/).fill("400");
  await mapIdle(page, "trim-map");
  await look(page, "trim");

  await page.goto(`${club.origin}/activities/${foreignId}?raw=true`);
  await mapIdle(page);
  await look(page, "activity-of-another", false);
  await page.goto(`${club.origin}/map`);
  await mapIdle(page, "lines-map");
  await look(page, "map");
}

async function visitUploads({ club, fresh }: Gallery, page: Page, look: Look): Promise<void> {
  await page.goto(`${club.origin}/uploads`);
  await page.getByText("shopping.txt").waitFor();
  await look(page, "uploads");
  await page.getByRole("button", { name: /^Refused/ }).click();
  await page.waitForURL(/show=failed/);
  await look(page, "uploads-refused", false);
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["x"], "x.fit"));
    window.dispatchEvent(new DragEvent("dragenter", { dataTransfer: transfer }));
  });
  await page.getByText("Drop to upload").waitFor();
  await look(page, "drop", false);

  await page.goto(`${club.origin}/activities`);
  await page.locator("[data-row]").first().waitFor();
  let sent = 0;
  const arriving = page.waitForResponse("**/api/uploads");
  const held: Route[] = [];
  await page.route("**/api/uploads", async (route) => {
    // The first goes through, the second has no answer yet, the third finds nobody.
    sent++;
    if (sent === 1) await route.continue();
    else if (sent === 3) await route.abort("connectionrefused");
    else held.push(route);
  });
  await page
    .getByTestId("pick-files")
    .first()
    .setInputFiles([...fresh]);
  const first = page.getByTestId("upload-tray").getByRole("link", { name: /^Open/ }).first();
  await first.waitFor();
  await look(page, "upload-tray");
  // Else they would be sent when the page goes.
  for (const route of held) await route.abort();
  const { id } = (await (await arriving).json()) as { id: string };
  const upload = await club.store.uploads.get(Number(id));
  for (const activityId of upload?.activityIds ?? []) {
    await page.request.delete(`${club.origin}/api/activities/${activityId}`);
  }
}

async function visitSettings({ club }: Gallery, page: Page, look: Look): Promise<void> {
  await page.goto(`${club.origin}/settings`);
  await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
  await page.getByText("No program has a token of yours.").waitFor();
  await look(page, "settings");
  await page.getByRole("button", { name: "New token…" }).click();
  await page.getByLabel("Name", { exact: true }).last().fill("Sunday script");
  await look(page, "token");
  await page.getByRole("button", { name: "Make the token" }).click();
  await page.getByLabel("Token", { exact: true }).waitFor();
  await look(page, "token-made", false);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Revoke Sunday script" }).click();
  await page.getByText("works no more").waitFor();
  await look(page, "note", false);
  await page.getByRole("button", { name: "Close this note" }).click();
  await page.getByRole("button", { name: "Delete the account…" }).click();
  await look(page, "delete-account");
}

async function visitMembers({ club }: Gallery, page: Page, look: Look): Promise<void> {
  await page.goto(`${club.origin}/admin`);
  await page.getByRole("cell", { name: /^Kim Birch/ }).waitFor();
  await page.getByRole("heading", { name: "Who may open an account" }).waitFor();
  await page.getByText("No invitation is open.").waitFor();
  await look(page, "members");
  await page.getByRole("button", { name: "Invite…" }).click();
  await look(page, "invite", false);
  await page.getByRole("button", { name: "Make the link" }).click();
  await page.getByLabel("Link of the invitation").waitFor();
  await look(page, "invitation", false);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: /^Withdraw/ }).waitFor();
  await look(page, "invitations", false);
  await page.getByRole("button", { name: /^Withdraw/ }).click();
  await page.getByText("No invitation is open.").waitFor();
}

async function visitShell({ club }: Gallery, page: Page, look: Look): Promise<void> {
  await page.goto(`${club.origin}/activities`);
  await page.locator("[data-row]").first().waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("option").first().waitFor();
  await look(page, "palette");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await look(page, "keys");
  await page.keyboard.press("Escape");
  // On a phone the bar has no room for it: it is behind "More".
  const more = page.getByRole("button", { name: "More" }).locator("visible=true");
  if ((await more.count()) > 0) {
    await more.click();
    await page.getByRole("dialog", { name: "More" }).waitFor();
    await look(page, "more");
  }
  await page
    .getByRole("button", { name: /^Account of/ })
    .locator("visible=true")
    .click();
  await page.getByRole("menuitem", { name: "Settings" }).waitFor();
  await look(page, "account");
  await page.keyboard.press("Escape");
  await page.goto(`${club.origin}/no/such/place`);
  await page.getByRole("heading", { name: "No path leads here" }).waitFor();
  await look(page, "lost");
}

async function visitFailures({ club, shownId }: Gallery, page: Page, look: Look): Promise<void> {
  const status = {
    phase: "matching recordings",
    done: 30,
    total: 120,
    startedMs: Date.now() - 9000,
  };
  for (const [name, more, words] of [
    ["building", {}, "30 of 120"],
    ["build-failed", { phase: "failed", message: "the disk is full" }, "Building stopped"],
  ] as const) {
    await page.route("**/api/status", (route) => route.fulfill({ json: { ...status, ...more } }));
    await page.goto(`${club.origin}/activities`);
    await page.getByText(words).waitFor();
    await look(page, name, false);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  }

  // No answer yet: the page shows where things will stand.
  await page.route(/\/api\/(activities|uploads)/, () => {});
  for (const [path, words] of [
    ["activities", "Loading the activities"],
    [`activities/${shownId}`, "Loading the activity"],
    ["uploads", "Loading the uploads"],
  ] as const) {
    await page.goto(`${club.origin}/${path}`);
    await page.getByRole("status", { name: words }).waitFor();
    await look(page, `loading-${path.split("/").length > 1 ? "activity" : path}`, false);
  }
  await page.unrouteAll({ behavior: "ignoreErrors" });

  await page.goto(`${club.origin}/activities/4000000`);
  await page.getByRole("heading", { name: "This activity is not here" }).waitFor();
  await look(page, "activity-lost", false);
  await page.route("**/api/activities?*", (route) => route.abort("connectionrefused"));
  await page.goto(`${club.origin}/activities`);
  await page.getByRole("heading", { name: "The list could not be loaded" }).waitFor();
  await look(page, "failed");
  await page.unrouteAll({ behavior: "ignoreErrors" });
}
