/**
 * Where words go: results on standard output, progress and messages on standard error. A reader that
 * goes away (`| head`) ends the work instead of breaking it, and so does Ctrl-C; the second Ctrl-C
 * ends the process at once.
 */
import pc from "picocolors";
import { createLog, type Log, WaymarkError } from "../base/index.ts";
import { printable } from "./format.ts";

/** What a process says to the shell; docs/reference/cli.md holds the same table. */
export const EXIT_CODES = {
  OK: 0,
  /** The command failed, or at least one file was refused. */
  FAILED: 1,
  /** The command line is not one that Waymark knows. */
  USAGE: 2,
  /** Ended by Ctrl-C, a signal, or because nobody reads the output any more; run it again to go on. */
  INTERRUPTED: 130,
} as const;

export interface Terminal {
  /** A result for the person or the next program: one line on standard output. */
  result(line: string): void;
  /** One JSON object on one line; numbers that are not finite become null. */
  json(value: unknown): void;
  readonly log: Log;
  /**
   * For work that can stop in good order: aborted by Ctrl-C, a signal or a closed output. Without a
   * call of this the process ends at once; whatever it was writing is not in its place yet.
   */
  interruptible(): AbortSignal;
  readonly isInterrupted: boolean;
  readonly isInteractive: boolean;
  error(error: unknown): void;
}

export function createTerminal(options: { readonly isDebug: boolean }): Terminal {
  const { stdout, stderr } = process;
  const controller = new AbortController();
  let isHandled = false;
  const stop = (): void => {
    if (!isHandled || controller.signal.aborted) process.exit(EXIT_CODES.INTERRUPTED);
    controller.abort();
  };
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      if (!controller.signal.aborted) stop();
    });
  }
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, stop);
  }
  const write = (stream: NodeJS.WriteStream, line: string): void => {
    if (stream.writable) stream.write(`${line}\n`);
  };
  const terminal: Terminal = {
    result: (line) => write(stdout, line),
    json: (value) => write(stdout, JSON.stringify(value)),
    log: createLog((line) => write(stderr, line), options.isDebug ? "debug" : "info"),
    interruptible() {
      isHandled = true;
      return controller.signal;
    },
    get isInterrupted() {
      return controller.signal.aborted;
    },
    isInteractive: stderr.isTTY === true,
    error(error) {
      write(stderr, formatError(error, options.isDebug));
    },
  };
  return terminal;
}

/** `error CODE: sentence`, with the stack and the causes only when debugging. */
export function formatError(error: unknown, isDebug: boolean): string {
  const code = error instanceof WaymarkError ? error.code : "BUG";
  const message = error instanceof Error ? error.message : String(error);
  const line = `${pc.red("error")} ${code}: ${printable(message)}`;
  if (isDebug && error instanceof Error) {
    const cause = error.cause === undefined ? "" : `\ncaused by ${formatError(error.cause, true)}`;
    return `${line}\n${error.stack ?? ""}${cause}`;
  }
  return code === "BUG" ? `${line}\n(a bug of ours; WAYMARK_DEBUG=1 shows where)` : line;
}
