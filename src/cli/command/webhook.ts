/** `waymark webhook …`: doors for payment processors, in the store or through the server that has it open. */
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { WaymarkError } from "../../base/index.ts";
import { PROCESSORS, type Processor } from "../../schema/billing.ts";
import type {
  CreatedWebhookEndpoint,
  WebhookAnswer,
  WebhookEndpointAnswer,
  WebhookOptions,
  WebhooksAnswer,
} from "../../schema/webhook.ts";
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
interface AddFlags extends Flags, Omit<WebhookOptions, "attempts"> {
  readonly name?: string;
  readonly secretStdin?: boolean;
  readonly root?: string;
  readonly history?: boolean;
  readonly attempts?: "charge" | "invoice";
}
interface QuarantineFlags extends Flags {
  readonly retry?: boolean;
}

interface Wish {
  readonly processor: Processor;
  readonly name: string;
  readonly kind: "live" | "history";
  readonly secret?: string;
  readonly options: WebhookOptions;
}

/** What the commands need of webhooks. */
interface Webhooks {
  add(wish: Wish): Promise<CreatedWebhookEndpoint>;
  list(): Promise<readonly WebhookEndpointAnswer[]>;
  remove(id: string): Promise<void>;
  quarantined(before: string | undefined): Promise<Pick<WebhooksAnswer, "webhooks" | "next">>;
  retry(webhook: WebhookAnswer): Promise<WebhookAnswer>;
}

export function webhookCommand(settings: Settings, terminal: Terminal): Command {
  const command = (name: string, what: string): Command =>
    new Command(name)
      .description(what)
      .option("--data <dir>", "folder of the store", settings.dataFolder)
      .option("--json", "print one JSON object per row, a line each");
  const add = command("add", "open an endpoint and print the path that the processor sends to")
    .argument("<processor>", `one of ${PROCESSORS.join(", ")}`, oneOf("processor", PROCESSORS))
    .option("--name <name>", "what it is for; default: the processor")
    .option("--secret-stdin", "read the secret from standard input; Stripe's begins with whsec_")
    .option("--app <id>", "bundle id or package name that a store's webhooks must be of")
    .option("--root <file>", "App Store: trusted root certificates as PEM; default: Apple's")
    .option("--history", "what comes was known when it happened, not when it comes")
    .option(
      "--past-due <state>",
      "Stripe: grace (default) or hold",
      oneOf("--past-due", ["grace", "hold"]),
    )
    .option(
      "--unpaid <state>",
      "Stripe: ended (default) or hold",
      oneOf("--unpaid", ["ended", "hold"]),
    )
    .option(
      "--attempts <teller>",
      "Stripe: charge (default) or invoice, whichever of these webhooks is sent",
      oneOf("--attempts", ["charge", "invoice"]),
    )
    .option("--sandbox", "count purchases of testers too")
    .action(async (processor: Processor, flags: AddFlags) => {
      const wish = await wishOf(processor, flags);
      const made = await withWebhooks(flags.data, settings, (webhooks) => webhooks.add(wish));
      if (flags.json) terminal.json(made);
      else {
        terminal.result(formatEndpoint(made));
        const { secret, path } = made;
        if (secret !== null) {
          const isInPath = processor === "google_play";
          terminal.result(isInPath ? `push to: ${path}?token=${secret}` : `secret: ${secret}`);
        }
      }
    });
  const list = command("list", "endpoints that are open").action(async (flags: Flags) => {
    for (const endpoint of await withWebhooks(flags.data, settings, (w) => w.list())) {
      if (flags.json) terminal.json(endpoint);
      else terminal.result(formatEndpoint(endpoint));
    }
  });
  const remove = command("remove", "close an endpoint, at once; what it brought stays")
    .argument("<id>", "number of the endpoint, as 'webhook list' shows it")
    .action(async (id: string, flags: Flags) => {
      await withWebhooks(flags.data, settings, (webhooks) => webhooks.remove(id));
      if (flags.json) terminal.json({ id, removed: true });
      else terminal.result(`webhook endpoint ${printable(id)} is closed`);
    });
  const quarantine = command("quarantine", "webhooks that were set aside, with the reason")
    .option("--retry", "read each once more, as after an update, and print what became of it")
    .action(async (flags: QuarantineFlags) => {
      await withWebhooks(flags.data, settings, async (webhooks) => {
        for (const webhook of await allQuarantined(webhooks)) {
          const shown = flags.retry ? await webhooks.retry(webhook) : webhook;
          if (flags.json) terminal.json(shown);
          else terminal.result(formatWebhook(shown));
        }
      });
    });
  const webhook = new Command("webhook").description("doors for payment processors");
  for (const inner of [add, list, remove, quarantine]) webhook.addCommand(inner);
  return webhook;
}

