/**
 * Comma-separated values (RFC 4180): quoted fields with commas, newlines and doubled quotes inside,
 * any line ending, a byte order mark passed over. One pass.
 */

/** The records of a text; an empty line is none. A quote that is never closed ends with the text. */
export function* parseCsv(text: string): Generator<readonly string[]> {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let record: string[] = [];
  while (at <= text.length) {
    let value: string;
    if (text[at] === '"') {
      const pieces: string[] = [];
      let from = at + 1;
      for (;;) {
        const quote = text.indexOf('"', from);
        if (quote < 0) {
          pieces.push(text.slice(from));
          at = text.length;
          break;
        }
        pieces.push(text.slice(from, quote));
        at = quote + 1;
        if (text[at] !== '"') break;
        pieces.push('"');
        from = at + 1;
      }
      value = pieces.join("");
      const end = endOfField(text, at);
      value += text.slice(at, end);
      at = end;
    } else {
      const end = endOfField(text, at);
      value = text.slice(at, end);
      at = end;
    }
    record.push(value);
    if (text[at] === ",") {
      at++;
      continue;
    }
    if (record.length > 1 || record[0] !== "") yield record;
    record = [];
    if (at >= text.length) return;
    at += text[at] === "\r" && text[at + 1] === "\n" ? 2 : 1;
  }
}

function endOfField(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Comma, line feed, carriage return.
    if (code === 44 || code === 10 || code === 13) return i;
  }
  return text.length;
}
