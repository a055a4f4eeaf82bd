/**
 * The web app is built when it is missing or older than its sources, so that a fresh clone needs no
 * step of its own. Vite does it in a few seconds; a second start finds the result and waits for nothing.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { WaymarkError } from "../base/error.ts";

/** The repository's root, seen from here. */
const ROOT = resolve(import.meta.dirname, "..", "..");

export interface WebBuildOptions {
  /** Told one sentence before and one after a build; nothing when none was needed. */
  readonly onMessage?: (message: string) => void;
  /** The web workspace; default the one of this repository. */
  readonly webRoot?: string;
}

/**
 * @returns the folder of the built app
 * @throws WaymarkError FILE_READ when the sources cannot be built
 */
export async function ensureWebBuilt(options: WebBuildOptions = {}): Promise<string> {
  const webRoot = options.webRoot ?? join(ROOT, "web");
  const dist = join(webRoot, "dist");
  const page = join(dist, "index.html");
  const builtMs = await changedMs(page);
  // A package without sources (installed, not cloned) brings its build along.
  if (!existsSync(join(webRoot, "vite.config.ts"))) {
    if (builtMs > 0) return dist;
    throw new WaymarkError("FILE_READ", `no web app is built in ${dist} and no sources are there`);
  }
  if (builtMs > 0 && builtMs >= (await newestMs(sourcesOf(webRoot)))) return dist;
  options.onMessage?.("building the web app …");
  const startMs = performance.now();
  // Built beside its place and moved there whole: two that build at once, or a server that is
  // answering meanwhile, never see half of an app.
  const part = await mkdtemp(join(webRoot, ".dist-"));
  try {
    await build(webRoot, join(part, "new"));
    // Where another build of the same sources was faster, its result stands and nothing is moved.
    if ((await changedMs(page)) < (await newestMs(sourcesOf(webRoot)))) {
      await rename(dist, join(part, "old")).catch(() => {});
      await rename(join(part, "new"), dist).catch((error: unknown) => {
        // It came between the two moves.
        if (!existsSync(page)) throw error;
      });
    }
  } catch (cause) {
    throw new WaymarkError("FILE_READ", "the web app could not be built; 'npm run web' says why", {
      cause,
    });
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  options.onMessage?.(`built the web app in ${seconds} s`);
  return dist;
}

/** In a process of its own: the bundler leaves half a gigabyte of memory to whoever runs it. */
async function build(webRoot: string, outFolder: string): Promise<void> {
  const vite = join(dirname(fileURLToPath(import.meta.resolve("vite/package.json"))), "bin");
  await promisify(execFile)(process.execPath, [
    ...[join(vite, "vite.js"), "build", webRoot, "--outDir", outFolder, "--emptyOutDir"],
    ...["--logLevel", "error", "--config", join(webRoot, "vite.config.ts")],
  ]);
}

/** What goes into the build: the page's own folder and the pure files that it takes from `src/`. */
function sourcesOf(webRoot: string): readonly string[] {
  const own = ["src", "public", "index.html", "vite.config.ts", "package.json"];
  const shared = [
    ...["lonlat.ts", "mercator.ts", "polyline.ts", "simplify.ts"].map((name) => join("geo", name)),
    join("schema", "limit.ts"),
  ];
  return [
    ...own.map((name) => join(webRoot, name)),
    ...shared.map((name) => join(ROOT, "src", name)),
  ];
}

/** Last change of a file, epoch milliseconds; 0 when it is not there. */
async function changedMs(path: string): Promise<number> {
  return await stat(path).then(
    (file) => file.mtimeMs,
    () => 0,
  );
}

/** Newest change of any file below the paths, epoch milliseconds. */
async function newestMs(paths: readonly string[]): Promise<number> {
  let newest = 0;
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (!found) continue;
    if (found.isFile()) newest = Math.max(newest, found.mtimeMs);
    if (!found.isDirectory()) continue;
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.includes(".test.")) continue;
      const { mtimeMs } = await stat(join(entry.parentPath, entry.name));
      newest = Math.max(newest, mtimeMs);
    }
  }
  return newest;
}
