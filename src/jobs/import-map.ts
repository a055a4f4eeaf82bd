/**
 * A map as an import's threads share it: the network, the candidate index and every profile once in
 * shared memory; each thread makes its own matchers, whose scratch memory is private.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ElevationGrid, mosaic, readElevation } from "../geo/elevation/index.ts";
import { buildCandidateIndex, type CandidateIndex, createMatcher } from "../geo/match/index.ts";
import type { Match, TrackPoints } from "../geo/match/match.ts";
import type { Network } from "../geo/network/network.ts";
import { compileProfile, type ProfileArcs, type ProfileName } from "../geo/network/profile.ts";
import { findFiles } from "./find-files.ts";
import { loadMapNetwork } from "./load-map.ts";
import { IMPORT_PROFILES } from "./match-profile.ts";
import { shareArrays } from "./share.ts";

/** Plain data over shared memory: passes to a thread without copying. */
export interface SharedMap {
  readonly network: Network;
  readonly index: CandidateIndex;
  readonly profiles: readonly ProfileArcs[];
  /** Elevation grids beside the map; every thread opens them for itself. */
  readonly demFiles: readonly string[];
}

/** The map of a folder that `buildMap` wrote. */
export async function loadSharedMap(folder: string): Promise<SharedMap> {
  return shareMap(await loadMapNetwork(folder), await demFilesOf(folder));
}

/** O(segments); memory that is shared already is not copied. */
export function shareMap(network: Network, demFiles: readonly string[] = []): SharedMap {
  const shared = shareArrays(network);
  return {
    network: shared,
    index: buildCandidateIndex(shared, { allocate: (n) => new SharedArrayBuffer(n) }),
    profiles: IMPORT_PROFILES.map((name) => shareArrays(compileProfile(shared, name))),
    demFiles,
  };
}

export interface ThreadMap {
  readonly network: Network;
  readonly elevation: ElevationGrid | undefined;
  matcher(profile: ProfileName): { match(points: TrackPoints): Match };
}

/** A thread's own side: matchers are made at first need and kept, so that their caches grow warm. */
export function openMap(map: SharedMap): ThreadMap {
  const matchers = new Map<ProfileName, ReturnType<typeof createMatcher>>();
  return {
    network: map.network,
    elevation: openElevation(map.demFiles),
    matcher(profile) {
      const known = matchers.get(profile);
      if (known) return known;
      const arcs =
        map.profiles.find((p) => p.profile === profile) ?? compileProfile(map.network, profile);
      const matcher = createMatcher(map.network, arcs, undefined, map.index);
      matchers.set(profile, matcher);
      return matcher;
    },
  };
}

/** Where `map build` keeps the elevation grids of a map. */
export const DEM_FOLDER = "dem";

export async function demFilesOf(mapFolder: string): Promise<string[]> {
  const folder = join(mapFolder, DEM_FOLDER);
  return existsSync(folder) ? (await findFiles([folder])).map(({ path }) => path) : [];
}

/** Undefined without files. */
export function openElevation(files: readonly string[]): ElevationGrid | undefined {
  if (files.length === 0) return undefined;
  return mosaic(files.map((file) => readElevation(readFileSync(file), file)));
}
