import { afterEach, expect, it } from "vitest";
import { createLanes, type Lanes, TimeoutError } from "./lanes.ts";

type Task = number | "hang" | "die" | "throw";
let lanes: Lanes<Task, number> | undefined;
const open = (limitMs: number, size = 2): Lanes<Task, number> => {
  lanes = createLanes<Task, number>(new URL("./lanes.fixture.ts", import.meta.url), {
    size,
    workerData: undefined,
    limitMs,
  });
  return lanes;
};
afterEach(() => lanes?.close());

it("answers more tasks than it has lanes", async () => {
  const { run } = open(30_000);
  const tasks = Array.from({ length: 20 }, (_, i) => i);
  expect(await Promise.all(tasks.map((i) => run(i)))).toEqual(tasks.map((i) => 2 * i));
});

it("gives up a task that hangs and goes on with a new thread", async () => {
  const { run } = open(500, 1);
  const hung = run("hang");
  const next = run(21);
  await expect(hung).rejects.toThrow(TimeoutError);
  await expect(hung).rejects.toThrow("it took longer than 0.5 s");
  expect(await next).toBe(42);
});

it("survives a thread that dies and one that throws", async () => {
  const { run } = open(30_000, 1);
  await expect(run("die")).rejects.toThrow();
  await expect(run("throw")).rejects.toMatchObject({ name: "RangeError" });
  expect(await run(1)).toBe(2);
});

it("rejects what it has not done when it is closed", async () => {
  const { run, close } = open(30_000, 1);
  const tasks = [run("hang"), run(1), run(2)];
  const settled = Promise.allSettled(tasks);
  await close();
  expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
});
