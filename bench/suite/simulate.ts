/**
 * Simulated members: how quickly very many live and tell, with nothing sent, and how quickly some
 * thousands come in by the front door, the server and its database in the same process.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openDoors, simulateMembers } from "../../src/jobs/simulate-members.ts";
import { createJobQueue } from "../../src/platform/job/create-queue.ts";
import { createServer } from "../../src/server/app.ts";
import { reportWorld } from "../../src/sim/member/index.ts";
import { openStore } from "../../src/store/open-store.ts";
import { type Cell, printOnly, report } from "../report.ts";

const OPTIONS = {
  /** A tenth of the members; bench/results stays as it is. */
  quick: { type: "boolean" },
} as const;

/** Fixed, so that each run lives the same lives. */
const UNTIL = Date.UTC(2026, 5, 1);

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.quick) printOnly();
  const share = values.quick ? 0.1 : 1;
  const rows = [tell(100_000 * share), await send(5000 * share)];
  report({
    suite: "simulate",
    title: "Simulated members, a year told",
    columns: [
      "",
      { name: "members", digits: 0 },
      { name: "messages", digits: 0 },
      { name: "webhooks", digits: 0 },
      { name: "s", digits: 1 },
      { name: "of the processor, s", digits: 1 },
      { name: "told a second", digits: 0 },
      { name: "peak, MB", digits: 0 },
    ],
    rows,
    notes: [
      "Lived and told: 905 days of every member, 365 of them told, on one thread; nothing is sent. Sent: the same over HTTP, Segment's batches and signed Stripe webhooks, each acknowledged when durable, to a server on PGlite in the same process.",
      "Peak: of the process so far, what it began with included.",
    ],
  });
}

function tell(members: number): Cell[] {
  let messages = 0;
  let webhooks = 0;
  const clock = startClock();
  for (const day of reportWorld({ seed: 1, members, until: UNTIL }).days) {
    messages += day.messages.length;
    webhooks += day.webhooks.length;
  }
  return rowOf("lived and told", members, messages, webhooks, clock());
}

async function send(members: number): Promise<Cell[]> {
  const dataFolder = mkdtempSync(join(tmpdir(), "waymark-simulate-"));
  const store = await openStore({ dataFolder });
  const queue = await createJobQueue(store.database);
  const server = await createServer({ store, queue, mapFolder: "none", webFolder: "none" });
  try {
    const url = await server.start(0);
    const doors = await openDoors(store, url, Date.now());
    const clock = startClock();
    const sent = await simulateMembers({
      doors,
      world: { seed: 1, members, until: UNTIL },
      signal: new AbortController().signal,
    });
    return rowOf("sent by the front door", members, sent.messages, sent.webhooks, clock());
  } finally {
    await server.stop();
    await queue.stop(0);
    await store.close();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

interface Spent {
  readonly s: number;
  readonly cpuS: number;
}

function startClock(): () => Spent {
  const begun = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { s: (performance.now() - begun) / 1000, cpuS: (user + system) / 1e6 };
  };
}

function rowOf(
  name: string,
  members: number,
  messages: number,
  webhooks: number,
  { s, cpuS }: Spent,
): Cell[] {
  const peakMB = process.resourceUsage().maxRSS / 1e3;
  return [name, members, messages, webhooks, s, cpuS, (messages + webhooks) / s, peakMB];
}
