/** `waymark import PATH…`: files, folders and archives into the store. */
import { join } from "node:path";
import { Command } from "commander";
import { WaymarkError } from "../../base/index.ts";
import { isMapFolder } from "../../jobs/ensure-map.ts";
import { type ImportSummary, importRecordings } from "../../jobs/import-recordings.ts";
import type { ImportedFile } from "../../schema/import.ts";
import { openStore } from "../../store/open-store.ts";
import type { Store } from "../../store/store.ts";
import { formatFile } from "../format.ts";
import { importThroughServer } from "../import-through-server.ts";
import { openSharedMap } from "../open-map.ts";
import { createProgress, type Progress } from "../progress.ts";
import { orThroughServer, type ServerClient } from "../server-client.ts";
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
  return await orThroughServer(
    flags.data,
    async () => {
      const { databaseUrl } = settings;
      const store = await openStore({ dataFolder: flags.data, databaseUrl });
      return await importInto(store, paths, flags, settings, terminal);
    },
    (server) => importThrough(server, paths, flags, terminal),
  );
}

/** Into the store that a running server has open: it matches to its own map. */
async function importThrough(
  server: ServerClient,
  paths: readonly string[],
  flags: Flags,
  terminal: Terminal,
): Promise<number> {
  if (flags.map !== undefined) {
    throw new WaymarkError(
      "USAGE",
      `the server at ${server.url} has ${flags.data} open and matches to its own map; leave --map out, or stop it`,
    );
  }
  const progress = createProgress(process.stderr);
  try {
    terminal.log.info(`importing through the server at ${server.url}`);
    const summary = await importThroughServer({
      paths,
      server,
      signal: terminal.interruptible(),
      onFile: fileWriter(flags, progress, terminal),
      onProgress: (bytes, allBytes) =>
        progress.update("Importing (KiB)", bytes >> 10, allBytes >> 10),
    });
    progress.stop();
    sayTotals(summary, server.url, terminal);
    return exitCode(summary);
  } finally {
    progress.stop();
  }
}

function fileWriter(flags: Flags, progress: Progress, terminal: Terminal) {
  // Where both are the same terminal, results must not be written into the bar.
  const isBarShown = process.stderr.isTTY && process.stdout.isTTY;
  return (file: ImportedFile): void => {
    if (flags.json) terminal.json(file);
    else if (isBarShown) progress.note(formatFile(file));
    else terminal.result(formatFile(file));
  };
}

function exitCode({ isInterrupted, refused }: ImportSummary): number {
  if (isInterrupted) return EXIT_CODES.INTERRUPTED;
  return refused > 0 ? EXIT_CODES.FAILED : EXIT_CODES.OK;
}

async function importInto(
  store: Store,
  paths: readonly string[],
  flags: Flags,
  settings: Settings,
  terminal: Terminal,
): Promise<number> {
  const progress = createProgress(process.stderr);
  try {
    const ownMap = join(flags.data, "map");
    const place = flags.map ?? (isMapFolder(ownMap) ? ownMap : undefined);
    const map =
      place === undefined
        ? undefined
        : await openSharedMap(place, { ...settings, threads: flags.threads }, progress);
    const signal = terminal.interruptible();
    const { openOwner } = await import("../../server/auth/owner.ts");
    const summary = await importRecordings({
      paths,
      store,
      athleteId: (await openOwner(store, Date.now())).id,
      map,
      threads: flags.threads,
      signal,
      onFile: fileWriter(flags, progress, terminal),
      onProgress: ({ bytes, allBytes }) =>
        progress.update("Importing (KiB)", bytes >> 10, allBytes >> 10),
    });
    progress.stop();
    sayTotals(summary, place, terminal);
    return exitCode(summary);
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
