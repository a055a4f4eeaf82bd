import { afterEach, describe, expect, it } from "vitest";
import { WaymarkError } from "../../base/error.ts";
import type { Ask } from "./worker-pool.fixture.ts";
import { createPool, type Pool } from "./worker-pool.ts";

const WORKER = new URL("./worker-pool.fixture.ts", import.meta.url);
const opened: Pool<Ask, unknown>[] = [];
const open = (size = 2, workerData?: unknown): Pool<Ask, unknown> => {
  const pool = createPool<Ask, unknown>(WORKER, { size, workerData });
  opened.push(pool);
  return pool;
};
afterEach(async () => {
  for (const pool of opened.splice(0)) await pool.close();
});

describe("a worker pool", () => {
  it("answers every task with its own result, whatever order they finish in", async () => {
    const pool = open();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        pool.run({ ask: "square", values: Float64Array.of(i), waitMs: (20 - i) % 4 }),
      ),
    );
    expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => Float64Array.of(i * i)));
  });

  it("moves transferred buffers instead of copying them", async () => {
    const values = Float64Array.of(1, 2, 3);
    const answer = open().run({ ask: "square", values }, [values.buffer]);
    expect(values.byteLength).toBe(0);
    expect(await answer).toEqual(Float64Array.of(1, 4, 9));
  });

  it("gives every worker the shared data", async () => {
    const shared = new SharedArrayBuffer(8);
    new Float64Array(shared)[0] = 42;
    const pool = open(1, { shared });
    const { shared: seen } = (await pool.run({ ask: "data" })) as { shared: SharedArrayBuffer };
    new Float64Array(shared)[0] = 43;
    expect(new Float64Array(seen)[0]).toBe(43);
  });

  it("carries code, choices and cause of a WaymarkError across the thread", async () => {
    const error = await open()
      .run({ ask: "refuse" })
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(WaymarkError);
    expect(error).toMatchObject({
      code: "PROFILE_UNKNOWN",
      choices: ["foot", "bike"],
      message: "profile 'gravl' is unknown",
      cause: { name: "RangeError", message: "the reason" },
    });
  });

  it("rejects with a bug of the worker and goes on", async () => {
    const pool = open(1);
    await expect(pool.run({ ask: "bug" })).rejects.toMatchObject({
      name: "TypeError",
      message: "a bug in the worker",
    });
    expect(await pool.run({ ask: "square", values: Float64Array.of(3) })).toEqual(
      Float64Array.of(9),
    );
  });

  it("replaces a worker that died and keeps the tasks behind it", async () => {
    const pool = open(1);
    const dying = pool.run({ ask: "die" });
    const behind = pool.run({ ask: "square", values: Float64Array.of(5) });
    await expect(dying).rejects.toThrow("exited with 7");
    expect(await behind).toEqual(Float64Array.of(25));
    await expect(pool.run({ ask: "throw-late" })).rejects.toThrow("thrown outside the task");
    expect(await pool.run({ ask: "square", values: Float64Array.of(6) })).toEqual(
      Float64Array.of(36),
    );
  });

  it("rejects what cannot be cloned, in either direction, without losing the worker", async () => {
    const pool = open(1);
    await expect(pool.run({ ask: "uncloneable" })).rejects.toThrow("could not be cloned");
    const bad = { ask: "data", extra: () => 1 } as Ask;
    await expect(pool.run(bad)).rejects.toThrow("could not be cloned");
    expect(await pool.run({ ask: "square", values: Float64Array.of(2) })).toEqual(
      Float64Array.of(4),
    );
  });

  it("rejects every task when the worker's module cannot be loaded", async () => {
    const pool = createPool<number, number>(new URL("./no-such-worker.ts", import.meta.url), {
      size: 1,
    });
    const results = await Promise.allSettled([pool.run(1), pool.run(2)]);
    expect(results.map((r) => r.status)).toEqual(["rejected", "rejected"]);
    await pool.close();
  });

  it("rejects running, waiting and later tasks once closed", async () => {
    const pool = open(1);
    const values = Float64Array.of(1);
    const running = pool.run({ ask: "square", values, waitMs: 5_000 });
    const waiting = pool.run({ ask: "square", values });
    const settled = Promise.allSettled([running, waiting]);
    await pool.close();
    await pool.close();
    expect((await settled).map((r) => r.status)).toEqual(["rejected", "rejected"]);
    await expect(pool.run({ ask: "square", values })).rejects.toThrow("closed");
  });
});
