/** `waymark train churn`: a new version of the churn model, and scores of everybody. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { WaymarkError } from "../../base/index.ts";
import { openStore } from "../../store/open-store.ts";
import { createProgress } from "../progress.ts";
import { orThroughServer, type ServerClient } from "../server-client.ts";
import type { Settings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

interface Flags {
  readonly data: string;
  readonly seed?: number;
}

/** Milliseconds between two questions of how far the server is. */
const LOOK_MS = 500;

export function trainCommand(settings: Settings, terminal: Terminal): Command {
  return new Command("train")
    .description("train a model on what is known, and score members with it")
    .addCommand(
      new Command("churn")
        .description("who leaves, of which cause, and why")
        .option("--data <dir>", "folder of the store", settings.dataFolder)
        .option(
          "--seed <n>",
          "any whole number: the same data and seed give the same model",
          wholeNumber,
        )
        .action((flags: Flags) => trainChurnModel(flags, settings, terminal)),
    );
}

async function trainChurnModel(
  flags: Flags,
  settings: Settings,
  terminal: Terminal,
): Promise<void> {
  const { databaseUrl } = settings;
  const progress = createProgress(process.stderr);
  const onProgress = (phase: string, done: number, total: number): void =>
    progress.update(phase, done, total);
  try {
    await orThroughServer(
      flags.data,
      async () => {
        // Loaded here: the other commands should not wait for learners and DuckDB.
        const { runTrainChurn } = await import("../../jobs/train-churn.ts");
        const store = await openStore({ dataFolder: flags.data, databaseUrl });
        try {
          const { version, scored } = await runTrainChurn({
            store,
            lakeFolder: join(flags.data, "lake"),
            now: Date.now,
            seed: flags.seed,
            threads: settings.threads,
            signal: terminal.interruptible(),
            onProgress,
          });
          progress.stop();
          terminal.result(
            `churn version ${version.version} is ${version.alias}; ${scored} members scored`,
          );
          for (const { name, verdict, message } of version.record.gates) {
            terminal.result(`  ${verdict.padEnd(7)} ${name}: ${message}`);
          }
        } finally {
          await store.close();
        }
      },
      (server) => through(server, flags, terminal, onProgress),
    );
  } finally {
    progress.stop();
  }
}

interface Training {
  readonly jobId: number;
  readonly state: "waiting" | "running" | "done" | "failed" | "cancelled";
  readonly progress: {
    readonly phase: string;
    readonly done: number;
    readonly total: number;
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** By the server that has the store open, which does it as a job of its own. */
async function through(
  server: ServerClient,
  { seed }: Flags,
  terminal: Terminal,
  onProgress: (phase: string, done: number, total: number) => void,
): Promise<void> {
  terminal.log.info(`training through the server at ${server.url}`);
  const path = "/api/models/churn/train";
  const signal = terminal.interruptible();
  let training = await server.ask<Training>("POST", path, seed === undefined ? {} : { seed });
  while (training.state === "waiting" || training.state === "running") {
    signal.throwIfAborted();
    await sleep(LOOK_MS, undefined, { signal });
    training = await server.ask<Training>("GET", path);
    const { progress } = training;
    if (progress) onProgress(progress.phase, progress.done, progress.total);
  }
  if (training.state !== "done") {
    const why = training.error?.message ?? `the training was ${training.state}`;
    throw new WaymarkError("JOB_FAILED", why);
  }
  const { models } = await server.ask<{ models: { version: number; aliases: string[] }[] }>(
    "GET",
    "/api/models",
  );
  const newest = models[0];
  terminal.result(`churn version ${newest?.version} is ${newest?.aliases.join(", ")}`);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new WaymarkError("USAGE", `--seed is '${text}'; expected a whole number`);
}
