/**
 * The routing network: an undirected edge per stretch of way between junctions, two directed arcs
 * per edge, adjacency as CSR (Dibbelt, Strasser & Wagner, "Customizable Contraction Hierarchies",
 * 2014, for the layout). Typed arrays only; built once, never changed, shared between threads.
 *
 *     node n ──firstOut[n]…firstOut[n+1]──► slots of outArc (an arc) and head (its target node)
 *     arc a  = 2 · edge + (0 source→target | 1 target→source);  arc ^ 1 is the way back
 *     edge e ──firstShape[e]…firstShape[e+1]──► shapeLon, shapeLat, both ends included
 */
export interface Network {
  /** Hex digest of the content: equal bytes, equal version. Stands in every match. */
  readonly version: string;
  readonly nodeCount: number;
  readonly edgeCount: number;

  /** int32 at 1e-7 degree, nodes in Hilbert order. */
  readonly nodeLon: Int32Array;
  readonly nodeLat: Int32Array;
  readonly nodeOsmId: Float64Array;
  /** Metres above sea level, NaN without a DEM. */
  readonly nodeElevationM: Float32Array;
  /** Bits of NODE_FLAG. */
  readonly nodeFlag: Uint8Array;

  /** CSR (nodeCount + 1). */
  readonly firstOut: Uint32Array;
  /** Both per slot (2 · edgeCount): the arc, and the node it leads to. */
  readonly outArc: Uint32Array;
  readonly head: Uint32Array;

  /** Per edge. */
  readonly source: Uint32Array;
  readonly target: Uint32Array;
  readonly lengthM: Float32Array;
  readonly firstShape: Uint32Array;
  readonly shapeLon: Int32Array;
  readonly shapeLat: Int32Array;
  readonly wayId: Float64Array;
  /** Indices into the vocabularies of attribute.ts. */
  readonly roadClass: Uint8Array;
  readonly surface: Uint8Array;
  readonly smoothness: Uint8Array;
  readonly trackType: Uint8Array;
  readonly sacScale: Uint8Array;
  readonly mtbScale: Uint8Array;
  /** Decimetres, 0 unknown. */
  readonly width: Uint8Array;
  /** Bits of ACCESS and FLAG. */
  readonly access: Uint8Array;
  readonly flag: Uint8Array;
  /** Metres up and down from source to target; 0 without a DEM. */
  readonly ascentM: Float32Array;
  readonly descentM: Float32Array;
  /** Index into the names; 0 is no name. */
  readonly name: Uint32Array;
  readonly firstNameByte: Uint32Array;
  readonly nameByte: Uint8Array;

  /** Cycle and hiking routes: edge e lies on routes edgeRoute[firstEdgeRoute[e]] …. */
  readonly firstEdgeRoute: Uint32Array;
  readonly edgeRoute: Uint32Array;
  /** Per route: OSM relation, kind (0 hike, 1 bike, 2 mtb, 3 other), network level 0–4, name. */
  readonly routeId: Float64Array;
  readonly routeKind: Uint8Array;
  readonly routeLevel: Uint8Array;
  readonly routeName: Uint32Array;

  /**
   * Forbidden turns as pairs of arcs, sorted by (from, to); `only_…` restrictions are stored as the
   * turns that they forbid. Mode bits: 1 bike, 2 motor (turn restrictions do not bind walkers).
   */
  readonly turnFrom: Uint32Array;
  readonly turnTo: Uint32Array;
  readonly turnMode: Uint8Array;
}

/** The names of the typed-array fields of `Network`, in the order of the snapshot. */
export const NETWORK_ARRAYS = [
  "nodeLon",
  "nodeLat",
  "nodeOsmId",
  "nodeElevationM",
  "nodeFlag",
  "firstOut",
  "outArc",
  "head",
  "source",
  "target",
  "lengthM",
  "firstShape",
  "shapeLon",
  "shapeLat",
  "wayId",
  "roadClass",
  "surface",
  "smoothness",
  "trackType",
  "sacScale",
  "mtbScale",
  "width",
  "access",
  "flag",
  "ascentM",
  "descentM",
  "name",
  "firstNameByte",
  "nameByte",
  "firstEdgeRoute",
  "edgeRoute",
  "routeId",
  "routeKind",
  "routeLevel",
  "routeName",
  "turnFrom",
  "turnTo",
  "turnMode",
] as const satisfies readonly (keyof Network)[];

/** Name of an edge, "" where the map has none. */
export function nameOf(network: Network, edge: number): string {
  const i = network.name[edge]!;
  const bytes = network.nameByte.subarray(network.firstNameByte[i]!, network.firstNameByte[i + 1]!);
  // TextDecoder refuses views of shared memory in browsers, hence the copy.
  return new TextDecoder().decode(bytes.slice());
}
