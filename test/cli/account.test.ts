// `waymark user` and `waymark token` on a store that no server has open.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { userSchema } from "../../src/schema/account.ts";
import { isPassword } from "../../src/server/auth/password.ts";
import { hashSecret } from "../../src/server/auth/secret.ts";
import { openStore } from "../../src/store/open-store.ts";
import { makeDataFolder } from "../memory-store.ts";
import { runHere } from "./in-process.ts";
import { COMPILE_CACHE, MAIN, SHORT_LIVED } from "./waymark.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-account-"));
  await makeDataFolder(join(folder, "data"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) => runHere(join(folder, "data"), args);

it("opens accounts, changes them, and makes tokens that only their hash remembers", async () => {
  const json = (...args: string[]) => run(...args, "--json");
  const [ada] = await json("user", "add", "ada@example.org", "--name", "Ada", "--role", "admin");
  const { password, ...user } = ada as { password: string };
  expect(userSchema.parse(user)).toMatchObject({ name: "Ada", role: "admin", disabledMs: null });
  const typed = spawnSync(
    process.execPath,
    [...SHORT_LIVED, MAIN, "user", "add", "ben@example.org", "--password-stdin"],
    {
      cwd: folder,
      input: "correct horse battery\n",
      encoding: "utf8",
      env: { ...process.env, ...COMPILE_CACHE },
    },
  );
  expect(typed.stdout).toContain("ben@example.org");
  expect(typed.stdout).not.toContain("password");
  await expect(run("user", "add", "ADA@example.org")).rejects.toMatchObject({
    code: "EMAIL_TAKEN",
  });

  expect(await json("user", "role", "ben@example.org", "growth")).toMatchObject([
    { role: "growth" },
  ]);
  expect(await json("user", "disable", "BEN@example.org")).toMatchObject([
    { disabledMs: expect.any(Number) },
  ]);
  expect(await json("user", "enable", "ben@example.org")).toMatchObject([{ disabledMs: null }]);
  const [anew] = await json("user", "password", "ben@example.org");
  expect(await json("user", "list")).toMatchObject([{ name: "Ada" }, { name: "ben" }]);
  await expect(run("user", "disable", "cid@example.org")).rejects.toMatchObject({
    code: "NOT_FOUND",
  });

  const of = ["--user", "ben@example.org"];
  const [made] = await json(
    "token",
    "create",
    "watch",
    ...of,
    "--scope",
    "activity:write",
    "--days",
    "7",
  );
  expect(made).toMatchObject({ name: "watch", scopes: ["activity:write"] });
  expect(await json("token", "list", ...of)).toMatchObject([{ name: "watch", usedMs: null }]);
  const admin = run("token", "create", "x", ...of, "--scope", "admin");
  await expect(admin).rejects.toMatchObject({ code: "FORBIDDEN" });

  const store = await openStore({ dataFolder: join(folder, "data") });
  const ben = await store.athletes.byEmail("ben@example.org");
  expect(await isPassword((anew as { password: string }).password, ben?.passwordHash)).toBe(true);
  expect(
    await isPassword(password, (await store.athletes.byEmail("ada@example.org"))?.passwordHash),
  ).toBe(true);
  const found = await store.tokens.find(hashSecret((made as { token: string }).token), Date.now());
  expect(found?.athlete.name).toBe("ben");
  await store.close();

  const id = String((made as { id: string }).id);
  expect(await run("token", "revoke", id, ...of)).toEqual([`token ${id} is revoked`]);
  expect(await json("token", "list", ...of)).toEqual([]);
}, 180_000);

it.each([
  [["user", "add", "a@b.example", "--role", "king"], "choose one of athlete, growth, admin"],
  [["token", "create", "x", "--scope", "everything"], "choose one of activity:read"],
  [["token", "create", "x", "--days", "0"], "--days is '0'"],
])("%j is told with the choices", async (args, words) => {
  await expect(run(...args)).rejects.toMatchObject({
    code: "USAGE",
    message: expect.stringContaining(words),
  });
});
