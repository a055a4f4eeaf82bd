/** `waymark write-key …`: keys with which apps send events, in the store or through the server that has it open. */
import { Command } from "commander";
import { WaymarkError } from "../../base/index.ts";
import type { CreatedWriteKey, WriteKeyAnswer } from "../../schema/member.ts";
import type { DoorKind } from "../../store/member-table.ts";
import { openStore } from "../../store/open-store.ts";
import type { Store } from "../../store/store.ts";
import { printable } from "../format.ts";
import { orThroughServer } from "../server-client.ts";
import type { Settings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

interface Flags {
  readonly data: string;
  readonly json?: boolean;
}

interface AddFlags extends Flags {
  readonly history?: boolean;
  readonly trusted?: boolean;
}

interface WriteKeys {
  list(): Promise<readonly WriteKeyAnswer[]>;
  add(name: string, kind: DoorKind, isTrusted: boolean): Promise<CreatedWriteKey>;
  remove(id: string): Promise<void>;
}

export function writeKeyCommand(settings: Settings, terminal: Terminal): Command {
  const command = (name: string, what: string): Command =>
    new Command(name)
      .description(what)
      .option("--data <dir>", "folder of the store", settings.dataFolder)
      .option("--json", "print one JSON object per key, a line each");
  const add = command("add", "make a write key and print it, this once")
    .argument("<name>", "of the app or page that sends with it")
    .option("--history", "what it brings was known when it happened: a year that is brought along")
    .option("--trusted", "kept on a server: may join named members, Stripe customers and athletes")
    .action(async (name: string, flags: AddFlags) => {
      const kind = flags.history ? "history" : "live";
      const isTrusted = flags.trusted ?? false;
      const made = await withKeys(flags, settings, (keys) =>
        keys.add(checkName(name), kind, isTrusted),
      );
      if (flags.json) terminal.json(made);
      else terminal.result(made.writeKey);
    });
  const list = command("list", "write keys, newest first").action(async (flags: Flags) => {
    for (const key of await withKeys(flags, settings, (keys) => keys.list())) {
      if (flags.json) terminal.json(key);
      else terminal.result(formatKey(key));
    }
  });
  const remove = command("remove", "end a write key; servers hear of it within ten seconds")
    .argument("<id>", "number of the key, as 'write-key list' shows it")
    .action(async (id: string, flags: Flags) => {
      await withKeys(flags, settings, (keys) => keys.remove(id));
      if (flags.json) terminal.json({ id, removed: true });
      else terminal.result(`write key ${printable(id)} is removed`);
    });
  const writeKey = new Command("write-key").description("keys with which apps send events");
  for (const inner of [add, list, remove]) writeKey.addCommand(inner);
  return writeKey;
}

async function withKeys<T>(
  { data: dataFolder }: Flags,
  { databaseUrl }: Settings,
  work: (keys: WriteKeys) => Promise<T>,
): Promise<T> {
  return await orThroughServer(
    dataFolder,
    async () => {
      const store = await openStore({ dataFolder, databaseUrl });
      try {
        return await work(await keysOf(store));
      } finally {
        await store.close();
      }
    },
    (server) =>
      work({
        list: async () =>
          (await server.ask<{ writeKeys: WriteKeyAnswer[] }>("GET", "/api/write-keys")).writeKeys,
        add: (name, kind, isTrusted) =>
          server.ask("POST", "/api/write-keys", { name, kind, isTrusted }),
        remove: (id) => server.ask("DELETE", `/api/write-keys/${encodeURIComponent(id)}`),
      }),
  );
}

async function keysOf(store: Store): Promise<WriteKeys> {
  // Loaded here: the other commands should not wait for the server's code.
  const { createWriteKey, toWriteKeyAnswer } = await import(
    "../../server/segment/create-write-key.ts"
  );
  return {
    list: async () => (await store.writeKeys.list()).map(toWriteKeyAnswer),
    async add(name, kind, isTrusted) {
      const wish = { name, kind, isTrusted, athleteId: null };
      const { row, writeKey } = await createWriteKey(store, wish, Date.now());
      return { ...toWriteKeyAnswer(row), writeKey };
    },
    async remove(id) {
      if (!/^[1-9]\d{0,14}$/.test(id)) {
        throw new WaymarkError("NOT_FOUND", `'${id}' is not the number of a write key`);
      }
      await store.writeKeys.remove(Number(id));
    },
  };
}

function checkName(name: string): string {
  const trimmed = name.trim();
  if (trimmed.length >= 1 && trimmed.length <= 100) return trimmed;
  throw new WaymarkError("USAGE", "the name of a write key has 1 to 100 characters");
}

function formatKey({ id, name, kind, isTrusted, usedMs }: WriteKeyAnswer): string {
  const used = usedMs === null ? "never" : new Date(usedMs).toISOString().slice(0, 10);
  return `${id.padEnd(6)} ${printable(name).padEnd(24)} ${(isTrusted && kind === "live" ? "trusted" : kind).padEnd(8)} used ${used}`;
}
