/**
 * An open-loop client: requests start when they are due, whether or not earlier ones are answered,
 * and each is timed from when it was due. A server that stalls is charged for everyone who came
 * meanwhile; a closed loop would wait with it ("coordinated omission", Tene 2013).
 */
import { Agent, request as httpRequest } from "node:http";
import { setTimeout } from "node:timers/promises";

export interface Ask {
  readonly path: string;
  /** JSON of a POST; absent: a GET. */
  readonly body?: string;
  /** For routes that ask who comes. */
  readonly token?: string;
}

export interface LoadResult {
  readonly sent: number;
  /** Status → answers. */
  readonly status: Readonly<Record<number, number>>;
  readonly failed: number;
  readonly bytes: number;
  /** Milliseconds from due to the last byte, of answers with status 200, sorted. */
  readonly latencyMs: Float64Array;
  /** Most milliseconds by which this client itself was late to send. */
  readonly lateMs: number;
}

/** @param asks taken in turn @param ratePerS requests due in a second, evenly */
export async function openLoop(
  url: string,
  asks: readonly Ask[],
  ratePerS: number,
  seconds: number,
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const total = Math.round(ratePerS * seconds);
  const latency: number[] = [];
  const status: Record<number, number> = {};
  let failed = 0;
  let bytes = 0;
  let lateMs = 0;
  const under: Promise<void>[] = [];
  const begin = performance.now() + 20;
  for (let i = 0; i < total; i++) {
    const due = begin + (i * 1000) / ratePerS;
    const wait = due - performance.now();
    if (wait > 0) await setTimeout(wait);
    lateMs = Math.max(lateMs, performance.now() - due);
    under.push(
      send(agent, url, asks[i % asks.length]!).then(
        (got) => {
          status[got.status] = (status[got.status] ?? 0) + 1;
          bytes += got.bytes;
          if (got.status === 200) latency.push(performance.now() - due);
        },
        () => {
          failed++;
        },
      ),
    );
  }
  await Promise.all(under);
  agent.destroy();
  return {
    sent: total,
    status,
    failed,
    bytes,
    latencyMs: Float64Array.from(latency).sort(),
    lateMs,
  };
}

function send(agent: Agent, url: string, ask: Ask): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const isPost = ask.body !== undefined;
    const sent = httpRequest(
      url + ask.path,
      {
        agent,
        method: isPost ? "POST" : "GET",
        headers: {
          ...(isPost ? { "content-type": "application/json" } : {}),
          ...(ask.token === undefined ? {} : { authorization: `Bearer ${ask.token}` }),
        },
      },
      (got) => {
        let bytes = 0;
        got.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
        });
        got.on("end", () => resolve({ status: got.statusCode ?? 0, bytes }));
        got.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end(ask.body);
  });
}

/** The value below which a share of sorted values lies; NaN of none. */
export function quantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
