import { describe, expect, it } from "vitest";
import { WaymarkError } from "../../../base/index.ts";
import type { DecodedFile, Recording } from "../recording.ts";
import { decodeFile } from "./decode.ts";

const decode = (body: string): DecodedFile =>
  decodeFile(
    new TextEncoder().encode(
      `<?xml version="1.0"?><TrainingCenterDatabase>${body}</TrainingCenterDatabase>`,
    ),
    "x.tcx",
  );
const START = Date.UTC(2021, 0, 1);
const at = (second: number): string => new Date(START + second * 1000).toISOString();
const point = (second: number, extra = ""): string =>
  `<Trackpoint><Time>${at(second)}</Time><Position><LatitudeDegrees>49.4</LatitudeDegrees>` +
  `<LongitudeDegrees>8.7</LongitudeDegrees></Position>${extra}</Trackpoint>`;
const track = (...seconds: readonly number[]): string =>
  `<Track>${seconds.map((second) => point(second)).join("")}</Track>`;
const lap = (second: number, body: string): string =>
  `<Lap StartTime="${at(second)}">${body}</Lap>`;
const activity = (sport: string, body: string): string =>
  `<Activity Sport="${sport}"><Id>${at(0)}</Id>${body}</Activity>`;
const only = (body: string): Recording => {
  const { recordings } = decode(`<Activities>${body}</Activities>`);
  expect(recordings.length).toBe(1);
  return recordings[0]!;
};

