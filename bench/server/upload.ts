/**
 * Uploads end to end: some clients send files over HTTP as fast as they are acknowledged; the clock runs
 * until the last one is read, cleaned, matched and stored.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ActivityList } from "../../src/schema/activity-list.ts";
import type { UploadList } from "../../src/schema/upload.ts";
import type { Cell } from "../report.ts";
import type { BenchClub, ClubFile } from "./club.ts";
import { quantile } from "./open-loop.ts";
import { startWhole, type WholeServer } from "./whole.ts";

export const UPLOAD_COLUMNS = [
  "clients",
  { name: "files", digits: 0 },
  { name: "MB", digits: 1 },
  { name: "acknowledged / s", digits: 0 },
  { name: "p50 ms", digits: 1 },
  { name: "p99 ms", digits: 1 },
  { name: "stored / s", digits: 1 },
  { name: "matched points / s", digits: 0 },
  { name: "CPU ms / file", digits: 1 },
  { name: "RSS MiB", digits: 0 },
  "refused",
  "duplicate",
] as const;

export async function measureUploads(
  club: BenchClub,
  clients: number,
  threads: number,
): Promise<Cell[]> {
  const dataFolder = club.dataFolder();
  const server = await startWhole(dataFolder, { mapFolder: club.mapFolder, threads });
  try {
    const before = await server.usage();
    const begun = performance.now();
    const times: number[] = [];
    const queue = [...club.files];
    await Promise.all(
      Array.from({ length: clients }, async () => {
        for (let file = queue.shift(); file; file = queue.shift()) {
          const from = performance.now();
          await sendFile(server, file);
          times.push(performance.now() - from);
        }
      }),
    );
    const acknowledgedMs = performance.now() - begun;
    const counts = await untilRead(server);
    const storedMs = performance.now() - begun;
    const after = await server.usage();
    const sorted = Float64Array.from(times).sort();
    const count = club.files.length;
    const megabytes = club.files.reduce((sum, { bytes }) => sum + bytes.length, 0) / 1e6;
    return [
      String(clients),
      count,
      megabytes,
      (1000 * count) / acknowledgedMs,
      quantile(sorted, 0.5),
      quantile(sorted, 0.99),
      (1000 * count) / storedMs,
      (1000 * (await matchedPoints(server))) / storedMs,
      (after.cpuMs - before.cpuMs) / count,
      after.rssMiB,
      String(counts.failed),
      String(counts.duplicate),
    ];
  } finally {
    await server.stop();
  }
}

/** @throws Error when it is not acknowledged */
export async function sendFile(
  { url, token }: WholeServer,
  { name, bytes }: ClubFile,
): Promise<void> {
  const form = new FormData();
  form.append("file", new Blob([bytes]), name);
  const answer = await fetch(`${url}/api/uploads`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  if (answer.status !== 201) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

export async function untilRead(server: WholeServer): Promise<UploadList["counts"]> {
  for (;;) {
    const { counts } = await server.get<UploadList>("/api/uploads?limit=1");
    if (counts.received + counts.processing === 0) return counts;
    await sleep(20);
  }
}

/** Points of activities of which at least a part lies on the network. */
async function matchedPoints(server: WholeServer): Promise<number> {
  let points = 0;
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: ActivityList = await server.get(
      `/api/activities?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    for (const activity of page.activities) {
      if (activity.matchedM > 0) points += activity.points;
    }
    cursor = page.next;
  }
  return points;
}
