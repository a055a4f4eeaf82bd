/**
 * Opens the network of a built map: the file is read straight into shared memory and the arrays are
 * views of it, so that worker threads get the network without a copy. About 10 ms for a city.
 */
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Network } from "../geo/network/network.ts";
import { decodeSnapshot } from "../geo/network/snapshot.ts";
import { unreadable } from "./find-files.ts";

/** Name of the snapshot in the folder of a map. */
export const NETWORK_FILE = "network.wmk";

/**
 * @param path a snapshot
 * @returns a network whose arrays lie in one SharedArrayBuffer
 * @throws WaymarkError FILE_READ, SNAPSHOT_FOREIGN, SNAPSHOT_DAMAGED
 */
export async function loadNetwork(path: string): Promise<Network> {
  return decodeSnapshot(await readShared(path));
}

/** The network of a map folder as `buildMap` writes it. */
export function loadMapNetwork(folder: string): Promise<Network> {
  return loadNetwork(join(folder, NETWORK_FILE));
}

async function readShared(path: string): Promise<SharedArrayBuffer> {
  try {
    await using file = await open(path, "r");
    const { size } = await file.stat();
    const bytes = new Uint8Array(new SharedArrayBuffer(size));
    let at = 0;
    while (at < size) {
      const { bytesRead } = await file.read(bytes, at, size - at, at);
      if (bytesRead === 0) throw new Error("it became shorter while it was read");
      at += bytesRead;
    }
    return bytes.buffer;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}
