/**
 * OpenStreetMap's own three nouns, before they are written to a file: nodes in columns, ways and
 * relations as small objects. Ids are handed out in order, so that files are sorted by type and id.
 */
import { UNITS_PER_DEGREE } from "../../geo/lonlat.ts";
import type { Plane } from "../plane.ts";
import type { Tags } from "./line.ts";

export interface OsmWay {
  readonly id: number;
  /** Node ids; closed ways repeat the first. */
  readonly refs: readonly number[];
  readonly tags: Tags;
}

export interface OsmMember {
  readonly type: "node" | "way" | "relation";
  readonly ref: number;
  readonly role: string;
}

export interface OsmRelation {
  readonly id: number;
  readonly members: readonly OsmMember[];
  readonly tags: Tags;
}

/** Everything that a written file says. Node i has id firstNodeId + i. */
export interface OsmDraft {
  readonly firstNodeId: number;
  readonly nodeCount: number;
  /** int32 at 1e-7 degree. */
  readonly nodeLon: Int32Array;
  readonly nodeLat: Int32Array;
  /** Only nodes that have tags, by node id. */
  readonly nodeTags: ReadonlyMap<number, Tags>;
  readonly ways: readonly OsmWay[];
  readonly relations: readonly OsmRelation[];
  /** When the map was "drawn", epoch milliseconds. */
  readonly timestampMs: number;
}

const FIRST_NODE = 1_000_001;
const FIRST_WAY = 200_001;
const FIRST_RELATION = 9_001;

export class OsmBuilder {
  readonly #plane: Plane;
  readonly #lon: number[] = [];
  readonly #lat: number[] = [];
  readonly #nodeTags = new Map<number, Tags>();
  readonly #ways: OsmWay[] = [];
  readonly #relations: OsmRelation[] = [];

  constructor(plane: Plane) {
    this.#plane = plane;
  }

  /** @returns the id of a new node at a place in metres */
  node(x: number, y: number, tags?: Tags): number {
    this.#lon.push(Math.round(this.#plane.toLon(x) * UNITS_PER_DEGREE));
    this.#lat.push(Math.round(this.#plane.toLat(y) * UNITS_PER_DEGREE));
    const id = FIRST_NODE + this.#lon.length - 1;
    if (tags) this.#nodeTags.set(id, tags);
    return id;
  }

  tagNode(id: number, tags: Tags): void {
    this.#nodeTags.set(id, { ...this.#nodeTags.get(id), ...tags });
  }

  way(refs: readonly number[], tags: Tags): number {
    const id = this.reserveWay();
    this.#ways.push({ id, refs, tags: clean(tags) });
    return id;
  }

  /** An id for a way that the map does not hold: the world has it, the file has not. */
  reserveWay(): number {
    return FIRST_WAY + this.#wayIds++;
  }
  #wayIds = 0;

  relation(members: readonly OsmMember[], tags: Tags): number {
    const id = FIRST_RELATION + this.#relations.length;
    this.#relations.push({ id, members, tags: clean(tags) });
    return id;
  }

  build(timestampMs: number): OsmDraft {
    return {
      firstNodeId: FIRST_NODE,
      nodeCount: this.#lon.length,
      nodeLon: Int32Array.from(this.#lon),
      nodeLat: Int32Array.from(this.#lat),
      nodeTags: this.#nodeTags,
      ways: this.#ways,
      relations: this.#relations,
      timestampMs,
    };
  }
}

/** Without empty values and without the drawing's own marks. */
function clean(tags: Tags): Tags {
  const out: Tags = {};
  for (const key in tags) if (tags[key] !== "" && !key.startsWith("sim:")) out[key] = tags[key]!;
  return out;
}
