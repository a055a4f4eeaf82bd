/** `waymark import PATH…`: files, folders and archives into the store. */
import { join } from "node:path";
import { Command } from "commander";
import { isMapFolder } from "../../jobs/ensure-map.ts";
import { type ImportSummary, importRecordings } from "../../jobs/import-recordings.ts";
import { openStore } from "../../store/open-store.ts";
import { formatFile } from "../format.ts";
import { openSharedMap } from "../open-map.ts";
import { createProgress } from "../progress.ts";
import { parseThreads, type Settings } from "../settings.ts";
import { EXIT_CODES, type Terminal } from "../terminal.ts";

interface Flags {
  readonly data: string;
  readonly map?: string;
  readonly json?: boolean;
  readonly threads: number;
}

export function importCommand(settings: Settings, terminal: Terminal): Command {
  return new Command("import")
    .description("read recordings, match them to the map and keep them")
    .argument(
      "<path...>",
      "FIT, GPX and TCX files, plain or gzipped, zip archives, folders of these",
    )
    .option("--data <dir>", "folder of the store and its map", settings.dataFolder)
    .option(
      "--map <map>",
      "folder made by 'map build', or an OSM file; default: the store's own map",
    )
    .option("--json", "print one JSON object per file, a line each")
    .option("--threads <n>", "worker threads", (text) => parseThreads(text), settings.threads)
    .action(async (paths: string[], flags: Flags) => {
      process.exitCode = await runImport(paths, flags, settings, terminal);
    });
}

async function runImport(
  paths: readonly string[],
  flags: Flags,
  settings: Settings,
  terminal: Terminal,
): Promise<number> {
  const store = await openStore({ dataFolder: flags.data, databaseUrl: settings.databaseUrl });
  const progress = createProgress(process.stderr);
  // Where both are the same terminal, results must not be written into the bar.
  const isBarShown = process.stderr.isTTY && process.stdout.isTTY;
  try {
    const ownMap = join(flags.data, "map");
    const place = flags.map ?? (isMapFolder(ownMap) ? ownMap : undefined);
    const map =
      place === undefined
        ? undefined
        : await openSharedMap(place, { ...settings, threads: flags.threads }, progress);
    const signal = terminal.interruptible();
    const summary = await importRecordings({
      paths,
      store,
      map,
      threads: flags.threads,
      signal,
      onFile(file) {
        if (flags.json) terminal.json(file);
        else if (isBarShown) progress.note(formatFile(file));
        else terminal.result(formatFile(file));
      },
      onProgress: ({ bytes, allBytes }) =>
        progress.update("Importing (KiB)", bytes >> 10, allBytes >> 10),
    });
    progress.stop();
    sayTotals(summary, place, terminal);
    if (summary.isInterrupted) return EXIT_CODES.INTERRUPTED;
    return summary.refused > 0 ? EXIT_CODES.FAILED : EXIT_CODES.OK;
  } finally {
    progress.stop();
    await store.close();
  }
}

function sayTotals(summary: ImportSummary, map: string | undefined, { log }: Terminal): void {
  const { files, ok, repaired, refused, activities, duplicates, known, isInterrupted } = summary;
  log.info(
    `${files} files: ${ok} ok, ${repaired} repaired, ${refused} refused; ${activities} activities added` +
      (duplicates > 0 ? `, ${duplicates} duplicates` : "") +
      (known > 0 ? `; ${known} files were known` : ""),
  );
  if (map === undefined && activities > 0) {
    log.info("not matched: no map yet; 'waymark start --map FILE.osm.pbf' builds one and matches");
  }
  if (isInterrupted) log.info("interrupted: the same command goes on where this one stopped");
}
