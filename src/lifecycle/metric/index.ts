/** What a business counts of its members, each figure as docs/guide/retention.md defines it. */
export { DAY_MS, type DayRange, dayOf, monthName, monthOf } from "./calendar.ts";
export { conversionDefaults } from "./conversion.ts";
export { CHURN_DAYS } from "./daily-count.ts";
export { INVOLUNTARY, OPEN, type PaidSpells, paidSpells, VOLUNTARY } from "./paid-spell.ts";
export { shareOf } from "./proportion.ts";
export type { RateTable } from "./recurring-revenue.ts";
export {
  type PreparedLives,
  prepareLives,
  reportDefaults,
  retentionReport,
} from "./retention-report.ts";
export { choicesOf, segmentDefaults, segmentKey, segmentsOf } from "./segment.ts";
