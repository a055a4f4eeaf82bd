/**
 * Parts of the page that load when they are needed, from a server that may be gone by then: what
 * fails so is told like any other question that nobody answers, and the page stays.
 */
import { offline } from "./api.ts";

/**
 * @throws ApiError OFFLINE when nobody answers; the import's own error when the server does, whose
 *   newer build has other files (the router then asks for the page again)
 */
export async function reach<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw (await isServerThere()) ? cause : offline();
  }
}

export async function isServerThere(): Promise<boolean> {
  return await fetch("/healthz", { cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );
}
