/**
 * What the matcher may be told, with the reason for every default. Lengths are metres, costs are
 * nats (−log probability), so that costs of one kind can be weighed against those of another.
 */
import type { ProfileName } from "../network/profile.ts";

export interface MatchOptions {
  readonly minStepM: number;
  readonly radiusM: number;
  readonly maxCandidates: number;
  readonly beam: number;
  readonly sigmaM: number;
  readonly sketchSigmaM: number;
  readonly sketchM: number;
  readonly minSigmaM: number;
  readonly maxSigmaM: number;
  readonly correlationS: number;
  readonly minTemper: number;
  readonly driftS: number;
  readonly driftFloorM: number;
  readonly drift: number;
  readonly robustSigmas: number;
  readonly betaM: number;
  readonly betaPerM: number;
  readonly turnM: number;
  readonly turnPerM: number;
  readonly haste: number;
  readonly headroom: number;
  readonly reluctantPerM: number;
  readonly slackBetas: number;
  readonly backwardM: number;
  readonly rowM: number;
  readonly offSigmas: number;
  readonly offPerM: number;
  readonly leaveCost: number;
  readonly returnCost: number;
  readonly gapCost: number;
  readonly widenM: number;
  readonly maxSpeedMps: number | undefined;
  readonly jitterM: number;
  readonly pauseS: number;
  readonly pauseM: number;
  readonly silenceS: number;
  readonly maxSettled: number;
}

export const defaults: MatchOptions = {
  /** Metres moved before a row becomes a step: closer rows repeat the same error, not new evidence. */
  minStepM: 10,
  /** Metres around a fix in which arcs are candidates: six times the usual error. */
  radiusM: 30,
  /** Edges kept per step, the nearest ones: busy junctions have about a dozen within the radius. */
  maxCandidates: 16,
  /**
   * Nats behind the likeliest state on the network at which a state is given up. Nothing changes from
   * 22 on, the price of a gap, which any state can be reached by; 13 changed no result by more than its
   * noise, 10 did.
   */
  beam: 13,
  /** Metres, 1 σ across the path before the track has told better: open sky, wrist or handlebar. */
  sigmaM: 5,
  /**
   * Metres, σ of a line without times whose rows are more than `sketchM` apart: it was drawn or
   * planned, a click of ten pixels at the scale of a town.
   */
  sketchSigmaM: 12,
  sketchM: 50,
  /** Metres: no map is drawn finer than this, however quiet the recorder. */
  minSigmaM: 3,
  /** Metres: beyond this the estimate measures wrong paths, not the recorder. */
  maxSigmaM: 15,
  /** Seconds over which a receiver's error persists (first-order autoregressive): 5–30. */
  correlationS: 8,
  /**
   * Least weight of a fix. Errors that persist make steps repeat each other; (1 − ρ) / (1 + ρ) with
   * ρ = e^(−Δt/correlationS) is the share of a step that is new, and this its floor, because the
   * error of the map and of the model do not persist.
   */
  minTemper: 0.15,
  /** Seconds over which an error drifts: a change of path that fixes did not make is a change of error. */
  driftS: 10,
  /** Metres by which it may change at once: maps are drawn to a metre or two. */
  driftFloorM: 2,
  /** Weight of that; 1 is first-order autoregression exactly. */
  drift: 0.5,
  /** σ beyond which the emission grows linearly (Huber): carriageways have width, maps have shifts. */
  robustSigmas: 3,
  /** Metres by which route and straight line differ at dense sampling: the noise of two fixes. */
  betaM: 8,
  /** The same per metre of straight line: between far fixes roads bend (Newson & Krumm's β grows). */
  betaPerM: 0.1,
  /** Metres of detour that one makes to avoid turning back; a right angle costs an eighth of it. */
  turnM: 130,
  /** The same per metre of straight line: for profiles whose fast way has few turns. */
  turnPerM: 0,
  /**
   * Metres that a metre counts for more, per time that the fixes move faster than the profile can on
   * that arc: who rides at 7 m/s is not pushing a bicycle along the footway.
   */
  haste: 0.2,
  /** Times a profile's speed that are nothing unusual: a runner on foot, a racer on a bicycle. */
  headroom: 2.5,
  /**
   * Nats per metre and unit of the profile's cost beyond 2: where the way is one to push a bicycle on and
   * a cycle path lies beside it, the cycle path was taken. Kinds of road that are merely less liked
   * cost less than 2: they say too little of what people do.
   */
  reluctantPerM: 0.01,
  /** β by which a route may be longer than the straight line between dense steps; far ones take a search. */
  slackBetas: 2.8,
  /** Metres that a fix may slip back along its arc: noise, not a turn. */
  backwardM: 10,
  /** Metres to which a node's routes are searched once and kept; longer ones are searched per step. */
  rowM: 110,
  /** σ at which being off the network is as likely as being on it, for one step. */
  offSigmas: 4,
  /** Nats per metre off the network: walking a path is the rule. */
  offPerM: 0.02,
  /** Nats to leave the network and to come back: more than a right angle, less than a wrong street. */
  leaveCost: 12,
  returnCost: 12,
  /** Nats to be matched on both sides of a stretch that no plausible route spans. */
  gapCost: 22,
  /** Metres by which either end of an off-network stretch is moved to where the distance began to grow. */
  widenM: 60,
  /** Metres per second that nobody exceeds; by profile when absent (`SPEED_LIMIT_MPS`). */
  maxSpeedMps: undefined,
  /** Metres of white noise per axis above which rows are averaged over three (measured: AR 1.4, white 5). */
  jitterM: 2,
  /** Seconds within `pauseM` of one place that make a pause; a hiker at .75 m/s does not stay so long. */
  pauseS: 40,
  pauseM: 15,
  /** Seconds without a row that are a silence of the recorder, if ten times its usual interval too. */
  silenceS: 20,
  /** Arcs settled in one search between far steps before the stretch counts as a gap. */
  maxSettled: 200_000,
};

/**
 * What differs from the defaults by profile. A car hardly ever leaves the roads, and where it seems
 * to, the map is shifted or coarse: so it is nearly always held on the network. Between far
 * fixes it takes the fast way, with few turns, rather than the short; lanes make its roads wide; and
 * at its speed a step is a second, in which hardly anything about the error is new.
 */
export const PROFILE_DEFAULTS: Readonly<Partial<Record<ProfileName, Partial<MatchOptions>>>> = {
  // A rider takes the turn onto the cycle path beside the road that a walker would not bother with, and has
  // gone 15 m while the error was still the same.
  bike: { minStepM: 15 },
  gravel: { minStepM: 15 },
  mtb: { minStepM: 15 },
  car: {
    radiusM: 80,
    slackBetas: 5.5,
    beam: 60,
    offSigmas: 16,
    leaveCost: 40,
    returnCost: 40,
    gapCost: 90,
    widenM: 0,
    turnPerM: 0.3,
    betaPerM: 0.2,
    correlationS: 5,
    minTemper: 0.12,
    robustSigmas: 2,
  },
};

/** Metres per second beyond which a profile's movement is not believed: downhill, with a tailwind. */
export const SPEED_LIMIT_MPS: Readonly<Record<ProfileName, number>> = {
  foot: 9,
  hike: 9,
  bike: 28,
  gravel: 28,
  mtb: 28,
  car: 70,
};

/** Metres per second assumed between rows of a recording without times. */
export const USUAL_SPEED_MPS: Readonly<Record<ProfileName, number>> = {
  foot: 2,
  hike: 1.2,
  bike: 5,
  gravel: 5,
  mtb: 4,
  car: 12,
};
