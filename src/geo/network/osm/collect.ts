/**
 * Many blocks into one `OsmData`: strings are shared, objects sorted by id with the last of equal ids
 * kept, way references become node indices. What an extract lacks or has twice is counted. Memory:
 * 16 MB per million nodes, 8 bytes a tag, 12 a way reference, and about as much again while the
 * columns are joined. O(n) for a sorted file, O(n log n) otherwise.
 */
import { UNITS_PER_DEGREE } from "../../lonlat.ts";
import { type MapRepair, mapRepairs } from "../repair.ts";
import type { OsmBlock } from "./osm-block.ts";
import {
  MEMBER_NODE,
  MEMBER_WAY,
  MISSING_NODE,
  type OsmData,
  type TagColumns,
} from "./osm-data.ts";

export interface OsmCollector {
  /** Takes the block over; its tag columns are rewritten to the shared strings. */
  add(block: OsmBlock): void;
  finish(): OsmData;
  timestampMs: number;
}

export function createCollector(): OsmCollector {
  const strings: string[] = [];
  const indexOf = new Map<string, number>();
  const parts = emptyParts();
  const counts = new Map<MapRepair, number>();
  const count: Count = (code, n) => {
    if (n > 0) counts.set(code, (counts.get(code) ?? 0) + n);
  };

  const collector: OsmCollector = {
    timestampMs: 0,
    add(block) {
      const shared = Uint32Array.from(block.strings, (text) => {
        let index = indexOf.get(text);
        if (index === undefined) {
          index = strings.length;
          indexOf.set(text, index);
          strings.push(text);
        }
        return index;
      });
      const { node, taggedNode, way, relation } = block;
      for (const { tagKey, tagValue } of [taggedNode, way, relation]) {
        translate(tagKey, shared);
        translate(tagValue, shared);
      }
      translate(relation.memberRole, shared);
      for (let t = 0; t < taggedNode.index.length; t++) taggedNode.index[t]! += parts.nodeCount;
      for (const [code, n] of Object.entries(block.skipped)) count(code as MapRepair, n);

      parts.nodeCount += node.id.length;
      parts.hasNodesOfWays ||= block.hasNodesOfWays;
      parts.nodeId.push(node.id);
      parts.nodeLon.push(node.lon);
      parts.nodeLat.push(node.lat);
      parts.taggedIndex.push(taggedNode.index);
      pushTags(parts.nodeTags, taggedNode);
      parts.wayId.push(way.id);
      parts.firstRef.push(way.firstRef);
      parts.refId.push(way.refId);
      pushTags(parts.wayTags, way);
      parts.relationId.push(relation.id);
      parts.firstMember.push(relation.firstMember);
      parts.memberType.push(relation.memberType);
      parts.memberId.push(relation.memberId);
      parts.memberRole.push(relation.memberRole);
      pushTags(parts.relationTags, relation);
    },
    finish() {
      const { node, taggedNode } = joinNodes(parts, count);
      const way = joinWays(parts, node.id, count);
      const relation = joinRelations(parts, node.id, way.id, count);
      return {
        strings,
        node,
        taggedNode,
        way,
        relation,
        timestampMs: collector.timestampMs,
        bbox: boundsOf(node.lon, node.lat),
        repairs: mapRepairs(counts),
      };
    },
  };
  return collector;
}

/** Columns as they come, block by block. Joining gives each part up once it is copied. */
interface Parts {
  nodeCount: number;
  hasNodesOfWays: boolean;
  readonly nodeId: Float64Array[];
  readonly nodeLon: Int32Array[];
  readonly nodeLat: Int32Array[];
  readonly taggedIndex: Uint32Array[];
  readonly nodeTags: TagParts;
  readonly wayId: Float64Array[];
  readonly firstRef: Uint32Array[];
  readonly refId: Float64Array[];
  readonly wayTags: TagParts;
  readonly relationId: Float64Array[];
  readonly firstMember: Uint32Array[];
  readonly memberType: Uint8Array[];
  readonly memberId: Float64Array[];
  readonly memberRole: Uint32Array[];
  readonly relationTags: TagParts;
}

interface TagParts {
  readonly first: Uint32Array[];
  readonly key: Uint32Array[];
  readonly value: Uint32Array[];
}

function emptyParts(): Parts {
  const tags = (): TagParts => ({ first: [], key: [], value: [] });
  return {
    nodeCount: 0,
    hasNodesOfWays: false,
    nodeId: [],
    nodeLon: [],
    nodeLat: [],
    taggedIndex: [],
    nodeTags: tags(),
    wayId: [],
    firstRef: [],
    refId: [],
    wayTags: tags(),
    relationId: [],
    firstMember: [],
    memberType: [],
    memberId: [],
    memberRole: [],
    relationTags: tags(),
  };
}

