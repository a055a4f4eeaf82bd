// The worker of worker-pool.test.ts: does what each task asks, the bad things included.
import { setTimeout } from "node:timers/promises";
import { WaymarkError } from "../../base/error.ts";
import { Moved, serve } from "./worker-pool.ts";

export type Ask =
  | { readonly ask: "square"; readonly values: Float64Array; readonly waitMs?: number }
  | { readonly ask: "data" | "refuse" | "bug" | "die" | "uncloneable" | "throw-late" };

serve<Ask, unknown>(async (task, data) => {
  switch (task.ask) {
    case "square": {
      await setTimeout(task.waitMs ?? 0);
      const squares = task.values.map((x) => x * x);
      return new Moved(squares, [squares.buffer]);
    }
    case "data":
      return data;
    case "refuse":
      throw new WaymarkError("PROFILE_UNKNOWN", "profile 'gravl' is unknown", {
        choices: ["foot", "bike"],
        cause: new RangeError("the reason"),
      });
    case "bug":
      throw new TypeError("a bug in the worker");
    case "die":
      process.exit(7);
      break;
    case "uncloneable":
      return () => 1;
    case "throw-late":
      setImmediate(() => {
        throw new Error("thrown outside the task");
      });
      await setTimeout(10_000);
  }
  return undefined;
});
