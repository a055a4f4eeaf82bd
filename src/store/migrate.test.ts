import { afterAll, beforeAll, expect, it } from "vitest";
import { migrate, schemaVersion } from "./migrate.ts";
import { migrations } from "./migration/index.ts";
import { type OpenDatabase, openDatabase } from "./open-database.ts";

let database: OpenDatabase;
beforeAll(async () => {
  database = await openDatabase({});
});
afterAll(() => database.close());
const next = { number: migrations.length + 1, name: "next", sql: "create table next (a text);\n" };

it("numbers them from 1 without holes", () => {
  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, i) => i + 1));
  expect(schemaVersion()).toBe(migrations.length);
});

it("runs what is missing, once, and all of a file or nothing", async () => {
  expect(await migrate(database)).toBe(0);
  const broken = { ...next, sql: `${next.sql}create table next (b text);\n` };
  await expect(migrate(database, [...migrations, broken])).rejects.toThrow("already exists");
  expect(await migrate(database, [...migrations, next])).toBe(1);
  expect(await migrate(database, [...migrations, next])).toBe(0);
});

it("refuses a database of a newer version, and one whose migrations were others", async () => {
  await expect(migrate(database)).rejects.toMatchObject({
    code: "STORE_FOREIGN",
    message: expect.stringContaining("newer"),
  });
  const changed = { ...next, sql: "create table next (a integer);\n" };
  await expect(migrate(database, [...migrations, changed])).rejects.toMatchObject({
    code: "STORE_FOREIGN",
    message: expect.stringContaining("'next'"),
  });
});
