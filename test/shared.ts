// Real data and reference vectors that are not part of the repository. Tests on them skip with one
// line where the folder is absent: `describe.skipIf(SHARED === undefined)("… (needs ../shared)", …)`.
import { existsSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "..", "shared");

/** Absolute path of `../shared`, or undefined where a stranger has none. */
export const SHARED: string | undefined = existsSync(join(folder, "data")) ? folder : undefined;

/** A path inside the shared folder; only call it where SHARED is defined. */
export function shared(...parts: readonly string[]): string {
  return join(folder, ...parts);
}
