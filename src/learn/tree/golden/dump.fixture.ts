/** `node dump.fixture.ts FOLDER`: writes the golden cases' rows for make.py, as JSON. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { GOLDEN_CASES, goldenRows, LIGHTGBM_COMMON, LIGHTGBM_ITERATIONS } from "./case.fixture.ts";

const folder = process.argv[2]!;
for (const golden of GOLDEN_CASES) {
  const { x, y, weight, group } = goldenRows(golden);
  const rows = Array.from({ length: x.rows }, (_, i) =>
    Array.from(x.values.subarray(i * x.columns, (i + 1) * x.columns), (value) =>
      Number.isNaN(value) ? null : value,
    ),
  );
  const dumped = {
    params: { ...LIGHTGBM_COMMON, ...golden.lightgbm },
    iterations: LIGHTGBM_ITERATIONS,
    x: rows,
    y: [...(y as Float64Array)],
    weight: weight && [...weight],
    group: group && [...group],
  };
  writeFileSync(join(folder, `${golden.name}.json`), JSON.stringify(dumped));
}
