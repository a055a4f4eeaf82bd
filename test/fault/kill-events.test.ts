// Killed with SIGKILL at random moments while batches of events come in: nothing that was acknowledged is
// lost, nothing is there twice, and no batch is there by half.
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
import { NO_POSTGRES, postgresBin, startPostgres } from "../postgres.ts";

const CHILD = join(import.meta.dirname, "event-child.ts");
const SEED = 20261121;

/**
 * One life of the process, to some milliseconds after so many acknowledgements: a slow machine kills at
 * the same moments.
 *
 * @returns the batches that it acknowledged
 */
async function liveAndDie(
  args: readonly string[],
  acknowledgements: number,
  ms: number,
): Promise<number[]> {
  const env = { ...process.env, ...COMPILE_CACHE };
  // It dies before better code than the first would pay.
  const child = spawn(process.execPath, ["--liftoff-only", CHILD, ...args], { env });
  let said = "";
  let complaint = "";
  child.stdout.on("data", (text) => {
    said += text;
  });
  child.stderr.on("data", (text) => {
    complaint += text;
  });
  const lines = (): number => said.split("\n").length - 1;
  while (lines() < 1 + acknowledgements && child.exitCode === null) await sleep(1);
  await sleep(ms);
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(complaint).toBe("");
  // The last line may be cut: it was not yet told.
  const whole = said.slice(0, said.lastIndexOf("\n") + 1).split("\n");
  return whole.filter((line) => /^\d+$/.test(line)).map(Number);
}

async function story(url: string, kills: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "waymark-kill-events-"));
  try {
    const rng = createRng(SEED);
    const acknowledged = new Set<number>();
    if (url === "") await makeDataFolder(folder);
    for (let run = 0; run < kills; run++) {
      // Some batches are sent again: those that were not acknowledged, and some that were.
      const first = Math.max(0, acknowledged.size - 3);
      const said = await liveAndDie(
        [folder, url, `${run}`, `${first}`],
        integer(rng, 9),
        integer(rng, 30),
      );
      for (const n of said) acknowledged.add(n);
    }
    expect(acknowledged.size).toBeGreaterThan(kills);
    const store = await openStore({ dataFolder: folder, databaseUrl: url || undefined });
    const ofBatch = new Map<number, Set<string>>();
    let seq = 0;
    for (;;) {
      const events = await store.events.read(seq, 1000);
      if (events.length === 0) break;
      seq = events.at(-1)!.seq;
      for (const { messageId } of events) {
        const n = Number(messageId.split("-")[0]);
        const ids = ofBatch.get(n) ?? new Set();
        expect(ids.has(messageId), `${messageId} is there once`).toBe(false);
        ofBatch.set(n, ids.add(messageId));
      }
    }
    for (const [n, ids] of ofBatch) expect(ids.size, `batch ${n} is whole`).toBe(20);
    for (const n of acknowledged) expect(ofBatch.has(n), `batch ${n} is kept`).toBe(true);
    // A browser and its user are one member, however often the process died between.
    expect(await store.members.count()).toBeLessThanOrEqual(50);
    const { members } = await store.members.list({ limit: 500 });
    for (const { id } of members) {
      const identities = await store.members.identities(id);
      expect(new Set(identities.map(({ value }) => value.split("-")[1])).size).toBe(1);
    }
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

it("8 kills lose no event on PGlite", () => story("", 8), 120_000);

it.skipIf(postgresBin === undefined)(
  `3 kills lose no event on PostgreSQL${postgresBin ? "" : `: ${NO_POSTGRES}`}`,
  async () => {
    const server = await startPostgres();
    try {
      await story(await server.createDatabase(), 3);
    } finally {
      server.remove();
    }
  },
  120_000,
);
