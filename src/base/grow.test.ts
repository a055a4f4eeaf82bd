import { describe, expect, it } from "vitest";
import { growFloat32, growFloat64, growInt32, growUint32 } from "./grow.ts";

describe("a growing column", () => {
  it("keeps every value in order across many doublings", () => {
    const column = growFloat64();
    for (let i = 0; i < 10_000; i++) column.push(i / 3);
    const rows = column.finish();
    expect(rows.length).toBe(10_000);
    for (let i = 0; i < rows.length; i++) expect(rows[i]).toBe(i / 3);
  });

  it("fills the rows that were never written", () => {
    const column = growFloat32();
    column.push(1);
    column.fillTo(1000, Number.NaN);
    column.push(2);
    column.fillTo(10, 7);
    const rows = column.finish();
    expect(rows.length).toBe(1001);
    expect([rows[0], rows[1], rows[999], rows[1000]]).toEqual([1, Number.NaN, Number.NaN, 2]);
  });

  it("holds the whole range of its kind", () => {
    const signed = growInt32();
    signed.push(-(2 ** 31));
    const unsigned = growUint32();
    unsigned.push(2 ** 32 - 1);
    expect(signed.finish()[0]).toBe(-(2 ** 31));
    expect(unsigned.finish()[0]).toBe(2 ** 32 - 1);
  });

  it("hands out a copy that later pushes do not touch", () => {
    const column = growInt32();
    column.push(5);
    const before = column.finish();
    column.data[0] = 6;
    expect(before[0]).toBe(5);
  });
});
