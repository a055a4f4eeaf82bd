// Every estimator of learn, held to the same promises; see conformance.fixture.ts. Bandits keep some of
// their own beside them: bandit/conformance.fixture.ts.

import { conformsAsBandit } from "./bandit/conformance.fixture.ts";
import { ContextualBandit, type Exploration } from "./bandit/index.ts";
import { conforms, type Estimator, type Fitted } from "./conformance.fixture.ts";
import type { ClassLearner, JsonObject, Learner, Predictor } from "./learner.ts";
import {
  BayesianLinear,
  BayesianLogistic,
  bayesianLinear,
  bayesianLogistic,
  LinearModel,
  logistic,
  MultinomialModel,
  multinomial,
  ridge,
} from "./linear/index.ts";
import { rowOf, takeRows } from "./matrix.ts";
import {
  expandPeriods,
  fitHazard,
  type HazardLearner,
  type HazardModel,
  hazardFromJson,
} from "./survival/index.ts";
import { TreePredictor, treeClassLearner, treeLearner } from "./tree/index.ts";
import {
  drLearner,
  rLearner,
  sLearner,
  tLearner,
  type UpliftLearner,
  type UpliftModel,
  upliftFromJson,
  xLearner,
} from "./uplift/index.ts";

const refused = { missing: "refused" } as const;

/** A learner of numbers. */
const ofAmount = (learner: Learner, rest: Partial<Estimator> = {}): Estimator => ({
  ...refused,
  target: "amount",
  fit: (world, seed) => learner.fit(world.x, world.amount, { weight: world.weight, seed }),
  ...rest,
});
/** A learner of 0 and 1. */
const ofLabel = (learner: Learner, rest: Partial<Estimator> = {}): Estimator => ({
  ...refused,
  target: "label",
  isProbability: true,
  fit: (world, seed) => learner.fit(world.x, world.label, { weight: world.weight, seed }),
  ...rest,
});
/** A learner of classes. */
const ofCode = (learner: ClassLearner, rest: Partial<Estimator> = {}): Estimator => ({
  ...refused,
  target: "code",
  isProbability: true,
  fit: (world, seed) => learner.fit(world.x, world.code, 3, { weight: world.weight, seed }),
  ...rest,
});
/** Hazards of two causes; predicts their incidence after three periods. */
const ofHazard = (
  learner: HazardLearner,
  read: Parameters<typeof hazardFromJson>[1],
  rest: Partial<Estimator> = {},
): Estimator => ({
  ...refused,
  target: "cause",
  isProbability: true,
  spreadsRows: true,
  fit: (world, seed) => incidenceOf(fitHazard(expandPeriods(world.x, world), learner, { seed })),
  read: (json: JsonObject) => incidenceOf(hazardFromJson(json, read)),
  ...rest,
});
const incidenceOf = (model: HazardModel): Fitted => ({
  predict: (x) => model.curves(x, 3).incidence,
  toJSON: () => model.toJSON(),
});
/** An uplift learner; predicts the effect of arm 1 on the amount. */
const ofEffect = (
  learner: UpliftLearner,
  rest: Partial<Estimator> = {},
  read: (json: JsonObject) => Predictor = LinearModel.fromJson,
): Estimator => ({
  ...refused,
  target: "amount",
  fit({ x, arm, amount, weight }, seed) {
    const model = learner.fit({ x, arms: 2, arm, y: amount, weight }, { seed });
    return effectOf(model);
  },
  read: (json) => effectOf(upliftFromJson(json, read)),
  ...rest,
});
const effectOf = (model: UpliftModel): Fitted => ({
  predict: (x) => model.effect(x),
  toJSON: () => model.toJSON(),
});
/**
 * A bandit of two arms that has seen every row; predicts the chance that it plays arm 1, and what it
 * believes that the arms earn.
 */
const ofBandit = (
  kind: "linear" | "logistic",
  exploration: Exploration,
  skips: NonNullable<Estimator["skips"]>,
): Estimator => {
  const fitted = (bandit: ContextualBandit): Fitted => ({
    predict: (x) =>
      Float64Array.from(
        Array.from({ length: x.rows }, (_, i) => {
          const arms = takeRows(x, [i, i]);
          return [bandit.probabilities(arms)[1]!, ...bandit.belief.scores(arms).reward];
        }).flat(),
      ),
    toJSON: () => bandit.toJSON(),
  });
  return {
    ...refused,
    target: "label",
    tolerance: 1e-6,
    skips,
    fit({ x, arm, label, weight }) {
      const belief = { kind, features: x.columns, arms: 2 };
      const bandit = new ContextualBandit({ belief, exploration });
      for (let i = 0; i < x.rows; i++) bandit.update(arm[i]!, rowOf(x, i), label[i]!, weight?.[i]);
      return fitted(bandit);
    },
    read: (json) => fitted(ContextualBandit.fromJson(json)),
  };
};

conforms("ridge", ofAmount(ridge(), { read: LinearModel.fromJson }));
conforms("least squares", ofAmount(ridge({ l2: 0 }), { read: LinearModel.fromJson }));
conforms("logistic", ofLabel(logistic(), { read: LinearModel.fromJson }));
conforms(
  "logistic without a penalty",
  ofLabel(logistic({ l2: 0 }), { read: LinearModel.fromJson }),
);
conforms(
  "logistic by L-BFGS",
  ofLabel(logistic({ solver: "lbfgs" }), { read: LinearModel.fromJson, tolerance: 1e-5 }),
);
conforms("multinomial", ofCode(multinomial(), { read: MultinomialModel.fromJson }));
conforms(
  "multinomial by L-BFGS",
  ofCode(multinomial({ solver: "lbfgs" }), { read: MultinomialModel.fromJson, tolerance: 1e-5 }),
);
const intercept = { "leaves a constant column out of account": "it is the intercept" } as const;
conforms(
  "Bayesian linear regression",
  ofAmount(bayesianLinear(), { read: BayesianLinear.fromJson, skips: intercept }),
);
conforms(
  "Bayesian logistic regression",
  ofLabel(bayesianLogistic(), { read: BayesianLogistic.fromJson, skips: intercept }),
);

