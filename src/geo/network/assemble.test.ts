import fc from "fast-check";
import { expect, it } from "vitest";
import { assembleNetwork, type NetworkDraft } from "./assemble.ts";
import { ACCESS } from "./attribute.ts";

function draftOf(
  nodes: readonly (readonly [number, number])[],
  edges: readonly (readonly [number, number])[],
): NetworkDraft {
  const lon = Int32Array.from(nodes, (n) => n[0]);
  const lat = Int32Array.from(nodes, (n) => n[1]);
  return {
    nodeLon: lon,
    nodeLat: lat,
    source: Uint32Array.from(edges, (e) => e[0]),
    target: Uint32Array.from(edges, (e) => e[1]),
    firstShape: Uint32Array.from({ length: edges.length + 1 }, (_, i) => 2 * i),
    shapeLon: Int32Array.from(edges.flatMap(([a, b]) => [lon[a]!, lon[b]!])),
    shapeLat: Int32Array.from(edges.flatMap(([a, b]) => [lat[a]!, lat[b]!])),
    wayId: Float64Array.from(edges, (_, i) => i + 1),
    access: new Uint8Array(edges.length).fill(ACCESS.FOOT_FORWARD | ACCESS.FOOT_BACKWARD),
  };
}

it("keeps every edge, its ends and its shape, whatever the order of the nodes", () => {
  const coordinate = fc.integer({ min: -1_000_000, max: 1_000_000 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(coordinate, coordinate), { minLength: 2, maxLength: 30 }).chain((nodes) =>
        fc.tuple(
          fc.constant(nodes),
          fc.array(fc.tuple(fc.nat(nodes.length - 1), fc.nat(nodes.length - 1)), {
            maxLength: 60,
          }),
        ),
      ),
      ([nodes, edges]) => {
        const network = assembleNetwork(draftOf(nodes, edges));
        const ends = (a: readonly number[], b: readonly number[]): string => `${a}|${b}`;
        const expected = edges.map(([a, b]) => ends(nodes[a]!, nodes[b]!)).sort();
        const found = Array.from(network.source, (s, e) => {
          const t = network.target[e]!;
          expect(network.shapeLon[network.firstShape[e]!]).toBe(network.nodeLon[s]);
          expect(network.shapeLat[network.firstShape[e + 1]! - 1]).toBe(network.nodeLat[t]);
          return ends(
            [network.nodeLon[s]!, network.nodeLat[s]!],
            [network.nodeLon[t]!, network.nodeLat[t]!],
          );
        }).sort();
        expect(found).toEqual(expected);
        for (let v = 0; v < network.nodeCount; v++) {
          for (let i = network.firstOut[v]!; i < network.firstOut[v + 1]!; i++) {
            const arc = network.outArc[i]!;
            const e = arc >>> 1;
            expect(arc & 1 ? network.target[e] : network.source[e]).toBe(v);
            expect(arc & 1 ? network.source[e] : network.target[e]).toBe(network.head[i]);
          }
        }
      },
    ),
  );
});

it("gives equal content one version and different content another", () => {
  const nodes = [
    [0, 0],
    [1000, 0],
    [1000, 1000],
  ] as const;
  const a = assembleNetwork(
    draftOf(nodes, [
      [0, 1],
      [1, 2],
    ]),
  );
  const b = assembleNetwork(
    draftOf(nodes, [
      [0, 1],
      [1, 2],
    ]),
  );
  const c = assembleNetwork(
    draftOf(nodes, [
      [0, 1],
      [0, 2],
    ]),
  );
  expect(a.version).toBe(b.version);
  expect(a.version).not.toBe(c.version);
});

it("moves forbidden turns and routes with their edges", () => {
  const nodes = [
    [5_000_000, 0],
    [0, 0],
    [9_000_000, 7],
  ] as const;
  const network = assembleNetwork({
    ...draftOf(nodes, [
      [2, 0],
      [0, 1],
    ]),
    turnFrom: Uint32Array.of(0),
    turnTo: Uint32Array.of(2),
    firstEdgeRoute: Uint32Array.of(0, 0, 1),
    edgeRoute: Uint32Array.of(0),
    routeId: Float64Array.of(77),
    routeKind: Uint8Array.of(0),
    routeLevel: Uint8Array.of(1),
    routeName: Uint32Array.of(0),
  });
  expect(network.wayId[network.turnFrom[0]! >>> 1]).toBe(1);
  expect(network.wayId[network.turnTo[0]! >>> 1]).toBe(2);
  const onRoute = Array.from(network.wayId).indexOf(2);
  expect(network.firstEdgeRoute[onRoute + 1]! - network.firstEdgeRoute[onRoute]!).toBe(1);
});
