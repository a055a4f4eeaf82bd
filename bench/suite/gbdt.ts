/**
 * Gradient-boosted trees beside LightGBM, XGBoost and scikit-learn, where these are installed: CPU time
 * of training with binning, of prediction, memory and quality, on one thread each and in one run; then
 * two threads against one, and whether the same seeds give the same quality as LightGBM's.
 *
 *     npm run bench -- gbdt [--quick] [--data FILE --label COLUMN]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { auc } from "../../src/learn/metric/auc.ts";
import { logLoss } from "../../src/learn/metric/error-mean.ts";
import type { Table } from "../../src/learn/table/index.ts";
import { tableFromFile } from "../../src/platform/table/table-from-file.ts";
import { doubles, drawnRows, rowsOfTable, type Shape, writeRows } from "../gbdt/data.ts";
import type { TrainOnce, TrainRequest } from "../gbdt/train-once.ts";
import { python } from "../peer/python.ts";
import { type Cell, printOnly, report } from "../report.ts";

const OPTIONS = {
  /** A tenth of the rows and one round; bench/results stays as it is. */
  quick: { type: "boolean" },
  /** A CSV, Parquet or Arrow file of one's own instead of the drawn rows; bench/results stays as it is. */
  data: { type: "string" },
  /** Its column of 0 and 1. */
  label: { type: "string", default: "label" },
} as const;