conforms(
  "hazards by one logistic model a cause",
  ofHazard({ each: logistic() }, { each: LinearModel.fromJson }),
);
conforms(
  "hazards by one multinomial model",
  ofHazard({ together: multinomial() }, { together: MultinomialModel.fromJson }),
);

const trees = {
  missing: "allowed",
  read: TreePredictor.fromJson,
  skips: {
    "counts a row of weight 2 as two rows, and of weight 0 as none":
      "rows are counted in leaves and bins, as LightGBM does",
  },
} as const;
const ties = {
  "does not see the order of the columns":
    "of equally good splits the first column's is taken, as LightGBM does",
} as const;
const readTrees = TreePredictor.fromJson;
const small = { iterations: 10, leaves: 7, minDataInLeaf: 5 };
conforms("trees", ofAmount(treeLearner(small), trees));
conforms("trees of labels", ofLabel(treeLearner({ ...small, objective: "binary" }), trees));
conforms(
  "trees of classes",
  ofCode(treeClassLearner(small), {
    ...trees,
    skips: { ...trees.skips, ...ties },
  }),
);
const { read: _, ...within } = trees;
conforms(
  "hazards by trees",
  ofHazard({ each: treeLearner({ ...small, objective: "binary" }) }, { each: readTrees }, within),
);
conforms(
  "hazards by trees of all causes",
  ofHazard(
    { together: treeClassLearner(small) },
    { together: readTrees },
    { ...within, skips: { ...trees.skips, ...ties } },
  ),
);

const propensity = { known: Float64Array.of(0.5, 0.5) };
const effects = { outcome: ridge(), effect: ridge(), propensity };
const crossFitted = {
  spreadsRows: true,
  skips: {
    "does not see the order of the rows":
      "a row's fold is drawn by its place, unless it has a cluster (learner.test.ts)",
    "counts a row of weight 2 as two rows, and of weight 0 as none": "two rows may be in two folds",
  },
} as const;
conforms(
  "the S-learner",
  ofEffect(sLearner(ridge(), { interactions: true }), {
    skips: {
      "leaves a constant column out of account":
        "its product with the arm is the arm once more, which the penalty sees",
    },
  }),
);
conforms("the T-learner", ofEffect(tLearner(ridge()), { spreadsRows: true }));
conforms("the X-learner", ofEffect(xLearner(effects), crossFitted));
conforms(
  "the X-learner with propensities that it estimates",
  ofEffect(xLearner({ ...effects, propensity: { learner: logistic() } }), crossFitted),
);
conforms("the R-learner", ofEffect(rLearner(effects), crossFitted));
conforms("the DR-learner", ofEffect(drLearner(effects), crossFitted));
conforms(
  "the T-learner by trees",
  ofEffect(tLearner(treeLearner(small)), { ...within, spreadsRows: true }, readTrees),
);
conforms(
  "the DR-learner by trees",
  ofEffect(
    drLearner({ outcome: treeLearner(small), effect: treeLearner(small), propensity }),
    { ...within, ...crossFitted, skips: { ...ties, ...crossFitted.skips } },
    readTrees,
  ),
);

const single =
  "it learns one reward at a time: a message names the feature's place, there is no row";
const rewards = {
  "finds columns by name": "features come by position",
  "leaves a constant column out of account": "it is the intercept",
  "refuses a table without rows": "before any reward it has its prior",
  "refuses a column that is all missing by its name, or does without it": single,
  "refuses infinite numbers, and NaN where nothing may be missing, by column and row": single,
  "refuses targets that are not what it learns, by row": single,
  "refuses weights that are negative, not finite, all 0 or too few": single,
} as const;
const path = "a reward of 0 or 1 is learned where the belief stands, which others moved";
conforms(
  "a linear epsilon-greedy bandit",
  ofBandit("linear", { kind: "epsilon-greedy", epsilon: 0.1 }, rewards),
);
conforms("a linear UCB bandit", ofBandit("linear", { kind: "lin-ucb", width: 1 }, rewards));
conforms("a linear Thompson bandit", ofBandit("linear", { kind: "thompson" }, rewards));
conforms(
  "a linear SquareCB bandit",
  ofBandit(
    "linear",
    { kind: "square-cb" },
    {
      ...rewards,
      "counts a row of weight 2 as two rows, and of weight 0 as none":
        "it explores by rounds, not weight",
    },
  ),
);
conforms(
  "a logistic Thompson bandit",
  ofBandit(
    "logistic",
    { kind: "thompson" },
    {
      ...rewards,
      "does not see the order of the rows": path,
      "counts a row of weight 2 as two rows, and of weight 0 as none": path,
    },
  ),
);

const explorations: readonly Exploration[] = [
  { kind: "epsilon-greedy", epsilon: 0.1 },
  { kind: "lin-ucb", width: 1 },
  { kind: "thompson" },
  { kind: "square-cb" },
];
for (const exploration of explorations) {
  for (const belief of ["linear", "logistic"] as const) {
    for (const isApart of [false, true]) {
      const of = isApart ? "arms that are believed apart" : "arms that share a belief";
      conformsAsBandit(`${exploration.kind}, ${belief}, of ${of},`, {
        belief,
        exploration,
        isApart,
      });
    }
  }
}
