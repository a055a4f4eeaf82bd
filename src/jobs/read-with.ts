/**
 * What read a recording: the engine's version and the network's, as the store notes it beside the
 * result. It tells whether the same bytes would give the same activities now.
 */

/** Raised when the same bytes would give other activities: then every recording is read again. */
const ENGINE = 2;
const NO_NETWORK = "-";

export function readWith(networkVersion: string | undefined): string {
  return `${ENGINE} ${networkVersion ?? NO_NETWORK}`;
}

/** The version of the network that was matched on; undefined when nothing was. */
export function networkOf(note: string): string | undefined {
  const version = note.split(" ")[1] ?? NO_NETWORK;
  return version === NO_NETWORK ? undefined : version;
}

/** The same engine, on another network. */
export function withNetwork(note: string, networkVersion: string): string {
  return `${note.split(" ")[0]} ${networkVersion}`;
}

/** Without a network of our own, one that was matched on any is as good as new. */
export function isUpToDate(note: string, networkVersion: string | undefined): boolean {
  const now = readWith(networkVersion);
  if (networkVersion !== undefined) return note === now;
  return note.split(" ")[0] === now.split(" ")[0];
}
