/** `waymark lake export`: the log of events as Parquet files, for DuckDB, Spark and pandas. */
import { join } from "node:path";
import { Command } from "commander";
import { openStore } from "../../store/open-store.ts";
import { createProgress } from "../progress.ts";
import type { Settings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

interface Flags {
  readonly data: string;
  readonly anew?: boolean;
  readonly json?: boolean;
}

export function lakeCommand(settings: Settings, terminal: Terminal): Command {
  return new Command("lake").description("the log of events as Parquet files").addCommand(
    new Command("export")
      .description("bring the files up to the log; a running server does so once an hour")
      .option("--data <dir>", "folder of the store", settings.dataFolder)
      .option("--anew", "remove them first: of a lake that is damaged")
      .option("--json", "print one JSON object")
      .action((flags: Flags) => runExport(flags, settings, terminal)),
  );
}

async function runExport(flags: Flags, settings: Settings, terminal: Terminal): Promise<void> {
  // Loaded here: the other commands should not wait for DuckDB.
  const { exportLake } = await import("../../jobs/export-lake.ts");
  const { openLake } = await import("../../store/lake/index.ts");
  const progress = createProgress(process.stderr);
  const store = await openStore({ dataFolder: flags.data, databaseUrl: settings.databaseUrl });
  try {
    const lake = openLake(join(flags.data, "lake"));
    const done = await exportLake({
      store,
      lake,
      now: Date.now,
      anew: flags.anew,
      signal: terminal.interruptible(),
      onProgress: (seq, lastSeq) => progress.update("Writing the lake", seq, lastSeq),
    });
    progress.stop();
    if (flags.json) terminal.json({ ...done, folder: lake.folder });
    else {
      const files = lake.manifest().files.length;
      terminal.result(`${done.events} events were added; ${files} files in ${lake.folder}`);
    }
  } finally {
    progress.stop();
    await store.close();
  }
}
