/** `waymark backup [FILE]`: the store as one file, also while a server has it open. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { Command } from "commander";
import { WaymarkError } from "../../base/index.ts";
import { type BackupEnd, type BackupSummary, backup } from "../../jobs/backup.ts";
import { keepArchive, refuseExisting } from "../../jobs/keep-archive.ts";
import { checkBackup } from "../../jobs/restore.ts";
import { isStoreFolder, openStore } from "../../store/open-store.ts";
import { formatMegabytes } from "../format.ts";
import { createProgress, type Progress } from "../progress.ts";
import { orThroughServer, type ServerClient } from "../server-client.ts";
import type { Settings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

interface Flags {
  readonly data: string;
  readonly json?: boolean;
}

export function backupCommand(settings: Settings, terminal: Terminal): Command {
  return new Command("backup")
    .description(
      "write accounts, recordings and activities to one file, beside a running server too",
    )
    .argument("[file]", "file to write, or a folder for it; default: waymark-<time>.tar, here")
    .option("--data <dir>", "folder of the store", settings.dataFolder)
    .option("--json", "print one JSON object")
    .action(async (file: string | undefined, flags: Flags) => {
      const path = archivePath(file, Date.now());
      const progress = createProgress(process.stderr);
      try {
        const summary = await runBackup(path, flags, settings, terminal, progress);
        progress.stop();
        if (flags.json) terminal.json({ file: path, ...summary });
        else terminal.result(`${path}: ${formatBackup(summary)}`);
      } finally {
        progress.stop();
      }
    });
}

async function runBackup(
  path: string,
  { data: dataFolder }: Flags,
  { databaseUrl }: Settings,
  terminal: Terminal,
  progress: Progress,
): Promise<BackupSummary> {
  refuseExisting(path);
  if (databaseUrl === undefined && !isStoreFolder(dataFolder)) {
    throw new WaymarkError(
      "NOT_FOUND",
      `there is no store in ${dataFolder}; name its folder with --data`,
    );
  }
  const signal = terminal.interruptible();
  return await orThroughServer(
    dataFolder,
    async () => {
      const store = await openStore({ dataFolder, databaseUrl });
      try {
        return await backup({
          store,
          path,
          now: Date.now(),
          signal,
          onProgress: (phase, done, total) => progress.update(phase, done, total),
        });
      } finally {
        await store.close();
      }
    },
    async (server) => {
      terminal.log.info(`the server at ${server.url} makes the backup`);
      return await takeFrom(server, path, progress, signal);
    },
  );
}

/** What the server sends is read once more before it counts as a backup. */
async function takeFrom(
  server: ServerClient,
  path: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<BackupSummary> {
  const body = await server.open("/api/backup", signal);
  let byteLength = 0;
  const counted = Readable.from(
    (async function* () {
      for await (const chunk of body) {
        byteLength += chunk.byteLength;
        progress.update("Backup (KiB)", byteLength >> 10, 0);
        yield chunk;
      }
    })(),
    { objectMode: false },
  );
  let end: BackupEnd | undefined;
  await keepArchive(counted, path, async (aside) => {
    end = await checkBackup(aside);
  });
  return { ...end!, byteLength };
}

/** With the time in its name, so that tomorrow's backup finds its place too. */
export function archivePath(file: string | undefined, nowMs: number): string {
  const time = new Date(nowMs).toISOString().slice(0, 19).replaceAll(":", "");
  const name = `waymark-${time}Z.tar`;
  if (file === undefined) return name;
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ? join(file, name) : file;
}

/** @param byteLength of the archive */
export function formatBackup({ rows, blobs, byteLength }: BackupSummary): string {
  const count = (n: number | undefined, one: string, many: string): string =>
    `${(n ?? 0).toLocaleString("en-US")} ${n === 1 ? one : many}`;
  return [
    count(rows.athlete, "account", "accounts"),
    count(rows.activity, "activity", "activities"),
    count(blobs, "raw file", "raw files"),
    formatMegabytes(byteLength),
  ].join(", ");
}
