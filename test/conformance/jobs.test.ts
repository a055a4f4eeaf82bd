// What the queue promises on every engine: run once, tried again, ended with a reason.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { WaymarkError } from "../../src/base/index.ts";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import type { JobHandler, JobKind, JobQueue, JobState } from "../../src/platform/job/queue.ts";
import type { Store } from "../../src/store/store.ts";
import { describeStores } from "./store-kinds.ts";

interface Work {
  readonly name: string;
}

const KIND: JobKind<Work> = {
  name: "work",
  tries: 3,
  backoffMs: 30,
  backoffMaxMs: 50,
  limitMs: 500,
};

describeStores("jobs", (kind) => {
  let store: Store;
  const queues: JobQueue[] = [];
  const open = async (): Promise<JobQueue> => {
    const queue = await createJobQueue(store.database, {
      pollMs: 20,
      leaseMs: 400,
      heartbeatMs: 50,
    });
    queues.push(queue);
    return queue;
  };
  const ended = async (queue: JobQueue, id: number): Promise<JobState> => {
    for (let i = 0; i < 500; i++) {
      const { state } = await queue.status(id);
      if (state !== "waiting" && state !== "running") return state;
      await sleep(20);
    }
    throw new Error(`job ${id} did not end`);
  };
  const doing = (run: JobHandler<Work>["run"], failed?: JobHandler<Work>["failed"]) =>
    failed ? { run, failed } : { run };

  beforeAll(() => kind.begin());
  afterAll(() => kind.end());
  beforeEach(async () => {
    store = await kind.open();
  });
  afterEach(async () => {
    for (const queue of queues.splice(0)) await queue.stop(0);
  });

  it("runs every job once, as many at a time as were allowed", async () => {
    const queue = await open();
    const done: string[] = [];
    let most = 0;
    let now = 0;
    queue.work(
      KIND,
      3,
      doing(async ({ data }) => {
        most = Math.max(most, ++now);
        await sleep(5);
        now--;
        done.push(data.name);
      }),
    );
    const names = Array.from({ length: 30 }, (_, i) => `job ${i}`);
    const ids = await Promise.all(names.map((name) => queue.send(KIND, { name })));
    for (const id of ids) expect(await ended(queue, id)).toBe("done");
    expect(done.toSorted()).toEqual(names.toSorted());
    expect(most).toBe(3);
    expect(await queue.count()).toEqual([{ kind: "work", state: "done", count: 30 }]);
  });

  it("is shared by several processes without running a job twice", async () => {
    const done: string[] = [];
    const queue = await open();
    // On PGlite a second queue would take over what a dead process ran: there is one process.
    const others = store.database.kind === "postgres" ? [await open(), await open()] : [];
    for (const each of [queue, ...others]) {
      each.work(
        KIND,
        2,
        doing(async ({ data }) => {
          await sleep(3);
          done.push(data.name);
        }),
      );
    }
    const ids = await Promise.all(
      Array.from({ length: 60 }, (_, i) => queue.send(KIND, { name: `${i}` })),
    );
    for (const id of ids) await ended(queue, id);
    expect(new Set(done).size).toBe(60);
    expect(done).toHaveLength(60);
  });

  it("tries again with a longer wait each time, and says why it gave up", async () => {
    const queue = await open();
    const at: number[] = [];
    const failures: unknown[] = [];
    queue.work(
      KIND,
      1,
      doing(
        async ({ attempt, isLastTry }) => {
          at.push(performance.now());
          expect([attempt, isLastTry]).toEqual([at.length, at.length === 3]);
          throw new WaymarkError("TRACK_FAILED", "a.fit broke the reader");
        },
        async (data, error) => void failures.push([data, error]),
      ),
    );
    const id = await queue.send(KIND, { name: "a" });
    expect(await ended(queue, id)).toBe("failed");
    const error = { code: "TRACK_FAILED", message: "a.fit broke the reader" };
    expect(await queue.status(id)).toMatchObject({ tries: 3, error });
    expect(failures).toEqual([[{ name: "a" }, error]]);
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(29);
    expect(at[2]! - at[1]!).toBeGreaterThanOrEqual(49);
  });

  it("succeeds at a later try", async () => {
    const queue = await open();
    queue.work(
      KIND,
      1,
      doing(async ({ attempt }) => {
        if (attempt < 3) throw new Error("not yet");
      }),
    );
    const id = await queue.send(KIND, { name: "a" });
    expect(await ended(queue, id)).toBe("done");
    expect((await queue.status(id)).tries).toBe(3);
  });

  it("gives up a job that takes too long, whether it listens or not", async () => {
    const queue = await open();
    const quick = { ...KIND, tries: 1, limitMs: 50 };
    queue.work(
      quick,
      2,
      doing(async ({ data, signal }) => {
        if (data.name === "deaf") await sleep(60_000, undefined, { ref: false });
        else await sleep(60_000, undefined, { signal, ref: false });
      }),
    );
    const ids = [await queue.send(quick, { name: "deaf" }), await queue.send(quick, { name: "x" })];
    for (const id of ids) {
      expect(await ended(queue, id)).toBe("failed");
      const { error } = await queue.status(id);
      expect(error).toMatchObject({
        code: "JOB_FAILED",
        message: expect.stringContaining("0.05 s"),
      });
    }
  });

  it("takes up a job whose process died, and ends one at which ten have died, with a reason", async () => {
    const queue = await open();
    const innocent = await queue.send(KIND, { name: "innocent" });
    const poison = await queue.send(KIND, { name: "poison" });
    const { sql } = store.database;
    // What processes leave behind that were killed while they ran it.
    const left = { state: "running", tries: 3, claim: "gone", due_ms: Date.now() } as const;
    await sql
      .updateTable("job")
      .set({ ...left, deaths: 8 })
      .where("id", "=", innocent)
      .execute();
    await sql
      .updateTable("job")
      .set({ ...left, deaths: 9 })
      .where("id", "=", poison)
      .execute();
    const done: string[] = [];
    const failures: unknown[] = [];
    queue.work(
      KIND,
      1,
      doing(
        async ({ data }) => void done.push(data.name),
        async (data, error) => void failures.push([data, error.message]),
      ),
    );
    expect(await ended(queue, innocent)).toBe("done");
    expect(await ended(queue, poison)).toBe("failed");
    expect(done).toEqual(["innocent"]);
    expect(failures).toEqual([
      [{ name: "poison" }, "the process that did the work died 10 times while it did it"],
    ]);
  });

  it("takes up what a process that stopped gave back, and does not count that try", async () => {
    const first = await open();
    let isRunning = false;
    first.work(
      KIND,
      1,
      doing(async ({ signal }) => {
        isRunning = true;
        await sleep(60_000, undefined, { signal, ref: false });
      }),
    );
    const id = await first.send(KIND, { name: "a" });
    while (!isRunning) await sleep(5);
    await first.stop(0);
    expect(await first.status(id)).toMatchObject({ state: "waiting", tries: 0 });
    const second = await open();
    second.work(
      KIND,
      1,
      doing(async ({ attempt }) => expect(attempt).toBe(1)),
    );
    expect(await ended(second, id)).toBe("done");
  });

  it("cancels what waits and what runs", async () => {
    const queue = await open();
    const waiting = await queue.send(KIND, { name: "later" }, { delayMs: 60_000 });
    await queue.cancel(waiting);
    expect((await queue.status(waiting)).state).toBe("cancelled");
    let isRunning = false;
    queue.work(
      KIND,
      1,
      doing(async ({ signal }) => {
        isRunning = true;
        await sleep(60_000, undefined, { signal, ref: false });
      }),
    );
    const id = await queue.send(KIND, { name: "a" });
    while (!isRunning) await sleep(5);
    await queue.cancel(id);
    expect(await ended(queue, id)).toBe("cancelled");
    await expect(queue.status(999_999)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("holds a job that takes longer than the lease", async () => {
    const queue = await open();
    let runs = 0;
    const long = { ...KIND, limitMs: 5000 };
    queue.work(
      long,
      2,
      doing(async () => {
        runs++;
        await sleep(1000);
      }),
    );
    const id = await queue.send(long, { name: "a" });
    expect(await ended(queue, id)).toBe("done");
    expect(runs).toBe(1);
  });

  it("goes on with its own job whose claim lapsed, and does not run it beside itself", async () => {
    const patient = { pollMs: 20, leaseMs: 60, heartbeatMs: 60_000 };
    const queue = await createJobQueue(store.database, patient);
    queues.push(queue);
    let most = 0;
    let now = 0;
    queue.work(
      KIND,
      2,
      doing(async () => {
        most = Math.max(most, ++now);
        await sleep(300);
        now--;
      }),
    );
    const id = await queue.send(KIND, { name: "long" });
    expect(await ended(queue, id)).toBe("done");
    expect(most).toBe(1);
  });

  it("does not count tries against a job that a full or absent store made fail, for a day", async () => {
    let nowMs = 1_800_000_000_000;
    const options = { pollMs: 20, leaseMs: 400, heartbeatMs: 50, now: () => nowMs };
    const queue = await createJobQueue(store.database, options);
    queues.push(queue);
    let tries = 0;
    queue.work(
      KIND,
      1,
      doing(async ({ data }) => {
        nowMs += data.name === "for ever" ? 10_000_000 : 100;
        tries++;
        const code = tries % 2 === 0 ? "STORE_FULL" : "STORE_UNAVAILABLE";
        if (data.name === "for ever" || tries < 6) throw new WaymarkError(code, "no room");
      }),
    );
    const id = await queue.send(KIND, { name: "a while" });
    const clock = setInterval(() => {
      nowMs += 100;
    }, 20);
    expect(await ended(queue, id)).toBe("done");
    expect(tries).toBe(6);
    const other = await queue.send(KIND, { name: "for ever" });
    expect(await ended(queue, other)).toBe("failed");
    expect(tries).toBeGreaterThan(6 + KIND.tries);
    clearInterval(clock);
    expect((await queue.status(other)).error).toMatchObject({ message: "no room" });
  });

  it("makes one job of those with the same key, until it has ended", async () => {
    const queue = await open();
    const first = await queue.send(KIND, { name: "a" }, { key: "k" });
    expect(await queue.send(KIND, { name: "b" }, { key: "k" })).toBe(first);
    expect(await queue.send(KIND, { name: "b" }, { key: "other" })).not.toBe(first);
    queue.work(
      KIND,
      1,
      doing(async () => {}),
    );
    await ended(queue, first);
    expect(await queue.send(KIND, { name: "c" }, { key: "k" })).not.toBe(first);
  });

  it("stands or falls with the transaction that sent it", async () => {
    const queue = await open();
    const done: string[] = [];
    queue.work(
      KIND,
      1,
      doing(async ({ data }) => void done.push(data.name)),
    );
    const failing = store.database.transaction(async (tx) => {
      await queue.send(KIND, { name: "never" }, { tx });
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    const id = await store.database.transaction((tx) => queue.send(KIND, { name: "yes" }, { tx }));
    expect(await ended(queue, id)).toBe("done");
    expect(done).toEqual(["yes"]);
  });

  it("tells how far a job is", async () => {
    const queue = await open();
    let go = (): void => {};
    queue.work(
      KIND,
      1,
      doing(async ({ progress }) => {
        progress({ phase: "Reading", done: 1, total: 4 });
        await new Promise<void>((resolve) => {
          go = resolve;
        });
      }),
    );
    const id = await queue.send(KIND, { name: "a" });
    while ((await queue.status(id)).progress === null) await sleep(10);
    expect((await queue.list())[0]).toMatchObject({
      id,
      state: "running",
      progress: { phase: "Reading", done: 1, total: 4 },
    });
    go();
    expect(await ended(queue, id)).toBe("done");
  });
});
