import { expect, test } from "vitest";
import { readActivityAddress, readListAddress, readPart, readSignInAddress } from "./address.ts";

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

test("reads days that are days", () => {
  expect(readListAddress({ from: "2026-02-28", to: "2026-13-40", who: "me" })).toMatchObject({
    from: "2026-02-28",
    to: undefined,
    who: "me",
  });
});

test.each(["//evil.example", "/\\evil.example", "https://evil.example", "evil"])(
  "does not lead to %s after signing in",
  (next) => expect(readSignInAddress({ next }).next).toBeUndefined(),
);

test("leads back to where one was going", () => {
  expect(readSignInAddress({ next: "/uploads?show=failed" }).next).toBe("/uploads?show=failed");
});
