/** `waymark start`: the server and the web app, at once; what is missing is built while they run. */
import { join } from "node:path";
import { Command } from "commander";
import { WaymarkError } from "../../base/index.ts";
import { openBackup } from "../../jobs/backup.ts";
import { createJobQueue } from "../../platform/job/create-queue.ts";
import type { Status } from "../../schema/map.ts";
import type { WaymarkServer } from "../../server/app.ts";
import { openStore } from "../../store/open-store.ts";
import { isFolder } from "../open-map.ts";
import { createProgress, type Progress } from "../progress.ts";
import { announceServer, loopbackUrl, withdrawServer } from "../server-file.ts";
import { parseOrigin, parsePort, parseThreads, type Settings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

interface Flags {
  readonly data: string;
  readonly map?: string;
  readonly port?: number;
  readonly host?: string;
  readonly origin?: string;
  readonly threads: number;
  readonly demo: boolean;
}

/** Ports to try when nobody asked for one. */
const PORTS_TRIED = 10;

export function startCommand(settings: Settings, terminal: Terminal): Command {
  return new Command("start")
    .description(
      "the server and the web app; with an empty store it simulates a year of athletes first",
    )
    .option("--data <dir>", "folder of the store and its map", settings.dataFolder)
    .option(
      "--map <map>",
      "folder made by 'map build', or an OSM file to build; default: the store's own map",
    )
    .option(
      "--port <n>",
      "port to listen on; default: the first free one from 9696",
      (text) => parsePort(text),
      settings.port,
    )
    .option(
      "--host <address>",
      "address to listen on; anything but loopback lets others in",
      settings.host,
    )
    .option(
      "--origin <url>",
      "address under which a proxy of this machine shows the server: https://club.example",
      (text) => parseOrigin(text),
      settings.origin,
    )
    .option("--threads <n>", "worker threads", (text) => parseThreads(text), settings.threads)
    .option("--no-demo", "leave an empty store empty")
    .action((flags: Flags) => start(flags, settings, terminal));
}

async function start(flags: Flags, settings: Settings, terminal: Terminal): Promise<void> {
  // Loaded here: the other commands should not wait for a web server that they do not use.
  const { createServer } = await import("../../server/app.ts");
  const { openMatching } = await import("../../server/osrm/matching.ts");
  const { createRequestLog } = await import("../../server/log.ts");
  const { ensureWebBuilt } = await import("../../server/web-build.ts");
  const { prepareWorld } = await import("../../jobs/prepare-world.ts");
  const { startWorkers } = await import("../../jobs/start-workers.ts");
  const { webFolder, databaseUrl, matchCoordinates } = settings;
  const { log } = terminal;
  const isBuilt = flags.map !== undefined && isFolder(flags.map);
  const osmFile = isBuilt ? undefined : flags.map;
  const mapFolder = isBuilt ? flags.map : join(flags.data, "map");
  const status: Live<Status> = { phase: "starting", done: 0, total: 0, startedMs: Date.now() };

  // A process of its own: it builds while the store opens.
  const web = webFolder ?? ensureWebBuilt({ onMessage: (message) => log.info(message) });
  // A rejection is met where the folder is asked for.
  if (typeof web !== "string") web.catch(() => {});
  const store = await openStore({ dataFolder: flags.data, databaseUrl, log });
  const queue = await createJobQueue(store.database, { log });
  const lakeFolder = join(flags.data, "lake");
  const workers = await startWorkers({
    store,
    queue,
    mapFolder,
    lakeFolder,
    threads: flags.threads,
    log,
  });
  const matching = openMatching({
    mapFolder,
    onFault: (error) => log.error(`the map for matching: ${String(error)}`),
  });
  const server = await createServer({
    store,
    queue,
    mapFolder,
    origin: flags.origin,
    webFolder: await web,
    progress: status,
    onFault: (error, url) => log.error(`${url}: ${String(error)}`),
    log: settings.requestLog ? createRequestLog(process.stderr, "info") : undefined,
    matching,
    matchCoordinates,
    openBackup: (now) => openBackup({ store, now }).bytes,
  });
  const signal = terminal.interruptible();
  const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  const url = await listen(server, flags);
  store.announce(url);
  announceServer(flags.data, { url: loopbackUrl(url), token: server.localToken });
  const link = server.enterUrl();
  terminal.result(`Waymark is at ${link ?? url} (Ctrl-C ends it)`);
  if (link === undefined && (await store.athletes.list()).every(({ email }) => email === null)) {
    log.info(
      "nobody can sign in yet; 'waymark user add EMAIL --role admin' opens the first account",
    );
  }
  try {
    await prepare(status, createProgress(process.stderr), terminal, (onProgress) =>
      prepareWorld({
        store,
        queue,
        workers,
        dataFolder: flags.data,
        mapFolder,
        osmFile,
        isMapNamed: flags.map !== undefined,
        hasDemo: flags.demo,
        serverUrl: loopbackUrl(url),
        threads: flags.threads,
        now: Date.now(),
        signal,
        onProgress,
      }),
    );
    await stopped;
  } finally {
    withdrawServer(flags.data);
    await server.stop();
    await matching.close();
    await queue.stop();
    await workers.close();
    await store.close();
  }
}

type Live<T> = { -readonly [K in keyof T]: T[K] };

/** Shows the work on the page and in the terminal; when it fails the server stays and says so. */
async function prepare(
  status: Live<Status>,
  progress: Progress,
  terminal: Terminal,
  work: (
    onProgress: (phase: string, done: number, total: number) => void,
  ) => Promise<string | undefined>,
): Promise<void> {
  const begunMs = status.startedMs;
  try {
    const note = await work((phase, done, total) => {
      // What is left is told from how long this phase has taken so far.
      if (phase !== status.phase) status.startedMs = Date.now();
      Object.assign(status, { phase, done, total });
      progress.update(phase, done, total);
    });
    progress.stop();
    if (terminal.isInterrupted) return;
    Object.assign(status, { phase: "ready", done: 0, total: 0, note });
    const seconds = Math.round((Date.now() - begunMs) / 1000);
    if (note !== undefined) terminal.log.info(note);
    terminal.log.info(seconds > 2 ? `ready after ${seconds} s` : "ready");
  } catch (error) {
    progress.stop();
    if (terminal.isInterrupted) return;
    const message = error instanceof Error ? error.message : String(error);
    Object.assign(status, { phase: "failed", done: 0, total: 0, message });
    terminal.error(error);
  }
}

/** On the port that was asked for, or on the first free one of a few. */
async function listen(server: WaymarkServer, flags: Flags): Promise<string> {
  const { serverDefaults } = await import("../../server/app.ts");
  const first = flags.port ?? serverDefaults.port;
  const host = flags.host ?? serverDefaults.host;
  for (let port = first; ; port++) {
    try {
      return await server.start(port, host);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      const isTaken = code === "EADDRINUSE";
      if (isTaken && flags.port === undefined && port < first + PORTS_TRIED) continue;
      const reason = isTaken
        ? "another program listens there"
        : code === "EACCES"
          ? "permission denied"
          : (cause as Error).message;
      throw new WaymarkError(
        "PORT_TAKEN",
        `cannot listen on ${host} port ${port}: ${reason}; choose another with --port or --host`,
        { cause },
      );
    }
  }
}