function pushTags(parts: TagParts, tags: TagColumns): void {
  parts.first.push(tags.firstTag);
  parts.key.push(tags.tagKey);
  parts.value.push(tags.tagValue);
}

type Count = (code: MapRepair, n: number) => void;

function translate(column: Uint32Array, shared: Uint32Array): void {
  for (let i = 0; i < column.length; i++) column[i] = shared[column[i]!]!;
}

/**
 * Which rows stay and in which order: ascending by id, the last of equal ids.
 *
 * @returns undefined when the rows already are what they should be
 */
function keptRows(
  id: Float64Array,
  count: Count,
  isRepeatNormal: boolean,
): Uint32Array | undefined {
  let unsorted = 0;
  let equal = 0;
  for (let i = 1; i < id.length; i++) {
    if (id[i]! < id[i - 1]!) unsorted++;
    else if (id[i] === id[i - 1]) equal++;
  }
  if (unsorted === 0 && equal === 0) return undefined;
  if (!isRepeatNormal) count("unsorted-object", unsorted);
  const rows = Uint32Array.from({ length: id.length }, (_, i) => i);
  if (unsorted > 0) rows.sort((a, b) => id[a]! - id[b]! || a - b);
  let kept = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (i + 1 < rows.length && id[rows[i + 1]!] === id[row]) continue;
    rows[kept++] = row;
  }
  if (!isRepeatNormal) count("duplicate-object", rows.length - kept);
  return rows.slice(0, kept);
}

function joinNodes(parts: Parts, count: Count): Pick<OsmData, "node" | "taggedNode"> {
  const id = concat(parts.nodeId, Float64Array);
  const lon = concat(parts.nodeLon, Int32Array);
  const lat = concat(parts.nodeLat, Int32Array);
  const index = concat(parts.taggedIndex, Uint32Array);
  const tags = concatTags(parts.nodeTags);
  const rows = keptRows(id, count, parts.hasNodesOfWays);
  if (!rows) return { node: { id, lon, lat }, taggedNode: { index, ...tags } };

  const tagRow = new Int32Array(id.length).fill(-1);
  for (let t = 0; t < index.length; t++) tagRow[index[t]!] = t;
  const taggedRows: number[] = [];
  const keptIndex: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    const t = tagRow[rows[i]!]!;
    if (t < 0) continue;
    taggedRows.push(t);
    keptIndex.push(i);
  }
  return {
    node: {
      id: Float64Array.from(rows, (r) => id[r]!),
      lon: Int32Array.from(rows, (r) => lon[r]!),
      lat: Int32Array.from(rows, (r) => lat[r]!),
    },
    taggedNode: {
      index: Uint32Array.from(keptIndex),
      ...pickTags(tags, Uint32Array.from(taggedRows)),
    },
  };
}

function joinWays(parts: Parts, nodeId: Float64Array, count: Count): OsmData["way"] {
  let id = concat(parts.wayId, Float64Array);
  let firstRef = concatFirst(parts.firstRef);
  let tags = concatTags(parts.wayTags);
  let refId = concat(parts.refId, Float64Array);
  const rows = keptRows(id, count, false);
  if (rows) {
    const spans = pickSpans(firstRef, rows);
    refId = Float64Array.from(spans.slot, (s) => refId[s]!);
    firstRef = spans.first;
    tags = pickTags(tags, rows);
    id = Float64Array.from(rows, (r) => id[r]!);
  }

  const ref = new Uint32Array(refId.length);
  const find = createFinder(nodeId);
  let missing = 0;
  let clipped = 0;
  for (let w = 0; w < id.length; w++) {
    const before = missing;
    for (let i = firstRef[w]!; i < firstRef[w + 1]!; i++) {
      const found = find(refId[i]!);
      if (found < 0) missing++;
      ref[i] = found < 0 ? MISSING_NODE : found;
    }
    if (missing > before) clipped++;
  }
  count("missing-node", missing);
  count("clipped-way", clipped);
  return { id, firstRef, ref, ...tags };
}

