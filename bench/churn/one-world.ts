/**
 * One simulated world in a process of its own: simulated, trained on, measured, and compared with the
 * oracle; then trained on fewer and fewer of its members, for how much members are worth. The order
 * comes as JSON in the one argument, the result goes as JSON to standard output, and what the oracle
 * said goes to a file.
 */
import { writeFileSync } from "node:fs";
import { serialize } from "node:v8";
import { CHURN_PROXIES, type ChurnData, createChurnTask } from "../../src/jobs/churn-task.ts";
import { auc, takeRows } from "../../src/learn/index.ts";
import { readArtifact } from "../../src/lifecycle/churn/artifact.ts";
import { incidenceBy } from "../../src/lifecycle/churn/hazard.ts";
import { CAUSES } from "../../src/lifecycle/churn/period.ts";
import { runTraining } from "../../src/platform/train/run.ts";
import type { OutcomeRecord } from "../../src/schema/model.ts";
import type { AskedMoments } from "./informed.ts";
import { type SimulatedChurn, type SimulatedOptions, simulatedChurn } from "./simulated.ts";

export interface WorldOrder extends SimulatedOptions {
  /** Numbers of members to train on besides all of them. */
  readonly sizes: readonly number[];
  /** Where the moments are written at which the oracle was asked (`AskedMoments` by node:v8). */
  readonly askedFile: string;
}

export interface WorldResult {
  readonly seed: number;
  readonly outcomes: readonly OutcomeRecord[];
  /** Rising; the last one is the whole world. */
  readonly trained: readonly TrainedSize[];
  /** By cause: what the oracle reaches where it was asked; null where only one label came. */
  readonly oracle: readonly (number | null)[];
  /** By cause: the chances it gave against what came, both summed. */
  readonly oracleSaid: readonly number[];
  readonly came: readonly number[];
  readonly simulateS: number;
}

export interface TrainedSize {
  readonly members: number;
  readonly rows: number;
  /** By cause: AUC where the oracle was asked. */
  readonly auc: readonly (number | null)[];
  /** Of the processor, all of the training. */
  readonly seconds: number;
}

const order = JSON.parse(process.argv[2]!) as WorldOrder;
process.stdout.write(JSON.stringify(measure(order)));

function measure({ sizes, askedFile, ...options }: WorldOrder): WorldResult {
  const { seed, members } = options;
  const [world, simulateS] = timed(() => simulatedChurn(options));
  const asked = askedRows(world);
  const task = createChurnTask(world);
  const labels = task.outcomes(asked.rows);
  const known = CAUSES.map((_, c) => Float64Array.from(asked.chances, (of) => of[c]!));
  const aucOf = (of: Float64Array, c: number): number | null => {
    const { y, weight } = labels[c]!;
    return y.includes(1) && y.includes(0) ? auc(y, of, weight) : null;
  };
  const x = takeRows(world.data.x, asked.rows);
  const moments: AskedMoments = {
    x,
    categorical: world.categorical,
    causes: labels.map(({ y, weight }, c) => ({ chance: known[c]!, y, weight })),
  };
  writeFileSync(askedFile, serialize(moments));
  let outcomes: readonly OutcomeRecord[] = [];
  const trained = [...sizes, members].map((size): TrainedSize => {
    const part = ofMembers(world, Math.round(members / size));
    const [result, seconds] = timed(() =>
      runTraining(createChurnTask(part), { seed, code: "bench", proxies: CHURN_PROXIES }),
    );
    outcomes = result.record.outcomes;
    const { model } = readArtifact(result.artifact);
    const curves = model.curves(x);
    return {
      members: size,
      rows: part.data.x.rows,
      auc: CAUSES.map((_, c) => aucOf(incidenceBy(curves, 30, c), c)),
      seconds,
    };
  });
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  return {
    seed,
    outcomes,
    trained,
    oracle: known.map(aucOf),
    oracleSaid: known.map(sum),
    came: labels.map(({ y, weight }) => sum(y.map((label, i) => label * weight[i]!))),
    simulateS,
  };
}

/** Rows at which the oracle was asked, and its chances of each cause for who is there after the gap. */
function askedRows(world: SimulatedChurn) {
  const task = createChurnTask(world);
  const rows: number[] = [];
  const chances: (readonly [number, number])[] = [];
  world.snapshots.forEach(({ atMs, memberId }, i) => {
    const of = world.truth.get(atMs)?.get(memberId);
    if (of === undefined || !task.isLabelled(i)) return;
    rows.push(i);
    const there = 1 - of.gapVoluntary - of.gapInvoluntary;
    chances.push([of.voluntary[0]! / there, of.involuntary[0]! / there]);
  });
  return { rows: Int32Array.from(rows), chances };
}

/** One in so many of the members. */
function ofMembers(world: ChurnData, oneIn: number): ChurnData {
  if (oneIn === 1) return world;
  const isIn = (memberId: number): boolean => memberId % oneIn === 0;
  const { data, snapshots, changes } = world;
  const rows = Int32Array.from(data.group.keys()).filter((i) => isIn(data.group[i]!));
  return {
    ...world,
    data: {
      ...data,
      x: takeRows(data.x, rows),
      atMs: Float64Array.from(rows, (i) => data.atMs[i]!),
      group: rows.map((i) => data.group[i]!),
    },
    snapshots: Array.from(rows, (i) => snapshots[i]!),
    changes: new Map([...changes].filter(([memberId]) => isIn(memberId))),
  };
}

/** Seconds of the processor. */
function timed<T>(work: () => T): readonly [T, number] {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return [result, (user + system) / 1e6];
}
