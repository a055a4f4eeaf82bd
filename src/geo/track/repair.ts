/**
 * What cleaning sets right, by code. Each code stands in docs/reference/repairs.md with its cause and
 * what a person can do; a test holds the two together. Codes of reading belong to the decoders.
 */
import type { Repair } from "./recording.ts";

interface RepairKind {
  readonly unit: Repair["unit"];
  /** True when each counted record left the activity; rows in = rows out + these counts. */
  readonly removesRows: boolean;
  /** One sentence; `#` stands for the count. */
  readonly message: string;
}

const row = (message: string): RepairKind => ({ unit: "record", removesRows: false, message });
const removed = (message: string): RepairKind => ({ unit: "record", removesRows: true, message });

/** Code of cleaning → what happened. */
export const REPAIR_CODES = {
  // order
  "time-none": row("None of # records has a time, so durations and speeds are unknown."),
  "time-filled": row("# records had no usable time; it was interpolated between their neighbours."),
  "time-missing": removed("# records before the first or after the last known time were left out."),
  "time-reversed": row("# records stood out of order and were sorted by their time."),
  "time-glitch": row(
    "# records had a time that contradicts their neighbours; it was interpolated.",
  ),
  "time-duplicate": removed("# records repeated the time of another and said nothing new."),
  "time-spread": row("# records shared a time with another place; they were spread evenly."),
  "row-merged": removed("# records of the same moment were merged into their partner."),
  "row-empty": removed("# records held a time and nothing else."),
  "clock-shifted": row("# records were recorded with another clock and moved to their neighbours."),
  "date-implausible": row("# records are dated before 1990 or in the far future."),
  // position
  "position-out-of-range": row("# positions were no place on Earth."),
  "position-null-island": row("# positions were 0, 0: the receiver had no fix."),
  "position-jump": row("# positions could not be reached at any speed of this sport."),
  "position-spike": row("# positions jumped aside and back faster than a body can."),
  "track-break": row("The track jumps # times; no distance was counted across the jumps."),
  "parked-jitter": row("# positions wandered while standing still and added no distance."),
  // channels
  "altitude-out-of-range": row("# altitudes were below −500 m or above 9,000 m."),
  "altitude-empty": row("# altitudes were all zero: the device measured none."),
  "altitude-spike": row("# altitudes jumped faster than a body can climb or fall."),
  "altitude-filled": row("# missing altitudes were interpolated between their neighbours."),
  "altitude-drift": row(
    "# altitudes were moved by the offset of the barometer from the elevation grid.",
  ),
  "altitude-replaced": row("# altitudes were taken from the elevation grid."),
  "distance-reversed": row("The device's distance fell back # times; it was continued."),
  "distance-jump": row("The device's distance jumped # times faster than the sport allows."),
  "distance-foreign": row(
    "# distances of the device disagreed with the positions and were not used.",
  ),
  "speed-impossible": row("# speeds were beyond what the sport allows."),
  "heart-rate-impossible": row("# heart rates were outside 20 to 250 beats a minute."),
  "cadence-impossible": row("# cadences were outside 0 to 254 a minute."),
  "power-impossible": row("# powers were outside 0 to 3,000 W."),
  "temperature-impossible": row("# temperatures were outside −60 to 70 °C."),
  // activity
  "sport-impossible": {
    unit: "activity",
    removesRows: false,
    message: "The stated sport cannot be: nobody moves that fast for so long.",
  },
  "pause-impossible": {
    unit: "activity",
    removesRows: false,
    message: "# timer pauses ended before they began or lay outside the recording.",
  },
  "lap-impossible": {
    unit: "activity",
    removesRows: false,
    message: "# laps ended before they began or lay outside the recording.",
  },
  split: {
    unit: "activity",
    removesRows: false,
    message: "The recording held # activities hours apart.",
  },
} as const satisfies Record<string, RepairKind>;

export type RepairCode = keyof typeof REPAIR_CODES;

/** Counts repairs by code in the order of their first sight. */
export interface RepairLog {
  /** Adds to the count of a code; zero is ignored. */
  add(code: RepairCode, count: number): void;
  repairs(): Repair[];
}

export function createRepairLog(): RepairLog {
  const counts = new Map<RepairCode, number>();
  return {
    add(code, count) {
      if (count > 0) counts.set(code, (counts.get(code) ?? 0) + count);
    },
    repairs: () => [...counts].map(([code, count]) => repairOf(code, count)),
  };
}

export function repairOf(code: RepairCode, count: number): Repair {
  const { unit, message } = REPAIR_CODES[code];
  return { code, count, unit, message: message.replace("#", count.toLocaleString("en-US")) };
}
