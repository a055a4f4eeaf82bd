// Segment's API over HTTP and a client that sends batches to it, until the process is killed: prints the
// number of each batch once it was acknowledged. The routes alone, because most of a life is starting up.
import Fastify from "fastify";
import { hashSecret } from "../../src/server/auth/secret.ts";
import { segmentRoutes } from "../../src/server/route/segment.ts";
import { createIntake } from "../../src/server/segment/intake.ts";
import { createWriteKeyDoor } from "../../src/server/segment/write-key.ts";
import { openStore } from "../../src/store/open-store.ts";

const [dataFolder, databaseUrl, run, firstBatch] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const store = await openStore({ dataFolder, databaseUrl: databaseUrl || undefined });
if (!(await store.writeKeys.find(hashSecret("key"), 1))) {
  await store.writeKeys.create({ hash: hashSecret("key"), name: "key", kind: "live" }, 1);
}
const http = Fastify();
http.setValidatorCompiler(() => () => true);
http.setSerializerCompiler(() => (value) => JSON.stringify(value));
segmentRoutes(http, {
  intake: createIntake(store),
  writeKeys: createWriteKeyDoor(store.writeKeys),
  onFault: (error) => console.error(error),
  now: Date.now,
});
const url = await http.listen({ port: 0, host: "127.0.0.1" });
process.stdout.write("open\n");

/** The same number is the same batch in every life: what was not acknowledged is sent again. */
const batchOf = (n: number): string =>
  JSON.stringify({
    writeKey: "key",
    sentAt: new Date().toISOString(),
    batch: Array.from({ length: 20 }, (_, i) => ({
      type: i === 0 ? "identify" : "track",
      event: "Route Planned",
      messageId: `${n}-${i}`,
      userId: i % 3 === 0 ? undefined : `user-${(n * 7 + i) % 50}`,
      anonymousId: `browser-${(n * 7 + i) % 50}`,
      timestamp: new Date().toISOString(),
      traits: { name: `Member ${n}` },
    })),
  });
let next = Number(firstBatch);
await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (;;) {
      const n = next++;
      const answer = await fetch(`${url}/v1/batch`, { method: "POST", body: batchOf(n) });
      if (answer.status !== 200) throw new Error(`run ${run}: ${await answer.text()}`);
      process.stdout.write(`${n}\n`);
    }
  }),
);
