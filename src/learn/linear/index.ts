export { BayesianLinear, type BayesianLinearOptions, bayesianLinear } from "./bayesian-linear.ts";
export {
  BayesianLogistic,
  type BayesianLogisticOptions,
  bayesianLogistic,
} from "./bayesian-logistic.ts";
export { type Coefficient, LinearModel } from "./linear-model.ts";
export { type LogisticOptions, logistic } from "./logistic.ts";
export {
  type MultinomialLearner,
  MultinomialModel,
  type MultinomialOptions,
  multinomial,
} from "./multinomial.ts";
export { type LinearFitOptions, type LinearLearner, type LinearOptions, ridge } from "./ridge.ts";
