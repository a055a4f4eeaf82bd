import { expect, it } from "vitest";
import type { ImportedFile } from "../schema/import.ts";
import { formatFile, formatKm, formatTime, printable } from "./format.ts";
import { createProgress, formatLeft } from "./progress.ts";

const file: ImportedFile = { file: "a.fit", status: "ok", repairs: [], activities: [] };
// Colours depend on the terminal that runs the tests.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour.
const plain = (text: string): string => text.replace(/\u001b\[\d+m/g, "");

it("writes times as people do", () => {
  expect([0, 59.6, 61, 3599, 3600, 90_061].map(formatTime)).toEqual([
    "0:00",
    "1:00",
    "1:01",
    "59:59",
    "1:00:00",
    "25:01:01",
  ]);
  expect(formatTime(null)).toBe("?");
  expect(formatKm(1234.5)).toBe("1.23 km");
});

it("lets no file name command the terminal", () => {
  const evil = "a\u001b[2Jb\r\n.fit";
  expect(printable(evil)).toBe("a\ufffd[2Jb\ufffd\ufffd.fit");
  const error = { code: "TRACK_EMPTY", message: `${evil} is empty` };
  const line = plain(formatFile({ ...file, file: evil, status: "refused", error }));
  for (const control of ["\r", "\n", "\u001b"]) expect(line).not.toContain(control);
});

it("says in one line what came of a file", () => {
  const activity = {
    id: "1",
    sport: "run",
    start: "2024-05-04T08:00:00.000Z",
    distanceM: 10_240,
    elapsedS: 3062,
    movingS: 3000,
    gainM: null,
    lossM: null,
    points: 3000,
    hasPosition: true,
    matchedM: null,
    offNetworkM: null,
  };
  const repairs = [{ code: "position-jump", count: 1200, unit: "record" as const, message: "…" }];
  expect(plain(formatFile({ ...file, status: "repaired", repairs, activities: [activity] }))).toBe(
    "repaired a.fit: run 10.24 km 51:02 (position-jump 1,200)",
  );
  const copy = { ...activity, duplicateOf: "0" };
  expect(plain(formatFile({ ...file, activities: [copy], isKnown: true }))).toBe(
    "ok a.fit: run 10.24 km 51:02, the same as 0 (known)",
  );
});

it("without a terminal writes a line every few seconds, with the time that is left", () => {
  const lines: string[] = [];
  const stream = { isTTY: false, write: (line: string) => lines.push(line) };
  let now = 0;
  const progress = createProgress(stream as unknown as NodeJS.WriteStream, () => now);
  for (let done = 0; done <= 100; done += 10) {
    progress.update("Importing", done, 1000);
    now += 1000;
  }
  progress.stop();
  expect(lines).toEqual([
    "Importing: 50 of 1,000, 2 min left\n",
    "Importing: 100 of 1,000, 2 min left\n",
  ]);
  expect([400, 89_000, 600_000, 7_200_000].map(formatLeft)).toEqual([
    "1 s",
    "89 s",
    "10 min",
    "2.0 h",
  ]);
});
