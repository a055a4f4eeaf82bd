"""The Open Bandit Pipeline's two examples as its README runs them, and its estimators timed.

Reads {"seeds"}, {"digits"} or {"rounds", …} as JSON from standard input and writes JSON. Its neural
learners and plots are not used: where torch, matplotlib or seaborn are missing, empty modules stand in.
"""
import json
import sys
import time as clock
import types

import numpy as np


class Anything(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return cls


class Empty(metaclass=Anything):
    pass


def stand_in(name):
    module = types.ModuleType(name)
    module.__getattr__ = lambda attribute: Empty
    module.style = types.SimpleNamespace(use=lambda *_: None)
    sys.modules[name] = module


for package, parts in (
    ("torch", ("nn", "nn.functional", "optim", "utils", "utils.data", "distributions")),
    ("matplotlib", ("pyplot",)),
    ("seaborn", ()),
):
    try:
        __import__(package)
    except ImportError:
        for name in (package, *(f"{package}.{part}" for part in parts)):
            stand_in(name)

from obp.dataset import (  # noqa: E402
    MultiClassToBanditReduction,
    SyntheticBanditDataset,
    logistic_reward_function,
)
from obp.ope import (  # noqa: E402
    DirectMethod,
    DoublyRobust,
    DoublyRobustWithShrinkageTuning,
    InverseProbabilityWeighting,
    OffPolicyEvaluation,
    RegressionModel,
    SelfNormalizedDoublyRobust,
    SelfNormalizedInverseProbabilityWeighting,
    SwitchDoublyRobustTuning,
)
from obp.policy import IPWLearner  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

LAMBDAS = [10, 50, 100, 500, 1000, 5000, 10000, np.inf]
LOGISTIC = {"max_iter": 10000, "C": 100, "random_state": 12345}
FOREST = {"n_estimators": 30, "max_depth": 5, "min_samples_leaf": 10, "random_state": 12345}
OURS = {"ipw": "ips", "snipw": "snips"}


def estimators():
    return [
        DirectMethod(),
        InverseProbabilityWeighting(),
        SelfNormalizedInverseProbabilityWeighting(),
        DoublyRobust(),
        SelfNormalizedDoublyRobust(),
        SwitchDoublyRobustTuning(lambdas=LAMBDAS),
        DoublyRobustWithShrinkageTuning(lambdas=LAMBDAS),
    ]


def values(feedback, policy, model):
    evaluation = OffPolicyEvaluation(bandit_feedback=feedback, ope_estimators=estimators())
    found = evaluation.estimate_policy_values(
        action_dist=policy, estimated_rewards_by_reg_model=model
    )
    return {OURS.get(name, name): float(value) for name, value in found.items()}


def synthetic(seed):
    world = SyntheticBanditDataset(
        n_actions=30,
        dim_context=5,
        reward_function=logistic_reward_function,
        beta=-3,
        random_state=seed,
    )
    learner = IPWLearner(n_actions=30, base_classifier=LogisticRegression(**LOGISTIC))
    train = world.obtain_batch_bandit_feedback(10000)
    test = world.obtain_batch_bandit_feedback(10000)
    learner.fit(**{key: train[key] for key in ("context", "action", "reward", "pscore")})
    policy = learner.predict_proba(context=test["context"])
    model = RegressionModel(
        n_actions=30,
        action_context=world.action_context,
        base_model=LogisticRegression(**LOGISTIC),
    ).fit_predict(
        **{key: test[key] for key in ("context", "action", "reward")}, n_folds=3, random_state=12345
    )
    truth = world.calc_ground_truth_policy_value(test["expected_reward"], policy)
    return {"truth": float(truth), "value": values(test, policy, model)}


def digits(runs):
    np.random.seed(12345)
    x, y = load_digits(return_X_y=True)
    data = MultiClassToBanditReduction(
        X=x, y=y, base_classifier_b=LogisticRegression(**LOGISTIC), alpha_b=0.4
    )
    answer = []
    for run in range(runs):
        data.split_train_eval(eval_size=0.7, random_state=run)
        log = data.obtain_batch_bandit_feedback(random_state=run)
        policy = data.obtain_action_dist_by_eval_policy(
            base_classifier_e=RandomForestClassifier(**FOREST), alpha_e=0.9
        )
        boosted = GradientBoostingClassifier(learning_rate=0.01, **FOREST)
        model = RegressionModel(n_actions=10, base_model=boosted).fit_predict(
            **{key: log[key] for key in ("context", "action", "reward")},
            n_folds=3,
            random_state=12345,
        )
        answer.append(
            {
                "truth": float(data.calc_ground_truth_policy_value(policy)),
                "value": values(log, policy, model),
                "action": log["action"].tolist(),
                "reward": log["reward"].tolist(),
                "propensity": log["pscore"].tolist(),
                "policy": policy[:, :, 0].ravel().tolist(),
                "model": model[:, :, 0].ravel().tolist(),
            }
        )
    return answer


def timed(request):
    rounds, actions = request["rounds"], request["actions"]
    rng = np.random.RandomState(1)
    logging = rng.dirichlet(np.ones(actions) * 2, rounds)
    policy = rng.dirichlet(np.ones(actions), rounds)[:, :, None]
    action = (logging.cumsum(1) > rng.uniform(size=(rounds, 1))).argmax(1)
    feedback = {
        "n_rounds": rounds,
        "n_actions": actions,
        "action": action,
        "reward": rng.binomial(1, 0.3, rounds).astype(float),
        "position": None,
        "pscore": np.clip(logging[np.arange(rounds), action], 1e-9, 1),
        "context": np.zeros((rounds, 1)),
    }
    model = rng.uniform(size=(rounds, actions, 1))
    answer = {}
    best = np.inf
    for _ in range(3):
        begun = clock.perf_counter()
        values(feedback, policy, model)
        best = min(best, clock.perf_counter() - begun)
    answer["seven estimates, two of them tuned"] = best
    evaluation = OffPolicyEvaluation(bandit_feedback=feedback, ope_estimators=[DoublyRobust()])
    begun = clock.perf_counter()
    evaluation.estimate_intervals(
        action_dist=policy,
        estimated_rewards_by_reg_model=model,
        n_bootstrap_samples=request["replicates"],
        random_state=1,
    )
    answer["interval of DR"] = clock.perf_counter() - begun
    return answer


request = json.load(sys.stdin)
if "seeds" in request:
    result = [synthetic(seed) for seed in range(request["seeds"])]
elif "digits" in request:
    result = digits(request["digits"])
else:
    result = timed(request)
json.dump(result, sys.stdout)
