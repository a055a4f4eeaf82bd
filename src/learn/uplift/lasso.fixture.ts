// Least squares with an absolute penalty by coordinate descent, as scikit-learn's `Lasso(alpha)`: the
// base learner of a published table, and no part of the library.
import type { Learner } from "../learner.ts";

export function lasso(alpha = 1): Learner {
  return {
    fit(x, y, { weight } = {}) {
      const { rows, columns, values } = x;
      const total = weight ? weight.reduce((sum, w) => sum + w, 0) : rows;
      const w = new Float64Array(rows).map((_, i) => (weight ? weight[i]! : 1) / total);
      const centre = new Float64Array(columns);
      let yCentre = 0;
      for (let i = 0; i < rows; i++) {
        yCentre += w[i]! * y[i]!;
        for (let j = 0; j < columns; j++) centre[j]! += w[i]! * values[i * columns + j]!;
      }
      // Only the products of columns are needed: the covariance update of Friedman et al. (2010).
      const gram = new Float64Array(columns * columns);
      const cross = new Float64Array(columns);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const d = w[i]! * (values[i * columns + j]! - centre[j]!);
          cross[j]! += d * (y[i]! - yCentre);
          for (let k = 0; k <= j; k++)
            gram[j * columns + k]! += d * (values[i * columns + k]! - centre[k]!);
        }
      }
      for (let j = 0; j < columns; j++) {
        for (let k = 0; k < j; k++) gram[k * columns + j] = gram[j * columns + k]!;
      }
      const beta = new Float64Array(columns);
      for (let sweep = 0; sweep < 1000; sweep++) {
        let moved = 0;
        for (let j = 0; j < columns; j++) {
          const own = gram[j * columns + j]!;
          if (own === 0) continue;
          let rest = cross[j]! + own * beta[j]!;
          for (let k = 0; k < columns; k++) rest -= gram[j * columns + k]! * beta[k]!;
          const next = (Math.sign(rest) * Math.max(0, Math.abs(rest) - alpha)) / own;
          moved = Math.max(moved, Math.abs(next - beta[j]!));
          beta[j] = next;
        }
        if (moved < 1e-9) break;
      }
      const intercept = yCentre - beta.reduce((sum, b, j) => sum + b * centre[j]!, 0);
      return {
        predict: (asked) =>
          Float64Array.from({ length: asked.rows }, (_, i) => {
            let sum = intercept;
            for (let j = 0; j < columns; j++) sum += beta[j]! * asked.values[i * columns + j]!;
            return sum;
          }),
      };
    },
  };
}
