// A process that takes webhooks as the server does, many at once, until it is killed: prints the id of
// each once it would have answered 200.
import { readWebhook } from "../../src/server/webhook/read-webhook.ts";
import { openStore } from "../../src/store/open-store.ts";
import { event, NEW, paidCharge, T0 } from "../billing/stripe-world.ts";

const [dataFolder, run] = process.argv.slice(2) as [string, string];
const store = await openStore({ dataFolder });
const [open] = await store.webhookEndpoints.list("stripe");
const endpoint =
  open ??
  (await store.webhookEndpoints.create(
    { processor: "stripe", name: "test", secret: "s", kind: "live", options: {} },
    0,
  ));
process.stdout.write("open\n");
const now = (T0 + 60) * 1000;
let n = 0;
const lane = async (): Promise<void> => {
  for (;;) {
    const id = `${run}_${n++}`;
    const charge = paidCharge(NEW, { id: `ch_${id}`, customer: `cus_${id}` });
    const body = event(NEW, { id: `evt_${id}`, type: "charge.succeeded", object: charge });
    const { status } = await store.webhooks.receive(
      readWebhook(endpoint, JSON.stringify(body), now),
    );
    process.stdout.write(`${id} ${status}\n`);
  }
};
await Promise.all(Array.from({ length: 30 }, lane));
