import { expect, test } from "vitest";
import { readActivityAddress, readListAddress, readPart } from "./address.ts";

test("reads what it wrote and drops what it does not know", () => {
  expect(
    readActivityAddress({ colour: "heart", raw: true, tab: "match", part: "120-3400" }),
  ).toEqual({ colour: "heart", raw: true, tab: "match", part: "120-3400" });
  expect(
    readActivityAddress({ colour: "mood", raw: "maybe", tab: 7, part: "<script>", other: 1 }),
  ).toEqual({ colour: undefined, raw: undefined, tab: undefined, part: undefined });
  expect(readListAddress({ q: 42, sport: "" })).toEqual({ q: "42", sport: undefined });
});

test("reads a part as metres in order and nothing else", () => {
  expect(readPart("120-3400")).toEqual([120, 3400]);
  expect(readPart("3400-120")).toBeUndefined();
  expect(readPart(undefined)).toBeUndefined();
});
