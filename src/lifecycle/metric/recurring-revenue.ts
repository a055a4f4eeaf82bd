/**
 * Monthly recurring revenue: what subscribers pay for a month, and what moved it. Each currency stands
 * apart, unless a table of rates says what it is worth in one; a currency without a rate is counted as
 * unpriced, never as money. Amounts are whole minor units a member, so that sums are exact. O(changes).
 */
import { WaymarkError } from "../../base/index.ts";
import type { BILLING_INTERVALS, ChangeColumns, MemberLives } from "../../schema/membership.ts";
import { MRR_MOVEMENTS, type MrrMovement } from "../../schema/retention.ts";
import { type ClippedMonth, DAY_MS, type DayRange, dayOf, monthOf, monthsOf } from "./calendar.ts";
import { DayCounter } from "./daily-count.ts";
import { INVOLUNTARY, type PaidSpells } from "./paid-spell.ts";

/** Minor units of `to` that one minor unit of a currency is worth; `to` itself needs no entry. */
export interface RateTable {
  readonly to: string;
  readonly rates: Readonly<Record<string, number>>;
}

/** Per change, from it until the next. */
export interface RevenueColumns {
  /** What currencies are counted in. */
  readonly currencies: readonly string[];
  /** Int32Array: index into `currencies`; −1 where nothing counts, or its worth is not known. */
  readonly currency: Int32Array;
  /** Float64Array: whole minor units a month. */
  readonly amount: Float64Array;
}

/** Months of an interval, by the index of BILLING_INTERVALS: a year has 52 weeks and 12 months. */
const MONTHS: Readonly<Record<(typeof BILLING_INTERVALS)[number], number>> = {
  week: 12 / 52,
  month: 1,
  year: 12,
};
const MONTHS_OF = [MONTHS.week, MONTHS.month, MONTHS.year];

/** @throws WaymarkError OPTION_INVALID for a rate that is not above 0 */
export function revenueColumns(
  changes: ChangeColumns,
  { isCounted }: PaidSpells,
  rates?: RateTable,
): RevenueColumns {
  for (const [from, rate] of Object.entries(rates?.rates ?? {})) {
    if (rate > 0 && Number.isFinite(rate)) continue;
    throw new WaymarkError("OPTION_INVALID", `the rate of ${from} is ${rate}; it must be above 0`);
  }
  const currencies = rates ? [rates.to] : changes.currencies;
  const worth = changes.currencies.map((name, code) => {
    if (!rates) return { code, rate: 1 };
    const rate = name === rates.to ? 1 : rates.rates[name];
    return rate === undefined ? undefined : { code: 0, rate };
  });
  const rows = changes.state.length;
  const currency = new Int32Array(rows).fill(-1);
  const amount = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const own = worth[changes.currency[row]!];
    const price = changes.priceMinor[row]!;
    if (isCounted[row] === 0 || !own || Number.isNaN(price)) continue;
    const months = MONTHS_OF[changes.interval[row]!]! * changes.intervalCount[row]!;
    currency[row] = own.code;
    amount[row] = Math.round((price * own.rate) / months);
  }
  return { currencies, currency, amount };
}

export interface Revenue {
  readonly currency: string;
  /** At the end of each day. */
  readonly series: Float64Array;
  /** At the end of the day before the first. */
  readonly before: number;
  /** Subscribers at the end of the last day whose price or rate is not known. */
  readonly unpriced: number;
}

