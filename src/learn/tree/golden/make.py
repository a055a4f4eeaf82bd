"""python make.py FOLDER: trains LightGBM 4.6.0 on every FOLDER/*.json and writes the model beside this
file. Parameters are cut off: they are LightGBM's defaults, 110 lines each."""
import json
import sys
from pathlib import Path

import lightgbm
import numpy

for path in sorted(Path(sys.argv[1]).glob("*.json")):
    case = json.loads(path.read_text())
    params = case["params"]
    categorical = params.pop("categorical_feature", "auto")
    data = lightgbm.Dataset(
        numpy.array(case["x"], dtype=float),
        case["y"],
        weight=case.get("weight"),
        group=case.get("group"),
        categorical_feature=categorical,
        params=params,
    )
    booster = lightgbm.train(params, data, case["iterations"])
    text = booster.model_to_string().split("\nparameters:")[0]
    (Path(__file__).parent / f"{path.stem}.txt").write_text(text)
