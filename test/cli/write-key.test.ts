// `waymark write-key` on a store that no server has open, and beside one that has.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CreatedWriteKey } from "../../src/schema/member.ts";
import { hashSecret } from "../../src/server/auth/secret.ts";
import { openStore } from "../../src/store/open-store.ts";
import { makeDataFolder } from "../memory-store.ts";
import { runHere } from "./in-process.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-write-key-"));
  await makeDataFolder(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const USED = Date.UTC(2026, 10, 21);

const run = (...args: string[]) => runHere(folder, ["write-key", ...args]);

it("makes keys that only their hash remembers, lists and removes them", async () => {
  const [made] = (await run("add", "iPhone app", "--json")) as [CreatedWriteKey];
  expect(made).toMatchObject({ id: "1", name: "iPhone app", kind: "live", usedMs: null });
  const [line] = (await run("add", "warehouse", "--history")) as [string];
  expect(line).toMatch(/^wk_[\w-]{43}$/);
  const store = await openStore({ dataFolder: folder });
  expect(await store.writeKeys.find(hashSecret(made.writeKey), USED)).toMatchObject({
    kind: "live",
  });
  expect(await store.writeKeys.find(hashSecret(line), USED)).toMatchObject({ kind: "history" });
  const rows = await store.database.sql.selectFrom("write_key").selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain(line);
  expect((await store.audit.list({})).map(({ action }) => action)).toContain("write-key.create");
  await store.close();

  expect(await run("list")).toEqual([
    "2      warehouse                history  used 2026-11-21",
    "1      iPhone app               live     used 2026-11-21",
  ]);
  expect(await run("remove", "2")).toEqual(["write key 2 is removed"]);
  await expect(run("remove", "2")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(run("remove", "x")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(run("add", " ")).rejects.toMatchObject({ code: "USAGE" });
  expect(await run("list", "--json")).toMatchObject([{ id: "1", isTrusted: false }]);
  expect(await run("add", "backend", "--trusted", "--json")).toMatchObject([
    { id: "3", kind: "live", isTrusted: true },
  ]);
  expect((await run("list"))[0]).toMatch(/^3 +backend +trusted +used never$/);
});