/** One entry for each currency that anybody ever paid in. */
export function revenue(
  { changes }: Pick<MemberLives, "changes">,
  { isCounted }: PaidSpells,
  { currencies, currency, amount }: RevenueColumns,
  members: ArrayLike<number>,
  range: DayRange,
): Revenue[] {
  const { firstChange, atMs } = changes;
  const wider = { fromDay: range.fromDay - 1, toDay: range.toDay };
  const counters = currencies.map(() => new DayCounter(wider));
  const isPaid = currencies.map(() => false);
  let unpriced = 0;
  for (let i = 0; i < members.length; i++) {
    const end = firstChange[members[i]! + 1]!;
    for (let row = firstChange[members[i]!]!; row < end; row++) {
      if (isCounted[row] === 0) continue;
      const untilDay = row + 1 < end ? dayOf(atMs[row + 1]!) - 1 : Number.POSITIVE_INFINITY;
      const code = currency[row]!;
      if (code >= 0) {
        counters[code]!.add(dayOf(atMs[row]!), untilDay, amount[row]!);
        isPaid[code] = true;
      } else if (untilDay >= range.toDay && dayOf(atMs[row]!) <= range.toDay) unpriced++;
    }
  }
  return currencies.flatMap((name, code) => {
    if (!isPaid[code]) return [];
    const sums = counters[code]!.sums();
    return [{ currency: name, series: sums.subarray(1), before: sums[0]!, unpriced }];
  });
}

export interface RevenueMonth extends ClippedMonth {
  readonly currency: string;
  /** Gains positive, losses negative. */
  readonly moved: Record<MrrMovement, number>;
}

/** What moved it in each month of the range, by currency; months without any movement included. */
export function revenueMovements(
  { changes }: Pick<MemberLives, "changes">,
  spells: PaidSpells,
  columns: RevenueColumns,
  members: ArrayLike<number>,
  range: DayRange,
): readonly RevenueMonth[][] {
  const months = monthsOf(range);
  const first = months[0]!.month;
  const moved = columns.currencies.map((currency) =>
    months.map((month) => ({ ...month, currency, moved: noMovement() })),
  );
  const { firstChange, atMs } = changes;
  const fromMs = range.fromDay * DAY_MS;
  for (let i = 0; i < members.length; i++) {
    const begin = firstChange[members[i]!]!;
    for (let row = begin; row < firstChange[members[i]! + 1]!; row++) {
      const at = atMs[row]!;
      if (at < fromMs || dayOf(at) > range.toDay) continue;
      const month = monthOf(at) - first;
      const earlier = row > begin ? row - 1 : -1;
      for (const [code, name, amount] of movementsOf(row, earlier, members[i]!, spells, columns)) {
        moved[code]![month]!.moved[name] += amount;
      }
    }
  }
  return moved;
}

type Movement = readonly [currency: number, name: MrrMovement, amount: number];

/** What one change moves; a change of currency moves two. */
function movementsOf(
  row: number,
  earlier: number,
  member: number,
  { spellOf, firstSpell, cause, isCounted }: PaidSpells,
  { currency, amount }: RevenueColumns,
): readonly Movement[] {
  const from = earlier < 0 ? -1 : currency[earlier]!;
  const to = currency[row]!;
  const before = earlier < 0 ? 0 : amount[earlier]!;
  const after = amount[row]!;
  const spellBefore = earlier < 0 ? -1 : spellOf[earlier]!;
  const spell = spellOf[row]!;
  if (spell < 0) {
    if (from < 0) return [];
    const isFailure = cause[spellBefore] === INVOLUNTARY;
    return [[from, isFailure ? "churnedInvoluntary" : "churnedVoluntary", -before]];
  }
  if (spell !== spellBefore) {
    return to < 0 ? [] : [[to, spell === firstSpell[member] ? "new" : "reactivated", after]];
  }
  // A subscriber whose price becomes known, or is no longer, was not paused.
  if (from < 0) return to < 0 ? [] : [[to, isCounted[earlier] ? "expansion" : "resumed", after]];
  if (to < 0) return [[from, isCounted[row] ? "contraction" : "paused", -before]];
  if (from !== to) {
    return [
      [from, "contraction", -before],
      [to, "expansion", after],
    ];
  }
  const difference = after - before;
  if (difference === 0) return [];
  return [[to, difference > 0 ? "expansion" : "contraction", difference]];
}

function noMovement(): Record<MrrMovement, number> {
  return Object.fromEntries(MRR_MOVEMENTS.map((name) => [name, 0])) as Record<MrrMovement, number>;
}
