"""scikit-uplift's models and metrics: on given splits, and its metrics timed.

Reads {"splits": [{"train", "test"}], "scores"} or {"rows"} as JSON from standard input and writes JSON.
"""
import json
import sys
import time as clock

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklift.metrics import qini_auc_score, uplift_at_k, uplift_auc_score
from sklift.models import ClassTransformation, SoloModel, TwoModels


def logistic():
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def boosted():
    return HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.05, max_leaf_nodes=8, early_stopping=False, random_state=1
    )


MODELS = {
    "TwoModels, logistic": lambda: TwoModels(logistic(), logistic()),
    "SoloModel crossed, logistic": lambda: SoloModel(logistic(), method="treatment_interaction"),
    "TwoModels, boosted": lambda: TwoModels(boosted(), boosted()),
    "SoloModel, boosted": lambda: SoloModel(boosted()),
    "ClassTransformation, boosted": lambda: ClassTransformation(boosted()),
}


def metrics(y, score, treated):
    return [
        float(qini_auc_score(y, score, treated)),
        float(uplift_auc_score(y, score, treated)),
        float(uplift_at_k(y, score, treated, strategy="overall", k=0.3)),
    ]


def part(rows):
    return np.asarray(rows["x"]), np.asarray(rows["y"]), np.asarray(rows["treated"])


def compare(request):
    answer = {name: {"metrics": [], "seconds": 0.0} for name in MODELS}
    agreement = []
    for split in request["splits"]:
        x, y, treated = part(split["train"])
        test_x, test_y, test_treated = part(split["test"])
        for name, make in MODELS.items():
            begun = clock.perf_counter()
            score = make().fit(x, y, treated).predict(test_x)
            answer[name]["seconds"] += clock.perf_counter() - begun
            answer[name]["metrics"].append(metrics(test_y, score, test_treated))
        agreement.append(metrics(test_y, np.asarray(split["score"]), test_treated))
    return {"models": answer, "agreement": agreement}


def timed(request):
    rng = np.random.RandomState(1)
    n = request["rows"]
    treated = rng.randint(0, 2, n)
    score = rng.uniform(size=n)
    y = rng.binomial(1, 0.1 + 0.2 * treated * score)
    answer = {}
    for name, metric in (
        ("Qini", lambda: qini_auc_score(y, score, treated)),
        ("AUUC", lambda: uplift_auc_score(y, score, treated)),
        ("uplift at 30 %", lambda: uplift_at_k(y, score, treated, strategy="overall", k=0.3)),
    ):
        best = np.inf
        for _ in range(3):
            begun = clock.perf_counter()
            metric()
            best = min(best, clock.perf_counter() - begun)
        answer[name] = best
    return answer


request = json.load(sys.stdin)
json.dump(compare(request) if "splits" in request else timed(request), sys.stdout)
