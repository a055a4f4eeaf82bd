/** Gamma-distributed numbers by Marsaglia & Tsang (ACM TOMS 2000): one normal, seldom more, a number. */
import { normal, type Rng } from "../../base/rng.ts";

/** @param shape above 0; the scale is 1 */
export function randomGamma(rng: Rng, shape: number): number {
  if (shape < 1) return randomGamma(rng, shape + 1) * (1 - rng()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const z = normal(rng);
    const v = (1 + c * z) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - rng()) < 0.5 * z * z + d - d * v + d * Math.log(v)) return d * v;
  }
}
