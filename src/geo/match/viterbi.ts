/**
 * The most likely states of a track (Viterbi 1967) in the hidden Markov model of Newson & Krumm
 * (ACM GIS 2009), with one more state on every step: off the network. Any step follows any other, by
 * a route, off the network or across a gap, so no sequence ever breaks. States more than a beam
 * behind the best are given up. O(Σ live states · row entries), about 3 µs a step; this is the loop
 * that the speed of an import depends on, hence flat arrays, locals and no allocation.
 */
import { METRES_PER_UNIT } from "../lonlat.ts";
import type { Network } from "../network/network.ts";
import type { ProfileArcs } from "../network/profile.ts";
import { type CandidateIndex, cosine, createNearby, lookUp, type Nearby } from "./candidate.ts";
import { Chosen } from "./chosen.ts";
import { emissionOf, temperOf } from "./emission.ts";
import { clearFarFound, createFarFound, FarSearch } from "./far-search.ts";
import { gapLimitM } from "./gap.ts";
import { Lattice, LINK, OFF } from "./lattice.ts";
import type { MatchOptions } from "./options.ts";
import type { Steps } from "./thin.ts";
import { betaOf, ENTRY, hasteOf, RouteRows, TURN } from "./transition.ts";

/** Stored units of latitude after which metres per unit of longitude are taken anew: 2 km. */
const LATITUDE_BAND = 180_000;
/** Steps in the lattice before its front is decided and drained: bounds memory at about 100 MB. */
const WINDOW = 65_536;
/** Steps kept undecided behind; survivors were seen to agree after a few dozen. */
const LAG = 1024;
/** Metres beyond which no fix, however poor, is said to be on a road. */
const FARTHEST_M = 150;
/** Most edges kept for a noisy recorder. */
const MANY = 40;
/** σ within which candidates are looked for, however noisy the recorder. */
const RADIUS_SIGMAS = 6;
/** Nats that a dense step costs at least when no short way leads to a likely place. */
const STUCK = 8;
/** Nats behind the best route at which a search between far steps stops. */
const FAR_BEAM = 15;

export class Viterbi {
  readonly lattice = new Lattice();
  readonly chosen = new Chosen();
  readonly rows: RouteRows;
  /** Set to keep every step in the lattice, for the debug form. */
  isKept = false;

  readonly #network: Network;
  readonly #isOpen: Uint8Array;
  /** Seconds per metre at the highest usual speed of the profile on an arc. */
  readonly #slowness: Float32Array;
  readonly #index: CandidateIndex;
  readonly #options: MatchOptions;
  readonly #speedLimit: number;
  readonly #usualSpeed: number;
  readonly #nearby: Nearby;
  readonly #far: FarSearch;

  /** Lists of the current step's on-network states, by arc and by the node where their arc begins. */
  readonly #stateOfArc: Int32Array;
  readonly #stateOfNode: Int32Array;
  readonly #nextOnArc: Int32Array;
  readonly #nextAtNode: Int32Array;
  /** Of the current step: metres along the arc, and the best and second-best ways to each state. */
  readonly #offsetM: Float64Array;
  readonly #best: Float64Array;
  readonly #second: Float64Array;
  readonly #from: Int32Array;
  readonly #secondFrom: Int32Array;
  readonly #link: Int32Array;
  readonly #found;

  #sigmaM = 5;
  #radiusM = 40;
  /** Edges kept per step: as many more as the radius is wider. */
  #limit = 16;
  #latitude = Number.NaN;
  #metresPerX = 1;
  /** Metres by which route and straight line differ for a nat, at this step. */
  #beta = 8;
  /** Of the step before: lowest cost of all states and of those on the network, and which that is. */
  #lowest = 0;
  #lowestOn = Number.POSITIVE_INFINITY;
  #lowestOnState = -1;