describe("a TCX file", () => {
  it("gives every field of a trackpoint, extensions under any prefix", () => {
    for (const prefix of ["", "ns3:", "x:"]) {
      const { streams } = only(
        activity(
          "Biking",
          lap(
            0,
            `<Track>${point(
              0,
              `<AltitudeMeters>100</AltitudeMeters><DistanceMeters>12.5</DistanceMeters>
               <HeartRateBpm><Value>140</Value></HeartRateBpm><Cadence>80</Cadence>
               <Extensions><${prefix}TPX><${prefix}Speed>5.5</${prefix}Speed><${prefix}Watts>250</${prefix}Watts></${prefix}TPX></Extensions>`,
            )}</Track>`,
          ),
        ),
      );
      expect([streams.lat[0], streams.lon[0], streams.timeMs[0]]).toEqual([49.4, 8.7, START]);
      expect([streams.altitudeM![0], streams.distanceM![0], streams.heartRateBpm![0]]).toEqual([
        100, 12.5, 140,
      ]);
      expect([streams.cadenceRpm![0], streams.speedMps![0], streams.powerW![0]]).toEqual([
        80, 5.5, 250,
      ]);
    }
  });

  it("reads the cadence of runs from their extension", () => {
    const tpx = "<Extensions><TPX><RunCadence>85</RunCadence></TPX></Extensions>";
    const { streams } = only(activity("Running", lap(0, `<Track>${point(0, tpx)}</Track>`)));
    expect(streams.cadenceRpm![0]).toBe(85);
  });

  it("sums the laps into the stated totals and keeps them", () => {
    const totals = (timer: number, distance: number) =>
      `<TotalTimeSeconds>${timer}</TotalTimeSeconds><DistanceMeters>${distance}</DistanceMeters>
       <Calories>7</Calories><TriggerMethod>Distance</TriggerMethod>`;
    const recording = only(
      activity(
        "Running",
        lap(0, totals(10, 40) + track(0, 9)) + lap(12, totals(5, 20) + track(12, 17)),
      ),
    );
    expect(recording.stated).toEqual({ distanceM: 60, timerS: 15, calories: 14 });
    expect(recording.laps).toEqual([
      { startMs: START, endMs: START + 12_000, distanceM: 40, timerS: 10, trigger: "distance" },
      {
        startMs: START + 12_000,
        endMs: START + 17_000,
        distanceM: 20,
        timerS: 5,
        trigger: "distance",
      },
    ]);
    expect(recording.timerPauses).toEqual([]);
  });

  it("takes a further track inside a lap for a pause", () => {
    const recording = only(
      activity("Running", lap(0, track(0, 5) + track(65, 70) + track()) + lap(71, track(71))),
    );
    expect(recording.streams.length).toBe(5);
    expect(recording.timerPauses).toEqual([{ startMs: START + 5000, endMs: START + 65_000 }]);
  });

  it("makes a recording of each activity, inside a multisport session too", () => {
    const { recordings } = decode(
      `<Activities><MultiSportSession><FirstSport>${activity("Other", lap(0, track(0)))}</FirstSport>
       <NextSport>${activity("Biking", lap(9, track(9, 10)))}</NextSport></MultiSportSession>
       ${activity("Running", lap(20, track(20)))}</Activities>`,
    );
    expect(recordings.map((part) => [part.sport, part.streams.length])).toEqual([
      ["other", 1],
      ["ride", 2],
      ["run", 1],
    ]);
  });

  it("keeps the maker of the activity, else the author of the file", () => {
    const creator = "<Creator><Name>Forerunner 305</Name></Creator>";
    expect(only(activity("Running", lap(0, track(0)) + creator)).device.product).toBe(
      "Forerunner 305",
    );
    const { recordings } = decode(
      `<Activities>${activity("Biking", lap(0, track(0)))}</Activities><Author><Name>Zwift</Name></Author>`,
    );
    expect(recordings[0]).toMatchObject({ device: { product: "Zwift" }, isVirtual: true });
  });

  it("keeps trackpoints without position, time or distance as unknown", () => {
    const { streams } = only(
      activity(
        "Running",
        lap(
          0,
          `<Track><Trackpoint/><Trackpoint><Time>${at(1)}</Time></Trackpoint>${point(2)}</Track>`,
        ),
      ),
    );
    expect(streams.length).toBe(3);
    expect([streams.timeMs[0], streams.lat[1], streams.lat[2]]).toEqual([
      Number.NaN,
      Number.NaN,
      49.4,
    ]);
    expect(streams.distanceM).toBeUndefined();
  });

  it("gives the totals of an activity without trackpoints", () => {
    const body = "<TotalTimeSeconds>60</TotalTimeSeconds><DistanceMeters>50</DistanceMeters>";
    const recording = only(activity("Other", lap(0, body)));
    expect(recording.streams.length).toBe(0);
    expect(recording.stated).toMatchObject({ timerS: 60, distanceM: 50 });
    expect(recording.laps[0]!.endMs).toBe(START + 60_000);
  });

  it("draws a lone course as a line without times", () => {
    const file = decode(
      `<Courses><Course><Name>c</Name>${lap(0, "")}${track(0, 1)}</Course></Courses>`,
    );
    expect(file.recordings[0]).toMatchObject({ name: "c", laps: [], stated: {} });
    expect(file.recordings[0]!.streams.timeMs[1]).toBeNaN();
    expect(file.repairs).toMatchObject([{ code: "planned-route", count: 2 }]);
  });

  it("passes over courses beside activities and says so", () => {
    const file = decode(
      `<Activities>${activity("Running", lap(0, track(0)))}</Activities><Courses><Course>${track(5)}</Course></Courses>`,
    );
    expect(file.recordings.length).toBe(1);
    expect(file.repairs).toMatchObject([{ code: "route-passed-over", count: 1 }]);
  });

  it("without an activity is refused", () => {
    expect(() => decode("<Activities/>")).toThrow(
      expect.objectContaining({ code: "TRACK_NO_RECORD" }),
    );
  });

  it("loses no point of any prefix, and never throws anything but a WaymarkError", () => {
    const whole = `<TrainingCenterDatabase><Activities>${activity("Running", lap(0, track(0, 1, 2)))}`;
    let last = 0;
    for (let length = 0; length <= whole.length; length++) {
      let rows = 0;
      try {
        const bytes = new TextEncoder().encode(whole.slice(0, length));
        rows = decodeFile(bytes, "x.tcx").recordings[0]!.streams.length;
      } catch (error) {
        expect(error).toBeInstanceOf(WaymarkError);
      }
      expect(rows, `cut at ${length}`).toBeGreaterThanOrEqual(last);
      last = rows;
    }
    expect(last).toBe(3);
  });
});
