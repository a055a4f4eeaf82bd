// The fast search against the obvious one: every candidate by looking at every edge, every route by
// a whole Dijkstra, every pair of states, nothing pruned, cached or searched per step. Both must give
// the best path the same cost. The matcher's distances are float32 and its metres per degree those of
// its first fix, hence hundredths of a nat.
import { expect, it } from "vitest";
import { createRng, integer, normal, type Rng } from "../../base/rng.ts";
import { METRES_PER_UNIT } from "../lonlat.ts";
import { assembleNetwork } from "../network/assemble.ts";
import { ACCESS } from "../network/attribute.ts";
import type { Network } from "../network/network.ts";
import type { ProfileArcs } from "../network/profile.ts";
import { buildCandidateIndex, type CandidateIndex } from "./candidate.ts";
import { emissionOf, temperOf } from "./emission.ts";
import { clearFarFound, createFarFound, FarSearch } from "./far-search.ts";
import { createMatcher, debugMatch, type TrackPoints } from "./index.ts";
import { defaults, type MatchOptions } from "./options.ts";
import { TURN } from "./transition.ts";

const LAT = 470_000_000;
const LON = 80_000_000;
const X = METRES_PER_UNIT * Math.cos((47 * Math.PI) / 180);

/** Everything that could prune is wide open; rows reach across the whole town. */
const OPTIONS: MatchOptions = {
  ...defaults,
  haste: 0,
  beam: Number.POSITIVE_INFINITY,
  maxCandidates: 100,
  slackBetas: 200,
  rowM: 3000,
  minSigmaM: 5,
  maxSigmaM: 5,
};

interface World {
  readonly network: Network;
  readonly arcs: ProfileArcs;
  readonly index: CandidateIndex;
}

/** A crooked grid of streets with holes, some of them one-way. */
function randomTown(rng: Rng): World {
  const side = 5;
  const spacing = 70;
  const lon: number[] = [];
  const lat: number[] = [];
  for (let r = 0; r < side; r++) {
    for (let c = 0; c < side; c++) {
      lon.push(Math.round(LON + (c * spacing + 15 * normal(rng)) / X));
      lat.push(Math.round(LAT + (r * spacing + 15 * normal(rng)) / METRES_PER_UNIT));
    }
  }
  const ends: [number, number][] = [];
  for (let v = 0; v < side * side; v++) {
    if (v % side < side - 1 && rng() < 0.85) ends.push([v, v + 1]);
    if (v + side < side * side && rng() < 0.85) ends.push([v, v + side]);
  }
  const network = assembleNetwork({
    nodeLon: Int32Array.from(lon),
    nodeLat: Int32Array.from(lat),
    source: Uint32Array.from(ends, (e) => e[0]),
    target: Uint32Array.from(ends, (e) => e[1]),
    firstShape: Uint32Array.from({ length: ends.length + 1 }, (_, i) => 2 * i),
    shapeLon: Int32Array.from(ends.flatMap(([a, b]) => [lon[a]!, lon[b]!])),
    shapeLat: Int32Array.from(ends.flatMap(([a, b]) => [lat[a]!, lat[b]!])),
    wayId: Float64Array.from(ends, (_, i) => i + 1),
    access: new Uint8Array(ends.length).fill(ACCESS.FOOT_FORWARD),
  });
  const isOpen = new Uint8Array(2 * network.edgeCount).fill(1);
  for (let e = 0; e < network.edgeCount; e++) if (rng() < 0.15) isOpen[2 * e + 1] = 0;
  const arcs: ProfileArcs = {
    profile: "foot",
    networkVersion: network.version,
    isOpen,
    speedMps: new Float32Array(isOpen.length).fill(1.4),
    cost: new Float32Array(isOpen.length).fill(1),
  };
  return { network, arcs, index: buildCandidateIndex(network) };
}

const headOf = (n: Network, arc: number): number =>
  (arc & 1) === 0 ? n.target[arc >>> 1]! : n.source[arc >>> 1]!;

