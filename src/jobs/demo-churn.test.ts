// The demo's members, heard by the doors' own readers, teach a model that its gates let through.
import { expect, it } from "vitest";
import { simulatedChurn } from "../../bench/churn/simulated.ts";
import { isThrough, judge } from "../platform/registry/gates.ts";
import { runTraining } from "../platform/train/run.ts";
import { demoDefaults } from "./build-demo.ts";
import { CHURN_PROXIES, createChurnTask } from "./churn-task.ts";
import { trainChurnDefaults } from "./train-churn.ts";

it("the demo's world teaches a model of churn that may be served", () => {
  const { membersSeed: seed, members } = demoDefaults;
  const world = simulatedChurn({ seed, members, moments: 0, paths: 1 });
  const { record } = runTraining(createChurnTask(world), {
    seed: trainChurnDefaults.seed,
    // The search for parameters is most of the time, and is not needed for this.
    tries: 1,
    code: "test",
    proxies: CHURN_PROXIES,
  });
  const gates = judge(record);
  expect(gates.filter(({ verdict }) => verdict === "failed")).toEqual([]);
  expect(isThrough(gates)).toBe(true);
}, 120_000);
