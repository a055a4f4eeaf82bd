// In place of the import's thread: does to itself what a poison file might do to it.

import type { ImportReply, ImportTask } from "../../src/jobs/import-worker.ts";
import { readRecording } from "../../src/jobs/read-recording.ts";
import { serve } from "../../src/platform/job/worker-pool.ts";

serve<ImportTask, ImportReply>(async ({ file, bytes, title }) => {
  switch (file.split(".")[0]) {
    case "exit":
      process.exit(9);
      break;
    case "memory": {
      const kept: unknown[] = [];
      for (;;) kept.push({ text: "x".repeat(64), list: new Array(1000).fill(kept.length) });
    }
    case "hang":
      for (;;);
    case "bug":
      throw new TypeError("undefined is not a function");
  }
  const own = new Uint8Array(bytes!);
  return {
    kind: "read",
    hash: "",
    bytes: own,
    ...readRecording({ bytes: own, name: file, title }),
  };
});
