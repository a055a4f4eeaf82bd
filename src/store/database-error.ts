/**
 * What a driver throws, as one of three: a failed world (WaymarkError), a lost race that may be run
 * again, or a statement that is a bug of ours.
 */
import { WaymarkError } from "../base/index.ts";

/** A statement that the database refused. The values of its parameters are never part of it. */
export class StatementError extends Error {
  override readonly name = "StatementError";
  /** SQLSTATE. */
  readonly code: string;
  readonly constraint: string | undefined;

  constructor(message: string, code: string, constraint: string | undefined) {
    super(message);
    this.code = code;
    this.constraint = constraint;
  }

  /** Lost against another transaction; the same again may succeed. */
  get isRace(): boolean {
    return this.code === "40001" || this.code === "40P01";
  }
}

/** SQLSTATE classes that say that the server is not there, or not now. */
const GONE = /^(08|57P|58|25006|53300|28)/;
/** Disk full, out of memory, and a file that cannot grow. */
const FULL = /^(53100|53200|53400)/;
const SOCKET = /^(ECONN|ENOTFOUND|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_|ENOENT)/;

export function databaseError(error: unknown): Error {
  if (error instanceof WaymarkError || error instanceof StatementError) return error;
  const { message, code, constraint } = error as {
    message?: string;
    code?: string;
    constraint?: string;
  };
  const text = String(message ?? error);
  const state = code ?? "";
  if (FULL.test(state) || /No space left|ENOSPC|File too large|EFBIG/.test(text)) {
    return new WaymarkError("STORE_FULL", `the database has no room: ${text}`);
  }
  if (GONE.test(state) || SOCKET.test(state) || !/^[0-9A-Z]{5}$/.test(state)) {
    return new WaymarkError("STORE_UNAVAILABLE", `the database does not answer: ${text || state}`);
  }
  return new StatementError(text, state, constraint);
}

/** Whether a row was refused because another has the same value. */
export function isConflict(error: unknown, constraint: string): boolean {
  return (
    error instanceof StatementError && error.code === "23505" && error.constraint === constraint
  );
}
