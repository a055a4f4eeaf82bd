import { describe, expect, it } from "vitest";
import { parseCsv } from "./csv.ts";

const parse = (text: string): (readonly string[])[] => [...parseCsv(text)];

describe("a CSV text", () => {
  it("keeps commas, newlines and doubled quotes inside quotes", () => {
    expect(parse('a,"b,c","d\r\ne","f ""g"""\n')).toEqual([["a", "b,c", "d\r\ne", 'f "g"']]);
  });

  it("takes any line ending and no last one", () => {
    expect(parse("a,b\r\nc,d\re,f\ng,h")).toEqual([
      ["a", "b"],
      ["c", "d"],
      ["e", "f"],
      ["g", "h"],
    ]);
  });

  it("passes over a byte order mark and empty lines", () => {
    expect(parse("\uFEFFa\n\n\nb\n")).toEqual([["a"], ["b"]]);
  });

  it("keeps empty fields", () => {
    expect(parse(",,\n")).toEqual([["", "", ""]]);
    expect(parse('"",x')).toEqual([["", "x"]]);
    expect(parse("")).toEqual([]);
  });

  it("survives a quote that is never closed, and letters behind one that is", () => {
    expect(parse('a,"b\nc,d')).toEqual([["a", "b\nc,d"]]);
    expect(parse('"a"x,b')).toEqual([["ax", "b"]]);
  });
});
