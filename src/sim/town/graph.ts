/**
 * From crossing strokes to streets worth walking: edges between junctions, stubs and doubles
 * dropped, junctions a few paces apart made one, suburbs made irregular, islands removed,
 * roundabouts drawn. What is left is both the written map and the walkers' graph.
 */
import type { Rng } from "../../base/rng.ts";
import type { SketchLine, Tags } from "./line.ts";
import type { Planar } from "./planar.ts";
import { UNMAPPED_TAG } from "./road.ts";

export interface DraftEdge {
  /** Index of the stroke that it came from. */
  line: number;
  /** Nodes along it, junctions at both ends. */
  nodes: number[];
  tags: Tags;
  layer: number;
  lengthM: number;
}

export interface DraftGraph {
  readonly nodeX: number[];
  readonly nodeY: number[];
  readonly edges: DraftEdge[];
  readonly roundabouts: number;
}

const KEPT_STUBS = new Set([
  "residential",
  "living_street",
  "service",
  "track",
  "unclassified",
  "tertiary",
  "secondary",
  "primary",
]);

export function cleanGraph(planar: Planar, lines: readonly SketchLine[], rng: Rng): DraftGraph {
  const nodeX = planar.nodeX.slice();
  const nodeY = planar.nodeY.slice();
  const isStreet = (line: number): boolean => lines[line]!.tags.highway !== undefined;

  const uses = new Uint16Array(nodeX.length);
  planar.lineNodes.forEach((nodes, l) => {
    if (!isStreet(l)) return;
    nodes.forEach((n, i) => {
      uses[n] = uses[n]! + (i === 0 || i === nodes.length - 1 ? 2 : 1);
    });
  });
  let edges: DraftEdge[] = [];
  planar.lineNodes.forEach((nodes, l) => {
    if (!isStreet(l) || nodes.length < 2) return;
    let from = 0;
    for (let i = 1; i < nodes.length; i++) {
      if (uses[nodes[i]!]! < 2 && i < nodes.length - 1) continue;
      const part = nodes.slice(from, i + 1);
      edges.push({
        line: l,
        nodes: part,
        tags: lines[l]!.tags,
        layer: lines[l]!.layer,
        lengthM: measure(part, nodeX, nodeY),
      });
      from = i;
    }
  });

  edges = collapseShort(edges, nodeX, nodeY, lines);
  edges = dropDoubles(edges, lines);
  edges = dropStubs(edges);
  edges = loosen(edges, lines, rng);
  edges = dropStubs(edges);
  const circled = addRoundabouts(edges, nodeX, nodeY, rng);
  edges = largestComponent(circled.edges, nodeX.length);
  return { nodeX, nodeY, edges, roundabouts: circled.count };
}

function measure(nodes: readonly number[], x: readonly number[], y: readonly number[]): number {
  let sum = 0;
  for (let i = 1; i < nodes.length; i++) {
    sum += Math.hypot(x[nodes[i]!]! - x[nodes[i - 1]!]!, y[nodes[i]!]! - y[nodes[i - 1]!]!);
  }
  return sum;
}

function first(edge: DraftEdge): number {
  return edge.nodes[0]!;
}

function last(edge: DraftEdge): number {
  return edge.nodes[edge.nodes.length - 1]!;
}

export function degrees(edges: readonly DraftEdge[]): Map<number, number> {
  const degree = new Map<number, number>();
  for (const edge of edges) {
    degree.set(first(edge), (degree.get(first(edge)) ?? 0) + 1);
    degree.set(last(edge), (degree.get(last(edge)) ?? 0) + 1);
  }
  return degree;
}

