// `waymark backup` and `waymark restore` as a person runs them: without a server, beside one, and wrongly.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeDataFolder } from "../memory-store.ts";
import { walkGpx } from "./gpx.ts";
import { runHere } from "./in-process.ts";
import { finished, startWaymark, waymark } from "./waymark.ts";

type Lines = Record<string, unknown>[];

let folder: string;
/** What the store in `data` holds. */
let lists: readonly Lines[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-backup-"));
  mkdirSync(join(folder, "in"));
  for (let i = 0; i < 3; i++) {
    const startMs = Date.UTC(2024, 4, 4 + i, 8);
    writeFileSync(join(folder, `in/walk${i}.gpx`), walkGpx({ startMs }));
  }
  for (const name of ["data", "third", "fourth"]) await makeDataFolder(join(folder, name));
  await run("import", "in");
  await run("user", "add", "ann@example.org");
  lists = await listed("data");
  expect(lists.map(({ length }) => length)).toEqual([3, 2]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) => waymark(args, folder);
const listed = async (data: string): Promise<Lines[]> => [
  await listHere(data, "activity"),
  await listHere(data, "user"),
];
const listHere = async (data: string, what: string) =>
  (await runHere(join(folder, data), [what, "list", "--json"])) as Lines;

it("a store comes back as it was, into a folder that did not exist", async () => {
  const made = await run("backup", "--json");
  expect(made.code, made.stderr).toBe(0);
  const [said] = made.lines as [{ file: string; byteLength: number }];
  expect(said.file).toMatch(/^waymark-\d{4}-\d\d-\d\dT\d{6}Z\.tar$/);
  expect(said).toMatchObject({ rows: { athlete: 2, activity: 3 }, blobs: 3 });
  const stat = statSync(join(folder, said.file));
  expect(stat.size).toBe(said.byteLength);
  expect(stat.mode & 0o077).toBe(0);

  const back = await run("restore", said.file, "--data", "other", "--json");
  expect(back.lines).toEqual(made.lines);
  expect(await Promise.all([listed("data"), listed("other")])).toEqual([lists, lists]);
  // What was imported there is known here.
  const again = await run("import", "in", "--data", "other", "--json");
  expect(again.lines.map(({ isKnown }) => isKnown)).toEqual([true, true, true]);

  const full = await run("restore", said.file, "--data", "other");
  expect(full.code).toBe(2);
  expect(full.stderr).toMatch(
    /^error USAGE: the store holds accounts .* another folder with --data/m,
  );
  expect(await listed("other")).toEqual(lists);
}, 120_000);

it("never writes over a file, and makes no store of a name that was mistyped", async () => {
  writeFileSync(join(folder, "precious.tar"), "precious");
  const [over, nowhere, missing] = await Promise.all([
    run("backup", "precious.tar"),
    run("backup", "--data", "dta"),
    run("restore", "none.tar", "--data", "fresh"),
  ]);
  expect(over.code).toBe(2);
  expect(over.stderr).toMatch(/^error USAGE: precious\.tar exists already/m);
  expect(readFileSync(join(folder, "precious.tar"), "utf8")).toBe("precious");

  expect(nowhere.stderr).toMatch(/^error NOT_FOUND: there is no store in dta/m);
  expect(missing.stderr).toMatch(/^error FILE_READ: none\.tar cannot be read/m);
  for (const name of ["dta", "fresh"]) expect(existsSync(join(folder, name))).toBe(false);
  const noFolder = await run("backup", "no/such/folder/x.tar");
  expect(noFolder.stderr).toMatch(/^error FILE_READ: /m);
}, 60_000);

it("a backup that was cut short restores nothing, and the whole one still can be", async () => {
  mkdirSync(join(folder, "backups"));
  const { code, stdout } = await run("backup", "backups");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^backups\/waymark-\S+\.tar: 2 accounts, 3 activities, 3 raw files, /);
  const [name] = readdirSync(join(folder, "backups"));
  const whole = readFileSync(join(folder, "backups", name!));
  writeFileSync(join(folder, "cut.tar"), whole.subarray(0, whole.length / 2));
  const cut = await run("restore", "cut.tar", "--data", "third");
  expect(cut.code).toBe(1);
  expect(cut.stderr).toMatch(/^error STORE_DAMAGED: cut\.tar cannot be restored/m);
  expect((await run("restore", `backups/${name}`, "--data", "third")).code).toBe(0);
  expect(await listed("third")).toEqual(lists);
}, 60_000);

it("beside a running server the server makes it, and nothing is restored under its feet", async () => {
  mkdirSync(join(folder, "web"));
  writeFileSync(join(folder, "web/index.html"), "<!doctype html>");
  const args = ["start", "--no-demo", "--port", "0"];
  const server = startWaymark(args, folder, { WAYMARK_WEB: join(folder, "web") });
  const end = finished(server);
  try {
    while (!existsSync(join(folder, "data/server.json"))) await sleep(50);
    const made = await run("backup", "live.tar", "--json");
    expect(made.stderr).toContain("makes the backup");
    expect(made.lines).toMatchObject([{ rows: { athlete: 2, activity: 3 }, blobs: 3 }]);
    const refused = await run("restore", "live.tar");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /^error STORE_LOCKED: the server at http\S+ has data open; stop it/m,
    );
  } finally {
    server.kill("SIGINT");
  }
  const { code, stderr } = await end;
  expect(code, stderr).toBe(0);
  expect((await run("restore", "live.tar", "--data", "fourth")).code).toBe(0);
  expect(await Promise.all([listed("data"), listed("fourth")])).toEqual([lists, lists]);
  expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
}, 120_000);
