// `waymark webhook` on a store that no server has open, and beside one that has.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { announceServer, withdrawServer } from "../../src/cli/server-file.ts";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import type { CreatedWebhookEndpoint } from "../../src/schema/webhook.ts";
import { createServer } from "../../src/server/app.ts";
import { readWebhook } from "../../src/server/webhook/read-webhook.ts";
import { openStore } from "../../src/store/open-store.ts";
import { makeAppleChain } from "../billing/apple-chain.ts";
import { makeDataFolder } from "../memory-store.ts";
import { runHere } from "./in-process.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-webhook-"));
  await makeDataFolder(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) => runHere(folder, ["webhook", ...args]);

it("opens endpoints, lists and closes them", async () => {
  const [made] = (await run("add", "revenuecat", "--json", "--sandbox")) as [
    CreatedWebhookEndpoint,
  ];
  expect(made).toMatchObject({
    id: "1",
    processor: "revenuecat",
    kind: "live",
    options: { sandbox: true },
    path: "/webhooks/revenuecat/1",
  });
  expect(made.secret).toMatch(/^ww_[\w-]{43}$/);
  const google = await run("add", "google_play", "--app", "com.example", "--name", "Android");
  expect(google[1]).toMatch(/^push to: \/webhooks\/google_play\/2\?token=ww_[\w-]{43}$/);
  const root = join(folder, "root.pem");
  writeFileSync(root, makeAppleChain().root);
  const apple = await run("add", "app_store", "--app", "com.example", "--root", root, "--history");
  expect(apple).toEqual([
    "3      app_store    app_store                history  /webhooks/app_store/3  used never",
  ]);
  expect(await run("list")).toHaveLength(3);
  expect(await run("remove", "3")).toEqual(["webhook endpoint 3 is closed"]);
  expect(await run("list", "--json")).toHaveLength(2);
});

it.each([
  [["add", "paypal"], /processor 'paypal' is unknown; choose one of stripe, app_store/],
  [["add", "stripe"], /needs 'secret', the signing secret/],
  [["add", "app_store"], /needs 'app', the bundle id/],
  [["add", "app_store", "--app", "a", "--root", "no-such-file"], /no-such-file could not be read/],
  [["add", "stripe", "--past-due", "never"], /--past-due 'never' is unknown; choose one of grace/],
  [["remove", "77"], /there is no webhook endpoint 77/],
  [["remove", "x"], /'x' is not the number/],
])("refuses %j in words", async (args, words) => {
  await expect(run(...args)).rejects.toThrow(words);
});

it("shows what was set aside and reads it again, also through the server", async () => {
  const wish = { processor: "stripe", name: "s", secret: "s", kind: "live", options: {} } as const;
  const store = await openStore({ dataFolder: folder });
  const endpoint = await store.webhookEndpoints.create(wish, 1);
  await store.webhooks.receive(readWebhook(endpoint, '{"id":"evt_1","type":"invoice.paid"}', 1));
  await store.close();
  const line =
    "1970-01-01T00:00  stripe evt_1  invoice.paid  quarantined: 'data' is nothing, not an object";
  expect(await run("quarantine")).toEqual([line]);
  expect(await run("quarantine", "--retry")).toEqual([line]);

  const open = await openStore({ dataFolder: folder });
  const queue = await createJobQueue(open.database, { pollMs: 50 });
  const server = await createServer({
    store: open,
    queue,
    mapFolder: folder,
    webFolder: folder,
  });
  const url = await server.start(0);
  announceServer(folder, { url, token: server.localToken });
  try {
    expect(await run("quarantine", "--retry")).toEqual([line]);
    expect(await run("list")).toHaveLength(3);
    const [made] = (await run("add", "revenuecat", "--json")) as [CreatedWebhookEndpoint];
    expect(await run("remove", made.id)).toEqual([`webhook endpoint ${made.id} is closed`]);
  } finally {
    withdrawServer(folder);
    await server.stop();
    await queue.stop(0);
    await open.close();
  }
});
