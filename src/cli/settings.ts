/**
 * Every setting of the program, with its environment variable, unit and default. Read here, once,
 * and frozen; a flag of the command line goes before its variable.
 */
import { availableParallelism, homedir } from "node:os";
import { join } from "node:path";
import { WaymarkError } from "../base/index.ts";

export interface Settings {
  /** Folder of the store and its map. */
  readonly dataFolder: string;
  /** PostgreSQL instead of the embedded database. */
  readonly databaseUrl: string | undefined;
  /** The server's own where absent. */
  readonly port: number | undefined;
  readonly host: string | undefined;
  /** Where people reach the server behind a proxy of this machine. */
  readonly origin: string | undefined;
  /** A line of JSON on standard error for every request. */
  readonly requestLog: boolean;
  /** Worker threads of imports and map building. */
  readonly threads: number;
  /** Coordinates of one trace that is posted to `/match`; the server's own where absent. */
  readonly matchCoordinates: number | undefined;
  /** Maps that `match` built from an extract, to be found again. */
  readonly cacheFolder: string;
  /** A web app that is built already; absent: the one of this checkout, built when need be. */
  readonly webFolder: string | undefined;
}

/** Variable → what it sets, for the docs and their test. */
export const SETTING_VARIABLES = {
  WAYMARK_DATA: "folder of the store and its map, default ./data",
  DATABASE_URL: "postgres://… to keep rows in PostgreSQL instead of the data folder",
  WAYMARK_PORT: "port of `waymark start`, default 9696",
  WAYMARK_HOST: "address that `waymark start` listens on, default 127.0.0.1",
  WAYMARK_ORIGIN:
    "address under which a proxy of this machine shows the server: https://club.example",
  WAYMARK_LOG: "set to requests: one JSON object on standard error for every request",
  WAYMARK_THREADS: "worker threads, default one a core",
  WAYMARK_MATCH_COORDINATES: "coordinates that one POST to /match may hold, default 10000",
  WAYMARK_CACHE: "folder of maps built on the fly, default ~/.cache/waymark",
  WAYMARK_WEB: "folder of a built web app, default this checkout's own, built when missing",
  WAYMARK_DEBUG: "set to 1: errors show their stack",
} as const;

/** @throws WaymarkError USAGE when a variable is not what it should be */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const cache = env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return Object.freeze({
    dataFolder: env.WAYMARK_DATA || "data",
    databaseUrl: env.DATABASE_URL || undefined,
    port: env.WAYMARK_PORT ? parsePort(env.WAYMARK_PORT, "WAYMARK_PORT") : undefined,
    host: env.WAYMARK_HOST || undefined,
    origin: env.WAYMARK_ORIGIN ? parseOrigin(env.WAYMARK_ORIGIN, "WAYMARK_ORIGIN") : undefined,
    requestLog: parseLog(env.WAYMARK_LOG),
    threads: env.WAYMARK_THREADS
      ? parseThreads(env.WAYMARK_THREADS, "WAYMARK_THREADS")
      : availableParallelism(),
    matchCoordinates: env.WAYMARK_MATCH_COORDINATES
      ? wholeNumber(env.WAYMARK_MATCH_COORDINATES, "WAYMARK_MATCH_COORDINATES", 2, 1_000_000)
      : undefined,
    cacheFolder: env.WAYMARK_CACHE || join(cache, "waymark"),
    webFolder: env.WAYMARK_WEB || undefined,
  });
}

/** The settings of this process. */
export function processSettings(): Settings {
  return readSettings(process.env);
}

/** Asked before anything can go wrong with the other settings. */
export function isDebugging(): boolean {
  return process.env.WAYMARK_DEBUG === "1";
}

/**
 * With threads, too: they look for compiled code in the environment alone (the import's begins in 140 ms
 * of a core instead of 400).
 */
export function shareCompiled(folder: string): void {
  process.env.NODE_COMPILE_CACHE ??= folder;
}

/** @param name the flag or variable, for the message */
export function parsePort(text: string, name = "--port"): number {
  return wholeNumber(text, name, 0, 65_535);
}

/** @returns scheme, host and port alone */
export function parseOrigin(text: string, name = "--origin"): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "") {
    return url.origin;
  }
  throw new WaymarkError(
    "USAGE",
    `${name} is '${text}'; it must be an address like https://club.example`,
  );
}

function parseLog(text = ""): boolean {
  if (text === "" || text === "requests") return text !== "";
  throw new WaymarkError("USAGE", `WAYMARK_LOG is '${text}'; choose one of requests`, {
    choices: ["requests"],
  });
}

export function parseThreads(text: string, name = "--threads"): number {
  return wholeNumber(text, name, 1, 256);
}

/** @throws WaymarkError USAGE that names the flag and its range */
export function wholeNumber(text: string, name: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new WaymarkError(
      "USAGE",
      `${name} is '${text}'; it must be a whole number from ${least} to ${most}`,
    );
  }
  return value;
}