/** Junctions nearer than a street's width become one. */
function collapseShort(
  edges: DraftEdge[],
  x: number[],
  y: number[],
  lines: readonly SketchLine[],
): DraftEdge[] {
  const parent = Int32Array.from({ length: x.length }, (_, i) => i);
  const find = (n: number): number => {
    let root = n;
    while (parent[root] !== root) root = parent[root]!;
    while (parent[n] !== root) {
      const up = parent[n]!;
      parent[n] = root;
      n = up;
    }
    return root;
  };
  const degree = degrees(edges);
  const rank = new Map<number, number>();
  for (const edge of edges) {
    for (const n of [first(edge), last(edge)]) {
      rank.set(n, Math.max(rank.get(n) ?? 0, lines[edge.line]!.rank + (edge.layer !== 0 ? 20 : 0)));
    }
  }
  for (const edge of edges) {
    if (edge.lengthM > 11 || edge.layer !== 0) continue;
    const a = find(first(edge));
    const b = find(last(edge));
    if (a === b || (degree.get(first(edge)) ?? 0) < 2 || (degree.get(last(edge)) ?? 0) < 2)
      continue;
    if (Math.hypot(x[a]! - x[b]!, y[a]! - y[b]!) > 18) continue;
    if ((rank.get(a) ?? 0) >= (rank.get(b) ?? 0)) parent[b] = a;
    else parent[a] = b;
  }
  return edges.flatMap((edge) => {
    const nodes: number[] = [];
    for (const n of edge.nodes) {
      const root = find(n);
      if (nodes[nodes.length - 1] !== root) nodes.push(root);
    }
    return nodes.length < 2 ? [] : [{ ...edge, nodes, lengthM: measure(nodes, x, y) }];
  });
}

/** Two edges between the same junctions of nearly one length are one street drawn twice. */
function dropDoubles(edges: DraftEdge[], lines: readonly SketchLine[]): DraftEdge[] {
  const best = new Map<string, DraftEdge>();
  const out: DraftEdge[] = [];
  for (const edge of edges) {
    const a = Math.min(first(edge), last(edge));
    const b = Math.max(first(edge), last(edge));
    if (a === b && edge.nodes.length < 4) continue;
    const key = `${a},${b},${Math.round(edge.lengthM / Math.max(6, edge.lengthM * 0.12))}`;
    const other = best.get(key);
    if (other && a !== b && Math.abs(other.lengthM - edge.lengthM) < 4) {
      if (lines[edge.line]!.rank > lines[other.line]!.rank) {
        out[out.indexOf(other)] = edge;
        best.set(key, edge);
      }
      continue;
    }
    best.set(key, edge);
    out.push(edge);
  }
  return out;
}

function dropStubs(edges: DraftEdge[]): DraftEdge[] {
  let kept = edges;
  for (let round = 0; round < 4; round++) {
    const degree = degrees(kept);
    const next = kept.filter((edge) => {
      const isStub = degree.get(first(edge)) === 1 || degree.get(last(edge)) === 1;
      if (!isStub) return true;
      const highway = edge.tags.highway!;
      if (highway === "path" && (edge.tags.sac_scale || edge.tags[UNMAPPED_TAG]))
        return edge.lengthM > 150;
      if (!KEPT_STUBS.has(highway)) return false;
      return edge.lengthM > (highway === "track" ? 120 : 32);
    });
    if (next.length === kept.length) break;
    kept = next;
  }
  return kept;
}

/** Takes out some residential edges between full junctions: longer blocks, T-junctions, no chessboard. */
function loosen(edges: DraftEdge[], lines: readonly SketchLine[], rng: Rng): DraftEdge[] {
  const degree = degrees(edges);
  return edges.filter((edge) => {
    if (!lines[edge.line]!.isLoose || edge.lengthM > 260) return true;
    const a = degree.get(first(edge))!;
    const b = degree.get(last(edge))!;
    if (a < 3 || b < 3 || a + b < 7) return true;
    if (rng() > 0.2) return true;
    degree.set(first(edge), a - 1);
    degree.set(last(edge), b - 1);
    return false;
  });
}

const ROUND_CLASSES = new Set(["primary", "secondary", "tertiary"]);
const ROAD_CLASSES = new Set([...ROUND_CLASSES, "unclassified", "residential"]);

