/** What every format says about the whole activity: sport, device, laps, timer time. */
import type { DeviceModel, SimSport } from "../athlete/athlete.ts";
import { isRiding } from "../athlete/route.ts";
import type { Recorded } from "../device/sensor.ts";

export interface ActivityInfo {
  readonly title: string;
  readonly sport: SimSport;
  readonly isVirtual: boolean;
  readonly device: DeviceModel;
  /** Of the device, the same in all files of an athlete. */
  readonly serial: number;
}

export interface LapInfo {
  readonly firstRow: number;
  readonly lastRow: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly distanceM: number;
  readonly timerS: number;
}

/** Seconds between two rows without the timer's pauses. */
export function timerSeconds(recorded: Recorded, first: number, last: number): number {
  let ms = recorded.timeMs[last]! - recorded.timeMs[first]!;
  for (const r of recorded.pauseAfter) {
    if (r >= first && r + 1 <= last) ms -= recorded.timeMs[r + 1]! - recorded.timeMs[r]!;
  }
  return ms / 1000;
}

/** Automatic laps: every kilometre on foot, every five on a bicycle. */
export function lapsOf(recorded: Recorded, sport: SimSport): LapInfo[] {
  const each = isRiding(sport) ? 5000 : 1000;
  const laps: LapInfo[] = [];
  let first = 0;
  const close = (last: number): void => {
    laps.push({
      firstRow: first,
      lastRow: last,
      startMs: recorded.timeMs[first]!,
      endMs: recorded.timeMs[last]!,
      distanceM: recorded.distanceM[last]! - recorded.distanceM[first]!,
      timerS: timerSeconds(recorded, first, last),
    });
    first = last;
  };
  for (let r = 1; r < recorded.length - 1; r++) {
    if (recorded.distanceM[r]! >= (laps.length + 1) * each) close(r);
  }
  close(recorded.length - 1);
  return laps;
}

/** Writes ISO times a second apart without making a Date for each. */
export function isoWriter(): (ms: number) => string {
  let minute = -1;
  let head = "";
  return (ms) => {
    const m = Math.floor(ms / 60_000);
    if (m !== minute) {
      minute = m;
      head = new Date(m * 60_000).toISOString().slice(0, 17);
    }
    const s = Math.floor((ms - m * 60_000) / 1000);
    return `${head}${s < 10 ? "0" : ""}${s}Z`;
  };
}
