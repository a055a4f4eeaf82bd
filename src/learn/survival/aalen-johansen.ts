/**
 * Cumulative incidence of each cause when others compete (Aalen & Johansen 1978): the chance that it
 * has come by a time, which with the survival of all causes sums to 1. Errors by the delta method
 * (Marubini & Valsecchi 1995, §10.2), intervals on the log(−log) scale. O(n log n).
 */
import { checkCount } from "../check.ts";
import { zOf } from "../metric/estimate.ts";
import { type EventTimes, riskTable } from "./event-times.ts";

export interface IncidenceCurve {
  /** Rising times at which somebody left, by event or censored. */
  readonly time: Float64Array;
  /** P(T ≤ time, this cause). */
  readonly incidence: Float64Array;
  readonly standardError: Float64Array;
  /** Pointwise interval; where the incidence is 0 both bounds are 0. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

export interface Incidences {
  /** Of cause 1 first. */
  readonly causes: readonly IncidenceCurve[];
  /** P(T > time), of no cause; on the same times. */
  readonly survival: Float64Array;
}

export interface IncidenceOptions {
  readonly level?: number;
  /** Causes to give curves of, where the highest may not occur in these rows. */
  readonly causes?: number;
}

export function aalenJohansen(times: EventTimes, options: IncidenceOptions = {}): Incidences {
  const z = zOf(options.level ?? 0.95);
  const { time, atRisk, leaving, causes } = riskTable(times);
  const curves = options.causes ?? Math.max(1, causes);
  checkCount("causes", curves, Math.max(1, causes), 255);
  const survival = new Float64Array(time.length);
  const columns = Array.from({ length: curves }, () => createSums(time.length));
  let before = 1;
  for (let k = 0; k < time.length; k++) {
    const n = atRisk[k]!;
    let all = 0;
    for (let c = 1; c <= causes; c++) all += leaving[k * (causes + 1) + c]!;
    const left = n - all;
    const isEnd = left <= 1e-12 * n;
    for (let c = 0; c < curves; c++) {
      const d = c < causes ? leaving[k * (causes + 1) + c + 1]! : 0;
      addStep(columns[c]!, k, before, n, d, all, isEnd);
    }
    if (all > 0) before = isEnd ? 0 : before * (left / n);
    survival[k] = before;
  }
  return {
    survival,
    causes: columns.map(({ incidence, variance }) => {
      const standardError = variance.map((v) => Math.sqrt(Math.max(0, v)));
      const bound = (sign: number) =>
        incidence.map((f, k) => {
          if (f <= 0) return 0;
          if (f >= 1) return 1;
          const half = (z * standardError[k]!) / (f * Math.abs(Math.log(f)));
          return f ** Math.exp(-sign * half);
        });
      return { time, incidence, standardError, lower: bound(-1), upper: bound(1) };
    }),
  };
}

/** Running sums from which the variance at every time follows without looking back. */
interface Sums {
  readonly incidence: Float64Array;
  readonly variance: Float64Array;
  f: number;
  /** Σ g, Σ g F and Σ g F² with g = d / (n (n − d)) over all causes. */
  g: number;
  gF: number;
  gFF: number;
  /** Σ S² d (n − d) / n³ of this cause. */
  own: number;
  /** Σ h and Σ h F with h = S d / n² of this cause. */
  h: number;
  hF: number;
}

function createSums(length: number): Sums {
  return {
    incidence: new Float64Array(length),
    variance: new Float64Array(length),
    f: 0,
    g: 0,
    gF: 0,
    gFF: 0,
    own: 0,
    h: 0,
    hF: 0,
  };
}

function addStep(
  sums: Sums,
  k: number,
  before: number,
  n: number,
  d: number,
  all: number,
  isEnd: boolean,
): void {
  sums.f += (before * d) / n;
  const { f } = sums;
  // After the end nothing changes, so its infinite g meets F(t) − F = 0.
  const g = isEnd ? 0 : all / (n * (n - all));
  const h = (before * d) / (n * n);
  sums.g += g;
  sums.gF += g * f;
  sums.gFF += g * f * f;
  sums.own += (before * before * d * (n - d)) / (n * n * n);
  sums.h += h;
  sums.hF += h * f;
  sums.incidence[k] = f;
  sums.variance[k] =
    f * f * sums.g - 2 * f * sums.gF + sums.gFF + sums.own - 2 * (f * sums.h - sums.hF);
}