/** A walk from junction to junction with a fix every 15 m or so. */
function randomWalk({ network, arcs }: World, rng: Rng): TrackPoints {
  const lon: number[] = [];
  const lat: number[] = [];
  let v = integer(rng, network.nodeCount);
  let before = -1;
  for (let hop = 0; hop < 8; hop++) {
    const out: number[] = [];
    for (let s = network.firstOut[v]!; s < network.firstOut[v + 1]!; s++) {
      const arc = network.outArc[s]!;
      if (arcs.isOpen[arc] === 1 && arc !== (before ^ 1)) out.push(arc);
    }
    if (out.length === 0) break;
    const arc = out[integer(rng, out.length)]!;
    const u = headOf(network, arc);
    const steps = Math.max(1, Math.round(network.lengthM[arc >>> 1]! / 15));
    for (let i = 0; i < steps; i++) {
      const f = i / steps;
      lon.push(network.nodeLon[v]! + f * (network.nodeLon[u]! - network.nodeLon[v]!));
      lat.push(network.nodeLat[v]! + f * (network.nodeLat[u]! - network.nodeLat[v]!));
    }
    v = u;
    before = arc;
  }
  return {
    lon: Float64Array.from(lon, (x) => (x + (3 * normal(rng)) / X) / 1e7),
    lat: Float64Array.from(lat, (y) => (y + (3 * normal(rng)) / METRES_PER_UNIT) / 1e7),
    // Five seconds apart: too far for the jitter rule, near enough for rows.
    timeMs: Float64Array.from(lon, (_, i) => 5000 * i),
  };
}

interface State {
  readonly arc: number;
  readonly offsetM: number;
  readonly distanceM: number;
  /** Metres from the fix. */
  readonly eastM: number;
  readonly northM: number;
}

/** Nats of the best path, the slow way, over the steps that the matcher chose. */
function slowCost(world: World, steps: readonly (readonly [number, number, number])[]): number {
  const { network, arcs, index } = world;
  const o = OPTIONS;
  const shortest = Array.from({ length: network.nodeCount }, (_, v) => dijkstra(world, v));
  let states: State[] = [];
  let costs: number[] = [];
  let offCost = 0;
  for (const [s, [x, y, t]] of steps.entries()) {
    const [px, py, pt] = steps[Math.max(0, s - 1)]!;
    const straight = Math.hypot((x - px) * X, (y - py) * METRES_PER_UNIT);
    const seconds = (s === 0 ? steps[1]![2] - t : t - pt) / 1000;
    const weight = temperOf(seconds, o.correlationS, o.minTemper) / 50;
    const knee = o.robustSigmas * 5;
    const next = candidates(world, x, y);
    const emission = next.map((b) => emissionOf(b.distanceM, weight, knee));
    const offEmission = emissionOf(o.offSigmas * 5, weight, knee);
    if (s === 0) {
      costs = emission;
      offCost = offEmission + o.leaveCost;
      states = next;
      continue;
    }
    const beta = o.betaM + o.betaPerM * straight;
    const rho = Math.exp(-seconds / o.driftS);
    const change = 25 * (1 - rho * rho) + o.driftFloorM ** 2;
    const drift = (a: State, b: State): number =>
      emissionOf(
        Math.hypot(b.eastM - a.eastM, b.northM - a.northM),
        (o.drift * rho) / (2 * change),
        o.robustSigmas * Math.sqrt(change),
      );
    const on = Math.min(...costs, Number.POSITIVE_INFINITY);
    const away = o.offPerM * straight;
    const nextCosts = next.map((b, j) => {
      let best = Math.min(offCost + away + o.returnCost, on + o.gapCost + away);
      for (const [i, a] of states.entries()) {
        const length = network.lengthM[a.arc >>> 1]!;
        const offer = (excess: number, turns: number): void => {
          const transition = (Math.abs(excess) + o.turnM * turns) / beta + drift(a, b);
          best = Math.min(best, costs[i]! + transition);
        };
        const along = b.offsetM - a.offsetM;
        if (a.arc === b.arc && along >= -o.backwardM) {
          offer(along < 0 ? straight - 1.5 * along : along - straight, 0);
        }
        if (a.arc === (b.arc ^ 1)) offer(Math.abs(length - b.offsetM - a.offsetM) - straight, 1);
        const { metres, turns, first, last } = shortest[headOf(network, a.arc)]!;
        const v = headOf(network, b.arc ^ 1);
        if (metres[v] === Number.POSITIVE_INFINITY) continue;
        const turn = (from: number, to: number): number =>
          TURN[(index.headingStart[to]! - index.headingEnd[from]!) & 255]!;
        const routeM = length - a.offsetM + metres[v]! + b.offsetM;
        const bends =
          first[v]! < 0
            ? turn(a.arc, b.arc)
            : turn(a.arc, first[v]!) + turns[v]! + turn(last[v]!, b.arc);
        offer(routeM - straight, bends);
      }
      return best + emission[j]!;
    });
    offCost = Math.min(offCost, on + o.leaveCost) + away + offEmission;
    costs = nextCosts;
    states = next;
  }
  return Math.min(offCost, ...costs);

  function candidates({ network: n }: World, x: number, y: number): State[] {
    const found: State[] = [];
    for (let arc = 0; arc < 2 * n.edgeCount; arc++) {
      if (arcs.isOpen[arc] === 0) continue;
      const from = headOf(n, arc ^ 1);
      const to = headOf(n, arc);
      const ax = (n.nodeLon[from]! - x) * X;
      const ay = (n.nodeLat[from]! - y) * METRES_PER_UNIT;
      const dx = (n.nodeLon[to]! - n.nodeLon[from]!) * X;
      const dy = (n.nodeLat[to]! - n.nodeLat[from]!) * METRES_PER_UNIT;
      const f = Math.max(0, Math.min(1, -(ax * dx + ay * dy) / (dx * dx + dy * dy)));
      const eastM = ax + f * dx;
      const northM = ay + f * dy;
      const distanceM = Math.hypot(eastM, northM);
      if (distanceM <= o.radiusM) {
        found.push({ arc, offsetM: f * n.lengthM[arc >>> 1]!, distanceM, eastM, northM });
      }
    }
    return found;
  }
}

