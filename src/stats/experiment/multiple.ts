/**
 * Corrections for many tests: p-values that can be held against one alpha, in the order they came. Holm
 * keeps the chance of any false alarm (Scandinavian Journal of Statistics 6, 1979) and is never worse than
 * Bonferroni; Benjamini–Hochberg keeps the share of false ones among the alarms (JRSS B 57, 1995), for
 * independent or positively dependent tests. O(n·log n).
 */
import { invalid } from "./sums.ts";

/** n·p. */
export function bonferroni(pValues: ArrayLike<number>): Float64Array {
  check(pValues);
  return Float64Array.from(pValues, (p) => Math.min(1, p * pValues.length));
}

/** Step-down: the smallest p-value times n, the next times n − 1, and none below an earlier one. */
export function holm(pValues: ArrayLike<number>): Float64Array {
  const order = ascending(pValues);
  const n = order.length;
  const adjusted = new Float64Array(n);
  let largest = 0;
  for (let rank = 0; rank < n; rank++) {
    largest = Math.max(largest, Math.min(1, pValues[order[rank]!]! * (n - rank)));
    adjusted[order[rank]!] = largest;
  }
  return adjusted;
}

/** Step-up: the p-value of rank i times n / i, and none above a later one. */
export function benjaminiHochberg(pValues: ArrayLike<number>): Float64Array {
  const order = ascending(pValues);
  const n = order.length;
  const adjusted = new Float64Array(n);
  let smallest = 1;
  for (let rank = n - 1; rank >= 0; rank--) {
    smallest = Math.min(smallest, (pValues[order[rank]!]! * n) / (rank + 1));
    adjusted[order[rank]!] = smallest;
  }
  return adjusted;
}

function ascending(pValues: ArrayLike<number>): Int32Array {
  check(pValues);
  return Int32Array.from({ length: pValues.length }, (_, i) => i).sort(
    (a, b) => pValues[a]! - pValues[b]! || a - b,
  );
}

function check(pValues: ArrayLike<number>): void {
  for (let i = 0; i < pValues.length; i++) {
    const p = pValues[i]!;
    if (!(p >= 0 && p <= 1)) {
      throw invalid(`p-value of test ${i} is ${p}; expected a number from 0 to 1`);
    }
  }
}
