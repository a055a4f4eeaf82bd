/**
 * Which column a field of a Parquet schema becomes. Values come as the physical type has them; the
 * logical type is applied here, exactly: hyparquet's own conversion multiplies decimals by 10^−scale,
 * which makes .30000000000000004 of .3, and cuts times to milliseconds.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 */
import type { SchemaElement } from "hyparquet";
import {
  decimalNumber,
  epochMs,
  type Field,
  finiteNumber,
  milliseconds,
  type Raw,
  type TimeUnit,
  wholeNumber,
} from "./field.ts";

const UNITS = { MILLIS: "ms", MICROS: "µs", NANOS: "ns" } as const;
const MS_PER_DAY = 86_400_000;

/** @returns what the type is called, where it is not read */
export function parquetField(element: SchemaElement): Field | string {
  const { name, type, converted_type: converted, logical_type: logical } = element;
  if (element.repetition_type === "REPEATED") return "a list";
  if (element.num_children !== undefined && element.num_children > 0) {
    if (converted === "LIST" || logical?.type === "LIST") return "a list";
    if (converted === "MAP" || logical?.type === "MAP") return "a map";
    return "a struct";
  }
  if (logical?.type === "NULL") return { name, kind: "numeric", convert: finiteNumber };
  if (logical?.type === "DECIMAL" || converted === "DECIMAL") {
    const scale = (logical?.type === "DECIMAL" ? logical.scale : element.scale) ?? 0;
    return {
      name,
      kind: "numeric",
      convert: (value) => decimalNumber(unscaled(value), scale),
    };
  }
  if (logical?.type === "UUID") return textField(name, uuid);
  if (logical?.type === "FLOAT16") {
    const half = (value: Raw): number => {
      const bytes = value as Uint8Array;
      return new DataView(bytes.buffer, bytes.byteOffset, 2).getFloat16(0, true);
    };
    return {
      name,
      kind: "numeric",
      convert: (value, refuse) => finiteNumber(half(value), refuse),
    };
  }
  switch (type) {
    case "BOOLEAN":
      return { name, kind: "boolean", convert: Number, text: String };
    case "FLOAT":
    case "DOUBLE":
      return { name, kind: "numeric", convert: finiteNumber };
    case "INT96":
      return {
        name,
        kind: "timestamp",
        convert: (value, refuse) => epochMs(nanosOfInt96(value as bigint), "ns", refuse),
      };
    case "INT32":
    case "INT64":
      return wholeField(element);
    case "BYTE_ARRAY":
      if (isText(element)) {
        return {
          name,
          kind: "categorical",
          convert: (value, refuse) =>
            textOf(value) ?? refuse("must be UTF-8 text; binary values are not read"),
        };
      }
      return `of type ${(logical?.type ?? converted ?? "binary").toLowerCase()}`;
    default:
      return `of type ${(logical?.type ?? converted ?? "fixed-size binary").toLowerCase()}`;
  }
}

function wholeField({
  name,
  type,
  converted_type: converted,
  logical_type: logical,
}: SchemaElement) {
  if (logical?.type === "TIMESTAMP") return timeField(name, UNITS[logical.unit]);
  if (converted === "TIMESTAMP_MILLIS") return timeField(name, "ms");
  if (converted === "TIMESTAMP_MICROS") return timeField(name, "µs");
  if (logical?.type === "DATE" || converted === "DATE") {
    const convert = (days: Raw): number => MS_PER_DAY * Number(days);
    return { name, kind: "timestamp", convert } as const;
  }
  if (logical?.type === "TIME" || converted === "TIME_MILLIS" || converted === "TIME_MICROS") {
    const unit =
      logical?.type === "TIME" ? UNITS[logical.unit] : converted === "TIME_MILLIS" ? "ms" : "µs";
    const convert = (value: Raw): number => milliseconds(value as number | bigint, unit);
    return { name, kind: "numeric", convert } as const;
  }
  const isUnsigned =
    (logical?.type === "INTEGER" && !logical.isSigned) || converted?.startsWith("UINT_");
  if (!isUnsigned) return { name, kind: "numeric", convert: wholeNumber, text: String } as const;
  const unsigned = (value: Raw): number | bigint =>
    type === "INT64" ? BigInt.asUintN(64, value as bigint) : (value as number) >>> 0;
  const field: Field = {
    name,
    kind: "numeric",
    convert: (value, refuse) => wholeNumber(unsigned(value), refuse),
    text: (value) => String(unsigned(value)),
  };
  return field;
}

function timeField(name: string, unit: TimeUnit): Field {
  return {
    name,
    kind: "timestamp",
    convert: (value, refuse) => epochMs(value as bigint, unit, refuse),
  };
}

function textField(name: string, convert: (value: Raw) => string): Field {
  return { name, kind: "categorical", convert };
}

/** Bytes without a logical type are text too where they are UTF-8: Impala and old Spark write so. */
function isText({ converted_type: converted, logical_type: logical }: SchemaElement): boolean {
  if (logical !== undefined) return ["STRING", "ENUM", "JSON"].includes(logical.type);
  return converted === undefined || ["UTF8", "ENUM", "JSON"].includes(converted);
}

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** A dictionary's entries come as the same bytes again and again. */
const textOfBytes = new WeakMap<Uint8Array, string>();

function textOf(value: Raw): string | undefined {
  const bytes = value as Uint8Array;
  const known = textOfBytes.get(bytes);
  if (known !== undefined) return known;
  try {
    const text = DECODER.decode(bytes);
    textOfBytes.set(bytes, text);
    return text;
  } catch {
    return undefined;
  }
}

const JULIAN_DAY_1970 = 2_440_588n;
const NANOS_PER_DAY = 86_400_000_000_000n;

/** The Julian day above 64 bits of nanoseconds of the day: how Impala and old Spark write times. */
function nanosOfInt96(value: bigint): bigint {
  return ((value >> 64n) - JULIAN_DAY_1970) * NANOS_PER_DAY + BigInt.asUintN(64, value);
}

/** Big-endian two's complement, or a number. */
function unscaled(value: Raw): number | bigint {
  if (!(value instanceof Uint8Array)) return value as number | bigint;
  let number = 0n;
  for (const byte of value) number = (number << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * value.length, number);
}

function uuid(value: Raw): string {
  return Buffer.from(value as Uint8Array)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
