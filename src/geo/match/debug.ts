/**
 * The debug form of a match: what the matcher saw at each step and why it chose what it chose. For
 * people who look at one track; it holds the whole lattice and is an object per state.
 */
import { UNITS_PER_DEGREE } from "../lonlat.ts";
import { LINK, OFF } from "./lattice.ts";
import type { Match, TrackPoints } from "./match.ts";
import { type Matcher, TrackMatcher } from "./matcher.ts";

export type TransitionKind =
  | "start"
  | "along the arc"
  | "short route"
  | "far route"
  | "turned back"
  | "gap"
  | "left the network"
  | "returned"
  | "stayed off";

export interface DebugState {
  /** undefined: off the network. */
  readonly arc: number | undefined;
  /** Metres along the arc, and from the fix. */
  readonly offsetM: number;
  readonly distanceM: number;
  /** Nats: of this fix alone, and of the best path that ends here. */
  readonly emission: number;
  readonly cost: number;
  /** Index of the state of the step before that it comes from; undefined at the start. */
  readonly from: number | undefined;
  readonly transition: TransitionKind;
  readonly isChosen: boolean;
}

export interface DebugStep {
  /** Rows of the track that the step stands for; the same unless in a pause. */
  readonly firstPoint: number;
  readonly lastPoint: number;
  readonly lon: number;
  readonly lat: number;
  readonly timeMs: number;
  /** The last state is the one off the network. */
  readonly states: readonly DebugState[];
  /** Arcs between the chosen state of the step before and this one's. */
  readonly between: readonly number[];
  /** Nats by which the best explanation that differs here is worse. */
  readonly marginNats: number;
}

export interface DebugMatch {
  readonly match: Match;
  /** Nats of the whole path. */
  readonly cost: number;
  readonly steps: readonly DebugStep[];
  /** Steps that no route leads to, or that begin or end a stretch off the network. */
  readonly breaks: readonly number[];
}

/** Matches like `matcher.match` and tells how; the matcher must be one of `createMatcher`. */
export function debugMatch(matcher: Matcher, points: TrackPoints): DebugMatch {
  const tracked = new TrackMatcher(matcher.network, matcher.arcs, matcher.options, matcher.index);
  const { viterbi, steps, rows } = tracked.parts;
  viterbi.isKept = true;
  const match = tracked.match(points);
  const { lattice, chosen } = viterbi;
  const debugSteps: DebugStep[] = [];
  const breaks: number[] = [];
  let chosenState = lastChosen(tracked);
  const chosenStates = new Int32Array(lattice.stepCount);
  for (let s = lattice.stepCount - 1; s >= 0; s--) {
    chosenStates[s] = chosenState;
    chosenState = lattice.back[chosenState]!;
  }
  for (let s = 0; s < lattice.stepCount; s++) {
    const first = lattice.firstState[s]!;
    const before = s > 0 ? lattice.firstState[s - 1]! : 0;
    const states: DebugState[] = [];
    for (let b = first; b < lattice.firstState[s + 1]!; b++) {
      const arc = lattice.arc[b]!;
      states.push({
        arc: arc === OFF ? undefined : arc,
        offsetM: lattice.offsetM[b]!,
        distanceM: lattice.distanceM[b]!,
        emission: lattice.emission[b]!,
        cost: lattice.cost[b]!,
        from: lattice.back[b]! >= 0 ? lattice.back[b]! - before : undefined,
        transition: kindOf(lattice.link[b]!),
        isChosen: b === chosenStates[s],
      });
    }
    const link = lattice.link[chosenStates[s]!]!;
    if (link === LINK.GAP || link === LINK.LEAVE || link === LINK.RETURN) breaks.push(s);
    debugSteps.push({
      firstPoint: rows.row[steps.first[s]!]!,
      lastPoint: rows.row[steps.last[s]!]!,
      lon: (steps.x[s]! + matcher.index.originLon) / UNITS_PER_DEGREE,
      lat: (steps.y[s]! + matcher.index.originLat) / UNITS_PER_DEGREE,
      timeMs: steps.timeMs[s]!,
      states,
      between: [...chosen.between.subarray(chosen.firstBetween[s], chosen.firstBetween[s + 1])],
      marginNats: chosen.margin[s]!,
    });
  }
  return { match, cost: chosen.cost, steps: debugSteps, breaks };
}

function lastChosen(matcher: TrackMatcher): number {
  const { lattice } = matcher.parts.viterbi;
  let best = lattice.firstState[lattice.stepCount - 1]!;
  for (let b = best; b < lattice.stateCount; b++) {
    if (lattice.cost[b]! < lattice.cost[best]!) best = b;
  }
  return best;
}

function kindOf(link: number): TransitionKind {
  switch (link) {
    case LINK.START:
      return "start";
    case LINK.ALONG:
      return "along the arc";
    case LINK.ROW:
      return "short route";
    case LINK.TURN_BACK:
      return "turned back";
    case LINK.GAP:
      return "gap";
    case LINK.LEAVE:
      return "left the network";
    case LINK.RETURN:
      return "returned";
    case LINK.STAY_OFF:
      return "stayed off";
    default:
      return "far route";
  }
}
