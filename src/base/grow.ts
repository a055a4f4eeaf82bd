/**
 * Typed columns that grow: many numbers of unknown count, without an object per row. Capacity
 * doubles, so n pushes cost O(n) copies in all; `finish` cuts the column to its length.
 */

type Numbers = Float64Array | Float32Array | Int32Array | Uint32Array;

/** What is common to the four kinds; rows are addressed 0 … length − 1. */
export interface GrowColumn<A extends Numbers> {
  length: number;
  /** The rows so far and free room behind them; replaced whenever the column grows. */
  data: A;
  push(value: number): void;
  /** Adds rows of `value` until the column holds `length` rows. */
  fillTo(length: number, value: number): void;
  /** A copy of exactly `length` rows; the column stays usable. */
  finish(): A;
}

const FIRST_CAPACITY = 256;

function createColumn<A extends Numbers>(make: (length: number) => A): GrowColumn<A> {
  const reserve = (column: GrowColumn<A>, length: number): void => {
    const grown = make(Math.max(length, column.data.length * 2));
    grown.set(column.data);
    column.data = grown;
  };
  return {
    length: 0,
    data: make(FIRST_CAPACITY),
    push(value) {
      if (this.length === this.data.length) reserve(this, this.length + 1);
      this.data[this.length++] = value;
    },
    fillTo(length, value) {
      if (length > this.data.length) reserve(this, length);
      if (length > this.length) this.data.fill(value, this.length, length);
      this.length = Math.max(this.length, length);
    },
    finish() {
      return this.data.slice(0, this.length) as A;
    },
  };
}

export type GrowFloat64 = GrowColumn<Float64Array>;
export type GrowFloat32 = GrowColumn<Float32Array>;
export type GrowInt32 = GrowColumn<Int32Array>;
export type GrowUint32 = GrowColumn<Uint32Array>;

export const growFloat64 = (): GrowFloat64 => createColumn((n) => new Float64Array(n));
export const growFloat32 = (): GrowFloat32 => createColumn((n) => new Float32Array(n));
export const growInt32 = (): GrowInt32 => createColumn((n) => new Int32Array(n));
export const growUint32 = (): GrowUint32 => createColumn((n) => new Uint32Array(n));
