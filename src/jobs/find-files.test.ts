import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findFiles } from "./find-files.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-find-"));
  for (const name of ["b/2.fit", "b/10.fit", "a/x.gpx", ".secret/y.gpx", "b/.z.fit"]) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), "12345");
  }
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const names = async (...paths: string[]): Promise<string[]> =>
  (await findFiles(paths.map((path) => join(folder, path)))).map(({ path }) =>
    path.slice(folder.length + 1),
  );

it("walks folders in name order and passes over hidden names", async () => {
  expect(await names(".")).toEqual(["a/x.gpx", "b/10.fit", "b/2.fit"]);
});

it("takes a hidden file that was named", async () => {
  expect(await names(".secret")).toEqual([".secret/y.gpx"]);
  expect(await names("b/.z.fit")).toEqual(["b/.z.fit"]);
});

it("survives links in a circle and visits nothing twice", async () => {
  symlinkSync("..", join(folder, "b/up"));
  symlinkSync("b", join(folder, "c"));
  symlinkSync("nowhere", join(folder, "d"));
  symlinkSync("e", join(folder, "e"));
  const found = await findFiles([folder, folder, join(folder, "a/x.gpx")]);
  expect(found.map(({ path, error }) => [path.slice(folder.length + 1), error?.code])).toEqual([
    ["a/x.gpx", undefined],
    ["b/10.fit", undefined],
    ["b/2.fit", undefined],
    ["d", "FILE_READ"],
    ["e", "FILE_READ"],
  ]);
  expect(found[4]?.error?.message).toContain("links form a loop");
});

it("says what does not exist and what may not be read, and goes on", async () => {
  chmodSync(join(folder, "b"), 0o000);
  const found = await findFiles([join(folder, "missing"), folder]);
  expect(found[0]?.error?.message).toMatch(/missing cannot be read: it does not exist$/);
  expect(found.some(({ path }) => path.endsWith("x.gpx"))).toBe(true);
  // The super-user may read everything.
  if (process.getuid?.() !== 0) {
    expect(found.find(({ path }) => path.endsWith("/b"))?.error?.message).toContain("denied");
  }
  chmodSync(join(folder, "b"), 0o755);
});
