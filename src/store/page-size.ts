/**
 * How many events are read at once. Most have some hundred bytes and one may have 32 KB, so a page of a
 * fixed count is 5 MB or 500: each page says how large the next may be. The first is small.
 */
import type { MemberEvent } from "../schema/member-event.ts";

export interface PageSize {
  /** Events of the next page. */
  readonly limit: number;
  /** @returns about the characters of their payloads as JSON */
  learn(events: readonly Pick<MemberEvent, "payload">[]): number;
}

export const pageSizeDefaults = {
  /** Bytes of payloads as JSON; in memory they take some times that. */
  bytes: 32 * 1024 * 1024,
  first: 1000,
  /** Also of the largest: 16 MB. */
  least: 500,
  /** One in so many is weighed. */
  sample: 20,
} as const;

export function createPageSize(most: number): PageSize {
  const { bytes, first, least, sample } = pageSizeDefaults;
  let limit = Math.min(first, most);
  return {
    get limit() {
      return limit;
    },
    learn(events) {
      if (events.length === 0) return 0;
      let sum = 0;
      let weighed = 0;
      for (let i = 0; i < events.length; i += sample) {
        sum += JSON.stringify(events[i]!.payload).length;
        weighed++;
      }
      const fitting = Math.floor((bytes * weighed) / Math.max(sum, 1));
      // Smaller at once, larger step by step: what comes next may be of another kind.
      limit = Math.min(most, Math.max(Math.min(fitting, 4 * limit), Math.min(least, most)));
      return (sum / weighed) * events.length;
    },
  };
}
