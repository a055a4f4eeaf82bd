/**
 * Matching a recording to the network: read and thin the rows, find the likeliest states, learn from
 * them how noisy the recorder was, look again if that differs much from what was assumed, and cut
 * the result into pieces. One matcher serves one thread: it owns its scratch memory and its rows.
 */
import { assert, WaymarkError } from "../../base/error.ts";
import { METRES_PER_UNIT } from "../lonlat.ts";
import type { Network } from "../network/network.ts";
import type { ProfileArcs } from "../network/profile.ts";
import { buildCandidateIndex, type CandidateIndex, cosine } from "./candidate.ts";
import type { Chosen } from "./chosen.ts";
import { sigmaFromDistances, smoothThree, whiteJitterM } from "./jitter.ts";
import { OFF } from "./lattice.ts";
import type { Match, MatchPiece, TrackPoints } from "./match.ts";
import { widenOffNetwork } from "./off-network.ts";
import {
  defaults,
  type MatchOptions,
  PROFILE_DEFAULTS,
  SPEED_LIMIT_MPS,
  USUAL_SPEED_MPS,
} from "./options.ts";
import { PieceMaker } from "./piece.ts";
import { Rows, Steps } from "./thin.ts";
import { Viterbi } from "./viterbi.ts";

export interface Matcher {
  readonly network: Network;
  readonly arcs: ProfileArcs;
  readonly index: CandidateIndex;
  readonly options: MatchOptions;
  /**
   * @throws WaymarkError MATCH_NO_POSITION when fewer than two rows have a position
   */
  match(points: TrackPoints): Match;
}

/** How a matcher looks inside, for the debug form. */
export interface MatcherParts {
  readonly viterbi: Viterbi;
  readonly steps: Steps;
  readonly rows: Rows;
}

/** σ is taken anew when the track shows it to be larger by this factor. */
const SIGMA_CHANGE = 1.5;
/** Steps after which σ is measured first: a mile or two, enough to tell a town's streets from open sky. */
const PROBE = 128;
/** Times by which steps grow at most with the noise. */
const MAX_STRIDE = 2;

/**
 * @param index one that was built for this network; matchers and threads may share it
 */
export function createMatcher(
  network: Network,
  arcs: ProfileArcs,
  options: Partial<MatchOptions> = {},
  index: CandidateIndex = buildCandidateIndex(network),
): Matcher {
  return new TrackMatcher(
    network,
    arcs,
    { ...defaults, ...PROFILE_DEFAULTS[arcs.profile], ...options },
    index,
  );
}

export class TrackMatcher implements Matcher {
  readonly network: Network;
  readonly arcs: ProfileArcs;
  readonly index: CandidateIndex;
  readonly options: MatchOptions;
  readonly parts: MatcherParts;
  readonly #pieceMaker: PieceMaker;

  constructor(network: Network, arcs: ProfileArcs, options: MatchOptions, index: CandidateIndex) {
    assert(arcs.networkVersion === network.version, "the profile was compiled for another network");
    assert(index.networkVersion === network.version, "the index was built for another network");
    this.network = network;
    this.arcs = arcs;
    this.index = index;
    this.options = options;
    const speedLimit = options.maxSpeedMps ?? SPEED_LIMIT_MPS[arcs.profile];
    const usualSpeed = USUAL_SPEED_MPS[arcs.profile];
    this.parts = {
      viterbi: new Viterbi(network, arcs, index, options, speedLimit, usualSpeed),
      steps: new Steps(),
      rows: new Rows(),
    };
    this.#pieceMaker = new PieceMaker(network, index);
  }

