/**
 * Group commit: what comes while a transaction runs is put into the next one together. A commit costs the
 * same for one event and for a thousand, so the busier it is the cheaper each becomes.
 */
import type { Database, Tx } from "./database.ts";
import { StatementError } from "./database-error.ts";

export interface GroupCommit<T, R> {
  /** Resolves with the item's own result when its transaction is committed. */
  add(item: T, weight: number): Promise<R>;
  /** Weight of what waits or is being written. */
  readonly weight: number;
}

export interface GroupOptions<T, R> {
  /** Weight of one transaction; an item that is heavier goes alone. */
  readonly weightMax: number;
  /** @returns a result for each item, in order; run again when the transaction lost a race */
  work(tx: Tx, items: readonly T[]): Promise<readonly R[]>;
  /** What `work` did last is committed. */
  committed?(): void;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly weight: number;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

export function createGroupCommit<T, R>(
  database: Pick<Database, "transaction">,
  { weightMax, work, committed }: GroupOptions<T, R>,
): GroupCommit<T, R> {
  const queue: Waiting<T, R>[] = [];
  let weight = 0;
  let isRunning = false;

  const write = async (group: readonly Waiting<T, R>[]): Promise<void> => {
    try {
      const items = group.map(({ item }) => item);
      const results = await database.transaction((tx) => work(tx, items));
      committed?.();
      for (const [i, { resolve }] of group.entries()) resolve(results[i]!);
    } catch (error) {
      if (group.length > 1 && error instanceof StatementError) {
        // One of them is a bug of ours; the others must not fail with it.
        for (const each of group) await write([each]);
      } else for (const { reject } of group) reject(error);
    }
  };

  const run = async (): Promise<void> => {
    isRunning = true;
    // What is added in this turn of the event loop goes into the same transaction.
    await Promise.resolve();
    while (queue.length > 0) {
      const group = [queue.shift()!];
      let sum = group[0]!.weight;
      while (queue.length > 0 && sum + queue[0]!.weight <= weightMax) {
        sum += queue[0]!.weight;
        group.push(queue.shift()!);
      }
      await write(group);
      weight -= sum;
    }
    isRunning = false;
  };

  return {
    get weight() {
      return weight;
    },
    add(item, itemWeight) {
      return new Promise((resolve, reject) => {
        queue.push({ item, weight: itemWeight, resolve, reject });
        weight += itemWeight;
        if (!isRunning) void run();
      });
    },
  };
}