/** Bellman–Ford from one node: shortest metres, and turns, first and last arc of that route. */
function dijkstra({ network: n, arcs, index }: World, start: number) {
  const metres = new Float64Array(n.nodeCount).fill(Number.POSITIVE_INFINITY);
  const turns = new Float64Array(n.nodeCount);
  const first = new Int32Array(n.nodeCount).fill(-1);
  const last = new Int32Array(n.nodeCount).fill(-1);
  metres[start] = 0;
  for (let round = 0; round < n.nodeCount; round++) {
    for (let arc = 0; arc < 2 * n.edgeCount; arc++) {
      if (arcs.isOpen[arc] === 0) continue;
      const from = headOf(n, arc ^ 1);
      const to = headOf(n, arc);
      if (metres[from]! + n.lengthM[arc >>> 1]! >= metres[to]!) continue;
      metres[to] = metres[from]! + n.lengthM[arc >>> 1]!;
      first[to] = from === start ? arc : first[from]!;
      last[to] = arc;
      turns[to] =
        from === start
          ? 0
          : turns[from]! + TURN[(index.headingStart[arc]! - index.headingEnd[last[from]!]!) & 255]!;
    }
  }
  return { metres, turns, first, last };
}

it("finds a path of the same cost as a search without pruning, caches or bounds", () => {
  for (let seed = 1; seed <= 25; seed++) {
    const rng = createRng(seed);
    const world = randomTown(rng);
    const points = randomWalk(world, rng);
    if (points.lon.length < 10) continue;
    const matcher = createMatcher(world.network, world.arcs, OPTIONS, world.index);
    const debug = debugMatch(matcher, points);
    const steps = debug.steps.map((s) => [s.lon * 1e7, s.lat * 1e7, s.timeMs] as const);
    const slow = slowCost(world, steps);
    // A search between far steps minds turns exactly where a row takes the shortest way, so a step
    // that made the search start may be cheaper than here; it happens where fixes leave the streets.
    const hasFar = debug.steps.some((s) => s.states.some((b) => b.transition === "far route"));
    if (hasFar) expect(debug.cost, `seed ${seed}`).toBeLessThan(slow + 0.005);
    else expect(debug.cost, `seed ${seed}`).toBeCloseTo(slow, 2);
  }
});

