/** What reads recordings here, as the store notes it beside each: the engine's version and the map's. */
import type { Reader } from "../store/recordings.ts";

/** Raised when the same bytes would give other activities: then every recording is read again. */
const ENGINE = 2;

export function readWith(networkVersion: string | undefined): Reader {
  return { engine: ENGINE, networkVersion };
}
