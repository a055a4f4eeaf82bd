/** What the file system throws, as an error that a person can act on. */
import { WaymarkError } from "../base/index.ts";

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EROFS"]);

/** @param what that was read or written, for the sentence */
export function fileError(error: unknown, what: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  // Not of the file system: ours, a bug, or an abort.
  if (error instanceof WaymarkError || code === undefined || code === "ABORT_ERR") return error;
  if (FULL.has(code)) {
    return new WaymarkError("STORE_FULL", `${what} could not be kept: ${message}`, {
      cause: error,
    });
  }
  return new WaymarkError("FILE_READ", `${what} could not be read or written: ${message}`, {
    cause: error,
  });
}
