// `waymark start` as a person runs it: an extract, an import beside the running server, and the end.
import { type ChildProcess, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ActivityList } from "../../src/schema/activity-list.ts";
import type { Status } from "../../src/schema/map.ts";
import { makeDataFolder } from "../memory-store.ts";
import { streetOsm, walkGpx } from "./gpx.ts";
import { COMPILE_CACHE, finished, startWaymark, waymark } from "./waymark.ts";

let folder: string;
const running: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-start-"));
  mkdirSync(join(folder, "web"));
  writeFileSync(join(folder, "web/index.html"), "<!doctype html><title>Waymark</title>");
  writeFileSync(join(folder, "street.osm"), streetOsm());
  writeFileSync(join(folder, "walk.gpx"), walkGpx());
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

function start(...args: string[]) {
  const child = startWaymark(["start", ...args], folder, { WAYMARK_WEB: join(folder, "web") });
  running.push(child);
  const end = finished(child);
  /** The printed link, which signs in. */
  const link = new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk: string) => {
      text += chunk;
      const found = /http:\/\/\S+/.exec(text)?.[0];
      if (found) resolve(found);
    });
    child.once("exit", () => reject(new Error("it ended before it listened")));
  });
  link.catch(() => {});
  const address = link.then((url) => new URL(url).origin);
  address.catch(() => {});
  return { child, end, link, address };
}
const get = async <T>(url: string, cookie = ""): Promise<T> =>
  (await (await fetch(url, { headers: { cookie } })).json()) as T;

/** Opens the printed link. @returns the cookie of its session */
async function enter(link: string): Promise<string> {
  const entered = await fetch(link, { redirect: "manual" });
  return entered.headers.getSetCookie()[0]!.split(";")[0]!;
}

async function ready(address: string): Promise<Status> {
  for (;;) {
    const status = await get<Status>(`${address}/api/status`);
    if (status.phase === "ready" || status.phase === "failed") return status;
    await setTimeout(100);
  }
}

it("builds the map that was named, shows what is imported meanwhile, and ends in good order", async () => {
  const { child, end, link, address } = start("--map", "street.osm", "--port", "0");
  const url = await address;
  const cookie = await enter(await link);
  expect((await ready(url)).phase).toBe("ready");
  expect((await get<{ name: string }>(`${url}/api/map`)).name).toBe("street");
  expect((await get<ActivityList>(`${url}/api/activities`, cookie)).activities).toEqual([]);
  // A town of two streets is no place for a year.
  expect((await get<Status>(`${url}/api/status`)).note).toContain("street is too small");
  // A secret of this machine's user, for as long as the server runs.
  expect(statSync(join(folder, "data/server.json")).mode & 0o777).toBe(0o600);

  const ran = await waymark(["import", "walk.gpx", "--json"], folder);
  expect(ran.stderr).toContain("importing through the server");
  expect(ran.code).toBe(0);
  expect(ran.lines).toMatchObject([
    { file: "walk.gpx", status: "ok", activities: [{ sport: "walk", points: 120 }] },
  ]);
  writeFileSync(join(folder, "poem.gpx"), "Whose woods these are");
  // All of them at once: one server answers them.
  const [again, poem, listed, shown, made, token] = await Promise.all([
    waymark(["import", "walk.gpx", "--json"], folder),
    waymark(["import", "poem.gpx", "--json"], folder),
    waymark(["activity", "list", "--json"], folder),
    waymark(["activity", "show", "walk.gpx", "--json"], folder),
    waymark(["user", "add", "ann@example.org", "--json"], folder),
    waymark(["token", "create", "watch"], folder),
  ]);
  expect(again.lines).toMatchObject([{ status: "ok", isKnown: true }]);
  expect(poem.code).toBe(1);
  expect(poem.lines).toMatchObject([{ status: "refused", error: { code: "TRACK_FORMAT" } }]);
  expect(listed.lines).toMatchObject([{ athlete: "you", sport: "walk" }]);
  expect(shown.lines).toMatchObject([{ sport: "walk", points: 120 }]);
  expect(made.lines).toMatchObject([{ email: "ann@example.org", name: "ann", role: "athlete" }]);
  expect(token.stdout).toMatch(/^wm_[\w-]{43}\n$/);
  const { activities } = await get<ActivityList>(`${url}/api/activities`, cookie);
  expect(activities).toMatchObject([{ athlete: "you", sport: "walk", points: 120 }]);
  expect(activities[0]?.matchedM).toBeGreaterThan(150);

  // The map that was built meanwhile answers clients of OSRM's.
  const nearest = await get<{ code: string }>(`${url}/nearest/v1/foot/1.52,42.5`);
  expect(nearest.code).toBe("Ok");

  child.kill("SIGINT");
  const { code, stderr } = await end;
  expect(code).toBe(0);
  expect(stderr).not.toContain("error");
  expect(stderr).toContain("No simulated athletes: street is too small");
  expect(existsSync(join(folder, "data/lock"))).toBe(false);
  expect(existsSync(join(folder, "data/server.json"))).toBe(false);
  // Eight processes, on a machine that may have other work.
}, 120_000);

it("keeps serving and says what failed when the extract is none", async () => {
  await makeDataFolder(join(folder, "data"));
  const { address } = start("--map", "walk.gpx", "--port", "0");
  const status = await ready(await address);
  expect(status.phase).toBe("failed");
  expect(status.message).toContain("walk.gpx");
});

it("leaves the store empty, and builds nothing, when no demo is wanted", async () => {
  await makeDataFolder(join(folder, "data"));
  const { child, end, link, address } = start("--no-demo", "--port", "0");
  const url = await address;
  expect(await ready(url)).not.toHaveProperty("note");
  const cookie = await enter(await link);
  expect((await get<ActivityList>(`${url}/api/activities`, cookie)).activities).toEqual([]);
  expect(existsSync(join(folder, "data/map"))).toBe(false);
  child.kill("SIGINT");
  expect((await end).code).toBe(0);
});

it("says that the port that was asked for is taken", async () => {
  await makeDataFolder(join(folder, "data"));
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  const { end } = start("--map", "street.osm", "--port", String(port));
  const { code, stderr } = await end;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error PORT_TAKEN: .*another program listens there/m);
  await new Promise((resolve) => other.close(resolve));
});

it("a demo that is killed at once leaves nothing that the next start cannot go on with", async () => {
  const { child, end, address } = start("--port", "0");
  await address;
  await setTimeout(300);
  child.kill("SIGKILL");
  await end;
  // The lock of the dead is taken over; an import gets its turn.
  const { code, stderr } = await waymark(["import", "walk.gpx"], folder);
  expect(stderr).not.toContain("STORE_LOCKED");
  expect(code).toBe(0);
});

it("prints its help without starting anything", () => {
  const ran = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "../../src/cli/main.ts"), "start", "--help"],
    {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, ...COMPILE_CACHE },
    },
  );
  expect(ran.status).toBe(0);
  expect(ran.stdout).toContain("--map <map>");
  expect(existsSync(join(folder, "data"))).toBe(false);
});
