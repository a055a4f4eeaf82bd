/**
 * A thread that sends batches to a server and takes the time of each answer: what its client costs is on
 * the same two cores. Bodies are made before the clock runs.
 */
import { randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import { createRng, integer } from "../../src/base/index.ts";

export interface SenderData {
  readonly url: string;
  readonly writeKey: string;
  readonly batches: number;
  readonly batchEvents: number;
  readonly members: number;
  readonly seed: number;
}
/** Sends batches `from` to `to` with so many requests open at a time. */
export interface SendOrder {
  readonly from: number;
  readonly to: number;
  readonly connections: number;
}
export interface SendReport {
  readonly ms: number;
  /** Of each batch, in the order of the answers. */
  readonly latencies: readonly number[];
  readonly refused: number;
}

const data = workerData as SenderData;
const { hostname, port } = new URL(data.url);
const agent = new Agent({ keepAlive: true });
const rng = createRng(data.seed);
const bodies = Array.from({ length: data.batches }, () => Buffer.from(batch()));

function batch(): string {
  const now = Date.now();
  const messages = Array.from({ length: data.batchEvents }, (_, i) => {
    const userId = `member-${integer(rng, data.members)}`;
    const common = {
      messageId: `node-next-${now}-${randomUUID()}`,
      timestamp: new Date(now - integer(rng, 10_000)).toISOString(),
      userId,
      context: {
        library: { name: "@segment/analytics-node", version: "3.1.0" },
        device: { type: "ios" },
        app: { version: "4.2.1" },
        locale: "en-GB",
      },
      integrations: {},
      _metadata: { nodeVersion: "24.21.0", jsRuntime: "node" },
    };
    if (i % 20 === 0) {
      const traits = { name: `Member ${userId}`, email: `${userId}@example.org`, plan: "year" };
      return { ...common, type: "identify", traits };
    }
    if (i % 5 === 0) return { ...common, type: "screen", name: "Home" };
    const properties = { sport: "bike", distance_m: integer(rng, 90_000), is_loop: true };
    return { ...common, type: "track", event: "Route Planned", properties };
  });
  return JSON.stringify({ batch: messages, writeKey: data.writeKey, sentAt: new Date(now) });
}

function send(body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": body.length };
    const options = { agent, hostname, port, path: "/v1/batch", method: "POST", headers };
    const asked = request(options, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode!));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

parentPort!.on("message", async ({ from, to, connections }: SendOrder) => {
  const latencies: number[] = [];
  let refused = 0;
  let next = from;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < to) {
        const body = bodies[next++]!;
        const sent = performance.now();
        if ((await send(body)) !== 200) refused++;
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const report: SendReport = { ms: performance.now() - begun, latencies, refused };
  parentPort!.postMessage(report);
});
parentPort!.postMessage({ bytes: bodies[0]!.length });
