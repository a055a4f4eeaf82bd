// npm run bench -- [suite] [options]: runs one suite, or all of them, and writes bench/results/.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { WaymarkError } from "../src/base/error.ts";

const suites = readdirSync(join(import.meta.dirname, "suite"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3));
const [name, ...args] = process.argv.slice(2);
if (name !== undefined && !suites.includes(name)) {
  console.error(`suite '${name}' is unknown; choose one of ${suites.join(", ")}`);
  process.exit(2);
}
for (const suite of name === undefined ? suites : [name]) {
  const { run } = (await import(`./suite/${suite}.ts`)) as {
    run: (args: readonly string[]) => Promise<void>;
  };
  try {
    await run(args);
  } catch (error) {
    if (!(error instanceof WaymarkError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
