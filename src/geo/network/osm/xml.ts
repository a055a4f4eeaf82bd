/**
 * OpenStreetMap XML as a stream, over saxes: text in, blocks of some thousand objects out. Entities
 * are never declared or fetched, and the text between two elements is bounded, so no bomb can grow.
 * About 20 MB/s. Source: wiki.openstreetmap.org/wiki/OSM_XML; Overpass' `out geom` and JOSM's marks
 * for deleted objects are understood.
 */
import { SaxesParser, type SaxesTagPlain } from "saxes";
import { WaymarkError } from "../../../base/error.ts";
import { UNITS_PER_DEGREE } from "../../lonlat.ts";
import { OsmBlockBuilder } from "./block-builder.ts";
import type { OsmBlock } from "./osm-block.ts";
import { MEMBER_NODE, MEMBER_RELATION, MEMBER_WAY } from "./osm-data.ts";
import { foreign } from "./sniff.ts";
import { damaged } from "./wire.ts";

const OBJECTS_PER_BLOCK = 8000;
/** The longest tag, comment or white space; the largest real relations have tags of a few hundred. */
const ELEMENT_CHARS_MAX = 1 << 24;

const MEMBER_TYPES: Readonly<Record<string, number>> = {
  node: MEMBER_NODE,
  way: MEMBER_WAY,
  relation: MEMBER_RELATION,
};

export interface XmlReader {
  push(text: string): void;
  /** @throws WaymarkError OSM_FORMAT when the document is not complete */
  finish(): void;
  /** Epoch milliseconds, 0 until and unless the document says it. */
  readonly timestampMs: number;
}

/** @param emit takes each block as it is full */
export function createXmlReader(emit: (block: OsmBlock) => void): XmlReader {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let block = new OsmBlockBuilder();
  let index = new Map<string, number>();
  let charsSinceElement = 0;
  let timestampMs = 0;
  let depth = 0;
  let isClosed = false;
  /** The object that is open, when it is to be kept. */
  let object: SaxesTagPlain | undefined;

  const string = (text: string): number => {
    let i = index.get(text);
    if (i === undefined) {
      i = block.strings.push(text) - 1;
      index.set(text, i);
    }
    return i;
  };
  const flush = (): void => {
    emit(block.finish());
    block = new OsmBlockBuilder();
    index = new Map();
  };

  const openObject = (tag: SaxesTagPlain): void => {
    const { id, visible, action, lon, lat } = tag.attributes;
    object = undefined;
    const number = integer(id);
    const isPlaced = lon !== undefined && lat !== undefined;
    if (visible === "false" || action === "delete") block.skip("deleted-object");
    else if (number === undefined) block.skip("object-without-id");
    else if (tag.name !== "node") object = tag;
    else if (!isPlaced) block.skip("node-without-position");
    else if (block.addNode(number, units(lon), units(lat))) object = tag;
  };
  const closeObject = (name: string): void => {
    if (!object) return;
    const id = integer(object.attributes.id)!;
    if (name === "node") block.closeNode();
    else if (name === "way") block.closeWay(id);
    else block.closeRelation(id);
    object = undefined;
    if (block.objectCount >= OBJECTS_PER_BLOCK) flush();
  };
  const addReference = ({ ref, lon, lat }: Readonly<Record<string, string>>): void => {
    const node = integer(ref);
    if (node === undefined) {
      block.skip("reference-without-id");
      return;
    }
    block.addRef(node);
    if (lon === undefined || lat === undefined) return;
    block.hasNodesOfWays = true;
    block.addNode(node, units(lon), units(lat));
  };
  const addMember = ({ type, ref, role }: Readonly<Record<string, string>>): void => {
    const kind = MEMBER_TYPES[type ?? ""];
    const member = integer(ref);
    if (kind === undefined || member === undefined) block.skip("reference-without-id");
    else block.addMember(kind, member, string(role ?? ""));
  };

  parser.on("doctype", () => {
    throw new WaymarkError(
      "OSM_FORMAT",
      "the XML declares a document type, which OpenStreetMap files never do; it is not read",
    );
  });
  parser.on("error", (error) => {
    throw damaged(`its XML is broken: ${error.message.replace(/^[\d:?]*:\s*/, "")}`);
  });
  parser.on("opentag", (tag: SaxesTagPlain) => {
    charsSinceElement = 0;
    depth++;
    if (depth === 1) {
      if (tag.name !== "osm") throw foreign(`is XML of another kind (<${short(tag.name)}>)`);
      timestampMs = time(tag.attributes.timestamp ?? tag.attributes.osmosis_replication_timestamp);
    } else if (depth === 2) {
      if (tag.name === "node" || tag.name === "way" || tag.name === "relation") openObject(tag);
      else if (tag.name === "meta" || tag.name === "note") {
        timestampMs ||= time(tag.attributes.osm_base);
      }
    } else if (depth === 3 && object) {
      const { name, attributes } = tag;
      if (name === "tag") {
        if (attributes.k !== undefined && attributes.v !== undefined) {
          block.addTag(string(attributes.k), string(attributes.v));
        }
      } else if (name === "nd" && object.name === "way") addReference(attributes);
      else if (name === "member" && object.name === "relation") addMember(attributes);
    }
  });
  parser.on("closetag", (tag) => {
    if (depth === 2) closeObject(tag.name);
    depth--;
    if (depth === 0) isClosed = true;
  });

  return {
    get timestampMs() {
      return timestampMs;
    },
    push(text) {
      charsSinceElement += text.length;
      parser.write(text);
      if (charsSinceElement > ELEMENT_CHARS_MAX) {
        throw damaged(`more than ${ELEMENT_CHARS_MAX} characters stand between two elements`);
      }
    },
    finish() {
      if (!isClosed) {
        throw new WaymarkError(
          "OSM_FORMAT",
          "the OpenStreetMap XML is cut off before its end; download the extract again",
        );
      }
      parser.close();
      flush();
    },
  };
}

/** Ids are whole and below 2^53; anything else is no id. */
function integer(value: string | undefined): number | undefined {
  if (value === undefined || !/^\s*-?\d+\s*$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Degrees as text to 1e-7 degree; NaN, which no place has, when it is no number. */
function units(degrees: string): number {
  return degrees.trim() === "" ? Number.NaN : Math.round(Number(degrees) * UNITS_PER_DEGREE);
}

function time(value: string | undefined): number {
  const ms = Date.parse(value ?? "");
  return Number.isNaN(ms) ? 0 : ms;
}

function short(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