  constructor(
    network: Network,
    arcs: ProfileArcs,
    index: CandidateIndex,
    options: MatchOptions,
    speedLimit: number,
    usualSpeed: number,
  ) {
    this.#network = network;
    this.#isOpen = arcs.isOpen;
    this.#slowness = slownessOf(arcs, options.headroom);
    this.#index = index;
    this.#options = options;
    this.#speedLimit = speedLimit;
    this.#usualSpeed = usualSpeed;
    this.rows = new RouteRows(network, arcs, index, options.rowM);
    this.#far = new FarSearch(network, arcs, index, this.#slowness, options.haste);
    this.#nearby = createNearby(network.edgeCount);
    const states = 2 * Math.max(MANY, options.maxCandidates) + 1;
    this.#stateOfArc = new Int32Array(2 * network.edgeCount).fill(-1);
    this.#stateOfNode = new Int32Array(network.nodeCount).fill(-1);
    this.#nextOnArc = new Int32Array(states);
    this.#nextAtNode = new Int32Array(states);
    this.#offsetM = new Float64Array(states);
    this.#best = new Float64Array(states);
    this.#second = new Float64Array(states);
    this.#from = new Int32Array(states);
    this.#secondFrom = new Int32Array(states);
    this.#link = new Int32Array(states);
    this.#found = createFarFound(states);
  }

