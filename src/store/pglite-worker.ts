/**
 * PGlite's own thread: WebAssembly that runs a query blocks whoever runs it, so that must not be the
 * thread that answers requests. Statements come one at a time; the other side keeps the order.
 */
import { parentPort, workerData } from "node:worker_threads";
import { PGlite, types } from "@electric-sql/pglite";
import {
  OPENED,
  type PgliteData,
  type PgliteFault,
  type PgliteOrder,
  type PgliteReply,
} from "./pglite-protocol.ts";
import { createStatements, isEnd, type Statements } from "./pglite-statement.ts";

const port = parentPort!;
const { folder, snapshot } = workerData as PgliteData;

async function work(): Promise<void> {
  let pg: PGlite;
  try {
    pg = await PGlite.create({
      ...(folder === undefined ? {} : { dataDir: folder }),
      ...(snapshot ? { loadDataDir: new Blob([snapshot]) } : {}),
      // Its own default lets a gigabyte of log stand between two checkpoints.
      // Kept statements are planned for the values at hand: a partial index is found by them.
      postgresqlconf: [
        "max_wal_size=128MB",
        "min_wal_size=64MB",
        "plan_cache_mode=force_custom_plan",
      ],
      // Ids and times stay below 2^53; both drivers give numbers.
      parsers: { [types.INT8]: Number },
    });
  } catch (error) {
    send({ id: OPENED, error: { ...faultOf(error), isStatement: false } });
    return;
  }
  const statements = createStatements(pg);
  send({ id: OPENED, rows: [], affected: undefined });
  port.on("message", async (order: PgliteOrder) => {
    try {
      send(await answer(pg, statements, order));
    } catch (error) {
      send({ id: order.id, error: faultOf(error) });
    }
    if ("close" in order) port.close();
  });
}

async function answer(
  pg: PGlite,
  statements: Statements,
  order: PgliteOrder,
): Promise<PgliteReply> {
  const { id } = order;
  if ("sql" in order) return { id, ...(await statements.run(order.sql, order.parameters)) };
  if ("dump" in order) {
    const dump = await pg.dumpDataDir("gzip");
    return { id, rows: [new Uint8Array(await dump.arrayBuffer())], affected: undefined };
  }
  await statements.run("checkpoint", []);
  await pg.close();
  return { id, rows: [], affected: undefined };
}

function send(reply: PgliteReply): void {
  port.postMessage(reply);
}

function faultOf(error: unknown): PgliteFault {
  const { message, code, constraint } = error as Error & Partial<Record<string, string>>;
  return {
    message: String(message ?? error).slice(0, 2000),
    code,
    constraint,
    isStatement: !isEnd(error) && typeof code === "string" && /^[0-9A-Z]{5}$/.test(code),
  };
}

await work();
