import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { beforeAll, expect, test, vi } from "vitest";
import { LAYERS } from "../../../src/geo/basemap/classify.ts";
import { DARK, LIGHT } from "./palette.ts";
import { FIRST_LABEL_LAYER, mapStyle } from "./style.ts";

const ORIGIN = "http://127.0.0.1:9696";
beforeAll(() => {
  vi.stubGlobal("document", { baseURI: `${ORIGIN}/activities` });
});

test.each([true, false])("is a valid style (dark: %s)", (isDark) => {
  expect(validateStyleMin(mapStyle(isDark, ORIGIN)).map(({ message }) => message)).toEqual([]);
});

test("names only layers that the base map has, and draws each of them", () => {
  const used = mapStyle(false, ORIGIN).layers.flatMap((layer) =>
    "source-layer" in layer ? [layer["source-layer"]!] : [],
  );
  expect([...new Set(used)].sort()).toEqual([...LAYERS].sort());
});

test("asks no other host for anything", () => {
  const urls = JSON.stringify(mapStyle(false, ORIGIN)).match(/https?:\/\/[^"/]+/g) ?? [];
  expect([...new Set(urls)]).toEqual([ORIGIN]);
});

test("has a place under the names for the person's own lines", () => {
  const ids = mapStyle(true, ORIGIN).layers.map(({ id }) => id);
  const first = mapStyle(true, ORIGIN).layers.findIndex(({ type }) => type === "symbol");
  expect(ids[first]).toBe(FIRST_LABEL_LAYER);
  expect(new Set(ids).size).toBe(ids.length);
});

/** WCAG contrast of two #rrggbb colours. */
function contrast(a: string, b: string): number {
  const light = (hex: string): number => {
    const [r, g, blue] = [1, 3, 5].map((at) => {
      const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * blue!;
  };
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

test.each([
  ["light", LIGHT],
  ["dark", DARK],
] as const)("keeps names readable on the %s map", (_name, palette) => {
  expect(contrast(palette.text, palette.halo)).toBeGreaterThan(7);
  for (const colour of [palette.textQuiet, palette.textWater, palette.textPark]) {
    expect(contrast(colour, palette.halo)).toBeGreaterThan(4);
  }
});
