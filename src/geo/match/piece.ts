/**
 * From chosen states to pieces: runs of steps on the network become arcs with fractions and times,
 * runs off it keep their rows, and every row with a position falls into exactly one piece.
 */
import type { Network } from "../network/network.ts";
import type { CandidateIndex } from "./candidate.ts";
import type { Chosen } from "./chosen.ts";
import { confidenceOf } from "./confidence.ts";
import { LINK } from "./lattice.ts";
import type { MatchedPiece, MatchPiece } from "./match.ts";
import { offNetworkPiece } from "./off-network.ts";
import type { Rows, Steps } from "./thin.ts";
import { doubled } from "./transition.ts";

/** Metres of an arc that a piece may touch at its ends without travelling it. */
const TOUCH_M = 0.5;

/** A run of steps of one kind; rows are those of `Rows`, both included, and may be none. */
interface Run {
  readonly isOn: boolean;
  readonly firstStep: number;
  lastStep: number;
  firstRow: number;
  lastRow: number;
  /** Where the run turns back at its end, metres along the last arc; NaN if it does not. */
  turnM: number;
}

export class PieceMaker {
  readonly #network: Network;
  readonly #index: CandidateIndex;
  #arcs = new Int32Array(256);
  /** Metres along the piece at which each arc begins; the first arc's own start is 0. */
  #arcBeginM = new Float64Array(256);
  #arcCount = 0;
  #knotM = new Float64Array(512);
  #knotMs = new Float64Array(512);
  #knotCount = 0;

  constructor(network: Network, index: CandidateIndex) {
    this.#network = network;
    this.#index = index;
  }

