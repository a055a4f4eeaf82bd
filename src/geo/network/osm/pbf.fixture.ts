// Writes small .osm.pbf files for tests, over the package pbf: an encoder that shares no code with
// the reader. Every choice that the format leaves open can be made.
import { deflateSync } from "node:zlib";
import { PbfWriter } from "pbf";

export interface PbfNode {
  readonly id: number;
  /** In units of the granularity. */
  readonly lon: number;
  readonly lat: number;
  readonly tags?: Readonly<Record<string, string>>;
}
export interface PbfWay {
  readonly id: number;
  readonly refs: readonly number[];
  readonly tags?: Readonly<Record<string, string>>;
  /** LocationsOnWays: lon, lat per reference. */
  readonly places?: readonly (readonly [number, number])[];
}
export interface PbfRelation {
  readonly id: number;
  /** type 0 node, 1 way, 2 relation. */
  readonly members: readonly {
    readonly type: number;
    readonly id: number;
    readonly role: string;
  }[];
  readonly tags?: Readonly<Record<string, string>>;
}
export interface PbfBlock {
  readonly nodes?: readonly PbfNode[];
  /** Written as separate Node messages instead of DenseNodes. */
  readonly plainNodes?: readonly PbfNode[];
  readonly ways?: readonly PbfWay[];
  readonly relations?: readonly PbfRelation[];
  readonly granularity?: number;
  readonly lonOffset?: number;
  readonly latOffset?: number;
}

export function pbfFile(
  blocks: readonly PbfBlock[],
  options: { features?: readonly string[]; timestampS?: number; raw?: boolean } = {},
): Uint8Array {
  const header = new PbfWriter();
  for (const feature of options.features ?? ["OsmSchema-V0.6", "DenseNodes"]) {
    header.writeTag(4, 2);
    header.writeString(feature);
  }
  if (options.timestampS !== undefined) {
    header.writeTag(32, 0);
    header.writeVarint(options.timestampS);
  }
  const frames = [
    frame("OSMHeader", header.finish(), options.raw ?? false),
    ...blocks.map((block) => frame("OSMData", primitiveBlock(block), options.raw ?? false)),
  ];
  return concat(frames);
}

export function frame(type: string, content: Uint8Array, isRaw = false): Uint8Array {
  const blob = new PbfWriter();
  blob.writeTag(isRaw ? 1 : 3, 2);
  blob.writeBytes(isRaw ? content : deflateSync(content));
  if (!isRaw) {
    blob.writeTag(2, 0);
    blob.writeVarint(content.length);
  }
  const body = blob.finish().slice();
  const header = new PbfWriter();
  header.writeTag(1, 2);
  header.writeString(type);
  header.writeTag(3, 0);
  header.writeVarint(body.length);
  const head = header.finish().slice();
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length);
  return concat([length, head, body]);
}

export function primitiveBlock(block: PbfBlock): Uint8Array {
  const strings = [""];
  const string = (text: string): number => {
    const known = strings.indexOf(text);
    return known >= 0 ? known : strings.push(text) - 1;
  };
  const pairs = (tags: Readonly<Record<string, string>> = {}): [number[], number[]] => [
    Object.keys(tags).map(string),
    Object.values(tags).map(string),
  ];
  const group = new PbfWriter();
  for (const node of block.plainNodes ?? []) {
    const message = new PbfWriter();
    const [keys, values] = pairs(node.tags);
    message.writeTag(1, 0);
    message.writeSVarint(node.id);
    message.writePackedVarint(2, keys);
    message.writePackedVarint(3, values);
    message.writeTag(8, 0);
    message.writeSVarint(node.lat);
    message.writeTag(9, 0);
    message.writeSVarint(node.lon);
    group.writeTag(1, 2);
    group.writeBytes(message.finish().slice());
  }
  if (block.nodes) {
    const dense = new PbfWriter();
    dense.writePackedSVarint(1, deltas(block.nodes.map((n) => n.id)));
    dense.writePackedSVarint(8, deltas(block.nodes.map((n) => n.lat)));
    dense.writePackedSVarint(9, deltas(block.nodes.map((n) => n.lon)));
    if (block.nodes.some((n) => n.tags)) {
      dense.writePackedVarint(
        10,
        block.nodes.flatMap((n) => [
          ...Object.entries(n.tags ?? {}).flatMap(([k, v]) => [string(k), string(v)]),
          0,
        ]),
      );
    }
    group.writeTag(2, 2);
    group.writeBytes(dense.finish().slice());
  }
  for (const way of block.ways ?? []) {
    const message = new PbfWriter();
    const [keys, values] = pairs(way.tags);
    message.writeTag(1, 0);
    message.writeVarint(way.id);
    message.writePackedVarint(2, keys);
    message.writePackedVarint(3, values);
    message.writePackedSVarint(8, deltas(way.refs));
    if (way.places) {
      message.writePackedSVarint(9, deltas(way.places.map((p) => p[1])));
      message.writePackedSVarint(10, deltas(way.places.map((p) => p[0])));
    }
    group.writeTag(3, 2);
    group.writeBytes(message.finish().slice());
  }
  for (const relation of block.relations ?? []) {
    const message = new PbfWriter();
    const [keys, values] = pairs(relation.tags);
    message.writeTag(1, 0);
    message.writeVarint(relation.id);
    message.writePackedVarint(2, keys);
    message.writePackedVarint(3, values);
    message.writePackedVarint(
      8,
      relation.members.map((m) => string(m.role)),
    );
    message.writePackedSVarint(9, deltas(relation.members.map((m) => m.id)));
    message.writePackedVarint(
      10,
      relation.members.map((m) => m.type),
    );
    group.writeTag(4, 2);
    group.writeBytes(message.finish().slice());
  }

  const writer = new PbfWriter();
  // The group stands before the strings and the raster: a reader must not count on an order.
  writer.writeTag(2, 2);
  writer.writeBytes(group.finish().slice());
  const table = new PbfWriter();
  for (const text of strings) {
    table.writeTag(1, 2);
    table.writeString(text);
  }
  writer.writeTag(1, 2);
  writer.writeBytes(table.finish().slice());
  for (const [number, value] of [
    [17, block.granularity],
    [19, block.latOffset],
    [20, block.lonOffset],
  ] as const) {
    if (value === undefined) continue;
    writer.writeTag(number, 0);
    writer.writeVarint(value);
  }
  return writer.finish().slice();
}

function deltas(values: readonly number[]): number[] {
  return values.map((value, i) => value - (i === 0 ? 0 : values[i - 1]!));
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
