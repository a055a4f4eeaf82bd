import { expect, test } from "vitest";
import {
  DASH,
  distance,
  duration,
  grouped,
  height,
  longDuration,
  pace,
  percent,
  speed,
} from "./unit.ts";

test("says distances as long as they need to be", () => {
  expect(distance(12_437, "metric")).toEqual({ value: "12.4", unit: "km" });
  expect(distance(9_876, "metric")).toEqual({ value: "9.88", unit: "km" });
  expect(distance(640, "metric")).toEqual({ value: "640", unit: "m" });
  expect(distance(160_934.4, "imperial")).toEqual({ value: "100", unit: "mi" });
  expect(distance(1_234_567, "metric").value).toBe("1\u202f235");
});

test("writes times as a watch does", () => {
  expect(duration(3731)).toBe("1:02:11");
  expect(duration(59.6)).toBe("1:00");
  expect(duration(62)).toBe("1:02");
  expect(longDuration(55_200)).toBe("15 h 20");
  expect(longDuration(125)).toBe("2 min");
});

test("turns seconds a metre into a pace and standing still into a dash", () => {
  expect(pace(0.301, "metric")).toEqual({ value: "5:01", unit: "/km" });
  expect(pace(0.301, "imperial")).toEqual({ value: "8:04", unit: "/mi" });
  expect(pace(50, "metric").value).toBe(DASH);
});

test("keeps what is unknown apart from zero", () => {
  expect(height(null, "metric").value).toBe(DASH);
  expect(height(0, "metric").value).toBe("0");
  expect(speed(Number.NaN, "metric").value).toBe(DASH);
  expect(duration(undefined)).toBe(DASH);
});

test("uses a true minus and groups thousands", () => {
  expect(percent(-0.083).value).toBe("−8");
  expect(grouped(-12345)).toBe("−12\u202f345");
  expect(height(1000, "imperial")).toEqual({ value: "3\u202f281", unit: "ft" });
});
