/**
 * The command line: reads the settings, runs one command, and turns errors into a sentence and an
 * exit code.
 */
import { CommanderError } from "commander";
import { WaymarkError } from "../base/index.ts";
import { createProgram } from "./program.ts";
import { isDebugging, processSettings, shareCompiled } from "./settings.ts";
import { createTerminal, EXIT_CODES } from "./terminal.ts";

/** @param compiledFolder where Node keeps compiled code; absent: nowhere */
export async function run(compiledFolder: string | undefined): Promise<void> {
  if (compiledFolder !== undefined) shareCompiled(compiledFolder);
  const terminal = createTerminal({ isDebug: isDebugging() });
  try {
    await createProgram(processSettings(), terminal).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version were printed; anything else became a USAGE error in program.ts.
      process.exitCode = error.exitCode;
    } else {
      if (!terminal.isInterrupted) terminal.error(error);
      const isUsage =
        error instanceof WaymarkError && ["USAGE", "PROFILE_UNKNOWN"].includes(error.code);
      process.exitCode = terminal.isInterrupted
        ? EXIT_CODES.INTERRUPTED
        : isUsage
          ? EXIT_CODES.USAGE
          : EXIT_CODES.FAILED;
    }
  }
}
