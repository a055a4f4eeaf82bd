// Killed with SIGKILL while webhooks come in: none that was answered is lost, none is there without its
// event, and no event without its webhook.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createRng, integer } from "../../src/base/index.ts";
import { openStore } from "../../src/store/open-store.ts";
import { COMPILE_CACHE } from "../cli/waymark.ts";
import { makeDataFolder } from "../memory-store.ts";

const CHILD = join(import.meta.dirname, "webhook-child.ts");
const SEED = 20261121;

/** @returns ids of webhooks that it answered */
async function liveAndDie(folder: string, run: number, ms: number): Promise<string[]> {
  const env = { ...process.env, ...COMPILE_CACHE };
  // It dies before better code than the first would pay.
  const child = spawn(process.execPath, ["--liftoff-only", CHILD, folder, String(run)], { env });
  let said = "";
  let complaint = "";
  child.stdout.on("data", (text) => {
    said += text;
  });
  child.stderr.on("data", (text) => {
    complaint += text;
  });
  // From the first answer on, so that a slow machine is killed at work too.
  while (!said.includes("taken\n") && child.exitCode === null) await sleep(5);
  await sleep(ms);
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(complaint).toBe("");
  // The last line may be cut: it was not yet told.
  const lines = said.slice(0, said.lastIndexOf("\n") + 1).matchAll(/^(\d+_\d+) taken$/gm);
  return [...lines].map(([, id]) => id!);
}

it("3 kills lose no webhook that was answered, and keep none by half", async () => {
  const folder = mkdtempSync(join(tmpdir(), "waymark-webhook-kill-"));
  try {
    await makeDataFolder(folder);
    const rng = createRng(SEED);
    const answered: string[] = [];
    for (let run = 0; run < 3; run++) {
      answered.push(...(await liveAndDie(folder, run, integer(rng, 250))));
    }
    expect(answered.length).toBeGreaterThan(5);
    const store = await openStore({ dataFolder: folder });
    const { sql } = store.database;
    const webhooks = await sql.selectFrom("webhook").select(["external_id", "status"]).execute();
    const kept = new Set(webhooks.map(({ external_id }) => external_id.replace("evt_", "")));
    expect(answered.filter((id) => !kept.has(id))).toEqual([]);
    expect(webhooks.filter(({ status }) => status !== "taken")).toEqual([]);
    const events = await sql.selectFrom("event").select(["message_id", "member_id"]).execute();
    const told = events.map(({ message_id }) => /^ch_(.*):succeeded$/.exec(message_id)?.[1]);
    expect(new Set(told)).toEqual(kept);
    expect(told).toHaveLength(kept.size);
    expect(await store.members.count()).toBe(kept.size);
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
