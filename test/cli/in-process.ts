// Runs a command in this process, on a store of its own each time as the program does: for tests of what
// a command does rather than of how a process begins and ends, at a third of the cost.
import { createProgram } from "../../src/cli/program.ts";
import { readSettings } from "../../src/cli/settings.ts";
import { createTerminal } from "../../src/cli/terminal.ts";

const quiet = createTerminal({ isDebug: false });

/** @returns what it says on standard output: its lines, and with --json the values */
export async function runHere(dataFolder: string, args: readonly string[]): Promise<unknown[]> {
  const said: unknown[] = [];
  const terminal = {
    ...quiet,
    result: (line: string) => said.push(line),
    json: (value: unknown) => said.push(JSON.parse(JSON.stringify(value))),
  };
  const settings = readSettings({ WAYMARK_DATA: dataFolder });
  await createProgram(settings, terminal).parseAsync(args, { from: "user" });
  return said;
}
