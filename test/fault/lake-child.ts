// Exports a made-up log into a lake, from wherever the manifest stands to its end, then rewrites and begins
// anew, until the process is killed: says "open" once it has the lake, and "done" after each export.
import { exportLake } from "../../src/jobs/export-lake.ts";
import type { MemberEvent } from "../../src/schema/member-event.ts";
import { openLake } from "../../src/store/lake/index.ts";

const [folder, count, lives] = process.argv.slice(2) as [string, string, string];
const lastSeq = Number(count);
const event = (seq: number): MemberEvent => ({
  seq,
  source: "segment",
  messageId: `${seq}`,
  memberId: 1 + (seq % 20),
  kind: "track:Route Planned",
  eventMs: 1_700_000_000_000 + (seq % 30) * 86_400_000,
  createdMs: 1_710_000_000_000 + seq,
  payload: { seq },
});
const lake = openLake(folder);
const store = {
  events: {
    lastSeq: async () => lastSeq,
    // A few at a time, so that there are several manifests to be killed between.
    read: async (after: number) =>
      Array.from({ length: Math.min(400, lastSeq - after) }, (_, i) => event(after + 1 + i)),
  },
  featureStates: {
    changesSince: async () => ({ erased: [7], erasedEvents: [1], moved: [{ from: 8, to: 9 }] }),
  },
} as unknown as Parameters<typeof exportLake>[0]["store"];
process.stdout.write("open\n");
for (let n = 0; n < Number(lives); n++) {
  await exportLake({ store, lake, now: Date.now, anew: n % 3 === 2 });
  process.stdout.write("done\n");
}
