// Exports that are killed with SIGKILL at any moment, and two at once: the manifest names whole files, no
// event is in the lake twice or missing, and the dead's lock is taken over.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, it } from "vitest";
import { createRng, integer } from "../../src/base/index.ts";
import { openLake, readNumbers } from "../../src/store/lake/index.ts";
import { COMPILE_CACHE } from "../cli/waymark.ts";

const CHILD = join(import.meta.dirname, "lake-child.ts");
const EVENTS = 2000;
const SEED = 20261121;
const root = mkdtempSync(join(tmpdir(), "waymark-lake-kill-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function begin(folder: string, lives: number) {
  const env = { ...process.env, ...COMPILE_CACHE };
  const child = spawn(process.execPath, [CHILD, folder, `${EVENTS}`, `${lives}`], { env });
  const said = { text: "", complaint: "" };
  child.stdout.on("data", (text) => {
    said.text += text;
  });
  child.stderr.on("data", (text) => {
    said.complaint += text;
  });
  return { child, said };
}

/** Every seq but the erased, once, and no file that the manifest does not name. */
async function isWhole(folder: string): Promise<void> {
  const lake = openLake(folder);
  const [seq] = await lake.query((db) => readNumbers(db, "select seq from event order by seq"));
  const wanted = Array.from({ length: EVENTS }, (_, i) => i + 1);
  expect(Array.from(seq!)).toEqual(wanted.filter((n) => n !== 1 && 1 + (n % 20) !== 7));
  const files = readdirSync(join(folder, "event"), { recursive: true, encoding: "utf8" });
  expect(files.filter((file) => file.endsWith(".parquet")).sort()).toEqual(
    lake
      .manifest()
      .files.map(({ path }) => path.slice("event/".length))
      .sort(),
  );
  expect(existsSync(join(folder, "lock"))).toBe(false);
}

it("an export that is killed leaves what the next one goes on from", async () => {
  const folder = join(root, "killed");
  const rng = createRng(SEED);
  for (let life = 0; life < 4; life++) {
    const { child, said } = begin(folder, 1000);
    while (!said.text.includes("open") && child.exitCode === null) await sleep(2);
    await sleep(integer(rng, 700));
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    expect(said.complaint).toBe("");
    // Whatever moment it was, what the manifest names can be read.
    const lake = openLake(folder);
    const { seq, files } = lake.manifest();
    const [rows] = await lake.query((db) => readNumbers(db, "select count(*) from event"));
    expect(rows![0]).toBe(files.reduce((sum, file) => sum + file.rows, 0));
    expect(seq).toBeLessThanOrEqual(EVENTS);
  }
  const { child, said } = begin(folder, 1);
  await once(child, "exit");
  expect(said).toEqual({ text: "open\ndone\n", complaint: "" });
  await isWhole(folder);
}, 60_000);

it("two processes that export into one folder take turns", async () => {
  const folder = join(root, "two");
  const both = [begin(folder, 3), begin(folder, 3)];
  await Promise.all(both.map(({ child }) => once(child, "exit")));
  for (const { said } of both) {
    expect(said).toEqual({ text: `open\n${"done\n".repeat(3)}`, complaint: "" });
  }
  await isWhole(folder);
}, 60_000);
