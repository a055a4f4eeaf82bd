import { expect, test } from "vitest";
import { deviceName } from "./store-activity.ts";

test("names a device once, whether or not its product bears the maker's name", () => {
  expect(deviceName({ manufacturer: "Wahoo", product: "Wahoo ELEMNT BOLT" })).toBe(
    "Wahoo ELEMNT BOLT",
  );
  expect(deviceName({ manufacturer: "Garmin", product: "Fenix 7" })).toBe("Garmin Fenix 7");
  expect(deviceName({ manufacturer: undefined, product: "Zwift" })).toBe("Zwift");
  expect(deviceName({ manufacturer: "Suunto", product: undefined })).toBe("Suunto");
  expect(deviceName({})).toBe("");
});
