/** The guard of every special function: a number outside its domain is refused by name, never NaN. */
import { WaymarkError } from "../../base/error.ts";

/** @throws WaymarkError OPTION_INVALID naming the argument, what came and what it should be */
export function need(isGood: boolean, name: string, came: number, expected: string): void {
  if (!isGood) throw new WaymarkError("OPTION_INVALID", `${name} is ${came}; expected ${expected}`);
}

/** A probability in [0, 1]. */
export function needProbability(p: number, name = "p"): void {
  need(p >= 0 && p <= 1, name, p, "a probability from 0 to 1");
}

/** A finite number above 0: degrees of freedom, shapes, scales. */
export function needPositive(value: number, name: string): void {
  need(value > 0 && value < Number.POSITIVE_INFINITY, name, value, "a finite number above 0");
}

/** Anything but NaN; a distribution function knows its value at ±Infinity. */
export function needNumber(x: number, name = "x"): void {
  need(!Number.isNaN(x), name, x, "a number");
}
