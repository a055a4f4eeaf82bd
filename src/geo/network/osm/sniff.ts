/** Tells an extract's form by its first bytes; the name of the file does not matter. */
import { WaymarkError } from "../../../base/error.ts";

export type OsmForm = "pbf" | "xml" | "gzip" | "bzip2";

/** Bytes that are enough to tell. */
export const SNIFF_BYTES = 64;

/** What people give us by mistake, by the bytes that it begins with. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ["PK\x03\x04", "a zip archive; unpack it first"],
  ["7z\xbc\xaf", "a 7-Zip archive; unpack it first"],
  ["\xfd7zXZ", "xz-packed; unpack it first"],
  ["\x28\xb5\x2f\xfd", "zstd-packed; unpack it first"],
  ["SQLite", "an SQLite database (a GeoPackage or MBTiles?)"],
  ["PMTiles", "a PMTiles archive, which has no routable ways"],
  ["\x89WMK", "a Waymark network, which is already built"],
  ["\xff\xfe", "text in UTF-16; OpenStreetMap XML is UTF-8"],
  ["\xfe\xff", "text in UTF-16; OpenStreetMap XML is UTF-8"],
  ["{", "JSON"],
  ["[", "JSON"],
  ["%PDF", "a PDF"],
  ["\x89PNG", "a picture"],
  ["\x04\x22\x4d\x18", "lz4-packed; unpack it first"],
];

/**
 * @param head the first SNIFF_BYTES bytes, or the whole file when it is shorter
 * @throws WaymarkError OSM_FORMAT with what the bytes look like
 */
export function sniffOsm(head: Uint8Array): OsmForm {
  if (head.length === 0) throw foreign("is empty");
  const start = Array.from(head.subarray(0, SNIFF_BYTES), (byte) => String.fromCharCode(byte));
  const latin = start.join("");
  if (latin.startsWith("\x1f\x8b")) return "gzip";
  if (/^BZh[1-9]/.test(latin)) return "bzip2";
  // Four bytes of length, then a BlobHeader whose first field is the type "OSMHeader".
  if (latin.slice(0, 2) === "\0\0" && latin.slice(4).startsWith("\x0a\x09OSMHeader")) return "pbf";
  if (latin.slice(0, 2) === "\0\0" && latin.slice(4).startsWith("\x0a\x07OSMData")) {
    throw foreign("is an .osm.pbf without its header; download it again");
  }
  const text = latin.replace(/^\xef\xbb\xbf/, "").trimStart();
  if (/^<(!doctype )?html/i.test(text)) throw foreign("is a web page (an error of the download?)");
  if (text.startsWith("<")) return "xml";
  for (const [magic, name] of FOREIGN) {
    if (latin.startsWith(magic) || text.startsWith(magic)) throw foreign(`looks like ${name}`);
  }
  throw foreign("is none that Waymark knows");
}

export function foreign(what: string): WaymarkError {
  return new WaymarkError(
    "OSM_FORMAT",
    `the file ${what}; expected an OpenStreetMap extract: .osm.pbf, .osm, .osm.gz or .osm.bz2`,
  );
}
