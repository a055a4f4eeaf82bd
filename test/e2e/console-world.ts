// A server with simulated members who came in by the front door, a model that is champion and everybody's
// scores: what the console shows. And a walk through its pages, for those who look at each.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { buildReports } from "../../src/jobs/build-reports.ts";
import { checkFeatures } from "../../src/jobs/check-features.ts";
import { createLogFollower } from "../../src/jobs/follow-log.ts";
import { scoreChurn } from "../../src/jobs/score-churn.ts";
import { openDoors, simulateMembers } from "../../src/jobs/simulate-members.ts";
import { runTrainChurn } from "../../src/jobs/train-churn.ts";
import { createRegistry } from "../../src/platform/registry/registry.ts";
import { ensureWebBuilt } from "../../src/server/web-build.ts";
import { openLake } from "../../src/store/lake/index.ts";
import { openTestServer, signedIn, type TestServer } from "../server.ts";

export interface ConsoleWorld {
  readonly harness: TestServer;
  readonly origin: string;
  /** Signs a browser in as somebody new with a role. */
  signIn(context: BrowserContext, role: "athlete" | "growth" | "admin"): Promise<void>;
  close(): Promise<void>;
}

export interface WorldSize {
  readonly seed: number;
  readonly members: number;
  readonly days: number;
  readonly historyDays?: number;
}

/** Version 1 is champion whatever its gates say, so that there are scores; version 2 is the same again. */
export async function openConsoleWorld(size: WorldSize): Promise<ConsoleWorld> {
  const folder = mkdtempSync(join(tmpdir(), "waymark-console-"));
  const harness = await openTestServer({ webFolder: await ensureWebBuilt() });
  const { store, server } = harness;
  const origin = await server.start(0);
  const until = Date.now();
  await simulateMembers({
    doors: await openDoors(store, origin, until),
    world: { ...size, until },
    signal: new AbortController().signal,
  });
  await createLogFollower({ store, now: Date.now }).catchUp();
  await buildReports({ store, now: Date.now() });
  const lakeFolder = join(folder, "lake");
  const { version } = await runTrainChurn({ store, lakeFolder, now: Date.now, tries: 1 });
  // So few members seldom teach a model that its gates let through; the pages are asked, not it.
  if ((await store.models.versionOf("churn", "champion")) === undefined) {
    const move = { model: "churn", alias: "champion", to: version.version } as const;
    const why = { byAthleteId: null, atMs: until, reason: "for this test" };
    await store.models.move({ ...move, ...why }, null);
  }
  await scoreChurn({ store, now: Date.now() });
  // The same again, so that there is a version to promote.
  const registry = createRegistry(store.models);
  const { bytes, record } = await registry.read("churn", version.version);
  await registry.register({ model: "churn", bytes, record, cardOf: () => "" }, until);
  await checkFeatures(store, openLake(lakeFolder), Date.now);
  return {
    harness,
    origin,
    async signIn(context, role) {
      const email = `${role}-${performance.now()}@club.example`;
      const someone = { name: "Gro Alder", email, role, passwordHash: null };
      const { headers } = await signedIn(harness, someone);
      const [name, value] = headers.cookie!.split("=") as [string, string];
      await context.addCookies([{ name, value, url: origin }]);
    },
    async close() {
      await harness.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Every page of the console as it is with members in it. */
export async function visitConsole(
  origin: string,
  page: Page,
  look: (page: Page, name: string) => Promise<void>,
): Promise<void> {
  await page.goto(`${origin}/members`);
  const first = page.locator("[data-row]").first();
  await first.waitFor();
  await look(page, "console-members");
  await first.click();
  await page.getByRole("heading", { name: "Timeline" }).waitFor();
  await look(page, "console-member");
  await page.goto(`${origin}/retention`);
  await page.getByRole("img", { name: /^What moved monthly recurring revenue/ }).waitFor();
  await look(page, "console-retention");
  await page.goto(`${origin}/models`);
  await page.getByText("Version 2").waitFor();
  await look(page, "console-models");
  await page.goto(`${origin}/models/churn/1`);
  await page.getByRole("heading", { name: "How well it predicts" }).waitFor();
  await look(page, "console-model");
  await page.goto(`${origin}/features`);
  await page.getByText("Routes planned, 28 days").first().waitFor();
  await look(page, "console-features");
}
