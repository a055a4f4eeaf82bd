/**
 * The map as matching threads share it: the network, the candidate index and the profiles once, in
 * shared memory; every thread makes its own matchers, whose scratch memory is private.
 */
import { open } from "node:fs/promises";
import {
  buildCandidateIndex,
  type CandidateIndex,
  createMatcher,
  type Matcher,
} from "../../geo/match/index.ts";
import type { Network } from "../../geo/network/network.ts";
import {
  compileProfile,
  PROFILE_NAMES,
  type ProfileArcs,
  type ProfileName,
} from "../../geo/network/profile.ts";
import { decodeSnapshot } from "../../geo/network/snapshot.ts";

/** Plain data over shared memory: passes to a thread without copying. */
export interface MatchMap {
  readonly network: Network;
  readonly index: CandidateIndex;
  readonly profiles: readonly ProfileArcs[];
}

const allocate = (byteLength: number): SharedArrayBuffer => new SharedArrayBuffer(byteLength);

/**
 * @param path of a network snapshot
 * @throws WaymarkError SNAPSHOT_FOREIGN, SNAPSHOT_DAMAGED; Error when the file cannot be read
 */
export async function loadMatchMap(path: string): Promise<MatchMap> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  const bytes = new Uint8Array(allocate(size));
  let at = 0;
  while (at < size) {
    const { bytesRead } = await file.read(bytes, at, size - at, at);
    if (bytesRead === 0) throw new Error("the network became shorter while it was read");
    at += bytesRead;
  }
  return shareMatchMap(decodeSnapshot(bytes.buffer));
}

/** O(segments). The network's own arrays are copied unless they are shared already. */
export function shareMatchMap(network: Network): MatchMap {
  const shared = shareAll(network);
  return {
    network: shared,
    index: buildCandidateIndex(shared, { allocate }),
    profiles: PROFILE_NAMES.map((name) => shareAll(compileProfile(shared, name))),
  };
}

/** A copy whose typed arrays lie in shared memory. */
function shareAll<T extends object>(value: T): T {
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
    if (!ArrayBuffer.isView(inner) || inner.buffer instanceof SharedArrayBuffer) {
      return [key, inner];
    }
    const Kind = inner.constructor as new (buffer: SharedArrayBuffer) => typeof inner;
    const copy = new Uint8Array(allocate(inner.byteLength));
    copy.set(new Uint8Array(inner.buffer, inner.byteOffset, inner.byteLength));
    return [key, new Kind(copy.buffer)];
  });
  return Object.fromEntries(entries) as T;
}

/**
 * Seconds between fixes from which what looks like noise is movement: a place that is left for one
 * fix is no pause with an error in it but a way out and back, and a kink is a corner.
 */
const SPARSE_S = 10;

/** A thread's own side: matchers are made at first need and kept, so that their caches grow warm. */
export class ThreadMap {
  readonly map: MatchMap;
  readonly #matchers = new Map<string, Matcher>();

  constructor(map: MatchMap) {
    this.map = map;
  }

  arcsOf(profile: ProfileName): ProfileArcs {
    return this.map.profiles.find((arcs) => arcs.profile === profile)!;
  }

  /** @param intervalS usual seconds between the fixes of the trace */
  matcher(profile: ProfileName, intervalS: number): Matcher {
    const isSparse = intervalS > SPARSE_S;
    const key = `${profile} ${isSparse}`;
    const known = this.#matchers.get(key);
    if (known) return known;
    const { network, index } = this.map;
    const never = Number.POSITIVE_INFINITY;
    const options = isSparse ? { pauseS: never, jitterM: never } : {};
    const matcher = createMatcher(network, this.arcsOf(profile), options, index);
    this.#matchers.set(key, matcher);
    return matcher;
  }
}
