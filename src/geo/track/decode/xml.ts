/**
 * XML as a stream of known elements, over saxes (https://github.com/lddubeau/saxes): bytes of any
 * declared encoding, faults counted and passed over, a cut end accepted. A document type that
 * declares or loads anything is refused, so no entity is ever expanded or fetched. One pass, memory
 * for one piece of text; 3.4 MB take some 30 ms.
 */
import { SaxesParser } from "saxes";
import { WaymarkError } from "../../../base/index.ts";
import type { Ledger } from "./ledger.ts";
import { xmlText } from "./xml-text.ts";

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

const DEPTH_MAX = 100;
/** Past this many faults the rest is not XML. */
const FAULTS_MAX = 10_000;
const ATTRIBUTES_MAX = 1000;
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
  let attributeCount = 0;
  let faultCount = 0;
  let firstFault: string | undefined;
  let isTruncated = false;
  let isClosing = false;

  const note = (words: string): void => {
    faultCount++;
    firstFault ??= words;
  };
  const stop = (): never => {
    isTruncated = true;
    throw STOP;
  };

  parser.on("doctype", (doctype) => {
    if (!/[[&%]|SYSTEM|PUBLIC/i.test(doctype)) return;
    throw new WaymarkError(
      "TRACK_XML",
      "the XML has a document type that declares entities or loads another file; " +
        "remove the <!DOCTYPE …> line",
    );
  });
  parser.on("attribute", () => {
    if (++attributeCount <= ATTRIBUTES_MAX) return;
    firstFault ??= `an element has more than ${ATTRIBUTES_MAX} attributes`;
    stop();
  });
  parser.on("opentag", (tag) => {
    attributeCount = 0;
    if (stack.length >= DEPTH_MAX) {
      firstFault ??= `elements are nested more than ${DEPTH_MAX} deep`;
      stop();
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
  // In place of an error event: an Error with its stack would cost a hundred times the fault.
  parser.fail = (words) => {
    if (isClosing) {
      isTruncated = true;
      return parser;
    }
    note(words.replace(/\.$/, ""));
    if (faultCount >= FAULTS_MAX) stop();
    return parser;
  };

  const onBareAmpersand = (): boolean => {
    note("a bare ampersand");
    return faultCount < FAULTS_MAX;
  };
  try {
    for (const piece of xmlText(bytes, ledger, onBareAmpersand)) parser.write(piece);
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
