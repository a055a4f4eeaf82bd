/**
 * What a suite may keep between runs: things that are costly to make again and equal whenever they
 * are made (a peer's tiles, drawn routes). The folder can be deleted at any time.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Never in git. */
export const CACHE = join(import.meta.dirname, ".cache");

/** The value of an earlier run with the same key, or a new one, which is kept as JSON. */
export async function cached<T>(key: string, make: () => Promise<T>): Promise<T> {
  const file = join(CACHE, `${key}.json`);
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch {
    const value = await make();
    mkdirSync(CACHE, { recursive: true });
    // Renamed when whole, so that an interrupted run leaves no half file behind.
    writeFileSync(`${file}.part`, JSON.stringify(value));
    renameSync(`${file}.part`, file);
    return value;
  }
}
