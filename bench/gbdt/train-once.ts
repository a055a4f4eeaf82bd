/**
 * One training in a process of its own, so that its time and memory are its own:
 * `node bench/gbdt/train-once.ts FOLDER COLUMNS ITERATIONS LEAVES` prints one JSON object and writes the
 * test rows' probabilities to FOLDER/waymark.p.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { TreePredictor, trainTrees } from "../../src/learn/tree/index.ts";
import { readRows } from "./data.ts";

export interface TrainOnce {
  /** CPU seconds, binning among them. */
  readonly trainS: number;
  /** CPU seconds for the test rows, the best of 5. */
  readonly predictS: number;
  /** Peak memory above what the process held with the data loaded. */
  readonly aboveDataMB: number;
  /** Microseconds for one row, the median of 2,000; undefined where it was not asked. */
  readonly rowUs?: number;
}

const [folder, columns, iterations, leaves] = process.argv.slice(2);
if (leaves === undefined) throw new Error("FOLDER COLUMNS ITERATIONS LEAVES are needed");
const { x, y } = readRows(folder!, "train", Number(columns));
const test = readRows(folder!, "test", Number(columns));
const cpuS = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const before = process.memoryUsage().rss / 1e6;
const begun = cpuS();
const { model } = trainTrees(
  { x, y },
  { objective: "binary", iterations: Number(iterations), leaves: Number(leaves) },
);
const trainS = cpuS() - begun;
const aboveDataMB = process.resourceUsage().maxRSS / 1e3 - before;

const predictor = new TreePredictor(model);
let predictS = Infinity;
for (let k = 0; k < 5; k++) {
  const from = cpuS();
  writeFileSync(join(folder!, "waymark.p"), predictor.predict(test.x));
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
const once: TrainOnce = { trainS, predictS, aboveDataMB, rowUs: warm[1000]! };
console.log(JSON.stringify(once));
