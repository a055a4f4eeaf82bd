/**
 * The protobuf wire format as far as OSM PBF needs it, over one byte array and with every read kept
 * inside its end: a damaged length gives OSM_FORMAT, never a value from beyond. 64-bit numbers
 * become doubles, exact to 2^53. Source: protobuf.dev, "Encoding".
 */
import { WaymarkError } from "../../../base/error.ts";

const TWO_32 = 4294967296;

export class WireReader {
  readonly bytes: Uint8Array;
  position: number;
  end: number;
  private high = 0;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** Field number and wire type as (number << 3 | type); 0 at the end. */
  tag(): number {
    return this.position < this.end ? this.low() : 0;
  }

  /** An unsigned number; −0 never, 2^64 − 1 at most (rounded above 2^53). */
  uint(): number {
    const low = this.low();
    return this.high === 0 ? low : this.high * TWO_32 + low;
  }

  /** A two's complement number (int32, int64). */
  int(): number {
    const low = this.low();
    return this.high === 0 ? low : (this.high | 0) * TWO_32 + low;
  }

  /** A zigzag number (sint32, sint64). */
  sint(): number {
    const low = this.low();
    if (this.high === 0) return (low >>> 1) ^ -(low & 1);
    const half = (this.high >>> 1) * TWO_32 + ((((this.high & 1) << 31) | (low >>> 1)) >>> 0);
    return low & 1 ? -half - 1 : half;
  }

  /** Enters a length-delimited field: a reader of its own over the same bytes. */
  message(): WireReader {
    const length = this.length();
    const inner = new WireReader(this.bytes, this.position, this.position + length);
    this.position += length;
    return inner;
  }

  /** A view of the bytes of a length-delimited field. */
  view(): Uint8Array {
    const length = this.length();
    const view = this.bytes.subarray(this.position, this.position + length);
    this.position += length;
    return view;
  }

  skip(tag: number): void {
    switch (tag & 7) {
      case 0:
        this.low();
        break;
      case 1:
        this.advance(8);
        break;
      case 2:
        this.advance(this.length());
        break;
      case 5:
        this.advance(4);
        break;
      default:
        throw damaged(`a field has wire type ${tag & 7}`);
    }
  }

  private length(): number {
    const length = this.low();
    if (this.high !== 0 || length > this.end - this.position) {
      throw damaged("a field is longer than what holds it");
    }
    return length;
  }

  private advance(count: number): void {
    if (count > this.end - this.position) throw damaged("a field is longer than what holds it");
    this.position += count;
  }

  /** Reads a varint; returns its low 32 bits and leaves the high ones in `high`. */
  private low(): number {
    const { bytes, end } = this;
    let p = this.position;
    this.high = 0;
    if (p >= end) throw damaged("a number is cut off");
    let byte = bytes[p++]!;
    let low = byte & 0x7f;
    if (byte >= 0x80) {
      let shift = 7;
      let high = 0;
      do {
        if (p >= end) throw damaged("a number is cut off");
        if (shift > 63) throw damaged("a number has more than ten bytes");
        byte = bytes[p++]!;
        if (shift < 28) low |= (byte & 0x7f) << shift;
        else if (shift === 28) {
          low |= (byte & 0x0f) << 28;
          high = (byte & 0x70) >>> 4;
        } else high |= (byte & 0x7f) << (shift - 32);
        shift += 7;
      } while (byte >= 0x80);
      this.high = high >>> 0;
    }
    this.position = p;
    return low >>> 0;
  }
}

/** An error of the bytes; who knows the place in the file adds it as context. */
export function damaged(what: string, cause?: unknown): WaymarkError {
  return new WaymarkError("OSM_FORMAT", `the OpenStreetMap file is damaged: ${what}`, { cause });
}
