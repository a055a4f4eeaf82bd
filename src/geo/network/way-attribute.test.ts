import { expect, it } from "vitest";
import { FLAG, SAC_SCALES, SMOOTHNESSES, SURFACES, TRACK_TYPES } from "./attribute.ts";
import { surfaceOf } from "./surface.ts";
import { attributesOf, nameOfWay, parseMetres } from "./way-attribute.ts";
import { wayClassOf } from "./way-class.ts";

const tags = (record: Record<string, string>): Map<string, string> =>
  new Map(Object.entries(record));

it.each([
  ["2", 2],
  ["2.5 m", 2.5],
  ["2,5m", 2.5],
  ["80 cm", 0.8],
  ["6'", 1.8288],
  ["6'3\"", 1.905],
  ["7 ft", 2.1336],
  ["~3", 3],
  ["narrow", undefined],
  ["2-3", undefined],
  ["", undefined],
  ["-1", undefined],
])("reads the width %j as %s metres", (text, metres) => {
  const parsed = parseMetres(text);
  if (metres === undefined) expect(parsed).toBeUndefined();
  else expect(parsed).toBeCloseTo(metres, 6);
});

it("stores widths in decimetres, the stated before the estimated", () => {
  expect(attributesOf(tags({ width: "2 m", est_width: "5" })).width).toBe(20);
  expect(attributesOf(tags({ est_width: "0.5" })).width).toBe(5);
  expect(attributesOf(tags({ width: "90" })).width).toBe(255);
  expect(attributesOf(tags({ width: "0" })).width).toBe(0);
});

it.each([
  ["asphalt", "asphalt"],
  ["concrete:plates", "concrete"],
  ["cobblestone:flattened", "sett"],
  ["asphalt;gravel", "asphalt"],
  ["Earth", "dirt"],
  ["wood chips;woodchips", "ground"],
  ["bare_rock", "rock"],
  ["never heard", "unknown"],
])("takes surface %j for %s", (value, expected) => {
  expect(SURFACES[surfaceOf(value)]).toBe(expected);
});

it("reads the scales, the harder of two", () => {
  const a = attributesOf(
    tags({
      sac_scale: "mountain_hiking;demanding_mountain_hiking",
      "mtb:scale": "1-2",
      tracktype: "grade4",
      smoothness: "very_bad",
    }),
  );
  expect(SAC_SCALES[a.sacScale]).toBe("demanding_mountain_hiking");
  expect(a.mtbScale).toBe(3);
  expect(TRACK_TYPES[a.trackType]).toBe("grade4");
  expect(SMOOTHNESSES[a.smoothness]).toBe("very_bad");
  expect(attributesOf(tags({ sac_scale: "T3" })).sacScale).toBe(3);
  expect(attributesOf(tags({ "mtb:scale": "0+" })).mtbScale).toBe(1);
  expect(attributesOf(tags({ "mtb:scale:imba": "2" })).mtbScale).toBe(2);
  expect(attributesOf(tags({ "mtb:scale": "easy" })).mtbScale).toBe(0);
});

it.each([
  [{ bridge: "viaduct" }, FLAG.BRIDGE],
  [{ bridge: "no" }, 0],
  [{ tunnel: "yes" }, FLAG.TUNNEL],
  [{ tunnel: "culvert" }, 0],
  [{ lit: "yes" }, FLAG.LIT],
  [{ lit: "24/7" }, FLAG.LIT],
  [{ lit: "no" }, 0],
  [{ junction: "roundabout" }, FLAG.ROUNDABOUT],
  [{ ford: "yes" }, FLAG.FORD],
  [{ sidewalk: "both" }, FLAG.SIDEWALK],
  [{ "sidewalk:left": "yes" }, FLAG.SIDEWALK],
  [{ sidewalk: "separate" }, 0],
  [{ cycleway: "lane" }, FLAG.CYCLEWAY],
  [{ "cycleway:right": "track" }, FLAG.CYCLEWAY],
  [{ "cycleway:both": "no" }, 0],
])("flags %j", (record, flag) => {
  expect(attributesOf(tags(record)).flag).toBe(flag);
});

it.each([
  [{ highway: "residential" }, "residential"],
  [{ highway: "cycleway;footway" }, "cycleway"],
  [{ highway: "bus_guideway" }, "busway"],
  [{ route: "ferry" }, "ferry"],
  [{ railway: "platform" }, "platform"],
  [{ public_transport: "platform" }, "platform"],
  [{ man_made: "pier" }, "footway"],
  [{ leisure: "track", sport: "running" }, "footway"],
  [{ leisure: "track", sport: "motor" }, undefined],
  [{ highway: "construction", construction: "primary" }, undefined],
  [{ highway: "proposed" }, undefined],
  [{ highway: "abandoned" }, undefined],
  [{ highway: "street_lamp" }, undefined],
  [{ highway: "unknown" }, undefined],
  [{ highway: "area" }, undefined],
  [{ building: "yes" }, undefined],
])("classes %j as %s", (record, expected) => {
  expect(wayClassOf(tags(record as Record<string, string>))).toBe(expected);
});

it("calls a road without a name by its number", () => {
  expect(nameOfWay(tags({ name: "Hauptstraße", ref: "L 534" }))).toBe("Hauptstraße");
  expect(nameOfWay(tags({ ref: "L 534" }))).toBe("L 534");
  expect(nameOfWay(tags({}))).toBe("");
});
