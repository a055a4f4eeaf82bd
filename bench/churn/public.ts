/**
 * Public tables of churn and of conversion with the figures of others beside ours: five-fold predictions
 * of logistic regression and of boosted trees, and what the leakage alarms say of their columns.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  aucEstimate,
  brierEstimate,
  categoricalColumns,
  type Estimate,
  encode,
  fitLinearEncoder,
  fitTreeEncoder,
  logistic,
  splitOfFold,
  stratifiedFolds,
  type Table,
  tableFromCsv,
  takeTableRows,
  treeLearner,
} from "../../src/learn/index.ts";
import { leakageAlarms } from "../../src/platform/train/leakage.ts";
import type { Alarm } from "../../src/schema/model.ts";

export interface PublicSet {
  readonly name: string;
  readonly file: string;
  readonly target: string;
  readonly positive: string;
  /** Ids, and a copy of the target. */
  readonly drop: readonly string[];
  /** Left out in a second run: they know the answer. */
  readonly leaking: readonly string[];
  /** Of the whole set, by scikit-learn: with all columns. */
  readonly others: string;
  /** Without the leaking ones. */
  readonly othersWithout?: string;
}

export const PUBLIC_SETS: readonly PublicSet[] = [
  {
    name: "Telco",
    file: "ml/churn/telco.share.csv.gz",
    target: "Churn",
    positive: "Yes",
    drop: ["customerID"],
    leaking: [],
    others: "LR .845, HGB .845",
  },
  {
    name: "gym",
    file: "ml/churn/gym_churn.share.csv",
    target: "Churn",
    positive: "1",
    drop: ["Churn_label", "gender-label"],
    leaking: ["Lifetime", "Avg_class_frequency_current_month"],
    others: "LR .976, HGB .979",
    othersWithout: "LR .889, HGB .878",
  },
  {
    name: "bank",
    file: "ml/churn/bank_marketing.share.csv.gz",
    target: "subscribe",
    positive: "1",
    drop: [],
    leaking: ["duration"],
    others: "HGB .934",
    othersWithout: "HGB .799",
  },
];

export interface PublicResult {
  readonly rows: number;
  readonly logistic: Estimate;
  readonly trees: Estimate;
  readonly treesBrier: Estimate;
  readonly alarms: readonly Alarm[];
}

export function readPublic(shared: string, { file }: PublicSet): Table {
  const bytes = readFileSync(join(shared, file));
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  // Telco writes a blank where a customer has not paid yet.
  return tableFromCsv(text, { missing: ["NA", " "] });
}

const FOLDS = 5;

export function measurePublic(
  table: Table,
  set: PublicSet,
  without: readonly string[],
): PublicResult {
  const names = table.columns
    .map(({ name }) => name)
    .filter((name) => name !== set.target && !set.drop.includes(name) && !without.includes(name));
  const y = labelsOf(table, set);
  const fold = stratifiedFolds(Array.from(y), FOLDS, 1);
  const [linear, trees] = [new Float64Array(y.length), new Float64Array(y.length)];
  for (let f = 0; f < FOLDS; f++) {
    const { train, test } = splitOfFold(fold, f);
    const [trainRows, testRows] = [takeTableRows(table, train), takeTableRows(table, test)];
    const labels = Float64Array.from(train, (i) => y[i]!);
    const forLine = fitLinearEncoder(trainRows, names);
    const line = logistic({ l2: 1, errors: "none" }).fit(encode(forLine, trainRows), labels);
    const forTrees = fitTreeEncoder(trainRows, names);
    const learner = treeLearner({
      objective: "binary",
      iterations: 100,
      learningRate: 0.06,
      leaves: 10,
      minDataInLeaf: 40,
      categorical: categoricalColumns(forTrees),
    });
    const forest = learner.fit(encode(forTrees, trainRows), labels);
    const [a, b] = [
      line.predict(encode(forLine, testRows)),
      forest.predict(encode(forTrees, testRows)),
    ];
    test.forEach((i, k) => {
      linear[i] = a[k]!;
      trees[i] = b[k]!;
    });
  }
  const x = encode(fitTreeEncoder(table, names), table);
  return {
    rows: y.length,
    logistic: aucEstimate(y, linear),
    trees: aucEstimate(y, trees),
    treesBrier: brierEstimate(y, trees),
    alarms: leakageAlarms({ x: { ...x, names }, y }),
  };
}

function labelsOf(table: Table, { target, positive }: PublicSet): Float64Array {
  const column = table.columns.find(({ name }) => name === target)!;
  if (column.kind === "categorical") {
    const code = column.levels.indexOf(positive);
    return Float64Array.from(column.codes, (c) => (c === code ? 1 : 0));
  }
  return Float64Array.from(column.values, (value) => (value === 1 ? 1 : 0));
}
