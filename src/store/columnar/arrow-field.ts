/**
 * Which column a field of an Arrow schema becomes. flechette is asked for values as they are stored:
 * 64-bit integers, times and decimals as bigint.
 *
 * @see https://github.com/apache/arrow/blob/main/format/Schema.fbs
 */
import {
  type Field as ArrowField,
  type DataType,
  type ExtractionOptions,
  TimeUnit,
  Type,
} from "@uwdata/flechette";
import {
  decimalNumber,
  epochMs,
  type Field,
  finiteNumber,
  milliseconds,
  type Raw,
  type TimeUnit as Unit,
  wholeNumber,
} from "./field.ts";

/** What `arrowField` counts on. */
export const AS_STORED: ExtractionOptions = {
  useBigInt: true,
  useBigIntTimestamp: true,
  useDecimalInt: true,
  useDate: false,
};

const UNITS: Readonly<Record<number, Unit>> = {
  [TimeUnit.SECOND]: "s",
  [TimeUnit.MILLISECOND]: "ms",
  [TimeUnit.MICROSECOND]: "µs",
  [TimeUnit.NANOSECOND]: "ns",
};

/** @returns what the type is called, where it is not read */
export function arrowField({ name, type }: ArrowField): Field | string {
  const stored = valueType(type);
  switch (stored.typeId) {
    case Type.Null:
    case Type.Float:
      return { name, kind: "numeric", convert: finiteNumber };
    case Type.Bool:
      return { name, kind: "boolean", convert: Number, text: String };
    case Type.Int:
      return { name, kind: "numeric", convert: wholeNumber, text: String };
    case Type.Decimal: {
      const { scale } = stored;
      const convert = (value: Raw): number => decimalNumber(value as number | bigint, scale);
      return { name, kind: "numeric", convert };
    }
    case Type.Date: {
      // flechette makes milliseconds of days.
      const convert = Number;
      return { name, kind: "timestamp", convert };
    }
    case Type.Timestamp: {
      const unit = UNITS[stored.unit]!;
      return {
        name,
        kind: "timestamp",
        convert: (value, refuse) => epochMs(value as bigint, unit, refuse),
      };
    }
    case Type.Time:
    case Type.Duration: {
      const unit = UNITS[stored.unit]!;
      const convert = (value: Raw): number => milliseconds(value as number | bigint, unit);
      return { name, kind: "numeric", convert };
    }
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Utf8View:
      return { name, kind: "categorical", convert: String };
    default:
      return NAMES[stored.typeId] ?? "of a type that is not known";
  }
}

/** Of a dictionary the type of its values. */
function valueType(type: DataType): DataType {
  return type.typeId === Type.Dictionary ? type.dictionary : type;
}

const NAMES: Readonly<Record<number, string>> = {
  [Type.Binary]: "of type binary",
  [Type.LargeBinary]: "of type binary",
  [Type.BinaryView]: "of type binary",
  [Type.FixedSizeBinary]: "of type fixed-size binary",
  [Type.Interval]: "of type interval",
  [Type.List]: "a list",
  [Type.LargeList]: "a list",
  [Type.ListView]: "a list",
  [Type.LargeListView]: "a list",
  [Type.FixedSizeList]: "a list",
  [Type.Struct]: "a struct",
  [Type.Map]: "a map",
  [Type.Union]: "a union",
  [Type.RunEndEncoded]: "run-end encoded",
};
