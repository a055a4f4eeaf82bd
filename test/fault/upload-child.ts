// A process that receives uploads as the server does and reads them, until it is killed: prints the
// id and hash of each upload once it would have told the client. The reader alone, because most of a life
// is starting up.
import { createUploadReader } from "../../src/jobs/read-upload.ts";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import { READ_UPLOAD } from "../../src/platform/job/kinds.ts";
import { receiveUpload } from "../../src/platform/job/receive-upload.ts";
import { openStore } from "../../src/store/open-store.ts";
import { walkGpx } from "../cli/gpx.ts";

const [dataFolder, databaseUrl, run] = process.argv.slice(2) as [string, string, string];
const store = await openStore({ dataFolder, databaseUrl: databaseUrl || undefined });
const queue = await createJobQueue(store.database, { leaseMs: 2000, heartbeatMs: 500 });
const map = { get: async () => undefined };
queue.work(READ_UPLOAD, 2, createUploadReader({ store, map, threads: 1 }));
const { id: athleteId } = await store.athletes.local("you", 0);
process.stdout.write("open\n");
for (let i = 0; ; i++) {
  const startMs = Date.UTC(2020, 0, 1) + (Number(run) * 1000 + i) * 3_600_000;
  const blob = await store.blobs.put(new TextEncoder().encode(walkGpx({ startMs, seconds: 30 })));
  const fileName = `${run}-${i}.gpx`;
  const { id } = await receiveUpload(store, queue, { athleteId, blob, fileName }, startMs);
  process.stdout.write(`${id} ${blob.sha256}\n`);
}
