/**
 * Turn restrictions and closed nodes as forbidden pairs of arcs. `only_…` becomes the turns that it
 * forbids. A restriction over via ways is stored where a single pair says the same; the others, and
 * those that hold at certain hours, are counted. Source: wiki.openstreetmap.org/wiki/Relation:restriction.
 */
import { ACCESS } from "./attribute.ts";
import { createFinder } from "./osm/collect.ts";
import { MEMBER_NODE, MEMBER_WAY, type OsmData } from "./osm/osm-data.ts";
import type { MapRepair } from "./repair.ts";
import type { SplitWays } from "./split.ts";
import { type Tags, tagsOf } from "./tags.ts";
import { TURN_MODE } from "./turn.ts";

export interface ForbiddenTurns {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly mode: Uint8Array;
  /** Restrictions that are not in the turns, by repair code. */
  readonly left: ReadonlyMap<MapRepair, number>;
}

interface Restriction {
  readonly isOnly: boolean;
  /** Bits of TURN_MODE. */
  readonly mode: number;
}

/**
 * @param access bits of ACCESS per edge of `split`
 * @param rowOfWay kept way by OSM way id
 */
export function forbidTurns(
  osm: OsmData,
  split: SplitWays,
  access: Uint8Array,
  rowOfWay: ReadonlyMap<number, number>,
): ForbiddenTurns {
  const graph = new DraftGraph(osm, split, access);
  const modeOf = new Map<number, number>();
  const arcCount = 2 * split.source.length;
  const forbid = (from: number, to: number, mode: number): void => {
    const key = from * arcCount + to;
    modeOf.set(key, (modeOf.get(key) ?? 0) | mode);
  };
  const left = new Map<MapRepair, number>();
  for (let r = 0; r < osm.relation.id.length; r++) {
    const tags = tagsOf(osm.strings, osm.relation, r);
    if (!tags.get("type")?.startsWith("restriction")) continue;
    const code = addRestriction(osm, r, tags, graph, rowOfWay, forbid);
    if (code) left.set(code, (left.get(code) ?? 0) + 1);
  }
  // Modes of nodes and of turns are one bit apart: turns do not know walkers.
  for (const [node, closed] of split.closedNode) {
    const mode = closed >> 1;
    if (mode === 0) continue;
    for (const out of graph.outArcs(node)) {
      for (const other of graph.outArcs(node)) if (other !== out) forbid(other ^ 1, out, mode);
    }
  }
  const keys = [...modeOf.keys()];
  return {
    from: Uint32Array.from(keys, (key) => Math.floor(key / arcCount)),
    to: Uint32Array.from(keys, (key) => key % arcCount),
    mode: Uint8Array.from(keys, (key) => modeOf.get(key)!),
    left,
  };
}

/** @returns a repair code when the restriction is not fully in the turns */
function addRestriction(
  osm: OsmData,
  relation: number,
  tags: Tags,
  graph: DraftGraph,
  rowOfWay: ReadonlyMap<number, number>,
  forbid: (from: number, to: number, mode: number) => void,
): MapRepair | undefined {
  const restriction = restrictionOf(tags);
  if (restriction === "conditional") return "conditional-restriction";
  if (!restriction) return undefined;

  const from: number[] = [];
  const to: number[] = [];
  const viaWays: number[] = [];
  let viaNode = -1;
  let isBroken = false;
  const { firstMember, memberType, memberId, memberRole } = osm.relation;
  for (let m = firstMember[relation]!; m < firstMember[relation + 1]!; m++) {
    const role = osm.strings[memberRole[m]!]!;
    if (role !== "from" && role !== "to" && role !== "via") continue;
    if (memberType[m] === MEMBER_NODE && role === "via") viaNode = graph.nodeById(memberId[m]!);
    else if (memberType[m] === MEMBER_WAY) {
      const row = rowOfWay.get(memberId[m]!);
      if (row === undefined) isBroken = true;
      else if (role === "from") from.push(row);
      else if (role === "to") to.push(row);
      else viaWays.push(row);
    }
  }
  const hasVia = viaNode >= 0 || viaWays.length > 0;
  if (isBroken || !hasVia || from.length === 0 || to.length === 0) return "broken-restriction";
  if (viaWays.length > 0) {
    if (from.length > 1 || to.length > 1) return "restriction-via-way";
    return addViaWays(restriction, from[0]!, viaWays, to[0]!, graph, forbid);
  }

  const isUTurn = from.length === 1 && to.length === 1 && from[0] === to[0];
  const leaving = to.flatMap((row) => graph.leaving(row, viaNode));
  let found = 0;
  for (const row of from) {
    const arriving = graph.arriving(row, viaNode);
    // A way that runs through the node comes from two sides: which is meant cannot be told.
    if (arriving.length > 1 && !isUTurn) return "broken-restriction";
    for (const arc of arriving) {
      const targets = isUTurn ? [arc ^ 1] : leaving;
      if (targets.length === 0 || (targets.length > 1 && to.length === 1)) {
        return "broken-restriction";
      }
      const turns = restriction.isOnly
        ? graph.outArcs(viaNode).filter((out) => !targets.includes(out))
        : targets;
      for (const out of turns) forbid(arc, out, restriction.mode);
      found++;
    }
  }
  return found > 0 ? undefined : "broken-restriction";
}

