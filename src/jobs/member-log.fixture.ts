/**
 * A log of members who use an app and pay, small enough to be made in a second: those of the basic plan
 * are more likely to switch renewal off, and prepaid cards are more likely to be declined for good.
 */
import { createRng } from "../base/index.ts";
import type { SubscriptionObservation } from "../schema/billing.ts";
import type { NewMemberEvent } from "../schema/member-event.ts";
import type { Store } from "../store/store.ts";

const DAY_MS = 86_400_000;

export interface LogOptions {
  readonly members: number;
  readonly days: number;
  readonly untilMs: number;
  readonly seed: number;
}

/** @returns ids of the members, in the order in which they signed up */
export async function writeMemberLog(
  store: Pick<Store, "events" | "members">,
  { members, days, untilMs, seed }: LogOptions,
): Promise<readonly number[]> {
  const startMs = untilMs - days * DAY_MS;
  const users = Array.from(
    { length: members },
    (_, i) => [{ kind: "user", value: `u${i}` }] as const,
  );
  const resolved = await store.members.resolve(users, untilMs);
  const ids = resolved.filter((id) => id !== "erased");
  const events = ids.flatMap((memberId, i) => lifeOf(memberId, createRng(seed, i), startMs, days));
  events.sort((a, b) => a.createdMs - b.createdMs || (a.messageId < b.messageId ? -1 : 1));
  for (let at = 0; at < events.length; at += 5000) {
    await store.events.append(events.slice(at, at + 5000));
  }
  return ids;
}

function lifeOf(
  memberId: number,
  rng: () => number,
  startMs: number,
  days: number,
): readonly NewMemberEvent[] {
  const events: NewMemberEvent[] = [];
  const opens = 0.06 * rng();
  const isBasic = rng() < 0.4;
  const isPrepaid = rng() < 0.3;
  const leaving = isBasic ? 0.009 : 0.001;
  const add = (
    source: NewMemberEvent["source"],
    kind: string,
    day: number,
    payload: NewMemberEvent["payload"],
  ): void => {
    const eventMs = startMs + Math.floor(day * DAY_MS);
    const messageId = `${memberId}-${kind}-${events.length}`;
    events.push({ source, messageId, memberId, kind, eventMs, createdMs: eventMs, payload });
  };
  const said = (status: SubscriptionObservation["status"], isRenewing: boolean) =>
    observation({ memberId, status, isRenewing, isPrepaid, isBasic });
  const first = Math.floor(rng() * days * 0.75);
  let status: "active" | "off" | "hold" = "active";
  add("stripe", "subscription", first, said("active", true));
  for (let day = first + 1; day < days; day++) {
    if (rng() < opens) add("segment", "track:Application Opened", day + rng() * 0.5, {});
    if (rng() < opens / 4) add("segment", "track:Route Planned", day + rng() * 0.5, {});
    if (status !== "active") continue;
    const chance = rng();
    if (chance < leaving) {
      status = "off";
      add("stripe", "subscription", day + 0.6, said("active", false));
    } else if (chance < leaving + (isPrepaid ? 0.006 : 0.0005)) {
      status = "hold";
      add("stripe", "subscription", day + 0.6, said("hold", true));
    }
  }
  return events;
}

function observation({
  memberId,
  status,
  isRenewing,
  isPrepaid,
  isBasic,
}: {
  readonly memberId: number;
  readonly status: SubscriptionObservation["status"];
  readonly isRenewing: boolean;
  readonly isPrepaid: boolean;
  readonly isBasic: boolean;
}): SubscriptionObservation {
  return {
    processor: "stripe",
    subscriptionId: `sub_${memberId}`,
    customerId: `cus_${memberId}`,
    status,
    isRenewing,
    endReason: null,
    plan: isBasic ? "basic_monthly" : "plus_monthly",
    interval: "month",
    intervalCount: 1,
    priceMinor: isBasic ? 499 : 999,
    currency: "EUR",
    startedMs: null,
    periodStartMs: null,
    periodEndMs: null,
    trialEndMs: null,
    endedMs: null,
    graceEndMs: null,
    instrument: {
      kind: "card",
      brand: "visa",
      funding: isPrepaid ? "prepaid" : "credit",
      expiryMonth: null,
      expiryYear: null,
      country: "DE",
      isTokenised: false,
    },
    feedback: null,
  };
}
