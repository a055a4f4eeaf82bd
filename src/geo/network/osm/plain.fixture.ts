// An extract as plain objects, to compare what different readers made of the same map.
import { MISSING_NODE, type OsmData, type TagColumns } from "./osm-data.ts";

export interface PlainOsm {
  readonly nodes: readonly unknown[];
  readonly ways: readonly unknown[];
  readonly relations: readonly unknown[];
}

export function plainOf(osm: OsmData): PlainOsm {
  const tags = (columns: TagColumns, i: number): Record<string, string> => {
    const found: Record<string, string> = {};
    for (let t = columns.firstTag[i]!; t < columns.firstTag[i + 1]!; t++) {
      found[osm.strings[columns.tagKey[t]!]!] = osm.strings[columns.tagValue[t]!]!;
    }
    return found;
  };
  const tagged = new Map(Array.from(osm.taggedNode.index, (n, t) => [n, t] as const));
  return {
    nodes: Array.from(osm.node.id, (id, n) => {
      const t = tagged.get(n);
      return {
        id,
        lon: osm.node.lon[n],
        lat: osm.node.lat[n],
        tags: t === undefined ? {} : tags(osm.taggedNode, t),
      };
    }),
    ways: Array.from(osm.way.id, (id, w) => ({
      id,
      refs: Array.from(osm.way.ref.subarray(osm.way.firstRef[w]!, osm.way.firstRef[w + 1]!), (n) =>
        n === MISSING_NODE ? "missing" : osm.node.id[n],
      ),
      tags: tags(osm.way, w),
    })),
    relations: Array.from(osm.relation.id, (id, r) => ({
      id,
      members: Array.from(
        { length: osm.relation.firstMember[r + 1]! - osm.relation.firstMember[r]! },
        (_, i) => {
          const m = osm.relation.firstMember[r]! + i;
          return [
            osm.relation.memberType[m],
            osm.relation.memberId[m],
            osm.strings[osm.relation.memberRole[m]!],
          ];
        },
      ),
      tags: tags(osm.relation, r),
    })),
  };
}
