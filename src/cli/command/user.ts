/** `waymark user …`: accounts, in the store or through the server that has it open. */
import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { WaymarkError } from "../../base/index.ts";
import { type RoleName, roleSchema, type User } from "../../schema/account.ts";
import { PASSWORD_LENGTH } from "../../schema/limit.ts";
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
  readonly name?: string;
  readonly role: RoleName;
  readonly passwordStdin?: boolean;
}

/** What the commands need of accounts. */
interface Users {
  list(): Promise<readonly User[]>;
  add(user: { name: string; email: string; role: RoleName; password: string }): Promise<User>;
  change(id: string, change: Change): Promise<User>;
}
interface Change {
  readonly role?: RoleName;
  readonly disabled?: boolean;
  readonly password?: string;
}

export function userCommand(settings: Settings, terminal: Terminal): Command {
  const command = (name: string, what: string): Command =>
    new Command(name)
      .description(what)
      .option("--data <dir>", "folder of the store", settings.dataFolder)
      .option("--json", "print one JSON object per account, a line each");
  const say = (user: User, flags: Flags): void => {
    if (flags.json) terminal.json(user);
    else terminal.result(formatUser(user));
  };
  const changing = (change: (users: Users, email: string) => Promise<User>) => {
    return async (email: string, flags: Flags): Promise<void> => {
      say(await withUsers(flags.data, settings, (users) => change(users, email)), flags);
    };
  };

  const list = command("list", "every account").action(async (flags: Flags) => {
    for (const user of await withUsers(flags.data, settings, (users) => users.list())) {
      say(user, flags);
    }
  });
  const add = command(
    "add",
    "open an account; without --password-stdin a password is made and printed",
  )
    .argument("<email>", "what the person signs in with")
    .option("--name <name>", "what others see; default: the email up to its @")
    .option("--role <role>", `one of ${roleSchema.options.join(", ")}`, parseRole, "athlete")
    .option("--password-stdin", "read the password from standard input")
    .action(async (email: string, flags: AddFlags) => {
      const [made, password] = await choosePassword(flags.passwordStdin);
      const name = flags.name ?? email.split("@")[0]!;
      const { role } = flags;
      const user = await withUsers(flags.data, settings, (users) =>
        users.add({ name, email, role, password }),
      );
      if (flags.json) terminal.json(made ? { ...user, password } : user);
      else say(user, flags);
      if (made && !flags.json) terminal.result(`password: ${password}`);
    });
  const role = command("role", "give an account another role")
    .argument("<email>", "whose, or an account's number")
    .argument("<role>", `one of ${roleSchema.options.join(", ")}`, parseRole)
    .action(async (email: string, next: RoleName, flags: Flags) => {
      await changing(async (users, who) => users.change(await idOf(users, who), { role: next }))(
        email,
        flags,
      );
    });
  const disable = command("disable", "keep an account out, at once")
    .argument("<email>", "whose, or an account's number")
    .action(
      changing(async (users, who) => users.change(await idOf(users, who), { disabled: true })),
    );
  const enable = command("enable", "let an account in again")
    .argument("<email>", "whose, or an account's number")
    .action(
      changing(async (users, who) => users.change(await idOf(users, who), { disabled: false })),
    );
  const password = command("password", "set a password anew; every session of the account ends")
    .argument("<email>", "whose, or an account's number")
    .option("--password-stdin", "read the password from standard input")
    .action(async (email: string, flags: AddFlags) => {
      const [made, next] = await choosePassword(flags.passwordStdin);
      const user = await withUsers(flags.data, settings, async (users) =>
        users.change(await idOf(users, email), { password: next }),
      );
      if (flags.json) terminal.json(made ? { ...user, password: next } : user);
      else say(user, flags);
      if (made && !flags.json) terminal.result(`password: ${next}`);
    });
  const user = new Command("user").description("accounts");
  for (const inner of [add, list, role, disable, enable, password]) user.addCommand(inner);
  return user;
}

async function withUsers<T>(
  dataFolder: string,
  { databaseUrl }: Settings,
  work: (users: Users) => Promise<T>,
): Promise<T> {
  return await orThroughServer(
    dataFolder,
    async () => {
      const store = await openStore({ dataFolder, databaseUrl });
      try {
        return await work(await usersOf(store));
      } finally {
        await store.close();
      }
    },
    (server) =>
      work({
        list: async () => (await server.ask<{ users: User[] }>("GET", "/api/users")).users,
        add: (user) => server.ask("POST", "/api/users", user),
        change: (id, change) => server.ask("PATCH", `/api/users/${id}`, change),
      }),
  );
}

async function usersOf({ athletes, sessions, audit }: Store): Promise<Users> {
  // Loaded here: the other commands should not wait for the server's code.
  const { hashPassword } = await import("../../server/auth/password.ts");
  const { toUser } = await import("../../server/route/admin.ts");
  const note = (action: string, id: number): Promise<void> =>
    audit.add({ atMs: Date.now(), athleteId: null, action, subject: `account ${id}` });
  return {
    list: async () => (await athletes.list()).map(toUser),
    async add({ password, ...user }) {
      const passwordHash = await hashPassword(password);
      const made = await athletes.create({ ...user, passwordHash }, Date.now());
      await note("account.create", made.id);
      return toUser(made);
    },
    async change(id, { role, disabled, password }) {
      const changed = await athletes.update(Number(id), {
        ...(role === undefined ? {} : { role }),
        ...(disabled === undefined ? {} : { disabledMs: disabled ? Date.now() : null }),
        ...(password === undefined ? {} : { passwordHash: await hashPassword(password) }),
      });
      if (disabled || password !== undefined) await sessions.removeAll(changed.id);
      await note("account.change", changed.id);
      return toUser(changed);
    },
  };
}

/** @throws WaymarkError NOT_FOUND */
async function idOf(users: Users, who: string): Promise<string> {
  const found = (await users.list()).find(
    ({ id, email }) => id === who || email?.toLowerCase() === who.toLowerCase(),
  );
  if (found) return found.id;
  throw new WaymarkError("NOT_FOUND", `no account is '${who}'; 'waymark user list' shows them`);
}

/** @returns whether it was made here, and the password @throws WaymarkError USAGE */
async function choosePassword(fromStdin = false): Promise<readonly [boolean, string]> {
  if (!fromStdin) return [true, randomBytes(15).toString("base64url")];
  const password = (await text(process.stdin)).replace(/\r?\n$/, "");
  const { least, most } = PASSWORD_LENGTH;
  if (password.length >= least && password.length <= most) return [false, password];
  throw new WaymarkError("USAGE", `a password has ${least} to ${most} characters`);
}

function parseRole(word: string): RoleName {
  const role = roleSchema.options.find((known) => known === word);
  if (role) return role;
  const choices = roleSchema.options;
  throw new WaymarkError(
    "USAGE",
    `role '${word}' is unknown; choose one of ${choices.join(", ")}`,
    {
      choices,
    },
  );
}

function formatUser({ id, name, email, role, disabledMs }: User): string {
  const state = disabledMs === null ? "" : "  disabled";
  return `${id.padEnd(6)} ${role.padEnd(8)} ${printable(email ?? "–").padEnd(30)} ${printable(name)}${state}`;
}