/** Replaces a few junctions of main roads by one-way circles. */
function addRoundabouts(
  edges: DraftEdge[],
  x: number[],
  y: number[],
  rng: Rng,
): { edges: DraftEdge[]; count: number } {
  const around = new Map<number, DraftEdge[]>();
  for (const edge of edges) {
    for (const n of [first(edge), last(edge)]) {
      const list = around.get(n);
      if (list) list.push(edge);
      else around.set(n, [edge]);
    }
  }
  const out = edges.slice();
  const chosen: number[] = [];
  for (const [node, list] of around) {
    if (list.length < 3 || list.length > 5) continue;
    if (list.filter((e) => ROUND_CLASSES.has(e.tags.highway!)).length < 2) continue;
    if (list.some((e) => !ROAD_CLASSES.has(e.tags.highway!))) continue;
    if (
      list.some(
        (e) =>
          e.layer !== 0 ||
          e.lengthM < 45 ||
          first(e) === last(e) ||
          e.tags.area ||
          e.tags.name === "Stadtgraben",
      )
    )
      continue;
    if (chosen.some((c) => Math.hypot(x[c]! - x[node]!, y[c]! - y[node]!) < 420)) continue;
    if (rng() < 0.55 || chosen.length >= 9) continue;
    chosen.push(node);
    const radius = 15 + rng() * 6;
    const cx = x[node]!;
    const cy = y[node]!;
    const entries: { node: number; angle: number }[] = [];
    for (const edge of list) {
      const nodes = first(edge) === node ? edge.nodes : edge.nodes.slice().reverse();
      let i = 1;
      while (
        i < nodes.length - 1 &&
        Math.hypot(x[nodes[i]!]! - cx, y[nodes[i]!]! - cy) <= radius + 2
      )
        i++;
      const angle = Math.atan2(y[nodes[i]!]! - cy, x[nodes[i]!]! - cx);
      const entry = x.length;
      x.push(cx + Math.cos(angle) * radius);
      y.push(cy + Math.sin(angle) * radius);
      entries.push({ node: entry, angle });
      const rest = [entry, ...nodes.slice(i)];
      edge.nodes = first(edge) === node ? rest : rest.reverse();
      edge.lengthM = measure(edge.nodes, x, y);
    }
    entries.sort((a, b) => a.angle - b.angle);
    const best = list
      .map((e) => e.tags.highway!)
      .sort((a, b) => [...ROUND_CLASSES].indexOf(a) - [...ROUND_CLASSES].indexOf(b))
      .find((h) => ROUND_CLASSES.has(h))!;
    const tags: Tags = {
      highway: best,
      junction: "roundabout",
      oneway: "yes",
      surface: "asphalt",
      lit: "yes",
    };
    entries.forEach((entry, k) => {
      const next = entries[(k + 1) % entries.length]!;
      let sweep = next.angle - entry.angle;
      if (sweep <= 0) sweep += 2 * Math.PI;
      const nodes = [entry.node];
      const steps = Math.max(1, Math.round(sweep / 0.5));
      for (let s = 1; s < steps; s++) {
        const angle = entry.angle + (sweep * s) / steps;
        nodes.push(x.length);
        x.push(cx + Math.cos(angle) * radius);
        y.push(cy + Math.sin(angle) * radius);
      }
      nodes.push(next.node);
      out.push({ line: -1 - chosen.length, nodes, tags, layer: 0, lengthM: measure(nodes, x, y) });
    });
  }
  return { edges: out, count: chosen.length };
}

function largestComponent(edges: DraftEdge[], nodeCount: number): DraftEdge[] {
  const parent = Int32Array.from({ length: nodeCount }, (_, i) => i);
  const find = (n: number): number => {
    while (parent[n] !== n) {
      parent[n] = parent[parent[n]!]!;
      n = parent[n]!;
    }
    return n;
  };
  for (const edge of edges) parent[find(first(edge))] = find(last(edge));
  const weight = new Map<number, number>();
  for (const edge of edges) {
    const root = find(first(edge));
    weight.set(root, (weight.get(root) ?? 0) + edge.lengthM);
  }
  let best = -1;
  for (const [root, length] of weight) if (best < 0 || length > weight.get(best)!) best = root;
  return edges.filter((edge) => find(first(edge)) === best);
}
