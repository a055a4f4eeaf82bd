/**
 * Concordance: of pairs of members whose order is known, the share in which the higher risk had the
 * event first. Harrell's (1982) takes pairs as they were seen and depends on the censoring; Uno's
 * (2011) weights them by 1/G² so that it does not. Members with another cause never have this one
 * (Wolbers et al. 2009). Equal risks count half. Errors from the pairs each member is in (Hoeffding
 * 1948). O(n log n) by sums over ranks (Fenwick 1994).
 */
import { WaymarkError } from "../../base/error.ts";
import { checkCount, checkFinite, checkOption } from "../check.ts";
import {
  defaults,
  type Estimate,
  type MeanOptions,
  sumOfSquares,
  zOf,
} from "../metric/estimate.ts";
import { orderOf, ranksOf } from "../order.ts";
import { censoringCurve, type HorizonOptions } from "./censoring.ts";
import { checkEventTimes, type EventTimes, stepBefore } from "./event-times.ts";

export type ConcordanceOptions = HorizonOptions &
  Omit<MeanOptions, "weight"> & {
    /** Uno's τ: only events before it count, where few are watched so long. All unless given. */
    readonly horizon?: number;
  };

/**
 * @param risk Float64Array (rows), higher for sooner
 * @throws WaymarkError TABLE_INVALID when no pair can be compared
 */
export function harrellConcordance(
  times: EventTimes,
  risk: ArrayLike<number>,
  options: ConcordanceOptions = {},
): Estimate {
  return concordance(times, risk, options, () => 1);
}

/** Harrell's with every event weighted by 1 over the square of the chance of being watched so long. */
export function unoConcordance(
  times: EventTimes,
  risk: ArrayLike<number>,
  options: ConcordanceOptions = {},
): Estimate {
  const g = options.censoring ?? censoringCurve(times);
  return concordance(times, risk, options, (t) => {
    const watched = stepBefore(g, t);
    if (watched > 0) return 1 / watched;
    throw new WaymarkError(
      "TABLE_INVALID",
      `an event at ${t} comes after everybody is censored: give a horizon before it`,
    );
  });
}

function concordance(
  times: EventTimes,
  risk: ArrayLike<number>,
  options: ConcordanceOptions,
  inverseWatched: (t: number) => number,
): Estimate {
  const { cause = 1, horizon = Number.POSITIVE_INFINITY } = options;
  checkOption("horizon", horizon, 0);
  checkCount("cause", cause, 1, 255);
  const { weight } = checkEventTimes(times);
  const n = times.time.length;
  checkFinite("risk", risk, n);
  const pairs = createPairs(times, risk, weight);
  const { role, inverse } = pairs;
  for (let i = 0; i < n; i++) {
    const t = times.time[i]!;
    const c = times.cause[i]!;
    if (weight[i] === 0) continue;
    if (c === cause && t < horizon) {
      role[i] = EVENT;
      inverse[i] = inverseWatched(t);
    } else if (c !== 0 && c !== cause) {
      role[i] = OTHER;
      inverse[i] = t < horizon ? inverseWatched(t) : 0;
    }
  }
  // Pairs of an event with whoever was watched longer: weight 1/G² at the event.
  sweepLater(pairs);
  // Pairs of an event with who had another cause before: 1/G at the one times 1/G at the other.
  sweepOther(pairs);

  let won = 0;
  let all = 0;
  for (let i = 0; i < n; i++) {
    won += pairs.won[i]! / 2;
    all += pairs.all[i]! / 2;
  }
  if (!(all > 0)) {
    throw new WaymarkError(
      "TABLE_INVALID",
      "no two rows can be compared: an event is needed, and somebody watched longer",
    );
  }
  const value = won / all;
  const variance = sumOfSquares(
    (i) => (pairs.won[i]! - value * pairs.all[i]!) / all,
    weight,
    options.cluster,
  );
  const standardError = Math.sqrt(variance);
  const half = zOf(options.level ?? defaults.level) * standardError;
  return {
    value,
    standardError,
    lower: Math.max(0, value - half),
    upper: Math.min(1, value + half),
  };
}

const WATCHED = 0;
const EVENT = 1;
const OTHER = 2;

interface Pairs {
  readonly times: EventTimes;
  readonly weight: Float64Array;
  /** Of each row's risk among the distinct ones, 1 … ranks. */
  readonly rank: Uint32Array;
  readonly ranks: number;
  /** Rows by rising time. */
  readonly order: Uint32Array;
  readonly role: Uint8Array;
  /** 1/G just before the row's time, where it matters. */
  readonly inverse: Float64Array;
  /** Per row over the pairs that it is in: weight of those in order (ties half), and of all. */
  readonly won: Float64Array;
  readonly all: Float64Array;
}

