import { describe, expect, it } from "vitest";
import { createRng, integer } from "../../../base/rng.ts";
import { parseDecimal, parseIsoTime } from "./iso-time.ts";

describe("a time", () => {
  it("agrees with Date for every kind of zoned time", () => {
    const rng = createRng(7);
    for (let i = 0; i < 2000; i++) {
      const ms = integer(rng, 4e12) - 1e11;
      const text = new Date(ms).toISOString();
      expect(parseIsoTime(text)).toBe(ms);
      const hours = integer(rng, 27) - 12;
      const sign = hours < 0 ? "-" : "+";
      const zoned = `${text.slice(0, -1)}${sign}${String(Math.abs(hours)).padStart(2, "0")}:30`;
      expect(parseIsoTime(zoned), zoned).toBe(Date.parse(zoned));
    }
  });

  it.each([
    ["2021-01-01T00:00:00.03Z", 30],
    ["2021-01-01T00:00:00.0300000Z", 30],
    ["2021-01-01T00:00:00,5Z", 500],
    ["2021-01-01T00:00:01", 1000],
    [" 2021-01-01 00:00:01 ", 1000],
    ["2021-01-01T01:00:00+01:00", 0],
    ["2021-01-01T01:00:00+0100", 0],
    ["2021-01-01T01:00:00+01", 0],
    ["2021-01-01t00:00:00z", 0],
    ["2021-01-01T00:01Z", 60_000],
    ["2021-01-01", 0],
  ])("%s is %i ms into the year", (text, ms) => {
    expect(parseIsoTime(text)).toBe(Date.UTC(2021, 0, 1) + ms);
  });

  it.each([
    "",
    "now",
    "2021",
    "2021-13-01T00:00:00Z",
    "2021-01-01T25:00:00Z",
    "2021-01-01Tx",
    "1/1/2021",
  ])("'%s' is none", (text) => {
    expect(parseIsoTime(text)).toBeNaN();
  });

  it.each([
    ["1970-01-01T00:00:00Z", 0],
    ["2099-12-31T23:59:59Z", Date.UTC(2099, 11, 31, 23, 59, 59)],
    ["0001-01-01T00:00:00Z", Date.parse("0001-01-01T00:00:00Z")],
  ])("%s is read though it is far", (text, ms) => {
    expect(parseIsoTime(text)).toBe(ms);
  });
});

describe("a number", () => {
  it.each([
    ["12.5", 12.5],
    [" -3 ", -3],
    ["49,426", 49.426],
    ["1e3", 1000],
    ["0", 0],
  ])("%s is %f", (text, value) => {
    expect(parseDecimal(text)).toBe(value);
  });

  it.each(["", "  ", "x", "1e400", "Infinity", "NaN", undefined])("%s is none", (text) => {
    expect(parseDecimal(text)).toBeNaN();
  });
});