it("loses nothing by the beam and the bounds that it has by default", () => {
  const { beam, slackBetas, rowM, maxCandidates } = defaults;
  for (let seed = 101; seed <= 125; seed++) {
    const rng = createRng(seed);
    const world = randomTown(rng);
    const points = randomWalk(world, rng);
    if (points.lon.length < 10) continue;
    const costOf = (options: MatchOptions): number =>
      debugMatch(createMatcher(world.network, world.arcs, options, world.index), points).cost;
    const usual = costOf({ ...OPTIONS, beam, slackBetas, rowM, maxCandidates });
    expect(usual, `seed ${seed}`).toBeCloseTo(costOf(OPTIONS), 3);
  }
});

it("finds between far steps what a search over all arcs from every state finds", () => {
  for (let seed = 201; seed <= 230; seed++) {
    const rng = createRng(seed);
    const { network, arcs, index } = randomTown(rng);
    const arcCount = 2 * network.edgeCount;
    const open = [...Array(arcCount).keys()].filter((a) => arcs.isOpen[a] === 1);
    const pickArc = (): number => open[integer(rng, open.length)]!;
    const lengthOf = (arc: number): number => network.lengthM[arc >>> 1]!;
    const sources = Array.from({ length: 4 }, () => {
      const arc = pickArc();
      return { arc, offsetM: rng() * lengthOf(arc), past: 50 * rng() };
    });
    const targets = Array.from({ length: 5 }, () => {
      const arc = pickArc();
      return { arc, offsetM: rng() * lengthOf(arc) };
    });

    // Goal in the middle, everything within its reach: the estimate is then 0 and the search plain.
    const search = new FarSearch(network, arcs, index, new Float32Array(arcCount), 0);
    search.begin(0, 0, X, 10_000, 0);
    for (const [i, { arc, offsetM, past }] of sources.entries()) {
      search.addSource(i, arc, offsetM, past, 160);
    }
    const stateOfArc = new Int32Array(arcCount).fill(-1);
    const nextOnArc = new Int32Array(5);
    for (const [b, { arc }] of targets.entries()) {
      nextOnArc[b] = stateOfArc[arc]!;
      stateOfArc[arc] = b;
    }
    const offsets = Float64Array.from(targets, (t) => t.offsetM);
    const found = createFarFound(5);
    clearFarFound(found, 5);
    const far = Number.POSITIVE_INFINITY;
    search.run(stateOfArc, nextOnArc, offsets, 160, far, far, far, 1e9, found);

    // Bellman–Ford over arcs: metres with turns and past, at the end of each arc.
    const turn = (a: number, b: number): number =>
      160 * TURN[(index.headingStart[b]! - index.headingEnd[a]!) & 255]!;
    const key = new Float64Array(arcCount).fill(far);
    for (const { arc, offsetM, past } of sources) {
      key[arc] = Math.min(key[arc]!, past + lengthOf(arc) - offsetM);
      if (arcs.isOpen[arc ^ 1] === 1) {
        key[arc ^ 1] = Math.min(key[arc ^ 1]!, past + 160 + offsetM);
      }
    }
    for (let round = 0; round < arcCount; round++) {
      for (const a of open) {
        if (key[a] === far) continue;
        for (const b of open) {
          if (headOf(network, a) !== headOf(network, b ^ 1)) continue;
          key[b] = Math.min(key[b]!, key[a]! + turn(a, b) + lengthOf(b));
        }
      }
    }
    for (const [b, { arc, offsetM }] of targets.entries()) {
      let best = far;
      for (const a of open) {
        if (headOf(network, a) === headOf(network, arc ^ 1)) {
          best = Math.min(best, key[a]! + turn(a, arc) + offsetM);
        }
      }
      if (best === far) expect(found.source[b], `seed ${seed}`).toBe(-1);
      else expect(found.key[b], `seed ${seed}`).toBeCloseTo(best, 3);
      if (best === far) continue;

      // The route read back is connected, begins on a source and ends before the target.
      const lastArc = found.lastArc[b]!;
      const count = search.countBack(lastArc);
      const route = new Int32Array(count);
      expect(search.readBack(lastArc, route, 0)).toBe(count);
      const source = sources[found.source[b]!]!;
      const path = [...route].reverse();
      const begin = path[0] === (source.arc ^ 1) ? [] : [source.arc];
      const whole = [...begin, ...path, arc];
      for (let i = 1; i < whole.length; i++) {
        expect(headOf(network, whole[i - 1]!)).toBe(headOf(network, whole[i]! ^ 1));
      }
    }
  }
});