/** What the tags forbid, to whom; undefined when it is nobody that we know. */
function restrictionOf(tags: Tags): Restriction | "conditional" | undefined {
  const except = (tags.get("except") ?? "").split(/[;,]/).map((word) => word.trim());
  let mode = 0;
  let value = tags.get("restriction");
  if (value !== undefined) {
    const particular = tags.get("type")?.slice("restriction:".length) ?? "";
    if (particular === "" || particular === "bicycle") mode |= TURN_MODE.BIKE;
    if (particular === "" || particular.startsWith("motor")) mode |= TURN_MODE.MOTOR;
  }
  for (const [key, bit] of PARTICULAR) {
    const stated = tags.get(key);
    if (stated === undefined) continue;
    mode |= bit;
    value ??= stated;
  }
  if (except.includes("bicycle")) mode &= ~TURN_MODE.BIKE;
  if (except.includes("motorcar") || except.includes("motor_vehicle")) mode &= ~TURN_MODE.MOTOR;
  // At some hours only: open is the safer error for a map that knows no hours.
  if (tags.has("day_on") || tags.has("hour_on")) return "conditional";
  if (value === undefined) {
    const isConditional = [...tags.keys()].some((key) => /^restriction.*:conditional$/.test(key));
    return isConditional ? "conditional" : undefined;
  }
  if (mode === 0 || !/^(no|only)_/.test(value)) return undefined;
  return { isOnly: value.startsWith("only_"), mode };
}

const PARTICULAR = [
  ["restriction:bicycle", TURN_MODE.BIKE],
  ["restriction:motorcar", TURN_MODE.MOTOR],
  ["restriction:motor_vehicle", TURN_MODE.MOTOR],
] as const;

/**
 * A chain from → via … → to. The pair (last via, to) says the same when nothing else can enter the
 * chain, the pair (from, first via) when nothing else can leave it.
 */
function addViaWays(
  restriction: Restriction,
  from: number,
  viaWays: readonly number[],
  to: number,
  graph: DraftGraph,
  forbid: (from: number, to: number, mode: number) => void,
): MapRepair | undefined {
  const chain = graph.chain(from, viaWays, to);
  if (!chain) return "broken-restriction";
  const last = chain.length - 1;
  const isEnteredOnlyByFrom = chain
    .slice(0, last - 1)
    .every((arc, i) => graph.isOnlyEntry(arc, chain[i + 1]!, restriction.mode));
  if (isEnteredOnlyByFrom) {
    const end = chain[last - 1]!;
    const turns = restriction.isOnly
      ? graph.outArcs(graph.headOf(end)).filter((out) => out !== chain[last])
      : [chain[last]!];
    for (const out of turns) forbid(end, out, restriction.mode);
    return undefined;
  }
  const isLeftOnlyInto = chain
    .slice(1, last)
    .every((arc, i) => graph.isOnlyExit(arc, chain[i + 2]!, restriction.mode));
  if (isLeftOnlyInto && !restriction.isOnly) {
    forbid(chain[0]!, chain[1]!, restriction.mode);
    return undefined;
  }
  return "restriction-via-way";
}

/** Adjacency over the edges before they are put in order. Arcs as in `Network`. */
class DraftGraph {
  private readonly split: SplitWays;
  private readonly access: Uint8Array;
  private readonly firstOut: Uint32Array;
  private readonly out: Uint32Array;
  private readonly findNode: (id: number) => number;
  /** Network node + 1 by index into `osm.node`. */
  private readonly nodeOf: Uint32Array;

