/**
 * `/api/console/members`: members by risk, one member, and its timeline, for the growth team. Features
 * and definitions are another route's; what a model says is read from the newest scores.
 */
import type { FastifyInstance } from "fastify";
import { chanceInterval } from "../../../platform/serve/chance-interval.ts";
import { rowParamsSchema } from "../../../schema/account.ts";
import { errorSchema } from "../../../schema/activity.ts";
import type { SubscriptionObservation } from "../../../schema/billing.ts";
import {
  type Chance,
  type MemberDetail,
  type MemberRow,
  memberDetailSchema,
  memberListSchema,
  memberQuerySchema,
  timelineQuerySchema,
  timelineSchema,
} from "../../../schema/console/member.ts";
import type { ReliabilityBin } from "../../../schema/model.ts";
import { type ChurnScore, churnScoreSchema } from "../../../schema/score.ts";
import type { ListedMember } from "../../../store/member-list.ts";
import type { Context } from "../../app.ts";
import type { Access } from "../../auth/access.ts";
import { timelineOf } from "../../console/timeline.ts";
import { parse } from "../../error-answer.ts";
import { documented } from "../../openapi.ts";

const GROWTH: Access = { scopes: ["admin"], role: "growth" };
const MODEL = "churn";
/** The horizon at which versions are measured. */
const MEASURED_DAYS = 30;
const DAY_MS = 86_400_000;
const WEEKS = 52;
const REASONS_IN_LIST = 3;
/** Events that are read for one page of the timeline: much use of a day becomes one entry. */
const EVENTS_A_PAGE = 600;
const ANSWERS_SHOWN = 200;

export function consoleMemberRoutes(http: FastifyInstance, { store, now }: Context): void {
  const { memberViews, members, memberships, events, featureLog, models } = store;
  /** What versions said and what came; a version never changes. */
  const known = new Map<number, Promise<Reliability>>();
  const reliabilityOf = async (member: ListedMember): Promise<Reliability> => {
    const version = member.score?.version;
    if (version === undefined || scoreOf(member)?.fallback !== null) return {};
    const before = known.get(version);
    if (before !== undefined) return await before;
    const found = models
      .get(MODEL, version)
      .then(
        (of): Reliability =>
          Object.fromEntries(of?.record.outcomes.map((it) => [it.name, it.reliability]) ?? []),
      );
    known.set(version, found);
    // Whatever kept it from being read may pass.
    found.catch(() => known.delete(version));
    return await found;
  };

  http.get("/api/console/members", documented(listDocument, GROWTH), async (request, reply) => {
    const query = parse(memberQuerySchema, request.query, "the address");
    reply.header("cache-control", "no-store");
    const found = await memberViews.list(MODEL, query, now());
    const rows = found.members.map(async (member) => toRow(member, await reliabilityOf(member)));
    return { ...found, members: await Promise.all(rows) };
  });

  http.get(
    "/api/console/members/:id",
    documented(memberDocument, GROWTH),
    async (request, reply) => {
      const id = Number(parse(rowParamsSchema, request.params, "the address").id);
      reply.header("cache-control", "no-store");
      const member = await memberViews.get(MODEL, id, now());
      const identities = await members.identities(id);
      const today = Math.floor(now() / DAY_MS);
      const days = await memberViews.activeDays(id, today - WEEKS * 7 + 1);
      const [said] = await events.ofMember(id, { kinds: ["subscription"], limit: 1 });
      const periodEndMs = (said?.payload as SubscriptionObservation | undefined)?.periodEndMs;
      const detail = toDetail(member, weeksOf(days, today), await reliabilityOf(member));
      // Renewals are no changes of a membership: the newest word on the subscription tells its period.
      const subscription = detail.subscription && {
        ...detail.subscription,
        periodEndMs: periodEndMs ?? detail.subscription.periodEndMs,
      };
      return { ...detail, subscription, identities };
    },
  );

  http.get(
    "/api/console/members/:id/timeline",
    documented(timelineDocument, GROWTH),
    async (request, reply) => {
      const id = Number(parse(rowParamsSchema, request.params, "the address").id);
      const { before, group, limit } = parse(timelineQuerySchema, request.query, "the address");
      reply.header("cache-control", "no-store");
      // That there is such a member, and not only nothing of it.
      await members.get(id);
      const until = before ?? now() + 1;
      const found = await events.ofMember(id, { beforeMs: until, limit: EVENTS_A_PAGE });
      const isAll = found.length < EVENTS_A_PAGE;
      // The day of the oldest event that was read is the next page's, unless it alone fills this one: then
      // it is told by as many of its events, and the next page goes on before it.
      const oldestDay = isAll ? 0 : dayStart(found.at(-1)!.eventMs);
      const isOneDay = !isAll && dayStart(found[0]!.eventMs) === oldestDay;
      const from = isAll || isOneDay ? oldestDay : oldestDay + DAY_MS;
      const isShown = (atMs: number): boolean => atMs >= from && atMs < until;
      const entries = timelineOf({
        events: found.filter(({ eventMs }) => isShown(eventMs)),
        changes: (await memberships.ofMember(id)).filter(
          ({ atMs, knownMs }) => isShown(atMs) && knownMs <= now(),
        ),
        answers: (await featureLog.ofMember(id, ANSWERS_SHOWN)).filter(({ atMs }) => isShown(atMs)),
      }).filter((entry) => group === undefined || entry.group === group);
      const page = cutAtDay(entries, limit);
      const rest = page.length < entries.length ? dayStart(page.at(-1)!.atMs) : from;
      return { entries: page, next: rest > 0 ? rest : null };
    },
  );
}

