/**
 * Tracks that leave the paths: is a stretch that no path explains returned as off-network, and only
 * that? By kind and mover, as precision, recall and F1 of metres.
 */
import { buildCandidateIndex, createMatcher } from "../../src/geo/match/index.ts";
import type { MatchPiece } from "../../src/geo/match/match.ts";
import { compileProfile } from "../../src/geo/network/profile.ts";
import {
  drawCrossings,
  drawMissingPaths,
  NEAR_M,
  type OffNetworkTrack,
} from "../dataset/off-network.ts";
import { report } from "../report.ts";
import { type OffNetworkScore, scoreOffNetwork, totalOffNetwork } from "../score/off-network.ts";
import { profiledMap } from "./map.ts";

export interface OffNetworkOutcome {
  readonly kind: "crossing" | "missing path";
  readonly mover: "run" | "ride";
  readonly tracks: readonly OffNetworkTrack[];
  /** All rows of the stretches, and without those near an open arc. */
  readonly strict: readonly OffNetworkScore[];
  readonly clear: readonly OffNetworkScore[];
}

const MOVERS = [
  { name: "run", profile: "foot", speedMps: 3 },
  { name: "ride", profile: "bike", speedMps: 5 },
] as const;

/** @param count tracks per kind and mover */
export async function* matchOffNetwork(
  extract: string,
  count: number,
  seed: number,
): AsyncGenerator<OffNetworkOutcome> {
  for (const { name, profile, speedMps } of MOVERS) {
    const { network, arcs, index } = await profiledMap(extract, profile);
    const crossings = drawCrossings(network, arcs, speedMps, count, seed);
    const onAll = createMatcher(network, arcs, undefined, index);
    yield outcomeOf("crossing", name, crossings, (track) => onAll.match(track.points));

    const compile = (left: typeof network): typeof arcs => compileProfile(left, profile);
    const missing = drawMissingPaths(network, arcs, compile, speedMps, count, seed + 1);
    const leftIndex = buildCandidateIndex(missing.network);
    const onLeft = createMatcher(missing.network, missing.arcs, undefined, leftIndex);
    yield outcomeOf("missing path", name, missing.tracks, (track) => onLeft.match(track.points));
  }
}

function outcomeOf(
  kind: OffNetworkOutcome["kind"],
  mover: OffNetworkOutcome["mover"],
  tracks: readonly OffNetworkTrack[],
  match: (track: OffNetworkTrack) => { readonly pieces: readonly MatchPiece[] },
): OffNetworkOutcome {
  const pieces = tracks.map((track) => match(track).pieces);
  return {
    kind,
    mover,
    tracks,
    strict: tracks.map((track, i) => scoreOffNetwork(track, pieces[i]!)),
    clear: tracks.map((track, i) => scoreOffNetwork(track, pieces[i]!, true)),
  };
}

export async function runOffNetwork(
  extract: string,
  mapName: string,
  count: number,
): Promise<void> {
  const outcomes: OffNetworkOutcome[] = [];
  for await (const outcome of matchOffNetwork(extract, count, 51)) outcomes.push(outcome);
  const row = (label: readonly [string, string], of: readonly OffNetworkOutcome[]) => {
    const strict = totalOffNetwork(of.flatMap((o) => o.strict));
    const clear = totalOffNetwork(of.flatMap((o) => o.clear));
    const tracks = of.flatMap((o) => o.tracks);
    return [
      ...label,
      tracks.length,
      tracks.reduce((sum, track) => sum + track.weightM.reduce((a, b) => a + b, 0), 0) / 1000,
      of.flatMap((o) => o.strict).reduce((sum, s) => sum + s.trulyOffM, 0) / 1000,
      strict.precision,
      strict.recall,
      strict.f1,
      clear.f1,
    ];
  };
  const digits = (name: string, count: number) => ({ name, digits: count });
  report({
    suite: "match",
    title: `Off the network, ${mapName}`,
    columns: [
      "kind",
      "mover",
      "tracks",
      digits("km", 1),
      digits("off km", 1),
      digits("precision", 3),
      digits("recall", 3),
      digits("F1", 3),
      digits("F1 clear", 3),
    ],
    rows: [
      ...outcomes.map((o) => row([o.kind, o.mover], [o])),
      ...MOVERS.map(({ name }) =>
        row(
          ["all", name],
          outcomes.filter((o) => o.mover === name),
        ),
      ),
    ],
    notes: [
      "Crossing: 80–600 m of open ground, straight or bent, between two places on the network, with " +
        "400–800 m of ways before and after. Missing path: the walker follows a path that is then taken " +
        `out of the map. At least 80 % of a stretch is further than ${NEAR_M} m from every open arc. ` +
        "Noise σ 3–10 m, τ 5–30 s, one row a second.",
      "By row, weighted by metres. Precision, recall, F1: every row of a stretch is truly off, its first " +
        `and last metres too. F1 clear: without rows of a stretch within ${NEAR_M} m of an open arc, ` +
        "which no recorder of this noise can tell from the path.",
    ],
  });
}
