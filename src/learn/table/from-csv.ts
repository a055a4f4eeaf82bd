/**
 * A table from the text of a CSV file (RFC 4180: quotes double inside quotes, line ends of either
 * kind), the first line its header. Kinds are found from all rows, so a file reads the same whatever
 * its order. O(characters).
 */
import { WaymarkError } from "../../base/error.ts";
import { checkKindNames, columnOfValues, type Kinds, kindGiven, kindOf } from "./from-rows.ts";
import { type Table, tableOf } from "./table.ts";

export interface CsvOptions {
  /** "," unless given. One character. */
  readonly separator?: string;
  readonly kinds?: Kinds;
  /** Fields that mean "missing" beside the empty one: "NA", "null" and "NaN" unless given. */
  readonly missing?: readonly string[];
}

/**
 * @throws WaymarkError TABLE_INVALID on a broken quote, a row of another length, a value of another
 *   kind, or when `kinds` names a column that the header lacks; OPTION_INVALID on another separator
 */
export function tableFromCsv(text: string, options: CsvOptions = {}): Table {
  const { separator = ",", kinds = {}, missing = ["NA", "null", "NaN"] } = options;
  if (separator.length !== 1 || '"\r\n'.includes(separator)) {
    throw new WaymarkError(
      "OPTION_INVALID",
      `separator is ${JSON.stringify(separator)}; it must be one character, no quote or line end`,
    );
  }
  const records = csvRecords(text, separator);
  const header = records.shift();
  if (header === undefined) {
    throw new WaymarkError("TABLE_INVALID", "the CSV text is empty; a header line is needed");
  }
  checkKindNames(kinds, header);
  records.forEach((record, i) => {
    if (record.length === header.length) return;
    throw new WaymarkError(
      "TABLE_INVALID",
      `row ${i} of the CSV text has ${record.length} fields where the header has ${header.length}`,
    );
  });
  const isMissing = new Set(["", ...missing]);
  return tableOf(
    header.map((name, j) => {
      const fields = records.map((record) => (isMissing.has(record[j]!) ? null : record[j]!));
      const given = kindGiven(kinds, name);
      const values = given === "categorical" ? fields : typedFields(fields);
      return columnOfValues(name, values, given ?? kindOf(values));
    }),
  );
}

/** Fields as numbers or booleans where all of a column are such; else as they stand. */
function typedFields(
  fields: readonly (string | null)[],
): readonly (string | number | boolean | null)[] {
  const present = fields.filter((field) => field !== null);
  if (present.every((field) => NUMBER.test(field))) {
    return fields.map((field) => (field === null ? null : Number(field)));
  }
  if (present.every((field) => /^(?:true|false)$/i.test(field))) {
    return fields.map((field) => (field === null ? null : field.toLowerCase() === "true"));
  }
  return fields;
}

const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

/** The fields of every record; a line end at the very end begins no record. */
function csvRecords(text: string, separator: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    let field = "";
    if (text[at] === '"') {
      const start = at++;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote < 0) {
          throw new WaymarkError(
            "TABLE_INVALID",
            `the quote at character ${start} of the CSV text is not closed`,
          );
        }
        field += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
        at++;
      }
    }
    let end = at;
    while (end < text.length && text[end] !== separator && text[end] !== "\n") end++;
    const isLineEnd = text[end] !== separator;
    field += text.slice(at, isLineEnd && text[end - 1] === "\r" ? Math.max(at, end - 1) : end);
    record.push(field);
    at = end + 1;
    if (!isLineEnd) {
      if (at < text.length) continue;
      record.push("");
    }
    records.push(record);
    record = [];
  }
  return records;
}