/** Whole days, so that what is counted by the day is never cut. */
function cutAtDay<T extends { readonly atMs: number }>(entries: readonly T[], limit: number): T[] {
  const last = entries[limit - 1];
  if (last === undefined) return [...entries];
  const from = dayStart(last.atMs);
  return entries.filter(({ atMs }) => atMs >= from);
}

function dayStart(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}

function weeksOf(days: readonly number[], today: number): MemberDetail["weeks"] {
  return Array.from({ length: WEEKS }, (_, i) => {
    const last = today - 7 * (WEEKS - 1 - i);
    const activeDays = days.filter((day) => day <= last && day > last - 7).length;
    return { startMs: (last - 6) * DAY_MS, activeDays };
  });
}

/** Bins of the reliability diagram by cause. */
type Reliability = Readonly<Record<string, readonly ReliabilityBin[]>>;

function toRow(member: ListedMember, reliability: Reliability): MemberRow {
  const score = scoreOf(member);
  const chance = score?.chances.find(({ days }) => days === MEASURED_DAYS);
  return {
    id: String(member.id),
    name: nameOf(member),
    email: member.email,
    platform: member.platform,
    country: member.country,
    state: member.state,
    plan: member.plan,
    stateMs: member.stateMs,
    paidSinceMs: member.paidSinceMs,
    lastActiveMs: member.lastActiveDay === null ? null : member.lastActiveDay * DAY_MS,
    risk:
      chance === undefined || member.score === null
        ? null
        : {
            voluntary: within(chance.voluntary, reliability.voluntary),
            involuntary: within(chance.involuntary, reliability.involuntary),
            scoredMs: member.score.atMs,
          },
    valueAtRisk: score?.valueAtRisk ?? null,
    reasons: score?.reasons.slice(0, REASONS_IN_LIST) ?? [],
  };
}

function toDetail(
  member: ListedMember,
  weeks: MemberDetail["weeks"],
  reliability: Reliability,
): Omit<MemberDetail, "identities"> {
  const score = scoreOf(member);
  const { priceMinor, currency } = member;
  return {
    ...toRow(member, reliability),
    timeZone: member.timeZone,
    signedUpMs: member.signedUpMs,
    subscription:
      member.plan === null
        ? null
        : {
            processor: member.processor,
            interval: member.interval,
            price:
              priceMinor === null || currency === null ? null : { minor: priceMinor, currency },
            periodEndMs: member.periodEndMs,
          },
    chances: (score?.chances ?? []).map(({ days, voluntary, involuntary }) => {
      const of = days === MEASURED_DAYS ? reliability : {};
      return {
        days,
        voluntary: within(voluntary, of.voluntary),
        involuntary: within(involuntary, of.involuntary),
      };
    }),
    survival: score?.survival ?? [],
    allReasons: score?.reasons ?? [],
    model:
      member.score === null
        ? null
        : { version: member.score.version, fallback: score?.fallback ?? null },
    weeks,
  };
}

/** With what came to those who were told about as much, where that was measured. */
function within(p: number, bins: readonly ReliabilityBin[] = []): Chance {
  const { low, high } = chanceInterval(p, bins) ?? { low: null, high: null };
  return { p, low, high };
}

function scoreOf({ score }: ListedMember): ChurnScore | undefined {
  return score === null ? undefined : churnScoreSchema.safeParse(score.result).data;
}

function nameOf({ id, name, email }: ListedMember): string {
  return name ?? email ?? `Member ${id}`;
}

const tags = ["Console"];
const refusals = { 401: errorSchema, 403: errorSchema };
const listDocument = {
  tags,
  summary: "Members with their 30-day risk, the most at risk first",
  querystring: memberQuerySchema,
  response: { 200: memberListSchema, 400: errorSchema, ...refusals },
};
const memberDocument = {
  tags,
  summary: "One member: standing, chances, reasons, use by the week",
  params: rowParamsSchema,
  response: { 200: memberDetailSchema, ...refusals, 404: errorSchema },
};
const timelineDocument = {
  tags,
  summary: "Everything that happened to a member, the newest first",
  params: rowParamsSchema,
  querystring: timelineQuerySchema,
  response: { 200: timelineSchema, ...refusals, 404: errorSchema },
};
