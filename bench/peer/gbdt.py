"""LightGBM, XGBoost and scikit-learn on rows in files, each in a call of its own.

Reads {"library", "folder", "columns", "iterations", "leaves", "threads", "seed"} as JSON from standard input
and writes {"trainS", "wallS", "predictS", "aboveDataMB", "shapUs"}: CPU seconds with binning, the same on the clock, CPU
seconds for the test rows (the best of 5), and peak memory above what the process held with the data loaded. CPU microseconds a row for SHAP values of 1,000 rows where the library has them. Probabilities go to FOLDER/LIBRARY.p.
"""
import importlib
import json
import resource
import sys
import time

import numpy as np

request = json.load(sys.stdin)
folder, columns = request["folder"], request["columns"]
iterations, leaves, threads = request["iterations"], request["leaves"], request["threads"]
seed = request.get("seed")


def rows(name):
    return np.fromfile(f"{folder}/{name}.x").reshape(-1, columns), np.fromfile(f"{folder}/{name}.y")


def lightgbm(lgb, x, y):
    params = {"objective": "binary", "num_leaves": leaves, "num_threads": threads, "verbosity": -1}
    if seed is not None:
        params |= {"seed": seed, "bagging_fraction": 0.7, "bagging_freq": 1, "feature_fraction": 0.7}
    # Row-wise and column-wise sums are tried by LightGBM itself unless it is told; this costs less.
    params["force_row_wise"] = True
    booster = lgb.train(params, lgb.Dataset(x, y, params=params), iterations)
    return lambda test: booster.predict(test, num_threads=1), lambda test: booster.predict(
        test, num_threads=1, pred_contrib=True
    )


def xgboost(xgb, x, y):
    params = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "grow_policy": "lossguide",
        "max_leaves": leaves,
        "max_depth": 0,
        "eta": 0.1,
        "max_bin": 255,
        "nthread": 1,
    }
    data = xgb.QuantileDMatrix(x, y, max_bin=255, nthread=1)
    booster = xgb.train(params, data, iterations)
    booster.set_param({"nthread": 1})
    return lambda test: booster.inplace_predict(test), lambda test: booster.predict(
        xgb.DMatrix(test, nthread=1), pred_contribs=True
    )


def sklearn(ensemble, x, y):
    model = ensemble.HistGradientBoostingClassifier(
        max_iter=iterations, max_leaf_nodes=leaves, learning_rate=0.1, early_stopping=False
    ).fit(x, y)
    return lambda test: model.predict_proba(test)[:, 1], None


# What importing a package costs is not training.
name, train = {
    "lightgbm": ("lightgbm", lightgbm),
    "xgboost": ("xgboost", xgboost),
    "scikit-learn": ("sklearn.ensemble", sklearn),
}[request["library"]]
package = importlib.import_module(name)
x, y = rows("train")
test, _ = rows("test")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begun, begun_s = time.process_time(), time.perf_counter()
predict, explain = train(package, x, y)
train_s, wall_s = time.process_time() - begun, time.perf_counter() - begun_s
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
predict_s = float("inf")
for _ in range(5):
    begun = time.process_time()
    p = predict(test)
    predict_s = min(predict_s, time.process_time() - begun)
np.asarray(p, dtype="float64").tofile(f"{folder}/{request['library']}.p")
answer = {"trainS": train_s, "wallS": wall_s, "predictS": predict_s, "aboveDataMB": (after - before) / 1e3}
if explain is not None:
    first = test[:1000]
    shap_s = float("inf")
    for _ in range(3):
        begun = time.process_time()
        explain(first)
        shap_s = min(shap_s, time.process_time() - begun)
    answer["shapUs"] = 1e6 * shap_s / len(first)
json.dump(answer, sys.stdout)
