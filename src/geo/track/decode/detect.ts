/**
 * What a file is, told by its first bytes and never by its name. Knows the formats that Waymark
 * reads and the ones that people hand over by mistake, so that a refusal can say what came.
 */
import { isFitHeader } from "./fit.ts";

export interface Detected {
  /** Undefined when Waymark has no reader for it. */
  readonly format: "fit" | "gpx" | "tcx" | "gzip" | "zip" | undefined;
  /** The kind in words, with its article: "a FIT file", "a PNG image", "an HTML page". */
  readonly what: string;
}

const MAGIC: readonly (readonly [readonly number[], string])[] = [
  [[0x89, 0x50, 0x4e, 0x47], "a PNG image"],
  [[0xff, 0xd8, 0xff], "a JPEG image"],
  [[0x47, 0x49, 0x46, 0x38], "a GIF image"],
  [[0x25, 0x50, 0x44, 0x46], "a PDF document"],
  [[0x42, 0x5a, 0x68], "a bzip2 file"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "an xz file"],
  [[0x28, 0xb5, 0x2f, 0xfd], "a zstandard file"],
  [[0x37, 0x7a, 0xbc, 0xaf], "a 7-Zip archive"],
  [[0x52, 0x61, 0x72, 0x21], "a RAR archive"],
  [[0x00, 0x05, 0x16, 0x07], "a macOS resource fork"],
  [[0x00, 0x05, 0x16, 0x00], "a macOS resource fork"],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], "an SQLite database"],
  [[0x7f, 0x45, 0x4c, 0x46], "a program"],
  [[0x50, 0x41, 0x52, 0x31], "a Parquet file"],
];

const XML_KINDS: Readonly<Record<string, string>> = {
  kml: "a KML file",
  html: "an HTML page",
  osm: "an OpenStreetMap XML file",
  svg: "an SVG image",
  plist: "a property list",
  rss: "a feed",
  feed: "a feed",
  pwx: "a PWX file",
  FitnessWorkbook: "a FitnessWorkbook file",
  folders: "a KML file",
};

export function detectFormat(bytes: Uint8Array): Detected {
  if (bytes.length === 0) return { format: undefined, what: "an empty file" };
  if (isFitHeader(bytes, 0)) return { format: "fit", what: "a FIT file" };
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return { format: "gzip", what: "a gzip file" };
  if (bytes[0] === 0x50 && bytes[1] === 0x4b && isZipMark(bytes)) {
    return { format: "zip", what: "a zip archive" };
  }
  for (const [magic, what] of MAGIC) {
    if (magic.every((byte, i) => bytes[i] === byte)) return { format: undefined, what };
  }
  return detectText(bytes) ?? { format: undefined, what: describeBinary(bytes) };
}

function isZipMark(bytes: Uint8Array): boolean {
  const mark = (bytes[2]! << 8) | bytes[3]!;
  return mark === 0x0304 || mark === 0x0506 || mark === 0x0708;
}

const HEAD_BYTES = 4096;

function detectText(bytes: Uint8Array): Detected | undefined {
  const head = decodeHead(bytes);
  const text = head.replace(/^\uFEFF/, "").trimStart();
  if (text.startsWith("<")) {
    const root = rootElement(text);
    if (root === "gpx") return { format: "gpx", what: "a GPX file" };
    if (root === "TrainingCenterDatabase") return { format: "tcx", what: "a TCX file" };
    if (/^<!doctype html/i.test(text)) return { format: undefined, what: "an HTML page" };
    return {
      format: undefined,
      what:
        root === undefined
          ? "an XML file"
          : (XML_KINDS[root.toLowerCase()] ??
            `an XML file of another kind (<${root.slice(0, 40)}>)`),
    };
  }
  if (/^[[{]\s*["{[\]}\d]/.test(text)) return { format: undefined, what: "a JSON file" };
  if (isPlainText(bytes)) return { format: undefined, what: "a text file" };
  return undefined;
}

/** The first bytes as text; UTF-16 is known by its mark or by the zero beside the first "<". */
function decodeHead(bytes: Uint8Array): string {
  const head = bytes.subarray(0, HEAD_BYTES);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0x3c && bytes[1] === 0)) {
    return new TextDecoder("utf-16le").decode(head);
  }
  if ((bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0 && bytes[1] === 0x3c)) {
    return new TextDecoder("utf-16be").decode(head);
  }
  return new TextDecoder("utf-8").decode(head);
}

/** The local name of the first element behind declarations, comments and a document type. */
function rootElement(text: string): string | undefined {
  let at = 0;
  for (;;) {
    at = text.indexOf("<", at);
    if (at < 0) return undefined;
    if (text.startsWith("<!--", at)) at = endOf(text, "-->", at);
    else if (text[at + 1] === "?") at = endOf(text, "?>", at);
    else if (text[at + 1] === "!") at = endOfDoctype(text, at);
    else return /^<(?:[\w.-]+:)?([\w.-]+)/.exec(text.slice(at, at + 200))?.[1];
    if (at < 0) return undefined;
  }
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? -1 : at + mark.length;
}

/** An internal subset in square brackets may hold ">" itself. */
function endOfDoctype(text: string, from: number): number {
  const close = text.indexOf(">", from);
  const open = text.indexOf("[", from);
  if (open < 0 || open > close) return close < 0 ? -1 : close + 1;
  const end = text.indexOf("]", open);
  return end < 0 ? -1 : endOf(text, ">", end);
}

function isPlainText(bytes: Uint8Array): boolean {
  const n = Math.min(bytes.length, 512);
  for (let i = 0; i < n; i++) {
    const byte = bytes[i]!;
    if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) return false;
  }
  return true;
}

function describeBinary(bytes: Uint8Array): string {
  const n = Math.min(bytes.length, HEAD_BYTES);
  let zeros = 0;
  while (zeros < n && bytes[zeros] === 0) zeros++;
  return zeros === n ? "a file of zero bytes" : "binary data of an unknown kind";
}
