// What is left of an activity whose ends are hidden.
import { expect, it } from "vitest";
import { storedActivity } from "../../test/conformance/stored-activity.ts";
import { cutDetail, cutStreams, shownRows } from "./shown.ts";

it("times of what is shown count as the rows do, and do not tell how long the hidden start took", () => {
  const { detail, streams } = storedActivity("x", { rows: 1000 });
  const at = (s: number): number => detail.startMs + s * 1000;
  const ends = { number: 1, sha256: "0".repeat(64), hiddenStartM: 300, hiddenEndM: 300 };
  const rows = shownRows(streams, ends);
  const firstS = streams.timeS[rows.first]!;
  expect(firstS).toBeGreaterThanOrEqual(100);
  const pause = (fromS: number) => ({ startMs: at(fromS), endMs: at(fromS + 10), kind: "timer" });
  const whole = {
    ...detail,
    pauses: [pause(firstS - 5), pause(500), pause(995)],
    bestEfforts: [
      { name: "400 m", distanceM: 400, elapsedS: 134, startMs: at(10) },
      { name: "1 km", distanceM: 1000, elapsedS: 334, startMs: at(400) },
    ],
  } as typeof detail;
  const shown = cutDetail(whole, streams, rows, null);
  const cut = cutStreams(streams, rows);
  expect(shown.pauses.map(({ startMs }) => startMs)).toEqual([at(500 - firstS)]);
  expect(shown.bestEfforts.map(({ startMs }) => startMs)).toEqual([at(400 - firstS)]);
  const row = cut.timeS.indexOf(500 - firstS);
  expect(cut.lat[row]).toBe(streams.lat[500]);
});
