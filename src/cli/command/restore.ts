/** `waymark restore FILE`: a backup into an empty store, all of it or nothing. */
import { accessSync, constants, statSync } from "node:fs";
import { Command } from "commander";
import { WaymarkError } from "../../base/index.ts";
import { unreadable } from "../../jobs/find-files.ts";
import { restore } from "../../jobs/restore.ts";
import { openStore } from "../../store/open-store.ts";
import { createProgress } from "../progress.ts";
import { orThroughServer } from "../server-client.ts";
import type { Settings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";
import { formatBackup } from "./backup.ts";

interface Flags {
  readonly data: string;
  readonly json?: boolean;
}

export function restoreCommand(settings: Settings, terminal: Terminal): Command {
  return new Command("restore")
    .description("bring a backup into an empty store")
    .argument("<file>", "what 'waymark backup' wrote")
    .option("--data <dir>", "folder of the store, made when it is not there", settings.dataFolder)
    .option("--json", "print one JSON object")
    .action(async (file: string, flags: Flags) => {
      const byteLength = lengthOf(file);
      const end = await orThroughServer(
        flags.data,
        () => runRestore(file, flags.data, settings, terminal),
        (server) => {
          throw new WaymarkError(
            "STORE_LOCKED",
            `the server at ${server.url} has ${flags.data} open; stop it first, or restore into another folder with --data`,
            { choices: ["stop the server", "another --data"] },
          );
        },
      );
      if (flags.json) terminal.json({ file, ...end, byteLength });
      else {
        terminal.result(`${flags.data}: ${formatBackup({ ...end, byteLength })}`);
        terminal.log.info("people sign in again, and 'waymark start' shows it");
      }
    });
}

async function runRestore(
  path: string,
  dataFolder: string,
  { databaseUrl }: Settings,
  terminal: Terminal,
) {
  const progress = createProgress(process.stderr);
  const signal = terminal.interruptible();
  const store = await openStore({ dataFolder, databaseUrl });
  try {
    return await restore({
      store,
      path,
      signal,
      onProgress: (done, total) => progress.update("Restoring (KiB)", done >> 10, total >> 10),
    });
  } finally {
    progress.stop();
    await store.close();
  }
}

/** Asked first, so that a name that was mistyped makes no store. */
function lengthOf(file: string): number {
  try {
    accessSync(file, constants.R_OK);
    const stat = statSync(file);
    if (stat.isFile()) return stat.size;
  } catch (cause) {
    throw unreadable(file, cause);
  }
  throw new WaymarkError("FILE_READ", `${file} is no file`);
}
