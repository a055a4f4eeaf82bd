/** `waymark token …`: personal access tokens, in the store or through the server that has it open. */
import { Command } from "commander";
import { WaymarkError } from "../../base/index.ts";
import {
  type CreatedToken,
  SCOPES,
  type Scope,
  scopeSchema,
  type Token,
} from "../../schema/account.ts";
import { openStore } from "../../store/open-store.ts";
import type { Store } from "../../store/store.ts";
import { printable } from "../format.ts";
import { orThroughServer } from "../server-client.ts";
import type { Settings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

interface Flags {
  readonly data: string;
  readonly user?: string;
  readonly json?: boolean;
}
interface CreateFlags extends Flags {
  readonly scope?: readonly Scope[];
  readonly days?: number;
}

/** Enough for a watch or a script that sends recordings and reads them back. */
const DEFAULT_SCOPES: readonly Scope[] = ["activity:read_all", "activity:write", "profile:read"];

interface Tokens {
  list(): Promise<readonly Token[]>;
  create(wish: {
    name: string;
    scopes: readonly Scope[];
    days: number | null;
  }): Promise<CreatedToken>;
  remove(id: string): Promise<void>;
}

export function tokenCommand(settings: Settings, terminal: Terminal): Command {
  const command = (name: string, what: string): Command =>
    new Command(name)
      .description(what)
      .option("--data <dir>", "folder of the store", settings.dataFolder)
      .option("--user <email>", "whose; default: the owner of this machine's server")
      .option("--json", "print one JSON object per token, a line each");
  const create = command("create", "make a token and print it, this once")
    .argument("<name>", "what it is for")
    .option(
      "--scope <scope...>",
      `some of ${SCOPES.join(", ")}; default: ${DEFAULT_SCOPES.join(", ")}`,
      collectScope,
    )
    .option("--days <n>", "days until it expires; default: it does not", parseDays)
    .action(async (name: string, flags: CreateFlags) => {
      const wish = { name, scopes: flags.scope ?? DEFAULT_SCOPES, days: flags.days ?? null };
      const made = await withTokens(flags, settings, (tokens) => tokens.create(wish));
      if (flags.json) terminal.json(made);
      else terminal.result(made.token);
    });
  const list = command("list", "tokens, newest first").action(async (flags: Flags) => {
    for (const token of await withTokens(flags, settings, (tokens) => tokens.list())) {
      if (flags.json) terminal.json(token);
      else terminal.result(formatToken(token));
    }
  });
  const revoke = command("revoke", "end a token, at once")
    .argument("<id>", "number of the token, as 'token list' shows it")
    .action(async (id: string, flags: Flags) => {
      await withTokens(flags, settings, (tokens) => tokens.remove(id));
      if (flags.json) terminal.json({ id, revoked: true });
      else terminal.result(`token ${printable(id)} is revoked`);
    });
  const token = new Command("token").description("personal access tokens for programs");
  for (const inner of [create, list, revoke]) token.addCommand(inner);
  return token;
}

async function withTokens<T>(
  { data: dataFolder, user }: Flags,
  { databaseUrl }: Settings,
  work: (tokens: Tokens) => Promise<T>,
): Promise<T> {
  return await orThroughServer(
    dataFolder,
    async () => {
      const store = await openStore({ dataFolder, databaseUrl });
      try {
        return await work(await tokensOf(store, user));
      } finally {
        await store.close();
      }
    },
    async (server) => {
      if (user !== undefined) {
        throw new WaymarkError(
          "USAGE",
          "while the server runs, tokens of others are made by themselves on their settings page; stop it, or leave --user out",
        );
      }
      return await work({
        list: async () => (await server.ask<{ tokens: Token[] }>("GET", "/api/tokens")).tokens,
        create: (wish) => server.ask("POST", "/api/tokens", wish),
        remove: (id) => server.ask("DELETE", `/api/tokens/${encodeURIComponent(id)}`),
      });
    },
  );
}

async function tokensOf(store: Store, user: string | undefined): Promise<Tokens> {
  // Loaded here: the other commands should not wait for the server's code.
  const { openOwner } = await import("../../server/auth/owner.ts");
  const { createToken } = await import("../../server/auth/token.ts");
  const { toToken } = await import("../../server/route/token.ts");
  const athlete =
    user === undefined ? await openOwner(store, Date.now()) : await store.athletes.byEmail(user);
  if (!athlete) throw new WaymarkError("NOT_FOUND", `no account has the email '${user}'`);
  return {
    list: async () => (await store.tokens.list(athlete.id)).map(toToken),
    async create(wish) {
      if (wish.scopes.includes("admin") && athlete.role !== "admin") {
        throw new WaymarkError("FORBIDDEN", "the scope 'admin' is for administrators");
      }
      const { row, token } = await createToken(
        store,
        { ...wish, athleteId: athlete.id },
        Date.now(),
      );
      return { ...toToken(row), token };
    },
    async remove(id) {
      if (!/^[1-9]\d{0,14}$/.test(id)) {
        throw new WaymarkError("NOT_FOUND", `'${id}' is not the number of a token`);
      }
      await store.tokens.remove(athlete.id, Number(id));
    },
  };
}

function collectScope(word: string, before: readonly Scope[] = []): readonly Scope[] {
  const scope = scopeSchema.options.find((known) => known === word);
  if (!scope) {
    throw new WaymarkError(
      "USAGE",
      `scope '${word}' is unknown; choose one of ${SCOPES.join(", ")}`,
      {
        choices: SCOPES,
      },
    );
  }
  return [...before, scope];
}

function parseDays(word: string): number {
  if (/^[1-9]\d{0,3}$/.test(word) && Number(word) <= 3650) return Number(word);
  throw new WaymarkError("USAGE", `--days is '${word}'; it must be a whole number from 1 to 3650`);
}

function formatToken({ id, name, scopes, expiresMs, usedMs }: Token): string {
  const day = (ms: number | null, word: string): string =>
    ms === null ? word : new Date(ms).toISOString().slice(0, 10);
  return `${id.padEnd(6)} ${printable(name).padEnd(24)} ${scopes.join(" ")}  used ${day(usedMs, "never")}, ends ${day(expiresMs, "never")}`;
}
