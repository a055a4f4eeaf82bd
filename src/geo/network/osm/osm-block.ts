/**
 * A stretch of an extract as the readers hand it over: columns with strings of its own and way
 * references as ids. `collect.ts` joins many of them into `OsmData`. Every array is its own buffer,
 * so that a worker can move a block to another thread without a copy.
 */
import type { MapRepair } from "../repair.ts";
import type { TagColumns } from "./osm-data.ts";

export interface OsmBlock {
  /** What the tags and roles of this block point into. */
  readonly strings: readonly string[];
  readonly node: {
    readonly id: Float64Array;
    /** int32 at 1e-7 degree. */
    readonly lon: Int32Array;
    readonly lat: Int32Array;
  };
  /** `index` points into `node` of this block. */
  readonly taggedNode: TagColumns & { readonly index: Uint32Array };
  readonly way: TagColumns & {
    readonly id: Float64Array;
    readonly firstRef: Uint32Array;
    /** Node ids. */
    readonly refId: Float64Array;
  };
  readonly relation: TagColumns & {
    readonly id: Float64Array;
    readonly firstMember: Uint32Array;
    readonly memberType: Uint8Array;
    readonly memberId: Float64Array;
    readonly memberRole: Uint32Array;
  };
  /** Objects that were passed over, by repair code. */
  readonly skipped: Readonly<Partial<Record<MapRepair, number>>>;
  /** Nodes were written at the ways ("LocationsOnWays"): the same node comes many times. */
  readonly hasNodesOfWays: boolean;
}

/** The buffers of a block, for a transfer list. */
export function buffersOf(block: OsmBlock): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const part of [block.node, block.taggedNode, block.way, block.relation]) {
    for (const column of Object.values(part)) buffers.push(column.buffer as ArrayBuffer);
  }
  return buffers;
}