  match(points: TrackPoints): Match {
    const { viterbi, steps, rows } = this.parts;
    const options = this.options;
    rows.read(points, this.index);
    if (rows.count < 2) {
      throw new WaymarkError(
        "MATCH_NO_POSITION",
        `${rows.count} of ${points.lon.length} rows have a position; matching needs two`,
      );
    }
    const metresPerX = METRES_PER_UNIT * cosine(rows.y[0]! + this.index.originLat);
    const jitterM = whiteJitterM(rows.x, rows.y, rows.timeMs, rows.count, metresPerX);
    if (jitterM > options.jitterM) smoothThree(rows.x, rows.y, rows.timeMs, rows.count);
    const start = (sigmaM: number): number => {
      // The noisier the recorder, the further apart are fixes that tell something new.
      const noise = Math.max(1, Math.min(MAX_STRIDE, sigmaM / options.sigmaM));
      steps.choose(rows, points, this.index, options.minStepM * noise, options);
      viterbi.begin(steps, sigmaM);
      return sigmaM;
    };

    let sigmaM = start(options.sigmaM);
    if (isSketch(steps, metresPerX, options.sketchM)) sigmaM = start(options.sketchSigmaM);
    if (steps.count > PROBE) {
      viterbi.advance(steps, PROBE);
      const early = this.#sigmaOf(viterbi.distancesSoFarM());
      if (early > sigmaM * SIGMA_CHANGE) sigmaM = start(early);
    }
    viterbi.advance(steps, steps.count);
    const measured = this.#sigmaOf(distancesOf(viterbi.chosen));
    // A recorder that is better than assumed at first is matched well enough as it is.
    const better = Math.max(measured, options.sigmaM);
    if (measured > sigmaM * SIGMA_CHANGE || better < sigmaM / SIGMA_CHANGE) {
      sigmaM = start(better);
      viterbi.advance(steps, steps.count);
    }
    const { chosen } = viterbi;
    const rmsM = rmsOf(distancesOf(chosen));
    widenOffNetwork(chosen, sigmaM, options.minStepM, options.widenM);
    const pieces = this.#pieceMaker.make(chosen, steps, rows, options.silenceS);
    return {
      networkVersion: this.network.version,
      profile: this.arcs.profile,
      pieces,
      statistics: {
        points: rows.count,
        steps: steps.count,
        ...lengthsOf(pieces),
        sigmaM: Number.isNaN(measured) ? sigmaM : measured,
        rmsM,
      },
    };
  }

  /** σ from the distances of matched steps, within its limits; NaN when they are too few. */
  #sigmaOf(distances: Float64Array): number {
    const { minSigmaM, maxSigmaM } = this.options;
    const sigma = sigmaFromDistances(distances);
    return Number.isNaN(sigma) ? sigma : Math.min(maxSigmaM, Math.max(minSigmaM, sigma));
  }
}

/** Whether the rows have no times and lie far apart: a line that was drawn, not recorded. */
function isSketch(steps: Steps, metresPerX: number, sketchM: number): boolean {
  const { x, y, timeMs, count } = steps;
  let length = 0;
  for (let s = 1; s < count; s++) {
    // Recordings have times, so this loop ends at once for nearly all.
    if (!Number.isNaN(timeMs[s]!)) return false;
    const dx = (x[s]! - x[s - 1]!) * metresPerX;
    const dy = (y[s]! - y[s - 1]!) * METRES_PER_UNIT;
    length += Math.sqrt(dx * dx + dy * dy);
  }
  return length > sketchM * (count - 1);
}

/** Metres from fix to path of the steps that are on the network. */
function distancesOf({ arc, distanceM, count }: Chosen): Float64Array {
  const distances = new Float64Array(count);
  let n = 0;
  for (let s = 0; s < count; s++) if (arc[s] !== OFF) distances[n++] = distanceM[s]!;
  return distances.subarray(0, n);
}

function rmsOf(distances: Float64Array): number {
  let squared = 0;
  for (const distance of distances) squared += distance * distance;
  return distances.length > 0 ? Math.sqrt(squared / distances.length) : 0;
}

function lengthsOf(pieces: readonly MatchPiece[]): { matchedM: number; offNetworkM: number } {
  let matchedM = 0;
  let offNetworkM = 0;
  for (const piece of pieces) {
    if (piece.kind === "matched") matchedM += piece.lengthM;
    else offNetworkM += piece.lengthM;
  }
  return { matchedM, offNetworkM };
}
