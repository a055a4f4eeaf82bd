/**
 * The drawn town as OSM PBF (wiki.openstreetmap.org/wiki/PBF_Format): zlib blobs of at most 8,000
 * objects, dense nodes with delta-coded columns, one string table a block.
 */
import { zlibSync } from "fflate";
import { PbfWriter } from "pbf";
import { UNITS_PER_DEGREE } from "../../geo/lonlat.ts";
import type { Tags } from "./line.ts";
import type { OsmDraft, OsmRelation, OsmWay } from "./osm-draft.ts";

const OBJECTS_PER_BLOCK = 8000;
/** The default granularity of 100 nanodegrees is our stored unit, 1e-7 degree. */
const MEMBER_TYPES = { node: 0, way: 1, relation: 2 } as const;

export function writeOsmPbf(osm: OsmDraft, generator = "waymark-sim"): Uint8Array {
  const parts: Uint8Array[] = [blob("OSMHeader", headerBlock(osm, generator))];
  for (let i = 0; i < osm.nodeCount; i += OBJECTS_PER_BLOCK) {
    parts.push(blob("OSMData", nodeBlock(osm, i, Math.min(osm.nodeCount, i + OBJECTS_PER_BLOCK))));
  }
  for (let i = 0; i < osm.ways.length; i += OBJECTS_PER_BLOCK) {
    parts.push(blob("OSMData", wayBlock(osm.ways.slice(i, i + OBJECTS_PER_BLOCK))));
  }
  for (let i = 0; i < osm.relations.length; i += OBJECTS_PER_BLOCK) {
    parts.push(blob("OSMData", relationBlock(osm.relations.slice(i, i + OBJECTS_PER_BLOCK))));
  }
  const out = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function blob(type: string, content: Uint8Array): Uint8Array {
  const body = new PbfWriter();
  body.writeVarintField(2, content.length);
  body.writeBytesField(3, zlibSync(content, { level: 6 }));
  const bodyBytes = body.finish();
  const head = new PbfWriter();
  head.writeStringField(1, type);
  head.writeVarintField(3, bodyBytes.length);
  const headBytes = head.finish();
  const out = new Uint8Array(4 + headBytes.length + bodyBytes.length);
  new DataView(out.buffer).setUint32(0, headBytes.length);
  out.set(headBytes, 4);
  out.set(bodyBytes, 4 + headBytes.length);
  return out;
}

function headerBlock(osm: OsmDraft, generator: string): Uint8Array {
  let west = Infinity;
  let east = -Infinity;
  let south = Infinity;
  let north = -Infinity;
  for (let i = 0; i < osm.nodeCount; i++) {
    west = Math.min(west, osm.nodeLon[i]!);
    east = Math.max(east, osm.nodeLon[i]!);
    south = Math.min(south, osm.nodeLat[i]!);
    north = Math.max(north, osm.nodeLat[i]!);
  }
  const nano = 1e9 / UNITS_PER_DEGREE;
  const pbf = new PbfWriter();
  pbf.writeMessage(
    1,
    (_: null, box) => {
      box.writeSVarintField(1, west * nano);
      box.writeSVarintField(2, east * nano);
      box.writeSVarintField(3, north * nano);
      box.writeSVarintField(4, south * nano);
    },
    null,
  );
  pbf.writeStringField(4, "OsmSchema-V0.6");
  pbf.writeStringField(4, "DenseNodes");
  pbf.writeStringField(5, "Sort.Type_then_ID");
  pbf.writeStringField(16, generator);
  pbf.writeVarintField(32, Math.floor(osm.timestampMs / 1000));
  return pbf.finish();
}

/** Strings of one block; index 0 is empty by the format's rule. */
class Strings {
  readonly list: string[] = [""];
  readonly #index = new Map<string, number>();

  of(text: string): number {
    if (text === "") return 0;
    let i = this.#index.get(text);
    if (i === undefined) {
      i = this.list.length;
      this.list.push(text);
      this.#index.set(text, i);
    }
    return i;
  }

  write(pbf: PbfWriter): void {
    pbf.writeMessage(
      1,
      (list: readonly string[], table) => {
        for (const text of list) table.writeStringField(1, text);
      },
      this.list,
    );
  }
}

function block(strings: Strings, group: (pbf: PbfWriter) => void): Uint8Array {
  const body = new PbfWriter();
  body.writeMessage(2, (_: null, pbf) => group(pbf), null);
  const bytes = body.finish();
  const head = new PbfWriter();
  strings.write(head);
  const headBytes = head.finish();
  const out = new Uint8Array(headBytes.length + bytes.length);
  out.set(headBytes, 0);
  out.set(bytes, headBytes.length);
  return out;
}

function deltas(values: readonly number[]): number[] {
  return values.map((v, i) => (i === 0 ? v : v - values[i - 1]!));
}

function nodeBlock(osm: OsmDraft, from: number, to: number): Uint8Array {
  const strings = new Strings();
  const ids: number[] = [];
  const lons: number[] = [];
  const lats: number[] = [];
  const keysValues: number[] = [];
  for (let i = from; i < to; i++) {
    const id = osm.firstNodeId + i;
    ids.push(id);
    lons.push(osm.nodeLon[i]!);
    lats.push(osm.nodeLat[i]!);
    const tags = osm.nodeTags.get(id);
    for (const key in tags) keysValues.push(strings.of(key), strings.of(tags[key]!));
    keysValues.push(0);
  }
  return block(strings, (group) => {
    group.writeMessage(
      2,
      (_: null, dense) => {
        dense.writePackedSVarint(1, deltas(ids));
        dense.writePackedSVarint(8, deltas(lats));
        dense.writePackedSVarint(9, deltas(lons));
        dense.writePackedVarint(10, keysValues);
      },
      null,
    );
  });
}

function tagColumns(strings: Strings, tags: Tags): { keys: number[]; values: number[] } {
  const keys = Object.keys(tags);
  return { keys: keys.map((k) => strings.of(k)), values: keys.map((k) => strings.of(tags[k]!)) };
}

function wayBlock(ways: readonly OsmWay[]): Uint8Array {
  const strings = new Strings();
  const rows = ways.map((way) => ({ way, ...tagColumns(strings, way.tags) }));
  return block(strings, (group) => {
    for (const row of rows) {
      group.writeMessage(
        3,
        (_: null, pbf) => {
          pbf.writeVarintField(1, row.way.id);
          if (row.keys.length > 0) {
            pbf.writePackedVarint(2, row.keys);
            pbf.writePackedVarint(3, row.values);
          }
          pbf.writePackedSVarint(8, deltas(row.way.refs));
        },
        null,
      );
    }
  });
}

function relationBlock(relations: readonly OsmRelation[]): Uint8Array {
  const strings = new Strings();
  const rows = relations.map((relation) => ({
    relation,
    ...tagColumns(strings, relation.tags),
    roles: relation.members.map((m) => strings.of(m.role)),
  }));
  return block(strings, (group) => {
    for (const row of rows) {
      group.writeMessage(
        4,
        (_: null, pbf) => {
          pbf.writeVarintField(1, row.relation.id);
          pbf.writePackedVarint(2, row.keys);
          pbf.writePackedVarint(3, row.values);
          pbf.writePackedVarint(8, row.roles);
          pbf.writePackedSVarint(9, deltas(row.relation.members.map((m) => m.ref)));
          pbf.writePackedVarint(
            10,
            row.relation.members.map((m) => MEMBER_TYPES[m.type]),
          );
        },
        null,
      );
    }
  });
}
