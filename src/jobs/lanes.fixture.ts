// The worker of lanes.test.ts: a task is a number that it doubles, or a way to go wrong.
import { serve } from "../platform/job/worker-pool.ts";

serve<number | "hang" | "die" | "throw", number>((task) => {
  if (task === "hang") for (;;);
  if (task === "die") process.exit(3);
  if (task === "throw") throw new RangeError("no such row");
  return task * 2;
});
