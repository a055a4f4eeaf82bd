export type {
  BooleanColumn,
  CategoricalColumn,
  Column,
  ColumnKind,
  NumericColumn,
  TimestampColumn,
} from "./column.ts";
export { assert, ERROR_CODES, type ErrorCode, WaymarkError } from "./error.ts";
export {
  type GrowColumn,
  type GrowFloat32,
  type GrowFloat64,
  type GrowInt32,
  type GrowUint32,
  growFloat32,
  growFloat64,
  growInt32,
  growUint32,
} from "./grow.ts";
export { createHash64, type Hash64 } from "./hash.ts";
export { createLog, type Log, type LogFields, type LogLevel, silentLog } from "./log.ts";
export { createRng, integer, normal, pick, type Rng } from "./rng.ts";
