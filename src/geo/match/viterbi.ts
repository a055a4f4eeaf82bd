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
const RADIUS_SIGMAS = 4;
/** Nats that a dense step costs at least when no short way leads to a likely place. */
const STUCK = 8;
/** Cost per metre, in metres of the best way, up to which a way is taken willingly; and the most counted beyond. */
const WILLING = 2;
const MAX_RELUCTANCE = 4;
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
  /** Per arc how far its cost is beyond what anybody takes willingly. */
  readonly #reluctance: Float32Array;
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

  /** The step that comes next. */
  #next = 0;
  #sigmaM = 5;
  #radiusM = 40;
  /** Edges kept per step: as many more as the radius is wider. */
  #limit = 16;
  #latitude = Number.NaN;
  #metresPerX = 1;
  /** Metres by which route and straight line differ for a nat, at this step. */
  #beta = 8;
  /** Nats per squared metre by which the error changes from state to state, and where they grow slower. */
  #drift = 0;
  #driftKneeM = 10;
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
    this.#reluctance = arcs.cost.map((c) => Math.min(MAX_RELUCTANCE, Math.max(0, c - WILLING)));
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

  /**
   * Begins a track anew; `advance` follows.
   *
   * @param sigmaM metres, σ of a fix across the path
   */
  begin(steps: Steps, sigmaM: number): void {
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
    this.#next = 0;
  }

  /** Takes in the steps up to `end`; when these are all, their states are in `chosen`. */
  advance(steps: Steps, end: number): void {
    for (; this.#next < end; this.#next++) {
      this.#step(steps, this.#next);
      if (this.lattice.stepCount === WINDOW && !this.isKept) {
        this.chosen.decide(this.lattice, this.#network, this.rows, WINDOW - LAG);
        this.lattice.drop(WINDOW - LAG);
      }
    }
    if (end < steps.count) return;
    this.chosen.decide(this.lattice, this.#network, this.rows, this.lattice.stepCount);
  }

  /** Metres from fix to state where the likeliest path so far is on the network. */
  distancesSoFarM(): Float64Array {
    const { firstState, stepCount, stateCount, arc, cost, back, distanceM } = this.lattice;
    const distances = new Float64Array(stepCount);
    let state = firstState[stepCount - 1]!;
    for (let b = state; b < stateCount; b++) if (cost[b]! < cost[state]!) state = b;
    let n = 0;
    for (let s = stepCount - 1; s >= 0; s--) {
      if (arc[state] !== OFF) distances[n++] = distanceM[state]!;
      state = back[state]!;
    }
    return distances.subarray(0, n);
  }

  /** Adds one step: its states, the best way to each of them, and their costs. */
  #step(steps: Steps, s: number): void {
    const {
      correlationS,
      minTemper,
      robustSigmas,
      offSigmas,
      betaM,
      betaPerM,
      haste,
      driftS,
      driftFloorM,
      drift,
      slackBetas,
      rowM,
      pauseM,
      reluctantPerM,
    } = this.#options;
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
      s > 0 || steps.count < 2 ? this.#interval(betweenS(steps, s), straight) : this.#after(steps);
    const temper = temperOf(interval, correlationS, minTemper);
    const sigma = Math.max(this.#sigmaM, steps.accuracyM[s]!);
    const weight = temper / (2 * sigma * sigma);
    const offEmission = emissionOf(offSigmas * sigma, weight, robustSigmas * sigma);

    const lattice = this.lattice;
    const first = lattice.stateCount;
    const before = lattice.stepCount === 0 ? -1 : lattice.firstState[lattice.stepCount - 1]!;
    const speed = speedOf(steps, s, straight, seconds, pauseM);
    const worse = s > 0 ? Math.max(sigma, steps.accuracyM[s - 1]!) : sigma;
    this.#beta = betaOf(straight, (betaM * worse) / this.#sigmaM, betaPerM);
    const hasteNats = (haste * straight) / this.#beta;
    const reluctantNats = reluctantPerM * straight;
    const rho = Math.exp(-interval / driftS);
    const change = worse * worse * (1 - rho * rho) + driftFloorM * driftFloorM;
    this.#drift = (drift * rho) / (2 * change);
    this.#driftKneeM = robustSigmas * Math.sqrt(change);
    // A fix that the recorder itself calls poor is looked for further away.
    const radiusM = Math.min(FARTHEST_M, Math.max(this.#radiusM, 2 * sigma));
    this.#addStates(
      x,
      y,
      radiusM,
      weight,
      robustSigmas * sigma,
      offEmission,
      speed,
      hasteNats,
      reluctantNats,
    );
    const count = lattice.stateCount - first;
    if (before >= 0) {
      this.#offAndGap(first, straight);
      const slackM = slackBetas * this.#beta * Math.sqrt(Math.max(1, worse / this.#options.sigmaM));
      const isNear = straight + slackM <= rowM;
      if (isNear) this.#near(before, first, straight, slackM);
      if (!isNear || this.#isStuck(first, count)) {
        this.#reachFar(before, first, straight, seconds, speed, x, y);
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
    return this.#interval(betweenS(steps, 1), Math.sqrt(dx * dx + dy * dy));
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
    reluctantNats: number,
  ): void {
    const nearby = this.#nearby;
    const isOpen = this.#isOpen;
    lookUp(this.#index, nearby, x, y, this.#metresPerX, radiusM, this.#limit);
    const slowness = this.#slowness;
    const reluctance = this.#reluctance;
    const { source, target, lengthM } = this.#network;
    const stateOfArc = this.#stateOfArc;
    const stateOfNode = this.#stateOfNode;
    const nextOnArc = this.#nextOnArc;
    const nextAtNode = this.#nextAtNode;
    const offsetOf = this.#offsetM;
    const lattice = this.lattice;
    lattice.reserve(2 * nearby.count + 1);
    const { arc, offsetM, distanceM, eastM, northM, emission } = lattice;
    const first = lattice.stateCount;
    let n = first;
    let mostReluctant = 0;
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
        eastM[n] = nearby.eastM[i]!;
        northM[n] = nearby.northM[i]!;
        const reluctant = reluctantNats * reluctance[a]!;
        if (reluctant > mostReluctant) mostReluctant = reluctant;
        emission[n] = cost + hasteNats * hasteOf(speed, slowness[a]!) + reluctant;
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
    // Reluctance tells ways from ways; nobody rides through the hedge for it.
    emission[n] = offEmission + mostReluctant;
    lattice.stateCount = n + 1;
    lattice.firstState[++lattice.stepCount] = n + 1;
  }

  /** Ways between dense steps: along the arc, turning back on it, and by the rows. */
  #near(before: number, first: number, straight: number, slackM: number): void {
    const { turnM, turnPerM, backwardM } = this.#options;
    const { source, target, lengthM } = this.#network;
    const { headingStart, headingEnd } = this.#index;
    const { arc, offsetM, eastM, northM, cost } = this.lattice;
    const drift = this.#drift;
    const kneeM = this.#driftKneeM;
    const knee2 = kneeM * kneeM;
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
    const threshold = this.#threshold(first, straight);
    // The last state of a step is the one off the network.
    for (let a = before; a < first - 1; a++) {
      const past = cost[a]!;
      if (past > threshold) continue;
      const on = arc[a]!;
      const east = eastM[a]!;
      const north = northM[a]!;
      const offset = offsetM[a]!;
      const edge = on >>> 1;
      const length = lengthM[edge]!;
      for (let b = stateOfArc[on]!; b >= 0; b = nextOnArc[b]!) {
        const along = offsetOf[b]! - offset;
        if (along < -backwardM || along > limit) continue;
        // Slipping back is noise: it is dearer than the same way ahead.
        const excess = along < 0 ? straight - 1.5 * along : along - straight;
        const dx = eastM[first + b]! - east;
        const dy = northM[first + b]! - north;
        const d2 = dx * dx + dy * dy;
        const v =
          past +
          (excess < 0 ? -excess : excess) * perM +
          drift * (d2 <= knee2 ? d2 : kneeM * (2 * Math.sqrt(d2) - kneeM));
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
        const dx = eastM[first + b]! - east;
        const dy = northM[first + b]! - north;
        const d2 = dx * dx + dy * dy;
        const v =
          past +
          (excess < 0 ? -excess : excess) * perM +
          turnCost +
          drift * (d2 <= knee2 ? d2 : kneeM * (2 * Math.sqrt(d2) - kneeM));
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
          if (past >= second[b]!) continue;
          const excess = excessHere + offsetOf[b]!;
          if (excess > slackM) continue;
          const next = arc[first + b]!;
          let v =
            past +
            (excess < 0 ? -excess : excess) * perM +
            turnCost * (turned + TURN[(headingStart[next]! - last) & 255]!);
          if (v >= second[b]!) continue;
          const dx = eastM[first + b]! - east;
          const dy = northM[first + b]! - north;
          const d2 = dx * dx + dy * dy;
          v += drift * (d2 <= knee2 ? d2 : kneeM * (2 * Math.sqrt(d2) - kneeM));
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

  /**
   * The cost from which a state of the step before is given up: far behind the likeliest on the
   * network, or dearer than to return to where it leads from off the network.
   */
  #threshold(first: number, straight: number): number {
    const { beam, returnCost, offPerM } = this.#options;
    const off = this.lattice.cost[first - 1]!;
    return Math.min(this.#lowestOn + beam, off + offPerM * straight + returnCost);
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
    speed: number,
    x: number,
    y: number,
  ): void {
    const { backwardM, gapCost, maxSettled } = this.#options;
    const turnM = this.#options.turnM + this.#options.turnPerM * straight;
    const lattice = this.lattice;
    const { arc, offsetM, cost } = lattice;
    const count = lattice.stateCount - 1 - first;
    const beta = this.#beta;
    const limitM = gapLimitM(straight, seconds, this.#speedLimit, 2 * this.#radiusM);
    const threshold = this.#threshold(first, straight);
    const far = this.#far;
    const found = this.#found;
    clearFarFound(found, count);
    if (count === 0 || straight > limitM) return;
    far.begin(x, y, this.#metresPerX, this.#radiusM, speed);
    for (let a = before; a < first - 1; a++) {
      const past = cost[a]!;
      if (past > threshold) continue;
      far.addSource(a, arc[a]!, offsetM[a]!, (past - this.#lowest) * beta, turnM);
      for (let b = this.#stateOfArc[arc[a]!]!; b >= 0; b = this.#nextOnArc[b]!) {
        const along = this.#offsetM[b]! - offsetM[a]!;
        if (along < -backwardM || along > limitM) continue;
        const v = past + Math.abs(along - straight) / beta + this.#driftCost(a, first + b);
        this.#offer(b, a, v, LINK.ALONG);
      }
      for (let b = this.#stateOfArc[arc[a]! ^ 1]!; b >= 0; b = this.#nextOnArc[b]!) {
        const length = this.#network.lengthM[arc[a]! >>> 1]!;
        const along = Math.abs(length - this.#offsetM[b]! - offsetM[a]!);
        if (along > limitM) continue;
        const v =
          past + (Math.abs(along - straight) + turnM) / beta + this.#driftCost(a, first + b);
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
      const v = this.#lowest + extra / beta + this.#driftCost(found.source[b]!, first + b);
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

  /** Nats for the error that changes between two states. */
  #driftCost(a: number, b: number): number {
    const { eastM, northM } = this.lattice;
    const dx = eastM[b]! - eastM[a]!;
    const dy = northM[b]! - northM[a]!;
    return emissionOf(Math.sqrt(dx * dx + dy * dy), this.#drift, this.#driftKneeM);
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

/** Seconds between the middles of two steps: over these the error changes. NaN without times. */
function betweenS({ timeMs, leaveMs }: Steps, s: number): number {
  if (s === 0) return Number.NaN;
  return (timeMs[s]! + leaveMs[s]! - timeMs[s - 1]! - leaveMs[s - 1]!) / 2000;
}

/** Metres per second to a step; the middle of a pause is not quite where it began or ended. */
function speedOf(
  { timeMs, leaveMs }: Steps,
  s: number,
  straight: number,
  seconds: number,
  pauseM: number,
): number {
  if (!(seconds > 0)) return 0;
  const isPaused = timeMs[s] !== leaveMs[s] || timeMs[s - 1] !== leaveMs[s - 1];
  return Math.max(0, isPaused ? straight - pauseM : straight) / seconds;
}

/** Per arc the seconds that a metre takes at the highest usual speed. */
function slownessOf(arcs: ProfileArcs, headroom: number): Float32Array {
  return Float32Array.from(arcs.speedMps, (speed) => (speed > 0 ? 1 / (headroom * speed) : 0));
}
