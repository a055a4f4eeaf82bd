/**
 * One training in a process of its own, so that its time and memory are its own:
 * `node bench/gbdt/train-once.ts REQUEST`, a TrainRequest as JSON, prints a TrainOnce and writes the test
 * rows' probabilities to FOLDER/waymark.p.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bindShap, TreePredictor, trainTrees } from "../../src/learn/tree/index.ts";
import { startThreads } from "../../src/platform/job/thread-team.ts";
import { readRows } from "./data.ts";

export interface TrainRequest {
  readonly folder: string;
  readonly columns: number;
  readonly iterations: number;
  readonly leaves: number;
  readonly threads: number;
  /** Where given, trees are grown on a part of rows and columns drawn from it. */
  readonly seed?: number;
}

export interface TrainOnce {
  /** CPU seconds, binning among them. */
  readonly trainS: number;
  /** The same on the clock. */
  readonly wallS: number;
  /** CPU seconds for the test rows, the best of 5. */
  readonly predictS: number;
  /** Peak memory above what the process held with the data loaded. */
  readonly aboveDataMB: number;
  /** Microseconds for one row, the median of 2,000; undefined where it was not asked. */
  readonly rowUs?: number;
  /** CPU microseconds a row for SHAP values of the first test rows, the best of 3; undefined where there are none. */
  readonly shapUs?: number;
}

const SHAP_ROWS = 1000;
const request = JSON.parse(process.argv[2] ?? "null") as TrainRequest;
const { folder, columns, iterations, leaves, threads, seed } = request;
const { x, y } = readRows(folder, "train", columns);
const test = readRows(folder, "test", columns);
const cpuS = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const before = process.memoryUsage().rss / 1e6;
const begun = cpuS();
const begunMs = performance.now();
const parts = { seed, baggingFraction: 0.7, baggingFreq: 1, featureFraction: 0.7 };
const options = { iterations, leaves, ...(seed === undefined ? {} : parts) };
const parallel = threads > 1 ? startThreads(threads) : undefined;
const { model } = trainTrees(
  { x, y },
  { ...options, objective: "binary", ...(parallel === undefined ? {} : { parallel }) },
);
const wallS = (performance.now() - begunMs) / 1000;
const trainS = cpuS() - begun;
const aboveDataMB = process.resourceUsage().maxRSS / 1e3 - before;

const predictor = new TreePredictor(model);
let predictS = Infinity;
for (let k = 0; k < 5; k++) {
  const from = cpuS();
  writeFileSync(join(folder, "waymark.p"), predictor.predict(test.x));
  predictS = Math.min(predictS, cpuS() - from);
}
const out = new Float64Array(1);
const times = Array.from({ length: 4000 }, (_, k) => {
  const i = k % test.x.rows;
  const row = test.x.values.subarray(i * test.x.columns, (i + 1) * test.x.columns);
  const from = performance.now();
  predictor.predictRow(row, out);
  return 1000 * (performance.now() - from);
});
const warm = times.slice(2000).sort((a, b) => a - b);
const explained = Math.min(SHAP_ROWS, test.x.rows);
const first = {
  ...test.x,
  rows: explained,
  values: test.x.values.subarray(0, explained * columns),
};
const explain = bindShap(model);
let shapS = Infinity;
for (let k = 0; k < 3; k++) {
  const from = cpuS();
  explain(first);
  shapS = Math.min(shapS, cpuS() - from);
}
const once: TrainOnce = {
  trainS,
  wallS,
  predictS,
  aboveDataMB,
  rowUs: warm[1000]!,
  shapUs: (1e6 * shapS) / explained,
};
console.log(JSON.stringify(once));
