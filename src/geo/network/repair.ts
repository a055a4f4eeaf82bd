/**
 * What a map survives, by code: each stands in docs/reference/repairs.md, and a test holds the two
 * together. The count is of objects, references or restrictions, as the sentence says.
 */
import type { Repair } from "../track/recording.ts";

/** Code → the sentence behind its count. Reading first, then building. */
export const MAP_REPAIRS = {
  "node-out-of-range": "nodes lie outside the earth and were left out",
  "node-without-position": "nodes have no position and were left out",
  "object-without-id": "objects have no readable id and were left out",
  "reference-without-id": "references or members have no readable id and were left out",
  "deleted-object": "objects are marked as deleted and were left out",
  "duplicate-object": "objects came more than once; the last of each was kept",
  "unsorted-object": "objects came out of order and were sorted",
  "missing-node": "references of ways lead to nodes that the extract lacks",
  "clipped-way": "ways lack nodes and were cut there",
  "clipped-relation": "relations have members that the extract lacks",
  "broken-relation": "relations have no member in the extract",
  "empty-way": "ways have no two different places and were left out",
  "welded-node": "nodes lie on the node before them in a way and became one with it",
  "conditional-access": "ways have access that changes with the hour; what always holds was taken",
  "conditional-restriction": "turn restrictions hold at certain hours only and were left out",
  "broken-restriction": "turn restrictions lack a member or name ways that do not meet there",
  "restriction-via-way": "turn restrictions over a way cannot be said by pairs and were left out",
} as const;

export type MapRepair = keyof typeof MAP_REPAIRS;

/** Counts of 0 are no repairs. */
export function mapRepairs(counts: Iterable<readonly [MapRepair, number]>): Repair[] {
  return Array.from(
    counts,
    ([code, count]): Repair => ({
      code,
      count,
      unit: "record",
      message: MAP_REPAIRS[code],
    }),
  ).filter(({ count }) => count > 0);
}
