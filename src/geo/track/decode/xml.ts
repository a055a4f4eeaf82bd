/**
 * XML as a stream of known elements, over saxes (https://github.com/lddubeau/saxes): bytes of any
 * declared encoding, faults counted and passed over, a cut end accepted. A document type that
 * declares or loads anything is refused, so no entity is ever expanded or fetched. One pass, memory
 * for one piece of text; 3.4 MB take some 30 ms.
 */
import { SaxesParser } from "saxes";
import { WaymarkError } from "../../../base/index.ts";
import type { Ledger } from "./ledger.ts";

export interface XmlHandler {
  /** @param parent code of the element around it, 0 if unknown or none */
  open(code: number, attributes: Readonly<Record<string, string>>, parent: number): void;
  /** @param text character data directly inside, up to 64 KiB, not trimmed */
  close(code: number, text: string, parent: number): void;
}

export interface XmlOutcome {
  /** The document ended before its elements were closed. */
  readonly isTruncated: boolean;
  readonly faultCount: number;
  /** The parser's words for the first fault. */
  readonly firstFault: string | undefined;
}

const CHUNK_BYTES = 1 << 18;
const DEPTH_MAX = 100;
/** Past this many faults the rest is not XML. */
const FAULTS_MAX = 10_000;
const TEXT_MAX = 1 << 16;
const NAME_CACHE_MAX = 4096;

/** Thrown to leave the parser; never seen outside. */
const STOP = Symbol("stop");

/**
 * @param codes element name without prefix → number > 0; other elements are code 0 and reported too
 * @throws WaymarkError TRACK_XML for a document type that declares entities or loads a file
 */
export function readXml(
  bytes: Uint8Array,
  codes: Readonly<Record<string, number>>,
  handler: XmlHandler,
  ledger: Ledger,
): XmlOutcome {
  const parser = new SaxesParser({ xmlns: false, position: false });
  const codeOf = createCodeLookup(codes);
  const stack: number[] = [];
  let text = "";
  let faultCount = 0;
  let firstFault: string | undefined;
  let isTruncated = false;
  let isClosing = false;

  parser.on("doctype", (doctype) => {
    if (!/[[&%]|SYSTEM|PUBLIC/i.test(doctype)) return;
    throw new WaymarkError(
      "TRACK_XML",
      "the XML has a document type that declares entities or loads another file; " +
        "remove the <!DOCTYPE …> line",
    );
  });
  parser.on("opentag", (tag) => {
    if (stack.length >= DEPTH_MAX) {
      firstFault ??= `elements are nested more than ${DEPTH_MAX} deep`;
      isTruncated = true;
      throw STOP;
    }
    const code = codeOf(tag.name);
    text = "";
    handler.open(code, tag.attributes, stack.at(-1) ?? 0);
    stack.push(code);
  });
  parser.on("closetag", () => {
    const code = stack.pop() ?? 0;
    handler.close(code, text, stack.at(-1) ?? 0);
    text = "";
  });
  const addText = (piece: string): void => {
    if (text.length < TEXT_MAX) text += piece;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("error", (error) => {
    if (isClosing) {
      isTruncated = true;
      return;
    }
    faultCount++;
    firstFault ??= error.message.replace(/^[\d:?]*:\s*/, "");
    if (faultCount < FAULTS_MAX) return;
    isTruncated = true;
    throw STOP;
  });

  try {
    for (const chunk of decodeText(bytes, ledger)) parser.write(chunk);
    isClosing = true;
    parser.close();
  } catch (error) {
    if (error !== STOP) throw error;
  }
  return { isTruncated, faultCount, firstFault };
}

function createCodeLookup(codes: Readonly<Record<string, number>>): (name: string) => number {
  const cache = new Map<string, number>();
  return (name) => {
    let code = cache.get(name);
    if (code !== undefined) return code;
    const local = name.slice(name.indexOf(":") + 1);
    code = Object.hasOwn(codes, local) ? codes[local]! : 0;
    if (cache.size < NAME_CACHE_MAX) cache.set(name, code);
    return code;
  };
}

// Encodings

function* decodeText(bytes: Uint8Array, ledger: Ledger): Generator<string> {
  const encoding = encodingOf(bytes, ledger);
  let isFirst = true;
  for (const chunk of encoding === "utf-8" ? utf8Chunks(bytes) : otherChunks(bytes, encoding)) {
    yield isFirst ? chunk.trimStart() : chunk;
    isFirst = false;
  }
}

/**
 * UTF-8 is cut between characters and decoded piece by piece: a streaming decoder would give
 * two-byte strings, on which the parser is half as fast.
 */
function* utf8Chunks(bytes: Uint8Array): Generator<string> {
  const decoder = new TextDecoder("utf-8");
  let at = 0;
  while (at < bytes.length) {
    let end = Math.min(at + CHUNK_BYTES, bytes.length);
    for (let back = 0; back < 3 && end < bytes.length && (bytes[end]! & 0xc0) === 0x80; back++)
      end--;
    yield decoder.decode(bytes.subarray(at, end));
    at = end;
  }
}

function* otherChunks(bytes: Uint8Array, encoding: string): Generator<string> {
  const decoder = new TextDecoder(encoding);
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield decoder.decode(bytes.subarray(at, at + CHUNK_BYTES), { stream: true });
  }
  yield decoder.decode();
}

/** The byte order mark, else the zeros beside the first "<", else the declaration, else UTF-8. */
function encodingOf(bytes: Uint8Array, ledger: Ledger): string {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return "utf-16le";
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return "utf-16be";
  if (a === 0xef && b === 0xbb) return "utf-8";
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 256));
  const declared = /^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(head)?.[1];
  if (declared === undefined) return "utf-8";
  try {
    const encoding = new TextDecoder(declared).encoding;
    // The bytes were just read as ASCII, so they are not the UTF-16 that some writers declare.
    return encoding.startsWith("utf-16") ? "utf-8" : encoding;
  } catch {
    ledger.add(
      "unknown-encoding",
      1,
      "file",
      `The XML declares the encoding '${declared}', which is unknown; it was read as UTF-8.`,
    );
    return "utf-8";
  }
}
