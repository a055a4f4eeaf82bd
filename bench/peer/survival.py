"""Cox regression and random survival forests on folds, and estimates on many rows, timed.

Reads {"folds": [{"x", "time", "event", "test"}], "horizons"} or {"time", "event", "risk", "horizon"} as
JSON from standard input and writes JSON. Seconds are of the work alone, not of reading.
"""
import json
import sys
import time as clock

import numpy as np
import pandas as pd


def timed(work, rounds=3):
    best = float("inf")
    for _ in range(rounds):
        begun = clock.perf_counter()
        value = work()
        best = min(best, clock.perf_counter() - begun)
    return value, best


def structured(time, event):
    from sksurv.util import Surv

    return Surv.from_arrays(event=np.asarray(event, bool), time=np.asarray(time, float))


def cox(fold, horizons):
    from lifelines import CoxPHFitter

    x = np.asarray(fold["x"])
    varies = x.std(0) > 0
    frame = pd.DataFrame(x[:, varies]).assign(time=fold["time"], event=fold["event"])
    fitter = CoxPHFitter(penalizer=0.01).fit(frame, "time", "event")
    test = pd.DataFrame(np.asarray(fold["test"])[:, varies])
    return fitter.predict_survival_function(test, times=horizons).to_numpy().T


def forest(fold, horizons):
    from sksurv.ensemble import RandomSurvivalForest

    model = RandomSurvivalForest(n_estimators=200, min_samples_leaf=15, random_state=1, n_jobs=1)
    model.fit(np.asarray(fold["x"]), structured(fold["time"], fold["event"]))
    return np.array([f(horizons) for f in model.predict_survival_function(np.asarray(fold["test"]))])


def models(request):
    answer = {}
    for name, fit in (("lifelines Cox", cox), ("scikit-survival forest", forest)):
        begun = clock.perf_counter()
        survival = [fit(fold, request["horizons"]).tolist() for fold in request["folds"]]
        answer[name] = {"survival": survival, "seconds": clock.perf_counter() - begun}
    return answer


def estimates(request):
    from lifelines import AalenJohansenFitter, KaplanMeierFitter
    from lifelines.utils import concordance_index
    from sksurv import metrics

    t = np.asarray(request["time"])
    cause = np.asarray(request["cause"])
    event = cause > 0
    risk = np.asarray(request["risk"])
    horizon = request["horizon"]
    y = structured(t, event)
    incidence = np.asarray(request["incidence"])
    curve, km = timed(lambda: KaplanMeierFitter().fit(t, event))
    first, aj = timed(lambda: AalenJohansenFitter(calculate_variance=True).fit(t, cause, 1), 1)
    harrell, harrell_s = timed(lambda: concordance_index(t, -risk, event))
    uno, uno_s = timed(lambda: metrics.concordance_index_ipcw(y, y, risk, tau=horizon)[0], 1)
    brier, brier_s = timed(lambda: metrics.brier_score(y, y, 1 - incidence, horizon)[1][0])
    auc, auc_s = timed(lambda: metrics.cumulative_dynamic_auc(y, y, risk, [horizon])[0][0])
    return {
        "Kaplan–Meier": [float(curve.predict(horizon)), km],
        "Aalen–Johansen": [float(first.predict(horizon)), aj],
        "Harrell's concordance": [float(harrell), harrell_s],
        "Uno's concordance": [float(uno), uno_s],
        "IPCW Brier score": [float(brier), brier_s],
        "time-dependent AUC": [float(auc), auc_s],
    }


request = json.load(sys.stdin)
json.dump(models(request) if "folds" in request else estimates(request), sys.stdout)
