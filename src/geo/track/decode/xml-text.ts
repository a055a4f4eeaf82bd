/**
 * The text of an XML file, piece by piece: its encoding found out and decoded, and ampersands that
 * begin no reference written as references. The parser takes everything from a bare "&" to the next
 * ";" for a name, and a title such as "Tom & Jerry" would swallow the track behind it.
 */
import type { Ledger } from "./ledger.ts";

const CHUNK_BYTES = 1 << 18;

/**
 * @param onBareAmpersand called for every "&" that was set right; the text ends there when it
 *   answers that there were too many
 */
export function* xmlText(
  bytes: Uint8Array,
  ledger: Ledger,
  onBareAmpersand: () => boolean,
): Generator<string> {
  const encoding = encodingOf(bytes, ledger);
  const chunks = encoding === "utf-8" ? utf8Chunks(bytes) : otherChunks(bytes, encoding);
  const repair = createAmpersandRepair(onBareAmpersand);
  let isFirst = true;
  let carried = "";
  for (const chunk of chunks) {
    const text = carried + (isFirst ? chunk.trimStart() : chunk);
    isFirst = false;
    const end = Math.max(0, text.length - CARRY);
    carried = text.slice(end);
    yield repair.write(text.slice(0, end));
    if (repair.isOver) return;
  }
  yield repair.write(carried);
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
    for (let back = 0; back < 3 && end < bytes.length && (bytes[end]! & 0xc0) === 0x80; back++) {
      end--;
    }
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
      `The XML declares the encoding '${declared}', which is unknown; it was read as UTF-8.`,
    );
    return "utf-8";
  }
}

/** So many characters wait for the next piece, so that no mark or reference is cut in two. */
const CARRY = 16;
const MARK = /&|<!\[CDATA\[|<!--/g;
const REFERENCE = /&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});/y;

interface AmpersandRepair {
  /** The piece with its bare ampersands set right, up to the last one that is allowed. */
  write(text: string): string;
  isOver: boolean;
}

/** Inside comments and CDATA an ampersand is one; the state lasts from piece to piece. */
function createAmpersandRepair(onBare: () => boolean): AmpersandRepair {
  let closing = "";
  return {
    isOver: false,
    write(text) {
      if (closing === "" && !text.includes("&") && !text.includes("<!")) return text;
      const pieces: string[] = [];
      let at = 0;
      while (at < text.length) {
        if (closing !== "") {
          const end = text.indexOf(closing, at);
          const next = end < 0 ? text.length : end + closing.length;
          pieces.push(text.slice(at, next));
          at = next;
          if (end >= 0) closing = "";
          continue;
        }
        MARK.lastIndex = at;
        const mark = MARK.exec(text);
        const next = mark === null ? text.length : mark.index + mark[0].length;
        pieces.push(text.slice(at, next));
        at = next;
        if (mark === null) break;
        if (mark[0] !== "&") closing = mark[0] === "<!--" ? "-->" : "]]>";
        else if (!isReference(text, mark.index)) {
          pieces.push("amp;");
          this.isOver = !onBare();
          if (this.isOver) break;
        }
      }
      return pieces.join("");
    },
  };
}

function isReference(text: string, at: number): boolean {
  REFERENCE.lastIndex = at;
  return REFERENCE.test(text);
}
