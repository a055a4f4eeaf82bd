/**
 * One unpacked block of an .osm.pbf file into columns: the header's demands, or the nodes, ways and
 * relations of a PrimitiveBlock. Source: wiki.openstreetmap.org/wiki/PBF_Format and osmformat.proto.
 * No object is made per node or way; about 10 M nodes/s on one core.
 */
import { WaymarkError } from "../../../base/error.ts";
import { OsmBlockBuilder } from "./block-builder.ts";
import type { OsmBlock } from "./osm-block.ts";
import { damaged, WireReader } from "./wire.ts";

/** What the file says of itself. */
export interface PbfHeader {
  /** Epoch milliseconds, 0 when the file does not say. */
  readonly timestampMs: number;
  readonly writer: string;
}

/** Features without which a reader would misread the file, that we know. */
const KNOWN_FEATURES = ["OsmSchema-V0.6", "DenseNodes"];

const field = (number: number, wireType: number): number => (number << 3) | wireType;
const VARINT = 0;
const BYTES = 2;

/** @throws WaymarkError OSM_FORMAT when the file demands a feature that Waymark lacks */
export function decodeHeaderBlock(bytes: Uint8Array): PbfHeader {
  const reader = new WireReader(bytes);
  const text = new TextDecoder();
  let timestampMs = 0;
  let writer = "";
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === field(4, BYTES)) {
      const feature = text.decode(reader.view());
      if (!KNOWN_FEATURES.includes(feature)) {
        throw new WaymarkError(
          "OSM_FORMAT",
          `the .osm.pbf file demands '${feature}'; Waymark knows ${KNOWN_FEATURES.join(", ")}` +
            (feature === "HistoricalInformation"
              ? " (a history file: cut a snapshot of one day from it)"
              : ""),
          { choices: KNOWN_FEATURES },
        );
      }
    } else if (tag === field(16, BYTES)) writer = text.decode(reader.view());
    else if (tag === field(32, VARINT)) timestampMs = reader.int() * 1000;
    else reader.skip(tag);
  }
  return { timestampMs: Number.isSafeInteger(timestampMs) ? timestampMs : 0, writer };
}

/** Where the coordinates of a block begin and how fine they are, in nanodegrees. */
interface Raster {
  granularity: number;
  lonOffset: number;
  latOffset: number;
}

/** @throws WaymarkError OSM_FORMAT when the bytes are not what their lengths say */
export function decodePrimitiveBlock(bytes: Uint8Array): OsmBlock {
  const reader = new WireReader(bytes);
  const block = new OsmBlockBuilder();
  const raster: Raster = { granularity: 100, lonOffset: 0, latOffset: 0 };
  const groups: WireReader[] = [];
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === field(1, BYTES)) readStrings(reader.message(), block.strings);
    else if (tag === field(2, BYTES)) groups.push(reader.message());
    else if (tag === field(17, VARINT)) raster.granularity = reader.int();
    else if (tag === field(19, VARINT)) raster.latOffset = reader.int();
    else if (tag === field(20, VARINT)) raster.lonOffset = reader.int();
    else reader.skip(tag);
  }
  // Offset, granularity and strings may stand behind the groups in the file.
  for (const group of groups) {
    for (let tag = group.tag(); tag !== 0; tag = group.tag()) {
      if (tag === field(1, BYTES)) readNode(group.message(), block, raster);
      else if (tag === field(2, BYTES)) readDenseNodes(group.message(), block, raster);
      else if (tag === field(3, BYTES)) readWay(group.message(), block, raster);
      else if (tag === field(4, BYTES)) readRelation(group.message(), block);
      else group.skip(tag);
    }
  }
  return block.finish();
}

function readStrings(reader: WireReader, strings: string[]): void {
  const text = new TextDecoder();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === field(1, BYTES)) strings.push(text.decode(reader.view()));
    else reader.skip(tag);
  }
}

/** Nanodegrees to 1e-7 degree; at the usual granularity of 100 no rounding happens. */
function placeNode(
  block: OsmBlockBuilder,
  raster: Raster,
  id: number,
  lon: number,
  lat: number,
): boolean {
  return block.addNode(
    id,
    Math.round((raster.lonOffset + raster.granularity * lon) / 100),
    Math.round((raster.latOffset + raster.granularity * lat) / 100),
  );
}

