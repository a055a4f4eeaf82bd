// The import table of ARCHITECTURE.md, kept true by a test.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parseSync } from "oxc-parser";
import { expect, it } from "vitest";

const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  schema: ["base"],
  stats: ["base"],
  learn: ["base", "stats"],
  geo: ["base", "stats", "learn"],
  lifecycle: ["base", "schema", "stats", "learn"],
  store: ["base", "schema"],
  platform: ["base", "schema", "stats", "learn", "store"],
  jobs: ["base", "schema", "stats", "learn", "geo", "lifecycle", "store", "platform", "sim"],
  server: ["base", "schema", "geo", "lifecycle", "store", "platform"],
  sim: ["base", "schema", "stats", "geo"],
  cli: ["base", "schema", "store", "platform", "jobs", "server", "sim", "geo", "learn"],
};

/** Areas that run in a browser: no node:, and no packages but these pure format readers. */
const PURE: Record<string, readonly string[]> = {
  base: [],
  stats: [],
  learn: [],
  lifecycle: [],
  geo: [
    "pbf",
    "saxes",
    "fflate",
    "flatbush",
    "geojson-vt",
    "@maplibre/vt-pbf",
    "pmtiles",
    "geojson",
  ],
};

/** What the simulated world may know of geo: geometry, never the code that it tests. */
const SIM_GEOMETRY = ["lonlat.ts", "polyline.ts", "mercator.ts", "simplify.ts", "tile.ts"];

/** The web app sees the wire and the pure part of geo. */
const WEB_MAY_IMPORT = ["schema", "geo", "base"];

function sources(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(test|bench|fixture)\.tsx?$/.test(file))
    .filter((file) => !file.includes("node_modules"));
}

function specifiers(file: string): string[] {
  const { staticImports, staticExports, dynamicImports } = parseSync(
    file,
    readFileSync(file, "utf8"),
  ).module;
  const text = readFileSync(file, "utf8");
  const reexports = staticExports.flatMap((e) => e.entries.map((x) => x.moduleRequest?.value));
  const dynamic = dynamicImports.map((d) =>
    text.slice(d.moduleRequest.start, d.moduleRequest.end).replace(/^["'`]|["'`]$/g, ""),
  );
  return [...staticImports.map((i) => i.moduleRequest.value), ...reexports, ...dynamic].filter(
    (s) => s != null,
  );
}

it("imports follow the table", () => {
  const broken: string[] = [];
  for (const file of sources("src")) {
    const area = file.split("/")[0] ?? "";
    if (!MAY_IMPORT[area]) broken.push(`${file}: area '${area}' is not in the table`);
    for (const specifier of specifiers(join("src", file))) {
      if (specifier.startsWith(".")) {
        const path = normalize(join(dirname(file), specifier));
        const target = path.split("/")[0] ?? "";
        if (target !== area && !MAY_IMPORT[area]?.includes(target)) {
          broken.push(`${file} → ${specifier}`);
        }
        if (area === "sim" && target === "geo" && !SIM_GEOMETRY.includes(path.slice(4))) {
          broken.push(`${file} → ${specifier}: the simulator may use geometry only`);
        }
      } else if (PURE[area] && !PURE[area].includes(specifier)) {
        broken.push(`${file} → ${specifier}: ${area} is pure`);
      }
    }
  }
  for (const file of sources("web/src")) {
    for (const specifier of specifiers(join("web/src", file))) {
      if (!specifier.startsWith(".")) continue;
      const path = normalize(join("web/src", dirname(file), specifier));
      if (path.startsWith("src/") && !WEB_MAY_IMPORT.includes(path.split("/")[1] ?? "")) {
        broken.push(`web/src/${file} → ${specifier}`);
      }
    }
  }
  expect(broken).toEqual([]);
});

it("the table has no cycle", () => {
  const done: string[] = [];
  const visit = (area: string, path: readonly string[]): void => {
    expect(path, `cycle through ${area}`).not.toContain(area);
    for (const next of MAY_IMPORT[area] ?? []) visit(next, [...path, area]);
    if (!done.includes(area)) done.push(area);
  };
  for (const area of Object.keys(MAY_IMPORT)) visit(area, []);
  expect(done[0]).toBe("base");
});

it("ARCHITECTURE.md prints the same table", () => {
  const page = readFileSync("ARCHITECTURE.md", "utf8");
  for (const [area, targets] of Object.entries(MAY_IMPORT)) {
    const row = page.match(new RegExp(`^\\| ${area} \\| (.*) \\|$`, "m"))?.[1];
    expect(row, `row of ${area}`).toBeDefined();
    expect(row === "–" ? [] : row?.split(", ")).toEqual(targets);
  }
});

it("pure areas use no global that a browser lacks", () => {
  const global = /\b(?:Buffer|process|require|setImmediate|__dirname|__filename)\s*[.([]/;
  const isCode = (line: string): boolean => !/^\s*(?:\/\/|\*|\/\*)/.test(line);
  const broken = sources("src")
    .filter((file) => PURE[file.split("/")[0] ?? ""] !== undefined)
    .flatMap((file) => {
      const lines = readFileSync(join("src", file), "utf8").split("\n");
      return lines.filter((line) => isCode(line) && global.test(line)).map((l) => `${file}: ${l}`);
    });
  expect(broken).toEqual([]);
});

it("only the settings file reads the environment, and nothing draws unseeded numbers", () => {
  const broken = sources("src").flatMap((file) => {
    const text = readFileSync(join("src", file), "utf8");
    const found: string[] = [];
    if (/\bprocess\.env\b/.test(text) && file !== "cli/settings.ts")
      found.push(`${file}: process.env`);
    if (/\bMath\.random\(/.test(text)) found.push(`${file}: Math.random`);
    return found;
  });
  expect(broken).toEqual([]);
});
