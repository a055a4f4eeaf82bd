// One run of the Open Bandit Pipeline's examples/synthetic: a policy learned on one log of the world
// and judged on the next, by the estimators of its README with their reward model and folds.
import { logistic, multinomial } from "../linear/index.ts";
import { type Estimator, policyValue, termsOf } from "./estimator.ts";
import { kFold } from "./numpy.fixture.ts";
import { crossFittedRewards } from "./reward-model.ts";
import { SyntheticWorld, softmaxRows, trueValue } from "./synthetic.fixture.ts";
import { tuneEstimator } from "./tune.ts";

export const NAMES = ["dm", "ips", "snips", "dr", "sndr", "switch-dr", "dr-os"] as const;

/** README of obp 0.5.2: mean and deviation of |V̂ − V| / V over seeds 0 … 19. */
export const SYNTHETIC_PUBLISHED: Readonly<
  Record<(typeof NAMES)[number], readonly [number, number]>
> = {
  dm: [0.07439, 0.024525],
  ips: [0.009481, 0.006899],
  snips: [0.006665, 0.004541],
  dr: [0.006175, 0.004245],
  sndr: [0.006118, 0.003997],
  "switch-dr": [0.006175, 0.004245],
  "dr-os": [0.021951, 0.013337],
};

export interface SyntheticRun {
  readonly truth: number;
  readonly value: Readonly<Record<(typeof NAMES)[number], number>>;
}

const ACTIONS = 30;
const ROUNDS = 10_000;
/** scikit-learn's C = 100. */
const L2 = { l2: 0.01, isStandardised: false, errors: "none" } as const;

export function syntheticRun(seed: number): SyntheticRun {
  const world = new SyntheticWorld(ACTIONS, 5, -3, seed);
  const train = world.draw(ROUNDS);
  const test = world.draw(ROUNDS);
  // The action as a class, weighted by r/p: a policy that earns; softmax of its probabilities.
  const weight = train.log.reward.map((r, i) => r / train.log.propensity[i]!);
  const learned = multinomial({ ...L2, solver: "lbfgs" }).fit(
    train.context,
    train.log.action,
    ACTIONS,
    {
      weight,
    },
  );
  const policy = softmaxRows(learned.predict(test.context), ACTIONS);
  const model = crossFittedRewards(test.context, test.log, logistic(L2), {
    fold: kFold(ROUNDS, 3, 12345),
  });
  const value = (name: (typeof NAMES)[number]): number => {
    const estimator: Estimator =
      name === "switch-dr" || name === "dr-os"
        ? tuneEstimator(test.log, policy, name, { model, delta: 0.05 })
        : { kind: name };
    return policyValue(termsOf(test.log, policy, estimator, model));
  };
  return {
    truth: trueValue(test.expected, policy, ACTIONS),
    value: Object.fromEntries(NAMES.map((name) => [name, value(name)])) as SyntheticRun["value"],
  };
}
