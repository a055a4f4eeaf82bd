/**
 * Collects objects into the columns of an `OsmBlock`: tags, references and members first, then the
 * `close…` of the object that they belong to. Indices and positions are checked here, for every
 * reader.
 */
import { growFloat64, growInt32, growUint32 } from "../../../base/grow.ts";
import type { MapRepair } from "../repair.ts";
import type { OsmBlock } from "./osm-block.ts";
import { MEMBER_RELATION, type TagColumns } from "./osm-data.ts";
import { damaged } from "./wire.ts";

const LON_MAX = 1_800_000_000;
const LAT_MAX = 900_000_000;

export class OsmBlockBuilder {
  readonly strings: string[] = [];
  hasNodesOfWays = false;
  /** Objects so far, to know when a block is large enough. */
  objectCount = 0;

  private readonly nodeId = growFloat64();
  private readonly nodeLon = growInt32();
  private readonly nodeLat = growInt32();
  private readonly taggedIndex = growUint32();
  private readonly nodeTags = new TagBuilder();
  private readonly wayId = growFloat64();
  private readonly wayFirstRef = growUint32();
  private readonly refId = growFloat64();
  private readonly wayTags = new TagBuilder();
  private readonly relationId = growFloat64();
  private readonly firstMember = growUint32();
  private readonly memberType = growUint32();
  private readonly memberId = growFloat64();
  private readonly memberRole = growUint32();
  private readonly relationTags = new TagBuilder();
  private readonly key: number[] = [];
  private readonly value: number[] = [];
  private readonly skipped: Partial<Record<MapRepair, number>> = {};

  constructor() {
    this.wayFirstRef.push(0);
    this.firstMember.push(0);
  }

  /** Counts an object that the reader passes over. */
  skip(code: MapRepair): void {
    this.skipped[code] = (this.skipped[code] ?? 0) + 1;
  }

  /** @returns false, and counted, when the position is not on the earth */
  addNode(id: number, lon: number, lat: number): boolean {
    this.objectCount++;
    if (!(Math.abs(lon) <= LON_MAX && Math.abs(lat) <= LAT_MAX)) {
      this.skip("node-out-of-range");
      return false;
    }
    this.nodeId.push(id);
    this.nodeLon.push(lon);
    this.nodeLat.push(lat);
    return true;
  }

  addTag(key: number, value: number): void {
    if (key >= this.strings.length || value >= this.strings.length) {
      throw damaged("a tag points beyond the strings of its block");
    }
    this.key.push(key);
    this.value.push(value);
  }

  addRef(nodeId: number): void {
    this.refId.push(nodeId);
  }

  addMember(type: number, id: number, role: number): void {
    if (type > MEMBER_RELATION) throw damaged(`a relation member has type ${type}`);
    if (role >= this.strings.length) throw damaged("a role points beyond the strings of its block");
    this.memberType.push(type);
    this.memberId.push(id);
    this.memberRole.push(role);
  }

  /** Ends the node that was added last; one without tags leaves no mark. */
  closeNode(): void {
    if (this.key.length === 0) return;
    this.taggedIndex.push(this.nodeId.length - 1);
    this.nodeTags.close(this.key, this.value);
  }

  closeWay(id: number): void {
    this.objectCount++;
    this.wayId.push(id);
    this.wayFirstRef.push(this.refId.length);
    this.wayTags.close(this.key, this.value);
  }

  closeRelation(id: number): void {
    this.objectCount++;
    this.relationId.push(id);
    this.firstMember.push(this.memberId.length);
    this.relationTags.close(this.key, this.value);
  }

  finish(): OsmBlock {
    return {
      strings: this.strings,
      node: {
        id: this.nodeId.finish(),
        lon: this.nodeLon.finish(),
        lat: this.nodeLat.finish(),
      },
      taggedNode: { index: this.taggedIndex.finish(), ...this.nodeTags.finish() },
      way: {
        id: this.wayId.finish(),
        firstRef: this.wayFirstRef.finish(),
        refId: this.refId.finish(),
        ...this.wayTags.finish(),
      },
      relation: {
        id: this.relationId.finish(),
        firstMember: this.firstMember.finish(),
        memberType: Uint8Array.from(this.memberType.finish()),
        memberId: this.memberId.finish(),
        memberRole: this.memberRole.finish(),
        ...this.relationTags.finish(),
      },
      skipped: this.skipped,
      hasNodesOfWays: this.hasNodesOfWays,
    };
  }
}

/** Tags of objects that come one after the other. */
class TagBuilder {
  private readonly first = growUint32();
  private readonly key = growUint32();
  private readonly value = growUint32();

  constructor() {
    this.first.push(0);
  }

  /** Takes the tags of one object and empties the arrays. */
  close(keys: number[], values: number[]): void {
    for (let i = 0; i < keys.length; i++) {
      this.key.push(keys[i]!);
      this.value.push(values[i]!);
    }
    keys.length = 0;
    values.length = 0;
    this.first.push(this.key.length);
  }

  finish(): TagColumns {
    return {
      firstTag: this.first.finish(),
      tagKey: this.key.finish(),
      tagValue: this.value.finish(),
    };
  }
}