function joinRelations(
  parts: Parts,
  nodeId: Float64Array,
  wayId: Float64Array,
  count: Count,
): OsmData["relation"] {
  let id = concat(parts.relationId, Float64Array);
  let firstMember = concatFirst(parts.firstMember);
  let tags = concatTags(parts.relationTags);
  let memberType = concat(parts.memberType, Uint8Array);
  let memberId = concat(parts.memberId, Float64Array);
  let memberRole = concat(parts.memberRole, Uint32Array);
  const rows = keptRows(id, count, false);
  if (rows) {
    const { first, slot } = pickSpans(firstMember, rows);
    memberType = Uint8Array.from(slot, (s) => memberType[s]!);
    memberId = Float64Array.from(slot, (s) => memberId[s]!);
    memberRole = Uint32Array.from(slot, (s) => memberRole[s]!);
    firstMember = first;
    tags = pickTags(tags, rows);
    id = Float64Array.from(rows, (r) => id[r]!);
  }

  const findNode = createFinder(nodeId);
  const findWay = createFinder(wayId);
  const findRelation = createFinder(id);
  let clipped = 0;
  let broken = 0;
  for (let r = 0; r < id.length; r++) {
    let present = 0;
    for (let m = firstMember[r]!; m < firstMember[r + 1]!; m++) {
      const type = memberType[m]!;
      const find = type === MEMBER_NODE ? findNode : type === MEMBER_WAY ? findWay : findRelation;
      if (find(memberId[m]!) >= 0) present++;
    }
    if (present === 0) broken++;
    else if (present < firstMember[r + 1]! - firstMember[r]!) clipped++;
  }
  count("clipped-relation", clipped);
  count("broken-relation", broken);
  return { id, firstMember, memberType, memberId, memberRole, ...tags };
}

/**
 * Finds ids in an ascending column. It looks next to the last find first, because the nodes of a way
 * were often made one after the other; then it halves. −1 when absent.
 */
export function createFinder(ids: Float64Array): (id: number) => number {
  let last = 0;
  return (id) => {
    for (let i = last; i < last + 3 && i < ids.length; i++) {
      if (ids[i] === id) {
        last = i;
        return i;
      }
    }
    let low = 0;
    let high = ids.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = ids[middle]!;
      if (found < id) low = middle + 1;
      else if (found > id) high = middle - 1;
      else {
        last = middle;
        return middle;
      }
    }
    return -1;
  };
}

type Column = Float64Array | Int32Array | Uint32Array | Uint8Array;

/** Empties `parts`, one after the other, so that a column is hardly ever in memory twice. */
function concat<A extends Column>(parts: A[], kind: new (length: number) => A): A {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new kind(length);
  const none = new kind(0);
  let at = 0;
  for (let p = 0; p < parts.length; p++) {
    joined.set(parts[p]!, at);
    at += parts[p]!.length;
    parts[p] = none;
  }
  return joined;
}

/** Joins CSR offsets: each part begins with 0 and ends with its count. */
function concatFirst(parts: readonly Uint32Array[]): Uint32Array {
  let length = 1;
  for (const part of parts) length += part.length - 1;
  const joined = new Uint32Array(length);
  let at = 0;
  for (const part of parts) {
    const shift = joined[at]!;
    for (let i = 1; i < part.length; i++) joined[at + i] = part[i]! + shift;
    at += part.length - 1;
  }
  return joined;
}

function concatTags(parts: TagParts): TagColumns {
  return {
    firstTag: concatFirst(parts.first),
    tagKey: concat(parts.key, Uint32Array),
    tagValue: concat(parts.value, Uint32Array),
  };
}

function pickTags(tags: TagColumns, rows: Uint32Array): TagColumns {
  const { first, slot } = pickSpans(tags.firstTag, rows);
  return {
    firstTag: first,
    tagKey: Uint32Array.from(slot, (s) => tags.tagKey[s]!),
    tagValue: Uint32Array.from(slot, (s) => tags.tagValue[s]!),
  };
}

/** CSR offsets of the chosen rows, and for each of their slots the slot that it had before. */
function pickSpans(
  first: Uint32Array,
  rows: Uint32Array,
): { first: Uint32Array; slot: Uint32Array } {
  const picked = new Uint32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) {
    picked[i + 1] = picked[i]! + first[rows[i]! + 1]! - first[rows[i]!]!;
  }
  const slot = new Uint32Array(picked[rows.length]!);
  for (let i = 0; i < rows.length; i++) {
    const shift = first[rows[i]!]! - picked[i]!;
    for (let s = picked[i]!; s < picked[i + 1]!; s++) slot[s] = s + shift;
  }
  return { first: picked, slot };
}

function boundsOf(lon: Int32Array, lat: Int32Array): [number, number, number, number] {
  if (lon.length === 0) return [0, 0, 0, 0];
  let west = lon[0]!;
  let east = west;
  let south = lat[0]!;
  let north = south;
  for (let i = 1; i < lon.length; i++) {
    if (lon[i]! < west) west = lon[i]!;
    else if (lon[i]! > east) east = lon[i]!;
    if (lat[i]! < south) south = lat[i]!;
    else if (lat[i]! > north) north = lat[i]!;
  }
  const u = UNITS_PER_DEGREE;
  return [west / u, south / u, east / u, north / u];
}
