/**
 * Peers that are Python packages, run in `bench/peer/.venv` (see requirements.txt there): a script of
 * this folder gets JSON on its standard input and answers with JSON, on one thread. Where the
 * environment or a package is missing the suite goes on without, and says so in one line.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const INTERPRETER = join(import.meta.dirname, ".venv", "bin", "python");
const ONE_THREAD = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

export interface Python {
  /** "lifelines 0.30.3, scikit-survival 0.28.0". */
  readonly versions: string;
  /** @param script a file of this folder */
  run(script: string, input: object, threads?: number): unknown;
}

/** @param packages as pip names them */
export function python(packages: readonly string[]): Python | undefined {
  if (!existsSync(INTERPRETER)) {
    console.log(`${packages.join(" and ")} left out: bench/peer/.venv is missing`);
    return undefined;
  }
  const code = `import sys, importlib.metadata as m; print(", ".join(f"{p} {m.version(p)}" for p in sys.argv[1:]))`;
  const asked = spawnSync(INTERPRETER, ["-c", code, ...packages], { encoding: "utf8" });
  if (asked.status !== 0) {
    console.log(`${packages.join(" and ")} left out: not all are installed in bench/peer/.venv`);
    return undefined;
  }
  return {
    versions: asked.stdout.trim(),
    run(script, input, threads = 1) {
      const { status, stdout, stderr } = spawnSync(
        INTERPRETER,
        ["-W", "ignore", join(import.meta.dirname, script)],
        {
          input: JSON.stringify(input),
          encoding: "utf8",
          maxBuffer: 2 ** 30,
          env: { ...process.env, ...ONE_THREAD, OMP_NUM_THREADS: String(threads) },
        },
      );
      if (status !== 0) throw new Error(`${script} failed: ${stderr.slice(-2000)}`);
      return JSON.parse(stdout);
    },
  };
}
