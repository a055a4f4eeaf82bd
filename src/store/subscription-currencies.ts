/**
 * A subscription keeps its currency: the first that was heard is remembered, and another is refused. What
 * this process has heard stands in memory; a subscription that it meets for the first time is looked up
 * in its member's log.
 */
import { sql } from "kysely";
import type { Tx } from "./database.ts";
import { idArray } from "./event-log.ts";
import { storedJson } from "./stored-json.ts";

export interface Priced {
  readonly subscriptionId: string;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

export interface SubscriptionCurrencies {
  /** @returns for each the sentence that says what is mixed; undefined: nothing is */
  check(
    tx: Tx,
    told: readonly {
      readonly memberId: number;
      readonly prices: readonly (Priced & { readonly processor: string })[];
    }[],
  ): Promise<readonly (string | undefined)[]>;
}

/** Subscriptions remembered; beyond, the oldest are looked up again. */
const REMEMBERED = 100_000;

export function createSubscriptionCurrencies(): SubscriptionCurrencies {
  /** Only what the log holds: what a transaction heard may still be rolled back. */
  const remembered = new Map<string, string>();
  const remember = (key: string, currency: string): void => {
    remembered.set(key, currency);
    if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value!);
  };
  return {
    async check(tx, told) {
      const heard = new Map<string, string>();
      const asked = told.flatMap(({ memberId, prices }) =>
        prices
          .filter((price) => !remembered.has(keyOf(price)))
          .map(({ processor, subscriptionId }) => ({ memberId, processor, subscriptionId })),
      );
      for (const { processor, id, currency } of await lookUp(tx, asked)) {
        remember(keyOf({ processor, subscriptionId: id }), currency);
      }
      return told.map(({ prices }) => {
        const own = new Map<string, string>();
        for (const price of prices) {
          const key = keyOf(price);
          const before = remembered.get(key) ?? heard.get(key) ?? own.get(key);
          if (before !== undefined && before !== price.currency) {
            return `subscription ${price.subscriptionId} was in ${before} and comes in ${price.currency}`;
          }
          own.set(key, price.currency);
        }
        for (const [key, currency] of own) heard.set(key, currency);
        return undefined;
      });
    },
  };
}

function keyOf({
  processor,
  subscriptionId,
}: {
  readonly processor: string;
  readonly subscriptionId: string;
}): string {
  return `${processor} ${subscriptionId}`;
}

async function lookUp(
  tx: Tx,
  asked: readonly {
    readonly memberId: number;
    readonly processor: string;
    readonly subscriptionId: string;
  }[],
): Promise<
  readonly { readonly processor: string; readonly id: string; readonly currency: string }[]
> {
  if (asked.length === 0) return [];
  const members = idArray(new Set(asked.map(({ memberId }) => memberId)));
  const ids = storedJson(
    asked.map(({ processor, subscriptionId }) => ({ p: processor, s: subscriptionId })),
  );
  const { rows } = await sql<{ processor: string; id: string; currency: string }>`
    select distinct on (e.source, r.s) e.source as processor, r.s as id,
      e.payload->>'currency' as currency
    from event e
    join json_to_recordset(${ids}::json) as r(p text, s text)
      on r.p = e.source and r.s = e.payload->>'subscriptionId'
    where e.member_id = any(${members}::bigint[]) and e.kind in ('subscription', 'invoice')
      and e.payload->>'currency' is not null
    order by e.source, r.s, e.seq`.execute(tx);
  return rows;
}
