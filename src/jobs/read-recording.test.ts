import { expect, it } from "vitest";
import { walkGpx } from "../../test/cli/gpx.ts";
import { decodeActivity } from "../store/activity-row.ts";
import { readRecording } from "./read-recording.ts";

function read(text: string) {
  const bytes = new TextEncoder().encode(text);
  const { status, repairs, activities } = readRecording({ bytes, name: "walk.gpx" });
  const detail = decodeActivity(activities[0]!.encoded, "you");
  return { status, codes: repairs.map(({ code }) => code), detail };
}

/** Two minutes of walking, then two in one place, where the receiver wanders by some metres. */
function waitingGpx(): string {
  const end = Date.UTC(2024, 4, 4, 8, 2);
  const places = Array.from({ length: 120 }, (_, i) => {
    const lat = 42.5 + 180 / 111_195 + 2e-5 * Math.sin(i * 0.9);
    const lon = 1.52 + 3e-5 * Math.sin(i * 0.7);
    const time = new Date(end + i * 1000).toISOString();
    return `<trkpt lat="${lat.toFixed(7)}" lon="${lon.toFixed(7)}"><time>${time}</time></trkpt>`;
  });
  return walkGpx().replace("</trkseg>", `${places.join("\n")}</trkseg>`);
}

it("a walk that needed nothing is ok", () => {
  const { status, codes, detail } = read(walkGpx());
  expect([status, codes, detail.repairCount]).toEqual(["ok", [], 0]);
});

it("a routine repair is told with the activity and is no mark against it", () => {
  const { status, codes, detail } = read(waitingGpx());
  expect([status, codes, detail.repairCount]).toEqual(["ok", ["parked-jitter"], 0]);
  expect(detail.repairs).toMatchObject([{ code: "parked-jitter", unit: "record" }]);
});

it("what was wrong counts, beside what is routine too", () => {
  const { status, codes, detail } = read(waitingGpx().slice(0, -20));
  expect(status).toBe("repaired");
  expect(codes).toContain("parked-jitter");
  expect(codes.length).toBeGreaterThan(1);
  expect(detail.repairCount).toBe(codes.length - 1);
});
