/**
 * An OpenStreetMap extract in columns: what the readers make and the network builder and base map
 * read. Tags are pairs of indices into one string table. Coordinates are int32 at 1e-7 degree.
 */
import type { Repair } from "../../track/recording.ts";

export const MEMBER_NODE = 0;
export const MEMBER_WAY = 1;
export const MEMBER_RELATION = 2;

/** Tags of many objects: object i has pairs firstTag[i] … firstTag[i + 1] of key and value. */
export interface TagColumns {
  readonly firstTag: Uint32Array;
  /** Indices into `strings`. */
  readonly tagKey: Uint32Array;
  readonly tagValue: Uint32Array;
}

export interface OsmData {
  readonly strings: readonly string[];
  /** Every node that was kept, ascending by id, no id twice. */
  readonly node: {
    readonly id: Float64Array;
    readonly lon: Int32Array;
    readonly lat: Int32Array;
  };
  /** The nodes among them that have tags: `index` points into `node`, ascending. */
  readonly taggedNode: TagColumns & { readonly index: Uint32Array };
  readonly way: TagColumns & {
    readonly id: Float64Array;
    /** Way i has refs firstRef[i] … firstRef[i + 1]. */
    readonly firstRef: Uint32Array;
    /** Indices into `node`; MISSING_NODE where the extract does not hold that node. */
    readonly ref: Uint32Array;
  };
  readonly relation: TagColumns & {
    readonly id: Float64Array;
    readonly firstMember: Uint32Array;
    readonly memberType: Uint8Array;
    readonly memberId: Float64Array;
    /** Index into `strings`. */
    readonly memberRole: Uint32Array;
  };
  /** Replication time of the extract in epoch milliseconds, 0 when unknown. */
  readonly timestampMs: number;
  /** [west, south, east, north] in degrees of the kept nodes. */
  readonly bbox: readonly [number, number, number, number];
  /** Clipped ways, missing nodes, duplicate ids, broken relations: survived and counted. */
  readonly repairs: readonly Repair[];
}

export const MISSING_NODE = 0xffffffff;
