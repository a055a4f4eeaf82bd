/**
 * Valhalla's own importer on the same extract: `valhalla_build_tiles` of the bench-only package, with
 * all threads, timed from start to end of the process, peak memory read from /proc while it runs.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

const PACKAGE = join(
  import.meta.dirname,
  "..",
  "peer",
  "node_modules",
  "@valhallajs",
  "valhallajs",
);

export interface TileBuild {
  readonly version: string;
  readonly wallMs: number;
  /** 0 where the system does not tell (it is read from Linux' /proc). */
  readonly peakBytes: number;
  readonly tileBytes: number;
}

/** @throws Error when the package is not installed or the build fails */
export async function buildValhallaTiles(extract: string): Promise<TileBuild> {
  const valhalla = (await import(`${PACKAGE}/index.mjs`)) as {
    readonly VALHALLA_VERSION: string;
    getConfig(options: { tileDir: string; tileExtract: string }): Promise<{
      mjolnir: { concurrency: number };
    }>;
  };
  const folder = mkdtempSync(join(tmpdir(), "waymark-valhalla-"));
  try {
    const tileDir = join(folder, "tiles");
    const config = await valhalla.getConfig({ tileDir, tileExtract: join(folder, "none.tar") });
    config.mjolnir.concurrency = availableParallelism();
    const configFile = join(folder, "valhalla.json");
    writeFileSync(configFile, JSON.stringify(config));
    const { wallMs, peakBytes } = await runTimed(configFile, extract);
    const files = readdirSync(tileDir, { recursive: true, encoding: "utf8" });
    const tileBytes = files
      .map((file) => statSync(join(tileDir, file)))
      .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
    return { version: valhalla.VALHALLA_VERSION, wallMs, peakBytes, tileBytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runTimed(
  configFile: string,
  extract: string,
): Promise<{ wallMs: number; peakBytes: number }> {
  const binaries = join(PACKAGE, process.platform, process.arch);
  const libraries = join(binaries, "lib");
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const child = spawn(join(binaries, "valhalla_build_tiles"), ["-c", configFile, extract], {
      env: { ...process.env, LD_LIBRARY_PATH: libraries, DYLD_LIBRARY_PATH: libraries },
      stdio: "ignore",
    });
    let peakBytes = 0;
    const watch = setInterval(() => {
      peakBytes = Math.max(peakBytes, highWaterBytes(child.pid!));
    }, 10);
    child.on("error", (error) => {
      clearInterval(watch);
      reject(error);
    });
    child.on("exit", (code) => {
      clearInterval(watch);
      if (code === 0) resolve({ wallMs: performance.now() - begin, peakBytes });
      else reject(new Error(`valhalla_build_tiles exited with ${code}`));
    });
  });
}

function highWaterBytes(pid: number): number {
  try {
    const line = readFileSync(`/proc/${pid}/status`, "utf8").match(/VmHWM:\s+(\d+) kB/);
    return line ? Number(line[1]) * 1024 : 0;
  } catch {
    // Gone already, or a system without /proc.
    return 0;
  }
}
