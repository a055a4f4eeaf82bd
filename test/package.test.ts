// What a stranger installs: exact versions, no download scripts but Node's own, one lock without
// addresses of any registry.
import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly scripts?: Record<string, string>;
  readonly license?: string;
  readonly exports?: Record<string, string>;
  readonly allowScripts?: Record<string, boolean>;
}
const read = (path: string): Manifest => JSON.parse(readFileSync(path, "utf8")) as Manifest;

it("pins every dependency to one version", () => {
  for (const path of ["package.json", "web/package.json"]) {
    const { dependencies = {}, devDependencies = {} } = read(path);
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect(version, `${path}: ${name}`).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    }
  }
});

it("runs no install script of a dependency but the one that brings Node", () => {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, { hasInstallScript?: boolean; optional?: boolean }>;
  };
  const scripts = Object.entries(lock.packages)
    .filter(([, entry]) => entry.hasInstallScript)
    .map(([path]) => path.replace(/^node_modules\//, ""));
  const allowed = read("package.json").allowScripts ?? {};
  // fsevents (macOS only, optional) ships its binary and needs no script.
  expect(scripts.filter((name) => !allowed[name] && name !== "fsevents")).toEqual([]);
});

it("names no registry in the lock", () => {
  expect(readFileSync("package-lock.json", "utf8")).not.toMatch(/"resolved": "http/);
});

it("has the commands that the README promises", () => {
  const { scripts = {}, license } = read("package.json");
  for (const name of ["start", "test", "check", "bench", "waymark"]) {
    expect(scripts[name], name).toBeDefined();
  }
  expect(license).toBe("Apache-2.0");
});

it("has what it says it exports", () => {
  const { exports = {} } = read("package.json");
  expect(Object.keys(exports)).toContain("./geo");
  expect(Object.values(exports).filter((path) => !existsSync(path))).toEqual([]);
});
