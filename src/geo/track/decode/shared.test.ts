import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SHARED, shared } from "../../../../test/shared.ts";
import { WaymarkError } from "../../../base/index.ts";
import { parseCsv } from "./csv.ts";
import { decodeFile } from "./decode.ts";

/** Files that hold no recording, and what is said of them. */
const REFUSED: Readonly<Record<string, string>> = {
  "fit/elevate__._empty.fit": "TRACK_FORMAT",
  "fit/elevate__empty.fit": "TRACK_EMPTY",
  "fit/dawarich__test.fit": "TRACK_FORMAT",
  "fit/tormoder-fit__MonitoringFile.fit": "TRACK_NO_RECORD",
  "fit/tormoder-fit__c70470_Settings.fit": "TRACK_NO_RECORD",
  "fit/tormoder-fit__WorkoutIndividualSteps.fit": "TRACK_NO_RECORD",
  "fit/tormoder-fit__WorkoutCustomTargetValues.fit": "TRACK_NO_RECORD",
  "gpx/goldencheetah__MetadataOnly.gpx": "TRACK_NO_RECORD",
  "gpx/gpxpy__default_schema_locations.gpx": "TRACK_NO_RECORD",
  "gpx/gpxpy__unicode.gpx": "TRACK_NO_RECORD",
  "gpx/gpxpy__unicode_with_bom.gpx": "TRACK_NO_RECORD",
  "gpx/gpxpy__gpx1.1_with_extensions_without_namespaces.gpx": "TRACK_NO_RECORD",
};

/** Files of which we read other counts than the index, which an other decoder made: [records, positions, why]. */
const DIFFERENT: Readonly<Record<string, readonly [number, number, string]>> = {
  "fit/muktihari-fit__triathlon_summary_first.fit": [4043, 4041, "the index's decoder threw"],
  "fit/muktihari-fit__triathlon_summary_last.fit": [4043, 4041, "the index's decoder threw"],
  "fit/tormoder-fit__compressed-speed-distance.fit": [755, 0, "it lacked compressed timestamps"],
  "tcx/goldencheetah__activity_165850259_multi-session.tcx": [1893, 1325, "it lacked multisport"],
  "tcx/runalyze__Route-only.tcx": [11, 11, "a course is drawn as a line without times"],
  "fit/goldencheetah__20160517-063148-1-1328-ANTFS-4-0.FIT": [75, 0, "74 pool lengths and a start"],
  "fit/sports-lib__7617306288.fit": [11, 0, "10 pool lengths and a start"],
};

interface Indexed {
  readonly name: string;
  readonly records: number;
  readonly positions: number;
  readonly start: string;
  readonly sessionDistanceM: number;
}

function readIndex(): readonly Indexed[] {
  const [header, ...rows] = parseCsv(
    readFileSync(shared("data", "activities", "INDEX.share.csv"), "utf8"),
  );
  const column = (row: readonly string[], name: string): string => row[header!.indexOf(name)]!;
  return rows.map((row) => ({
    name: column(row, "file").replace("activities/", ""),
    records: Number(column(row, "records")),
    positions: Number(column(row, "gps")),
    start: column(row, "start"),
    sessionDistanceM: Number(column(row, "session_distance_m") || Number.NaN),
  }));
}

describe.skipIf(SHARED === undefined)("every real recording (needs ../shared)", () => {
  const index = SHARED === undefined ? [] : readIndex();
  const read = (name: string) => decodeFile(readFileSync(shared("data", "activities", name)), name);

  it("is in the index, 183 files", () => {
    expect(index.length).toBe(183);
  });

  it.each(index)("$name is read as the index says, or refused for a reason", (file) => {
    const expected = REFUSED[file.name];
    if (expected !== undefined) {
      expect(() => read(file.name)).toThrow(expect.objectContaining({ code: expected }));
      return;
    }
    const { recordings } = read(file.name);
    let records = 0;
    let positions = 0;
    for (const { streams } of recordings) {
      records += streams.length;
      for (let i = 0; i < streams.length; i++) {
        if (!Number.isNaN(streams.lon[i]!) && !Number.isNaN(streams.lat[i]!)) positions++;
      }
    }
    const different = DIFFERENT[file.name];
    expect([records, positions]).toEqual(different?.slice(0, 2) ?? [file.records, file.positions]);
    if (file.sessionDistanceM > 0 && different === undefined && file.name.startsWith("fit/")) {
      const stated = recordings.map((part) => part.stated.distanceM ?? 0);
      expect(stated.some((m) => Math.abs(m - file.sessionDistanceM) < 0.01)).toBe(true);
    }
    if (file.start !== "" && different === undefined) {
      const times = recordings.flatMap((part) => [...part.streams.timeMs.slice(0, 5)]);
      const isPlanned = times.every(Number.isNaN);
      expect(isPlanned || times.some((ms) => Math.abs(ms - Date.parse(file.start)) < 60_000)).toBe(
        true,
      );
    }
  });

  it.each([
    "fit/elevate__huez.fit",
    "fit/fitparse__nick.fit",
    "gpx/sports-lib__movescount.gpx",
    "tcx/runalyze__Standard.tcx",
  ])("%s, cut anywhere, throws nothing but a WaymarkError and loses few records", (name) => {
    const bytes = readFileSync(shared("data", "activities", name));
    const rowsOf = (length: number): number => {
      try {
        const { recordings } = decodeFile(bytes.subarray(0, length), name);
        return recordings.reduce((sum, part) => sum + part.streams.length, 0);
      } catch (error) {
        if (!(error instanceof WaymarkError)) throw error;
        return 0;
      }
    };
    const whole = rowsOf(bytes.length);
    let last = 0;
    for (let i = 0; i <= 20; i++) {
      const rows = rowsOf(Math.round((bytes.length * i) / 20));
      expect(rows).toBeGreaterThanOrEqual(last);
      expect(rows).toBeGreaterThanOrEqual(Math.floor((whole * i) / 20) - whole * 0.15);
      last = rows;
    }
  });
});
