// Runs under a limit on the size of files, which is a full disk to whoever writes: prints what became
// of each thing that it tried, as JSON, and ends as it should.
import { createRng } from "../../src/base/index.ts";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import { receiveUpload } from "../../src/platform/job/receive-upload.ts";
import { openStore } from "../../src/store/open-store.ts";

const store = await openStore({ dataFolder: process.argv[2]! });
const fates: Record<string, string> = {};
const attempt = async (name: string, work: () => Promise<unknown>): Promise<void> => {
  try {
    await work();
    fates[name] = "done";
  } catch (error) {
    fates[name] = (error as { code?: string }).code ?? String(error);
  }
};

await attempt("large", () => store.blobs.put(new Uint8Array(20 << 20)));
await attempt("small", async () => {
  const queue = await createJobQueue(store.database);
  const { id: athleteId } = await store.athletes.local("you", 0);
  const blob = await store.blobs.put(Buffer.from("small"));
  await receiveUpload(store, queue, { athleteId, blob, fileName: "small.gpx" }, 0);
});
await attempt("rows", async () => {
  const rng = createRng(1);
  for (let i = 0; i < 150; i++) {
    const value = Array.from({ length: 20_000 }, () => rng());
    await store.settings.set(`key ${i}`, value, 0);
  }
});
// What was refused is not there by half, and the rest can still be asked.
await attempt("asked", async () => {
  if ((await store.settings.get("before")) !== 1) throw new Error("it has forgotten");
});
await attempt("close", () => store.close());
process.stdout.write(JSON.stringify(fates));
process.exit(0);