function readNode(reader: WireReader, block: OsmBlockBuilder, raster: Raster): void {
  let id = 0;
  let lon = 0;
  let lat = 0;
  let keys: WireReader | undefined;
  let values: WireReader | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === field(1, VARINT)) id = reader.sint();
    else if (tag === field(2, BYTES)) keys = reader.message();
    else if (tag === field(3, BYTES)) values = reader.message();
    else if (tag === field(8, VARINT)) lat = reader.sint();
    else if (tag === field(9, VARINT)) lon = reader.sint();
    else reader.skip(tag);
  }
  if (placeNode(block, raster, id, lon, lat)) readTags(keys, values, block);
  block.closeNode();
}

function readDenseNodes(reader: WireReader, block: OsmBlockBuilder, raster: Raster): void {
  let ids: WireReader | undefined;
  let lats: WireReader | undefined;
  let lons: WireReader | undefined;
  let keyValues: WireReader | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === field(1, BYTES)) ids = reader.message();
    else if (tag === field(8, BYTES)) lats = reader.message();
    else if (tag === field(9, BYTES)) lons = reader.message();
    else if (tag === field(10, BYTES)) keyValues = reader.message();
    else reader.skip(tag);
  }
  if (!ids) return;
  if (!lats || !lons) throw damaged("dense nodes have no coordinates");
  const hasTags = keyValues !== undefined && keyValues.position < keyValues.end;
  let id = 0;
  let lat = 0;
  let lon = 0;
  while (ids.position < ids.end) {
    id += ids.sint();
    lat += lats.sint();
    lon += lons.sint();
    const isPlaced = placeNode(block, raster, id, lon, lat);
    if (!hasTags) continue;
    for (let key = keyValues!.uint(); key !== 0; key = keyValues!.uint()) {
      const value = keyValues!.uint();
      if (isPlaced) block.addTag(key, value);
    }
    block.closeNode();
  }
}

function readWay(reader: WireReader, block: OsmBlockBuilder, raster: Raster): void {
  let id = 0;
  let keys: WireReader | undefined;
  let values: WireReader | undefined;
  let refs: WireReader | undefined;
  let lats: WireReader | undefined;
  let lons: WireReader | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === field(1, VARINT)) id = reader.int();
    else if (tag === field(2, BYTES)) keys = reader.message();
    else if (tag === field(3, BYTES)) values = reader.message();
    else if (tag === field(8, BYTES)) refs = reader.message();
    else if (tag === field(9, BYTES)) lats = reader.message();
    else if (tag === field(10, BYTES)) lons = reader.message();
    else reader.skip(tag);
  }
  // Optional feature LocationsOnWays: the nodes stand here, in the raster of the way's block.
  const isLocated = lats !== undefined && lons !== undefined && lats.position < lats.end;
  if (isLocated) block.hasNodesOfWays = true;
  let ref = 0;
  let lat = 0;
  let lon = 0;
  while (refs && refs.position < refs.end) {
    ref += refs.sint();
    block.addRef(ref);
    if (!isLocated) continue;
    lat += lats!.sint();
    lon += lons!.sint();
    placeNode(block, raster, ref, lon, lat);
  }
  readTags(keys, values, block);
  block.closeWay(id);
}

function readRelation(reader: WireReader, block: OsmBlockBuilder): void {
  let id = 0;
  let keys: WireReader | undefined;
  let values: WireReader | undefined;
  let roles: WireReader | undefined;
  let members: WireReader | undefined;
  let types: WireReader | undefined;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === field(1, VARINT)) id = reader.int();
    else if (tag === field(2, BYTES)) keys = reader.message();
    else if (tag === field(3, BYTES)) values = reader.message();
    else if (tag === field(8, BYTES)) roles = reader.message();
    else if (tag === field(9, BYTES)) members = reader.message();
    else if (tag === field(10, BYTES)) types = reader.message();
    else reader.skip(tag);
  }
  let member = 0;
  while (members && members.position < members.end) {
    if (!types || !roles) throw damaged("members of a relation have no type or role");
    member += members.sint();
    block.addMember(types.uint(), member, roles.uint());
  }
  readTags(keys, values, block);
  block.closeRelation(id);
}

/** Two packed fields of equal length. */
function readTags(
  keys: WireReader | undefined,
  values: WireReader | undefined,
  block: OsmBlockBuilder,
): void {
  while (keys && keys.position < keys.end) {
    if (!values || values.position >= values.end) throw damaged("a tag has no value");
    block.addTag(keys.uint(), values.uint());
  }
}
