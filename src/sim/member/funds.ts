/**
 * When there is money: a payday fills an account with some chance, and from then on it runs dry at a
 * constant rate (a semi-Markov process whose spells begin on paydays). Charges near the end of a spell
 * fail for insufficient funds, and come back with the next payday.
 */
import { civilOf } from "./date.ts";
import { DRAW, draw } from "./draw.ts";
import type { Payday, Person } from "./person.ts";
import type { Scenario } from "./scenario.ts";

/** Only the last paydays count: older money is spent. */
const PAYDAYS_BACK = 2;

/** Days of a payday's period. */
const PERIOD: Readonly<Record<Payday, number>> = {
  first: 30,
  "fifteenth-and-last": 15,
  "twenty-fifth": 30,
  friday: 7,
};

/** Whether wages come on a day. */
export function isPayday(payday: Payday, day: number): boolean {
  // 1970 began on a Thursday.
  if (payday === "friday") return (day + 4) % 7 === 5;
  const { date } = civilOf(day);
  if (payday === "first") return date === 1;
  if (payday === "twenty-fifth") return date === 25;
  return date === 15 || civilOf(day + 1).date === 1;
}

/** Whether the account of a member holds enough on a day, as it happens in this world. */
export function isFunded(person: Person, day: number, scenario: Scenario): boolean {
  const { fillChance, dryRate } = scenario.fundings[person.instrument.funding];
  const rate = (dryRate * 30) / PERIOD[person.payday];
  return anyPayday(person.payday, day, -1, (payday) => {
    if (draw(person.key, DRAW.FUNDS, payday, 0) >= fillChance) return false;
    return -Math.log(1 - draw(person.key, DRAW.FUNDS, payday, 1)) / rate > day - payday;
  });
}

/**
 * The chance of the same to whoever knows the process but not the account.
 *
 * @param dryDay the account is known to have been empty on this day; −1: nothing is known
 */
export function fundedChance(
  person: Person,
  day: number,
  dryDay: number,
  scenario: Scenario,
): number {
  const { fillChance, dryRate } = scenario.fundings[person.instrument.funding];
  const rate = (dryRate * 30) / PERIOD[person.payday];
  let empty = 1;
  anyPayday(person.payday, day, dryDay, (payday) => {
    empty *= 1 - fillChance * Math.exp(-rate * (day - payday));
    return false;
  });
  return 1 - empty;
}

/** The last paydays up to a day and after another, newest first, until one is enough. */
function anyPayday(
  payday: Payday,
  day: number,
  after: number,
  isEnough: (day: number) => boolean,
): boolean {
  const before = lastPaydays(payday);
  let d = before[day]!;
  for (let found = 0; found < PAYDAYS_BACK && d > after; found++) {
    if (isEnough(d)) return true;
    d = before[d - 1]!;
  }
  return false;
}

const tables = new Map<Payday, Int32Array>();

/** The last payday on or before each day since 1970, up to 2079: dates cost more than a look. */
function lastPaydays(payday: Payday): Int32Array {
  const known = tables.get(payday);
  if (known) return known;
  const table = new Int32Array(40_000).fill(-1);
  for (let day = 1; day < table.length; day++) {
    table[day] = isPayday(payday, day) ? day : table[day - 1]!;
  }
  tables.set(payday, table);
  return table;
}
