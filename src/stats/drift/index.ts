/** Drift between a reference and a current sample. */
export {
  type CountPair,
  jensenShannon,
  kullbackLeibler,
  type PsiNull,
  pairOfCategories,
  pairOfHistograms,
  psi,
  psiNull,
  totalVariation,
} from "./distance.ts";
export {
  edgesUpTo,
  type Histogram,
  histogramOf,
  mergeHistograms,
  quantileEdges,
  sturgesEdges,
} from "./histogram.ts";
export {
  type KolmogorovSmirnov,
  kolmogorovSmirnov,
  normedWasserstein,
  wasserstein,
} from "./sample.ts";