const ITERATIONS = 100;
const LEAVES = 31;
const PEERS = ["lightgbm", "xgboost", "scikit-learn"] as const;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.quick || values.data !== undefined) printOnly();
  const rounds = values.quick ? 1 : 3;
  const folder = mkdtempSync(join(tmpdir(), "waymark-gbdt-"));
  try {
    const given = values.data === undefined ? undefined : await tableFromFile(values.data);
    const shape = prepare(folder, values.quick ?? false, given, values.label);
    const label = doubles(join(folder, "test.y"));
    const { columns } = shape;
    const request = { folder, columns, iterations: ITERATIONS, leaves: LEAVES, threads: 1 };
    const trainers = trainersOf();
    const found = trainers.map(() => [] as TrainOnce[]);
    for (let round = 0; round < rounds; round++) {
      trainers.forEach(({ train }, k) => {
        found[k]!.push(train(request));
      });
    }
    const ours = best(found[0]!);
    const rows = trainers.map(({ name, file }, k): Cell[] => {
      const once = best(found[k]!);
      const p = doubles(join(folder, file));
      return [
        name,
        once.trainS,
        once.trainS / ours.trainS,
        once.predictS,
        once.predictS / ours.predictS,
        once.rowUs,
        once.shapUs,
        once.aboveDataMB,
        auc(label, p),
        logLoss(label, p),
      ];
    });
    report({
      suite: "gbdt",
      title: `${shape.train} × ${shape.columns}, ${ITERATIONS} trees of ${LEAVES} leaves`,
      columns: [
        "",
        { name: "train CPU s", digits: 2 },
        { name: "÷ Waymark", digits: 2 },
        { name: "predict CPU s", digits: 3 },
        { name: "÷ Waymark", digits: 2 },
        { name: "one row µs", digits: 2 },
        { name: "SHAP, µs a row", digits: 0 },
        { name: "MB above data", digits: 0 },
        { name: "AUC", digits: 5 },
        { name: "log-loss", digits: 5 },
      ],
      rows,
      notes: [
        `Training is from a matrix of doubles to a model, finding bins and binning included, on one thread; the best of ${rounds} rounds, in which all take turns. Prediction is of ${shape.test} test rows. AUC and log-loss are of these. SHAP values are told of 1,000 of them at once, as each library tells them by itself, in CPU time.`,
        "Memory is the peak above what the process held with the data loaded; each training has a process of its own.",
      ],
    });
    reportThreads(trainers.slice(0, 2), request, values.quick ? 1 : 5, shape);
    reportSeeds(trainers.slice(0, 2), request, values.data === undefined ? undefined : shape);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Two threads against one, on the clock. */
function reportThreads(
  trainers: readonly Trainer[],
  request: TrainRequest,
  rounds: number,
  shape: Shape,
): void {
  const wall = trainers.map(() => [Infinity, Infinity]);
  for (let round = 0; round < rounds; round++) {
    trainers.forEach(({ train }, k) => {
      for (const threads of [1, 2]) {
        const { wallS } = train({ ...request, threads });
        wall[k]![threads - 1] = Math.min(wall[k]![threads - 1]!, wallS);
      }
    });
  }
  report({
    suite: "gbdt",
    title: `${shape.train} × ${shape.columns} on two threads`,
    columns: [
      "",
      { name: "1 thread s", digits: 2 },
      { name: "2 threads s", digits: 2 },
      { name: "times as fast", digits: 2 },
    ],
    rows: trainers.map(({ name }, k) => [name, ...wall[k]!, wall[k]![0]! / wall[k]![1]!]),
    notes: [
      `The same training on the clock, threads' start included; the best of ${rounds} rounds. The trees are the same for any number of threads.`,
    ],
  });
}

/** Bags of rows and columns: the same seeds give LightGBM's own. @param given of a file of one's own */
function reportSeeds(
  trainers: readonly Trainer[],
  request: TrainRequest,
  given: Shape | undefined,
): void {
  if (trainers.length < 2) return;
  const shape = given ?? prepare(request.folder, true, undefined, "");
  const label = doubles(join(request.folder, "test.y"));
  const rows = [1, 2, 3, 4, 5].map((seed): Cell[] => {
    const [ours, theirs] = trainers.map(({ file, train }) => {
      train({ ...request, seed });
      return doubles(join(request.folder, file));
    });
    const aucs = [auc(label, ours!), auc(label, theirs!)] as const;
    const most = ours!.reduce((far, p, i) => Math.max(far, Math.abs(p - theirs![i]!)), 0);
    return [`seed ${seed}`, ...aucs, aucs[0] - aucs[1], most.toExponential(1)];
  });
  report({
    suite: "gbdt",
    title: `${shape.train} × ${shape.columns}, bags of 70 % of rows and columns`,
    columns: [
      "",
      { name: "Waymark AUC", digits: 6 },
      { name: `${trainers[1]!.name} AUC`, digits: 6 },
      { name: "difference", digits: 6 },
      "largest difference of p",
    ],
    rows,
  });
}

function prepare(folder: string, isQuick: boolean, given: Table | undefined, label: string): Shape {
  const size = isQuick ? 50_000 : 500_000;
  const { train, test } =
    given === undefined
      ? { train: drawnRows(size, 28, 1), test: drawnRows(size / 5, 28, 2) }
      : rowsOfTable(given, label);
  writeRows(folder, "train", train);
  writeRows(folder, "test", test);
  return { train: train.x.rows, test: test.x.rows, columns: train.x.columns };
}

interface Trainer {
  readonly name: string;
  /** Where the test rows' probabilities are. */
  readonly file: string;
  train(request: TrainRequest): TrainOnce;
}

function trainersOf(): Trainer[] {
  const script = join(import.meta.dirname, "..", "gbdt", "train-once.ts");
  const waymark: Trainer = {
    name: "Waymark",
    file: "waymark.p",
    train: (request) =>
      JSON.parse(
        execFileSync(process.execPath, [script, JSON.stringify(request)], { encoding: "utf8" }),
      ),
  };
  const peers = PEERS.flatMap((library): Trainer[] => {
    const peer = python([library]);
    if (peer === undefined) return [];
    const train = (request: TrainRequest): TrainOnce =>
      peer.run("gbdt.py", { library, ...request }, request.threads) as TrainOnce;
    return [{ name: peer.versions, file: `${library}.p`, train }];
  });
  return [waymark, ...peers];
}

/** Of each figure the best round. */
function best(rounds: readonly TrainOnce[]): TrainOnce {
  const least = (of: (once: TrainOnce) => number): number => Math.min(...rounds.map(of));
  const { rowUs, shapUs } = rounds[0]!;
  return {
    trainS: least(({ trainS }) => trainS),
    wallS: least(({ wallS }) => wallS),
    predictS: least(({ predictS }) => predictS),
    aboveDataMB: least(({ aboveDataMB }) => aboveDataMB),
    ...(rowUs === undefined ? {} : { rowUs: least((once) => once.rowUs!) }),
    ...(shapUs === undefined ? {} : { shapUs: least((once) => once.shapUs!) }),
  };
}
