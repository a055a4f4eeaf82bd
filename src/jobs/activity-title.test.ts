import { expect, it } from "vitest";
import { activityTitle } from "./activity-title.ts";

const at = (hour: number): number => Date.UTC(2024, 4, 4, hour);

it("names the part of the day by the sun at the place", () => {
  expect(activityTitle("run", at(7), 0)).toBe("Morning run");
  expect(activityTitle("ride", at(12), 10)).toBe("Lunch ride");
  // Eight in the evening in Greenwich is noon at 120° west and morning of the next day in Tokyo.
  expect(activityTitle("hike", at(20), -120)).toBe("Lunch hike");
  expect(activityTitle("walk", at(20), 140)).toBe("Morning walk");
  expect(activityTitle("run", at(23), 0)).toBe("Night run");
  expect(activityTitle("run", at(1), -20)).toBe("Night run");
});

it("names only the sport where the place is unknown", () => {
  expect(activityTitle("indoor-ride", at(7), Number.NaN)).toBe("Indoor ride");
});