  constructor(osm: OsmData, split: SplitWays, access: Uint8Array) {
    this.split = split;
    this.findNode = createFinder(osm.node.id);
    this.nodeOf = new Uint32Array(osm.node.id.length);
    for (const [node, n] of split.osmNode.entries()) this.nodeOf[n] = node + 1;
    this.access = access;
    const nodeCount = split.nodeLon.length;
    this.firstOut = new Uint32Array(nodeCount + 1);
    for (const ends of [split.source, split.target]) {
      for (const node of ends) this.firstOut[node + 1]!++;
    }
    for (let n = 0; n < nodeCount; n++) this.firstOut[n + 1]! += this.firstOut[n]!;
    const slot = this.firstOut.slice(0, nodeCount);
    this.out = new Uint32Array(2 * split.source.length);
    for (let e = 0; e < split.source.length; e++) {
      this.out[slot[split.source[e]!]!++] = 2 * e;
      this.out[slot[split.target[e]!]!++] = 2 * e + 1;
    }
  }

  outArcs(node: number): number[] {
    return Array.from(this.out.subarray(this.firstOut[node]!, this.firstOut[node + 1]!));
  }

  headOf(arc: number): number {
    return (arc & 1 ? this.split.source : this.split.target)[arc >>> 1]!;
  }

  private tailOf(arc: number): number {
    return this.headOf(arc ^ 1);
  }

  /** Network node by OSM id, −1 where the network has none. */
  nodeById(id: number): number {
    const n = this.findNode(id);
    return n < 0 ? -1 : this.nodeOf[n]! - 1;
  }

  private edgesOf(row: number): number[] {
    const { firstEdge } = this.split;
    return Array.from(
      { length: firstEdge[row + 1]! - firstEdge[row]! },
      (_, i) => firstEdge[row]! + i,
    );
  }

  /** Arcs of the kept way that lead to the node. */
  arriving(row: number, node: number): number[] {
    return this.edgesOf(row)
      .flatMap((e) => [2 * e, 2 * e + 1])
      .filter((arc) => this.headOf(arc) === node);
  }

  /** Arcs of the kept way that leave the node. */
  leaving(row: number, node: number): number[] {
    return this.arriving(row, node).map((arc) => arc ^ 1);
  }

  /** The arcs from the last of `from` over all via ways to the first of `to`. */
  chain(from: number, viaWays: readonly number[], to: number): number[] | undefined {
    const [first, ...rest] = viaWays.map((row) => this.edgesOf(row).map((e) => 2 * e));
    for (const start of [first!, backwards(first!)]) {
      const arcs = [...start];
      const isJoined = rest.every((way) => {
        const next = [way, backwards(way)].find(
          (candidate) =>
            candidate.length > 0 && this.tailOf(candidate[0]!) === this.headOf(arcs.at(-1)!),
        );
        if (next) arcs.push(...next);
        return next !== undefined;
      });
      if (!isJoined || arcs.length === 0) continue;
      const arriving = this.arriving(from, this.tailOf(arcs[0]!));
      const leaving = this.leaving(to, this.headOf(arcs.at(-1)!));
      if (arriving.length === 1 && leaving.length === 1) {
        return [arriving[0]!, ...arcs, leaving[0]!];
      }
    }
    return undefined;
  }

  private isOpen(arc: number, mode: number): boolean {
    const bike = arc & 1 ? ACCESS.BIKE_BACKWARD : ACCESS.BIKE_FORWARD;
    const motor = arc & 1 ? ACCESS.MOTOR_BACKWARD : ACCESS.MOTOR_FORWARD;
    const bits = (mode & TURN_MODE.BIKE ? bike : 0) | (mode & TURN_MODE.MOTOR ? motor : 0);
    return (this.access[arc >>> 1]! & bits) !== 0;
  }

  /** Nothing but `before` (and turning round) leads into `arc`. */
  isOnlyEntry(before: number, arc: number, mode: number): boolean {
    return this.outArcs(this.tailOf(arc)).every(
      (out) => out === arc || (out ^ 1) === before || !this.isOpen(out ^ 1, mode),
    );
  }

  /** `arc` leads into nothing but `after` (and back). */
  isOnlyExit(arc: number, after: number, mode: number): boolean {
    return this.outArcs(this.headOf(arc)).every(
      (out) => out === after || out === (arc ^ 1) || !this.isOpen(out, mode),
    );
  }
}

function backwards(arcs: readonly number[]): number[] {
  return arcs.map((arc) => arc ^ 1).reverse();
}