async function wishOf(processor: Processor, flags: AddFlags): Promise<Wish> {
  const {
    name = processor,
    secretStdin,
    root,
    history,
    app,
    pastDue,
    unpaid,
    attempts,
    sandbox,
  } = flags;
  const secret = secretStdin
    ? (await text(process.stdin)).trim()
    : root === undefined
      ? undefined
      : readRoot(root);
  return {
    processor,
    name,
    kind: history ? "history" : "live",
    ...(secret === undefined ? {} : { secret }),
    options: {
      ...(app === undefined ? {} : { app }),
      ...(pastDue === undefined ? {} : { pastDue }),
      ...(unpaid === undefined ? {} : { unpaid }),
      ...(attempts === undefined ? {} : { attempts }),
      ...(sandbox === undefined ? {} : { sandbox }),
    },
  };
}

function readRoot(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new WaymarkError("FILE_READ", `${path} could not be read`, { cause });
  }
}

/** All of them before the first is read once more, which takes it out of the list. */
async function allQuarantined(webhooks: Webhooks): Promise<readonly WebhookAnswer[]> {
  const all: WebhookAnswer[] = [];
  let before: string | undefined;
  for (;;) {
    const page = await webhooks.quarantined(before);
    all.push(...page.webhooks);
    if (page.next === null) return all;
    before = page.next;
  }
}

async function withWebhooks<T>(
  dataFolder: string,
  { databaseUrl }: Settings,
  work: (webhooks: Webhooks) => Promise<T>,
): Promise<T> {
  return await orThroughServer(
    dataFolder,
    async () => {
      const store = await openStore({ dataFolder, databaseUrl });
      try {
        return await work(await webhooksOf(store));
      } finally {
        await store.close();
      }
    },
    (server) =>
      work({
        add: (wish) => server.ask("POST", "/api/webhook-endpoints", wish),
        list: async () =>
          (
            await server.ask<{ endpoints: WebhookEndpointAnswer[] }>(
              "GET",
              "/api/webhook-endpoints",
            )
          ).endpoints,
        remove: (id) => server.ask("DELETE", `/api/webhook-endpoints/${encodeURIComponent(id)}`),
        quarantined: (before) => {
          const page = before === undefined ? "" : `&before=${encodeURIComponent(before)}`;
          return server.ask("GET", `/api/webhooks?status=quarantined&limit=200${page}`);
        },
        retry: ({ processor, id }) =>
          server.ask("POST", `/api/webhooks/${processor}/${encodeURIComponent(id)}/retry`),
      }),
  );
}

async function webhooksOf(store: Store): Promise<Webhooks> {
  // Loaded here: the other commands should not wait for the server's code.
  const { createEndpoint, toEndpointAnswer } = await import(
    "../../server/webhook/create-endpoint.ts"
  );
  const { retakeWebhook } = await import("../../server/webhook/retake-webhook.ts");
  const { toWebhookAnswer } = await import("../../server/route/webhook.ts");
  const { webhookEndpoints, webhooks, audit } = store;
  const note = (action: string, id: string | number): Promise<void> =>
    audit.add({ atMs: Date.now(), athleteId: null, action, subject: `webhook endpoint ${id}` });
  return {
    async add(wish) {
      const { endpoint, secret } = await createEndpoint(webhookEndpoints, wish, Date.now());
      await note("webhook-endpoint.create", endpoint.id);
      return { ...toEndpointAnswer(endpoint), secret };
    },
    list: async () => (await webhookEndpoints.list()).map(toEndpointAnswer),
    async remove(id) {
      if (!/^[1-9]\d{0,14}$/.test(id)) {
        throw new WaymarkError("NOT_FOUND", `'${id}' is not the number of a webhook endpoint`);
      }
      await webhookEndpoints.remove(Number(id), Date.now());
      await note("webhook-endpoint.delete", id);
    },
    async quarantined(before) {
      const page = await webhooks.list({ status: "quarantined", limit: 200, before });
      return { webhooks: page.webhooks.map(toWebhookAnswer), next: page.next };
    },
    retry: async ({ processor, id }) =>
      toWebhookAnswer(await retakeWebhook(store, processor, id, Date.now())),
  };
}

function oneOf<const T extends string>(what: string, choices: readonly T[]): (word: string) => T {
  return (word) => {
    const found = choices.find((choice) => choice === word);
    if (found) return found;
    const list = choices.join(", ");
    throw new WaymarkError("USAGE", `${what} '${word}' is unknown; choose one of ${list}`, {
      choices,
    });
  };
}

function formatEndpoint(endpoint: WebhookEndpointAnswer): string {
  const { id, processor, name, kind, path, usedMs } = endpoint;
  const used = usedMs === null ? "never" : new Date(usedMs).toISOString().slice(0, 10);
  return `${id.padEnd(6)} ${processor.padEnd(12)} ${printable(name).padEnd(24)} ${kind}  ${path}  used ${used}`;
}

function formatWebhook({ processor, id, type, receivedMs, status, reason }: WebhookAnswer): string {
  const day = new Date(receivedMs).toISOString().slice(0, 16);
  return `${day}  ${processor} ${printable(id)}  ${printable(type)}  ${status}${reason === null ? "" : `: ${printable(reason)}`}`;
}
