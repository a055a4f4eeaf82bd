/** Members that are drawn (membership/drawn.fixture.ts) as the columns that figures are counted of. */
import { MEMBERSHIP_STATES } from "../../schema/billing.ts";
import { BILLING_INTERVALS, type MemberLives } from "../../schema/membership.ts";
import { DAY_0, DAY_MS, drawEvents } from "../membership/drawn.fixture.ts";
import { foldMembership } from "../membership/index.ts";

export interface DrawnMember {
  readonly joined: number;
  /** One drawing a subscription. */
  readonly lives?: Parameters<typeof drawEvents>[0];
  /** Days of the drawing. */
  readonly active?: readonly number[];
  readonly platform?: string;
  readonly isActivated?: boolean;
}

/** As on the morning of a day of the drawing: everything before it has happened and is known. */
export function drawLives(members: readonly DrawnMember[], morning: number): MemberLives {
  const asOf = DAY_0 + morning * DAY_MS - 1;
  const changes = members.map(({ lives }) =>
    lives === undefined ? [] : foldMembership(drawEvents(lives), { asOf }),
  );
  const all = changes.flat();
  const plans = namesOf(all.map(({ plan }) => plan));
  const currencies = namesOf(all.map(({ currency }) => currency));
  const platforms = namesOf(members.map(({ platform }) => platform ?? null));
  const active = members.map(({ active: days = [] }) => days);
  return {
    memberId: Float64Array.from(members, (_, i) => i + 1),
    joinedMs: Float64Array.from(members, ({ joined }) => DAY_0 + joined * DAY_MS),
    platform: Int32Array.from(members, ({ platform }) => platforms.indexOf(platform ?? "")),
    platforms,
    isActivated: Uint8Array.from(members, ({ isActivated }) => (isActivated ? 1 : 0)),
    changes: {
      firstChange: firstOf(changes),
      state: Uint8Array.from(all, ({ state }) => MEMBERSHIP_STATES.indexOf(state)),
      atMs: Float64Array.from(all, ({ atMs }) => atMs),
      knownMs: Float64Array.from(all, ({ knownMs }) => knownMs),
      plan: Int32Array.from(all, ({ plan }) => plans.indexOf(plan ?? "")),
      plans,
      interval: Int8Array.from(all, ({ billingInterval: interval }) =>
        interval === null ? -1 : BILLING_INTERVALS.indexOf(interval),
      ),
      intervalCount: Int32Array.from(all, ({ intervalCount }) => intervalCount ?? 0),
      priceMinor: Float64Array.from(all, ({ priceMinor }) => priceMinor ?? Number.NaN),
      currency: Int32Array.from(all, ({ currency }) => currencies.indexOf(currency ?? "")),
      currencies,
    },
    firstActive: firstOf(active),
    activeDay: Int32Array.from(active.flat(), (n) => DAY_0 / DAY_MS + n),
  };
}

function namesOf(names: readonly (string | null)[]): string[] {
  return [...new Set(names)].filter((name) => name !== null).sort();
}

function firstOf(lists: readonly (readonly unknown[])[]): Uint32Array {
  const first = new Uint32Array(lists.length + 1);
  for (const [i, { length }] of lists.entries()) first[i + 1] = first[i]! + length;
  return first;
}