  make(chosen: Chosen, steps: Steps, rows: Rows, silenceS: number): MatchPiece[] {
    const pieces: MatchPiece[] = [];
    let offFirst = -1;
    let offLast = -1;
    const flush = (): void => {
      if (offFirst < 0) return;
      pieces.push(offNetworkPiece(rows, this.#index, offFirst, offLast, silenceS));
      offFirst = -1;
    };
    const runs = spread(runsOf(chosen, steps, this.#network), rows);
    for (let i = 0; i < runs.length; i++) {
      const run = runs[i]!;
      if (run.firstRow > run.lastRow) continue;
      if (!run.isOn) {
        if (offFirst < 0) offFirst = run.firstRow;
        offLast = run.lastRow;
        continue;
      }
      flush();
      const before = i > 0 ? runs[i - 1]!.turnM : Number.NaN;
      pieces.push(this.#matched(run, before, chosen, steps, rows));
    }
    flush();
    return pieces;
  }

  #matched(run: Run, turnBeforeM: number, chosen: Chosen, steps: Steps, rows: Rows): MatchedPiece {
    const { lengthM } = this.#network;
    const { arc, offsetM, link, margin, firstBetween, between } = chosen;
    this.#arcCount = 0;
    this.#knotCount = 0;
    let begin = 0;
    let reached = offsetM[run.firstStep]!;
    if (Number.isNaN(turnBeforeM)) this.#addArc(arc[run.firstStep]!, 0);
    else {
      // After turning back the piece begins at the turn, on the way to its first step.
      const s = run.firstStep;
      for (let i = firstBetween[s]!; i < firstBetween[s + 1]!; i++) {
        this.#addArc(between[i]!, begin);
        begin += lengthM[between[i]! >>> 1]!;
      }
      this.#addArc(arc[s]!, begin);
      reached += begin;
      const turned = Math.max(0, lengthM[this.#arcs[0]! >>> 1]! - turnBeforeM);
      this.#addKnot(Math.min(turned, reached), turnTime(s, chosen, steps, this.#network));
      reached = Math.max(turned, reached);
    }
    let sure = 0;
    let walked = 0;
    for (let s = run.firstStep; s <= run.lastStep; s++) {
      if (s > run.firstStep) {
        if (link[s] !== LINK.ALONG) {
          for (let i = firstBetween[s]!; i < firstBetween[s + 1]!; i++) {
            begin += lengthM[this.#arcs[this.#arcCount - 1]! >>> 1]!;
            this.#addArc(between[i]!, begin);
          }
          begin += lengthM[this.#arcs[this.#arcCount - 1]! >>> 1]!;
          this.#addArc(arc[s]!, begin);
        }
        const here = Math.max(reached, begin + offsetM[s]!);
        const confidence = confidenceOf(Math.min(margin[s]!, margin[s - 1]!));
        sure += (here - reached) * confidence;
        walked += here - reached;
        reached = here;
      }
      this.#addKnot(reached, steps.timeMs[s]!);
      if (steps.last[s] !== steps.first[s]) this.#addKnot(reached, steps.leaveMs[s]!);
    }
    if (!Number.isNaN(run.turnM)) {
      reached = Math.max(reached, begin + run.turnM);
      this.#addKnot(reached, turnTime(run.lastStep + 1, chosen, steps, this.#network));
    }
    if (walked === 0) {
      sure = confidenceOf(margin[run.firstStep]!);
      walked = 1;
    }
    return this.#piece(run, rows, sure / walked);
  }

  /** Trims what is only touched, and reads the times at which arcs were entered off the knots. */
  #piece(run: Run, rows: Rows, confidence: number): MatchedPiece {
    const { lengthM } = this.#network;
    const lengthOf = (i: number): number => lengthM[this.#arcs[i]! >>> 1]!;
    let first = 0;
    let last = this.#arcCount - 1;
    let from = this.#knotM[0]!;
    let to = this.#knotM[this.#knotCount - 1]!;
    while (last > first && to - this.#arcBeginM[last]! < TOUCH_M) {
      to = Math.min(to, this.#arcBeginM[last]!);
      last--;
    }
    while (first < last && this.#arcBeginM[first + 1]! - from < TOUCH_M) {
      from = Math.max(from, this.#arcBeginM[first + 1]!);
      first++;
    }
    const fraction = (metres: number, i: number): number => {
      const length = lengthOf(i);
      return length > 0 ? Math.min(1, Math.max(0, (metres - this.#arcBeginM[i]!) / length)) : 0;
    };
    const startFraction = fraction(from, first);
    const endFraction = fraction(to, last);
    const count = last - first + 1;
    const timeMs = new Float64Array(count + 1);
    for (let i = 0, k = 0; i <= count; i++) {
      const at = i === 0 ? from : i === count ? to : this.#arcBeginM[first + i]!;
      while (k + 2 < this.#knotCount && this.#knotM[k + 1]! < at) k++;
      timeMs[i] = this.#timeAt(i === count ? this.#knotCount - 2 : k, at);
    }
    timeMs[0] = this.#knotMs[0]!;
    timeMs[count] = this.#knotMs[this.#knotCount - 1]!;
    return {
      kind: "matched",
      firstPoint: rows.row[run.firstRow]!,
      lastPoint: rows.row[run.lastRow]!,
      arcs: Uint32Array.from(this.#arcs.subarray(first, last + 1)),
      startFraction,
      endFraction,
      timeMs,
      lengthM: Math.max(0, to - from),
      confidence,
    };
  }

  /** Time at a place between knots k and k + 1. */
  #timeAt(k: number, at: number): number {
    if (k < 0) return this.#knotMs[0]!;
    const fromM = this.#knotM[k]!;
    const toM = this.#knotM[k + 1]!;
    const share = toM > fromM ? Math.min(1, Math.max(0, (at - fromM) / (toM - fromM))) : 1;
    return this.#knotMs[k]! + share * (this.#knotMs[k + 1]! - this.#knotMs[k]!);
  }

  #addArc(arc: number, beginM: number): void {
    if (this.#arcCount === this.#arcs.length) {
      this.#arcs = doubled(this.#arcs);
      this.#arcBeginM = doubled(this.#arcBeginM);
    }
    this.#arcs[this.#arcCount] = arc;
    this.#arcBeginM[this.#arcCount++] = beginM;
  }

  #addKnot(metres: number, timeMs: number): void {
    if (this.#knotCount === this.#knotM.length) {
      this.#knotM = doubled(this.#knotM);
      this.#knotMs = doubled(this.#knotMs);
    }
    this.#knotM[this.#knotCount] = metres;
    this.#knotMs[this.#knotCount++] = timeMs;
  }
}

/** Maximal runs of steps that one piece can hold. */
function runsOf(chosen: Chosen, steps: Steps, network: Network): Run[] {
  const { arc, link, offsetM, firstBetween, between } = chosen;
  const runs: Run[] = [];
  for (let s = 0; s < chosen.count; s++) {
    const isOn = arc[s]! >= 0;
    const run = runs.at(-1);
    const wasOn = run?.isOn ?? false;
    let isTurned = false;
    if (isOn && wasOn) {
      const before = arc[s - 1]!;
      isTurned =
        link[s] === LINK.TURN_BACK ||
        (link[s] === LINK.FAR &&
          firstBetween[s + 1]! > firstBetween[s]! &&
          between[firstBetween[s]!] === (before ^ 1));
    }
    const isJoined = isOn ? link[s] !== LINK.GAP && link[s] !== LINK.RETURN && !isTurned : true;
    if (run !== undefined && wasOn === isOn && isJoined) {
      run.lastStep = s;
      run.lastRow = steps.last[s]!;
      continue;
    }
    if (run !== undefined && isTurned) {
      const length = network.lengthM[arc[s - 1]! >>> 1]!;
      const back = arc[s] === (arc[s - 1]! ^ 1) ? length - offsetM[s]! : 0;
      run.turnM = Math.max(offsetM[s - 1]!, back);
    }
    runs.push({
      isOn,
      firstStep: s,
      lastStep: s,
      firstRow: steps.first[s]!,
      lastRow: steps.last[s]!,
      turnM: Number.NaN,
    });
  }
  return runs;
}

/** Gives each row to one run, and a gap between two runs on the network a run of its own. */
function spread(runs: readonly Run[], rows: Rows): Run[] {
  const spreadRuns: Run[] = [];
  for (let i = 0; i < runs.length; i++) {
    const left = runs[i]!;
    const right = runs[i + 1];
    spreadRuns.push(left);
    if (right === undefined) left.lastRow = rows.count - 1;
    else if (left.isOn && right.isOn && Number.isNaN(left.turnM)) {
      // The rows between are the gap's; where there are none it takes one from either side.
      const isBare = left.lastRow + 1 === right.firstRow;
      const firstRow = isBare ? left.lastRow-- : left.lastRow + 1;
      const lastRow = isBare ? right.firstRow++ : right.firstRow - 1;
      const { lastStep } = left;
      const { firstStep } = right;
      spreadRuns.push({
        isOn: false,
        firstStep: lastStep,
        lastStep: firstStep,
        firstRow,
        lastRow,
        turnM: Number.NaN,
      });
    } else if (left.isOn) right.firstRow = left.lastRow + 1;
    else left.lastRow = right.firstRow - 1;
  }
  return spreadRuns;
}

/** Time at which the path turned back before step s, by the way on both sides of the turn. */
function turnTime(s: number, chosen: Chosen, steps: Steps, network: Network): number {
  const { arc, offsetM } = chosen;
  const length = network.lengthM[arc[s - 1]! >>> 1]!;
  const before = offsetM[s - 1]!;
  const back = arc[s] === (arc[s - 1]! ^ 1) ? length - offsetM[s]! : 0;
  const turn = Math.max(before, back);
  const there = turn - before;
  const again = turn - back;
  const share = there + again > 0 ? there / (there + again) : 0.5;
  return steps.leaveMs[s - 1]! + share * (steps.timeMs[s]! - steps.leaveMs[s - 1]!);
}
