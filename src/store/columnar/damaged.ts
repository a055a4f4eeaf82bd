/** What a decoder throws on bytes that are not what they should be, as an error that a person can act on. */
import { WaymarkError } from "../../base/index.ts";

/**
 * @param what is read, for the sentence: a path, or a column of it
 * @throws WaymarkError TABLE_FORMAT for everything that is not already a WaymarkError
 */
export async function damaged<T>(what: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof WaymarkError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new WaymarkError("TABLE_FORMAT", `${what} is damaged: ${reason}`, { cause: error });
  }
}
