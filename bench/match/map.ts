/** Real maps as the suites use them: read, built and indexed once, with a profile laid over. */
import { buildCandidateIndex } from "../../src/geo/match/index.ts";
import { buildNetwork } from "../../src/geo/network/build.ts";
import type { Network } from "../../src/geo/network/network.ts";
import {
  compileProfile,
  type ProfileArcs,
  type ProfileName,
} from "../../src/geo/network/profile.ts";
import { readOsmFile } from "../../src/jobs/read-osm.ts";

export interface ProfiledMap {
  readonly network: Network;
  readonly index: ReturnType<typeof buildCandidateIndex>;
  readonly arcs: ProfileArcs;
}

const maps = new Map<string, Promise<Omit<ProfiledMap, "arcs">>>();

export async function profiledMap(extract: string, profile: ProfileName): Promise<ProfiledMap> {
  const known = maps.get(extract) ?? buildMap(extract);
  maps.set(extract, known);
  const map = await known;
  return { ...map, arcs: compileProfile(map.network, profile) };
}

async function buildMap(extract: string): Promise<Omit<ProfiledMap, "arcs">> {
  const { network } = buildNetwork(await readOsmFile(extract));
  return { network, index: buildCandidateIndex(network) };
}