  /** Finds the states of all steps and leaves them in `chosen`. */
  run(steps: Steps, sigmaM: number): void {
    const { radiusM, maxCandidates } = this.#options;
    this.#sigmaM = sigmaM;
    this.#radiusM = Math.max(radiusM, RADIUS_SIGMAS * sigmaM);
    this.#limit = Math.max(
      maxCandidates,
      Math.min(MANY, Math.round((maxCandidates * this.#radiusM) / radiusM)),
    );
    this.#latitude = Number.NaN;
    this.rows.forget();
    this.lattice.clear();
    this.chosen.clear(steps.count);
    for (let s = 0; s < steps.count; s++) {
      this.#step(steps, s);
      if (this.lattice.stepCount === WINDOW && !this.isKept) {
        this.chosen.decide(this.lattice, this.#network, this.rows, WINDOW - LAG);
        this.lattice.drop(WINDOW - LAG);
      }
    }
    this.chosen.decide(this.lattice, this.#network, this.rows, this.lattice.stepCount);
  }

  /** Adds one step: its states, the best way to each of them, and their costs. */
  #step(steps: Steps, s: number): void {
    const { correlationS, minTemper, robustSigmas, offSigmas, betaM, betaPerM, haste } =
      this.#options;
    const x = steps.x[s]!;
    const y = steps.y[s]!;
    if (!(Math.abs(y - this.#latitude) < LATITUDE_BAND)) {
      this.#latitude = y;
      this.#metresPerX = METRES_PER_UNIT * cosine(y + this.#index.originLat);
    }
    let straight = 0;
    let seconds = Number.NaN;
    if (s > 0) {
      const dx = (x - steps.x[s - 1]!) * this.#metresPerX;
      const dy = (y - steps.y[s - 1]!) * METRES_PER_UNIT;
      straight = Math.sqrt(dx * dx + dy * dy);
      seconds = (steps.timeMs[s]! - steps.leaveMs[s - 1]!) / 1000;
    }
    // The first fix has no fix before it; it is as new as the second will be.
    const interval =
      s > 0 || steps.count < 2 ? this.#interval(seconds, straight) : this.#after(steps);
    const temper = temperOf(interval, correlationS, minTemper);
    const sigma = Math.max(this.#sigmaM, steps.accuracyM[s]!);
    const weight = temper / (2 * sigma * sigma);
    const offEmission = emissionOf(offSigmas * sigma, weight, robustSigmas * sigma);

    const lattice = this.lattice;
    const first = lattice.stateCount;
    const before = lattice.stepCount === 0 ? -1 : lattice.firstState[lattice.stepCount - 1]!;
    const speed = seconds > 0 ? straight / seconds : 0;
    const worse = s > 0 ? Math.max(sigma, steps.accuracyM[s - 1]!) : sigma;
    this.#beta = betaOf(straight, (betaM * worse) / this.#sigmaM, betaPerM);
    const hasteNats = (haste * straight) / this.#beta;
    // A fix that the recorder itself calls poor is looked for further away.
    const radiusM = Math.min(FARTHEST_M, Math.max(this.#radiusM, 2 * sigma));
    this.#addStates(x, y, radiusM, weight, robustSigmas * sigma, offEmission, speed, hasteNats);
    const count = lattice.stateCount - first;
    if (before >= 0) {
      this.#offAndGap(first, straight);
      const isNear = straight + this.#options.slackM <= this.#options.rowM;
      if (isNear) this.#near(before, first, straight);
      if (!isNear || this.#isStuck(first, count)) {
        this.#reachFar(before, first, straight, seconds, x, y);
      }
    }
    this.#finish(first, before < 0);
  }

  #interval(seconds: number, straight: number): number {
    return seconds >= 0 ? seconds : straight / this.#usualSpeed;
  }

  /** Seconds from the first step to the second. */
  #after(steps: Steps): number {
    const dx = (steps.x[1]! - steps.x[0]!) * this.#metresPerX;
    const dy = (steps.y[1]! - steps.y[0]!) * METRES_PER_UNIT;
    const seconds = (steps.timeMs[1]! - steps.leaveMs[0]!) / 1000;
    return this.#interval(seconds, Math.sqrt(dx * dx + dy * dy));
  }

  /** The candidates of a fix as states, the state off the network last, with their emissions. */
  #addStates(
    x: number,
    y: number,
    radiusM: number,
    weight: number,
    kneeM: number,
    offEmission: number,
    speed: number,
    hasteNats: number,
  ): void {
    const nearby = this.#nearby;
    lookUp(this.#index, nearby, x, y, this.#metresPerX, radiusM, this.#limit);
    const isOpen = this.#isOpen;
    const slowness = this.#slowness;
    const { source, target, lengthM } = this.#network;
    const stateOfArc = this.#stateOfArc;
    const stateOfNode = this.#stateOfNode;
    const nextOnArc = this.#nextOnArc;
    const nextAtNode = this.#nextAtNode;
    const offsetOf = this.#offsetM;
    const lattice = this.lattice;
    lattice.reserve(2 * nearby.count + 1);
    const { arc, offsetM, distanceM, emission } = lattice;
    const first = lattice.stateCount;
    let n = first;
    for (let i = 0; i < nearby.count; i++) {
      const e = nearby.edge[i]!;
      const length = lengthM[e]!;
      const distance = Math.sqrt(nearby.squaredM[i]!);
      const offset = Math.min(nearby.offsetM[i]!, length);
      const cost = emissionOf(distance, weight, kneeM);
      for (let a = 2 * e; a <= 2 * e + 1; a++) {
        if (isOpen[a] === 0) continue;
        const b = n - first;
        const along = (a & 1) === 0 ? offset : length - offset;
        const node = (a & 1) === 0 ? source[e]! : target[e]!;
        arc[n] = a;
        offsetM[n] = along;
        offsetOf[b] = offsetM[n]!;
        distanceM[n] = distance;
        emission[n] = cost + hasteNats * hasteOf(speed, slowness[a]!);
        nextOnArc[b] = stateOfArc[a]!;
        stateOfArc[a] = b;
        nextAtNode[b] = stateOfNode[node]!;
        stateOfNode[node] = b;
        n++;
      }
    }
    arc[n] = OFF;
    offsetM[n] = 0;
    distanceM[n] = 0;
    emission[n] = offEmission;
    lattice.stateCount = n + 1;
    lattice.firstState[++lattice.stepCount] = n + 1;
  }

  /** Ways between dense steps: along the arc, turning back on it, and by the rows. */
  #near(before: number, first: number, straight: number): void {
    const { turnM, turnPerM, slackM, backwardM, beam } = this.#options;
    const { source, target, lengthM } = this.#network;
    const { headingStart, headingEnd } = this.#index;
    const { arc, offsetM, cost } = this.lattice;
    const rows = this.rows;
    let { entry, entryFloat } = rows;
    const rowFirst = rows.first;
    const rowEnd = rows.end;
    const stateOfArc = this.#stateOfArc;
    const stateOfNode = this.#stateOfNode;
    const nextOnArc = this.#nextOnArc;
    const nextAtNode = this.#nextAtNode;
    const offsetOf = this.#offsetM;
    const best = this.#best;
    const second = this.#second;
    const from = this.#from;
    const secondFrom = this.#secondFrom;
    const link = this.#link;
    const perM = 1 / this.#beta;
    const turnCost = (turnM + turnPerM * straight) * perM;
    const limit = straight + slackM;
    // A gap from the likeliest state reaches every state: what costs more already cannot win.
    const threshold = Math.min(this.#lowest + beam, this.#lowestOn + this.#options.gapCost);
    // The last state of a step is the one off the network.
    for (let a = before; a < first - 1; a++) {
      const past = cost[a]!;
      if (past > threshold) continue;
      const on = arc[a]!;
      const offset = offsetM[a]!;
      const edge = on >>> 1;
      const length = lengthM[edge]!;
      for (let b = stateOfArc[on]!; b >= 0; b = nextOnArc[b]!) {
        const along = offsetOf[b]! - offset;
        if (along < -backwardM || along > limit) continue;
        // Slipping back is noise: it is dearer than the same way ahead.
        const excess = along < 0 ? straight - 1.5 * along : along - straight;
        const v = past + (excess < 0 ? -excess : excess) * perM;
        if (v < best[b]!) {
          second[b] = best[b]!;
          secondFrom[b] = from[b]!;
          best[b] = v;
          from[b] = a;
          link[b] = LINK.ALONG;
        } else if (v < second[b]!) {
          second[b] = v;
          secondFrom[b] = a;
        }
      }
      for (let b = stateOfArc[on ^ 1]!; b >= 0; b = nextOnArc[b]!) {
        const along = length - offsetOf[b]! - offset;
        const excess = (along < 0 ? -along : along) - straight;
        const v = past + (excess < 0 ? -excess : excess) * perM + turnCost;
        if (v < best[b]!) {
          second[b] = best[b]!;
          secondFrom[b] = from[b]!;
          best[b] = v;
          from[b] = a;
          link[b] = LINK.TURN_BACK;
        } else if (v < second[b]!) {
          second[b] = v;
          secondFrom[b] = a;
        }
      }
      const rest = length - offset;
      if (rest > limit) continue;
      const node = (on & 1) === 0 ? target[edge]! : source[edge]!;
      if (rowFirst[node]! < 0) {
        rows.search(node);
        entry = rows.entry;
        entryFloat = rows.entryFloat;
      }
      const heading = headingEnd[on]!;
      const excessBase = rest - straight;
      for (let q = rowFirst[node]! * ENTRY, end = rowEnd[node]! * ENTRY; q < end; q += ENTRY) {
        const between = entryFloat[q + 1]!;
        if (rest + between > limit) break;
        let b = stateOfNode[entry[q]!]!;
        if (b < 0) continue;
        const headings = entry[q + 3]!;
        let turned = 0;
        let last = heading;
        if (headings >= 0) {
          turned = entryFloat[q + 2]! + TURN[((headings & 255) - heading) & 255]!;
          last = headings >> 8;
        }
        const excessHere = excessBase + between;
        for (; b >= 0; b = nextAtNode[b]!) {
          const excess = excessHere + offsetOf[b]!;
          if (excess > slackM) continue;
          const next = arc[first + b]!;
          const v =
            past +
            (excess < 0 ? -excess : excess) * perM +
            turnCost * (turned + TURN[(headingStart[next]! - last) & 255]!);
          if (v < best[b]!) {
            second[b] = best[b]!;
            secondFrom[b] = from[b]!;
            best[b] = v;
            from[b] = a;
            link[b] = LINK.ROW;
          } else if (v < second[b]!) {
            second[b] = v;
            secondFrom[b] = a;
          }
        }
      }
    }
  }

  /** Whether the step is so dear that the way may be longer than the rows reach. */
  #isStuck(first: number, count: number): boolean {
    if (this.#lowestOn > this.#lowest + STUCK) return false;
    const { emission } = this.lattice;
    const limit = this.#lowest + STUCK;
    for (let b = 0; b < count - 1; b++) {
      if (this.#best[b]! + emission[first + b]! < limit) return false;
    }
    return count > 1;
  }

  /** Ways between far steps: along the arc, and one search for all others. */
  #reachFar(
    before: number,
    first: number,
    straight: number,
    seconds: number,
    x: number,
    y: number,
  ): void {
    const { backwardM, beam, gapCost, maxSettled } = this.#options;
    const turnM = this.#options.turnM + this.#options.turnPerM * straight;
    const lattice = this.lattice;
    const { arc, offsetM, cost } = lattice;
    const count = lattice.stateCount - 1 - first;
    const beta = this.#beta;
    const limitM = gapLimitM(straight, seconds, this.#speedLimit, 2 * this.#radiusM);
    const threshold = this.#lowest + beam;
    const far = this.#far;
    const found = this.#found;
    clearFarFound(found, count);
    if (count === 0 || straight > limitM) return;
    const speed = seconds > 0 ? straight / seconds : 0;
    far.begin(x, y, this.#metresPerX, this.#radiusM, speed);
    for (let a = before; a < first - 1; a++) {
      const past = cost[a]!;
      if (past > threshold) continue;
      far.addSource(a, arc[a]!, offsetM[a]!, (past - this.#lowest) * beta, turnM);
      for (let b = this.#stateOfArc[arc[a]!]!; b >= 0; b = this.#nextOnArc[b]!) {
        const along = this.#offsetM[b]! - offsetM[a]!;
        if (along < -backwardM || along > limitM) continue;
        this.#offer(b, a, past + Math.abs(along - straight) / beta, LINK.ALONG);
      }
      for (let b = this.#stateOfArc[arc[a]! ^ 1]!; b >= 0; b = this.#nextOnArc[b]!) {
        const length = this.#network.lengthM[arc[a]! >>> 1]!;
        const along = Math.abs(length - this.#offsetM[b]! - offsetM[a]!);
        if (along > limitM) continue;
        const v = past + (Math.abs(along - straight) + turnM) / beta;
        this.#offer(b, a, v, LINK.TURN_BACK);
      }
    }
    const limit = straight + gapCost * beta;
    const slack = FAR_BEAM * beta;
    far.run(
      this.#stateOfArc,
      this.#nextOnArc,
      this.#offsetM,
      turnM,
      limit,
      limitM,
      slack,
      maxSettled,
      found,
    );
    for (let b = 0; b < count; b++) {
      if (found.source[b]! < 0) continue;
      const length = found.lengthM[b]!;
      const extra = found.key[b]! - length + Math.abs(length - straight);
      const v = this.#lowest + extra / beta;
      if (v < this.#best[b]!) {
        const lastArc = found.lastArc[b]!;
        const arcs = far.countBack(lastArc);
        lattice.reserveRoute(arcs);
        const at = lattice.routeLength;
        lattice.route[at] = arcs;
        far.readBack(lastArc, lattice.route, at + 1);
        lattice.route.subarray(at + 1, at + 1 + arcs).reverse();
        lattice.routeLength += arcs + 1;
        this.#offer(b, found.source[b]!, v, at);
      } else {
        this.#offer(b, found.source[b]!, v, LINK.START);
      }
      if (found.rivalSource[b]! >= 0) {
        const rival = this.#lowest + (found.rivalKey[b]! - straight) / beta;
        if (rival >= this.#best[b]!) this.#offer(b, found.rivalSource[b]!, rival, LINK.START);
      }
    }
  }

  /**
   * Ways off the network, back to it, and across a gap: the same for all states of the step, so they
   * come first and every other way has to be better.
   */
  #offAndGap(first: number, straight: number): void {
    const { offPerM, leaveCost, returnCost, gapCost } = this.#options;
    const lattice = this.lattice;
    const best = this.#best;
    const second = this.#second;
    const from = this.#from;
    const secondFrom = this.#secondFrom;
    const link = this.#link;
    const offBefore = first - 1;
    const off = lattice.stateCount - 1 - first;
    const perM = offPerM * straight;
    const onState = this.#lowestOnState;
    const stay = lattice.cost[offBefore]! + perM;
    const leave = this.#lowestOn + leaveCost + perM;
    const isStay = stay <= leave;
    best[off] = isStay ? stay : leave;
    second[off] = isStay ? leave : stay;
    from[off] = isStay ? offBefore : onState;
    secondFrom[off] = isStay ? onState : offBefore;
    link[off] = isStay ? LINK.STAY_OFF : LINK.LEAVE;
    const back = stay + returnCost;
    const gap = this.#lowestOn + gapCost + perM;
    const isBack = back <= gap;
    const lower = isBack ? back : gap;
    const higher = isBack ? gap : back;
    const lowerFrom = isBack ? offBefore : onState;
    const higherFrom = isBack ? onState : offBefore;
    const how = isBack ? LINK.RETURN : LINK.GAP;
    for (let b = 0; b < off; b++) {
      best[b] = lower;
      second[b] = higher;
      from[b] = lowerFrom;
      secondFrom[b] = higherFrom;
      link[b] = how;
    }
  }

  #offer(b: number, a: number, v: number, link: number): void {
    if (v < this.#best[b]!) {
      this.#second[b] = this.#best[b]!;
      this.#secondFrom[b] = this.#from[b]!;
      this.#best[b] = v;
      this.#from[b] = a;
      this.#link[b] = link;
    } else if (v < this.#second[b]! && a !== this.#from[b]) {
      this.#second[b] = v;
      this.#secondFrom[b] = a;
    }
  }

  /** Writes the step's costs into the lattice and empties the lists for the next. */
  #finish(first: number, isFirst: boolean): void {
    const { source, target } = this.#network;
    const lattice = this.lattice;
    const { arc, cost, emission, back, rival, margin, link } = lattice;
    const end = lattice.stateCount;
    let lowest = Number.POSITIVE_INFINITY;
    let lowestOn = Number.POSITIVE_INFINITY;
    let lowestOnState = -1;
    for (let n = first; n < end; n++) {
      const b = n - first;
      if (isFirst) {
        // To begin off the network is as dear as to leave it.
        cost[n] = emission[n]! + (arc[n] === OFF ? this.#options.leaveCost : 0);
        back[n] = -1;
        rival[n] = -1;
        margin[n] = Number.POSITIVE_INFINITY;
        link[n] = LINK.START;
      } else {
        cost[n] = this.#best[b]! + emission[n]!;
        back[n] = this.#from[b]!;
        rival[n] = this.#secondFrom[b]!;
        margin[n] = this.#second[b]! - this.#best[b]!;
        link[n] = this.#link[b]!;
      }
      if (cost[n]! < lowest) lowest = cost[n]!;
      const a = arc[n]!;
      if (a === OFF) continue;
      if (cost[n]! < lowestOn) {
        lowestOn = cost[n]!;
        lowestOnState = n;
      }
      this.#stateOfArc[a] = -1;
      this.#stateOfNode[(a & 1) === 0 ? source[a >>> 1]! : target[a >>> 1]!] = -1;
    }
    this.#lowest = lowest;
    this.#lowestOn = lowestOn;
    this.#lowestOnState = lowestOnState;
  }
}

/** Per arc the seconds that a metre takes at the highest usual speed. */
function slownessOf(arcs: ProfileArcs, headroom: number): Float32Array {
  return Float32Array.from(arcs.speedMps, (speed) => (speed > 0 ? 1 / (headroom * speed) : 0));
}