function createPairs(times: EventTimes, risk: ArrayLike<number>, weight: Float64Array): Pairs {
  const n = times.time.length;
  return {
    times,
    weight,
    ...ranksOf(risk),
    order: orderOf(times.time),
    role: new Uint8Array(n).fill(WATCHED),
    inverse: new Float64Array(n),
    won: new Float64Array(n),
    all: new Float64Array(n),
  };
}

function sweepLater(pairs: Pairs): void {
  const { weight, rank, inverse, role } = pairs;
  const eventOf = (i: number): number => weight[i]! * inverse[i]! ** 2;
  // From the last time down: each event meets who left after it, or with it without the event.
  const later = new RankSums(pairs.ranks);
  forEachTime(pairs, true, (rows) => {
    for (const i of rows) if (role[i] !== EVENT) later.add(rank[i]!, weight[i]!);
    for (const i of rows) {
      if (role[i] === EVENT) count(pairs, i, eventOf(i), later.below(rank[i]!), later);
    }
    for (const i of rows) if (role[i] === EVENT) later.add(rank[i]!, weight[i]!);
  });
  // From the first time up: each row meets the events before it.
  const earlier = new RankSums(pairs.ranks);
  forEachTime(pairs, false, (rows) => {
    const meet = (i: number): void => count(pairs, i, weight[i]!, earlier.above(rank[i]!), earlier);
    for (const i of rows) if (role[i] === EVENT) meet(i);
    for (const i of rows) if (role[i] === EVENT) earlier.add(rank[i]!, eventOf(i));
    for (const i of rows) if (role[i] !== EVENT) meet(i);
  });
}

function sweepOther(pairs: Pairs): void {
  const { weight, rank, inverse, role } = pairs;
  if (!role.includes(OTHER)) return;
  const massOf = (i: number): number => weight[i]! * inverse[i]!;
  // Another cause at the same time was met above already, so here it must be strictly before.
  const before = new RankSums(pairs.ranks);
  forEachTime(pairs, false, (rows) => {
    for (const i of rows) {
      if (role[i] === EVENT) count(pairs, i, massOf(i), before.below(rank[i]!), before);
    }
    for (const i of rows) if (role[i] === OTHER) before.add(rank[i]!, massOf(i));
  });
  const after = new RankSums(pairs.ranks);
  forEachTime(pairs, true, (rows) => {
    for (const i of rows) {
      if (role[i] === OTHER) count(pairs, i, massOf(i), after.above(rank[i]!), after);
    }
    for (const i of rows) if (role[i] === EVENT) after.add(rank[i]!, massOf(i));
  });
}

/** Adds to row i its pairs with all in `sums`, of which `inOrder` are in order and ties half. */
function count(pairs: Pairs, i: number, mass: number, inOrder: number, sums: RankSums): void {
  pairs.won[i]! += mass * (inOrder + sums.at(pairs.rank[i]!) / 2);
  pairs.all[i]! += mass * sums.total;
}

function forEachTime(
  { times, order, weight }: Pairs,
  isFalling: boolean,
  visit: (rows: readonly number[]) => void,
): void {
  const n = order.length;
  let rows: number[] = [];
  for (let k = 0; k < n; k++) {
    const i = order[isFalling ? n - 1 - k : k]!;
    if (weight[i] === 0) continue;
    if (rows.length > 0 && times.time[rows[0]!] !== times.time[i]) {
      visit(rows);
      rows = [];
    }
    rows.push(i);
  }
  if (rows.length > 0) visit(rows);
}

/** Sums of weights by rank that change one at a time: O(log ranks) to add and to ask. */
class RankSums {
  total = 0;
  readonly #tree: Float64Array;
  readonly #single: Float64Array;

  constructor(ranks: number) {
    this.#tree = new Float64Array(ranks + 1);
    this.#single = new Float64Array(ranks + 1);
  }

  add(rank: number, weight: number): void {
    this.total += weight;
    this.#single[rank]! += weight;
    for (let k = rank; k < this.#tree.length; k += k & -k) this.#tree[k]! += weight;
  }

  at(rank: number): number {
    return this.#single[rank]!;
  }

  below(rank: number): number {
    let sum = 0;
    for (let k = rank - 1; k > 0; k -= k & -k) sum += this.#tree[k]!;
    return sum;
  }

  above(rank: number): number {
    return this.total - this.below(rank) - this.#single[rank]!;
  }
}
