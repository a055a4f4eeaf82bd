/**
 * Arms that tire: a card seen yesterday earns less today and recovers with time (recovering bandits,
 * Pike-Burke & Grünewälder, NeurIPS 2019). Two means: a feature from which the belief learns how much,
 * and a hard rest after which an arm wakes. Times are epoch milliseconds, NaN where never shown.
 */
import { WaymarkError } from "../../base/error.ts";
import { checkOption } from "../check.ts";
import type { Matrix } from "../matrix.ts";

/**
 * Uint8Array (arms): 1 where an arm may be shown, having rested since `lastShown`.
 *
 * @param available arms that sleep for other reasons, 0; all are awake unless given
 */
export function restedArms(
  lastShown: Float64Array,
  now: number,
  restMs: number,
  available?: Uint8Array,
): Uint8Array {
  checkOption("now", now, -Number.MAX_VALUE, Number.MAX_VALUE);
  checkOption("restMs", restMs, 0);
  if (available && available.length !== lastShown.length) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `available has ${available.length} values for ${lastShown.length} arms`,
    );
  }
  return Uint8Array.from(lastShown, (shown, a) =>
    available?.[a] === 0 || now - shown < restMs ? 0 : 1,
  );
}

/** How tired an arm is: 1 when just shown, halved every `halfLifeMs`, 0 when never shown. */
export function tiredness(lastShown: number, now: number, halfLifeMs: number): number {
  checkOption("now", now, -Number.MAX_VALUE, Number.MAX_VALUE);
  checkOption("halfLifeMs", halfLifeMs, Number.MIN_VALUE, Number.MAX_VALUE);
  if (Number.isNaN(lastShown)) return 0;
  return 2 ** (-Math.max(0, now - lastShown) / halfLifeMs);
}

/** The arms' features with a column 'tiredness' to their right. */
export function withTiredness(
  x: Matrix,
  lastShown: Float64Array,
  now: number,
  halfLifeMs: number,
): Matrix {
  if (lastShown.length !== x.rows) {
    throw new WaymarkError(
      "TABLE_INVALID",
      `lastShown has ${lastShown.length} values for ${x.rows} arms`,
    );
  }
  const columns = x.columns + 1;
  const values = new Float64Array(x.rows * columns);
  for (let a = 0; a < x.rows; a++) {
    values.set(x.values.subarray(a * x.columns, (a + 1) * x.columns), a * columns);
    values[(a + 1) * columns - 1] = tiredness(lastShown[a]!, now, halfLifeMs);
  }
  return { rows: x.rows, columns, values, names: x.names && [...x.names, "tiredness"] };
}
