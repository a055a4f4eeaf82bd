/**
 * `waymark simulate`: a world of members, sent to a running server by its public doors; the truth about
 * them goes into a file of its own, for whoever measures models.
 */
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { WaymarkError } from "../../base/index.ts";
import type { MemberDoors } from "../../jobs/simulate-members.ts";
import type { CreatedWriteKey } from "../../schema/member.ts";
import type { CreatedWebhookEndpoint } from "../../schema/webhook.ts";
import {
  LOGGING_WORLDS,
  type LoggingWorld,
  type MemberWorld,
  SCENARIOS,
  type ScenarioName,
} from "../../sim/member/index.ts";
import { createProgress } from "../progress.ts";
import { connect, type ServerClient } from "../server-client.ts";
import { parseOrigin, type Settings, wholeNumber } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

interface Flags {
  readonly data: string;
  readonly members: number;
  readonly days: number;
  readonly seed: number;
  readonly scenario: ScenarioName;
  readonly world: LoggingWorld;
  readonly until: number;
  readonly url?: string;
  readonly writeKey?: string;
  readonly webhookPath: string;
  readonly secretStdin?: boolean;
  readonly truth?: string;
  readonly truthEvery: number;
}

const DAY_MS = 86_400_000;

export function simulateCommand(settings: Settings, terminal: Terminal): Command {
  return new Command("simulate")
    .description("members who use, pay, leave and come back, sent to a running server")
    .option("--data <dir>", "folder of the store whose server is asked", settings.dataFolder)
    .option("--members <n>", "accounts", count("--members", 1, 1_000_000), 2000)
    .option("--days <n>", "days of which the app tells", count("--days", 1, 3650), 365)
    .option("--seed <n>", "equal seeds make equal worlds", count("--seed", 0, 999_999_999), 1)
    .option(
      "--scenario <name>",
      `how often money comes back: ${SCENARIOS.join(", ")}`,
      choice("--scenario", SCENARIOS),
      "mid",
    )
    .option(
      "--world <name>",
      "W0 as it is, W4 messages have no effect, W5 price, season and codes drift",
      choice("--world", LOGGING_WORLDS),
      "W0",
    )
    .option("--until <day>", "last day, YYYY-MM-DD; default: today", parseDay, Date.now())
    .option("--url <url>", "another server, with --write-key and --secret-stdin", (said) =>
      parseOrigin(said, "--url"),
    )
    .option("--write-key <key>", "write key of kind history of that server")
    .option(
      "--webhook-path <path>",
      "its Stripe endpoint, kind history, as 'webhook add' prints it",
      "/webhooks/stripe",
    )
    .option("--secret-stdin", "read that endpoint's secret from standard input")
    .option("--truth <file>", "write the true chances of leaving, one JSON object a line")
    .option(
      "--truth-every <n>",
      "days from one snapshot of the truth to the next",
      count("--truth-every", 1, 3650),
      28,
    )
    .action((flags: Flags) => simulate(flags, terminal));
}

async function simulate(flags: Flags, terminal: Terminal): Promise<void> {
  const { members, days, seed, scenario, world, until, truth, truthEvery, data } = flags;
  const { simulateMembers } = await import("../../jobs/simulate-members.ts");
  const opened = await doorsOf(flags);
  const signal = terminal.interruptible();
  const progress = createProgress(process.stderr);
  const lines: string[] = [];
  const snapshot = (lived: MemberWorld): void => {
    // At midnight, after the day that has just been sent.
    if (truth === undefined || lived.day <= lived.firstDay) return;
    if ((lived.day - lived.firstDay) % truthEvery !== 0) return;
    const atMs = lived.day * DAY_MS;
    for (const chances of lived.truth()) lines.push(JSON.stringify({ atMs, ...chances }));
  };
  try {
    const sent = await simulateMembers({
      doors: opened.doors,
      world: { members, days, seed, scenario, world, until },
      noteFile: join(data, "simulate", `members-${seed}.json`),
      signal,
      onDay: snapshot,
      onProgress: (done, total) => progress.update("Members live", done, total),
    });
    progress.stop();
    if (truth !== undefined) await writeFile(truth, lines.map((line) => `${line}\n`).join(""));
    terminal.result(
      `${members} members: ${sent.messages} messages and ${sent.webhooks} webhooks sent` +
        (sent.isComplete ? "" : "; run it again to go on"),
    );
  } finally {
    progress.stop();
    await opened.close();
  }
}

interface Opened {
  readonly doors: MemberDoors;
  close(): Promise<void>;
}

/** Doors for history: those that were named, or some of this machine's server, closed again afterwards. */
async function doorsOf(flags: Flags): Promise<Opened> {
  const { url, writeKey, webhookPath, secretStdin, data } = flags;
  if (url !== undefined) {
    if (writeKey === undefined || !secretStdin) {
      throw new WaymarkError(
        "USAGE",
        "--url needs --write-key, and with --secret-stdin the secret of the Stripe endpoint",
      );
    }
    const webhookSecret = (await text(process.stdin)).trim();
    return { doors: { url, writeKey, webhookPath, webhookSecret }, close: async () => {} };
  }
  const server = connect(data);
  if (!server) {
    throw new WaymarkError(
      "NOT_FOUND",
      `no server has ${data} open; 'waymark start' begins one, or --url names another`,
    );
  }
  return await openThrough(server);
}

async function openThrough(server: ServerClient): Promise<Opened> {
  const name = "waymark simulate";
  const wish = { name, kind: "history" };
  const key = await server.ask<CreatedWriteKey>("POST", "/api/write-keys", wish);
  const webhookSecret = `whsec_${randomBytes(24).toString("base64url")}`;
  const endpoint = await server.ask<CreatedWebhookEndpoint>("POST", "/api/webhook-endpoints", {
    ...wish,
    processor: "stripe",
    secret: webhookSecret,
  });
  const { url } = server;
  return {
    doors: { url, writeKey: key.writeKey, webhookPath: endpoint.path, webhookSecret },
    async close() {
      await server.ask("DELETE", `/api/write-keys/${key.id}`);
      await server.ask("DELETE", `/api/webhook-endpoints/${endpoint.id}`);
    },
  };
}

function count(name: string, least: number, most: number): (text: string) => number {
  return (said) => wholeNumber(said, name, least, most);
}

function choice<T extends string>(name: string, choices: readonly T[]): (text: string) => T {
  return (said) => {
    const found = choices.find((known) => known === said);
    if (found !== undefined) return found;
    throw new WaymarkError("USAGE", `${name} is '${said}'`, { choices });
  };
}

/** @returns the last millisecond of a day of UTC */
function parseDay(said: string): number {
  const ms = /^\d{4}-\d\d-\d\d$/.test(said) ? Date.parse(said) : Number.NaN;
  if (!Number.isNaN(ms)) return ms + DAY_MS - 1;
  throw new WaymarkError("USAGE", `--until is '${said}'; it must be a day like 2026-11-20`);
}
